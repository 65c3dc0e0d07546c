//! The order of the feed is the order of commits, also while many write (R7).
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use dayroom_central::{CentralOptions, CentralPlace, NewMessage, Opening, PageLimits, PinCost};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use support::{NOW, Wall, World};

#[test]
fn kiosks_that_pull_while_others_write_miss_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = CentralPlace::File(folder.path().join("central.db"));
    let options = CentralOptions {
        page: PageLimits {
            records: 3,
            ..PageLimits::default()
        },
        pins: PinCost::Simulated,
    };
    let mut world = World::at(&place, options);
    let people = ["1", "2", "3", "4"];
    let roster: Vec<_> = people.iter().map(|number| (*number, world.b)).collect();
    world.roster(&roster);
    let connections: Vec<_> = people
        .map(|number| world.connection(world.who(number), Opening::Active))
        .into();
    let world = &world;
    let writing = &AtomicUsize::new(connections.len());
    std::thread::scope(|scope| {
        for (seed, connection) in (0..).zip(connections) {
            scope.spawn(move || {
                let mut rng = SmallRng::seed_from_u64(1000 + seed);
                for n in 0..50 {
                    let new = NewMessage {
                        connection,
                        text: format!("letter {n}"),
                        attachments: Vec::new(),
                        source: None,
                    };
                    world.central.take_message(&new, NOW, &mut rng).unwrap();
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            });
        }
        for _ in 0..2 {
            scope.spawn(move || {
                let mut wall = Wall::new(world.kiosk_b);
                while writing.load(Ordering::SeqCst) > 0 {
                    wall.pull(&world.central);
                }
                wall.pull_all(&world.central);
                let letters = wall.held.keys().filter(|(kind, _)| kind == "message");
                assert_eq!(letters.count(), 200);
            });
        }
    });
}
