//! Tries the way to central step by step, for a technician: the network, then TLS. What comes after,
//! a request, goes the usual way ([`Transport`]).

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dayroom_protocol::HealthKnown;
use rustls::ClientConnection;
use rustls_pki_types::ServerName;

use super::connect::tls;
use super::{Endpoint, Identity, SetupError, Transport, TransportError, Trust};

/// How far the way to central stands open, and how long each step took.
#[derive(Debug)]
pub struct Probe {
    /// Name lookup and TCP.
    pub network: Result<Duration, io::Error>,
    /// TLS with central's own certificate; none where the network does not go so far.
    pub tls: Option<Result<Duration, TlsTrouble>>,
}

/// Why TLS did not come to stand.
#[derive(Debug, thiserror::Error)]
pub enum TlsTrouble {
    /// It cannot be set up here: root, certificate or address.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What answers is not central, or not with a certificate that holds now.
    #[error("what answers does not prove to be central: {0}")]
    NotCentral(rustls::Error),
    /// What answers broke off, or does not speak TLS.
    #[error("what answers does not speak TLS as central does: {0}")]
    BrokeOff(String),
}

impl Transport {
    /// Asks what central knows of this kiosk's health, which changes nothing, and how long it took.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn timed_request(&self) -> (Result<HealthKnown, TransportError>, Duration) {
        let start = Instant::now();
        let answer = self.health_known().await;
        (answer, start.elapsed())
    }
}

/// Tries it, each step for at most `patience`. Blocks. Nothing is asked of central.
pub fn probe(
    endpoint: &Endpoint,
    identity: &dyn Identity,
    trust: &Trust,
    patience: Duration,
) -> Probe {
    let start = Instant::now();
    let mut stream = match connect(endpoint, patience) {
        Ok(stream) => stream,
        Err(error) => {
            return Probe {
                network: Err(error),
                tls: None,
            };
        }
    };
    let network = start.elapsed();
    let start = Instant::now();
    let tls = shake_hands(&mut stream, endpoint, identity, trust).map(|()| start.elapsed());
    Probe {
        network: Ok(network),
        tls: Some(tls),
    }
}

fn connect(endpoint: &Endpoint, patience: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (endpoint.host.as_str(), endpoint.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => {
                stream.set_read_timeout(Some(patience))?;
                stream.set_write_timeout(Some(patience))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn shake_hands(
    stream: &mut TcpStream,
    endpoint: &Endpoint,
    identity: &dyn Identity,
    trust: &Trust,
) -> Result<(), TlsTrouble> {
    let config = tls(&endpoint.root_pem, Some(identity), trust)?;
    let name = ServerName::try_from(endpoint.server_name.clone())
        .map_err(|_| TlsTrouble::Setup(SetupError::Address))?;
    let mut connection = ClientConnection::new(Arc::new(config), name)
        .map_err(|error| TlsTrouble::Setup(error.into()))?;
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(stream) {
            let inside = error
                .get_ref()
                .and_then(|inside| inside.downcast_ref::<rustls::Error>());
            return Err(match inside {
                Some(
                    trouble @ (rustls::Error::InvalidCertificate(_)
                    | rustls::Error::NoCertificatesPresented),
                ) => TlsTrouble::NotCentral(trouble.clone()),
                Some(_) | None => TlsTrouble::BrokeOff(error.to_string()),
            });
        }
    }
    connection.send_close_notify();
    // The other end learns of it from the closed line as well.
    let _told = connection.write_tls(stream);
    Ok(())
}
