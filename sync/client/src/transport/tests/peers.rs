use std::sync::Arc;

use super::*;

const PAGE: &str =
    r#"{"epoch":"e 1","after":"3.4","cursor":"5.6","records":[],"more":false,"now":1}"#;

fn page() -> Answer {
    Arc::new(|request| {
        assert_eq!(request.uri().path(), "/v1/changes");
        assert_eq!(request.uri().query(), Some("epoch=e+1&after=3.4"));
        json(PAGE)
    })
}

#[tokio::test]
async fn a_page_comes_over_mutual_tls() {
    let page = kiosk_of(page()).await.changes(&place()).await.unwrap();
    assert_eq!(page.cursor.0, "5.6");
}

#[tokio::test]
async fn a_server_of_another_root_is_refused() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = Server::start(&theirs, page()).await;
    let transport = server.transport(&ours, deadlines());
    let error = transport.changes(&place()).await.unwrap_err();
    assert!(matches!(error, TransportError::WrongServer(_)), "{error:?}");
    assert_eq!(told(&error), Failure::Contact(Cause::WrongServer));
}

#[tokio::test]
async fn a_server_under_another_name_is_refused() {
    let authority = Authority::new();
    let server = Server::start(&authority, page()).await;
    let endpoint = Endpoint {
        server_name: "elsewhere.test".to_owned(),
        ..server.endpoint(&authority)
    };
    let transport = Transport::new(
        &endpoint,
        &authority.kiosk((2020, 2040)),
        deadlines(),
        &trust(),
    )
    .unwrap();
    let error = transport.changes(&place()).await.unwrap_err();
    assert!(matches!(error, TransportError::WrongServer(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_knows_only_tls_1_2_is_refused() {
    let authority = Authority::new();
    let server = Server::start_with(&authority, page(), &rustls::version::TLS12).await;
    let transport = server.transport(&authority, deadlines());
    let error = transport.changes(&place()).await.unwrap_err();
    assert!(!matches!(error, TransportError::Answer(_)), "{error:?}");
    assert!(matches!(told(&error), Failure::Contact(_)));
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let authority = Authority::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server {
        port: listener.local_addr().unwrap().port(),
    };
    drop(listener);
    let transport = server.transport(&authority, deadlines());
    let error = transport.changes(&place()).await.unwrap_err();
    assert_eq!(told(&error), Failure::Contact(Cause::Unreachable));
}

#[tokio::test]
async fn a_server_that_never_says_a_word_is_unreachable() {
    let authority = Authority::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server {
        port: listener.local_addr().unwrap().port(),
    };
    let impatient = Deadlines {
        connect: Duration::from_millis(200),
        ..deadlines()
    };
    let transport = server.transport(&authority, impatient);
    let error = transport.changes(&place()).await.unwrap_err();
    assert_eq!(told(&error), Failure::Contact(Cause::Unreachable));
}

#[tokio::test]
async fn a_kiosk_that_central_turns_away_says_why_by_its_own_certificate_and_clock() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = Server::start(&ours, page()).await;
    let foreign = theirs.kiosk((2020, 2040));
    let error = server
        .transport_as(&ours, &foreign, deadlines())
        .changes(&place())
        .await
        .unwrap_err();
    assert!(matches!(error, TransportError::HungUp(_)), "{error:?}");
    assert_eq!(diagnose(&error, foreign.validity(), TODAY), Cause::Refused);
    let expired = ours.kiosk((2020, 2021));
    let error = server
        .transport_as(&ours, &expired, deadlines())
        .changes(&place())
        .await
        .unwrap_err();
    assert_eq!(
        diagnose(&error, expired.validity(), TODAY),
        Cause::CertificateExpired
    );
    let early = ours.kiosk((2038, 2040));
    let error = server
        .transport_as(&ours, &early, deadlines())
        .changes(&place())
        .await
        .unwrap_err();
    assert_eq!(
        diagnose(&error, early.validity(), TODAY),
        Cause::CertificateNotYetValid
    );
}

#[test]
fn a_key_of_another_certificate_is_refused_before_anything_is_sent() {
    let chain = Authority::new().chain_of_another_kiosk();
    let key = Arc::new(MemoryKey::generate().unwrap());
    let error = DeviceIdentity::new(chain.as_bytes(), key).unwrap_err();
    assert_eq!(error, IdentityError::Mismatch);
}

#[tokio::test]
async fn a_key_that_will_not_sign_is_named_and_not_the_server() {
    /// A TPM that is locked.
    #[derive(Debug)]
    struct Locked(MemoryKey);
    impl Signer for Locked {
        fn public_key(&self) -> &[u8] {
            self.0.public_key()
        }
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
            Err(SignError("the TPM is locked".to_owned()))
        }
    }
    let authority = Authority::new();
    let server = Server::start(&authority, page()).await;
    let (chain, key) = authority.kiosk_in_pem((2020, 2040));
    let key = Locked(MemoryKey::from_pem(key.as_bytes()).unwrap());
    let identity = DeviceIdentity::new(chain.as_bytes(), Arc::new(key)).unwrap();
    let transport = server.transport_as(&authority, &identity, deadlines());
    let error = transport.changes(&place()).await.unwrap_err();
    assert!(matches!(error, TransportError::Key(_)), "{error:?}");
    assert_eq!(told(&error), Failure::Contact(Cause::KeyFailed));
}

#[test]
fn an_identity_shows_no_key_when_it_is_logged() {
    let identity = Authority::new().kiosk((2020, 2040));
    assert_eq!(
        format!("{identity:?}"),
        "DeviceIdentity { validity: Validity { from: UtcMillis(1577836800000), until: UtcMillis(2208988800000) }, .. }"
    );
    let key = MemoryKey::generate().unwrap();
    assert_eq!(format!("{key:?}"), "MemoryKey { .. }");
}
