//! What a screen that was killed while it wrote leaves behind.

use dayroom::domain::{IntentBody, IntentId, IntentNumber, JournalId, ResidentId, UtcMillis};
use dayroom::store::{Birth, Journal, JournalReader, NewIntent, StoreError, StoreKey, StorePlace};
use uuid::Uuid;

use crate::support::disk::{Disk, Fault};

type Open = fn(&StorePlace, &StoreKey) -> Result<JournalReader, StoreError>;

/// How many intents were told of and then lost, over every call a kill can strike.
///
/// The screen is killed while it writes the second of two intents; sync starts, reads the journal
/// through `open` and sends what it finds; then the power goes.
pub fn told_and_lost(open: Open) -> usize {
    let key = StoreKey::new([9; 32]);
    let mut lost = 0;
    // A commit takes about eight calls, the last of them the sync.
    for (call, seed) in (0..12).flat_map(|call| (0..12).map(move |seed| (call, seed))) {
        let disk = Disk::new(seed);
        disk.promise_powersafe_overwrite();
        let place = StorePlace {
            vfs: Some(disk.vfs_name().to_owned()),
            ..StorePlace::new("/store")
        };
        let mut journal = screen(&place, &key);
        journal.record(&sign_in(1)).expect("nothing fails yet");
        disk.fail_after(call, Fault::Killed);
        let _killed = journal.record(&sign_in(2));
        drop(journal);
        disk.heal();
        let told = read(&open(&place, &key).expect("the journal is there"));
        disk.power_cut(seed);
        drop(screen(&place, &key));
        let kept = read(&JournalReader::open(&place, &key).expect("the journal is there"));
        assert!(kept.contains(&sign_in(1).id), "an acknowledged intent");
        lost += told.iter().filter(|id| !kept.contains(id)).count();
    }
    lost
}

fn screen(place: &StorePlace, key: &StoreKey) -> Journal {
    let birth = Birth {
        journal: JournalId(Uuid::from_u128(1)),
        salt: [7; 32],
    };
    Journal::open_born(place, key, &birth).expect("the journal opens")
}

fn read(reader: &JournalReader) -> Vec<IntentId> {
    let offers = reader.offers(IntentNumber(1), 10).expect("intents");
    offers.into_iter().map(|intent| intent.id).collect()
}

fn sign_in(number: u128) -> NewIntent {
    NewIntent {
        id: IntentId(Uuid::from_u128(number)),
        resident: ResidentId(Uuid::from_u128(5)),
        made_at: UtcMillis(0),
        held_until: None,
        body: IntentBody::SignIn,
    }
}
