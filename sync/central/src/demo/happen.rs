use dayroom_protocol::{Cents, Direction, UtcMillis};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::people::Asks;
use super::pictures::{self, Form};
use super::{DemoFacility, letters, papers, wall};
use crate::central::Central;
use crate::operator::OperatorError;

const LETTERS: [&str; 6] = [
    "Just thinking of you. Write when you can.",
    "We are all fine here. The neighbours say hello.",
    "I found the photo you wanted, it was in the blue box after all.",
    "The game went to overtime! You would have lost your voice.",
    "I put some money on your account today, let me know when you see it.",
    "Dinner at your grandmother's on Sunday. There will be an empty chair for you.",
];

const STRANGERS: [(&str, &str, &str); 4] = [
    ("Keisha Brown", "Cousin", "Killeen, Texas"),
    ("Coach Bill Tanner", "Former coach", "Temple, Texas"),
    ("Ana Lucía Herrera", "Friend", "Laredo, Texas"),
    ("Michael Vargas", "Uncle", "Lubbock, Texas"),
];

/// Lets the `n`th thing happen: mostly a message, every fourth time a connection request, now and
/// then news on the wall, money, a reading outside, or mail of more than text.
///
/// # Errors
/// When central's store fails.
pub fn something_happens(
    central: &Central,
    demo: &DemoFacility,
    n: u32,
    now: UtcMillis,
) -> Result<(), OperatorError> {
    // Odd and large, so that neither the same moment nor the same turn repeats an id.
    let moment = now.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut rng = SmallRng::seed_from_u64(moment ^ u64::from(n));
    let turn = usize::try_from(n).unwrap_or_default();
    if turn % 4 == 3 {
        let resident = demo.residents.get(turn / 4 % demo.residents.len().max(1));
        let stranger = STRANGERS.get(turn / 4 % STRANGERS.len());
        if let (Some(resident), Some((name, relationship, place))) = (resident, stranger) {
            let asks = Asks::new(name, relationship, place).note("Hello, it has been a while.");
            central.add_connection_request(&asks.of(resident.id, now), now, &mut rng)?;
        }
        return Ok(());
    }
    match turn % 12 {
        5 => return more_than_text(central, demo, turn / 12, now, &mut rng),
        8 => return wall::news(central, demo, turn / 12, now, &mut rng),
        10 => return money_and_reading(central, demo, now),
        _ => {}
    }
    let connection = demo.active.get(turn / 2 % demo.active.len().max(1));
    let letter = LETTERS.get(turn % LETTERS.len());
    if let (Some(connection), Some(letter)) = (connection, letter) {
        let pictures = if turn % 3 == 2 {
            vec![pictures::picture("today.jpg", Form::Lake)?]
        } else {
            Vec::new()
        };
        match letters::send(central, *connection, now, letter, pictures, &mut rng) {
            // The resident, or the facility, ended it meanwhile.
            Ok(_) | Err(OperatorError::Connection { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A card, or a letter the mail room has scanned, for Marcus.
fn more_than_text(
    central: &Central,
    demo: &DemoFacility,
    n: usize,
    now: UtcMillis,
    rng: &mut SmallRng,
) -> Result<(), OperatorError> {
    let Some(mother) = demo.active.first() else {
        return Ok(());
    };
    let (text, pictures) = if n.is_multiple_of(2) {
        ("A card for you, just because.", vec![papers::card()?])
    } else {
        ("", papers::scanned_letter()?)
    };
    match letters::send(central, *mother, now, text, pictures, rng) {
        Ok(_) | Err(OperatorError::Connection { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Somebody puts five dollars on Marcus's account and opens what he wrote.
fn money_and_reading(
    central: &Central,
    demo: &DemoFacility,
    now: UtcMillis,
) -> Result<(), OperatorError> {
    let Some(marcus) = demo.residents.first() else {
        return Ok(());
    };
    central.deposit(marcus.id, Cents(500), "From Rosa Vargas", now)?;
    let unread = central.messages(marcus.id)?.into_iter().find(|line| {
        line.body.direction == Direction::Outgoing
            && line.body.delivered_at.is_some()
            && line.body.read_at.is_none()
    });
    match unread {
        Some(line) => central.message_opened(line.id, now),
        None => Ok(()),
    }
}
