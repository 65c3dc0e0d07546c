use std::sync::Arc;
use std::time::Duration;

use dayroom_protocol::{KIOSK_URN, KioskId, UtcMillis};
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::CertificateError;
use super::moment::Moment;
use crate::transport::Validity;

/// Longest life of a certificate that is used: central gives 30 days, and an hour back.
const LONGEST: Duration = Duration::from_secs(400 * 24 * 3_600);

/// A certificate that may be used: for our key, our kiosk, by our root, holding now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The chain, our own first, the root left out.
    pub chain: Vec<CertificateDer<'static>>,
    /// Which kiosk it names.
    pub kiosk: KioskId,
    /// When it holds.
    pub validity: Validity,
}

impl Issued {
    /// Checks what an EST server sent before it is kept: `public_key` is the DER
    /// `SubjectPublicKeyInfo` the request was for; `kiosk` the one it must name, if that is known.
    ///
    /// # Errors
    /// See [`CertificateError`]; then the one in use stays.
    pub fn check(
        sent: &[CertificateDer<'_>],
        public_key: &[u8],
        kiosk: Option<KioskId>,
        root_pem: &str,
        now: UtcMillis,
    ) -> Result<Self, CertificateError> {
        let own = sent
            .iter()
            .find(|certificate| {
                X509Certificate::from_der(certificate)
                    .is_ok_and(|(_, parsed)| parsed.public_key().raw == public_key)
            })
            .ok_or(CertificateError::Key)?;
        let validity = Validity::of(own).ok_or(CertificateError::Unreadable)?;
        let named = kiosk_of(own)?;
        if kiosk.is_some_and(|kiosk| kiosk != named) {
            return Err(CertificateError::Kiosk);
        }
        if validity.cause(now).is_some() {
            return Err(CertificateError::Validity {
                from: validity.from,
                until: validity.until,
            });
        }
        let longest = i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX);
        if validity.until.millis_since(validity.from) > longest {
            return Err(CertificateError::TooLong);
        }
        let (roots, root) = root(root_pem)?;
        let others: Vec<CertificateDer<'_>> = sent
            .iter()
            .filter(|other| *other != own && **other != root)
            .cloned()
            .collect();
        // What central will check when this certificate is shown to it.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| CertificateError::Chain(error.to_string()))?
            .verify_client_cert(own, &others, Moment(now).unix())
            .map_err(|error| CertificateError::Chain(error.to_string()))?;
        let chain = std::iter::once(own)
            .chain(&others)
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        Ok(Self {
            chain,
            kiosk: named,
            validity,
        })
    }

    /// The chain as PEM, for `identity/cert.pem`.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| pem(der)).collect()
    }
}

/// A certificate as PEM.
pub(super) fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}

fn kiosk_of(own: &CertificateDer<'_>) -> Result<KioskId, CertificateError> {
    let (_, parsed) = X509Certificate::from_der(own).map_err(|_| CertificateError::Unreadable)?;
    let names = parsed
        .subject_alternative_name()
        .map_err(|_| CertificateError::Unreadable)?
        .ok_or(CertificateError::Kiosk)?;
    match names.value.general_names.as_slice() {
        [GeneralName::URI(uri)] => uri
            .strip_prefix(KIOSK_URN)
            .and_then(|id| id.parse().ok())
            .ok_or(CertificateError::Kiosk),
        _ => Err(CertificateError::Kiosk),
    }
}

fn root(root_pem: &str) -> Result<(RootCertStore, CertificateDer<'static>), CertificateError> {
    let root = CertificateDer::from_pem_slice(root_pem.as_bytes())
        .map_err(|_| CertificateError::Unreadable)?;
    let mut roots = RootCertStore::empty();
    roots
        .add(root.clone())
        .map_err(|_| CertificateError::Unreadable)?;
    Ok((roots, root))
}
