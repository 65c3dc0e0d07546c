//! Takes in what kiosks' processes note, each entry once, and only if it follows what is here.
//!
//! A break is an alarm, once, and its entries are not taken: what central has stays as it is, what the
//! kiosk has stays there for whoever looks into it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_audit::{Fault, Head, Point, Process, Verifier, Word, kinds};
use dayroom_protocol::{AuditBatch, AuditHead, AuditReply, KioskId, UtcMillis, limits};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

use super::{Refused, in_service};
use crate::central::Central;
use crate::operator::{Alarm, append_alarm};
use crate::store::{self, AuditChainRow, AuditHeadRow, Tx};

/// Why a batch does not follow.
struct Break {
    number: u64,
    fault: &'static str,
}

impl From<Fault> for Break {
    fn from(fault: Fault) -> Self {
        Self {
            number: fault.number(),
            fault: fault.name(),
        }
    }
}

impl Central {
    /// Takes entries of a chain, verified on arrival, and says how far it goes then. `key` is that of
    /// the certificate the kiosk shows; what was signed with another is refused.
    ///
    /// # Errors
    /// [`Refused::AuditBroken`], with an alarm, if the entries do not follow, are another's than once
    /// were, or are not signed; [`Refused::BadRequest`], [`Refused::UnknownKiosk`].
    pub fn take_audit(
        &self,
        kiosk: KioskId,
        key: Option<&[u8]>,
        batch: &AuditBatch,
        now: UtcMillis,
    ) -> Result<AuditReply, Refused> {
        check_form(batch)?;
        let taken = self.write(|tx| {
            in_service(tx.sql(), kiosk)?;
            for one in &batch.unwritable {
                note_unwritable(tx, kiosk, one.process, one.since, now)?;
            }
            let mut chain = match store::audit_chain(tx.sql(), kiosk, batch.chain)? {
                Some(chain) => chain,
                None if batch.entries.is_empty() => {
                    return Ok(Ok(Point::start(batch.chain)));
                }
                None => begin(tx, kiosk, batch, now)?,
            };
            let has = chain.at.number;
            match take(tx, &mut chain, key, batch, now)? {
                Ok(()) => Ok(Ok(chain.at)),
                Err(broken) => {
                    alarm(tx, kiosk, batch.chain.process, &broken, now)?;
                    Ok::<_, Refused>(Err(has))
                }
            }
        })?;
        match taken {
            Ok(at) => Ok(AuditReply { at }),
            Err(has) => Err(Refused::AuditBroken { has }),
        }
    }
}

fn check_form(batch: &AuditBatch) -> Result<(), Refused> {
    let refuse = |what| Err(Refused::BadRequest(what));
    if batch.chain.process == Process::Central {
        return refuse("no kiosk has central's audit");
    }
    if batch.entries.len() > limits::AUDIT_ENTRIES {
        return refuse("too many entries of the audit");
    }
    if batch.unwritable.len() > Process::ALL.len() {
        return refuse("too many processes");
    }
    if batch
        .entries
        .iter()
        .any(|entry| entry.check_form().is_err())
    {
        return refuse("name of an event is not of its form");
    }
    match (&batch.head, batch.entries.last()) {
        (None, None) => Ok(()),
        (Some(head), Some(_)) if head.signature.len() > limits::SIGNATURE_BYTES => {
            refuse("signature is too long")
        }
        (Some(head), Some(last)) if head.point() == last.point() => Ok(()),
        (Some(_) | None, Some(_) | None) => refuse("head is not the last entry's"),
    }
}

/// A chain central has not seen. Another one of that process says that the kiosk lost it, or that
/// somebody made it lose it.
fn begin(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    batch: &AuditBatch,
    now: UtcMillis,
) -> Result<AuditChainRow, Refused> {
    let process = batch.chain.process;
    let before = store::latest_audit_chain(tx.sql(), Some(kiosk), process)?;
    let begun = tx.begin_audit_chain(Some(kiosk), batch.chain, now)?;
    if let Some(before) = before {
        let before = before.at.number;
        let event = kinds::audit_other_life(kiosk.0, Word::new(process.name()), before);
        tx.audit(event, now)?;
        let anew = Alarm::AuditBegunAnew { process, before };
        append_alarm(tx, kiosk, &anew, now)?;
    }
    Ok(begun)
}

fn take(
    tx: &mut Tx<'_>,
    chain: &mut AuditChainRow,
    key: Option<&[u8]>,
    batch: &AuditBatch,
    now: UtcMillis,
) -> Result<Result<(), Break>, Refused> {
    let Some(head) = &batch.head else {
        return Ok(Ok(()));
    };
    let has = chain.at.number;
    for entry in batch.entries.iter().filter(|entry| entry.number <= has) {
        let known = store::audit_entry(tx.sql(), chain, entry.number)?;
        if known.and_then(|known| known.entry).as_ref() != Some(entry) {
            let number = entry.number;
            return Ok(Err(Fault::Rewritten { number }.into()));
        }
    }
    let Some(signed) = signed(chain, key, head) else {
        return Ok(Err(Break {
            number: head.number,
            fault: "signature",
        }));
    };
    let last = store::audit_entry(tx.sql(), chain, has)?.and_then(|last| last.entry);
    let mut verifier = match &last {
        Some(last) => Verifier::resume(chain.chain, last),
        None => Verifier::after(chain.chain, chain.at),
    };
    let mut fresh = Vec::new();
    for entry in batch.entries.iter().filter(|entry| entry.number > has) {
        if let Err(fault) = verifier.take(entry) {
            return Ok(Err(fault.into()));
        }
        fresh.push(entry);
    }
    for entry in fresh {
        tx.append_audit(chain, entry, now)?;
    }
    tx.keep_audit_head(chain, &signed, now)?;
    Ok(Ok(()))
}

/// The head with its signature as bytes, if the key made it.
fn signed(chain: &AuditChainRow, key: Option<&[u8]>, head: &AuditHead) -> Option<AuditHeadRow> {
    let row = AuditHeadRow {
        point: head.point(),
        signed_at: head.at,
        key: key?.to_vec(),
        signature: STANDARD.decode(&head.signature).ok()?,
    };
    is_signed(chain, &row).then_some(row)
}

/// Whether a kept head was signed with the key beside it.
pub(crate) fn is_signed(chain: &AuditChainRow, head: &AuditHeadRow) -> bool {
    let Some(kiosk) = chain.kiosk else {
        return false;
    };
    let message = Head {
        kiosk: kiosk.0,
        chain: chain.chain,
        point: head.point,
        at_ms: head.signed_at.0,
    }
    .message();
    let Ok((_, key)) = SubjectPublicKeyInfo::from_der(&head.key) else {
        return false;
    };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.subject_public_key.data)
        .verify(&message, &head.signature)
        .is_ok()
}

fn alarm(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    process: Process,
    broken: &Break,
    now: UtcMillis,
) -> Result<(), Refused> {
    let Break { number, fault } = *broken;
    if tx.tell_audit_once(kiosk, &format!("broken {process} {number} {fault}"), now)? {
        let event = kinds::audit_broken(kiosk.0, process.name().into(), number, fault.into());
        tx.audit(event, now)?;
        let broken = Alarm::AuditBroken {
            process,
            number,
            fault: fault.to_owned(),
        };
        append_alarm(tx, kiosk, &broken, now)?;
    }
    Ok(())
}

fn note_unwritable(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    process: Process,
    since: UtcMillis,
    now: UtcMillis,
) -> Result<(), Refused> {
    if tx.tell_audit_once(kiosk, &format!("unwritable {process} {}", since.0), now)? {
        let event = kinds::audit_unwritable(kiosk.0, process.name().into(), since.0);
        tx.audit(event, now)?;
        append_alarm(tx, kiosk, &Alarm::AuditUnwritable { process, since }, now)?;
    }
    Ok(())
}
