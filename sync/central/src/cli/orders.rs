use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dayroom_protocol::{BatchId, KioskId, OrderBody, Purpose, Signed, SignedOrder};

use super::order_args::{Giving, OrderCommand, SignWith, ToKiosks, Watching};
use super::push::watch_orders;
use super::setup::Setup;
use super::show::at as moment;
use super::signing::write_new;
use super::{Done, Failure, Output, find, policy};
use crate::{Central, OperatorError, PushState};

pub(super) fn order(
    setup: &Setup,
    command: OrderCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        OrderCommand::PinReset {
            residents,
            at,
            giving,
        } => {
            let mut wanted = Vec::new();
            let mut pins = Vec::new();
            let numbers: BTreeSet<String> = residents.into_iter().collect();
            for number in numbers {
                let resident = find::resident(&central, &at, &number)?;
                let (pin, what) = central.draw_pin(resident, &mut setup.rng())?;
                let unit = central.unit_of(resident)?;
                for kiosk in central.kiosks_of_unit(unit)? {
                    wanted.push((kiosk, what.clone()));
                }
                pins.push((number, pin));
            }
            let given = give(setup, &central, &wanted, &giving, output)?;
            for (number, pin) in &pins {
                output.say(format_args!("{number}  {}", pin.digits()))?;
            }
            output.note(
                "New PINs, shown this once. Each is good, and the one before dead, when the \
                 kiosks of the unit have the order.",
            )?;
            finish(setup, &central, given, &giving.watch, output)
        }
        OrderCommand::Unlock {
            resident,
            at,
            giving,
        } => {
            let resident = find::resident(&central, &at, &resident)?;
            let unit = central.unit_of(resident)?;
            let what = OrderBody::LockRelease { resident };
            let kiosks = central.kiosks_of_unit(unit)?;
            to_each(setup, &central, kiosks, &what, &giving, output)
        }
        OrderCommand::Restart { to, giving } => {
            let kiosks = to.find(&central)?;
            to_each(
                setup,
                &central,
                kiosks,
                &OrderBody::Restart,
                &giving,
                output,
            )
        }
        OrderCommand::Wipe { to, giving } => {
            let kiosks = to.find(&central)?;
            to_each(setup, &central, kiosks, &OrderBody::Wipe, &giving, output)
        }
        OrderCommand::Release {
            version,
            may_be_older,
            to,
            giving,
        } => {
            let what = OrderBody::Release {
                version,
                may_be_older,
            };
            let kiosks = to.find(&central)?;
            to_each(setup, &central, kiosks, &what, &giving, output)
        }
        OrderCommand::Policy {
            change,
            technician_code,
            giving,
        } => {
            let facility = change.at.find(&central)?;
            let unit = find::unit(&central, facility.id, &change.unit)?;
            let mut policy = policy::changed(&central, unit.id, &change)?;
            let code = technician_code
                .then(|| central.draw_technician_code(&mut setup.rng()))
                .transpose()?;
            if let Some((_, verifier)) = &code {
                policy.technician_verifier = Some(verifier.clone());
            }
            for field in central.weakened_by(unit.id, &policy)? {
                output.note(format_args!("This weakens {}.", field.name()))?;
            }
            let what = OrderBody::Policy {
                policy: Box::new(policy),
            };
            let kiosks = central.kiosks_of_unit(unit.id)?;
            let wanted: Vec<_> = kiosks
                .into_iter()
                .map(|kiosk| (kiosk, what.clone()))
                .collect();
            let given = give(setup, &central, &wanted, &giving, output)?;
            if let Some((code, _)) = &code {
                output.say(code.digits())?;
                output.note("This is the technicians' code; it is shown this once.")?;
            }
            finish(setup, &central, given, &giving.watch, output)
        }
        OrderCommand::CoSign {
            file,
            signing,
            watch,
        } => co_sign(setup, &central, &file, &signing, &watch, output),
        OrderCommand::List { kiosk, json } => list(setup, &central, kiosk.as_deref(), json, output),
        OrderCommand::Withdraw { batch } => {
            let count = central.withdraw_orders(batch)?;
            output.say(format_args!("Orders taken back: {count}."))?;
            Ok(Done::All)
        }
    }
}

impl ToKiosks {
    fn find(&self, central: &Central) -> Result<Vec<KioskId>, Failure> {
        if !self.kiosks.is_empty() {
            let named = self
                .kiosks
                .iter()
                .map(|wanted| find::kiosk(central, wanted));
            return named.map(|line| line.map(|line| line.id)).collect();
        }
        let facility = self.at.find(central)?;
        if let Some(unit) = &self.unit {
            let unit = find::unit(central, facility.id, unit)?;
            return Ok(central.kiosks_of_unit(unit.id)?);
        }
        if self.everywhere {
            let mut all = Vec::new();
            for unit in central.units(facility.id)? {
                all.extend(central.kiosks_of_unit(unit.id)?);
            }
            return Ok(all);
        }
        Err(Failure::new(
            "no kiosk was named",
            "name kiosks, or give --unit UNIT, or --everywhere",
        ))
    }
}

fn to_each(
    setup: &Setup,
    central: &Central,
    kiosks: Vec<KioskId>,
    what: &OrderBody,
    giving: &Giving,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let wanted: Vec<_> = kiosks
        .into_iter()
        .map(|kiosk| (kiosk, what.clone()))
        .collect();
    let given = give(setup, central, &wanted, giving, output)?;
    finish(setup, central, given, &giving.watch, output)
}

/// Drafts, signs and gives; what takes a second operator goes into a file for them.
pub(super) fn give(
    setup: &Setup,
    central: &Central,
    wanted: &[(KioskId, OrderBody)],
    giving: &Giving,
    output: &mut Output<'_>,
) -> Result<Option<BatchId>, Failure> {
    let now = setup.now();
    let signers = giving.signing.open()?;
    let mut signed = Vec::new();
    for order in central.draft_orders(wanted, giving.days, now, &mut setup.rng())? {
        let text = serde_json::to_string(&order)
            .map_err(|error| Failure::because(&error, "run it again"))?;
        let mut order = Signed {
            text,
            signatures: Vec::new(),
        };
        for signer in &signers {
            signer.add_to(Purpose::Order, &mut order);
        }
        signed.push(SignedOrder(order));
    }
    match central.give_orders(&signed, now) {
        Ok(batch) => {
            output.say(format_args!(
                "Given to kiosks: {}. Batch {batch}.",
                signed.len()
            ))?;
            Ok(Some(batch))
        }
        Err(OperatorError::NeedsTwo) => {
            let text = serde_json::to_vec_pretty(&signed)
                .map_err(|error| Failure::because(&error, "run it again"))?;
            write_new(&giving.out, &text, 0o600)?;
            output.say(format_args!(
                "This takes two operators. It is in {}; no kiosk has it yet.",
                giving.out.display()
            ))?;
            output.say("Next: a second operator runs `order co-sign` on that file.")?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn finish(
    setup: &Setup,
    central: &Central,
    given: Option<BatchId>,
    watch: &Watching,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    match given {
        None => Ok(Done::Part),
        Some(_) if !watch.watch => Ok(Done::All),
        Some(batch) => watch_orders(setup, central, batch, watch, output),
    }
}

fn co_sign(
    setup: &Setup,
    central: &Central,
    file: &Path,
    signing: &SignWith,
    watch: &Watching,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::because(&error, "check the name of the file").of(file.display())
    })?;
    let mut signed: Vec<SignedOrder> = serde_json::from_str(&text).map_err(|error| {
        Failure::because(&error, "give the file that `order` wrote").of(file.display())
    })?;
    // Whoever signs is told what.
    for order in &signed {
        let order = crate::operator::read_order(&order.0)?;
        let kiosk = central.kiosk(order.kiosk)?;
        output.say(format_args!(
            "{} for \"{}\", {} together, until {}",
            order.what.name(),
            kiosk.label,
            order.batch.size,
            moment(order.expires)
        ))?;
    }
    for signer in signing.open()? {
        for order in &mut signed {
            signer.add_to(Purpose::Order, &mut order.0);
        }
    }
    let batch = central.give_orders(&signed, setup.now())?;
    output.say(format_args!(
        "Given to kiosks: {}. Batch {batch}.",
        signed.len()
    ))?;
    finish(setup, central, Some(batch), watch, output)
}

fn list(
    setup: &Setup,
    central: &Central,
    kiosk: Option<&str>,
    json: bool,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let kiosk = kiosk
        .map(|wanted| find::kiosk(central, wanted))
        .transpose()?;
    for line in central.orders(kiosk.map(|kiosk| kiosk.id), setup.now())? {
        if json {
            let text = serde_json::to_string(&line)
                .map_err(|error| Failure::because(&error, "run it again"))?;
            output.say(text)?;
            continue;
        }
        let why = match line.state {
            PushState::Refused { why } => format!(": {}", why.words()),
            PushState::Waiting
            | PushState::Fetching
            | PushState::Has
            | PushState::Done
            | PushState::Expired
            | PushState::Withdrawn => String::new(),
        };
        output.say(format_args!(
            "{}  {:12} \"{}\" no. {}  {}{why}  signed by {}  batch {}",
            moment(line.issued),
            line.what,
            line.kiosk_label,
            line.number,
            line.state.word(),
            line.signed_by.join(" and "),
            line.batch
        ))?;
    }
    Ok(Done::All)
}
