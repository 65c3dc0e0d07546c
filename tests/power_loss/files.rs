//! What a power cut and a failed sync do to one file.

use crate::support::disk::Random;
use crate::support::disk::file::{Overwrite, SECTOR, SimFile};

#[test]
fn unsynced_write_is_lost_kept_torn_or_overtaken_and_a_synced_one_stays() {
    let [old, mid, new] = [b'o', b'm', b'n'].map(|letter| vec![letter; 8 * SECTOR]);
    let (mut lost, mut kept, mut torn, mut overtaken, mut short) = (0, 0, 0, 0, 0);
    for seed in 0..400 {
        let mut file = SimFile::default();
        file.write(0, &old);
        file.sync();
        file.write(0, &mid);
        file.write(0, &new);
        file.write(old.len(), &new);
        file.lose_power(&mut Random::new(seed), Overwrite::Powersafe);
        assert_eq!(file.current(), file.durable());
        let (front, back) = file.current().split_at(old.len());
        assert!(
            front
                .chunks(SECTOR)
                .all(|sector| sector.iter().all(|byte| *byte == sector[0]))
        );
        assert!(!front.contains(&0), "seed {seed}: a synced sector is gone");
        lost += usize::from(front == old && back.is_empty());
        kept += usize::from(front == new && back == new);
        torn += usize::from(front.contains(&b'o') && front.contains(&b'n'));
        overtaken += usize::from(front == old && back.contains(&b'n'));
        short += usize::from(front == new && back.is_empty());
    }
    let seen = [lost, kept, torn, overtaken, short];
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}

#[test]
fn failed_sync_loses_what_a_later_sync_does_not_bring_back() {
    let lost = |fail: bool| {
        let cuts = (0..100).filter(|seed| {
            let mut random = Random::new(*seed);
            let mut file = SimFile::default();
            file.write(0, &[1; 2048]);
            if fail {
                file.fail_sync(&mut random);
            }
            file.write(2048, &[2; 512]);
            file.sync();
            assert_eq!(file.durable().get(2048..), Some(&[2; 512][..]));
            file.lose_power(&mut random, Overwrite::Powersafe);
            file.current().get(..2048) != Some(&[1; 2048])
        });
        cuts.count()
    };
    assert!(lost(true) > 20);
    assert_eq!(lost(false), 0);
}

#[test]
fn without_powersafe_overwrite_a_cut_may_spoil_synced_bytes_beside_the_write() {
    let spoilt = |overwrite| {
        let cuts = (0..100).filter(|seed| {
            let mut file = SimFile::default();
            file.write(0, &[1; 3 * 4096]);
            file.sync();
            file.write(5_000, &[2; 10]);
            file.lose_power(&mut Random::new(*seed), overwrite);
            let outside = [&file.current()[..4096], &file.current()[8192..]].concat();
            assert!(
                outside.iter().all(|byte| *byte == 1),
                "seed {seed}: too much is spoilt"
            );
            file.current()[4096..5000].iter().any(|byte| *byte != 1)
        });
        cuts.count()
    };
    assert!(spoilt(Overwrite::Unsafe) > 10);
    assert_eq!(spoilt(Overwrite::Powersafe), 0);
}
