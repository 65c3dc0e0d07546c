use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use dayroom_protocol::{RootPin, UtcMillis};
use ring::digest::{SHA256, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::{DigitallySignedStruct, PeerMisbehaved, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::issued::pem;
use super::moment::Moment;
use super::{EstClient, EstError, EstPlace};
use crate::transport::{self, Deadlines};

/// The root that a code names, and that the server at this place is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootstrapped {
    /// The root, PEM: what is to be trusted from now on.
    pub root_pem: String,
}

/// Fetches the root on first contact (RFC 7030, 4.1.1): from a server that is not known yet, over a
/// connection on which nothing but this is asked for. It counts only if it is the root that `pin`
/// names and the server has shown, and signed with, a certificate of it for this name.
///
/// With a one-time file, which has the root in it, this is still the way to learn of a wrong clock.
///
/// # Errors
/// [`EstError::WrongRoot`] when it is another root's server; [`EstError::Clock`] when it is the
/// right one, but not at `now`; else see [`EstError`].
pub async fn bootstrap(
    place: &EstPlace,
    pin: RootPin,
    now: UtcMillis,
    deadlines: Deadlines,
) -> Result<Bootstrapped, EstError> {
    let name =
        ServerName::try_from(place.est_name.clone()).map_err(|_| transport::SetupError::Address)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let shown = Arc::new(Shown {
        provider: Arc::clone(&provider),
        chain: Mutex::new(Vec::new()),
    });
    let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(&shown) as _;
    let config = transport::client_tls(Moment(now))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let client = EstClient::with_tls(&place.host, place.port, &place.est_name, config, deadlines)?;
    let (certificates, date) = client.cacerts_and_date().await?;
    let root = certificates
        .into_iter()
        .find(|certificate| pin_of(certificate) == Some(pin))
        .ok_or(EstError::WrongRoot)?;
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).map_err(|_| EstError::WrongRoot)?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|_| EstError::WrongRoot)?;
    let chain = shown.take();
    let (own, others) = chain.split_first().ok_or(EstError::WrongRoot)?;
    if let Err(error) = verifier.verify_server_cert(own, others, &name, &[], Moment(now).unix()) {
        let central = date.as_deref().and_then(moment_of);
        let central = central.filter(|_| transport::is_about_time(&error));
        return Err(
            central.map_or(EstError::WrongRoot, |central| EstError::Clock {
                here: now,
                central,
            }),
        );
    }
    Ok(Bootstrapped {
        root_pem: pem(&root),
    })
}

fn pin_of(certificate: &CertificateDer<'_>) -> Option<RootPin> {
    let sha256 = digest(&SHA256, certificate);
    let sha256: &[u8; 32] = sha256.as_ref().try_into().ok()?;
    Some(RootPin::of(sha256))
}

/// A moment as HTTP writes it (RFC 9110, 5.6.7).
fn moment_of(date: &str) -> Option<UtcMillis> {
    let at = httpdate::parse_http_date(date).ok()?;
    let millis = at.duration_since(UNIX_EPOCH).ok()?.as_millis();
    i64::try_from(millis).ok().map(UtcMillis)
}

/// Takes any certificate for the moment and keeps it, to be judged when the root is here. That the
/// server has its key is checked at once.
#[derive(Debug)]
struct Shown {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl Shown {
    fn take(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut self.chain.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(own)
            .chain(others)
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        let mut shown = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_empty() {
            *shown = chain;
        } else if *shown != chain {
            // A second connection to another server would mix up what is judged.
            return Err(rustls::Error::General("another certificate".to_owned()));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerMisbehaved::SelectedTls12UsingTls13VersionExtension.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, own, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
