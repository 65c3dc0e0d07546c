//! Somebody types while the power goes: the app's own timing over the real journal.

use dayroom::app::flows::compose::Step;
use dayroom::app::{
    App, ComposeTap, Config, ConsentTap, Effect, Event, OpenedDraft, PadTap, PinAnswer, Report,
    Screen, SignedIn, WallTap,
};
use dayroom::domain::keyboard::Key;
use dayroom::domain::sign_in::Digit;
use dayroom::domain::{
    BootId, BootMillis, BootMoment, ConnectionId, DraftId, JournalId, Now, Policy, ResidentId,
    UtcMillis,
};
use dayroom::store::{Birth, Draft, Journal, StoreKey, StorePlace, Synchronous};
use uuid::Uuid;

use crate::support::disk::{Disk, Fault, Random};

const CHARS: usize = 2_000;
const ROUNDS: u64 = 20;
const CUTS_A_ROUND: u64 = 50;
/// What may be lost.
const SECOND_MS: u64 = 1_000;

const ANA: ConnectionId = ConnectionId(Uuid::from_u128(7));

#[test]
fn power_cuts_at_a_thousand_points_lose_at_most_the_last_second_of_typing() {
    let (mut cuts, mut lost, mut worst, mut typed) = (0, 0, 0, 0);
    for seed in 0..ROUNDS {
        let round = type_through_cuts(seed, Synchronous::Full);
        cuts += round.cuts;
        lost += round.lost;
        worst = worst.max(round.worst_ms);
        typed += round.typed;
    }
    println!("{cuts} cuts in {typed} keys: at most {worst} ms of typing gone");
    assert_eq!(lost, 0, "more than a second was gone");
    assert_eq!(cuts, ROUNDS * CUTS_A_ROUND);
    assert!(worst > 0, "nothing was ever at stake");
}

/// The control: where a commit does not wait for the disk, more than a second goes.
#[test]
fn power_cuts_lose_more_than_a_second_of_typing_with_synchronous_normal() {
    let lost: u64 = (0..4)
        .map(|seed| type_through_cuts(seed, Synchronous::Normal).lost)
        .sum();
    assert!(
        lost > 20,
        "NORMAL lost only {lost} times: nothing is proven"
    );
}

#[derive(Default)]
struct Round {
    cuts: u64,
    /// How often more than a second was gone.
    lost: u64,
    worst_ms: u64,
    typed: usize,
}

/// Writes one text of [`CHARS`] characters; the power goes [`CUTS_A_ROUND`] times, between two keys or
/// inside a write, and the writer goes on with what is left.
fn type_through_cuts(seed: u64, synchronous: Synchronous) -> Round {
    let disk = Disk::new(seed);
    disk.promise_powersafe_overwrite();
    let mut random = Random::new(seed ^ 0x7E57);
    let mut round = Round::default();
    let mut at = 1_000;
    while round.cuts < CUTS_A_ROUND {
        let mut desk = Desk::start(&disk, synchronous, at);
        let mut states = vec![(at, desk.text())];
        // One cut in two strikes in the middle of a call.
        let keys = random.next() % (2 * CHARS as u64 / CUTS_A_ROUND);
        if random.next().is_multiple_of(2) {
            disk.fail_after(random.next() % 200, Fault::PowerCut);
        }
        for _ in 0..keys {
            if disk.fault_struck() {
                break;
            }
            let full = desk.text().chars().count() >= CHARS;
            desk.press(if full || random.next().is_multiple_of(12) {
                Key::Delete
            } else if random.next().is_multiple_of(6) {
                Key::Space
            } else {
                let letter = char::from(b'a' + u8::try_from(random.next() % 26).unwrap());
                Key::Text(letter.to_string())
            });
            round.typed += 1;
            states.push((desk.at, desk.text()));
            desk.wait(60 + random.next() % 400);
        }
        at = desk.at;
        if !disk.fault_struck() {
            disk.power_cut(random.next());
        }
        drop(desk);
        disk.heal();
        round.cuts += 1;
        let left = Desk::start(&disk, synchronous, at).text();
        // The latest moment at which the text was what it is now.
        let until = states
            .iter()
            .enumerate()
            .filter(|(_, state)| state.1 == left)
            .map(|(place, _)| states.get(place + 1).map_or(at, |next| next.0))
            .max();
        let gone = until.map_or(u64::MAX, |until| at - until);
        if gone > SECOND_MS {
            round.lost += 1;
        } else {
            round.worst_ms = round.worst_ms.max(gone);
        }
    }
    round
}

/// A terminal with its journal, as the screen process joins them, and somebody at the keys.
struct Desk {
    app: App,
    disk: Disk,
    journal: Journal,
    at: u64,
}

impl Desk {
    fn start(disk: &Disk, synchronous: Synchronous, at: u64) -> Self {
        let place = StorePlace {
            vfs: Some(disk.vfs_name().to_owned()),
            synchronous,
            ..StorePlace::new("/store")
        };
        let birth = Birth {
            journal: JournalId(Uuid::from_u128(1)),
            salt: [7; 32],
        };
        let journal = Journal::open_born(&place, &StoreKey::new([9; 32]), &birth).unwrap();
        let app = App::new(Config {
            policy: Policy::default(),
            last_contact: Some(UtcMillis(0)),
        });
        let mut desk = Self {
            app,
            disk: disk.clone(),
            journal,
            at,
        };
        desk.send(Event::Wall(WallTap::SignInPressed));
        for digits in ["40217", "918273"] {
            for byte in digits.bytes() {
                desk.send(Event::Pad(PadTap::Digit(Digit::new(byte - b'0').unwrap())));
            }
            desk.send(Event::Pad(PadTap::Go));
        }
        desk.send(Event::Consent(ConsentTap::Agreed { version: 0 }));
        desk.send(Event::Compose(ComposeTap::Write(ANA)));
        assert!(desk.page().is_some_and(|page| page.step == Step::Writing));
        desk
    }

    fn page(&self) -> Option<&dayroom::app::flows::compose::Compose> {
        match self.app.screen() {
            Screen::Compose(page) => Some(page),
            _ => None,
        }
    }

    fn text(&self) -> String {
        let page = self.page();
        page.map_or_else(String::new, |page| page.editor.text().to_owned())
    }

    fn press(&mut self, key: Key) {
        self.send(Event::Compose(ComposeTap::Key(key)));
    }

    /// Waits as the runtime does: from one wake to the next, until the power goes.
    fn wait(&mut self, ms: u64) {
        let until = self.at + ms;
        while let Some(wake) = self.app.next_wake().filter(|wake| wake.0 <= until) {
            self.at = wake.0;
            self.send(Event::Runtime(Report::Tick));
            if self.disk.fault_struck() {
                return;
            }
        }
        self.at = until;
    }

    fn send(&mut self, event: Event) {
        let now = Now {
            boot: BootMoment {
                boot: BootId(1),
                at: BootMillis(self.at),
            },
            utc: UtcMillis(i64::try_from(self.at).unwrap()),
        };
        for effect in self.app.handle(event, now) {
            let report = match effect {
                Effect::CheckPin { ticket, .. } => Report::PinChecked {
                    ticket,
                    answer: PinAnswer::Right(SignedIn {
                        resident: ResidentId(Uuid::from_u128(5)),
                        first_name: "Rosa".to_owned(),
                        last_sign_in: None,
                        number: dayroom::domain::ResidentNumber::parse("10427").unwrap(),
                        preferences: dayroom::domain::Preferences::default(),
                        keypad: dayroom::app::KeypadOrder::usual(),
                    }),
                },
                Effect::OpenDraft {
                    ticket,
                    resident,
                    to,
                    ..
                } => {
                    let found = self.journal.draft(resident, to).unwrap();
                    Report::DraftOpened {
                        ticket,
                        draft: OpenedDraft {
                            id: DraftId(Uuid::from_u128(11)),
                            text: found.map(|draft| draft.body).unwrap_or_default(),
                            refused: None,
                        },
                    }
                }
                Effect::SaveDraft {
                    draft,
                    resident,
                    to,
                    text,
                    version,
                } => {
                    let saved = self.journal.save_draft(&Draft {
                        id: draft,
                        resident,
                        connection: to,
                        body: text,
                        changed_at: now.utc,
                        refused: None,
                        based_on: 0,
                    });
                    match saved {
                        Ok(_) => Report::DraftSaved { draft, version },
                        Err(_) => Report::DraftNotSaved { draft },
                    }
                }
                _ => continue,
            };
            self.send(Event::Runtime(report));
        }
    }
}
