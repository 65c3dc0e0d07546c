//! Marcus's side of it: what he wrote and what came of it, more than text, contacts in every
//! state, money and sign-ins.

use dayroom_protocol::{
    Cents, ConnectionState, MessageRules, MessageState, ResidentId, Role, Rule, Seconds,
    SignInEntry, UtcMillis,
};
use rand::RngCore;

use super::letters::send;
use super::people::{Asks, Connections};
use super::pictures::{self, Form};
use super::seams::{self, Outgoing};
use super::{DemoFacility, before, papers, wall};
use crate::central::Central;
use crate::operator::OperatorError;

/// What a message costs.
const PRICE: Cents = Cents(25);
/// What Marcus has left, in cents.
const BALANCE: u32 = 375;

/// Prices and promises of both units, and a code for technicians.
pub(super) fn rules(
    central: &Central,
    demo: &mut DemoFacility,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let units = [demo.unit_a, demo.unit_b];
    for unit in units {
        let mut policy = central.policy(unit)?;
        policy.messages = MessageRules {
            price: PRICE,
            characters: 6_000,
            review: true,
            review_promise: Seconds(3 * 24 * 60 * 60),
            refund: true,
        };
        central.set_policy(unit, &policy)?;
    }
    let code = central.new_technician_code(&units, rng)?;
    code.digits().clone_into(&mut demo.technician_code);
    Ok(())
}

/// Contacts in every state.
pub(super) fn contacts(
    central: &Central,
    marcus: ResidentId,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let attorney = Asks::new("Daniel Reyes", "Attorney", "Waco, Texas")
        .lane(dayroom_protocol::Lane::Attorney)
        .resident_alone()
        .active();
    central.add_connection_request(&attorney.of(marcus, now), before(now, 17, 0), rng)?;
    let others = [
        (
            Asks::new("Kevin Stroud", "Former neighbor", "Waco, Texas"),
            ConnectionState::Declined {
                at: before(now, 10, 2),
            },
        ),
        (
            Asks::new("Tonya Marsh", "Acquaintance", "Dallas, Texas"),
            ConnectionState::Blocked {
                at: before(now, 9, 4),
            },
        ),
        (
            Asks::new("Chris Delgado", "Friend", "Temple, Texas"),
            ConnectionState::Removed {
                at: before(now, 4, 1),
            },
        ),
        (
            Asks::new("Bianca Flores", "Cousin", "Laredo, Texas"),
            ConnectionState::Withdrawn {
                at: before(now, 7, 5),
            },
        ),
        (
            Asks::new("Victor Salas", "Friend", "Waco, Texas"),
            ConnectionState::Refused {
                at: before(now, 8, 6),
                reason: "A court has ordered that there be no contact between you.".to_owned(),
            },
        ),
    ];
    for (asks, state) in others {
        let new = asks.of(marcus, now);
        let id = central.add_connection_request(&new, before(now, 12, 0), rng)?;
        seams::stands(central, id, state)?;
    }
    Ok(())
}

/// What Marcus wrote: delivered and read, delivered, waiting past the promise, not allowed.
pub(super) fn written(
    central: &Central,
    by: &Connections,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    seams::outgoing(
        central,
        &Outgoing {
            connection: by.mother,
            text: "Mamá, I got your letter. It was good to hear about the garden. I am working in \
                   the kitchen now and I start the welding class next month. Kiss Duke for me.",
            written_at: before(now, 10, 3),
            at: before(now, 10, 3),
            state: MessageState::Delivered,
            delivered_at: Some(before(now, 9, 20)),
            read_at: Some(before(now, 9, 1)),
        },
        rng,
    )?;
    seams::outgoing(
        central,
        &Outgoing {
            connection: by.friend,
            text: "Tell the boss thank you from me. I read it twice. How is the truck?",
            written_at: before(now, 7, 5),
            at: before(now, 7, 4),
            state: MessageState::OnHold {
                since: before(now, 7, 4),
                promised_by: Some(before(now, 4, 4)),
            },
            delivered_at: None,
            read_at: None,
        },
        rng,
    )?;
    seams::outgoing(
        central,
        &Outgoing {
            connection: by.mother,
            text: "The man in the next cell is called Robert Ames, he is from Waco too. His \
                   street is Cedar Lane 12, maybe you know his people?",
            written_at: before(now, 5, 1),
            at: before(now, 5, 1),
            state: MessageState::Rejected {
                at: before(now, 3, 2),
                reason: "It names another resident and where his family lives. You can write it \
                         again without the name and the address."
                    .to_owned(),
                rule: Some(Rule {
                    code: "M-12".to_owned(),
                    text: wall::words(&[
                        ("en", "Messages may not tell about other residents."),
                        (
                            "es",
                            "Los mensajes no pueden contar cosas de otros residentes.",
                        ),
                        ("vi", "Tin nhắn không được kể về người bị giam khác."),
                        ("ht", "Mesaj pa gen dwa rakonte zafè lòt rezidan."),
                        ("zh-Hans", "消息中不得谈论其他在押人员。"),
                        ("ar", "لا يجوز أن تتحدث الرسائل عن نزلاء آخرين."),
                    ]),
                }),
                by: Role::MailRoom,
                refund: Some(PRICE),
            },
            delivered_at: None,
            read_at: None,
        },
        rng,
    )?;
    seams::outgoing(
        central,
        &Outgoing {
            connection: by.mother,
            text: "Save me some of the salsa! I love you too.",
            written_at: before(now, 4, 2),
            at: before(now, 4, 2),
            state: MessageState::Delivered,
            delivered_at: Some(before(now, 3, 5)),
            read_at: None,
        },
        rng,
    )?;
    Ok(())
}

/// A card, a scanned letter, a document, photos, a clip.
pub(super) fn more_than_text(
    central: &Central,
    by: &Connections,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let mut post = |connection, days, text: &str, attachments| {
        let at = before(now, days, 5);
        send(central, connection, at, text, attachments, rng)
    };
    let card = post(
        by.mother,
        9,
        "Happy birthday, mijo! We will bake the real one when you are home.",
        vec![papers::card()?],
    )?;
    post(by.mother, 8, "", papers::scanned_letter()?)?;
    post(
        by.friend,
        6,
        "This is the plan from the reentry office. Page 2 is where you sign.",
        papers::document()?,
    )?;
    let clip = post(
        by.friend,
        5,
        "Took a video of the shop so you can see the new bench.",
        vec![],
    )?;
    post(
        by.mother,
        3,
        "Four pictures from our trip: the beach, the mountains, your cousin's cake, and the old \
         house in the evening.",
        vec![
            pictures::picture("beach.jpg", Form::Beach)?,
            pictures::picture("mountains.jpg", Form::Mountains)?,
            pictures::picture("cake.jpg", Form::Cake)?,
            pictures::picture("porch.jpg", Form::Porch)?,
        ],
    )?;
    seams::star(central, card)?;
    seams::say_clips(central, clip, 1)
}

/// Money, and who signed in as Marcus: once somebody who did not know his PIN.
pub(super) fn account(
    central: &Central,
    marcus: ResidentId,
    now: UtcMillis,
) -> Result<(), OperatorError> {
    let entry = |days, hours, kiosk: &str, right| SignInEntry {
        at: before(now, days, hours),
        kiosk: kiosk.to_owned(),
        right,
    };
    let entries = vec![
        entry(1, 2, "Unit B, wall", true),
        entry(2, 5, "Unit B, wall", true),
        entry(2, 6, "Unit B, wall", false),
        entry(4, 1, "Unit B, wall", true),
        entry(7, 4, "Unit B, wall", true),
        entry(20, 3, "Unit A, wall", true),
    ];
    seams::signed_in_before(central, marcus, entries)?;
    seams::add_money(central, marcus, BALANCE)
}
