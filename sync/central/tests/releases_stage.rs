//! What `dayroom machine` puts in its place, whatever the process that fetched it says, and whenever
//! the power fails.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod release_fleet;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use dayroom_client::releases::{
    Bundle, FolderPlatform, Incoming, NoCut, Platform, PlatformError, Stage, StageError, StageWish,
    Staged, Steps, Trust, TrustError,
};
use dayroom_protocol::UtcMillis;
use release_fleet::{DAY, Repo, START, edit, read_folder, version};
use tempfile::TempDir;

const NOW: UtcMillis = UtcMillis(START.0 + 2 * DAY);

/// A kiosk whose sync process has fetched a release, and whose machine has not seen it.
struct Kiosk {
    folder: TempDir,
    bundle: Bundle,
    /// Release 1.3.0, by the same list.
    third: Bundle,
}

/// A platform that remembers what it took.
#[derive(Default)]
struct Recorded {
    taken: Vec<Staged>,
    refuses: bool,
}

impl Platform for Recorded {
    fn take(&mut self, staged: &Staged) -> Result<(), PlatformError> {
        if self.refuses {
            return Err(PlatformError("no room in the other half".into()));
        }
        self.taken.push(staged.clone());
        Ok(())
    }
}

fn bytes_of(text: &str) -> Vec<u8> {
    // Several pieces, and no whole number of them.
    let line = format!("the bundle of {text}\n").into_bytes();
    line.repeat(3_300_000 / line.len())
}

impl Kiosk {
    async fn that_fetched(repo: &Repo, text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("identity/releases-root.json");
        fs::create_dir_all(root.parent().unwrap()).unwrap();
        fs::create_dir_all(folder.path().join("machine")).unwrap();
        fs::write(&root, repo.releases.first_root().unwrap()).unwrap();
        let kiosk = repo.kiosk();
        let told = kiosk.asks(repo.files(), NOW).await.unwrap();
        let bundle = told.bundles[&version(text)];
        let third = told.bundles[&version("1.3.0")];
        let incoming = Incoming::open(folder.path().join("releases/incoming")).unwrap();
        incoming.keep_metadata(&told.metadata).unwrap();
        let mut part = incoming.append(&bundle).unwrap();
        part.add(&bytes_of(text)).unwrap();
        assert!(part.is_whole() && incoming.finish(&bundle).unwrap());
        Self {
            folder,
            bundle,
            third,
        }
    }

    fn incoming(&self) -> PathBuf {
        self.folder.path().join("releases/incoming")
    }

    fn stage(&self, running: &str) -> Stage {
        let at = |name: &str| self.folder.path().join(name);
        Stage {
            trust: Trust::new(
                at("machine/releases.json"),
                at("identity/releases-root.json"),
            ),
            incoming: self.incoming(),
            staged: at("releases/staged"),
            running: version(running),
        }
    }

    fn platform(&self) -> FolderPlatform {
        FolderPlatform::new(self.folder.path().join("releases/staged"))
    }

    fn bundle_path(&self) -> PathBuf {
        self.incoming().join(self.bundle.file_name())
    }
}

fn newer(text: &str) -> StageWish {
    StageWish {
        version: version(text),
        may_be_older: false,
    }
}

fn repo() -> Repo {
    let repo = Repo::begin();
    for text in ["1.3.0", "1.4.0"] {
        repo.add(text, &bytes_of(text), START.plus_millis(DAY));
    }
    repo
}

#[tokio::test]
async fn a_release_is_verified_again_and_its_bytes_are_those_that_were_signed() {
    let repo = repo();
    let kiosk = Kiosk::that_fetched(&repo, "1.4.0").await;
    let mut platform = kiosk.platform();
    let stage = kiosk.stage("1.3.0");
    let staged = stage
        .stage(newer("1.4.0"), NOW, &mut NoCut, &mut platform)
        .await
        .unwrap();
    assert_eq!(fs::read(&staged.bundle).unwrap(), bytes_of("1.4.0"));
    assert_eq!(fs::read(platform.next_path()).unwrap(), bytes_of("1.4.0"));
    // Asked once more, it is there already.
    let again = stage
        .stage(newer("1.4.0"), NOW, &mut NoCut, &mut platform)
        .await
        .unwrap();
    assert_eq!(again, staged);
}

#[tokio::test]
async fn the_updater_finds_each_release_under_one_name_and_may_take_it_away() {
    let repo = repo();
    let kiosk = Kiosk::that_fetched(&repo, "1.4.0").await;
    let mut platform = kiosk.platform();
    let stage = kiosk.stage("1.2.0");
    let next = platform.next_path();
    // Twice, as after a power cut; then after the updater has taken it.
    for _ in 0..2 {
        let done = stage
            .stage(newer("1.4.0"), NOW, &mut NoCut, &mut platform)
            .await;
        assert_eq!(
            fs::read(&next).unwrap(),
            fs::read(done.unwrap().bundle).unwrap()
        );
    }
    let taken = kiosk.folder.path().join("taken");
    fs::rename(&next, &taken).unwrap();
    stage
        .stage(newer("1.4.0"), NOW, &mut NoCut, &mut platform)
        .await
        .unwrap();
    assert_eq!(fs::read(&next).unwrap(), bytes_of("1.4.0"));
    // A release that comes before the updater has looked takes the place of the one before, and nothing
    // changes under an updater that is at work.
    fs::write(
        kiosk.incoming().join(kiosk.third.file_name()),
        bytes_of("1.3.0"),
    )
    .unwrap();
    stage
        .stage(newer("1.3.0"), NOW, &mut NoCut, &mut platform)
        .await
        .unwrap();
    assert_eq!(fs::read(&next).unwrap(), bytes_of("1.3.0"));
    assert_eq!(fs::read(&taken).unwrap(), bytes_of("1.4.0"));
    let names: Vec<_> = files_below(&kiosk.folder.path().join("releases/staged"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "new"))
        .collect();
    assert_eq!(names, Vec::<PathBuf>::new(), "no name is left over");
}

#[tokio::test]
async fn what_the_fetching_process_left_is_believed_in_nothing() {
    let repo = repo();
    let foreign = self::repo();
    type Lie<'a> = (&'a str, Box<dyn Fn(&Kiosk) + 'a>);
    let lies: Vec<Lie<'_>> = vec![
        (
            "one byte of the bundle",
            Box::new(|k| {
                let mut bytes = fs::read(k.bundle_path()).unwrap();
                let last = bytes.len() - 1;
                bytes[last] ^= 1;
                fs::write(k.bundle_path(), bytes).unwrap();
            }),
        ),
        (
            "a bundle that is longer",
            Box::new(|k| {
                let mut bytes = fs::read(k.bundle_path()).unwrap();
                bytes.push(b'\n');
                fs::write(k.bundle_path(), bytes).unwrap();
            }),
        ),
        (
            "a bundle that is cut",
            Box::new(|k| {
                let file = OpenOptions::new()
                    .write(true)
                    .open(k.bundle_path())
                    .unwrap();
                file.set_len(1_000).unwrap();
            }),
        ),
        (
            "a link to something else of the right content",
            Box::new(|k| {
                let elsewhere = k.folder.path().join("elsewhere");
                fs::rename(k.bundle_path(), &elsewhere).unwrap();
                std::os::unix::fs::symlink(&elsewhere, k.bundle_path()).unwrap();
            }),
        ),
        (
            "no bundle",
            Box::new(|k| fs::remove_file(k.bundle_path()).unwrap()),
        ),
        (
            "another list",
            Box::new(|k| {
                let mut files = read_folder(&k.incoming().join("metadata"));
                edit(&mut files, "3.targets.json", |v| {
                    v["signed"]["version"] = 4.into()
                });
                fs::write(
                    k.incoming().join("metadata/3.targets.json"),
                    &files["3.targets.json"],
                )
                .unwrap();
            }),
        ),
        (
            "another repository's metadata",
            Box::new(|k| {
                for (name, bytes) in foreign.files() {
                    fs::write(k.incoming().join("metadata").join(name), bytes).unwrap();
                }
            }),
        ),
        (
            "no metadata",
            Box::new(|k| fs::remove_dir_all(k.incoming().join("metadata")).unwrap()),
        ),
    ];
    for (what, lie) in &lies {
        let kiosk = Kiosk::that_fetched(&repo, "1.4.0").await;
        lie(&kiosk);
        let mut platform = Recorded::default();
        let stage = kiosk.stage("1.3.0");
        let refused = stage
            .stage(newer("1.4.0"), NOW, &mut NoCut, &mut platform)
            .await;
        let refused = refused.unwrap_err();
        let expected = matches!(
            refused,
            StageError::Bundle(_) | StageError::Trust(TrustError::Refused(_))
        );
        assert!(expected, "{what}: {refused:?}");
        assert!(platform.taken.is_empty(), "{what}");
        assert_eq!(whole_bundles(&kiosk), Vec::<PathBuf>::new(), "{what}");
    }
    println!("{} lies refused", lies.len());
}

#[tokio::test]
async fn an_older_release_needs_an_order_and_an_old_list_is_no_way_around() {
    let repo = repo();
    let kiosk = Kiosk::that_fetched(&repo, "1.3.0").await;
    let mut platform = Recorded::default();
    for running in ["1.3.0", "1.4.0"] {
        let stage = kiosk.stage(running);
        let refused = stage
            .stage(newer("1.3.0"), NOW, &mut NoCut, &mut platform)
            .await;
        assert!(
            matches!(refused, Err(StageError::NotNewer { .. })),
            "{refused:?}"
        );
        assert!(refused.unwrap_err().is_refusal());
    }
    let ordered = StageWish {
        version: version("1.3.0"),
        may_be_older: true,
    };
    let stage = kiosk.stage("1.4.0");
    stage
        .stage(ordered, NOW, &mut NoCut, &mut platform)
        .await
        .unwrap();
    assert_eq!(platform.taken.len(), 1);
    // Not even an order makes an unlisted release, or one whose word has ended.
    let unlisted = StageWish {
        version: version("1.2.0"),
        may_be_older: true,
    };
    let refused = stage.stage(unlisted, NOW, &mut NoCut, &mut platform).await;
    assert!(matches!(refused, Err(StageError::NotListed(_))));
    let late = START.plus_millis(40 * DAY);
    let refused = stage.stage(ordered, late, &mut NoCut, &mut platform).await;
    assert!(matches!(
        refused,
        Err(StageError::Trust(TrustError::Expired {
            role: "timestamp",
            ..
        }))
    ));
}

#[tokio::test]
async fn a_machine_that_does_not_take_it_says_so_and_may_be_asked_again() {
    let repo = repo();
    let kiosk = Kiosk::that_fetched(&repo, "1.4.0").await;
    let stage = kiosk.stage("1.3.0");
    let mut full = Recorded {
        refuses: true,
        ..Recorded::default()
    };
    let failed = stage
        .stage(newer("1.4.0"), NOW, &mut NoCut, &mut full)
        .await
        .unwrap_err();
    assert!(matches!(failed, StageError::Platform(_)) && !failed.is_refusal());
    let mut platform = Recorded::default();
    stage
        .stage(newer("1.4.0"), NOW, &mut NoCut, &mut platform)
        .await
        .unwrap();
    assert_eq!(platform.taken.len(), 1);
}

/// Ends at a step, as a power failure would, and forgets what was not synced by then.
struct CutAt {
    left: usize,
    names: Vec<&'static str>,
    staged: PathBuf,
    synced: bool,
}

impl Steps for CutAt {
    fn step(&mut self, name: &'static str) -> io::Result<()> {
        self.names.push(name);
        if self.left == 0 {
            // "sync part" comes before its step: until "rename" nothing of the file is durable.
            self.synced |= name == "rename" || name == "sync folder" || name == "hand over";
            if !self.synced {
                for part in files_below(&self.staged) {
                    let file = OpenOptions::new().write(true).open(part).unwrap();
                    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
                }
            }
            return Err(io::Error::other("power cut"));
        }
        self.left -= 1;
        self.synced |= name == "rename";
        Ok(())
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn whole_bundles(kiosk: &Kiosk) -> Vec<PathBuf> {
    let mut found = files_below(&kiosk.folder.path().join("releases/staged"));
    found.retain(|path| path.extension().is_some_and(|ending| ending == "bundle"));
    found
}

#[tokio::test]
async fn a_power_cut_at_any_step_leaves_a_whole_release_or_none_and_the_next_try_succeeds() {
    let repo = repo();
    let (mut cuts, mut seen) = (0, Vec::new());
    loop {
        let kiosk = Kiosk::that_fetched(&repo, "1.4.0").await;
        let stage = kiosk.stage("1.3.0");
        let mut steps = CutAt {
            left: cuts,
            names: Vec::new(),
            staged: stage.staged.clone(),
            synced: false,
        };
        let mut platform = kiosk.platform();
        let done = stage
            .stage(newer("1.4.0"), NOW, &mut steps, &mut platform)
            .await;
        seen.clone_from(&steps.names);
        if done.is_ok() {
            break;
        }
        for path in whole_bundles(&kiosk) {
            assert_eq!(fs::read(path).unwrap(), bytes_of("1.4.0"), "cut {cuts}");
        }
        assert!(
            !platform.next_path().exists(),
            "nothing was handed over, cut {cuts}"
        );
        // What an operator's hand or a bad disk left under the final name does not count either.
        if cuts == 2 {
            let name = stage.staged.join("1.4.0").join(kiosk.bundle.file_name());
            fs::write(name, b"half of it").unwrap();
        }
        let staged = stage
            .stage(newer("1.4.0"), NOW, &mut NoCut, &mut platform)
            .await
            .unwrap();
        assert_eq!(
            fs::read(staged.bundle).unwrap(),
            bytes_of("1.4.0"),
            "cut {cuts}"
        );
        assert_eq!(
            fs::read(platform.next_path()).unwrap(),
            bytes_of("1.4.0"),
            "cut {cuts}"
        );
        cuts += 1;
    }
    assert!(
        seen.contains(&"sync part") && seen.contains(&"hand over"),
        "{seen:?}"
    );
    println!("{cuts} cuts: {seen:?}");
}

#[tokio::test]
async fn incoming_holds_the_wanted_bundle_and_nothing_else() {
    let repo = repo();
    let kiosk = Kiosk::that_fetched(&repo, "1.4.0").await;
    let told = repo.kiosk().asks(repo.files(), NOW).await.unwrap();
    let (old, new) = (
        told.bundles[&version("1.3.0")],
        told.bundles[&version("1.4.0")],
    );
    let incoming = Incoming::open(kiosk.incoming()).unwrap();
    incoming.append(&old).unwrap().add(b"a piece").unwrap();
    assert_eq!(incoming.have(&old).unwrap(), 7);
    incoming.clear_but(Some(&old)).unwrap();
    assert_eq!(
        (incoming.have(&old).unwrap(), incoming.have(&new).unwrap()),
        (7, 0)
    );
    // More than was signed is refused as it comes, and thrown away if it lies there.
    let mut part = incoming.append(&old).unwrap();
    let too_many = vec![0; usize::try_from(old.length).unwrap()];
    assert!(part.add(&too_many).is_err());
    let lying = kiosk.incoming().join(format!("{}.part", old.file_name()));
    fs::write(&lying, vec![0; too_many.len() + 1]).unwrap();
    assert_eq!(incoming.have(&old).unwrap(), 0);
    // The right length and other bytes: thrown away at the end.
    incoming.append(&old).unwrap().add(&too_many).unwrap();
    assert!(!incoming.finish(&old).unwrap());
    assert_eq!(incoming.have(&old).unwrap(), 0);
    incoming.clear_but(None).unwrap();
    assert_eq!(files_below(&kiosk.incoming()).len(), told.metadata.len());
}
