//! Every fixture in `tests/mail`, read and written down beside it.
//!
//! `DAYROOM_WRITE_GOLDEN=1` writes the `.txt` files anew; look at them before committing.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fmt::Write;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use dayroom_central::mail::{Mail, MailError, PictureError, Why, mailbox, read_mail};
use dayroom_protocol::MediaType;
use dayroom_protocol::limits::MESSAGE_BYTES;

#[test]
fn every_fixture_reads_as_it_is_written_down() {
    let mut count = 0;
    for path in fixtures("eml") {
        let golden = path.with_extension("txt");
        let found = written_down(read_mail(&fs::read(&path).unwrap()));
        if std::env::var_os("DAYROOM_WRITE_GOLDEN").is_some() {
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap();
        assert_eq!(found, expected, "{}", path.display());
        count += 1;
    }
    assert!(count >= 12);
}

#[test]
fn other_parts_are_named_and_left_out() {
    let mail = read("pdf_attachment").unwrap();
    assert_eq!(mail.text, "Papers\n\nThe papers you asked for.");
    let said: Vec<String> = mail.left_out.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("\"lease.pdf\" (application/pdf) left out"));
    assert!(said[1].contains("\"notes.txt\""));
    assert!(mail.pictures.is_empty());
}

#[test]
fn the_words_and_pictures_of_a_forwarded_message_are_not_the_senders() {
    let mail = read("forwarded").unwrap();
    assert!(!mail.text.contains("not Ana's words"));
    assert!(mail.pictures.is_empty());
    assert_eq!(mail.left_out[0].why, Why::Forwarded);
}

#[test]
fn a_text_past_its_limit_refuses_the_whole_message_and_names_the_part() {
    let error = read("oversize").unwrap_err();
    assert!(matches!(
        &error,
        MailError::TextTooLong { part, bytes, limit: MESSAGE_BYTES }
            if part.starts_with("part 2") && *bytes > MESSAGE_BYTES
    ));
}

#[test]
fn pictures_are_known_by_their_content() {
    let mail = read("wrong_pictures").unwrap();
    let kept: Vec<_> = mail
        .pictures
        .iter()
        .map(|p| (p.name.as_str(), p.media))
        .collect();
    assert_eq!(kept, [("really.png", MediaType::Png)]);
    let why: Vec<_> = mail.left_out.iter().map(|left| left.why.clone()).collect();
    assert!(why.contains(&Why::Picture(PictureError::Kind)));
    assert!(why.contains(&Why::Picture(PictureError::Size {
        width: 12_001,
        height: 1
    })));
    assert!(why.contains(&Why::Picture(PictureError::Damaged)));
}

#[test]
fn a_video_clip_is_kept_as_it_came_and_a_message_of_clips_alone_is_one() {
    let mail = read("video").unwrap();
    assert_eq!(mail.text, "First steps\n\nHe walks!");
    assert_eq!((mail.clips.len(), mail.left_out.len()), (1, 0));
    assert!(mail.clips[0].bytes.starts_with(b"\0\0\0\x18ftypmp42"));
    let alone = "From: a@example.org\r\nContent-Type: video/mp4\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\nAAAAGGZ0eXBtcDQy\r\n";
    let mail = read_mail(alone.as_bytes()).unwrap();
    assert!(mail.text.is_empty() && mail.pictures.is_empty());
    assert_eq!(mail.clips.len(), 1);
}

#[test]
fn headers_cannot_bring_lines_or_folders_or_another_sender() {
    let mail = read("header_injection").unwrap();
    assert_eq!(mail.from.unwrap(), "stranger@example.com");
    assert!(!mail.text.contains('\r') && !mail.text.contains('\u{1b}'));
    assert_eq!(
        mail.text.lines().next().unwrap(),
        "Hello Bcc: everyone@example.org From the warden"
    );
    assert!(!mail.pictures[0].name.contains(['/', '\n', '\r']));
}

#[test]
fn a_message_of_two_senders_needs_the_connection_to_be_named() {
    let mail = read("two_senders").unwrap();
    assert_eq!(mail.from, Err(MailError::Sender));
    assert!(MailError::Sender.to_string().contains("--connection"));
}

#[test]
fn a_mailbox_is_read_message_by_message() {
    let texts: Vec<String> = messages("three")
        .into_iter()
        .map(|(_, mail)| mail.unwrap().text)
        .collect();
    assert_eq!(texts.len(), 3);
    assert!(texts[1].contains(
        "From here one sees the sea.\nFrom time to time a ship.\n\nFrom now on, every week."
    ));
    assert_eq!(texts[2], "Third\n\nUntil Sunday.");
}

#[test]
fn bad_messages_of_a_mailbox_are_numbered_and_the_others_are_read() {
    let outcome: Vec<_> = messages("mixed")
        .into_iter()
        .map(|(number, mail)| (number, mail.is_ok()))
        .collect();
    let expected = [
        (1, true),
        (2, false),
        (3, false),
        (4, false),
        (5, true),
        (6, true),
    ];
    assert_eq!(outcome, expected);
}

#[test]
fn any_cut_or_flip_of_a_message_is_read_or_refused_without_harm() {
    for path in fixtures("eml") {
        let whole = fs::read(&path).unwrap();
        let step = whole.len().div_ceil(60).max(1);
        for at in (0..whole.len()).step_by(step) {
            let _cut = read_mail(&whole[..at]);
            let mut flipped = whole.clone();
            flipped[at] ^= 0x55;
            if let Ok(mail) = read_mail(&flipped) {
                assert!(mail.text.len() <= MESSAGE_BYTES);
            }
        }
    }
}

#[test]
fn parts_nested_without_end_are_refused() {
    let mut text = String::from("From: ana.ortiz@example.org\r\n");
    for depth in 0..2_000 {
        write!(
            text,
            "Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n"
        )
        .unwrap();
    }
    text.push_str("Content-Type: text/plain\r\n\r\ndeep\r\n");
    let error = read_mail(text.as_bytes()).unwrap_err();
    assert_eq!(error, MailError::TooDeep);
}

fn read(name: &str) -> Result<Mail, MailError> {
    read_mail(&fs::read(folder().join(name).with_extension("eml")).unwrap())
}

fn messages(name: &str) -> Vec<(usize, Result<Mail, MailError>)> {
    let path = folder().join(name).with_extension("mbox");
    mailbox::split(BufReader::new(fs::File::open(path).unwrap()))
        .map(|message| {
            let message = message.unwrap();
            let mail = message.message.and_then(|bytes| read_mail(&bytes));
            (message.number, mail)
        })
        .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail")
}

fn fixtures(extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|held| held == extension))
        .collect();
    found.sort();
    found
}

fn written_down(mail: Result<Mail, MailError>) -> String {
    let mut out = String::new();
    match mail {
        Err(error) => writeln!(out, "refused: {error}").unwrap(),
        Ok(mail) => {
            match mail.from {
                Ok(from) => writeln!(out, "from: {from}").unwrap(),
                Err(error) => writeln!(out, "from: {error}").unwrap(),
            }
            let id = mail.message_id.as_deref().unwrap_or("none");
            writeln!(out, "message id: {id}").unwrap();
            let at = mail.written_at.map_or(0, |at| at.0);
            writeln!(out, "written at: {at}").unwrap();
            for picture in &mail.pictures {
                writeln!(
                    out,
                    "picture: \"{}\" {:?} {}x{}, {} bytes",
                    picture.name,
                    picture.media,
                    picture.width,
                    picture.height,
                    picture.bytes.len()
                )
                .unwrap();
            }
            for clip in &mail.clips {
                let (name, bytes) = (&clip.name, clip.bytes.len());
                writeln!(out, "clip: \"{name}\" {}, {bytes} bytes", clip.media).unwrap();
            }
            for left_out in &mail.left_out {
                writeln!(out, "{left_out}").unwrap();
            }
            writeln!(out, "text:\n{}", mail.text).unwrap();
        }
    }
    out
}
