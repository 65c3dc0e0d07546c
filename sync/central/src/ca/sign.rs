use std::net::IpAddr;
use std::time::Duration;

use dayroom_protocol::{KIOSK_URN, KioskId, UtcMillis};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber,
};
use time::OffsetDateTime;

use super::ledger::{Ledger, Serial};
use super::{BACK_DATE, CaError};

/// The moment as certificates carry it, in whole seconds.
///
/// # Errors
/// When the year is outside what a certificate can carry.
pub fn moment(at: UtcMillis) -> Result<OffsetDateTime, CaError> {
    OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000)).map_err(|_| CaError::Moment(at.0))
}

pub(super) fn after(at: UtcMillis, span: Duration) -> UtcMillis {
    at.plus_millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

fn before(at: UtcMillis, span: Duration) -> UtcMillis {
    at.plus_millis(-i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

fn params(
    common_name: &str,
    serial: &Serial,
    now: UtcMillis,
    ends: UtcMillis,
) -> Result<CertificateParams, CaError> {
    let mut params = CertificateParams::default();
    params.not_before = moment(before(now, BACK_DATE))?;
    params.not_after = moment(ends)?;
    params.serial_number = Some(SerialNumber::from_slice(serial.as_bytes()));
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

pub(super) fn root_params(now: UtcMillis, ends: UtcMillis) -> Result<CertificateParams, CaError> {
    let mut params = params("Dayroom demo root", &Serial::random()?, now, ends)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

pub(super) fn server_params(
    names: &[String],
    now: UtcMillis,
    ends: UtcMillis,
) -> Result<CertificateParams, CaError> {
    let mut params = params("Dayroom central", &Serial::random()?, now, ends)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.subject_alt_names = names
        .iter()
        .map(|name| {
            Ok(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(Ia5String::try_from(name.as_str())?),
            })
        })
        .collect::<Result<_, rcgen::Error>>()?;
    Ok(params)
}

pub(super) fn kiosk_params(
    kiosk: KioskId,
    serial: &Serial,
    now: UtcMillis,
    ends: UtcMillis,
) -> Result<CertificateParams, CaError> {
    let mut params = params(&kiosk.to_string(), serial, now, ends)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = vec![SanType::URI(Ia5String::try_from(format!(
        "{KIOSK_URN}{kiosk}"
    ))?)];
    Ok(params)
}

pub(super) fn revocation_list(
    issuer: &Issuer<'_, KeyPair>,
    ledger: &Ledger,
) -> Result<String, CaError> {
    let revoked_certs = ledger
        .revoked(ledger.crl_made)
        .map(|(serial, at)| {
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from_slice(serial.as_bytes()),
                revocation_time: moment(at)?,
                reason_code: None,
                invalidity_date: None,
            })
        })
        .collect::<Result<_, CaError>>()?;
    let list = CertificateRevocationListParams {
        this_update: moment(ledger.crl_made)?,
        next_update: moment(ledger.crl_ends)?,
        crl_number: SerialNumber::from_slice(&ledger.crl_number.to_be_bytes()),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: KeyIdMethod::Sha256,
    }
    .signed_by(issuer)?;
    Ok(list.pem()?)
}
