//! Pictures of the person who is signed in, decoded elsewhere, held until they leave.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Image, Rgba8Pixel, SharedPixelBuffer};

use super::picture::{PictureError, Pixels};
use crate::domain::{Attachment, BlobHash, MediaType};

/// Bytes of pixels that are held; those not looked at for longest go first. Far more than is on
/// screen at a time, or what is drawn would be decoded again and again.
const HELD_BYTES: usize = 48 * 1024 * 1024;
/// Pixels of the largest size a picture is shown in.
const MOST_PIXELS: u64 = 5_000_000;
/// The longest side a picture is ever wanted in.
const LONGEST_SIDE: u16 = 3200;

/// How large a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Beside a message.
    Thumbnail,
    /// With a longest side of so many pixels.
    Side(u16),
}

impl Fit {
    /// The longest side in pixels.
    pub fn side(self) -> u32 {
        match self {
            Self::Thumbnail => 320,
            Self::Side(pixels) => u32::from(pixels),
        }
    }
}

/// Why a picture is not there to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It did not come, or is broken.
    Unavailable,
    /// It passes the limits of a picture.
    TooLarge,
    /// It took too long.
    TooSlow,
}

impl From<&PictureError> for Failure {
    fn from(error: &PictureError) -> Self {
        match error {
            PictureError::Broken(_) => Self::Unavailable,
            PictureError::TooLarge => Self::TooLarge,
            PictureError::TooSlow => Self::TooSlow,
        }
    }
}

/// A picture that is on screen and not decoded yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Which.
    pub blob: BlobHash,
    /// How large.
    pub fit: Fit,
    /// What its bytes are.
    pub media: MediaType,
    /// Counts the sessions: what was wanted in another comes too late.
    pub session: u64,
}

/// The pictures of one session. Clones share them.
#[derive(Clone)]
pub struct Pictures {
    held: Rc<RefCell<Held>>,
    /// Called when something is wanted that nothing was wanted before.
    on_want: Rc<dyn Fn()>,
}

#[derive(Default)]
struct Held {
    ready: BTreeMap<(BlobHash, Fit), Result<Decoded, Failure>>,
    wanted: BTreeSet<Wanted>,
    /// Counts up whenever a picture comes or goes.
    generation: u64,
    /// Counts up whenever one is looked at.
    looks: u64,
    session: u64,
}

struct Decoded {
    image: Image,
    bytes: usize,
    looked_at: u64,
}

impl Pictures {
    /// None yet; `on_want` is called when there is something for [`Pictures::take_wanted`].
    pub fn new(on_want: impl Fn() + 'static) -> Self {
        Self {
            held: Rc::default(),
            on_want: Rc::new(on_want),
        }
    }

    /// Another number than before says that a picture has come or gone.
    pub fn generation(&self) -> u64 {
        self.held.borrow().generation
    }

    /// The picture beside a message.
    pub fn thumbnail(&self, attachment: &Attachment) -> (ui::PhotoState, Image) {
        let mut held = self.held.borrow_mut();
        match held.look(attachment.blob, Fit::Thumbnail) {
            Some(Ok(image)) => (ui::PhotoState::Ready, image),
            Some(Err(failure)) => (state_of(failure), Image::default()),
            None => {
                self.want(&mut held, attachment, Fit::Thumbnail);
                (ui::PhotoState::Loading, Image::default())
            }
        }
    }

    /// Whether a picture can be shown in whatever size there is, and why not.
    pub fn state(&self, attachment: &Attachment) -> ui::PhotoState {
        let held = self.held.borrow();
        let mut failed = None;
        let of_blob = held.ready.iter();
        for (_, one) in of_blob.filter(|((blob, _), _)| *blob == attachment.blob) {
            match one {
                Ok(_) => return ui::PhotoState::Ready,
                Err(failure) => failed = Some(*failure),
            }
        }
        failed.map_or(ui::PhotoState::Loading, state_of)
    }

    /// The picture with a longest side of `side` pixels, or the next best there is meanwhile.
    pub fn sized(&self, attachment: &Attachment, side: u32) -> Image {
        let fit = Fit::Side(worthwhile_side(attachment, side));
        let mut held = self.held.borrow_mut();
        match held.look(attachment.blob, fit) {
            Some(Ok(image)) => return image,
            Some(Err(_)) => {}
            None => self.want(&mut held, attachment, fit),
        }
        let others = held.ready.iter();
        let best = others
            .filter(|((blob, _), one)| *blob == attachment.blob && one.is_ok())
            .map(|((_, other), _)| *other)
            .max();
        best.and_then(|best| held.look(attachment.blob, best)?.ok())
            .unwrap_or_default()
    }

    fn want(&self, held: &mut Held, attachment: &Attachment, fit: Fit) {
        let wanted = Wanted {
            blob: attachment.blob,
            fit,
            media: attachment.media,
            session: held.session,
        };
        let first = held.wanted.is_empty();
        if held.wanted.insert(wanted) && first {
            (self.on_want)();
        }
    }

    /// What has been asked for since the last call.
    pub fn take_wanted(&self) -> BTreeSet<Wanted> {
        std::mem::take(&mut self.held.borrow_mut().wanted)
    }

    /// Holds a decoded picture, or why it cannot be shown; of another session, nothing.
    pub fn hold(&self, wanted: &Wanted, pixels: Result<&Pixels, Failure>) {
        let mut held = self.held.borrow_mut();
        if held.session != wanted.session {
            return;
        }
        held.looks += 1;
        let looked_at = held.looks;
        let picture = pixels.map(|pixels| Decoded {
            image: Image::from_rgba8(SharedPixelBuffer::<Rgba8Pixel>::clone_from_slice(
                &pixels.rgba,
                pixels.width,
                pixels.height,
            )),
            bytes: pixels.rgba.len(),
            looked_at,
        });
        held.generation += 1;
        held.ready.insert((wanted.blob, wanted.fit), picture);
        held.drop_oldest();
    }

    /// Bytes of pixels that are held.
    pub fn bytes(&self) -> usize {
        self.held.borrow().bytes()
    }

    /// Lets go of all of them.
    pub fn clear(&self) {
        let mut held = self.held.borrow_mut();
        *held = Held {
            generation: held.generation + 1,
            session: held.session + 1,
            ..Held::default()
        };
    }
}

impl Held {
    fn look(&mut self, blob: BlobHash, fit: Fit) -> Option<Result<Image, Failure>> {
        let found = self.ready.get_mut(&(blob, fit))?;
        self.looks += 1;
        Some(match found {
            Ok(decoded) => {
                decoded.looked_at = self.looks;
                Ok(decoded.image.clone())
            }
            Err(failure) => Err(*failure),
        })
    }

    fn bytes(&self) -> usize {
        let decoded = self.ready.values().filter_map(|one| one.as_ref().ok());
        decoded.map(|one| one.bytes).sum()
    }

    /// Keeps within [`HELD_BYTES`], but always what was looked at last.
    fn drop_oldest(&mut self) {
        while self.bytes() > HELD_BYTES {
            let decoded = self.ready.iter().filter_map(|(key, one)| {
                let one = one.as_ref().ok()?;
                (one.looked_at < self.looks).then_some((one.looked_at, *key))
            });
            let Some((_, oldest)) = decoded.min() else {
                return;
            };
            self.ready.remove(&oldest);
        }
    }
}

fn state_of(failure: Failure) -> ui::PhotoState {
    match failure {
        Failure::Unavailable => ui::PhotoState::Unavailable,
        Failure::TooLarge => ui::PhotoState::TooLarge,
        Failure::TooSlow => ui::PhotoState::TooSlow,
    }
}

/// The longest side it makes sense to decode a picture to: no more than it has, or than a picture
/// may take when it is shown.
fn worthwhile_side(attachment: &Attachment, side: u32) -> u16 {
    let (width, height) = (attachment.width.max(1), attachment.height.max(1));
    let longest = width.max(height);
    let area = u64::from(width) * u64::from(height);
    let mut most = longest.min(LONGEST_SIDE);
    if area > MOST_PIXELS {
        // The square of the longest side when the area is just what it may be.
        let squared = MOST_PIXELS * u64::from(longest) * u64::from(longest) / area;
        most = most.min(u16::try_from(squared.isqrt()).unwrap_or(u16::MAX));
    }
    u16::try_from(side)
        .unwrap_or(u16::MAX)
        .clamp(16, most.max(16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AttachmentKind;

    fn attachment(n: u8, width: u16, height: u16) -> Attachment {
        Attachment {
            blob: BlobHash([n; 32]),
            media: MediaType::Png,
            bytes: 9,
            width,
            height,
            name: String::new(),
            kind: AttachmentKind::Photo,
        }
    }

    fn pixels(side: u32) -> Pixels {
        Pixels {
            width: side,
            height: side,
            rgba: vec![7; (side * side * 4) as usize],
        }
    }

    fn only(pictures: &Pictures) -> Wanted {
        let wanted = pictures.take_wanted();
        assert_eq!(wanted.len(), 1);
        *wanted.first().unwrap()
    }

    #[test]
    fn a_picture_is_decoded_to_the_size_it_is_shown_in_within_limits() {
        assert_eq!(worthwhile_side(&attachment(1, 3000, 2000), 900), 900);
        assert_eq!(worthwhile_side(&attachment(1, 800, 600), 2000), 800);
        let side = worthwhile_side(&attachment(1, 4000, 3000), 4000);
        assert_eq!(side, 2581);
        assert!(u64::from(side) * u64::from(side) * 3 / 4 <= MOST_PIXELS);
        assert_eq!(
            worthwhile_side(&attachment(1, 4096, 10), 4096),
            LONGEST_SIDE
        );
        assert_eq!(worthwhile_side(&attachment(1, 0, 0), 500), 16);
    }

    #[test]
    fn while_a_larger_size_is_decoded_the_smaller_one_is_shown() {
        let pictures = Pictures::new(|| {});
        let page = attachment(1, 2000, 2000);
        assert_eq!(pictures.sized(&page, 100).size().width, 0);
        assert_eq!(pictures.state(&page), ui::PhotoState::Loading);
        pictures.hold(&only(&pictures), Ok(&pixels(100)));
        assert_eq!(pictures.sized(&page, 400).size().width, 100);
        pictures.hold(&only(&pictures), Ok(&pixels(400)));
        assert_eq!(pictures.sized(&page, 400).size().width, 400);
        assert!(pictures.take_wanted().is_empty());
    }

    #[test]
    fn a_larger_size_that_fails_leaves_the_smaller_one() {
        let pictures = Pictures::new(|| {});
        let page = attachment(1, 2000, 2000);
        pictures.sized(&page, 100);
        pictures.hold(&only(&pictures), Ok(&pixels(100)));
        pictures.sized(&page, 1600);
        pictures.hold(&only(&pictures), Err(Failure::TooSlow));
        assert_eq!(pictures.sized(&page, 1600).size().width, 100);
        assert_eq!(pictures.state(&page), ui::PhotoState::Ready);
        assert!(
            pictures.take_wanted().is_empty(),
            "it is not tried for ever"
        );
    }

    #[test]
    fn what_is_held_stays_within_its_bytes_and_the_newest_stays() {
        let pictures = Pictures::new(|| {});
        for n in 0..40 {
            let page = attachment(n, 1000, 1000);
            pictures.sized(&page, 1000);
            pictures.hold(&only(&pictures), Ok(&pixels(1000)));
            assert!(pictures.bytes() <= HELD_BYTES);
            assert_eq!(pictures.sized(&page, 1000).size().width, 1000);
        }
        assert!(pictures.bytes() > HELD_BYTES / 2);
        assert_eq!(
            pictures.state(&attachment(0, 1000, 1000)),
            ui::PhotoState::Loading
        );
    }

    #[test]
    fn a_picture_of_somebody_who_has_left_is_not_held() {
        let pictures = Pictures::new(|| {});
        let page = attachment(1, 100, 100);
        pictures.thumbnail(&page);
        let wanted = only(&pictures);
        pictures.clear();
        pictures.hold(&wanted, Ok(&pixels(100)));
        assert_eq!(pictures.bytes(), 0);
    }
}
