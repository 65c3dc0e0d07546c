use dayroom_protocol::limits::NAME_BYTES;

/// The last piece of a file name, without control characters and within its limit.
pub(super) fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let line: String = last
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    bounded(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// One line of a header: control characters and line breaks become one space.
pub(crate) fn clean_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text as it is stored: line feeds only, no control character but line feed and tab, no blank
/// lines at the ends, at most one blank line in a row.
pub(crate) fn clean_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank_lines = 0;
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in unix.split('\n') {
        let line: String = line
            .chars()
            .filter(|c| *c == '\t' || !c.is_control())
            .collect();
        let line = line.trim_end();
        if line.is_empty() {
            blank_lines += 1;
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
            if blank_lines > 0 {
                out.push('\n');
            }
        }
        blank_lines = 0;
        out.push_str(line);
    }
    out
}

fn bounded(mut name: String) -> String {
    if name.len() > NAME_BYTES {
        let mut end = NAME_BYTES;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_loses_its_folders_line_breaks_and_excess() {
        assert_eq!(clean_name("../../etc/pass\r\nwd"), "pass wd");
        assert_eq!(clean_name("C:\\photos\\beach.jpg"), "beach.jpg");
        assert!(clean_name(&"é".repeat(400)).len() <= NAME_BYTES);
    }

    #[test]
    fn text_keeps_its_paragraphs_and_loses_control_characters() {
        assert_eq!(
            clean_text("\r\n\r\nHi\u{0} \r\n\r\n\r\n\r\n\tthere\u{1b}[2J\r\n"),
            "Hi\n\n\tthere[2J"
        );
    }
}
