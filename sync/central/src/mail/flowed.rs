/// Whether spaces at the ends of flowed lines belong to the text (RFC 3676, `DelSp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndSpace {
    /// They do.
    Kept,
    /// They were added by the wrapping.
    Removed,
}

/// Joins the lines that `format=flowed` has wrapped (RFC 3676), so that the screen wraps them.
pub(super) fn join_flowed(text: &str, end_space: EndSpace) -> String {
    let mut out = String::with_capacity(text.len());
    // Quote depth of the paragraph that the next line may continue.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let (marks, rest) = line.split_at(depth);
        let content = rest.strip_prefix(' ').unwrap_or(rest);
        let signature = content == "-- ";
        match open {
            Some(of) if of == depth && !signature => {}
            Some(_) | None => {
                if !out.is_empty() {
                    out.push('\n');
                }
                out.push_str(marks);
                if depth > 0 {
                    out.push(' ');
                }
            }
        }
        let flows = content.ends_with(' ') && !signature;
        out.push_str(match (flows, end_space) {
            (true, EndSpace::Removed) => content.strip_suffix(' ').unwrap_or(content),
            (true, EndSpace::Kept) | (false, _) => content,
        });
        open = flows.then_some(depth);
        if !flows && content.is_empty() && depth == 0 {
            // An empty first line would otherwise vanish with the test above.
            if out.is_empty() {
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_are_joined_and_others_are_not() {
        assert_eq!(
            join_flowed("one \ntwo\nthree\n\n> a \n> b\n-- \nMara\n", EndSpace::Kept),
            "one two\nthree\n\n> a b\n-- \nMara"
        );
        assert_eq!(join_flowed("co \nol", EndSpace::Removed), "cool");
    }
}
