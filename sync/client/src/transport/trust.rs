use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dayroom_protocol::UtcMillis;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{RevocationList, SetupError, Validity, is_about_time};

/// What a kiosk's clock says, and how much that is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The time; never below what somebody of the private root, or the build, proved to be past.
    pub utc: UtcMillis,
    /// The machine's own clock stands below what is proven, so it is wrong: `utc` is then only the
    /// earliest that it can be.
    pub behind: bool,
}

/// A kiosk's clock, asked anew for each certificate.
#[derive(Clone)]
pub struct WallClock(Arc<dyn Fn() -> Reading + Send + Sync>);

impl WallClock {
    /// A clock that says what `read` says.
    pub fn new(read: impl Fn() -> Reading + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// A clock that stands still and is right.
    pub fn standing(utc: UtcMillis) -> Self {
        Self::new(move || Reading { utc, behind: false })
    }

    /// What it says now.
    pub fn read(&self) -> Reading {
        (self.0)()
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WallClock").field(&self.read()).finish()
    }
}

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        unix(self.read().utc)
    }
}

/// By what a server is believed to be central.
#[derive(Clone, Debug)]
pub struct Trust {
    /// By which time its certificate is judged.
    pub clock: WallClock,
    /// The newest revocation list that is held, of any age.
    pub revocations: Option<RevocationList>,
}

impl Trust {
    /// By this clock, with no list yet.
    pub fn by(clock: WallClock) -> Self {
        Self {
            clock,
            revocations: None,
        }
    }
}

/// Believes a server whose certificate is of a private root, bears its name, is meant for servers,
/// is not revoked by the list that is held, and holds now; and so must the root.
///
/// *Now* is bounded from below by what is proven. Where the machine's clock stands below that, it
/// says nothing, and the time is only known not to be earlier: then a certificate that begins later
/// is believed from its own beginning on, because the root signed that too. Without this a kiosk
/// whose clock lost its time could not come back after central's next certificate. Nothing is ever
/// believed that ended before the earliest time it can be, and a clock that is not proven wrong is
/// taken at its word.
#[derive(Debug)]
pub(super) struct ServerJudge {
    clock: WallClock,
    roots: Vec<(Validity, Arc<WebPkiServerVerifier>)>,
}

impl ServerJudge {
    pub(super) fn new(root_pem: &str, trust: &Trust) -> Result<Self, SetupError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut judges = Vec::new();
        for root in CertificateDer::pem_slice_iter(root_pem.as_bytes()) {
            let root = root.map_err(|_| SetupError::Root)?;
            let validity = Validity::of(&root).ok_or(SetupError::Root)?;
            let mut store = RootCertStore::empty();
            store.add(root)?;
            let mut builder =
                WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider));
            if let Some(list) = &trust.revocations {
                // No age is too old: it is the newest there is (and not every kiosk has one).
                builder = builder
                    .with_crls([list.der()])
                    .only_check_end_entity_revocation()
                    .allow_unknown_revocation_status();
            }
            let judge = builder.build().map_err(|_| SetupError::Root)?;
            judges.push((validity, judge));
        }
        if judges.is_empty() {
            return Err(SetupError::Root);
        }
        Ok(Self {
            clock: trust.clock.clone(),
            roots: judges,
        })
    }

    /// The time at which this chain is judged.
    fn time(&self, end_entity: &CertificateDer<'_>, root: Validity) -> UtcMillis {
        let reading = self.clock.read();
        let begins = Validity::of(end_entity).map(|validity| validity.from.max(root.from));
        match begins {
            Some(begins) if reading.behind => reading.utc.max(begins),
            Some(_) | None => reading.utc,
        }
    }
}

impl ServerCertVerifier for ServerJudge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut verdict = Err(CertificateError::UnknownIssuer.into());
        for (root, judge) in &self.roots {
            let at = |now: UtcMillis| {
                let at = unix(now).ok_or(rustls::Error::FailedToGetCurrentTime)?;
                judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at)
            };
            let now = self.time(end_entity, *root);
            verdict = at(now).and_then(|verified| match root.outside(now) {
                // A root vouches for nothing outside its own life.
                Some(error) => Err(error.into()),
                None => Ok(verified),
            });
            match &verdict {
                Ok(_) => break,
                // The library looks at the dates first. That only they are wrong is worth knowing, so
                // a stranger's certificate must not be taken for one of ours that has ended.
                Err(error) if is_about_time(error) => {
                    let begins = Validity::of(end_entity).map_or(now, |validity| validity.from);
                    if let Err(error) = at(begins)
                        && !is_about_time(&error)
                    {
                        verdict = Err(error);
                    }
                }
                Err(_) => {}
            }
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // Only TLS 1.3 is spoken.
        Err(rustls::Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match self.roots.first() {
            Some((_, judge)) => judge.verify_tls13_signature(message, certificate, signed),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.roots
            .first()
            .map(|(_, judge)| judge.supported_verify_schemes())
            .unwrap_or_default()
    }
}

impl Validity {
    /// Why a certificate of this life proves nothing at `now`.
    fn outside(self, now: UtcMillis) -> Option<CertificateError> {
        if now < self.from {
            Some(CertificateError::NotValidYet)
        } else if now > self.until {
            Some(CertificateError::Expired)
        } else {
            None
        }
    }
}

fn unix(utc: UtcMillis) -> Option<UnixTime> {
    let millis = u64::try_from(utc.0).ok()?;
    Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
}
