//! Marcus's side of it: what he wrote and what came of it, more than text, contacts in every
//! state, money and sign-ins.

use dayroom_protocol::{
    Cents, ConnectionState, IntentBody, MessageRules, ResidentId, Role, Seconds, SignInEntry,
    UtcMillis,
};
use rand::RngCore;

use super::letters::send;
use super::people::{Asks, Connections};
use super::pictures::{self, Form};
use super::seams::{self, PastKiosk};
use super::{DemoFacility, before, papers, wall};
use crate::central::Central;
use crate::operator::{NewClip, NewMessage, OperatorError, Reason, Rejection};

/// What a message costs.
const PRICE: Cents = Cents(25);
/// What Marcus has left, in cents.
const BALANCE: u32 = 375;
/// What he has paid and not got back: three of the four messages he wrote.
const PAID: u32 = 3 * PRICE.0;
/// Who reviews messages; an appeal goes to the other one.
pub(super) const REVIEWERS: [&str; 2] = ["Dana Whitlow", "Frank Osei"];
/// By what a message can be rejected.
const RULES: [(&str, &[(&str, &str)]); 2] = [
    (
        "M-7",
        &[
            (
                "en",
                "Messages and pictures may not show identification cards.",
            ),
            (
                "es",
                "Los mensajes y las fotos no pueden mostrar tarjetas de identificación.",
            ),
            (
                "vi",
                "Tin nhắn và ảnh không được cho thấy giấy tờ tùy thân.",
            ),
            ("ht", "Mesaj ak foto pa gen dwa montre kat idantite."),
            ("zh-Hans", "消息和照片中不得出现身份证件。"),
            ("ar", "لا يجوز أن تُظهر الرسائل والصور بطاقات هوية."),
        ],
    ),
    (
        "M-12",
        &[
            ("en", "Messages may not tell about other residents."),
            (
                "es",
                "Los mensajes no pueden contar cosas de otros residentes.",
            ),
            ("vi", "Tin nhắn không được kể về người bị giam khác."),
            ("ht", "Mesaj pa gen dwa rakonte zafè lòt rezidan."),
            ("zh-Hans", "消息中不得谈论其他在押人员。"),
            ("ar", "لا يجوز أن تتحدث الرسائل عن نزلاء آخرين."),
        ],
    ),
];

/// Prices and promises of both units, who reviews and by what, and a code for technicians.
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
    for reviewer in REVIEWERS {
        central.add_reviewer(demo.facility, reviewer)?;
        demo.reviewers.push(reviewer.to_owned());
    }
    for (code, text) in RULES {
        central.add_rule(demo.facility, code, &wall::words(text))?;
    }
    central.set_facility_mail(demo.facility, "mail@cedarcounty.example")?;
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

/// Money to write with, by two deposits; what Marcus writes takes the price from it.
pub(super) fn money(
    central: &Central,
    marcus: ResidentId,
    now: UtcMillis,
) -> Result<(), OperatorError> {
    central.deposit(marcus, Cents(200), "From Rosa Vargas", before(now, 19, 0))?;
    let rest = Cents(BALANCE + PAID - 200);
    central.deposit(marcus, rest, "Kitchen, two weeks", before(now, 11, 0))?;
    Ok(())
}

/// What Marcus wrote: delivered and read, delivered, waiting past the promise, not allowed.
pub(super) fn written(
    central: &Central,
    (kiosk, marcus): (&mut PastKiosk, ResidentId),
    by: &Connections,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let answered = kiosk.send(
        central,
        (marcus, by.mother),
        "Mamá, I got your letter. It was good to hear about the garden. I am working in \
         the kitchen now and I start the welding class next month. Kiss Duke for me.",
        before(now, 10, 3),
        rng,
    )?;
    central.release_reviewed(answered, REVIEWERS[0], before(now, 9, 21))?;
    let (out, opened) = (before(now, 9, 20), before(now, 9, 1));
    seams::went_out(central, answered, out, Some(opened))?;
    // Nobody decides on this one: it is overdue.
    kiosk.send(
        central,
        (marcus, by.friend),
        "Tell the boss thank you from me. I read it twice. How is the truck?",
        before(now, 7, 4),
        rng,
    )?;
    let refused = kiosk.send(
        central,
        (marcus, by.mother),
        "The man in the next cell is called Robert Ames, he is from Waco too. His \
         street is Cedar Lane 12, maybe you know his people?",
        before(now, 5, 1),
        rng,
    )?;
    if let Ok(reason) = Reason::new(
        "It names another resident and where his family lives. You can write it \
         again without the name and the address.",
    ) {
        let rejection = Rejection {
            rule: "M-12".to_owned(),
            reason,
            role: Role::MailRoom,
            reviewer: REVIEWERS[0].to_owned(),
        };
        central.reject_reviewed(refused, &rejection, before(now, 3, 2))?;
    }
    let thanks = kiosk.send(
        central,
        (marcus, by.mother),
        "Save me some of the salsa! I love you too.",
        before(now, 4, 2),
        rng,
    )?;
    central.release_reviewed(thanks, REVIEWERS[1], before(now, 3, 6))?;
    seams::went_out(central, thanks, before(now, 3, 5), None)
}

/// A card, a scanned letter, a document, photos, a clip.
pub(super) fn more_than_text(
    central: &Central,
    (kiosk, marcus): (&mut PastKiosk, ResidentId),
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
    let shop = NewMessage {
        connection: by.friend,
        text: "Took a video of the shop so you can see the new bench.".to_owned(),
        attachments: Vec::new(),
        source: None,
    };
    let clip = NewClip {
        name: "shop.mp4".to_owned(),
        media: "video/mp4".to_owned(),
        content: b"no kiosk shows it".to_vec(),
    };
    central.take_message_with_clips(&shop, &[clip], before(now, 5, 5), rng)?;
    let star = IntentBody::Star {
        message: card,
        on: true,
    };
    kiosk.take(central, marcus, star, before(now, 2, 5), rng)
}

/// Who signed in as Marcus: once somebody who did not know his PIN.
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
    seams::signed_in_before(central, marcus, entries)
}
