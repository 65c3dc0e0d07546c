use dayroom_protocol::{
    ApprovalRule, Contact, Identity, IntentBatch, IntentBody, JournalId, KioskId, Lane, MessageId,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use uuid::Uuid;

use super::*;
use crate::{
    Central, CentralOptions, CentralPlace, NewConnection, Opening, PinCost, PinDigits, RosterLine,
};

const NOW: UtcMillis = UtcMillis(1_700_000_000_000);
const DRAFT: DraftId = DraftId(Uuid::from_u128(0xd0));

/// Somebody who writes at two kiosks.
struct Story {
    central: Central,
    resident: ResidentId,
    connection: ConnectionId,
    wall: KioskId,
    door: KioskId,
}

impl Story {
    fn begin() -> Self {
        let mut rng = SmallRng::seed_from_u64(1);
        let options = CentralOptions {
            pins: PinCost::Simulated,
            ..CentralOptions::default()
        };
        let central = Central::open(&CentralPlace::Memory, options, &mut rng).unwrap();
        let facility = central
            .create_facility("Cedar", "America/Chicago", PinDigits::Six, &mut rng)
            .unwrap();
        let unit = central.create_unit(facility, "B", &mut rng).unwrap();
        let wall = central.create_kiosk(unit, "Wall", &mut rng).unwrap();
        let door = central.create_kiosk(unit, "Door", &mut rng).unwrap();
        let line = RosterLine {
            number: "1".to_owned(),
            name: "Luis Ortiz".to_owned(),
            unit,
        };
        let outcome = central
            .apply_roster(facility, vec![line], NOW, &mut rng)
            .unwrap();
        let resident = outcome.arrived[0].resident;
        let new = NewConnection {
            resident,
            contact: Contact {
                name: "Ana Ortiz".to_owned(),
                relationship: "Sister".to_owned(),
                place: None,
                lane: Lane::Ordinary,
            },
            note: String::new(),
            identity: Identity::Unchecked,
            approval: ApprovalRule::AfterResident,
            opening: Opening::Active,
        };
        let connection = central.add_connection_request(&new, NOW, &mut rng).unwrap();
        Self {
            central,
            resident,
            connection,
            wall,
            door,
        }
    }

    /// The batch of one intent; each kiosk has its own journal.
    fn batch(&self, kiosk: KioskId, number: u64, body: IntentBody) -> IntentBatch {
        IntentBatch {
            journal: JournalId(kiosk.0),
            first_held: number,
            intents: vec![Intent {
                id: IntentId(Uuid::from_u128(
                    kiosk.0.as_u128().wrapping_add(number.into()),
                )),
                number,
                resident: self.resident,
                made_at: NOW,
                body,
            }],
        }
    }

    fn save(&self, kiosk: KioskId, words: &str) {
        let body = IntentBody::SaveDraft {
            draft: DRAFT,
            connection: self.connection,
            based_on: 0,
            sealed: STANDARD.encode(words),
        };
        let batch = self.batch(kiosk, 1, body);
        self.central.take_intents(kiosk, &batch, NOW).unwrap();
    }

    fn send(&self, kiosk: KioskId) {
        let body = IntentBody::SendMessage {
            message: MessageId(DRAFT.0),
            connection: self.connection,
            text: "words".to_owned(),
        };
        let batch = self.batch(kiosk, 2, body);
        self.central.take_intents(kiosk, &batch, NOW).unwrap();
    }

    /// The sealed words that are still there.
    fn words(&self) -> Vec<String> {
        let drafts = self.central.drafts(self.resident).unwrap();
        let mut words: Vec<String> = drafts
            .into_iter()
            .filter_map(|(_, body)| body.sealed)
            .map(|sealed| String::from_utf8(STANDARD.decode(sealed).unwrap()).unwrap())
            .collect();
        words.sort();
        words
    }
}

#[test]
fn a_draft_goes_when_its_message_is_sent_at_whichever_kiosk() {
    for at_the_door in [false, true] {
        let story = Story::begin();
        story.save(story.wall, "written at the wall");
        story.send(if at_the_door { story.door } else { story.wall });
        assert_eq!(story.words(), [""; 0]);
        let (_, body) = story.central.drafts(story.resident).unwrap().remove(0);
        assert_eq!((body.revision, body.sealed), (2, None));
    }
}

#[test]
fn words_of_another_kiosk_that_were_not_what_was_sent_stay() {
    let story = Story::begin();
    story.save(story.wall, "written at the wall");
    story.save(story.door, "written at the door");
    story.send(story.door);
    assert_eq!(
        story.words(),
        ["written at the door", "written at the wall"]
    );
    let drafts = story.central.drafts(story.resident).unwrap();
    assert!(
        drafts
            .iter()
            .all(|(id, body)| body.sealed.is_none() == (*id == DRAFT))
    );
}
