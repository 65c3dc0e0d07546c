use dayroom::domain::local::{Link, OfflineCause, ToScreen, ToSync};
use dayroom::domain::{
    Answer, BlobHash, ConnectionId, ConnectionState, DraftId, IntentBody, IntentNumber, MessageId,
    MessageState, Outcome, ResidentId,
};
use dayroom::replica::ReplicaEvent;
use dayroom_central::{Activity, Deed, NewMessage};
use dayroom_protocol as wire;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use uuid::Uuid;

use crate::desk::{Desk, Line};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// What the kiosk of the desk did, as central saw it.
pub fn deeds(desk: &Desk) -> Vec<Deed> {
    let own = |activity: &Activity| activity.kiosk == desk.kiosk();
    let all = desk.central.activity().unwrap();
    all.into_iter().filter(own).map(|a| a.deed).collect()
}

fn answers(desk: &Desk) -> usize {
    let answered = |deed: &&Deed| matches!(deed, Deed::ConnectionAnswered(_));
    deeds(desk).iter().filter(answered).count()
}

fn sister(desk: &Desk) -> ConnectionId {
    ConnectionId(desk.demo.sister.0)
}

fn state_of_sister(desk: &Desk) -> ConnectionState {
    let found = desk.cache.connection(desk.marcus_id(), sister(desk));
    found.unwrap().unwrap().state
}

fn accept(desk: &Desk) -> IntentBody {
    IntentBody::AnswerConnection {
        connection: sister(desk),
        answer: Answer::Accept,
    }
}

/// A delivered message Marcus has not opened.
fn unread(desk: &Desk) -> MessageId {
    let marcus = desk.marcus_id();
    desk.cache
        .connections(marcus)
        .unwrap()
        .into_iter()
        .flat_map(|c| desk.cache.messages(marcus, c.id, 0, 100).unwrap())
        .find(|m| m.read_at.is_none() && m.state == MessageState::Delivered)
        .unwrap()
        .id
}

/// Blobs that Marcus's messages name.
pub fn pictures(desk: &Desk) -> Vec<BlobHash> {
    pictures_of(desk, desk.marcus_id())
}

fn pictures_of(desk: &Desk, resident: ResidentId) -> Vec<BlobHash> {
    desk.cache
        .connections(resident)
        .unwrap()
        .into_iter()
        .flat_map(|c| desk.cache.messages(resident, c.id, 0, 100).unwrap())
        .flat_map(|m| m.attachments)
        .map(|a| a.blob)
        .collect()
}

pub fn ready(desk: &Desk) -> Vec<BlobHash> {
    let ready = |frame: &ToScreen| match frame {
        ToScreen::BlobReady { blob } => Some(*blob),
        _ => None,
    };
    desk.heard.iter().filter_map(ready).collect()
}

#[test]
fn a_new_kiosk_holds_what_central_shows_it_and_says_so() {
    let desk = Desk::synced();
    let marcus = desk.marcus_here().unwrap();
    assert_eq!(marcus.name, desk.marcus().name);
    assert_eq!(state_of_sister(&desk), ConnectionState::Asked);
    assert!(desk.cache.policy().unwrap().is_some());
    assert!(desk.heard.contains(&ToScreen::Changed));
    assert_eq!(desk.link(), Link::Online);
    assert_eq!(desk.cache.last_contact().unwrap(), Some(desk.now.utc));
    let (pictures, ready) = (pictures(&desk), ready(&desk));
    assert!(!pictures.is_empty());
    assert!(pictures.iter().all(|blob| ready.contains(blob)));
}

#[test]
fn nobody_of_another_unit_is_ever_held() {
    let desk = Desk::synced();
    for resident in &desk.demo.residents {
        let held = desk.cache.resident(ResidentId(resident.id.0));
        assert_eq!(
            held.unwrap().is_some(),
            resident.unit == desk.marcus().unit,
            "{}",
            resident.number
        );
    }
}

#[test]
fn a_poke_brings_a_message_at_once() {
    let mut desk = Desk::synced();
    let connection = *desk.demo.active.first().unwrap();
    let owner = desk.central.connection(connection).unwrap().resident;
    let owner = ResidentId(owner.0);
    let connection_here = ConnectionId(connection.0);
    let before = desk.cache.message_count(owner, connection_here).unwrap();
    let message = NewMessage {
        connection,
        text: "Dinner is at six.".to_owned(),
        attachments: Vec::new(),
        source: None,
    };
    let now = wire::UtcMillis(desk.now.utc.0);
    desk.central
        .take_message(&message, now, &mut SmallRng::seed_from_u64(9))
        .unwrap();
    desk.heard.clear();
    desk.poke();
    assert_eq!(desk.heard, [ToScreen::Changed]);
    let after = desk.cache.message_count(owner, connection_here).unwrap();
    assert_eq!(after, before + 1);
}

#[test]
fn a_choice_is_held_for_ten_seconds_then_settled_once() {
    let mut desk = Desk::synced();
    let intent = desk.does(accept(&desk));
    desk.local(ToSync::IntentsWaiting);
    desk.pass(9_900);
    assert_eq!(answers(&desk), 0);
    desk.pass(200);
    assert_eq!(answers(&desk), 1);
    assert_eq!(
        desk.cache.settlement(intent).unwrap(),
        Some(Outcome::Applied)
    );
    assert!(matches!(
        state_of_sister(&desk),
        ConnectionState::AwaitFacility { .. } | ConnectionState::Active { .. }
    ));
    // The screen has not noted the settlement yet, and sync starts again.
    let mut desk = desk.restart();
    desk.tell(ReplicaEvent::Tick);
    assert_eq!(answers(&desk), 1);
    assert_eq!(desk.unsettled().len(), 1, "that is the screen's to note");
}

#[test]
fn what_was_undone_leaves_as_undone_and_keeps_its_number() {
    let mut desk = Desk::synced();
    desk.does(accept(&desk));
    assert!(desk.journal.undo(IntentNumber(1), desk.now.boot).unwrap());
    desk.does(IntentBody::ReadMessage {
        message: unread(&desk),
    });
    desk.local(ToSync::IntentsWaiting);
    desk.pass(11_000);
    let deeds = deeds(&desk);
    assert!(
        matches!(
            deeds.as_slice(),
            [Deed::Undone { .. }, Deed::MessageRead { .. }]
        ),
        "{deeds:?}"
    );
    assert_eq!(state_of_sister(&desk), ConnectionState::Asked);
}

#[test]
fn intents_are_found_without_a_hint_and_after_a_reboot_at_once() {
    let mut desk = Desk::synced();
    desk.does(accept(&desk));
    desk.now.boot.boot.0 += 1;
    let mut desk = desk.restart();
    desk.tell(ReplicaEvent::Tick);
    assert_eq!(answers(&desk), 1, "due at once after a reboot");
    desk.does(IntentBody::ReadMessage {
        message: unread(&desk),
    });
    desk.pass(5_000);
    assert_eq!(deeds(&desk).len(), 2);
}

#[test]
fn what_was_done_without_the_network_is_sent_when_it_is_back() {
    let mut desk = Desk::synced();
    desk.line = Line::Down;
    desk.pass(HOUR);
    assert!(matches!(
        desk.link(),
        Link::Offline {
            cause: OfflineCause::Unreachable,
            ..
        }
    ));
    let read = desk.does(IntentBody::ReadMessage {
        message: unread(&desk),
    });
    desk.local(ToSync::IntentsWaiting);
    desk.line = Line::Up;
    // Somebody stands at the glass: they are not kept behind the backoff.
    desk.local(ToSync::PersonWaiting);
    desk.pass(3_000);
    assert_eq!(desk.cache.settlement(read).unwrap(), Some(Outcome::Applied));
    assert_eq!(desk.link(), Link::Online);
}

#[test]
fn a_push_whose_answer_is_lost_is_sent_again_and_done_once() {
    let mut desk = Desk::synced();
    desk.line = Line::Deaf;
    desk.does(accept(&desk));
    desk.pass(2 * 60_000);
    assert!(desk.batches.len() > 1, "it was sent again");
    desk.line = Line::Up;
    desk.pass(6 * 60_000);
    assert_eq!(answers(&desk), 1);
    let settled = desk.unsettled().first().unwrap().id;
    assert_eq!(
        desk.cache.settlement(settled).unwrap(),
        Some(Outcome::Applied)
    );
}

#[test]
fn long_messages_and_drafts_leave_in_as_many_pushes_as_they_need() {
    let mut desk = Desk::synced();
    let connection = contact_of_marcus(&desk);
    let mut ids = Vec::new();
    for number in 0..40_u128 {
        let draft = DraftId(Uuid::from_u128(0xD0 + number % 3));
        ids.push(desk.does(IntentBody::SaveDraft {
            draft,
            connection,
            based_on: u64::try_from(number / 3).unwrap(),
            sealed: "Q".repeat(wire::limits::SEALED_BYTES),
        }));
        ids.push(desk.does(IntentBody::SendMessage {
            message: MessageId(Uuid::from_u128(0xE0 + number)),
            connection,
            // Each takes six bytes on the wire.
            text: "\u{1}".repeat(20_000),
        }));
    }
    desk.local(ToSync::IntentsWaiting);
    desk.pass(60_000);
    let open: Vec<_> = ids
        .iter()
        .filter(|id| desk.cache.settlement(**id).unwrap().is_none())
        .collect();
    assert!(open.is_empty(), "{} of 80 wait for ever", open.len());
    let length = |batch: &wire::IntentBatch| serde_json::to_vec(batch).unwrap().len();
    assert!(
        desk.batches
            .iter()
            .all(|batch| length(batch) <= wire::limits::BODY_BYTES)
    );
    assert!(desk.batches.len() > 5, "or it proves nothing");
    let sent = desk.batches.iter().flat_map(|batch| &batch.intents);
    assert!(
        sent.map(|intent| intent.number).eq(1..=80),
        "in order, once"
    );
}

#[test]
fn both_sides_count_accounts_and_drafts() {
    let mut desk = Desk::synced();
    let connection = contact_of_marcus(&desk);
    let (kept, dropped) = (DraftId(Uuid::from_u128(1)), DraftId(Uuid::from_u128(2)));
    for draft in [kept, dropped] {
        desk.does(IntentBody::SaveDraft {
            draft,
            connection,
            based_on: 0,
            sealed: "c2VhbGVk".repeat(40),
        });
    }
    desk.does(IntentBody::DropDraft { draft: dropped });
    desk.local(ToSync::IntentsWaiting);
    desk.pass(30_000);
    let marcus = desk.marcus_id();
    assert!(desk.cache.sealed_draft(marcus, kept).unwrap().is_some());
    assert!(desk.cache.account(marcus).unwrap().is_some());
    desk.pass(2 * HOUR);
    assert_eq!(desk.digests, [wire::DigestReply::Agrees]);

    let report = desk.report.clone().unwrap();
    assert_eq!(report.collections.len(), 8, "an empty kind is counted too");

    // The fault: rows that are not there are seen.
    for kind in [wire::Kind::Account, wire::Kind::Draft] {
        let mut less = report.clone();
        let own = less.collections.iter_mut().find(|said| said.kind == kind);
        own.unwrap().count -= 1;
        let seen = wire::DigestReply::Differs { kinds: vec![kind] };
        assert_eq!(compare(&desk, &less), seen);
    }

    // A kiosk of the version before is not blamed for what it does not count.
    let mut before = report;
    let is_new = |kind| [wire::Kind::Account, wire::Kind::Draft].contains(&kind);
    before.collections.retain(|said| !is_new(said.kind));
    assert_eq!(compare(&desk, &before), wire::DigestReply::Agrees);
}

fn compare(desk: &Desk, report: &wire::DigestReport) -> wire::DigestReply {
    let now = wire::UtcMillis(desk.now.utc.0);
    desk.central.digest(desk.kiosk(), report, now).unwrap()
}

/// A contact Marcus may write to.
fn contact_of_marcus(desk: &Desk) -> ConnectionId {
    let all = desk.cache.connections(desk.marcus_id()).unwrap();
    let active = |state: &ConnectionState| matches!(state, ConnectionState::Active { .. });
    all.iter().find(|one| active(&one.state)).unwrap().id
}

#[test]
fn a_resident_who_leaves_is_forgotten_after_what_they_did_was_sent() {
    let mut desk = Desk::synced();
    let pictures = pictures(&desk);
    desk.does(IntentBody::ReadMessage {
        message: unread(&desk),
    });
    let marcus = desk.marcus().id;
    desk.central.depart(&[marcus]).unwrap();
    assert_eq!(desk.central.pending_forgets().unwrap().len(), 1);
    desk.poke();
    desk.pass(10_000);
    assert!(desk.marcus_here().is_none());
    assert!(desk.cache.connections(desk.marcus_id()).unwrap().is_empty());
    assert!(matches!(
        deeds(&desk).as_slice(),
        [Deed::MessageRead { .. }]
    ));
    assert!(
        desk.central.pending_forgets().unwrap().is_empty(),
        "acknowledged"
    );
    let of_others: Vec<_> = desk
        .demo
        .residents
        .iter()
        .flat_map(|other| pictures_of(&desk, ResidentId(other.id.0)))
        .collect();
    let (kept, gone): (Vec<_>, Vec<_>) = pictures.into_iter().partition(|b| of_others.contains(b));
    assert!(!gone.is_empty() && gone.iter().all(|blob| desk.bytes_of(*blob).is_none()));
    assert!(kept.iter().all(|blob| desk.bytes_of(*blob).is_some()));
}

#[test]
fn a_new_epoch_offers_the_last_days_again_and_refills() {
    let mut desk = Desk::synced();
    let read = desk.does(IntentBody::ReadMessage {
        message: unread(&desk),
    });
    desk.pass(10_000);
    let ended = [(read, Outcome::Applied)];
    desk.journal.drop_settled(&ended, desk.now.utc).unwrap();
    assert!(desk.unsettled().is_empty());
    desk.batches.clear();
    desk.central
        .new_epoch(&mut SmallRng::seed_from_u64(11))
        .unwrap();
    desk.pass(6 * 60_000);
    let offered: Vec<_> = desk.batches.iter().flat_map(|b| &b.intents).collect();
    assert!(
        offered.iter().any(|intent| intent.id.0 == read.0),
        "settled days ago, offered again"
    );
    assert!(desk.marcus_here().is_some(), "and refilled");
    assert_eq!(deeds(&desk).len(), 1, "and done once");
    assert_eq!(desk.link(), Link::Online);
}

#[test]
fn both_sides_agree_on_the_digest_of_the_day() {
    let mut desk = Desk::synced();
    desk.pass(2 * HOUR);
    assert_eq!(desk.digests, [wire::DigestReply::Agrees]);
    desk.pass(DAY + HOUR);
    assert_eq!(desk.digests.len(), 2);
}

#[test]
fn a_lease_that_is_over_closes_the_kiosk_and_keeps_what_people_did() {
    let mut desk = Desk::synced();
    let read = IntentBody::ReadMessage {
        message: unread(&desk),
    };
    let pictures = pictures(&desk);
    desk.line = Line::Down;
    desk.pass(29 * DAY);
    assert!(desk.marcus_here().is_some());
    let read = desk.does(read);
    desk.pass(2 * DAY);
    assert!(desk.marcus_here().is_none());
    assert!(pictures.iter().all(|blob| desk.bytes_of(*blob).is_none()));
    assert_eq!(desk.unsettled().len(), 1, "the journal stays");
    assert!(desk.cache.last_contact().unwrap().is_some());
    desk.line = Line::Up;
    desk.pass(6 * 60_000);
    assert!(desk.marcus_here().is_some());
    assert_eq!(desk.cache.settlement(read).unwrap(), Some(Outcome::Applied));
}

#[test]
fn a_clock_that_jumps_takes_nothing_away() {
    let mut desk = Desk::synced();
    desk.line = Line::Down;
    desk.now.utc.0 += 4_000 * i64::try_from(DAY).unwrap();
    desk.pass(HOUR);
    assert!(desk.marcus_here().is_some());
}

#[test]
fn the_screen_is_told_how_the_contact_is_when_it_connects() {
    let mut desk = Desk::synced();
    desk.heard.clear();
    desk.tell(ReplicaEvent::ScreenConnected);
    assert!(
        matches!(
            desk.heard.as_slice(),
            [ToScreen::Status {
                link: Link::Online,
                last_contact: Some(_)
            }]
        ),
        "{:?}",
        desk.heard
    );
}
