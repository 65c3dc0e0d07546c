use std::path::Path;

use dayroom_protocol::{
    EnrolmentCode, EnrolmentScan, EnrolmentTicket, Purpose, RootPin, Signed, SignedTicket,
    UtcMillis,
};
use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};
use ring::digest::{SHA256, digest};

use super::enrol_args::{EnrolCommand, NewCode};
use super::kiosks::{in_service, server_name};
use super::setup::Setup;
use super::show::at;
use super::signing;
use super::{Done, Failure, Output, find};
use crate::ca::{Authority, write_private};
use crate::{Central, EnrolmentState, KioskLine, NewEnrolment};

pub(super) fn enrol(
    setup: &Setup,
    command: EnrolCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    match command {
        EnrolCommand::Create(new) => create(setup, &new, output),
        EnrolCommand::List { json } => list(setup, json, output),
        EnrolCommand::Cancel { kiosk } => {
            let central = setup.central()?;
            let kiosk = find::kiosk(&central, &kiosk)?;
            central.cancel_enrolment(kiosk.id, setup.now())?;
            output.say(format_args!(
                "Took back the one-time code of \"{}\"; the kiosk itself stays.",
                kiosk.label
            ))?;
            Ok(Done::All)
        }
        EnrolCommand::Name { name } => {
            let authority = setup.authority()?;
            if let Some(name) = name {
                authority.set_est_name(&name, setup.now())?;
            }
            output.say(format_args!(
                "Certificates are given out under the server name {}.",
                authority.est_name()?
            ))?;
            Ok(Done::All)
        }
    }
}

fn create(setup: &Setup, new: &NewCode, output: &mut Output<'_>) -> Result<Done, Failure> {
    let central = setup.central()?;
    let authority = setup.authority()?;
    let server_name = server_name(new.server_name.as_ref(), &new.host, &authority)?;
    for file in [&new.ticket, &new.qr].into_iter().flatten() {
        if file.as_os_str() != "-" && file.exists() {
            return Err(Failure::new(
                format!("{} is there already", file.display()),
                "give another file, or remove it",
            ));
        }
    }
    let (kiosk, fresh) = kiosk(setup, &central, new)?;
    let made = make(setup, &central, &authority, &kiosk, &server_name, new);
    let (code, expires) = match made {
        Ok(made) => made,
        Err(failure) => {
            if fresh {
                // A kiosk without a code does not stay; that failing too changes nothing.
                let _kept = central.retire_kiosk(kiosk.id, setup.now());
            }
            return Err(failure);
        }
    };
    output.say(format_args!(
        "One-time code for \"{}\" ({}), good once, until {}:",
        kiosk.label,
        kiosk.id,
        at(expires)
    ))?;
    output.say(format_args!("\n    {}\n", code.grouped()))?;
    output.say(format_args!(
        "At the kiosk give the address {} and port {} with it. It is not shown again.",
        new.host, new.port
    ))?;
    if let Some(file) = &new.ticket {
        output.say(format_args!(
            "All of it is in {}; carry it to the kiosk and nowhere else.",
            file.display()
        ))?;
    }
    show_qr(new, code, output)?;
    Ok(Done::All)
}

fn make(
    setup: &Setup,
    central: &Central,
    authority: &Authority,
    kiosk: &KioskLine,
    server_name: &str,
    new: &NewCode,
) -> Result<(EnrolmentCode, UtcMillis), Failure> {
    let root = authority.root()?;
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, &root).as_ref());
    let wanted = NewEnrolment {
        kiosk: kiosk.id,
        server_name,
        pin: RootPin::of(&sha256),
        valid: new.valid,
    };
    let now = setup.now();
    let (code, expires) = central.create_enrolment(&wanted, now, &mut setup.rng())?;
    if let Some(file) = &new.ticket {
        let site = central.kiosk_site(kiosk.id, &authority.est_name()?, server_name);
        let site = site
            .map_err(|error| Failure::because(&error, "check the disk"))?
            .ok_or_else(|| Failure::new("the kiosk is gone", "run it again"))?;
        let ticket = EnrolmentTicket {
            central_host: new.host.clone(),
            central_port: new.port,
            server_name: site.server_name,
            est_name: site.est_name,
            root_pem: authority.root_pem().to_owned(),
            facility: site.facility,
            facility_name: site.facility_name,
            unit: site.unit,
            unit_name: site.unit_name,
            kiosk: site.kiosk,
            label: site.label,
            code: code.plain(),
            expires,
        };
        write_ticket(file, &ticket, new, central)?;
    }
    Ok((code, expires))
}

/// Writes the one-time file; with operators' signatures and the key set they belong to, if somebody
/// signs.
fn write_ticket(
    file: &Path,
    ticket: &EnrolmentTicket,
    new: &NewCode,
    central: &Central,
) -> Result<(), Failure> {
    let failed = |error: serde_json::Error| Failure::because(&error, "run it again");
    if new.sign_with.is_empty() {
        let bytes = serde_json::to_vec_pretty(ticket).map_err(failed)?;
        return Ok(write_private(file, &bytes)?);
    }
    let operators = central.key_sets()?.pop().ok_or_else(|| {
        Failure::new(
            "central has no operators' keys",
            "make the set with `operator-key set`, or leave --sign-with out",
        )
    })?;
    let mut ticket = Signed {
        text: serde_json::to_string(ticket).map_err(failed)?,
        signatures: Vec::new(),
    };
    for signer in signing::open_all(&new.sign_with, &new.passphrase)? {
        signer.add_to(Purpose::Ticket, &mut ticket);
    }
    let signed = SignedTicket { ticket, operators };
    // What the kiosk would refuse is not carried there.
    signed.open().map_err(|error| {
        Failure::because(&error, "sign with a key of the set that central holds")
    })?;
    let bytes = serde_json::to_vec_pretty(&signed).map_err(failed)?;
    Ok(write_private(file, &bytes)?)
}

/// The kiosk the code is for, and whether it was made for that.
fn kiosk(setup: &Setup, central: &Central, new: &NewCode) -> Result<(KioskLine, bool), Failure> {
    if let Some(wanted) = &new.kiosk {
        let kiosk = find::kiosk(central, wanted)?;
        in_service(&kiosk)?;
        return Ok((kiosk, false));
    }
    let (Some(label), Some(unit)) = (&new.label, &new.unit) else {
        return Err(Failure::new(
            "neither a new kiosk nor one that is there is named",
            "give a label and --unit, or --kiosk",
        ));
    };
    let facility = new.at.find(central)?;
    let unit = find::unit(central, facility.id, unit)?;
    let id = central.create_kiosk(unit.id, label, &mut setup.rng())?;
    Ok((central.kiosk(id)?, true))
}

fn show_qr(new: &NewCode, code: EnrolmentCode, output: &mut Output<'_>) -> Result<(), Failure> {
    let Some(file) = &new.qr else {
        return Ok(());
    };
    let scan = EnrolmentScan {
        code,
        host: new.host.clone(),
        port: new.port,
    };
    let picture = QrCode::with_error_correction_level(scan.text(), EcLevel::M)
        .map_err(|error| Failure::because(&error, "leave --qr out and type the code"))?;
    if file.as_os_str() == "-" {
        // Light on dark, as most terminals are: the dark modules are left out.
        let text = picture
            .render::<unicode::Dense1x2>()
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build();
        return output.say(text);
    }
    let mut drawn = picture.render::<svg::Color<'_>>();
    let drawn = drawn.min_dimensions(320, 320).build();
    write_private(file, drawn.as_bytes())?;
    output.say(format_args!(
        "The QR code is in {}; show it to the kiosk's reader and to nobody.",
        file.display()
    ))
}

fn list(setup: &Setup, json: bool, output: &mut Output<'_>) -> Result<Done, Failure> {
    let central = setup.central()?;
    let kiosks = central.kiosks()?;
    for line in central.enrolments(setup.now())? {
        if json {
            let text = serde_json::to_string(&line)
                .map_err(|error| Failure::because(&error, "run it again"))?;
            output.say(text)?;
            continue;
        }
        let label = kiosks
            .iter()
            .find(|kiosk| kiosk.id == line.kiosk)
            .map_or("", |kiosk| kiosk.label.as_str());
        let how = match line.state {
            EnrolmentState::Open => format!("open until {}", at(line.expires)),
            EnrolmentState::Used => "used".to_owned(),
            EnrolmentState::Expired => format!("expired {}", at(line.expires)),
            EnrolmentState::Void => "void after too many wrong tries".to_owned(),
            EnrolmentState::Cancelled => "taken back".to_owned(),
        };
        let made = at(line.made_at);
        let (number, tries) = (&line.number, line.tries);
        output.say(format_args!(
            "{number}  {made}  {label}: {how}, wrong tries: {tries}"
        ))?;
    }
    Ok(Done::All)
}
