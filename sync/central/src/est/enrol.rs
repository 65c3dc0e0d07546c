//! What a code and a certificate buy. Runs where it may block.

use std::sync::PoisonError;

use bytes::Bytes;
use dayroom_protocol::{EnrolmentCode, EnrolmentNumber, EnrolmentRefusal, KioskId, UtcMillis};
use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::basic::Basic;
use super::refused::Refused;
use super::{CertificateRequest, Est, RequestError, code};
use crate::ca::{KIOSK_URN, Serial};
use crate::operator::{append_enrolment_step, refused_step};
use crate::store::{self, EnrolmentRow, KioskRow, StoreError, Tx};
use crate::tls::PeerCertificate;
use crate::{CODE_TRIES, EnrolmentStep};

/// How long a used code buys the same certificate for the same key again: an answer that was lost
/// is asked for again at once, or by a technician who starts over.
const AGAIN_MILLIS: i64 = 15 * 60 * 1_000;

/// What is compared with where there is no code, so that it takes as long.
const NOBODYS: ([u8; 16], [u8; 32]) = ([0; 16], [0; 32]);

impl Est {
    /// The first certificate, for a one-time code.
    pub(super) fn first(
        &self,
        shown: &Basic,
        request: Result<Bytes, RequestError>,
        now: UtcMillis,
    ) -> Result<CertificateDer<'static>, Refused> {
        let row = self.right_code(shown, now)?;
        // A right code is not spent on a request that buys nothing.
        let request = CertificateRequest::from_body(&request?)?;
        let _one_at_a_time = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
        let row = self.spend(row.number, &request.key_sha256(), now)?;
        if let Some(certificate) = row.certificate {
            return Ok(certificate.into());
        }
        let issued = self
            .authority
            .issue_kiosk_for(row.kiosk, &request.public_key, now)?;
        // What the kiosk had in an earlier life counts no more.
        self.authority
            .revoke_kiosk_but(row.kiosk, &issued.serial, now)?;
        self.central.write::<_, StoreError>(|tx| {
            tx.keep_certificate(row.number, &issued.certificate)?;
            note_enrolled(tx, row.kiosk, &issued.serial, now)
        })?;
        Ok(issued.certificate)
    }

    /// The next certificate, for the one in use.
    pub(super) fn next(
        &self,
        shown: &CertificateDer<'_>,
        request: Result<Bytes, RequestError>,
        now: UtcMillis,
    ) -> Result<CertificateDer<'static>, Refused> {
        let peer = self.in_service(shown, now)?;
        let request = CertificateRequest::from_body(&request?)?;
        let (_, own) = X509Certificate::from_der(shown).map_err(|_| EnrolmentRefusal::Revoked)?;
        // RFC 7030, 4.2.2: both must be those of the certificate.
        if request.subject != own.subject().as_raw()
            || request.uris != [format!("{KIOSK_URN}{}", peer.kiosk)]
        {
            return Err(EnrolmentRefusal::Name.into());
        }
        let issued = self
            .authority
            .issue_kiosk_for(peer.kiosk, &request.public_key, now)?;
        let serial = issued.serial.to_string();
        self.central.write::<_, StoreError>(|tx| {
            append_enrolment_step(tx, peer.kiosk, &EnrolmentStep::Renewed { serial }, now)
        })?;
        Ok(issued.certificate)
    }

    /// Whose certificate this is, if it still counts: TLS has checked it when the connection began,
    /// which may be a while ago.
    pub(super) fn in_service(
        &self,
        shown: &CertificateDer<'_>,
        now: UtcMillis,
    ) -> Result<PeerCertificate, Refused> {
        let peer = PeerCertificate::read(shown).map_err(|_| EnrolmentRefusal::Revoked)?;
        if peer.ends < now || !self.authority.counts(peer.kiosk, &peer.serial)? {
            return Err(EnrolmentRefusal::Revoked.into());
        }
        let kiosk = self
            .central
            .inner
            .store
            .read(|sql| store::kiosk(sql, peer.kiosk))?;
        if kiosk.is_some_and(|kiosk| kiosk.retired_at.is_none()) {
            Ok(peer)
        } else {
            Err(EnrolmentRefusal::Retired.into())
        }
    }

    /// The enrolment that was meant, if the code is its code and can still buy something.
    fn right_code(&self, shown: &Basic, now: UtcMillis) -> Result<EnrolmentRow, Refused> {
        let said = shown.password.parse::<EnrolmentCode>();
        // The count is on disk before anything is compared, and so before any answer.
        let counted = self.central.write::<_, StoreError>(|tx| {
            let Some(row) = meant(tx, &shown.user)? else {
                return Ok(None);
            };
            if row.tries < CODE_TRIES && row.cancelled_at.is_none() {
                tx.count_try(row.number)?;
            }
            Ok(Some(row))
        })?;
        let Some(row) = counted else {
            // As slow as where there is one.
            let (salt, hash) = NOBODYS;
            if let Ok(said) = &said {
                code::matches(&salt, &hash, said);
            }
            return Err(EnrolmentRefusal::Wrong.into());
        };
        if row.tries >= CODE_TRIES || row.cancelled_at.is_some() {
            return Err(EnrolmentRefusal::Void.into());
        }
        let right = said.is_ok_and(|said| code::matches(&row.salt, &row.hash, &said));
        let reason = self.central.write::<_, StoreError>(|tx| {
            if !right {
                refuse(tx, row.kiosk, EnrolmentRefusal::Wrong, now)?;
                return Ok(Some(EnrolmentRefusal::Wrong));
            }
            tx.uncount_try(row.number)?;
            let kiosk = store::kiosk(tx.sql(), row.kiosk)?;
            let reason = standing(&row, kiosk.as_ref(), now);
            if let Some(reason) = reason {
                refuse(tx, row.kiosk, reason, now)?;
            }
            Ok(reason)
        })?;
        reason.map_or(Ok(row), |reason| Err(reason.into()))
    }

    /// Spends a right code on a key; again, for a while, on the same one.
    fn spend(
        &self,
        number: EnrolmentNumber,
        key: &[u8; 32],
        now: UtcMillis,
    ) -> Result<EnrolmentRow, Refused> {
        let spent = self.central.write::<_, StoreError>(|tx| {
            // Another request may have used it meanwhile.
            let Some(row) = store::enrolment(tx.sql(), number)? else {
                return Ok(Err(EnrolmentRefusal::Wrong));
            };
            if row.cancelled_at.is_some() {
                return Ok(Err(EnrolmentRefusal::Void));
            }
            let another = row.used_by.as_ref().is_some_and(|by| by != key);
            if another {
                refuse(tx, row.kiosk, EnrolmentRefusal::Used, now)?;
                return Ok(Err(EnrolmentRefusal::Used));
            }
            tx.use_enrolment(number, key, now)?;
            Ok(Ok(row))
        })?;
        Ok(spent?)
    }
}

/// The enrolment a user name means: the newest of a kiosk by its id, or one by its number.
fn meant(tx: &Tx<'_>, user: &str) -> Result<Option<EnrolmentRow>, StoreError> {
    if let Ok(kiosk) = user.parse::<KioskId>() {
        return store::enrolment_of(tx.sql(), kiosk);
    }
    match user.parse::<EnrolmentNumber>() {
        Ok(number) => store::enrolment(tx.sql(), number),
        Err(_) => Ok(None),
    }
}

/// Why a right code buys nothing, if so.
fn standing(
    row: &EnrolmentRow,
    kiosk: Option<&KioskRow>,
    now: UtcMillis,
) -> Option<EnrolmentRefusal> {
    let Some(kiosk) = kiosk.filter(|kiosk| kiosk.retired_at.is_none()) else {
        return Some(EnrolmentRefusal::Retired);
    };
    if (kiosk.facility, kiosk.unit) != (row.facility, row.unit) {
        return Some(EnrolmentRefusal::Moved);
    }
    match row.used_at {
        Some(used) => {
            let since = now.millis_since(used);
            (since.unsigned_abs() > AGAIN_MILLIS.unsigned_abs()).then_some(EnrolmentRefusal::Used)
        }
        None => (now >= row.expires).then_some(EnrolmentRefusal::Expired),
    }
}

fn refuse(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    reason: EnrolmentRefusal,
    now: UtcMillis,
) -> Result<(), StoreError> {
    append_enrolment_step(tx, kiosk, &refused_step(reason), now)
}

fn note_enrolled(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    serial: &Serial,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let serial = serial.to_string();
    append_enrolment_step(tx, kiosk, &EnrolmentStep::Enrolled { serial }, now)
}
