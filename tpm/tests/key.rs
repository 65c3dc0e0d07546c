//! A key that a software TPM holds: what it signs, where it is of use, and what is said where it is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[expect(dead_code, reason = "each test file uses its part")]
mod support;

use dayroom_tpm::{Tpm, TpmError, TpmKey};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use support::SoftwareTpm;
use support::seam::point;

fn verifies(key: &TpmKey, message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point(key.public_key()))
        .verify(message, signature)
        .is_ok()
}

#[test]
fn a_key_made_in_the_tpm_signs_what_its_public_half_verifies() {
    let machine = SoftwareTpm::new();
    let key = TpmKey::make(&machine.tpm()).unwrap();
    // More often than a TPM has room for objects: nothing is left in it. As often, a number of the
    // signature begins with a zero, or with a one that needs a zero before it.
    for round in 0..16 {
        let message = vec![round; usize::from(round) * 1000];
        let signature = key.sign(&message).unwrap();
        assert!(verifies(&key, &message, &signature), "round {round}");
        assert!(!verifies(&key, b"something else", &signature));
    }
    assert!(format!("{key:?}").len() < 80, "and shows nothing");
}

#[test]
fn it_is_read_again_from_its_file_and_outlives_the_power() {
    let mut machine = SoftwareTpm::new();
    let made = TpmKey::make(&machine.tpm()).unwrap();
    let text = made.to_pem().unwrap();
    machine.restart();
    // The same TPM, which another port leads to now.
    let text = text.replace(made_at(&text), machine.tpm().name());
    let read = TpmKey::from_pem(text.as_bytes()).unwrap();
    assert_eq!(read.public_key(), made.public_key());
    let signature = read.sign(b"hello").unwrap();
    assert!(verifies(&made, b"hello", &signature));
    assert_eq!(read.to_pem().unwrap(), text);
}

/// The TPM that a key's file names.
fn made_at(text: &str) -> &str {
    text.lines().next().unwrap().strip_prefix("TPM: ").unwrap()
}

#[test]
fn two_keys_of_one_tpm_are_two_keys() {
    let machine = SoftwareTpm::new();
    let one = TpmKey::make(&machine.tpm()).unwrap();
    let other = TpmKey::make(&machine.tpm()).unwrap();
    assert_ne!(one.public_key(), other.public_key());
    let signature = one.sign(b"hello").unwrap();
    assert!(!verifies(&other, b"hello", &signature));
}

#[test]
fn its_blob_is_of_no_use_to_another_tpm() {
    let (mine, thief) = (SoftwareTpm::new(), SoftwareTpm::new());
    let key = TpmKey::make(&mine.tpm()).unwrap();
    let text = key.to_pem().unwrap();
    let stolen = text.replace(made_at(&text), thief.tpm().name());
    let stolen = TpmKey::from_pem(stolen.as_bytes()).unwrap();
    let error = stolen.sign(b"hello").unwrap_err();
    assert!(matches!(error, TpmError::NotItsKey { .. }), "{error:?}");
    assert!(error.to_string().contains("provision this kiosk again"));
    key.sign(b"hello").unwrap();
}

#[test]
fn a_public_half_put_in_its_file_instead_of_its_own_is_found_out() {
    let machine = SoftwareTpm::new();
    let [one, other] = [(); 2].map(|()| TpmKey::make(&machine.tpm()).unwrap());
    let text = one.to_pem().unwrap();
    let (label, mut file) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    assert_eq!(label, dayroom_tpm::LABEL);
    let (own, put) = (point(one.public_key()), point(other.public_key()));
    for coordinate in [1..33, 33..65] {
        let own = &own[coordinate.clone()];
        let at = file.windows(32).position(|bytes| bytes == own).unwrap();
        file[at..at + 32].copy_from_slice(&put[coordinate]);
    }
    let pem = pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, &file).unwrap();
    let forged = format!("TPM: {}\n{pem}", machine.tpm().name());
    let forged = TpmKey::from_pem(forged.as_bytes()).unwrap();
    assert_eq!(forged.public_key(), other.public_key());
    let error = forged.sign(b"hello").unwrap_err();
    assert!(matches!(error, TpmError::NotItsKey { .. }), "{error:?}");
}

#[test]
fn a_tpm_that_is_off_or_missing_is_said_with_what_to_do() {
    let mut machine = SoftwareTpm::new();
    let key = TpmKey::make(&machine.tpm()).unwrap();
    machine.stop();
    let error = key.sign(b"hello").unwrap_err();
    assert!(matches!(error, TpmError::Silent { .. }), "{error:?}");
    assert!(error.to_string().contains("switch the terminal off and on"));
    let missing = Tpm::named("/dev/tpmrm99").unwrap();
    let error = TpmKey::make(&missing).unwrap_err();
    assert!(matches!(error, TpmError::Missing { .. }), "{error:?}");
    assert!(error.to_string().contains("/dev/tpmrm99: switch it on"));
}

#[test]
fn only_a_device_or_a_software_tpm_is_a_name() {
    for name in ["/dev/tpmrm0", "device:/dev/tpm0", "swtpm:port=2321"] {
        assert_eq!(Tpm::named(name).unwrap().name(), name);
    }
    for name in [
        "",
        "tpmrm0",
        "device",
        "swtpm",
        "mssim:port=2321",
        "tabrmd",
        "/etc/passwd",
        "libtpms:",
        "/dev/tpm0\n-----BEGIN X",
    ] {
        let error = Tpm::named(name).unwrap_err();
        assert!(matches!(error, TpmError::Name(_)), "{name}");
    }
}

#[test]
fn what_is_no_key_of_a_tpm_is_not_taken_for_one() {
    let other = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let empty = "-----BEGIN TSS2 PRIVATE KEY-----\nMAA=\n-----END TSS2 PRIVATE KEY-----\n";
    for text in ["", "TPM: /dev/tpmrm0\n", other, empty] {
        let error = TpmKey::from_pem(text.as_bytes()).unwrap_err();
        assert!(matches!(error, TpmError::NotAKey), "{text}");
    }
}
