use dayroom::domain::BlobHash;
use dayroom::domain::local::{ToScreen, ToSync};
use dayroom::replica::ReplicaEvent;

use crate::desk::{Desk, Line};
use crate::rules::{pictures, ready};

#[test]
fn a_blob_that_breaks_off_goes_on_where_it_stopped() {
    let mut desk = Desk::new();
    desk.cut_blob_at = Some(1_000);
    desk.tell(ReplicaEvent::Tick);
    desk.line = Line::Up;
    desk.pass(60_000);
    let (blob, _) = *desk.offsets.first().unwrap();
    let asked: Vec<u64> = desk
        .offsets
        .iter()
        .filter(|(other, _)| *other == blob)
        .map(|(_, offset)| *offset)
        .collect();
    assert_eq!(asked, [0, 1_000]);
    assert!(ready(&desk).contains(&blob));
    assert!(desk.bytes_of(blob).is_some());
}

#[test]
fn a_blob_goes_on_where_it_stopped_after_a_restart_too() {
    let mut desk = Desk::new();
    desk.cut_blob_at = Some(1_000);
    desk.tell(ReplicaEvent::Tick);
    let mut desk = desk.restart();
    desk.offsets.clear();
    desk.line = Line::Up;
    desk.tell(ReplicaEvent::Tick);
    desk.pass(60_000);
    assert!(desk.offsets.iter().any(|(_, offset)| *offset == 1_000));
    assert!(
        pictures(&desk)
            .iter()
            .all(|blob| desk.bytes_of(*blob).is_some())
    );
}

#[test]
fn a_blob_of_other_bytes_is_never_shown_and_comes_whole_when_it_is_right() {
    let mut desk = Desk::new();
    desk.spoil_blobs = true;
    desk.tell(ReplicaEvent::Tick);
    desk.pass(60 * 60_000);
    assert!(ready(&desk).is_empty());
    let wanted = *pictures(&desk).first().unwrap();
    assert!(desk.bytes_of(wanted).is_none());
    desk.spoil_blobs = false;
    desk.local(ToSync::WantBlob { blob: wanted });
    assert_eq!(ready(&desk).first(), Some(&wanted));
    assert!(desk.bytes_of(wanted).is_some());
}

#[test]
fn a_wanted_blob_that_is_here_is_ready_at_once_and_one_nobody_has_fails() {
    let mut desk = Desk::synced();
    let wanted = *pictures(&desk).first().unwrap();
    desk.heard.clear();
    desk.line = Line::Down;
    desk.local(ToSync::WantBlob { blob: wanted });
    assert_eq!(desk.heard, [ToScreen::BlobReady { blob: wanted }]);
    desk.line = Line::Up;
    let unknown = BlobHash([9; 32]);
    desk.heard.clear();
    desk.local(ToSync::WantBlob { blob: unknown });
    assert_eq!(desk.heard, [ToScreen::BlobFailed { blob: unknown }]);
}

#[test]
fn a_blob_wanted_without_contact_fails_and_comes_later() {
    let mut desk = Desk::new();
    desk.spoil_blobs = true;
    desk.tell(ReplicaEvent::Tick);
    desk.pass(60 * 60_000);
    desk.spoil_blobs = false;
    let wanted = *pictures(&desk).first().unwrap();
    desk.line = Line::Down;
    desk.heard.clear();
    desk.local(ToSync::WantBlob { blob: wanted });
    assert!(desk.heard.contains(&ToScreen::BlobFailed { blob: wanted }));
    desk.line = Line::Up;
    desk.pass(6 * 60_000);
    assert!(ready(&desk).contains(&wanted));
}
