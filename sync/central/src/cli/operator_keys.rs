use std::fs;

use dayroom_protocol::{AloneLimits, KeySet, Purpose, SignatureError, Signed, SignedKeySet};
use ring::digest::{SHA256, digest};

use super::order_args::{KeySetChange, OperatorKeyCommand};
use super::setup::Setup;
use super::signing::{self, Signer};
use super::{Done, Failure, Output};
use crate::{Central, OperatorError};

pub(super) fn operator_key(
    setup: &Setup,
    command: OperatorKeyCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    match command {
        OperatorKeyCommand::New {
            out,
            name,
            passphrase,
        } => {
            // Where it lies, `serve` would refuse to run.
            if out.parent().is_some_and(|folder| setup.is_state(folder)) {
                return Err(Failure::new(
                    "a private key does not belong into central's folder",
                    "give --out on a stick or card that its owner keeps",
                ));
            }
            let (public, key) = signing::new_key(&out, &name, &passphrase)?;
            output.say(format_args!(
                "Made a key for {}: {}",
                key.name,
                out.display()
            ))?;
            output.say(format_args!(
                "Hand over {} for `operator-key set --add`; the other file stays with its owner.",
                public.display()
            ))?;
        }
        OperatorKeyCommand::Show => show(&setup.central()?, output)?,
        OperatorKeyCommand::Set(change) => return set(setup, &change, output),
        OperatorKeyCommand::CoSign { file, signing } => {
            let text = fs::read_to_string(&file).map_err(|error| {
                Failure::because(&error, "check the name of the file").of(file.display())
            })?;
            let mut signed: SignedKeySet = serde_json::from_str(&text).map_err(|error| {
                let next = "give the file that `operator-key set` wrote";
                Failure::because(&error, next).of(file.display())
            })?;
            for signer in signing.open()? {
                signer.add_to(Purpose::KeySet, &mut signed.0);
            }
            return put(setup, &signed, &file, output);
        }
    }
    Ok(Done::All)
}

fn set(setup: &Setup, change: &KeySetChange, output: &mut Output<'_>) -> Result<Done, Failure> {
    let central = setup.central()?;
    let held = held(&central)?;
    let mut keys = held.as_ref().map_or_else(Vec::new, |set| set.keys.clone());
    for name in &change.remove {
        let before = keys.len();
        keys.retain(|key| key.name != *name);
        if keys.len() == before {
            return Err(Failure::new(
                format!("no key of the set is called \"{name}\""),
                "see `dayroom-central operator-key show`",
            ));
        }
    }
    for file in &change.add {
        keys.push(signing::public_key(file)?);
    }
    let limits = held
        .as_ref()
        .map_or_else(AloneLimits::default, |set| set.limits);
    let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    let before = held.as_ref().map_or(2, |set| set.change_threshold);
    let set = KeySet {
        version: held.as_ref().map_or(0, |set| set.version).saturating_add(1),
        keys,
        change_threshold: change.threshold.unwrap_or_else(|| before.min(count)),
        limits: AloneLimits {
            pins: change.pins.unwrap_or(limits.pins),
            wipes: change.wipes.unwrap_or(limits.wipes),
        },
    };
    set.check()
        .map_err(|error| Failure::from(OperatorError::from(error)))?;
    let text =
        serde_json::to_string(&set).map_err(|error| Failure::because(&error, "run it again"))?;
    let mut signed = Signed {
        text,
        signatures: Vec::new(),
    };
    for signer in change.signing.open()? {
        Signer::add_to(&signer, Purpose::KeySet, &mut signed);
    }
    put(setup, &SignedKeySet(signed), &change.out, output)
}

/// Puts it into force, or keeps it in a file until enough have signed.
fn put(
    setup: &Setup,
    signed: &SignedKeySet,
    file: &std::path::Path,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match central.put_key_set(signed, setup.now(), &mut setup.rng()) {
        Ok(orphans) => {
            show(&central, output)?;
            output.say("It goes to every kiosk that goes by the set before it.")?;
            if orphans > 0 {
                output.say(format_args!(
                    "Orders taken back, because only removed keys had signed them: {orphans}."
                ))?;
            }
            Ok(Done::All)
        }
        Err(OperatorError::Keys(dayroom_protocol::KeySetError::Unsigned { found, needed })) => {
            let text = serde_json::to_vec_pretty(signed)
                .map_err(|error| Failure::because(&error, "run it again"))?;
            fs::write(file, text).map_err(|error| {
                Failure::because(&error, "check that the folder is yours to write")
                    .of(file.display())
            })?;
            output.say(format_args!(
                "Signed by {found} of the {needed} it takes; it is in {}.",
                file.display()
            ))?;
            output.say("Next: another operator runs `operator-key co-sign` on that file.")?;
            Ok(Done::Part)
        }
        Err(error) => Err(error.into()),
    }
}

fn held(central: &Central) -> Result<Option<KeySet>, Failure> {
    let Some(signed) = central.key_set()? else {
        return Ok(None);
    };
    KeySet::read(&signed.0.text)
        .map(Some)
        .map_err(|error| OperatorError::from(error).into())
}

fn show(central: &Central, output: &mut Output<'_>) -> Result<(), Failure> {
    let Some(signed) = central.key_set()? else {
        return output.say("There are no operators' keys yet: no orders can be given.");
    };
    let set = KeySet::read(&signed.0.text).map_err(OperatorError::from)?;
    output.say(format_args!(
        "Key set {}, fingerprint {}",
        set.version,
        fingerprint(&signed.0.text)
    ))?;
    for key in &set.keys {
        output.say(format_args!("  {}  {}", key.key, key.name))?;
    }
    output.say(format_args!(
        "  signatures for the next change: {}; alone: {} PINs a day, {} kiosk wiped at once",
        set.change_threshold,
        set.limits.pins,
        set.limits.wipes.min(1)
    ))
}

/// To be compared by people: the first 80 bits of a SHA-256, in groups.
fn fingerprint(text: &str) -> String {
    let sha256 = digest(&SHA256, text.as_bytes());
    let pairs = sha256.as_ref().chunks(2).take(5);
    let groups: Vec<String> = pairs
        .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    groups.join("-")
}

impl From<SignatureError> for Failure {
    fn from(error: SignatureError) -> Self {
        OperatorError::from(error).into()
    }
}
