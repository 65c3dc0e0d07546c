//! A server that answers as a test says, and the authority that vouches for both sides.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use dayroom_protocol::route;
use futures_util::{Stream, TryStreamExt};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::*;

pub(super) type Body = BoxBody<Bytes, io::Error>;
pub(super) type Answer = Arc<dyn Fn(Request<Bytes>) -> Response<Body> + Send + Sync>;

pub(super) fn full(body: impl Into<Bytes>) -> Body {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed()
}

pub(super) fn pieces(
    pieces: impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync + 'static,
) -> Body {
    StreamBody::new(pieces.map_ok(Frame::data)).boxed()
}

/// A JSON answer in the agreed form.
pub(super) fn json(body: &str) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .header(route::CONTENT_DIGEST, json::digest_header(body.as_bytes()))
        .body(full(body.to_owned()))
        .unwrap()
}

pub(super) struct Authority {
    root_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let root = params.self_signed(&key).unwrap();
        Self {
            root_pem: root.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(&self, usage: ExtendedKeyUsagePurpose, years: (i32, i32)) -> (String, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["central.test".to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key)
    }

    /// A kiosk's identity that holds from one new year to another.
    pub(super) fn kiosk(&self, years: (i32, i32)) -> DeviceIdentity {
        let (chain, key) = self.kiosk_in_pem(years);
        let key = MemoryKey::from_pem(key.as_bytes()).unwrap();
        DeviceIdentity::new(chain.as_bytes(), Arc::new(key)).unwrap()
    }

    /// The same as chain and key.
    pub(super) fn kiosk_in_pem(&self, years: (i32, i32)) -> (String, String) {
        let (chain, key) = self.issue(ExtendedKeyUsagePurpose::ClientAuth, years);
        (chain, key.serialize_pem())
    }

    pub(super) fn chain_of_another_kiosk(&self) -> String {
        self.issue(ExtendedKeyUsagePurpose::ClientAuth, (2020, 2040))
            .0
    }
}

pub(super) struct Server {
    pub(super) port: u16,
}

impl Server {
    pub(super) async fn start(authority: &Authority, answer: Answer) -> Self {
        Self::start_with(authority, answer, &rustls::version::TLS13).await
    }

    pub(super) async fn start_with(
        authority: &Authority,
        answer: Answer,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(pem_certificate(&authority.root_pem)).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .unwrap();
        let (chain, key) = authority.issue(ExtendedKeyUsagePurpose::ServerAuth, (2020, 2040));
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![pem_certificate(&chain)],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let service = service_fn(move |request: Request<Incoming>| {
                        let answer = Arc::clone(&answer);
                        async move {
                            let (head, body) = request.into_parts();
                            let body = body.collect().await?.to_bytes();
                            Ok::<_, hyper::Error>(answer(Request::from_parts(head, body)))
                        }
                    });
                    // A peer that goes away is no failure of the test.
                    let _gone = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { port }
    }

    pub(super) fn transport(&self, authority: &Authority, deadlines: Deadlines) -> Transport {
        self.transport_as(authority, &authority.kiosk((2020, 2040)), deadlines)
    }

    pub(super) fn transport_as(
        &self,
        trusted: &Authority,
        identity: &DeviceIdentity,
        deadlines: Deadlines,
    ) -> Transport {
        Transport::new(
            &self.endpoint(trusted),
            identity,
            deadlines,
            &super::trust(),
        )
        .unwrap()
    }

    pub(super) fn endpoint(&self, trusted: &Authority) -> Endpoint {
        Endpoint {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            server_name: "central.test".to_owned(),
            root_pem: trusted.root_pem.clone(),
        }
    }
}

fn pem_certificate(pem: &str) -> CertificateDer<'static> {
    use rustls_pki_types::pem::PemObject;
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}
