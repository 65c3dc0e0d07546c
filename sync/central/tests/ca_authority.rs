//! The certificate authority in its folder.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod edge;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use dayroom_central::ca::{Authority, CaError, Site, write_kiosk_bundle};
use dayroom_central::tls::PeerCertificate;
use dayroom_protocol::{FacilityId, UnitId};
use edge::{DAY, NORTH, SOUTH, new_authority, now};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tempfile::TempDir;
use x509_parser::prelude::{FromDer, X509Certificate};

#[test]
fn keys_are_readable_by_their_owner_alone() {
    let folder = TempDir::new().unwrap();
    let authority = new_authority(folder.path());
    let kiosk = folder.path().join("kiosk");
    write_kiosk_bundle(
        &kiosk,
        &site(&authority),
        &authority.issue_kiosk(NORTH, now()).unwrap(),
    )
    .unwrap();
    assert_eq!(mode(&folder.path().join("ca")), 0o700);
    assert_eq!(mode(&kiosk.join("identity")), 0o700);
    for secret in ["ca/root.key.pem", "ca/server.pem", "ca/ledger.json"] {
        assert_eq!(mode(&folder.path().join(secret)), 0o600, "{secret}");
    }
    for secret in ["identity/key.pem", "identity/store.key"] {
        assert_eq!(mode(&kiosk.join(secret)), 0o600, "{secret}");
    }
}

#[test]
fn a_second_root_is_never_made() {
    let folder = TempDir::new().unwrap();
    let first = new_authority(folder.path());
    let again = Authority::create(&folder.path().join("ca"), &[], now());
    assert!(matches!(again, Err(CaError::Exists(_))));
    let opened = Authority::open(&folder.path().join("ca")).unwrap();
    assert_eq!(opened.root_pem(), first.root_pem());
    let missing = Authority::open(&folder.path().join("nowhere"));
    assert!(matches!(missing, Err(CaError::Missing(_))));
}

#[test]
fn a_kiosks_certificate_is_for_clients_names_one_kiosk_and_lasts_30_days() {
    let folder = TempDir::new().unwrap();
    let authority = new_authority(folder.path());
    let issued = authority.issue_kiosk(SOUTH, now()).unwrap();
    let der = CertificateDer::from_pem_slice(issued.cert_pem.as_bytes()).unwrap();
    let peer = PeerCertificate::read(&der).unwrap();
    assert_eq!((peer.kiosk, &peer.serial), (SOUTH, &issued.serial));
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    let usage = parsed.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth && !usage.any);
    let common_name = parsed.subject().iter_common_name().next().unwrap();
    assert_eq!(common_name.as_str().unwrap(), SOUTH.to_string());
    assert!((issued.ends.millis_since(now()) - 30 * DAY).abs() < DAY);
    assert!(!format!("{issued:?}").contains("PRIVATE"));
}

#[test]
fn the_servers_certificate_names_no_kiosk() {
    let folder = TempDir::new().unwrap();
    let server = new_authority(folder.path()).server_identity(now()).unwrap();
    PeerCertificate::read(&server.chain[0]).unwrap_err();
}

#[test]
fn the_servers_certificate_is_replaced_when_a_third_of_its_life_is_left() {
    let folder = TempDir::new().unwrap();
    let authority = new_authority(folder.path());
    let first = authority.server_identity(now()).unwrap();
    let at = |days| now().plus_millis(days * DAY);
    assert_eq!(
        authority.server_identity(at(59)).unwrap().chain,
        first.chain
    );
    let second = authority.server_identity(at(61)).unwrap();
    assert_ne!(second.chain, first.chain);
    assert!(second.ends > first.ends);
    assert_eq!(
        authority.server_names().unwrap(),
        ["localhost", "127.0.0.1"]
    );
}

#[test]
fn a_revoked_certificate_leaves_the_list_when_it_has_ended_by_itself() {
    let folder = TempDir::new().unwrap();
    let authority = new_authority(folder.path());
    let issued = authority.issue_kiosk(NORTH, now()).unwrap();
    assert!(authority.revoke(&issued.serial, now()).unwrap());
    assert!(!authority.revoke(&issued.serial, now()).unwrap());
    assert!(
        authority
            .revocation_list()
            .unwrap()
            .revoked
            .contains(&issued.serial)
    );
    assert!(!authority.renew_revocation_list(now()).unwrap());
    assert!(
        authority
            .renew_revocation_list(now().plus_millis(31 * DAY))
            .unwrap()
    );
    assert!(authority.revocation_list().unwrap().revoked.is_empty());
    assert!(matches!(
        authority.revoke_kiosk(SOUTH, now()),
        Err(CaError::NoCertificate(SOUTH))
    ));
}

#[test]
fn revocations_from_several_places_at_once_are_all_kept() {
    let folder = TempDir::new().unwrap();
    let authority = new_authority(folder.path());
    let issued: Vec<_> = (0..8)
        .map(|_| authority.issue_kiosk(NORTH, now()).unwrap())
        .collect();
    std::thread::scope(|scope| {
        for one in &issued {
            let elsewhere = Authority::open(&folder.path().join("ca")).unwrap();
            scope.spawn(move || assert!(elsewhere.revoke(&one.serial, now()).unwrap()));
        }
    });
    let list = authority.revocation_list().unwrap();
    assert!(issued.iter().all(|one| list.revoked.contains(&one.serial)));
    assert_eq!(list.number, 9);
}

#[test]
fn a_new_bundle_keeps_the_key_of_the_kiosks_store() {
    let folder = TempDir::new().unwrap();
    let authority = new_authority(folder.path());
    let kiosk = folder.path().join("kiosk");
    let read = |name: &str| std::fs::read_to_string(kiosk.join(name)).unwrap();
    let first = authority.issue_kiosk(NORTH, now()).unwrap();
    write_kiosk_bundle(&kiosk, &site(&authority), &first).unwrap();
    let store_key = read("identity/store.key");
    assert_eq!(store_key.len(), 64);
    let second = authority.issue_kiosk(NORTH, now()).unwrap();
    write_kiosk_bundle(&kiosk, &site(&authority), &second).unwrap();
    assert_eq!(read("identity/store.key"), store_key);
    assert_eq!(read("identity/cert.pem"), second.cert_pem);
    let held: serde_json::Value = serde_json::from_str(&read("site.json")).unwrap();
    let expected = serde_json::json!({
        "central_host": "127.0.0.1",
        "central_port": 8443,
        "server_name": "localhost",
        "est_name": "est.localhost",
        "root_pem": authority.root_pem(),
        "facility": "00000000-0000-0000-0000-000000000007",
        "unit": "00000000-0000-0000-0000-000000001008",
        "kiosk": NORTH.to_string(),
    });
    assert_eq!(held, expected);
}

fn site(authority: &Authority) -> Site {
    Site {
        central_host: "127.0.0.1".to_owned(),
        central_port: 8443,
        server_name: "localhost".to_owned(),
        est_name: "est.localhost".to_owned(),
        root_pem: authority.root_pem().to_owned(),
        facility: FacilityId(uuid::Uuid::from_u128(7)),
        unit: UnitId(uuid::Uuid::from_u128(0x1008)),
        kiosk: NORTH,
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
