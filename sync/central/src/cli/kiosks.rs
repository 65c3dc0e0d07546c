use std::path::PathBuf;

use dayroom_protocol::{OrderBody, UnitId};

use super::args::{Bundle, KioskCommand};
use super::order_args::{Giving, Passphrase, SignWith, Watching};
use super::setup::Setup;
use super::{Done, Failure, Output, find, orders};
use crate::ca::{Authority, CaError, Site, write_kiosk_bundle, write_operators, write_private};
use crate::releases::Releases;
use crate::{Central, KioskLine};

pub(super) fn kiosk(
    setup: &Setup,
    command: KioskCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        KioskCommand::Create {
            label,
            unit,
            at,
            bundle,
        } => {
            let facility = at.find(&central)?;
            let unit = find::unit(&central, facility.id, &unit)?;
            if bundle.out.join("site.json").exists() {
                return Err(Failure::new(
                    format!("{} is a kiosk's folder already", bundle.out.display()),
                    "give another --out, or `kiosk renew` for a new certificate",
                ));
            }
            let authority = setup.authority()?;
            let name = server_name(bundle.server_name.as_ref(), &bundle.host, &authority)?;
            let id = central.create_kiosk(unit.id, &label, &mut setup.rng())?;
            let kiosk = central.kiosk(id)?;
            if let Err(failure) = write(setup, &central, &authority, &kiosk, &bundle, &name) {
                // A kiosk that nobody can start does not stay; that failing too changes nothing.
                let _kept = central.retire_kiosk(id, setup.now());
                return Err(failure);
            }
            output.say(format_args!(
                "Created the kiosk \"{label}\" in {} ({id}).",
                unit.name
            ))?;
            said_bundle(&bundle, output)
        }
        KioskCommand::Renew { kiosk, bundle } => {
            let kiosk = find::kiosk(&central, &kiosk)?;
            in_service(&kiosk)?;
            let authority = setup.authority()?;
            let name = server_name(bundle.server_name.as_ref(), &bundle.host, &authority)?;
            write(setup, &central, &authority, &kiosk, &bundle, &name)?;
            output.say(format_args!(
                "Made a new certificate for \"{}\".",
                kiosk.label
            ))?;
            said_bundle(&bundle, output)
        }
        KioskCommand::Revoke {
            kiosk,
            wipe,
            wait,
            insist,
            keys,
            passphrase_file,
        } => {
            if wipe {
                let signing = SignWith {
                    keys,
                    passphrase: Passphrase { passphrase_file },
                };
                if wipe_first(setup, &central, &kiosk, (wait, insist), signing, output)?
                    == Done::Part
                {
                    return Ok(Done::Part);
                }
            }
            revoke(setup, &central, &kiosk, output)
        }
        KioskCommand::List { json } => list(setup, &central, json, output),
        KioskCommand::Retire { kiosk, lost } => {
            let kiosk = find::kiosk(&central, &kiosk)?;
            in_service(&kiosk)?;
            if kiosk.seen.is_some() && kiosk.leaving_at.is_none() && !lost {
                return Err(Failure::new(
                    format!("the kiosk \"{}\" is in service", kiosk.label),
                    "let a technician run `dayroom retire` there, or give --lost if nobody can",
                ));
            }
            revoke(setup, &central, &kiosk.id.to_string(), output)
        }
        KioskCommand::Move { kiosk, unit } => {
            let kiosk = find::kiosk(&central, &kiosk)?;
            in_service(&kiosk)?;
            let unit = find_anywhere(&central, &kiosk, &unit)?;
            central.move_kiosk(kiosk.id, unit)?;
            output.say(format_args!(
                "Moved \"{}\"; it forgets its old unit and fills anew.",
                kiosk.label
            ))?;
            Ok(Done::All)
        }
    }
}

/// Lets a kiosk destroy its keys and say so, before nobody listens to it any more.
fn wipe_first(
    setup: &Setup,
    central: &Central,
    wanted: &str,
    (wait, insist): (u64, bool),
    signing: SignWith,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let kiosk = find::kiosk(central, wanted)?;
    in_service(&kiosk)?;
    let giving = Giving {
        signing,
        days: crate::ORDER_LIFE_DAYS,
        out: PathBuf::from("order.json"),
        watch: Watching {
            watch: true,
            timeout: wait,
            json: false,
        },
    };
    let wanted = [(kiosk.id, OrderBody::Wipe)];
    let given = orders::give(setup, central, &wanted, &giving, output)?;
    let wiped = orders::finish(setup, central, given, &giving.watch, output)?;
    if wiped == Done::All || insist && given.is_some() {
        return Ok(Done::All);
    }
    output.note(format_args!(
        "\"{}\" has not said that it is wiped, and stays in service so that the order can reach it.",
        kiosk.label
    ))?;
    output.note("  what to do: wait for it with `push order`, or run it again with --insist")?;
    Ok(Done::Part)
}

fn revoke(
    setup: &Setup,
    central: &Central,
    wanted: &str,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let kiosk = find::kiosk(central, wanted)?;
    let revoked = match setup.authority()?.revoke_kiosk(kiosk.id, setup.now()) {
        Ok(serials) => serials.len(),
        Err(CaError::NoCertificate(_)) => 0,
        Err(error) => return Err(error.into()),
    };
    let before = central.draft_key_report(kiosk.facility)?;
    if kiosk.retired_at.is_none() {
        central.retire_kiosk(kiosk.id, setup.now())?;
    }
    output.say(format_args!(
        "Took \"{}\" out of service; certificates revoked: {revoked}. \
         Its connections close within seconds.",
        kiosk.label
    ))?;
    let after = central.draft_key_report(kiosk.facility)?;
    if before.can_be_opened() && !after.can_be_opened() {
        output.say(format_args!(
            "No other kiosk had the draft key. {}",
            after.in_words()
        ))?;
    }
    Ok(Done::All)
}

fn list(
    setup: &Setup,
    central: &Central,
    json: bool,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    for (kiosk, stage) in central.kiosk_stages(setup.now())? {
        if json {
            let mut line = serde_json::to_value(&kiosk)
                .map_err(|error| Failure::because(&error, "run it again"))?;
            if let Some(line) = line.as_object_mut() {
                line.insert("stage".to_owned(), serde_json::json!(stage));
            }
            output.say(line)?;
            continue;
        }
        let (label, id) = (&kiosk.label, kiosk.id);
        output.say(format_args!("{label}  {id}  {}", stage.words()))?;
    }
    Ok(Done::All)
}

pub(super) fn in_service(kiosk: &KioskLine) -> Result<(), Failure> {
    if kiosk.retired_at.is_none() {
        return Ok(());
    }
    Err(Failure::new(
        format!("the kiosk \"{}\" is out of service", kiosk.label),
        "create a new one with `dayroom-central kiosk create`",
    ))
}

/// A unit of the kiosk's own facility by name, or any unit by id.
fn find_anywhere(central: &Central, kiosk: &KioskLine, wanted: &str) -> Result<UnitId, Failure> {
    for facility in central.facilities()? {
        let by_name = facility.id == kiosk.facility;
        for unit in central.units(facility.id)? {
            if by_name && unit.name == wanted || unit.id.to_string() == wanted {
                return Ok(unit.id);
            }
        }
    }
    find::unit(central, kiosk.facility, wanted).map(|unit| unit.id)
}

/// What a kiosk is to call central.
pub(super) fn server_name(
    given: Option<&String>,
    host: &String,
    authority: &Authority,
) -> Result<String, Failure> {
    let name = given.unwrap_or(host);
    let names = authority.server_names()?;
    if names.contains(name) {
        return Ok(name.clone());
    }
    Err(Failure::new(
        format!("central's certificate does not name \"{name}\""),
        format!("give --server-name with one of: {}", names.join(", ")),
    ))
}

fn write(
    setup: &Setup,
    central: &Central,
    authority: &Authority,
    kiosk: &KioskLine,
    bundle: &Bundle,
    server_name: &str,
) -> Result<(), Failure> {
    let site = Site {
        central_host: bundle.host.clone(),
        central_port: bundle.port,
        server_name: server_name.to_owned(),
        est_name: authority.est_name()?,
        root_pem: authority.root_pem().to_owned(),
        facility: kiosk.facility,
        unit: kiosk.unit,
        kiosk: kiosk.id,
    };
    let issued = authority.issue_kiosk(kiosk.id, setup.now())?;
    write_kiosk_bundle(&bundle.out, &site, &issued)?;
    write_operators(&bundle.out, &central.key_sets()?)?;
    let releases = Releases::new(&setup.state);
    if releases.has_begun() {
        let path = bundle.out.join("identity/releases-root.json");
        write_private(&path, &releases.first_root()?)?;
    }
    Ok(())
}

fn said_bundle(bundle: &Bundle, output: &mut Output<'_>) -> Result<Done, Failure> {
    output.say(format_args!(
        "Its keys, certificate (30 days) and site.json are in {}; \
         carry them to the kiosk and nowhere else.",
        bundle.out.display()
    ))?;
    Ok(Done::All)
}
