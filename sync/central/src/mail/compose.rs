use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dayroom_protocol::{MessageId, UtcMillis};

use super::name::clean_line;

/// A message on its way out as mail.
pub(crate) struct Outgoing<'a> {
    pub(crate) id: MessageId,
    /// The facility's name and the address it writes from.
    pub(crate) from: (&'a str, &'a str),
    /// The contact's name and address.
    pub(crate) to: (&'a str, &'a str),
    /// Who wrote it.
    pub(crate) resident: &'a str,
    pub(crate) at: UtcMillis,
    pub(crate) text: &'a str,
}

/// Bytes of text in one encoded word: with its frame it stays below the 75 that RFC 2047 allows.
const WORD_BYTES: usize = 42;
/// Characters of a line of base64 (RFC 2045).
const LINE: usize = 76;

/// Writes a message as RFC 5322: names as encoded words, the text as base64 of UTF-8, so that
/// nothing in them can end a line or be another header.
pub(crate) fn compose(outgoing: &Outgoing<'_>) -> String {
    let (from, from_address) = outgoing.from;
    let (to, to_address) = outgoing.to;
    let domain = from_address
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    let date = jiff::Timestamp::from_millisecond(outgoing.at.0)
        .unwrap_or_default()
        .strftime("%a, %d %b %Y %H:%M:%S +0000");
    let subject = format!("Message from {}", outgoing.resident);
    let mut mail = format!(
        "From: {} <{from_address}>\r\nTo: {} <{to_address}>\r\nSubject: {}\r\nDate: {date}\r\n\
         Message-ID: <{}@{domain}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        words(from),
        words(to),
        words(&subject),
        outgoing.id,
    );
    let body = STANDARD.encode(outgoing.text.replace('\n', "\r\n"));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        mail.push_str(line);
        mail.push_str("\r\n");
        rest = after;
    }
    mail
}

/// Whether an address can stand between angle brackets as it is.
pub(crate) fn is_plain_address(address: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.@".contains(c);
    address.chars().all(plain)
        && address.matches('@').count() == 1
        && !address.starts_with('@')
        && !address.ends_with('@')
}

/// One line of text as encoded words of RFC 2047, never cut inside a character.
fn words(text: &str) -> String {
    let line = clean_line(text);
    let mut words: Vec<String> = Vec::new();
    let mut piece = String::new();
    let mut close = |piece: &mut String| {
        if !piece.is_empty() {
            words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(&*piece)));
            piece.clear();
        }
    };
    for c in line.chars() {
        if piece.len() + c.len_utf8() > WORD_BYTES {
            close(&mut piece);
        }
        piece.push(c);
    }
    close(&mut piece);
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::mail::read_mail;

    fn outgoing<'a>(to: (&'a str, &'a str), resident: &'a str, text: &'a str) -> Outgoing<'a> {
        Outgoing {
            id: MessageId(Uuid::from_u128(5)),
            from: ("Cedar County", "no-reply@cedar.example"),
            to,
            resident,
            at: UtcMillis(1_700_000_000_000),
            text,
        }
    }

    #[test]
    fn a_mail_reads_back_as_it_was_written_and_has_short_lines() {
        let long = "Không có gì quý hơn. ".repeat(200);
        let text = format!("Chào má,\n\n{}\n\n.\nFrom here on.", long.trim_end());
        let to = (
            "Ana María Ñúñez de la Peña y de los Reyes Católicos",
            "ana@example.org",
        );
        let mail = compose(&outgoing(to, "Nguyễn Văn Luis", &text));
        assert!(mail.lines().all(|line| line.len() <= 78));
        let read = read_mail(mail.as_bytes()).unwrap();
        assert_eq!(read.from.unwrap(), "no-reply@cedar.example");
        assert_eq!(read.text, format!("Message from Nguyễn Văn Luis\n\n{text}"));
        assert_eq!(read.written_at, Some(UtcMillis(1_700_000_000_000)));
        assert!(mail.contains("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
    }

    #[test]
    fn no_name_and_no_text_can_bring_a_header() {
        let evil = "Ana\r\nBcc: all@example.org\r\n\r\nHello <b@example.org>";
        let mail = compose(&outgoing((evil, "ana@example.org"), evil, evil));
        let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = headers
            .split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding"
            ]
        );
        assert!(!headers.contains("b@example.org"));
    }

    #[test]
    fn an_address_with_brackets_spaces_or_commas_is_not_plain() {
        assert!(is_plain_address("ana.o'neil+x@mail.example.org"));
        for address in [
            "a@b@c", "a>b@c", "a,b@c", "a b@c", "a\r\n@c", "@c", "a@", "añ@c",
        ] {
            assert!(!is_plain_address(address), "{address}");
        }
    }
}
