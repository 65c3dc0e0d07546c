use dayroom_protocol::{ApprovalRule, ConnectionState, Contact, Identity, Lane, ResidentId};

use super::args::{ConnectionCommand, LaneName, NewRequest, RequestCommand};
use super::setup::Setup;
use super::{Done, Failure, Output, find};
use crate::{Central, NewConnection, Opening, Reason};

pub(super) fn request(
    setup: &Setup,
    command: RequestCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    match command {
        RequestCommand::Add(new) => add(setup, *new, output),
        RequestCommand::Withdraw { id } => {
            setup.central()?.withdraw_request(id, setup.now())?;
            output.say("Took the request back.")?;
            Ok(Done::All)
        }
    }
}

fn add(setup: &Setup, new: NewRequest, output: &mut Output<'_>) -> Result<Done, Failure> {
    let central = setup.central()?;
    let resident = find::resident(&central, &new.at, &new.resident)?;
    let now = setup.now();
    if let Some(address) = &new.email {
        not_blocked(&central, resident, address)?;
    }
    let connection = NewConnection {
        resident,
        contact: Contact {
            name: new.name,
            relationship: new.relationship,
            place: new.place,
            lane: match new.lane {
                LaneName::Ordinary => Lane::Ordinary,
                LaneName::Attorney => Lane::Attorney,
                LaneName::Clergy => Lane::Clergy,
            },
        },
        note: new.note,
        identity: if new.verified {
            Identity::Checked { at: now }
        } else {
            Identity::Unchecked
        },
        approval: if new.resident_alone {
            ApprovalRule::ResidentAlone
        } else {
            ApprovalRule::AfterResident
        },
        opening: Opening::Request,
    };
    let id = central.add_connection_request(&connection, now, &mut setup.rng())?;
    output.say(format_args!("Added the connection request {id}."))?;
    if let Some(address) = &new.email {
        central.set_contact_mail(id, address).map_err(|error| {
            let next = format!("note it with `dayroom-central connection email {id} ADDRESS`");
            Failure::because(&error, next)
        })?;
    }
    Ok(Done::All)
}

/// Whom a resident has blocked does not ask again until they lift it.
fn not_blocked(central: &Central, resident: ResidentId, address: &str) -> Result<(), Failure> {
    let known = central.connections_by_mail(address)?;
    let blocked = known.iter().any(|line| {
        line.resident == resident && matches!(line.body.state, ConnectionState::Blocked { .. })
    });
    if blocked {
        return Err(Failure::new(
            "the resident has blocked this contact",
            "only the resident can lift it, at a kiosk",
        ));
    }
    Ok(())
}

pub(super) fn connection(
    setup: &Setup,
    command: ConnectionCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        ConnectionCommand::List { resident, at } => {
            let resident = find::resident(&central, &at, &resident)?;
            for line in central.connections(resident)? {
                let contact = &line.body.contact;
                let how = standing(&line.body.state);
                let (name, relationship) = (&contact.name, &contact.relationship);
                let lane = match contact.lane {
                    Lane::Ordinary => "",
                    Lane::Attorney => ", attorney, privileged",
                    Lane::Clergy => ", clergy, privileged",
                };
                output.say(format_args!(
                    "{}  {name} ({relationship}{lane}): {how}",
                    line.id
                ))?;
            }
        }
        ConnectionCommand::Approve { id } => {
            central.approve_connection(id, setup.now())?;
            output.say("Approved; both may write.")?;
        }
        ConnectionCommand::Refuse { id, reason } => {
            central.refuse_connection(id, &read_reason(&reason)?, setup.now())?;
            output.say("Refused; the resident is shown the reason.")?;
        }
        ConnectionCommand::Email { id, address } => {
            central.set_contact_mail(id, &address)?;
            output.say("Noted; mail from this address finds this connection.")?;
        }
    }
    Ok(Done::All)
}

pub(super) fn read_reason(text: &str) -> Result<Reason, Failure> {
    Reason::new(text).map_err(|error| {
        Failure::because(&error, "say in --reason which rule it is, in plain words")
    })
}

pub(super) fn standing(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Asked => "not answered".to_owned(),
        ConnectionState::AwaitFacility { .. } => "accepted, waits for the facility".to_owned(),
        ConnectionState::Active { .. } => "active".to_owned(),
        ConnectionState::Declined { .. } => "declined by the resident".to_owned(),
        ConnectionState::Blocked { .. } => "blocked by the resident".to_owned(),
        ConnectionState::Withdrawn { .. } => "withdrawn".to_owned(),
        ConnectionState::Removed { .. } => "ended by the resident".to_owned(),
        ConnectionState::Refused { reason, .. } => format!("refused: {reason}"),
    }
}
