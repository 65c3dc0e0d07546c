//! The messages of an mbox file, one at a time.

use std::io::{self, BufRead};

use super::{MAIL_BYTES, MailError};

/// A message of a mailbox: its number, counted from 1, and its bytes.
pub struct Numbered {
    /// Its place in the file.
    pub number: usize,
    /// Its bytes, or that there were too many.
    pub message: Result<Vec<u8>, MailError>,
}

/// Splits an mbox. A message begins at a line `From <sender> <date>` at the top or after an empty
/// line; `>From ` loses one `>` (mboxrd). One message at a time is in memory, and no more
/// than [`MAIL_BYTES`] of it. mail-parser's own splitter has no limit and cuts a message at any
/// line that begins with `From `, so it is not used.
pub fn split<R: BufRead>(reader: R) -> Messages<R> {
    Messages {
        reader,
        number: 0,
        began: false,
        done: false,
    }
}

/// Whether these first bytes of a file are those of an mbox.
pub fn is_mailbox(start: &[u8]) -> bool {
    start.starts_with(b"From ")
}

/// A sentence may begin with "From" too; a separator ends in a date with a time and a year.
fn is_separator(line: &[u8], number: usize) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let words = || {
        rest.split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
    };
    let digits = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
    let is_time =
        |word: &[u8]| word.contains(&b':') && word.iter().all(|b| b":0123456789".contains(b));
    number == 0 && is_mailbox(line) && words().count() < 3
        || words().any(is_time) && words().any(|word| word.len() == 4 && digits(word))
}

/// See [`split`].
pub struct Messages<R> {
    reader: R,
    number: usize,
    /// The separator of the next message has been read.
    began: bool,
    done: bool,
}

impl<R: BufRead> Messages<R> {
    fn read_message(&mut self) -> io::Result<Option<Numbered>> {
        let mut bytes = Vec::new();
        let mut too_large = false;
        let mut after_empty = true;
        let mut line = Vec::new();
        loop {
            if !self.read_piece(&mut line)? {
                self.done = true;
                break;
            }
            if after_empty && is_separator(&line, self.number) {
                if self.began {
                    break;
                }
                self.began = true;
                after_empty = false;
                self.skip_line(&line)?;
                continue;
            }
            after_empty = matches!(line.as_slice(), b"\n" | b"\r\n");
            if !self.began {
                continue;
            }
            let quoted = line.iter().take_while(|byte| **byte == b'>').count();
            let unquoted = line
                .get(quoted..)
                .is_some_and(|rest| quoted > 0 && rest.starts_with(b"From "));
            let kept = line.get(usize::from(unquoted)..).unwrap_or_default();
            too_large |= bytes.len() + kept.len() > MAIL_BYTES;
            if !too_large {
                bytes.extend_from_slice(kept);
            }
        }
        if !self.began {
            return Ok(None);
        }
        self.number += 1;
        self.began = !self.done;
        Ok(Some(Numbered {
            number: self.number,
            message: if too_large {
                Err(MailError::TooLarge)
            } else {
                Ok(bytes)
            },
        }))
    }

    /// Reads to the end of the line or a mebibyte, whichever comes first.
    fn read_piece(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        let mut piece = io::Read::take(&mut self.reader, 1 << 20);
        Ok(piece.read_until(b'\n', line)? > 0)
    }

    fn skip_line(&mut self, begun: &[u8]) -> io::Result<()> {
        let mut ended = begun.ends_with(b"\n");
        let mut line = Vec::new();
        while !ended && self.read_piece(&mut line)? {
            ended = line.ends_with(b"\n");
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = io::Result<Numbered>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.read_message() {
            Ok(message) => message.map(Ok),
            Err(error) => {
                self.done = true;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(text: &str) -> Vec<String> {
        split(text.as_bytes())
            .map(|message| String::from_utf8(message.unwrap().message.unwrap()).unwrap())
            .collect()
    }

    #[test]
    fn messages_begin_at_separators_and_quotes_lose_one_mark() {
        let text = "From a@x.example Thu Jan  1 10:00:00 2026\nA: 1\n\nFrom here it is\n\n\
                    From: you\n>From me\n>>From b\n\nFrom c Fri Jan  2 10:00:00 +0000 2026\n\
                    B: 2\n\nhi\n";
        assert_eq!(
            bodies(text),
            [
                "A: 1\n\nFrom here it is\n\nFrom: you\nFrom me\n>From b\n\n",
                "B: 2\n\nhi\n",
            ]
        );
    }

    #[test]
    fn an_empty_file_and_one_without_separator_hold_no_message() {
        assert!(bodies("").is_empty());
        assert!(bodies("A: 1\n\nhi\n").is_empty());
    }
}
