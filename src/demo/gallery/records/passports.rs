//! Messages whose way is told: decided on, appealed, read; and such with more than photos.

use std::io::Cursor;

use super::{Letter, LocalText, Made, UtcMillis, ago, days, hours, local, picture};
use crate::domain::{
    Appeal, Attachment, AttachmentKind, Cents, ConnectionId, Decision, Direction, MessageState,
    Passage, Role, Rule,
};

fn rule(text: LocalText) -> Option<Rule> {
    Some(Rule {
        code: "M-12".to_owned(),
        text,
    })
}

impl Letter {
    /// One of the resident's own, on its way since then.
    pub(super) fn own(with: ConnectionId, text: &str, passage: Passage, at: UtcMillis) -> Self {
        Self {
            direction: Direction::Outgoing,
            passage: Passage {
                written_at: Some(at),
                ..passage
            },
            ..Self::from(with, super::span_until(at), text)
        }
    }
}

impl Made {
    /// What the resident wrote: read by the attorney, and not allowed to the friend.
    pub(super) fn passports(&mut self, attorney: ConnectionId, friend: ConnectionId) {
        let sent = ago(hours(20));
        let read = Passage {
            delivered_at: Some(ago(hours(19))),
            ..Passage::default()
        };
        let text = "I have two questions about the hearing. Can you call on Tuesday?";
        self.letter(Letter {
            read: true,
            ..Letter::own(attorney, text, read, sent)
        });
        let appealed = Passage {
            appeal: Some(Appeal::Open {
                since: ago(days(2)),
                promised_by: Some(ago(hours(6))),
            }),
            ..Passage::default()
        };
        self.letter(Letter {
            state: MessageState::Rejected {
                at: ago(days(2) + hours(3)),
                reason: "The letter asks the friend to pass money on to somebody else here."
                    .to_owned(),
                decision: Box::new(Decision {
                    rule: rule(local(
                        "Nobody may arrange payments to other residents.",
                        "Nadie puede arreglar pagos a otros residentes.",
                    )),
                    by: Role::Supervisor,
                    refund: Some(Cents(25)),
                }),
            },
            ..Letter::own(friend, "", appealed, ago(days(3)))
        });
    }

    /// A card, a picture nobody can open safely, scanned mail and a document.
    pub(super) fn kinds(&mut self, with: ConnectionId) -> anyhow::Result<()> {
        let mut all = Vec::new();
        for (kind, width, height, hue) in [
            (AttachmentKind::Card, 640, 480, 200),
            (AttachmentKind::Photo, 0, 0, 0),
            (AttachmentKind::MailPage, 600, 800, 60),
            (AttachmentKind::MailPage, 600, 800, 70),
            (AttachmentKind::DocumentPage, 600, 800, 120),
        ] {
            let bytes = if kind == AttachmentKind::Photo {
                bomb()?
            } else {
                picture(width, height, hue)?
            };
            let attachment = self.attach(bytes, true)?;
            all.push(Attachment { kind, ..attachment });
        }
        let text = "Happy birthday! The letter from grandmother is with it.";
        self.letter(
            Letter {
                passage: Passage {
                    clips: 1,
                    starred: true,
                    ..Passage::default()
                },
                ..Letter::from(with, hours(5), text)
            }
            .read()
            .with(all),
        );
        Ok(())
    }
}

/// A small file that claims to be an enormous picture.
fn bomb() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = png::Encoder::new(&mut bytes, 60_000, 60_000);
    drop(encoder.write_header()?);
    Ok(bytes.into_inner())
}
