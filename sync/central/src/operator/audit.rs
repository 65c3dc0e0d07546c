//! The audit of the whole house, as operators see it: shown, and verified to the first bad entry.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use dayroom_audit::{ChainId, Entry, Event, Fault, Hash, Point, Process, Value, Verifier, kinds};
use dayroom_protocol::{KioskId, UtcMillis};
use rusqlite::Connection;
use serde::Serialize;

use super::OperatorError;
use crate::central::Central;
use crate::kiosk::is_signed;
use crate::store::{self, AuditChainRow, AuditFilter, AuditHeadRow, StoreError};

/// What became of verifying a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Whose; none: central's own.
    pub kiosk: Option<KioskId>,
    /// What residents know the kiosk as.
    pub label: Option<String>,
    /// Which of its chains.
    #[serde(flatten)]
    pub chain: ChainId,
    /// The last entry of those that hold from the first on; 0: none.
    pub intact_through: u64,
    /// The hash of that entry.
    pub hash: Hash,
    /// Signatures over it that are good.
    pub signatures: usize,
    /// What is wrong, if anything is.
    pub fault: Option<AuditFault>,
}

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditFault {
    /// In a word.
    pub is: &'static str,
    /// The first bad entry; or, for `activity_...`, line of the activity.
    pub number: u64,
    /// In English.
    pub words: String,
}

impl From<Fault> for AuditFault {
    fn from(fault: Fault) -> Self {
        Self {
            is: fault.name(),
            number: fault.number(),
            words: fault.to_string(),
        }
    }
}

impl AuditFault {
    fn new(is: &'static str, number: u64, words: impl Into<String>) -> Self {
        Self {
            is,
            number,
            words: words.into(),
        }
    }
}

/// An entry as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct AuditLine {
    /// Whose; none: central's own.
    pub kiosk: Option<KioskId>,
    /// What residents know the kiosk as.
    pub label: Option<String>,
    /// Which process noted it.
    pub process: Process,
    /// When central took it in, by its own clock.
    pub taken_at: UtcMillis,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditAsk {
    /// Of this kiosk only.
    pub kiosk: Option<KioskId>,
    /// Not older than this, by the clock of whoever noted it.
    pub since: Option<UtcMillis>,
    /// The beginning of the event's name.
    pub event: String,
}

impl Central {
    /// Adds an event to central's own audit.
    ///
    /// # Errors
    /// When the store fails.
    pub fn audit(&self, event: Event, now: UtcMillis) -> Result<(), StoreError> {
        self.write(|tx| tx.audit(event, now))
    }

    /// Lets entries of central's own audit say when in which start of the machine they are made.
    pub fn ask_boot_clock(&self) {
        self.inner.store.ask_boot_clock();
    }

    /// How far central's own audit goes: to be kept elsewhere, for [`Central::verify_audit`].
    ///
    /// # Errors
    /// When the store fails.
    pub fn audit_head(&self) -> Result<Option<(ChainId, Point)>, OperatorError> {
        let own = self
            .inner
            .store
            .read(|sql| store::latest_audit_chain(sql, None, Process::Central))?;
        Ok(own.map(|own| (own.chain, own.at)))
    }

    /// Verifies the chains of a kiosk, or all of them with central's own. `known` is a head of
    /// central's own that was kept elsewhere.
    ///
    /// # Errors
    /// When the store fails; a chain that does not hold is no error but in its report.
    pub fn verify_audit(
        &self,
        kiosk: Option<KioskId>,
        known: Option<Point>,
    ) -> Result<Vec<AuditReport>, OperatorError> {
        self.inner.store.read(|sql| {
            let labels = labels(sql)?;
            let chains = store::audit_chains(sql, kiosk)?;
            let own = chains.iter().any(|chain| chain.kiosk.is_none());
            let mut reports = chains
                .iter()
                .map(|chain| report(sql, chain, known, &labels))
                .collect::<Result<Vec<_>, OperatorError>>()?;
            if let Some(known) = known.filter(|_| !own && kiosk.is_none()) {
                reports.insert(0, lost(known));
            }
            Ok(reports)
        })
    }

    /// Shows `see` the entries that were asked for, in the order central took them in. That they were
    /// read is for the caller to note.
    ///
    /// # Errors
    /// When the store fails, or what `see` says.
    pub fn audit_lines<E: From<OperatorError>>(
        &self,
        ask: &AuditAsk,
        mut see: impl FnMut(AuditLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let filter = AuditFilter {
            kiosk: ask.kiosk,
            since: ask.since,
            event: ask.event.clone(),
        };
        let mut refused = None;
        let read = self.inner.store.read(|sql| {
            let labels = labels(sql)?;
            let chains: BTreeMap<i64, AuditChainRow> = store::audit_chains(sql, None)?
                .into_iter()
                .map(|chain| (chain.row, chain))
                .collect();
            store::each_audit_line(sql, &filter, |row| {
                let Some((chain, entry)) = chains.get(&row.chain).zip(row.entry) else {
                    // What is no entry any more is for `verify` to say.
                    return Ok(());
                };
                let line = AuditLine {
                    kiosk: chain.kiosk,
                    label: chain.kiosk.and_then(|id| labels.get(&id).cloned()),
                    process: chain.chain.process,
                    taken_at: row.taken_at,
                    entry,
                };
                match see(line) {
                    Ok(()) => Ok(()),
                    Err(error) => {
                        refused = Some(error);
                        Err(StoreError::Setting("nobody reads on"))
                    }
                }
            })
        });
        match (refused, read) {
            (Some(error), _) => Err(error),
            (None, read) => read.map_err(|error| OperatorError::from(error).into()),
        }
    }

    /// Notes that somebody read the audit.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_audit_read(
        &self,
        uid: u32,
        entries: u64,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        Ok(self.audit(kinds::audit_read(uid.into(), entries), now)?)
    }

    /// Notes that somebody verified the audit, and what came of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_audit_verified(
        &self,
        uid: u32,
        reports: &[AuditReport],
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        let broken = reports.iter().filter(|report| report.fault.is_some());
        let broken = broken.count() as u64;
        let event = kinds::audit_verified(uid.into(), reports.len() as u64, broken);
        Ok(self.audit(event, now)?)
    }
}

fn labels(sql: &Connection) -> Result<BTreeMap<KioskId, String>, StoreError> {
    let rows = store::kiosks(sql)?;
    Ok(rows.into_iter().map(|row| (row.id, row.label)).collect())
}

/// Central's own audit is gone altogether.
fn lost(known: Point) -> AuditReport {
    AuditReport {
        kiosk: None,
        label: None,
        chain: ChainId {
            process: Process::Central,
            life: uuid::Uuid::nil(),
        },
        intact_through: 0,
        hash: known.hash,
        signatures: 0,
        fault: Some(Fault::CutOff { number: 1 }.into()),
    }
}

fn report(
    sql: &Connection,
    chain: &AuditChainRow,
    known: Option<Point>,
    labels: &BTreeMap<KioskId, String>,
) -> Result<AuditReport, OperatorError> {
    let heads = store::audit_heads(sql, chain)?;
    let known = known.filter(|_| chain.kiosk.is_none());
    let mut walk = Walk {
        verifier: Verifier::new(chain.chain),
        signed: Verifier::new(chain.chain),
        heads: heads.iter().peekable(),
        known,
        chain,
        signatures: 0,
        fault: None,
        activity: BTreeMap::new(),
        earlier: 0,
    };
    store::each_audit_entry(sql, chain, |row| {
        walk.take(row.number, row.entry.as_ref());
        Ok::<_, StoreError>(match walk.fault {
            None => ControlFlow::Continue(()),
            Some(_) => ControlFlow::Break(()),
        })
    })?;
    walk.end();
    let at = walk.verifier.at();
    let fault = match walk.fault {
        None if chain.kiosk.is_none() => activity(sql, walk.earlier, &walk.activity)?,
        fault => fault,
    };
    Ok(AuditReport {
        kiosk: chain.kiosk,
        label: chain.kiosk.and_then(|id| labels.get(&id).cloned()),
        chain: chain.chain,
        intact_through: at.number,
        hash: at.hash,
        signatures: walk.signatures,
        fault,
    })
}

/// What is compared along a chain.
struct Walk<'a> {
    verifier: Verifier,
    /// As it was at the last good signature.
    signed: Verifier,
    heads: std::iter::Peekable<std::slice::Iter<'a, AuditHeadRow>>,
    known: Option<Point>,
    chain: &'a AuditChainRow,
    signatures: usize,
    fault: Option<AuditFault>,
    /// Lines of the activity that central's own audit names.
    activity: BTreeMap<u64, Hash>,
    /// Lines that are older than the audit.
    earlier: u64,
}

impl Walk<'_> {
    fn take(&mut self, number: u64, entry: Option<&Entry>) {
        let done = match entry {
            Some(entry) => self.verifier.take(entry),
            None => Err(Fault::Altered { number }),
        };
        let done = done.map_err(AuditFault::from).and_then(|()| self.compare());
        if let Err(fault) = done {
            // Whoever writes entries anew seals them well: of those, what is behind the last good
            // signature may be theirs.
            if fault.is == "rewritten" || fault.is == "signature" {
                self.verifier = self.signed;
            }
            self.fault = Some(fault);
            return;
        }
        if let Some(entry) = entry {
            self.note_activity(entry);
        }
    }

    /// Compares with what was signed, or kept elsewhere, at this place.
    fn compare(&mut self) -> Result<(), AuditFault> {
        let number = self.verifier.at().number;
        while let Some(head) = self.heads.next_if(|head| head.point.number <= number) {
            if head.point.number == number {
                self.verifier.reaches(head.point)?;
            }
            if !is_signed(self.chain, head) {
                let words = "the signature over it is not the kiosk's";
                return Err(AuditFault::new("signature", number, words));
            }
            self.signatures += 1;
            self.signed = self.verifier;
        }
        match self.known {
            Some(known) if known.number == number => Ok(self.verifier.reaches(known)?),
            Some(_) | None => Ok(()),
        }
    }

    fn note_activity(&mut self, entry: &Entry) {
        let number = |name: &str| match entry.fields().get(name) {
            Some(Value::Number(number)) => u64::try_from(*number).ok(),
            Some(Value::Word(_)) | None => None,
        };
        let hash = match entry.fields().get("sha256") {
            Some(Value::Word(word)) => word.as_str().parse().ok(),
            Some(Value::Number(_)) | None => None,
        };
        if let Some((number, hash)) = number("activity").zip(hash) {
            self.activity.insert(number, hash);
        } else if entry.event == "audit.began" {
            self.earlier = number("earlier").unwrap_or(0);
        }
    }

    /// Compares with what ought to be there behind the last entry.
    fn end(&mut self) {
        if self.fault.is_some() {
            return;
        }
        let last_head = self.heads.clone().map(|head| head.point).next_back();
        let ends = [last_head, self.known, Some(self.chain.at)];
        for point in ends.into_iter().flatten() {
            if let Err(fault) = self.verifier.reaches(point) {
                self.fault = Some(fault.into());
                return;
            }
        }
        let at = self.verifier.at();
        if at.number > self.chain.at.number {
            let words = "there are entries behind the last that central took in";
            self.fault = Some(AuditFault::new("put_in", self.chain.at.number + 1, words));
        } else if self.chain.kiosk.is_some() && self.signatures == 0 && at.number > 0 {
            let words = "nothing of it is signed by the kiosk";
            self.fault = Some(AuditFault::new("signature", 1, words));
        }
    }
}

/// Compares the lines of the activity with what central's own audit says of them.
fn activity(
    sql: &Connection,
    earlier: u64,
    named: &BTreeMap<u64, Hash>,
) -> Result<Option<AuditFault>, OperatorError> {
    const CHUNK: usize = 1_000;
    let mut named = named.iter().peekable();
    let mut after = earlier;
    let gone = |number: u64| {
        let words = format!("line {number} of the activity is missing");
        Some(AuditFault::new("activity_cut", number, words))
    };
    loop {
        let rows = store::activity_after(sql, after, CHUNK)?;
        let Some(last) = rows.last() else {
            return Ok(named.next().and_then(|(number, _)| gone(*number)));
        };
        after = last.number;
        for row in &rows {
            match named.next() {
                Some((number, hash)) if *number == row.number && *hash == row.hash() => {}
                Some((number, _)) if *number < row.number => return Ok(gone(*number)),
                Some((number, _)) if *number == row.number => {
                    let words = format!("line {number} of the activity is not what was written");
                    return Ok(Some(AuditFault::new("activity_altered", *number, words)));
                }
                Some(_) | None => {
                    let words = format!("line {} of the activity was put in", row.number);
                    return Ok(Some(AuditFault::new("activity_put_in", row.number, words)));
                }
            }
        }
    }
}
