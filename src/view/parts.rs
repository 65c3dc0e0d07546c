//! Which rows of the screen belong to which message: one each, but several for a long body.

/// The most characters of a row: the renderer cannot draw one of any height.
pub const PART_CHARS: usize = 2_000;
/// The most lines of a row.
pub const PART_LINES: usize = 40;
/// The most characters of a body that has one row whatever its length: what can still be drawn.
const LONE_CHARS: usize = 20_000;
/// The most lines of such a body.
const LONE_LINES: usize = 500;

/// Which rows belong to which message: one each, but for the long ones.
#[derive(Default)]
pub struct Layout {
    /// Place of each long message and its rows beyond the first, ascending.
    long: Vec<(usize, usize)>,
}

impl Layout {
    /// `long` are the places of messages that may take more than one row, `rows_of` how many one takes.
    pub fn new(long: &[usize], rows_of: impl Fn(usize) -> usize) -> Self {
        let extra = |at: &usize| {
            let beyond = rows_of(*at).saturating_sub(1);
            (beyond > 0).then_some((*at, beyond))
        };
        Self {
            long: long.iter().filter_map(extra).collect(),
        }
    }

    /// Whether the message at a place has several rows.
    pub fn splits(&self, place: usize) -> bool {
        self.long.iter().any(|(long, _)| *long == place)
    }

    /// Rows of so many messages.
    pub fn rows(&self, messages: usize) -> usize {
        messages + self.long.iter().map(|(_, beyond)| beyond).sum::<usize>()
    }

    /// The message of a row, and which of its parts.
    pub fn message_of(&self, row: usize) -> (usize, usize) {
        let mut before = 0;
        for (at, beyond) in &self.long {
            let first = at + before;
            if row < first {
                break;
            }
            if row <= first + beyond {
                return (*at, row - first);
            }
            before += beyond;
        }
        (row - before, 0)
    }
}

/// A body in pieces the renderer can draw: at most [`PART_CHARS`] characters and [`PART_LINES`]
/// lines each, broken at line ends and spaces where there are any. Never empty.
pub fn parts(text: &str) -> Vec<&str> {
    pieces(text, PART_CHARS, PART_LINES)
}

/// The one row of a body that could not be given several, and whether it is all of it.
pub fn lone_part(text: &str) -> (&str, bool) {
    let pieces = pieces(text, LONE_CHARS, LONE_LINES);
    (
        pieces.first().copied().unwrap_or_default(),
        pieces.len() <= 1,
    )
}

fn pieces(text: &str, chars: usize, most_lines: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (mut lines, mut end, mut nice) = (0, rest.len(), None);
        for (count, (at, c)) in rest.char_indices().enumerate() {
            if count == chars || lines == most_lines {
                end = nice.filter(|nice| *nice > 0).unwrap_or(at);
                break;
            }
            if c == '\n' {
                lines += 1;
            }
            if c == '\n' || c == ' ' {
                nice = Some(at + 1);
            }
        }
        let (part, after) = rest.split_at(end);
        parts.push(part);
        if after.is_empty() {
            return parts;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_long_body_are_small_and_lose_nothing() {
        let text = "one two three\n".repeat(1_000) + &"x".repeat(5_000);
        let parts = parts(&text);
        assert_eq!(parts.concat(), text);
        assert!(parts.iter().all(|part| part.chars().count() <= PART_CHARS));
        assert!(
            parts
                .iter()
                .all(|part| part.matches('\n').count() <= PART_LINES)
        );
        assert_eq!(super::parts("short"), ["short"]);
        assert_eq!(super::parts(""), [""]);
    }

    #[test]
    fn every_row_of_a_thread_belongs_to_one_part_of_one_message() {
        let layout = Layout {
            long: vec![(1, 2), (3, 1)],
        };
        let rows: Vec<_> = (0..layout.rows(5))
            .map(|row| layout.message_of(row))
            .collect();
        assert_eq!(
            rows,
            [
                (0, 0),
                (1, 0),
                (1, 1),
                (1, 2),
                (2, 0),
                (3, 0),
                (3, 1),
                (4, 0)
            ]
        );
    }
}
