//! Sealing unsent words for the facility's other kiosks, and handing the key for it on.
//!
//! Words: AES-256-GCM under a key drawn by HKDF-SHA256 from the facility's draft key for this resident
//! and draft, so that central can neither read them nor put one draft in the place of another. They
//! are padded to whole quarters of a kibibyte: their length tells little. The key itself travels by
//! HPKE (RFC 9180, base mode, X25519 + HKDF-SHA256 + ChaCha20-Poly1305) to a kiosk's public key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hkdf;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::domain::draft_key::{self, DraftKeyName, PublicBytes};
use crate::domain::{DraftId, ResidentId};

/// Words are padded to a multiple of so many bytes.
const PAD: usize = 256;
/// The form of a sealed draft: this byte, the generation, a nonce, and what is sealed.
const FORM: u8 = 1;
const HEAD: usize = 1 + 4;
const INFO: &[u8] = b"dayroom draft key";

/// Why something could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The machine has no randomness.
    #[error("there is no randomness")]
    Randomness,
    /// It was sealed under another key of the facility.
    #[error("sealed under key {0} of the facility, which this kiosk has not")]
    OtherKey(u32),
    /// It is damaged, or not what it claims to be.
    #[error("sealed text is damaged")]
    Damaged,
    /// The public key is none.
    #[error("public key is not a key")]
    PublicKey,
}

/// A kiosk's own pair of keys, to which the draft key is wrapped.
pub struct Pair {
    /// Its public half.
    pub public: PublicBytes,
    /// Its secret half, to be kept in the encrypted journal.
    pub secret: Zeroizing<[u8; 32]>,
}

impl Pair {
    /// A new one.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub fn make() -> Result<Self, SealError> {
        let seed = random::<32>()?;
        let (secret, public) = X25519HkdfSha256::derive_keypair(&*seed);
        Ok(Self {
            public: public.to_bytes().into(),
            secret: Zeroizing::new(secret.to_bytes().into()),
        })
    }

    /// The code a technician compares: it belongs to the public half alone.
    pub fn code(&self) -> String {
        code(&self.public)
    }
}

/// The code of a public key.
pub fn code(public: &PublicBytes) -> String {
    let mut said = b"dayroom draft key code".to_vec();
    said.extend_from_slice(public);
    draft_key::code(&hash(&said))
}

/// The facility's draft key. No `Debug`; wiped when it goes.
#[derive(Clone)]
pub struct DraftKey {
    /// Which key of the facility.
    pub generation: u32,
    key: Zeroizing<[u8; 32]>,
}

impl DraftKey {
    /// Makes one.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub fn make(generation: u32) -> Result<Self, SealError> {
        let key = random()?;
        Ok(Self { generation, key })
    }

    /// As the journal keeps it.
    pub fn from_bytes(generation: u32, key: [u8; 32]) -> Self {
        let key = Zeroizing::new(key);
        Self { generation, key }
    }

    /// For the journal.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.key
    }

    /// What tells it apart: drawn from it, and nothing can be drawn back.
    pub fn name(&self) -> DraftKeyName {
        let id = expand(&self.key, &[b"dayroom draft key name"]);
        DraftKeyName {
            generation: self.generation,
            id: hash(&*id),
        }
    }

    /// Wraps it for a kiosk: base64.
    ///
    /// # Errors
    /// [`SealError::PublicKey`] if that is none.
    pub fn wrap(&self, public: &PublicBytes) -> Result<String, SealError> {
        type Public = <X25519HkdfSha256 as Kem>::PublicKey;
        let to = Public::from_bytes(public).map_err(|_| SealError::PublicKey)?;
        let (encapped, sealed) =
            hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &to,
                INFO,
                self.key.as_slice(),
                &self.generation.to_be_bytes(),
            )
            .map_err(|_| SealError::PublicKey)?;
        let encapped: [u8; 32] = encapped.to_bytes().into();
        Ok(STANDARD.encode([encapped.as_slice(), &sealed].concat()))
    }

    /// Unwraps it.
    ///
    /// # Errors
    /// [`SealError::Damaged`] if it was not wrapped for this pair and generation.
    pub fn unwrap(pair: &Pair, generation: u32, wrapped: &str) -> Result<Self, SealError> {
        type Secret = <X25519HkdfSha256 as Kem>::PrivateKey;
        type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;
        let damaged = |_| SealError::Damaged;
        let bytes = STANDARD.decode(wrapped).map_err(|_| SealError::Damaged)?;
        let (encapped, sealed) = bytes.split_at_checked(32).ok_or(SealError::Damaged)?;
        let key = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &Secret::from_bytes(pair.secret.as_slice()).map_err(damaged)?,
            &Encapped::from_bytes(encapped).map_err(damaged)?,
            INFO,
            sealed,
            &generation.to_be_bytes(),
        )
        .map(Zeroizing::new)
        .map_err(damaged)?;
        let key = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| SealError::Damaged)?;
        Ok(Self::from_bytes(generation, key))
    }

    /// Seals words: base64.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub fn seal(
        &self,
        resident: ResidentId,
        draft: DraftId,
        words: &str,
    ) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&*random::<NONCE_LEN>()?);
        let mut text = Zeroizing::new(padded(words));
        let head = self.head();
        self.aead(resident, draft)
            .ok_or(SealError::Randomness)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(head),
                &mut *text,
            )
            .map_err(|_| SealError::Randomness)?;
        Ok(STANDARD.encode([head.as_slice(), &nonce, &text].concat()))
    }

    /// Opens what [`DraftKey::seal`] made.
    ///
    /// # Errors
    /// [`SealError::OtherKey`], [`SealError::Damaged`].
    pub fn open(
        &self,
        resident: ResidentId,
        draft: DraftId,
        sealed: &str,
    ) -> Result<String, SealError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SealError::Damaged)?;
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(SealError::Damaged)?;
        let generation = head
            .get(1..)
            .and_then(|four| four.try_into().ok())
            .map(u32::from_be_bytes);
        if head.first() != Some(&FORM) {
            return Err(SealError::Damaged);
        }
        match generation {
            Some(generation) if generation != self.generation => {
                return Err(SealError::OtherKey(generation));
            }
            Some(_) => {}
            None => return Err(SealError::Damaged),
        }
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Damaged)?;
        let mut text = Zeroizing::new(text.to_vec());
        let open = self
            .aead(resident, draft)
            .ok_or(SealError::Damaged)?
            .open_in_place(nonce, Aad::from(self.head()), &mut text)
            .map_err(|_| SealError::Damaged)?;
        unpadded(open).ok_or(SealError::Damaged)
    }

    fn head(&self) -> [u8; HEAD] {
        let [a, b, c, d] = self.generation.to_be_bytes();
        [FORM, a, b, c, d]
    }

    fn aead(&self, resident: ResidentId, draft: DraftId) -> Option<LessSafeKey> {
        let key = expand(
            &self.key,
            &[
                b"dayroom draft",
                resident.0.as_bytes().as_slice(),
                draft.0.as_bytes().as_slice(),
            ],
        );
        let key = UnboundKey::new(&AES_256_GCM, &*key).ok()?;
        Some(LessSafeKey::new(key))
    }
}

fn padded(words: &str) -> Vec<u8> {
    let length = u32::try_from(words.len()).unwrap_or(u32::MAX);
    let mut text = Vec::with_capacity((words.len() + 4).next_multiple_of(PAD) + 16);
    text.extend_from_slice(&length.to_be_bytes());
    text.extend_from_slice(words.as_bytes());
    text.resize(text.len().next_multiple_of(PAD), 0);
    text
}

fn unpadded(text: &[u8]) -> Option<String> {
    let (length, words) = text.split_at_checked(4)?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    let words = words.get(..length)?;
    str::from_utf8(words).ok().map(str::to_owned)
}

fn expand(key: &[u8; 32], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let drawn = hkdf::Salt::new(hkdf::HKDF_SHA256, b"dayroom")
        .extract(key)
        .expand(info, hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut *out));
    debug_assert!(drawn.is_ok(), "32 bytes are one block of the hash");
    out
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, SealError> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new()
        .fill(&mut *bytes)
        .map_err(|_| SealError::Randomness)?;
    Ok(bytes)
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const MARIA: ResidentId = ResidentId(Uuid::from_u128(1));
    const DRAFT: DraftId = DraftId(Uuid::from_u128(2));
    const WORDS: &str = "Tell Ana I am proud of her. ñ 中文";

    #[test]
    fn sealed_words_open_again_and_are_not_in_what_is_sent() {
        let key = DraftKey::make(1).unwrap();
        let sealed = key.seal(MARIA, DRAFT, WORDS).unwrap();
        assert_eq!(key.open(MARIA, DRAFT, &sealed).as_deref(), Ok(WORDS));
        let bytes = STANDARD.decode(&sealed).unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"Tell"));
        assert_ne!(sealed, key.seal(MARIA, DRAFT, WORDS).unwrap());
    }

    #[test]
    fn a_draft_cannot_be_put_in_the_place_of_another_or_changed() {
        let key = DraftKey::make(1).unwrap();
        let sealed = key.seal(MARIA, DRAFT, WORDS).unwrap();
        let other = DraftId(Uuid::from_u128(3));
        assert_eq!(key.open(MARIA, other, &sealed), Err(SealError::Damaged));
        let somebody = ResidentId(Uuid::from_u128(4));
        assert_eq!(key.open(somebody, DRAFT, &sealed), Err(SealError::Damaged));
        let bytes = STANDARD.decode(&sealed).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = STANDARD.encode(changed);
            assert!(key.open(MARIA, DRAFT, &changed).is_err(), "byte {at}");
        }
        for cut in 0..bytes.len() {
            let cut = STANDARD.encode(&bytes[..cut]);
            assert!(key.open(MARIA, DRAFT, &cut).is_err());
        }
    }

    #[test]
    fn the_length_of_words_is_told_in_steps_of_256_bytes_only() {
        let key = DraftKey::make(1).unwrap();
        let length = |words: &str| key.seal(MARIA, DRAFT, words).unwrap().len();
        assert_eq!(length(""), length(&"a".repeat(252)));
        assert!(length(&"a".repeat(253)) > length("a"));
    }

    #[test]
    fn a_kiosk_that_was_wrapped_the_key_has_the_same_one() {
        let key = DraftKey::make(3).unwrap();
        let pair = Pair::make().unwrap();
        let wrapped = key.wrap(&pair.public).unwrap();
        let had = DraftKey::unwrap(&pair, 3, &wrapped).unwrap();
        assert_eq!(had.name(), key.name());
        let sealed = key.seal(MARIA, DRAFT, WORDS).unwrap();
        assert_eq!(had.open(MARIA, DRAFT, &sealed).as_deref(), Ok(WORDS));
    }

    #[test]
    fn a_wrapped_key_is_of_use_to_nobody_else_and_to_no_other_generation() {
        let key = DraftKey::make(3).unwrap();
        let (pair, other) = (Pair::make().unwrap(), Pair::make().unwrap());
        let wrapped = key.wrap(&pair.public).unwrap();
        assert!(DraftKey::unwrap(&other, 3, &wrapped).is_err());
        assert!(DraftKey::unwrap(&pair, 4, &wrapped).is_err());
        assert!(DraftKey::unwrap(&pair, 3, "????").is_err());
        assert_ne!(pair.code(), other.code());
    }

    #[test]
    fn words_of_another_key_say_which_one_is_missing() {
        let old = DraftKey::make(1).unwrap();
        let new = DraftKey::make(2).unwrap();
        let sealed = old.seal(MARIA, DRAFT, WORDS).unwrap();
        assert_eq!(new.open(MARIA, DRAFT, &sealed), Err(SealError::OtherKey(1)));
    }
}
