//! Wiping a text that Slint holds on to. A page with a text field in it that was drawn once keeps the
//! field's text after the page is gone (Slint 1.18; the tour's search of the screen's memory found
//! it), and so after sign-out. The text cannot be taken from it, but all who hold it share one block
//! of bytes, and that can be made empty. The one place for `unsafe` in the view.
#![expect(unsafe_code, reason = "Slint gives no way to wipe; see SAFETY")]

use slint::SharedString;
use zeroize::Zeroize;

/// Makes every byte of a text zero, for everybody who holds it.
pub fn wipe(text: &SharedString) {
    let bytes = text.as_bytes();
    // SAFETY: the bytes are `text`'s own block on the heap, or none at all. Only the thread of the
    // window has texts of it and no other borrow of these bytes lives while this runs. Zeros are
    // sound UTF-8. That the block is shared is what this is for: to who still holds it, it becomes
    // a text of as many zeros.
    let block = unsafe { std::slice::from_raw_parts_mut(bytes.as_ptr().cast_mut(), bytes.len()) };
    block.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_shares_the_text_has_none_of_it_afterwards() {
        let one = SharedString::from("zephyr");
        let other = one.clone();
        wipe(&one);
        assert_eq!(other.as_bytes(), [0; 6]);
        wipe(&SharedString::default());
    }
}
