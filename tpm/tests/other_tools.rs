//! The key's file in the hands of other people's tools.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod support;

use std::fs;
use std::process::Command;

use dayroom_tpm::TpmKey;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use support::SoftwareTpm;
use support::seam::point;

#[test]
#[ignore = "needs the packages openssl and tpm2-openssl: `.ci/run` installs them and runs this"]
fn openssl_signs_with_the_key_in_its_file() {
    let machine = SoftwareTpm::new();
    let key = TpmKey::make(&machine.tpm()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("key.pem"), key.to_pem().unwrap()).unwrap();
    fs::write(path("message"), "hello").unwrap();
    let output = Command::new("openssl")
        .args(["pkeyutl", "-provider", "tpm2", "-provider", "base"])
        .args(["-sign", "-inkey", "key.pem", "-rawin", "-digest", "sha256"])
        .args(["-in", "message", "-out", "signature"])
        .env("TPM2OPENSSL_TCTI", machine.tpm().name())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let signature = fs::read(path("signature")).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point(key.public_key()))
        .verify(b"hello", &signature)
        .unwrap();
}
