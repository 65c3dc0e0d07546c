use dayroom::domain;
use dayroom::store::{JournalReader, StoreError};
use dayroom_central::{Activity, Alarm, Deed};

use super::deeds::kind_of;
use super::world::World;

impl World {
    /// Whether everything promised was kept.
    pub fn judge(&mut self) -> Result<(), String> {
        let activity = self.central.activity().map_err(|e| e.to_string())?;
        self.no_alarm(&activity)?;
        for number in 0..self.kiosks.len() {
            // What the screen does when it hears that the cache has changed.
            let kiosk = &mut self.kiosks[number];
            kiosk
                .settle(&self.setting, self.now)
                .map_err(|error| format!("kiosk {number} cannot settle: {error:?}"))?;
            self.judge_journal(number)?;
            self.judge_cache(number)?;
        }
        self.judge_acts(&activity)?;
        self.judge_receipts(&activity)?;
        self.judge_words(&activity)?;
        let pending = self.central.pending_forgets().map_err(|e| e.to_string())?;
        if let Some(pending) = pending.first() {
            return Err(format!("a forget was never acknowledged: {pending:?}"));
        }
        Ok(())
    }

    fn no_alarm(&self, activity: &[Activity]) -> Result<(), String> {
        for line in activity {
            let Deed::Alarm { alarm } = &line.deed else {
                continue;
            };
            // A central that was set back cannot know what it once said.
            let excused = match alarm {
                Alarm::CursorFromTheFuture => self.ledger.counts.restores > 0,
                Alarm::DigestDiffers { .. }
                | Alarm::IntentContradicts { .. }
                | Alarm::NumbersLost { .. }
                | Alarm::AuditBroken { .. }
                | Alarm::AuditBegunAnew { .. }
                | Alarm::AuditUnwritable { .. }
                | Alarm::Quarantine { .. }
                // Nobody gives orders here.
                | Alarm::OrderRefused { .. }
                | Alarm::OrderUnknown { .. }
                | Alarm::OrdersForgotten => false,
            };
            if !excused {
                return Err(format!("alarm at {:?}: {alarm:?}", line.kiosk_label));
            }
        }
        Ok(())
    }

    /// Nothing is left unsettled, and numbers have no gaps.
    fn judge_journal(&self, number: usize) -> Result<(), String> {
        let kiosk = &self.kiosks[number];
        let say = |error: StoreError| format!("journal of kiosk {number}: {error:?}");
        let reader = JournalReader::open(&kiosk.place(&self.setting), &kiosk.key()).map_err(say)?;
        let open = reader.offers(domain::IntentNumber(1), 10).map_err(say)?;
        if let Some(first) = open.first() {
            let body = kind_of(&first.body);
            return Err(format!(
                "kiosk {number} still waits for {body} {:?}",
                first.number
            ));
        }
        let all = reader
            .held(domain::IntentNumber(1), usize::MAX >> 1)
            .map_err(say)?;
        for (intent, place) in all.iter().zip(1..) {
            if intent.number.0 != place {
                return Err(format!("journal of kiosk {number} has no number {place}"));
            }
        }
        let next = reader.next_number().map_err(say)?;
        if next.0 != all.len() as u64 + 1 {
            return Err(format!("journal of kiosk {number} lost its end"));
        }
        for act in self.ledger.acts.values().filter(|act| act.kiosk == number) {
            let kept = all.iter().find(|intent| intent.id == act.id);
            if act.number.is_some() && kept.map(|intent| intent.number) != act.number {
                let body = kind_of(&act.body);
                return Err(format!("kiosk {number} lost an acknowledged {body}"));
            }
        }
        Ok(())
    }
}
