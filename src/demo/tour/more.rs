//! More than text: several photos, a card, a letter of three scanned pages, a clip that is kept.

use anyhow::Context;
use dayroom_central::protocol::AttachmentKind;
use dayroom_central::{NewAttachment, NewMessage};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::leg::Leg;
use crate::runtime::puppet::Label;

impl Leg<'_> {
    /// Opens one of each.
    pub(super) fn more_than_text(&mut self) -> anyhow::Result<()> {
        self.scan_the_letter_again()?;
        self.enter()?;
        let writer = self.writer();
        self.find_and_open("mountains", writer)?;
        self.page_down_to(&self.of_number("Picture {0}", 1))?;
        self.gone("Loading…")?;
        self.picture("four-photos")?;
        let first = self.of_number("Picture {0}", 1);
        self.screen.tap(Label::Is(first))?;
        self.tap("Next picture")?;
        self.tap("Next picture")?;
        self.gone("Loading the picture…")?;
        self.picture("third-photo")?;
        self.tap("Close")?;
        self.go_home()?;
        self.find_and_open("birthday", writer)?;
        let card = self.of_number("Card {0}", 1);
        self.page_down_to(&card)?;
        self.screen.tap(Label::Is(card))?;
        self.gone("Loading the picture…")?;
        self.picture("card")?;
        self.tap("Close")?;
        self.go_home()?;
        self.find_and_open("bench", "Darnell Price")?;
        self.screen.wait(Label::Has("video clip".into()))?;
        self.picture("clip-is-kept")?;
        self.go_home()?;
        self.scanned_letter()?;
        self.leave()
    }

    /// The mail room scans the letter once more: whoever came before may have read the first one.
    fn scan_the_letter_again(&self) -> anyhow::Result<()> {
        let central = self.facility.central();
        let all = central.messages(self.resident()?)?;
        let letter = all
            .into_iter()
            .find(|line| {
                line.body
                    .attachments
                    .iter()
                    .any(|page| page.kind == AttachmentKind::MailPage)
            })
            .context("the demo has no scanned letter")?;
        let mut attachments = Vec::new();
        for page in &letter.body.attachments {
            let bytes = self.facility.blob(page.blob)?;
            attachments.push(NewAttachment::read(&page.name, bytes)?.of_kind(page.kind));
        }
        let new = NewMessage {
            connection: letter.body.connection,
            text: String::new(),
            attachments,
            source: None,
        };
        central.take_message(&new, self.now(), &mut StdRng::from_os_rng())?;
        Ok(())
    }

    /// The letter has no words to search for: the new messages are opened until it comes.
    fn scanned_letter(&mut self) -> anyhow::Result<()> {
        self.tap("Messages")?;
        self.screen.tap(Label::Starts(self.writer().into()))?;
        let (new, page) = (
            self.beginning("New message from {0}"),
            "Mail, page 1 of 3".to_owned(),
        );
        loop {
            self.open_row(std::slice::from_ref(&new))?;
            self.gone("Loading…")?;
            if self.sees(&page)? {
                break;
            }
            self.tap("Back")?;
        }
        self.screen.tap(Label::Starts(page))?;
        self.gone("Loading the picture…")?;
        self.picture("mail-page")?;
        self.tap("Larger")?;
        self.tap("Larger")?;
        self.tap("Look further down")?;
        self.picture("mail-page-larger")?;
        self.tap("Show all of it")?;
        self.tap("Next page")?;
        self.gone("Loading the picture…")?;
        self.picture("mail-second-page")?;
        self.tap("Close")
    }

    fn of_number(&self, english: &str, number: u32) -> String {
        self.label(english).replace("{0}", &number.to_string())
    }
}
