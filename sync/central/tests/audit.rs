//! Kiosks' audits at central, central's own, and what is found when somebody touches them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod support;

use std::path::Path;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_audit::{ChainId, Entry, Head, Moment, Point, Process, Value, Verifier, Word, kinds};
use dayroom_central::{AuditAsk, Central, CentralOptions, CentralPlace, OperatorError, Refused};
use dayroom_protocol::{AuditBatch, AuditHead, AuditUnwritable, KioskId, UtcMillis, limits};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use support::{NOW, World};
use uuid::Uuid;

/// A kiosk's process with its audit, and the kiosk's key.
struct Writer {
    kiosk: KioskId,
    chain: ChainId,
    entries: Vec<Entry>,
    key: EcdsaKeyPair,
}

impl Writer {
    fn new(kiosk: KioskId, process: Process, life: u128) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random);
        Self {
            kiosk,
            chain: ChainId {
                process,
                life: Uuid::from_u128(life),
            },
            entries: Vec::new(),
            key: key.unwrap(),
        }
    }

    /// The DER `SubjectPublicKeyInfo` of P-256 (RFC 5480).
    fn public_key(&self) -> Vec<u8> {
        let before = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        [&before, self.key.public_key().as_ref()].concat()
    }

    fn write(&mut self, many: u64) {
        for _ in 0..many {
            let at = self.entries.last().map(Entry::point);
            let at = at.unwrap_or_else(|| Point::start(self.chain));
            let moment = Moment {
                boot: Uuid::from_u128(1),
                boot_ms: at.number * 500,
                utc_ms: NOW.0 + i64::try_from(at.number).unwrap() * 500,
            };
            let event = match at.number % 3 {
                0 => kinds::session_start(),
                1 => kinds::session_end(Word::new("idle")),
                _ => kinds::sign_in_fail(),
            };
            self.entries
                .push(Entry::seal(self.chain, at, moment, event));
        }
    }

    fn sign(&self, point: Point) -> AuditHead {
        let head = Head {
            kiosk: self.kiosk.0,
            chain: self.chain,
            point,
            at_ms: NOW.0,
        };
        let signature = self
            .key
            .sign(&SystemRandom::new(), &head.message())
            .unwrap();
        AuditHead {
            number: point.number,
            hash: point.hash,
            at: NOW,
            signature: STANDARD.encode(signature),
        }
    }

    fn batch(&self, from: usize, to: usize) -> AuditBatch {
        let entries = self.entries[from..to].to_vec();
        AuditBatch {
            chain: self.chain,
            head: entries.last().map(|last| self.sign(last.point())),
            entries,
            unwritable: Vec::new(),
        }
    }

    fn send(&self, central: &Central, batch: &AuditBatch) -> Result<u64, Refused> {
        let key = self.public_key();
        let taken = central.take_audit(self.kiosk, Some(&key), batch, NOW)?;
        Ok(taken.at.number)
    }
}

/// The events of central's own audit that begin so.
fn noted(central: &Central, event: &str) -> Vec<Entry> {
    let ask = AuditAsk {
        event: event.to_owned(),
        ..AuditAsk::default()
    };
    let mut found = Vec::new();
    central
        .audit_lines(&ask, |line| {
            if line.kiosk.is_none() {
                found.push(line.entry);
            }
            Ok::<_, OperatorError>(())
        })
        .unwrap();
    found
}

fn faults(central: &Central) -> Vec<(Option<KioskId>, &'static str, u64, u64)> {
    let reports = central.verify_audit(None, None).unwrap();
    let broken = reports.into_iter().filter_map(|report| {
        let fault = report.fault?;
        Some((report.kiosk, fault.is, fault.number, report.intact_through))
    });
    broken.collect()
}

#[test]
fn entries_come_in_once_however_often_they_are_sent_and_go_on_where_they_stopped() {
    let world = World::new();
    let mut screen = Writer::new(world.kiosk_a, Process::Screen, 7);
    screen.write(30);
    let central = &world.central;
    assert_eq!(
        screen.send(central, &screen.batch(0, 0)).unwrap(),
        0,
        "asks"
    );
    assert_eq!(screen.send(central, &screen.batch(0, 10)).unwrap(), 10);
    // The answer was lost; some comes again, with more behind it.
    assert_eq!(screen.send(central, &screen.batch(0, 10)).unwrap(), 10);
    assert_eq!(screen.send(central, &screen.batch(5, 25)).unwrap(), 25);
    assert_eq!(screen.send(central, &screen.batch(0, 0)).unwrap(), 25);
    assert_eq!(screen.send(central, &screen.batch(25, 30)).unwrap(), 30);
    assert_eq!(
        screen.send(central, &screen.batch(3, 9)).unwrap(),
        30,
        "an old batch"
    );
    let mut shown = Vec::new();
    let of_a = AuditAsk {
        kiosk: Some(world.kiosk_a),
        ..AuditAsk::default()
    };
    central
        .audit_lines(&of_a, |line| {
            shown.push(line.entry);
            Ok::<_, OperatorError>(())
        })
        .unwrap();
    assert_eq!(shown, screen.entries);
    assert_eq!(faults(central), []);
}

#[test]
fn a_kiosk_that_writes_its_past_anew_is_found_once_and_nothing_of_it_is_taken() {
    let world = World::new();
    let central = &world.central;
    let mut sync = Writer::new(world.kiosk_a, Process::Sync, 7);
    sync.write(10);
    assert_eq!(sync.send(central, &sync.batch(0, 10)).unwrap(), 10);
    // The same key, other entries from the eighth on, well sealed and well signed.
    let mut anew = Writer::new(world.kiosk_a, Process::Sync, 7);
    anew.key = sync.key;
    anew.entries = sync.entries[..7].to_vec();
    let planted = Entry::seal(
        anew.chain,
        anew.entries[6].point(),
        Moment::default(),
        kinds::lease_over(),
    );
    anew.entries.push(planted);
    anew.write(8);
    for _ in 0..3 {
        let refused = anew.send(central, &anew.batch(0, 15)).unwrap_err();
        assert!(
            matches!(refused, Refused::AuditBroken { has: 10 }),
            "{refused}"
        );
    }
    let alarms = noted(central, "audit.broken");
    assert_eq!(alarms.len(), 1, "the same again is no news");
    assert_eq!(alarms[0].fields()["number"], Value::Number(8));
    let in_activity = central.activity().unwrap();
    assert!(format!("{:?}", in_activity.last().unwrap().deed).contains("AuditBroken"));
    // What central had stays, and holds.
    assert_eq!(faults(central), []);
    assert_eq!(anew.send(central, &anew.batch(0, 0)).unwrap(), 10);
}

#[test]
fn what_does_not_follow_is_foreign_or_is_not_signed_is_an_alarm() {
    let world = World::new();
    let central = &world.central;
    let mut screen = Writer::new(world.kiosk_a, Process::Screen, 7);
    screen.write(12);
    screen.send(central, &screen.batch(0, 4)).unwrap();
    let broken = |batch: &AuditBatch, key: Option<&[u8]>| {
        let refused = central.take_audit(world.kiosk_a, key, batch, NOW);
        matches!(refused, Err(Refused::AuditBroken { has: 4 }))
    };
    let key = screen.public_key();
    // A hole.
    assert!(broken(&screen.batch(6, 9), Some(&key)));
    // Another's key, no key at all, and a signature over another place.
    let stranger = Writer::new(world.kiosk_a, Process::Screen, 7).public_key();
    assert!(broken(&screen.batch(4, 9), Some(&stranger)));
    assert!(broken(&screen.batch(4, 9), None));
    let mut other = screen.batch(4, 9);
    other.head.as_mut().unwrap().signature = screen.sign(screen.entries[2].point()).signature;
    assert!(broken(&other, Some(&key)));
    // The head of another kiosk.
    let mut foreign = Writer::new(world.kiosk_b, Process::Screen, 7);
    foreign.key = screen.key;
    foreign.entries = screen.entries.clone();
    assert!(broken(&foreign.batch(4, 9), Some(&key)));
    // Whoever is not asked for more than the form: limits first.
    screen = Writer::new(world.kiosk_a, Process::Screen, 9);
    screen.write(limits::AUDIT_ENTRIES as u64 + 1);
    let large = screen.batch(0, limits::AUDIT_ENTRIES + 1);
    assert!(matches!(
        screen.send(central, &large),
        Err(Refused::BadRequest(_))
    ));
    let own = Writer::new(world.kiosk_a, Process::Central, 9);
    assert!(matches!(
        own.send(central, &own.batch(0, 0)),
        Err(Refused::BadRequest(_))
    ));
    let faults: Vec<_> = noted(central, "audit.broken")
        .iter()
        .map(|entry| entry.fields()["fault"].to_string())
        .collect();
    assert_eq!(faults, ["out_of_place", "signature"]);
}

#[test]
fn a_kiosk_that_lost_its_audit_is_seen_and_so_is_one_that_cannot_write_it() {
    let world = World::new();
    let central = &world.central;
    let mut first = Writer::new(world.kiosk_a, Process::Screen, 7);
    first.write(5);
    first.send(central, &first.batch(0, 5)).unwrap();
    assert!(noted(central, "audit.other_life").is_empty());
    let mut second = Writer::new(world.kiosk_a, Process::Screen, 8);
    second.write(2);
    second.send(central, &second.batch(0, 2)).unwrap();
    let seen = noted(central, "audit.other_life");
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].fields()["before"], Value::Number(5));

    let mut full = second.batch(0, 0);
    full.unwritable.push(AuditUnwritable {
        process: Process::Sync,
        since: NOW,
    });
    second.send(central, &full).unwrap();
    second.send(central, &full).unwrap();
    let unwritable = noted(central, "audit.unwritable");
    assert_eq!(unwritable.len(), 1);
    assert_eq!(unwritable[0].fields()["process"].to_string(), "sync");
}

/// A central in a file, with some activity and two kiosks' chains.
fn filled(folder: &Path) -> (Central, Point) {
    let place = CentralPlace::File(folder.join("central.db"));
    let mut world = World::at(&place, CentralOptions::default());
    for kiosk in [world.kiosk_a, world.kiosk_b] {
        let mut screen = Writer::new(kiosk, Process::Screen, 7);
        screen.write(20);
        for from in [0, 5, 10, 15] {
            screen
                .send(&world.central, &screen.batch(from, from + 5))
                .unwrap();
        }
        let mut gap = screen.batch(0, 0);
        gap.unwritable.push(AuditUnwritable {
            process: Process::Machine,
            since: UtcMillis(NOW.0 + world.rng.random_range(0..9)),
        });
        screen.send(&world.central, &gap).unwrap();
    }
    for _ in 0..6 {
        world.central.note_audit_read(1000, 3, NOW).unwrap();
    }
    let (_, head) = world.central.audit_head().unwrap().unwrap();
    (world.central, head)
}

/// As somebody with the file and a shell would: no trigger stands in the way.
fn raw(folder: &Path) -> rusqlite::Connection {
    let sql = rusqlite::Connection::open(folder.join("central.db")).unwrap();
    let triggers: Vec<String> = sql
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(triggers.len(), 4);
    let refused = sql.execute("UPDATE audit_entry SET utc_ms = 0", []);
    assert!(refused.unwrap_err().to_string().contains("append-only"));
    for trigger in triggers {
        sql.execute_batch(&format!("DROP TRIGGER {trigger}"))
            .unwrap();
    }
    sql
}

#[test]
fn every_way_to_touch_centrals_file_is_found_with_its_first_bad_entry() {
    let at_a = "chain = (SELECT id FROM audit_chain WHERE kiosk IS NOT NULL ORDER BY id LIMIT 1)";
    let own = "chain = (SELECT id FROM audit_chain WHERE kiosk IS NULL)";
    let touches: [(&str, String, &str, u64, u64); 11] = [
        ("an edit", format!("UPDATE audit_entry SET event = 'kiosk.open' WHERE {at_a} AND number = 7"), "altered", 7, 6),
        ("a back-date", format!("UPDATE audit_entry SET utc_ms = utc_ms - 1 WHERE {at_a} AND number = 7"), "altered", 7, 6),
        ("what is no entry", format!("UPDATE audit_entry SET fields = 'x' WHERE {at_a} AND number = 7"), "altered", 7, 6),
        ("a cut", format!("DELETE FROM audit_entry WHERE {at_a} AND number BETWEEN 7 AND 9"), "out_of_place", 7, 6),
        ("a cut at the end", format!("DELETE FROM audit_entry WHERE {at_a} AND number > 12"), "cut_off", 13, 12),
        ("a cut at the end with its heads", format!("DELETE FROM audit_entry WHERE {at_a} AND number > 12; DELETE FROM audit_head WHERE {at_a} AND number > 12"), "cut_off", 13, 12),
        ("an edit of central's own", format!("UPDATE audit_entry SET fields = '{{}}' WHERE {own} AND number = 3"), "altered", 3, 2),
        ("another signature", format!("UPDATE audit_head SET signature = x'3006020101020101' WHERE {at_a} AND number = 10"), "signature", 10, 5),
        ("an edit of the activity", "UPDATE activity SET made_at = made_at + 1 WHERE number = 2".to_owned(), "activity_altered", 2, 0),
        ("a cut of the activity", "DELETE FROM activity WHERE number = 2".to_owned(), "activity_cut", 2, 0),
        ("a line put into the activity", "INSERT INTO activity (kiosk, made_at, taken_at, deed) SELECT kiosk, 1, 1, deed FROM activity LIMIT 1".to_owned(), "activity_put_in", 3, 0),
    ];
    for (what, sql, is, number, intact) in touches {
        let folder = tempfile::tempdir().unwrap();
        let (central, _) = filled(folder.path());
        assert_eq!(faults(&central), [], "untouched");
        raw(folder.path()).execute_batch(&sql).unwrap();
        let found = faults(&central);
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        let (_, found_is, found_number, found_intact) = found[0];
        assert_eq!((found_is, found_number), (is, number), "{what}");
        if intact > 0 {
            assert_eq!(found_intact, intact, "{what}");
        }
    }
}

/// Reads a chain out of the file, lets `change` at it, and puts it back well sealed.
fn write_anew(sql: &rusqlite::Connection, chain: i64, change: impl Fn(&mut Vec<Entry>)) {
    let (process, life): (String, [u8; 16]) = sql
        .query_row(
            "SELECT process, life FROM audit_chain WHERE id = ?1",
            [chain],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let chain_id = ChainId {
        process: Process::of(&process).unwrap(),
        life: Uuid::from_bytes(life),
    };
    let count: u64 = sql
        .query_row(
            "SELECT count(*) FROM audit_entry WHERE chain = ?1",
            [chain],
            |row| row.get::<_, i64>(0),
        )
        .unwrap()
        .unsigned_abs();
    let mut entries = Vec::new();
    let mut at = Point::start(chain_id);
    for number in 0..count {
        let moment = Moment {
            utc_ms: NOW.0 + i64::try_from(number).unwrap(),
            ..Moment::default()
        };
        let entry = Entry::seal(chain_id, at, moment, kinds::link_up());
        at = entry.point();
        entries.push(entry);
    }
    change(&mut entries);
    sql.execute("DELETE FROM audit_entry WHERE chain = ?1", [chain])
        .unwrap();
    let mut verifier = Verifier::new(chain_id);
    for entry in &entries {
        verifier.take(entry).unwrap();
        sql.execute(
            "INSERT INTO audit_entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            rusqlite::params![
                chain,
                entry.number as i64,
                entry.boot.as_bytes(),
                entry.boot_ms as i64,
                entry.utc_ms,
                entry.event,
                serde_json::to_string(entry.fields()).unwrap(),
                entry.hash.0,
                NOW.0
            ],
        )
        .unwrap();
    }
    let at = verifier.at();
    sql.execute(
        "UPDATE audit_chain SET number = ?2, hash = ?3 WHERE id = ?1",
        rusqlite::params![chain, at.number as i64, at.hash.0],
    )
    .unwrap();
}

#[test]
fn a_chain_that_is_written_anew_and_well_is_found_by_the_kiosks_signatures_and_by_a_kept_head() {
    let folder = tempfile::tempdir().unwrap();
    let (central, head) = filled(folder.path());
    let sql = raw(folder.path());
    let chain: i64 = sql
        .query_row(
            "SELECT min(id) FROM audit_chain WHERE kiosk IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    write_anew(&sql, chain, |_| {});
    let found = faults(&central);
    assert_eq!((found[0].1, found[0].2, found[0].3), ("rewritten", 5, 0));
    // With the signatures gone too, nothing is signed any more.
    sql.execute("DELETE FROM audit_head WHERE chain = ?1", [chain])
        .unwrap();
    assert_eq!(
        (faults(&central)[0].1, faults(&central).len()),
        ("signature", 1)
    );

    // Central's own has no signature: who keeps its head elsewhere finds it.
    let folder = tempfile::tempdir().unwrap();
    let (central, kept) = filled(folder.path());
    assert_eq!(head.number, kept.number);
    let reports = central.verify_audit(None, Some(kept)).unwrap();
    assert!(reports.iter().all(|report| report.fault.is_none()));
    let sql = raw(folder.path());
    let own: i64 = sql
        .query_row(
            "SELECT id FROM audit_chain WHERE kiosk IS NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    write_anew(&sql, own, |entries| {
        entries.pop();
    });
    let reports = central.verify_audit(None, Some(kept)).unwrap();
    let fault = reports[0].fault.as_ref().unwrap();
    assert_eq!((fault.is, fault.number), ("cut_off", kept.number));
}

#[test]
fn a_thousand_tampered_files_of_central_are_all_found() {
    let began = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let (central, head) = filled(folder.path());
    let sql = raw(folder.path());
    // What a power cut would leave of this is nobody's question.
    sql.pragma_update(None, "synchronous", "OFF").unwrap();
    let verify = || {
        let reports = central.verify_audit(None, Some(head)).unwrap();
        reports
            .iter()
            .filter(|report| report.fault.is_some())
            .count()
    };
    assert_eq!(verify(), 0, "untouched");
    let kept = folder.path().join("kept.db");
    sql.execute("VACUUM INTO ?1", [kept.to_str().unwrap()])
        .unwrap();
    for seed in 0..1_000_u64 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let rows: Vec<(i64, i64)> = sql
            .prepare_cached("SELECT chain, number FROM audit_entry")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let (chain, number) = rows[rng.random_range(0..rows.len())];
        let change = match rng.random_range(0..6) {
            0 => "DELETE FROM audit_entry WHERE chain = ?1 AND number = ?2",
            1 => "DELETE FROM audit_entry WHERE chain = ?1 AND number >= ?2",
            2 => {
                "UPDATE audit_entry SET utc_ms = utc_ms - 86400000 WHERE chain = ?1 AND number = ?2"
            }
            3 => "UPDATE audit_entry SET event = event || 'x' WHERE chain = ?1 AND number = ?2",
            4 => "UPDATE audit_entry SET number = 1000 + number WHERE chain = ?1 AND number = ?2",
            _ => "UPDATE audit_entry SET hash = randomblob(32) WHERE chain = ?1 AND number = ?2",
        };
        assert!(sql.execute(change, (chain, number)).unwrap() > 0);
        assert_eq!(verify(), 1, "seed {seed}: {change} at {chain}, {number}");
        restore(&sql, folder.path());
    }
    assert_eq!(verify(), 0, "put back");
    println!(
        "1000 tampered files of central, all found, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
}

/// Puts the entries back as they were.
fn restore(sql: &rusqlite::Connection, folder: &Path) {
    let kept = folder.join("kept.db");
    sql.execute("ATTACH ?1 AS kept", [kept.to_str().unwrap()])
        .unwrap();
    sql.execute_batch(
        "BEGIN; DELETE FROM audit_entry; INSERT INTO audit_entry SELECT * FROM kept.audit_entry; COMMIT;
         DETACH kept",
    )
    .unwrap();
}
