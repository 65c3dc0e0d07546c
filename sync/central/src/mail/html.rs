use mail_parser::decoders::html::add_html_token;

/// Elements whose content is never text.
const SKIPPED: [&str; 8] = [
    "script", "style", "head", "title", "template", "svg", "noscript", "textarea",
];
/// Elements that begin and end a line.
const BLOCKS: [&str; 24] = [
    "address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
    "form", "header", "html", "li", "main", "nav", "ol", "section", "table", "tbody", "thead",
    "tr", "ul",
];
/// Elements that stand apart by an empty line.
const PARAGRAPHS: [&str; 10] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "hr",
    "pre",
];
/// Longest entity name that is looked up, in bytes.
const ENTITY_BYTES: usize = 40;

/// Plain text of an HTML body: paragraphs, line breaks and list marks are kept, the rest is not.
///
/// Works on one pass over the text, whatever its nesting.
pub fn html_to_text(html: &str) -> String {
    let mut page = Page::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (text, tail) = rest.split_at(at);
        page.text(text);
        rest = if tail.starts_with('&') {
            page.entity(tail)
        } else {
            page.markup(tail)
        };
    }
    page.text(rest);
    page.out.trim().to_owned()
}

/// White space that is owed before the next visible character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Owed {
    #[default]
    Nothing,
    Space,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Page {
    out: String,
    owed: Owed,
    /// The element whose content is being skipped.
    skipping: Option<&'static str>,
    preformatted: usize,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.skipping.is_some() {
            return;
        }
        for c in text.chars() {
            match c {
                '\n' if self.preformatted > 0 => self.owe(Owed::Line),
                ' ' | '\t' if self.preformatted > 0 && self.owed == Owed::Nothing => {
                    self.out.push(c);
                }
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.owe(Owed::Space),
                c => self.visible(c),
            }
        }
    }

    fn owe(&mut self, owed: Owed) {
        self.owed = self.owed.max(owed);
    }

    fn visible(&mut self, c: char) {
        if !self.out.is_empty() {
            self.out.push_str(match self.owed {
                Owed::Nothing => "",
                Owed::Space if self.out.ends_with('\n') => "",
                Owed::Space => " ",
                Owed::Line => "\n",
                Owed::Paragraph => "\n\n",
            });
        }
        self.owed = Owed::Nothing;
        self.out.push(c);
    }

    /// Takes an entity at the start of `tail` and gives back what follows it.
    fn entity<'a>(&mut self, tail: &'a str) -> &'a str {
        let end = tail
            .bytes()
            .take(ENTITY_BYTES)
            .skip(1)
            .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'#'));
        let token_end = end.map_or(0, |at| at + 2);
        if let (Some(token), Some(after)) = (tail.get(..token_end), tail.get(token_end..))
            && token.ends_with(';')
            && token.len() > 2
        {
            let mut text = String::new();
            add_html_token(&mut text, token.as_bytes(), false);
            // A non-breaking space only keeps words together, which the screen decides.
            self.text(&text.replace('\u{a0}', " "));
            return after;
        }
        self.text("&");
        tail.get(1..).unwrap_or_default()
    }

    /// Takes a tag or comment at the start of `tail` and gives back what follows it.
    fn markup<'a>(&mut self, tail: &'a str) -> &'a str {
        if let Some(comment) = tail.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, after)| after);
        }
        let inside = tail.get(1..).unwrap_or_default();
        let name_at = inside.strip_prefix('/').unwrap_or(inside);
        if !name_at.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
            self.text("<");
            return inside;
        }
        let (tag, after) = split_tag(inside);
        let closing = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        self.tag(&name, closing);
        after
    }

    fn tag(&mut self, name: &str, closing: bool) {
        if let Some(skipped) = self.skipping {
            // A body ends a head that was never closed.
            if closing && name == skipped || name == "body" {
                self.skipping = None;
            }
            return;
        }
        if let Some(skipped) = SKIPPED.iter().find(|skipped| **skipped == name) {
            self.skipping = (!closing).then_some(skipped);
            return;
        }
        if name == "br" {
            // Two of them make an empty line.
            self.owed = if self.owed >= Owed::Line {
                Owed::Paragraph
            } else {
                Owed::Line
            };
        } else if PARAGRAPHS.contains(&name) {
            self.owe(Owed::Paragraph);
            if name == "pre" {
                self.preformatted = if closing {
                    self.preformatted.saturating_sub(1)
                } else {
                    self.preformatted.saturating_add(1)
                };
            }
        } else if BLOCKS.contains(&name) {
            self.owe(Owed::Line);
            if name == "li" && !closing {
                self.visible('-');
                self.owe(Owed::Space);
            }
        } else if name == "td" || name == "th" {
            self.owe(Owed::Space);
        }
    }
}

/// Splits after the `>` that ends the tag; one inside a quoted attribute does not.
fn split_tag(inside: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, byte) in inside.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => {
                let (tag, after) = inside.split_at(at);
                return (tag, after.get(1..).unwrap_or_default());
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None | Some(_), _) => {}
        }
    }
    (inside, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_breaks_and_lists_are_kept() {
        assert_eq!(
            html_to_text(
                "<html><head><title>no</title><style>p{}</style></head><body>\
                 <p>Dear <b>Mara</b>,</p><p>one<br>two<br><br>three</p>\
                 <ul><li>milk<li>bread</ul>end</body></html>"
            ),
            "Dear Mara,\n\none\ntwo\n\nthree\n\n- milk\n- bread\nend"
        );
    }

    #[test]
    fn entities_and_stray_signs_stay_readable() {
        assert_eq!(
            html_to_text("caf&eacute; &#233; &amp;lt; 1 < 2 & 3 &nosuch; &nbsp;x"),
            "café é &lt; 1 < 2 & 3 &nosuch; x"
        );
    }

    #[test]
    fn scripts_comments_and_attributes_are_not_text() {
        assert_eq!(
            html_to_text("a<script>if (1 < 2) alert('x')</script><!-- no --><i title='>'>b</i>"),
            "ab"
        );
        assert_eq!(html_to_text("x<!-- never closed"), "x");
        assert_eq!(html_to_text("<style>never closed"), "");
    }

    #[test]
    fn a_hundred_thousand_open_elements_are_read() {
        assert_eq!(html_to_text(&("<div>".repeat(100_000) + "deep")), "deep");
    }
}
