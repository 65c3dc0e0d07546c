use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tough::schema::RoleType;

use super::release_args::{ReleaseCommand, ReleaseKeysCommand, ReleaseRootCommand, RoleName};
use super::setup::Setup;
use super::{Done, Failure, Output, rollouts};
use crate::releases::{Releases, ReleasesError, RootProgress};

/// An operator is told when less than this is left of an offline role's word.
const SOON_MILLIS: i64 = 30 * 24 * 3_600 * 1_000;

pub(super) fn release(
    setup: &Setup,
    command: ReleaseCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    // Says that central is not set up before it makes anything.
    setup.authority()?;
    let releases = Releases::new(&setup.state);
    match command {
        ReleaseCommand::Keys(command) => keys(setup, &releases, command, output),
        ReleaseCommand::Root(command) => root(setup, &releases, command, output),
        ReleaseCommand::Add {
            version,
            bundle,
            keys,
            plan,
        } => {
            let central = setup.central()?;
            // A ring that cannot be read is told before the keys are used.
            let rings = rollouts::rings(&central, &plan)?;
            let line = releases.add(version, &bundle, &keys.dirs, setup.now())?;
            output.say(format_args!(
                "Added release {version}: {} bytes, SHA-256 {}.",
                line.length, line.sha256
            ))?;
            central.plan_rollout(version, rings, plan.limits())?;
            output.say(format_args!(
                "No kiosk takes it yet. Next: `dayroom-central release rollout start {version}`."
            ))?;
            take_keys_away(output)
        }
        ReleaseCommand::Rollout(command) => rollouts::rollout(setup, &releases, command, output),
        ReleaseCommand::Withdraw { version, keys } => {
            releases.withdraw(version, &keys.dirs, setup.now())?;
            output.say(format_args!(
                "Took release {version} off the list; kiosks that have it keep it."
            ))?;
            take_keys_away(output)
        }
        ReleaseCommand::Renew { keys } => {
            releases.renew(&keys.dirs, setup.now())?;
            output.say("Signed the list of releases again.")?;
            take_keys_away(output)
        }
        ReleaseCommand::Timestamp { days } => {
            let life = Duration::from_secs(u64::from(days) * 24 * 3_600);
            releases.renew_timestamp(life, setup.now())?;
            output.say(format_args!("The timestamp holds for {days} days."))?;
            Ok(Done::All)
        }
        ReleaseCommand::List { json } => list(setup, &releases, json, output),
    }
}

fn keys(
    setup: &Setup,
    releases: &Releases,
    command: ReleaseKeysCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    match command {
        ReleaseKeysCommand::Init { dir } => {
            releases.begin(&dir, setup.now())?;
            output.say(format_args!(
                "Made six keys in {}: three of the root (two sign), targets, snapshot, timestamp.",
                dir.display()
            ))?;
            output.say(
                "Take the folder off this machine, the three root keys to three places. \
                 The service needs the timestamp key alone and has its own copy.",
            )?;
            output
                .say("Kiosks need the first root: `dayroom-central release root export FILE`.")?;
            Ok(Done::All)
        }
        ReleaseKeysCommand::Rotate { role, new, keys } => {
            let role = match role {
                RoleName::Root => RoleType::Root,
                RoleName::Targets => RoleType::Targets,
                RoleName::Snapshot => RoleType::Snapshot,
                RoleName::Timestamp => RoleType::Timestamp,
            };
            let progress = releases.rotate(role, &new, &keys.dirs, setup.now())?;
            output.say(format_args!(
                "Made new keys for {role} in {}.",
                new.display()
            ))?;
            said_progress(progress, output)
        }
    }
}

fn root(
    setup: &Setup,
    releases: &Releases,
    command: ReleaseRootCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    match command {
        ReleaseRootCommand::Sign { keys } => {
            said_progress(releases.sign_root(&keys.dirs, setup.now())?, output)
        }
        ReleaseRootCommand::Renew { keys } => {
            said_progress(releases.renew_root(&keys.dirs, setup.now())?, output)
        }
        ReleaseRootCommand::Drop => {
            releases.drop_pending_root()?;
            output.say("Gave up the root that waited; the one before stays.")?;
            Ok(Done::All)
        }
        ReleaseRootCommand::Export { file } => {
            let bytes = releases.first_root()?;
            std::fs::write(&file, bytes).map_err(|error| {
                Failure::because(&error, "give a file in a folder that is yours to write")
                    .of(file.display())
            })?;
            output.say(format_args!("Wrote the first root to {}.", file.display()))?;
            Ok(Done::All)
        }
    }
}

fn said_progress(progress: RootProgress, output: &mut Output<'_>) -> Result<Done, Failure> {
    let RootProgress {
        version,
        of_old: (old, old_needed),
        of_new: (new, new_needed),
        published,
    } = progress;
    output.say(format_args!(
        "Root {version}: {old} of {old_needed} signatures by the keys before it, \
         {new} of {new_needed} by its own."
    ))?;
    if published {
        output.say("It is published.")?;
        take_keys_away(output)
    } else {
        output.say("It waits. Next: `dayroom-central release root sign --dir DIR`.")?;
        Ok(Done::Part)
    }
}

fn take_keys_away(output: &mut Output<'_>) -> Result<Done, Failure> {
    output.note("Take the keys off this machine now.")?;
    Ok(Done::All)
}

fn list(
    setup: &Setup,
    releases: &Releases,
    json: bool,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let published = releases.published()?;
    if json {
        let roles: serde_json::Map<_, _> = published
            .roles
            .iter()
            .map(|(role, version, ends)| {
                (
                    (*role).to_owned(),
                    json!({ "version": version, "ends": ends }),
                )
            })
            .collect();
        let lines: Vec<_> = published
            .releases
            .iter()
            .map(|line| {
                json!({ "version": line.version, "length": line.length, "sha256": line.sha256 })
            })
            .collect();
        output.say(json!({ "releases": lines, "roles": roles }))?;
        return Ok(Done::All);
    }
    if published.releases.is_empty() {
        output.say("There is no release yet.")?;
    }
    for line in &published.releases {
        output.say(format_args!(
            "{:12} {:>12} bytes  SHA-256 {}",
            line.version.to_string(),
            line.length,
            line.sha256
        ))?;
    }
    for (role, version, ends) in published.roles {
        let day = Timestamp::from_millisecond(ends.0).map(|at| at.strftime("%Y-%m-%d").to_string());
        output.say(format_args!(
            "{role:12} number {version}, until {}",
            day.unwrap_or_default()
        ))?;
        let left = ends.millis_since(setup.now());
        if role != "timestamp" && left < SOON_MILLIS {
            output.note(format_args!(
                "The word of {role} ends soon: `dayroom-central release {}`.",
                if role == "root" {
                    "root renew --dir DIR"
                } else {
                    "renew --dir DIR"
                }
            ))?;
        }
    }
    Ok(Done::All)
}

impl From<ReleasesError> for Failure {
    fn from(error: ReleasesError) -> Self {
        let next = match &error {
            ReleasesError::Begun(_) => "see `dayroom-central release list`",
            ReleasesError::NotBegun(_) => {
                "begin with `dayroom-central release keys init --dir DIR`"
            }
            ReleasesError::KeyExists(_) => "give an empty folder",
            ReleasesError::KeyWithinReach(_) => {
                "give a folder outside the state folder, best on a medium that leaves the machine"
            }
            ReleasesError::KeysMissing { .. } => {
                "bring the folder with the missing keys and give it with another --dir"
            }
            ReleasesError::File { .. } => "check that the folder is there and yours to write",
            ReleasesError::Damaged { .. } => "restore the state directory from its backup",
            ReleasesError::Key | ReleasesError::Unverified(_) => {
                "check the key folder; a key there may be damaged"
            }
            ReleasesError::NoRole(_) => "choose root, targets, snapshot or timestamp",
            ReleasesError::Exists(_) => "choose a higher version; one is never used twice",
            ReleasesError::NoRelease(_) => "see `dayroom-central release list`",
            ReleasesError::BundleSize(_) => "give the bundle the image build wrote",
            ReleasesError::NothingPending => "start with `release keys rotate` or `root renew`",
            ReleasesError::Pending => {
                "finish it with `release root sign`, or give it up with `release root drop`"
            }
            ReleasesError::Range => "set the machine's clock",
        };
        Self::because(&error, next)
    }
}
