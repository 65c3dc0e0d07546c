//! Many threads of a fresh process open a store at once. Each round is a process of its own: what is
//! made ready once stays ready.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::ffi::OsString;
use std::process::Command;
use std::sync::Barrier;
use std::{env, thread};

use dayroom::store::{CacheReader, CacheWriter, StoreKey, StorePlace};

const STORE: &str = "DAYROOM_FIRST_OPENING";
const ROUNDS: usize = 300;
const THREADS: usize = 16;

#[test]
fn threads_that_open_a_store_first_and_at_once_all_get_it() {
    if let Some(folder) = env::var_os(STORE) {
        return open_at_once(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    let place = StorePlace::new(folder.path().join("store"));
    CacheWriter::open(&place, &key()).unwrap();
    let me = env::current_exe().unwrap();
    for round in 0..ROUNDS {
        let child = Command::new(&me)
            .env(STORE, &place.folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "round {round}: {said}");
    }
}

fn open_at_once(folder: &OsString) {
    let place = StorePlace::new(folder);
    let barrier = Barrier::new(THREADS);
    thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                barrier.wait();
                CacheReader::open(&place, &key()).unwrap();
            });
        }
    });
}

fn key() -> StoreKey {
    StoreKey::new([7; 32])
}
