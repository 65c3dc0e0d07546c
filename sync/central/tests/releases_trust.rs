//! What a kiosk believes of releases, and what no attacker can make it believe.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod release_fleet;

use std::time::{Duration, Instant};

use dayroom_central::releases::{ReleasesError, lives};
use dayroom_client::releases::TrustError;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use release_fleet::{
    Believer, DAY, Files, Given, Repo, START, edit, forge, key_id, name_file, version,
};
use serde_json::{Value, json};
use tough::schema::{Role, RoleType, Root, Signed, Snapshot, Targets, Timestamp};

/// A repository with one release, published a day after it began.
fn with_one() -> Repo {
    let repo = Repo::begin();
    repo.add("1.4.0", b"the bundle of 1.4.0", START.plus_millis(DAY));
    repo
}

const LATER: i64 = 2 * DAY;

#[tokio::test]
async fn a_signed_release_is_believed_with_its_length_and_digest() {
    let repo = with_one();
    let kiosk = repo.kiosk();
    let now = START.plus_millis(LATER);
    let told = kiosk.asks(repo.files(), now).await.unwrap();
    let [(_, bundle)] = Vec::from_iter(&told.bundles)[..] else {
        panic!("one release")
    };
    assert_eq!(bundle.version, version("1.4.0"));
    assert_eq!(bundle.length, 19);
    let line = &repo.releases.published().unwrap().releases[0];
    assert_eq!(bundle.sha256, line.sha256);
    // Whoever has the first root alone can verify what was told.
    let machine = repo.kiosk();
    let again = machine.asks(told.metadata.clone(), now).await.unwrap();
    assert_eq!(again.bundles, told.bundles);
}

#[tokio::test]
async fn nothing_that_is_altered_swapped_or_foreign_is_believed() {
    let repo = with_one();
    let foreign = with_one();
    let evil = |value: &mut Value| {
        value["signed"]["targets"]["dayroom-1.4.0.bundle"]["length"] = 7.into();
    };
    type Attack<'a> = Box<dyn Fn(&mut Files) + 'a>;
    let attacks: Vec<(&str, Attack<'_>)> = vec![
        (
            "targets altered",
            Box::new(|f| edit(f, "2.targets.json", evil)),
        ),
        (
            "targets altered, and every digest of it put right",
            Box::new(|f| {
                edit(f, "2.targets.json", evil);
                name_file(f, "2.snapshot.json", "targets.json", "2.targets.json");
                name_file(f, "timestamp.json", "snapshot.json", "2.snapshot.json");
            }),
        ),
        (
            "snapshot altered",
            Box::new(|f| edit(f, "2.snapshot.json", |v| v["signed"]["version"] = 9.into())),
        ),
        (
            "timestamp altered",
            Box::new(|f| {
                edit(f, "timestamp.json", |v| {
                    v["signed"]["expires"] = "2099-01-01T00:00:00Z".into();
                });
            }),
        ),
        (
            "the snapshot in place of the timestamp",
            Box::new(|f| {
                let snapshot = f["2.snapshot.json"].clone();
                f.insert("timestamp.json".to_owned(), snapshot);
            }),
        ),
        (
            "the targets in place of the snapshot",
            Box::new(|f| {
                let targets = f["2.targets.json"].clone();
                f.insert("2.snapshot.json".to_owned(), targets);
            }),
        ),
        (
            "the first snapshot under the name of the second",
            Box::new(|f| {
                let old = f["1.snapshot.json"].clone();
                f.insert("2.snapshot.json".to_owned(), old);
            }),
        ),
        (
            "the first list under the name of the second",
            Box::new(|f| {
                let old = f["1.targets.json"].clone();
                f.insert("2.targets.json".to_owned(), old);
            }),
        ),
        (
            "no signature at all",
            Box::new(|f| edit(f, "timestamp.json", |v| v["signatures"] = json!([]))),
        ),
        (
            "the same signature twice",
            Box::new(|f| {
                edit(f, "timestamp.json", |v| {
                    let one = v["signatures"][0].clone();
                    v["signatures"] = json!([one, one]);
                });
            }),
        ),
        (
            "another repository",
            Box::new(|f| f.clone_from(&foreign.files())),
        ),
        (
            "another repository's list",
            Box::new(|f| {
                for name in ["timestamp.json", "2.snapshot.json", "2.targets.json"] {
                    f.insert(name.to_owned(), foreign.files()[name].clone());
                }
            }),
        ),
        (
            "endless data",
            Box::new(|f| {
                let mut endless = f["timestamp.json"].clone();
                endless.resize(64 * 1024 * 1024, b' ');
                f.insert("timestamp.json".to_owned(), endless);
            }),
        ),
        (
            "a deep nest",
            Box::new(|f| {
                f.insert("timestamp.json".to_owned(), b"[".repeat(200_000));
            }),
        ),
    ];
    let now = START.plus_millis(LATER);
    for (what, attack) in &attacks {
        let kiosk = repo.kiosk();
        let mut files = repo.files();
        attack(&mut files);
        let refused = kiosk.asks(files, now).await.unwrap_err();
        assert!(
            matches!(refused, TrustError::Refused(_)),
            "{what}: {refused:?}"
        );
        // And it still believes the truth.
        kiosk.asks(repo.files(), now).await.unwrap();
    }
    println!("{} attacks refused", attacks.len());
}

#[tokio::test]
async fn whoever_has_all_of_central_cannot_publish_a_release() {
    let repo = with_one();
    let mut files = repo.files();
    // The one key that lives with the service, and what it can sign.
    let key = repo.state.path().join("releases/timestamp.key.pem");
    let own = key_id(&files, "timestamp");
    edit(&mut files, "2.targets.json", |value| {
        let evil = value["signed"]["targets"]["dayroom-1.4.0.bundle"].clone();
        value["signed"]["targets"]["dayroom-9.0.0.bundle"] = evil;
    });
    for claimed in ["targets", "timestamp"] {
        let id = key_id(&files, claimed);
        forge(&mut files, "2.targets.json", &key, &id);
        name_file(
            &mut files,
            "2.snapshot.json",
            "targets.json",
            "2.targets.json",
        );
        forge(&mut files, "2.snapshot.json", &key, &id);
        name_file(
            &mut files,
            "timestamp.json",
            "snapshot.json",
            "2.snapshot.json",
        );
        forge(&mut files, "timestamp.json", &key, &own);
        let kiosk = repo.kiosk();
        let now = START.plus_millis(LATER);
        let refused = kiosk.asks(files.clone(), now).await.unwrap_err();
        assert!(matches!(refused, TrustError::Refused(_)), "{claimed}");
    }
    // The forging itself works: with the key of the role the same words are believed.
    let offline = |name: &str| repo.keys.path().join(format!("{name}.key.pem"));
    for (file, role) in [
        ("2.targets.json", "targets"),
        ("2.snapshot.json", "snapshot"),
    ] {
        let id = key_id(&files, role);
        if role == "snapshot" {
            name_file(&mut files, file, "targets.json", "2.targets.json");
        }
        forge(&mut files, file, &offline(role), &id);
    }
    name_file(
        &mut files,
        "timestamp.json",
        "snapshot.json",
        "2.snapshot.json",
    );
    forge(&mut files, "timestamp.json", &key, &own);
    let kiosk = repo.kiosk();
    let told = kiosk.asks(files, START.plus_millis(LATER)).await;
    // The name says 9.0.0, the signed version 1.4.0: believed as signed, refused as no bundle.
    assert!(matches!(told, Err(TrustError::Bundle)), "{told:?}");
}

#[tokio::test]
async fn what_was_seen_once_is_never_rolled_back() {
    let repo = with_one();
    let kiosk = repo.kiosk();
    let now = START.plus_millis(LATER);
    let old = repo.files();
    kiosk.asks(old.clone(), now).await.unwrap();
    repo.add("1.5.0", b"the bundle of 1.5.0", now);
    kiosk.asks(repo.files(), now).await.unwrap();
    let refused = kiosk.asks(old.clone(), now).await.unwrap_err();
    assert!(matches!(refused, TrustError::Refused(_)), "{refused:?}");
    // Nor piece by piece: the new timestamp with what belonged to the old one.
    let mut mixed = repo.files();
    for (new, stale) in [
        ("3.snapshot.json", "2.snapshot.json"),
        ("3.targets.json", "2.targets.json"),
    ] {
        let bytes = old[stale].clone();
        mixed.insert(new.to_owned(), bytes);
    }
    kiosk.asks(mixed, now).await.unwrap_err();
    // A kiosk that never saw the new one cannot know; that is what the timestamp's end is for.
    let fresh = repo.kiosk();
    fresh.asks(old.clone(), now).await.unwrap();
    let frozen = START.plus_millis(16 * DAY);
    let late = fresh.asks(old, frozen).await.unwrap_err();
    assert!(
        matches!(
            late,
            TrustError::Expired {
                role: "timestamp",
                ..
            }
        ),
        "{late:?}"
    );
}

#[tokio::test]
async fn each_role_ends_by_trusted_time_and_the_service_renews_only_the_timestamp() {
    let repo = with_one();
    let expired = |error: TrustError| match error {
        TrustError::Expired { role, .. } => role,
        other => panic!("{other:?}"),
    };
    let kiosk = repo.kiosk();
    let at = |days: i64| START.plus_millis(days * DAY);
    assert!(!repo.releases.renew_timestamp_if_due(at(3)).unwrap());
    kiosk.asks(repo.files(), at(14)).await.unwrap();
    assert_eq!(
        expired(kiosk.asks(repo.files(), at(16)).await.unwrap_err()),
        "timestamp"
    );
    // Within four days of being renewable it is; a service that ran would not have come here.
    assert!(repo.releases.renew_timestamp_if_due(at(16)).unwrap());
    kiosk.asks(repo.files(), at(29)).await.unwrap();
    let year = Duration::from_secs(365 * 24 * 3_600);
    repo.releases.renew_timestamp(year, at(182)).unwrap();
    let line = repo.releases.published().unwrap();
    assert_eq!(
        line.ends()["timestamp"],
        at(182 + 14),
        "never longer than fourteen days"
    );
    assert_eq!(lives::TIMESTAMP, Duration::from_secs(14 * 24 * 3_600));
    let role = expired(kiosk.asks(repo.files(), at(182)).await.unwrap_err());
    assert!(["snapshot", "targets"].contains(&role), "{role}");
    repo.releases.renew(&repo.dirs(), at(182)).unwrap();
    kiosk.asks(repo.files(), at(183)).await.unwrap();
    // The root, a year after it was made.
    repo.releases.renew(&repo.dirs(), at(366)).unwrap();
    assert_eq!(
        expired(kiosk.asks(repo.files(), at(366)).await.unwrap_err()),
        "root"
    );
    let progress = repo.releases.renew_root(&repo.dirs(), at(366)).unwrap();
    assert!(progress.published);
    kiosk.asks(repo.files(), at(366)).await.unwrap();
}

#[tokio::test]
async fn a_root_needs_two_of_the_old_keys_and_two_of_its_own() {
    let repo = with_one();
    let now = START.plus_millis(LATER);
    let new = tempfile::TempDir::new().unwrap();
    let one = repo.only_keys(&["root-1"]);
    let made = repo
        .releases
        .rotate(RoleType::Root, new.path(), &[one.path().to_owned()], now)
        .unwrap();
    assert_eq!(
        (made.of_old, made.of_new, made.published),
        ((1, 2), (3, 2), false)
    );
    // Nothing of it is served yet, and there is one at a time.
    assert!(!repo.files().contains_key("2.root.json"));
    let twice = repo.releases.renew_root(&repo.dirs(), now);
    assert!(matches!(twice, Err(ReleasesError::Pending)));
    // A root with one old signature, put there by force, is not believed.
    let pending = std::fs::read(repo.state.path().join("releases/pending-root.json")).unwrap();
    let mut forced = repo.files();
    forced.insert("2.root.json".to_owned(), pending.clone());
    let refused = repo.kiosk().asks(forced, now).await.unwrap_err();
    assert!(matches!(refused, TrustError::Refused(_)));
    // Nor one whose one old signature is written twice.
    let mut doubled = repo.files();
    doubled.insert("2.root.json".to_owned(), pending);
    edit(&mut doubled, "2.root.json", |value| {
        let first = value["signatures"][0].clone();
        value["signatures"].as_array_mut().unwrap().push(first);
    });
    repo.kiosk().asks(doubled, now).await.unwrap_err();
    // The second old key, from another place.
    let third = repo.only_keys(&["root-3"]);
    let done = repo
        .releases
        .sign_root(&[third.path().to_owned()], now)
        .unwrap();
    assert_eq!((done.of_old, done.published), ((2, 2), true));
    repo.kiosk().asks(repo.files(), now).await.unwrap();
    // The old keys sign no further root.
    let old = repo.releases.renew_root(&repo.dirs(), now).unwrap();
    assert_eq!((old.of_old.0, old.published), (0, false));
    repo.releases.drop_pending_root().unwrap();
}

#[tokio::test]
async fn a_kiosk_that_was_off_follows_a_chain_of_roots_and_forgets_the_keys_that_left_it() {
    let repo = with_one();
    let kiosk = repo.kiosk();
    let now = START.plus_millis(LATER);
    kiosk.asks(repo.files(), now).await.unwrap();
    let before = repo.files();
    let stolen = repo.keys.path().join("targets.key.pem");
    let stolen_id = key_id(&before, "targets");
    let mut dirs = repo.dirs();
    let mut kept = Vec::new();
    for role in [
        RoleType::Root,
        RoleType::Targets,
        RoleType::Snapshot,
        RoleType::Timestamp,
        RoleType::Root,
    ] {
        let new = tempfile::TempDir::new().unwrap();
        let done = repo.releases.rotate(role, new.path(), &dirs, now).unwrap();
        assert!(done.published, "{role}: {done:?}");
        dirs.push(new.path().to_owned());
        kept.push(new);
    }
    // Years later the roots in between have long ended; only the newest must hold.
    let later = START.plus_millis(2 * 365 * DAY);
    assert!(repo.releases.renew_root(&dirs, later).unwrap().published);
    repo.releases.renew(&dirs, later).unwrap();
    let told = kiosk.asks(repo.files(), later).await.unwrap();
    assert_eq!(told.bundles.len(), 1);
    assert!(
        told.metadata.contains_key("7.root.json"),
        "the chain is handed on"
    );
    // The stolen key was good once; not even with the keys of today beside it is it now.
    let mut files = repo.files();
    let newest = |files: &Files, role: &str| {
        let of_role = files
            .keys()
            .filter(|name| name.ends_with(&format!(".{role}.json")));
        let number = |name: &&String| name.split('.').next().unwrap().parse::<u64>().unwrap();
        of_role.max_by_key(number).unwrap().clone()
    };
    let (targets, snapshot) = (newest(&files, "targets"), newest(&files, "snapshot"));
    let today = |at: usize, name: &str| kept[at].path().join(name);
    for (key, id, believed) in [
        (
            today(1, "targets-v3-1.key.pem"),
            key_id(&files, "targets"),
            true,
        ),
        (stolen, stolen_id, false),
    ] {
        edit(&mut files, &targets, |v| v["signed"]["targets"] = json!({}));
        forge(&mut files, &targets, &key, &id);
        name_file(&mut files, &snapshot, "targets.json", &targets);
        let id = key_id(&files, "snapshot");
        forge(
            &mut files,
            &snapshot,
            &today(2, "snapshot-v4-1.key.pem"),
            &id,
        );
        name_file(&mut files, "timestamp.json", "snapshot.json", &snapshot);
        let id = key_id(&files, "timestamp");
        forge(
            &mut files,
            "timestamp.json",
            &today(3, "timestamp-v5-1.key.pem"),
            &id,
        );
        let asked = repo.kiosk().asks(files.clone(), later).await;
        assert_eq!(asked.is_ok(), believed, "{asked:?}");
    }
    // The roots it has seen are not taken back: central may hide them, it stays where it is.
    let mut hidden = repo.files();
    hidden.retain(|name, _| !name.ends_with(".root.json"));
    kiosk.asks(hidden, later).await.unwrap();
    let stale = kiosk.asks(before, now).await.unwrap_err();
    assert!(matches!(stale, TrustError::Refused(_)), "{stale:?}");
}

#[tokio::test]
async fn the_first_root_is_the_one_whose_digest_was_brought_and_no_other() {
    let repo = with_one();
    let now = START.plus_millis(LATER);
    let kiosk = Believer::with_root(b"");
    std::fs::remove_file(kiosk.folder.path().join("releases-root.json")).unwrap();
    let source = Given::new(repo.files());
    let digest = repo.releases.first_root_digest().unwrap();
    let other = with_one().releases.first_root_digest().unwrap();
    let refused = kiosk.trust.begin(&source, other).await.unwrap_err();
    assert!(matches!(refused, TrustError::Refused(_)));
    assert!(!kiosk.trust.has_root());
    kiosk.trust.begin(&source, digest).await.unwrap();
    kiosk.asks(repo.files(), now).await.unwrap();
}

#[tokio::test]
async fn a_kiosk_without_a_root_believes_nothing_and_a_broken_memory_is_set_aside() {
    let repo = with_one();
    let now = START.plus_millis(LATER);
    let none = Believer::with_root(b"");
    std::fs::remove_file(none.folder.path().join("releases-root.json")).unwrap();
    let without = none.asks(repo.files(), now).await.unwrap_err();
    assert!(matches!(without, TrustError::NoRoot(_)));
    let garbage = Believer::with_root(b"{}");
    garbage.asks(repo.files(), now).await.unwrap_err();
    let kiosk = repo.kiosk();
    kiosk.asks(repo.files(), now).await.unwrap();
    let kept = kiosk.folder.path().join("kept.json");
    std::fs::write(&kept, b"{\"roots\":").unwrap();
    let told = kiosk.asks(repo.files(), now).await.unwrap();
    assert!(
        told.set_aside.is_some_and(|path| path.exists()),
        "and it says so"
    );
}

#[test]
fn a_key_folder_within_the_state_folder_is_refused_and_keys_there_are_found() {
    let repo = Repo::begin();
    let inside = repo.state.path().join("keys");
    let state = tempfile::TempDir::new().unwrap();
    let releases = dayroom_central::releases::Releases::new(state.path());
    let refused = releases.begin(&state.path().join("keys"), START);
    assert!(
        matches!(refused, Err(ReleasesError::KeyWithinReach(_))),
        "{refused:?}"
    );
    assert!(!releases.has_begun());
    let reach = || repo.releases.keys_within_reach(repo.state.path()).unwrap();
    assert!(reach().is_empty(), "the timestamp key may be there");
    std::fs::create_dir(&inside).unwrap();
    for name in ["root-2", "targets", "snapshot"] {
        // By any name, and by a link as well.
        let hidden = inside.join(format!("{name}.jpg"));
        let key = repo.keys.path().join(format!("{name}.key.pem"));
        std::os::unix::fs::symlink(&key, &hidden).unwrap();
        assert_eq!(reach(), std::slice::from_ref(&hidden), "{name}");
        std::fs::remove_file(hidden).unwrap();
    }
    // A key that was rotated away still signs for kiosks that were off.
    let new = tempfile::TempDir::new().unwrap();
    let rotated = repo
        .releases
        .rotate(RoleType::Targets, new.path(), &repo.dirs(), START);
    assert!(rotated.unwrap().published);
    let old = inside.join("old.pem");
    std::fs::copy(repo.keys.path().join("targets.key.pem"), &old).unwrap();
    assert_eq!(reach(), [old]);
}

/// How many mutated files are tried; `DAYROOM_RELEASE_MUTATIONS` says otherwise.
fn mutations() -> u64 {
    let said = std::env::var("DAYROOM_RELEASE_MUTATIONS").ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

#[tokio::test]
async fn of_mutated_manifests_none_is_believed() {
    let repo = with_one();
    let new = tempfile::TempDir::new().unwrap();
    let now = START.plus_millis(LATER);
    let rotated = repo
        .releases
        .rotate(RoleType::Root, new.path(), &repo.dirs(), now);
    assert!(rotated.unwrap().published);
    let truth = repo.files();
    let kiosk = repo.kiosk();
    let told = kiosk.asks(truth.clone(), now).await.unwrap();
    // Half the tries meet a kiosk that has seen nothing yet, for the root to matter.
    let names = [
        "timestamp.json",
        "2.snapshot.json",
        "2.targets.json",
        "2.root.json",
    ];
    let seed = 20_261_128;
    let mut rng = SmallRng::seed_from_u64(seed);
    let (mut refused, mut same) = (0_u64, 0_u64);
    let began = Instant::now();
    for number in 0..mutations() {
        let name = names[rng.random_range(0..names.len())];
        let mut files = truth.clone();
        let bytes = mutate(&files[name], &mut rng);
        let said = words(name, &bytes);
        let says_the_same = said.is_some() && said == words(name, &files[name]);
        files.insert(name.to_owned(), bytes);
        let fresh = repo.kiosk();
        let asked = if name == "2.root.json" {
            &fresh
        } else {
            &kiosk
        };
        match asked.asks(files, now).await {
            Err(_) => refused += 1,
            // Spaces, or a letter of a signature's hexadecimal digits: the same words, by the same
            // keys.
            Ok(catalogue) if says_the_same => {
                assert_eq!(catalogue.bundles, told.bundles);
                same += 1;
            }
            Ok(_) => panic!("mutation {number} of {name} was believed"),
        }
    }
    println!(
        "{} mutated files, seed {seed}: {refused} refused, {same} that said the same, {:.1} s",
        mutations(),
        began.elapsed().as_secs_f64()
    );
    assert!(
        refused > mutations() * 9 / 10,
        "most of them change something"
    );
}

/// What a file says, in the form that is signed.
fn words(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    fn of<T: Role + serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<Vec<u8>> {
        let signed: Signed<T> = serde_json::from_slice(bytes).ok()?;
        signed.signed.canonical_form().ok()
    }
    match name {
        "timestamp.json" => of::<Timestamp>(bytes),
        "2.snapshot.json" => of::<Snapshot>(bytes),
        "2.targets.json" => of::<Targets>(bytes),
        _ => of::<Root>(bytes),
    }
}

/// Flips, cuts, doubles or puts in bytes: one to three times.
fn mutate(bytes: &[u8], rng: &mut SmallRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..6) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random_range(b'0'..=b'9'),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, rng.random()),
            4 => {
                let end = (at + rng.random_range(1..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                let end = (at + rng.random_range(1..64)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    bytes
}
