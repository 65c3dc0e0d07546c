use dayroom_protocol::Cents;

use super::connections::read_reason;
use super::desk_args::AccountCommand;
use super::setup::Setup;
use super::show::at as moment;
use super::{Done, Failure, Output, find};

pub(super) fn account(
    setup: &Setup,
    command: AccountCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        AccountCommand::Show { resident, at } => {
            let resident = find::resident(&central, &at, &resident)?;
            let money = central.money(resident)?;
            output.say(format_args!("Left: {}", in_words(money.balance)))?;
            for line in &money.lines {
                let sign = if line.received { '+' } else { '-' };
                output.say(format_args!(
                    "{}  {}  {sign}{}  {}  {}",
                    line.number,
                    moment(line.at),
                    in_words(line.cents),
                    line.what,
                    line.note
                ))?;
            }
        }
        AccountCommand::Deposit {
            resident,
            at,
            amount,
            note,
        } => {
            let resident = find::resident(&central, &at, &resident)?;
            let left = central.deposit(resident, amount, &note, setup.now())?;
            output.say(format_args!(
                "Put {} in; {} is there now.",
                in_words(amount),
                in_words(left)
            ))?;
        }
        AccountCommand::Charge {
            resident,
            at,
            amount,
            reason,
        } => {
            let resident = find::resident(&central, &at, &resident)?;
            let left = central.charge(resident, amount, &read_reason(&reason)?, setup.now())?;
            output.say(format_args!(
                "Took {} out; {} is left.",
                in_words(amount),
                in_words(left)
            ))?;
        }
        AccountCommand::Audit { at } => {
            let sum = central.count_money(at.find(&central)?.id)?;
            output.say(format_args!(
                "Residents hold {} cents, postage took {} cents, from outside came {} cents.",
                sum.residents, sum.postage, sum.outside
            ))?;
            let inside = sum.residents.checked_add(sum.postage);
            let whole = inside.and_then(|inside| i64::try_from(inside).ok()) == Some(sum.outside);
            if sum.miscounted > 0 || !whole {
                output.note("The ledger does not come out even; restore a backup.")?;
                return Ok(Done::Part);
            }
            output.say("The ledger comes out even.")?;
        }
    }
    Ok(Done::All)
}

/// Cents with a point, never through a fraction.
fn in_words(cents: Cents) -> String {
    format!("{}.{:02}", cents.0 / 100, cents.0 % 100)
}
