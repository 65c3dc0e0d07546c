use dayroom_protocol::{KioskId, OrderOutcome, OrderResult, OrderResults, UtcMillis, limits};

use super::{Refused, in_service};
use crate::central::Central;
use crate::operator::{Alarm, append_alarm, keep_new_pin};
use crate::store::{self, KioskMark, OrderRow, OrdersOf, StoreError, Tx};

impl Central {
    /// Notes what became of a kiosk's orders (R21). Saying it again changes nothing.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`], or [`Refused::BadRequest`] for too many at once.
    pub fn take_order_results(
        &self,
        kiosk: KioskId,
        said: &OrderResults,
        now: UtcMillis,
    ) -> Result<(), Refused> {
        if said.results.len() > limits::ORDER_RESULTS {
            return Err(Refused::BadRequest("too many results of orders"));
        }
        self.write(|tx| {
            in_service(tx.sql(), kiosk)?;
            note_mark(tx, kiosk, said, now)?;
            for result in &said.results {
                take(tx, kiosk, said.mark, result, now)?;
            }
            Ok(())
        })
    }
}

/// A kiosk whose mark fell has a new store: what it has forgotten can be numbered anew.
fn note_mark(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    said: &OrderResults,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let known = store::kiosk_mark(tx.sql(), kiosk)?;
    let mark = KioskMark {
        mark: said.mark,
        key_set: said.key_set,
    };
    if mark == known {
        return Ok(());
    }
    if mark.mark < known.mark {
        let answered: Vec<OrderRow> = store::orders(tx.sql(), OrdersOf::Kiosk(kiosk), usize::MAX)?
            .into_iter()
            .filter(|row| row.number > mark.mark && row.outcome.is_some_and(OrderOutcome::is_final))
            .collect();
        for row in answered {
            tx.void_order(row.id)?;
        }
        append_alarm(tx, kiosk, &Alarm::OrdersForgotten, now)?;
    }
    tx.note_mark(kiosk, mark, now)
}

fn take(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    mark: u64,
    result: &OrderResult,
    now: UtcMillis,
) -> Result<(), Refused> {
    let order = result.order;
    let refused = match result.outcome {
        OrderOutcome::Refused { why } => Some(why),
        OrderOutcome::Taken | OrderOutcome::Done | OrderOutcome::Unknown => None,
    };
    let known = store::orders(tx.sql(), OrdersOf::One(order), 1)?.pop();
    let Some(row) = known.filter(|row| row.kiosk == kiosk) else {
        // Nobody here gave it.
        append_alarm(tx, kiosk, &Alarm::OrderUnknown { order }, now)?;
        return Ok(());
    };
    if row.outcome.is_some_and(OrderOutcome::is_final) {
        return Ok(());
    }
    tx.note_outcome(order, result.outcome, now)?;
    if !result.outcome.is_final() {
        return Ok(());
    }
    if result.outcome == OrderOutcome::Done && row.what == "pin_reset" {
        keep_new_pin(tx, &row)?;
    }
    tx.withdraw_order(order, kiosk)?;
    if let Some(why) = refused {
        if mark < row.number {
            tx.void_order(order)?;
        }
        append_alarm(tx, kiosk, &Alarm::OrderRefused { order, why }, now)?;
    }
    Ok(())
}
