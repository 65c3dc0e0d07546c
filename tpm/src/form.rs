//! The forms that others know: the key's file, its public half, its signatures.

use der::asn1::{ObjectIdentifier, OctetString, Uint};
use der::{Decode, Encode, Sequence};
use pem_rfc7468::LineEnding;
use tss_esapi::structures::{EccPoint, EccSignature, Private, Public};
use tss_esapi::traits::{Marshall, UnMarshall};

use crate::device::DEFAULT_DEVICE;

/// The label of the PEM (draft-bottomley-tpm2-keys).
pub const LABEL: &str = "TSS2 PRIVATE KEY";
/// The line before it that says which TPM; text before a label is everybody's own (RFC 7468, 2).
const TPM_LINE: &str = "TPM: ";
/// A key that is loaded under its parent (id-loadablekey).
const LOADABLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.10.1.3");
/// The handle of the owner's hierarchy (TPM Library Specification, part 2, 7.4).
const OWNER: u32 = 0x4000_0001;
/// Bytes of a coordinate of P-256.
const COORDINATE: usize = 32;
/// How a `SubjectPublicKeyInfo` of P-256 begins, up to the coordinates of the point (RFC 5480).
const BEFORE_COORDINATES: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// `TPMKey` of draft-bottomley-tpm2-keys, as far as a key without password and policy has it.
#[derive(Sequence)]
struct TpmKeyFile {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    empty_auth: Option<bool>,
    parent: u32,
    public: OctetString,
    private: OctetString,
}

/// `Ecdsa-Sig-Value` (RFC 3279, 2.2.3).
#[derive(Sequence)]
struct EcdsaSigValue {
    r: Uint,
    s: Uint,
}

/// The text of the key's file.
pub fn write(tpm: &str, public: &Public, private: &Private) -> Option<String> {
    let file = TpmKeyFile {
        kind: LOADABLE,
        empty_auth: Some(true),
        parent: OWNER,
        public: sized(&public.marshall().ok()?)?,
        private: sized(private.value())?,
    };
    let der = file.to_der().ok()?;
    let pem = pem_rfc7468::encode_string(LABEL, LineEnding::LF, &der).ok()?;
    Some(format!("{TPM_LINE}{tpm}\n{pem}"))
}

/// What is in it: the name of the TPM, the public area, the wrapped private one.
pub fn read(text: &[u8]) -> Option<(&str, Public, Private)> {
    let (label, der) = pem_rfc7468::decode_vec(text).ok()?;
    let file = TpmKeyFile::from_der(&der).ok()?;
    let known = label == LABEL
        && file.kind == LOADABLE
        && file.empty_auth == Some(true)
        && file.parent == OWNER;
    let public = Public::unmarshall(unsized_(&file.public)?).ok()?;
    let private = Private::try_from(unsized_(&file.private)?).ok()?;
    let lines = str::from_utf8(text).ok()?.lines();
    let tpm = lines
        .take_while(|line| !line.starts_with("-----"))
        .find_map(|line| line.strip_prefix(TPM_LINE));
    known.then_some((tpm.unwrap_or(DEFAULT_DEVICE).trim(), public, private))
}

/// With its length before it, as a `TPM2B` has it.
fn sized(bytes: &[u8]) -> Option<OctetString> {
    let length = u16::try_from(bytes.len()).ok()?;
    OctetString::new([&length.to_be_bytes(), bytes].concat()).ok()
}

fn unsized_(sized: &OctetString) -> Option<&[u8]> {
    let (length, bytes) = sized.as_bytes().split_first_chunk()?;
    (usize::from(u16::from_be_bytes(*length)) == bytes.len()).then_some(bytes)
}

/// The public key, a DER `SubjectPublicKeyInfo`.
pub fn public_key(point: &EccPoint) -> Option<Vec<u8>> {
    let mut key = BEFORE_COORDINATES.to_vec();
    for coordinate in [point.x().value(), point.y().value()] {
        // A TPM may leave out leading zeros.
        let missing = COORDINATE.checked_sub(coordinate.len())?;
        key.resize(key.len() + missing, 0);
        key.extend_from_slice(coordinate);
    }
    Some(key)
}

/// The signature, a DER `Ecdsa-Sig-Value`.
pub fn signature(signature: &EccSignature) -> Option<Vec<u8>> {
    let value = EcdsaSigValue {
        r: Uint::new(signature.signature_r().value()).ok()?,
        s: Uint::new(signature.signature_s().value()).ok()?,
    };
    value.to_der().ok()
}
