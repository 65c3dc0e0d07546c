use std::fmt;

use ring::digest::{SHA256, digest};
use tss_esapi::constants::tss::{TPM2_RH_NULL, TPM2_ST_HASHCHECK};
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::structures::{
    Digest, HashScheme, HashcheckTicket, Private, Public, Signature, SignatureScheme,
};
use tss_esapi::tss2_esys::TPMT_TK_HASHCHECK;

use crate::device::Tpm;
use crate::error::TpmError;
use crate::{form, template};

/// A signing key over P-256 that a TPM holds.
///
/// Its private half was made in the TPM and never leaves it but encrypted under a key that does not
/// leave it at all; [`TpmKey::to_pem`] has that blob and the public half. Nothing else has it: the TPM
/// keeps no copy, so whoever destroys the file has destroyed the key, and the TPM need not be told. The
/// blob alone, or on another machine, is of no use; a copy of it together with this TPM is, until the TPM
/// is cleared.
///
/// Whoever may open the device and read the file can have the key sign; it has no password, for a
/// kiosk starts with nobody there to type one.
pub struct TpmKey {
    tpm: Tpm,
    public: Public,
    private: Private,
    public_key: Vec<u8>,
}

impl TpmKey {
    /// Has the TPM make a new one.
    ///
    /// # Errors
    /// See [`TpmError`].
    pub fn make(tpm: &Tpm) -> Result<Self, TpmError> {
        let made = tpm.with_parent(|context, parent| {
            context.create(parent, template::key()?, None, None, None, None)
        })?;
        Self::of(tpm.clone(), made.out_public, made.out_private).ok_or(TpmError::NotAKey)
    }

    /// Reads the key in the text of a file. The TPM is not asked whether it is its own; signing does.
    ///
    /// # Errors
    /// [`TpmError::NotAKey`], and [`TpmError::Name`] where the file names no TPM.
    pub fn from_pem(text: &[u8]) -> Result<Self, TpmError> {
        let (tpm, public, private) = form::read(text).ok_or(TpmError::NotAKey)?;
        Self::of(Tpm::named(tpm)?, public, private).ok_or(TpmError::NotAKey)
    }

    fn of(tpm: Tpm, public: Public, private: Private) -> Option<Self> {
        let Public::Ecc { unique, .. } = &public else {
            return None;
        };
        let public_key = form::public_key(unique)?;
        template::is_ours(&public).then_some(Self {
            tpm,
            public,
            private,
            public_key,
        })
    }

    /// The text of a file to keep it by: `TSS2 PRIVATE KEY` in PEM (draft-bottomley-tpm2-keys), and a
    /// line before it that names the TPM. No secret to anybody without that TPM.
    ///
    /// # Errors
    /// [`TpmError::NotAKey`] where its parts have no such form.
    pub fn to_pem(&self) -> Result<String, TpmError> {
        form::write(self.tpm.name(), &self.public, &self.private).ok_or(TpmError::NotAKey)
    }

    /// The public key, a DER `SubjectPublicKeyInfo` (RFC 5280, 4.1).
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The signature over `message`, a DER `Ecdsa-Sig-Value` (RFC 3279, 2.2.3) with SHA-256. Takes
    /// as long as the TPM needs to make the parent, load the key and sign: tenths of a second on
    /// a chip.
    ///
    /// # Errors
    /// See [`TpmError`]; [`TpmError::NotItsKey`] where another TPM made the key.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TpmError> {
        let digest = digest(&SHA256, message);
        let signature = self.tpm.with_parent(|context, parent| {
            let key = context.load(parent, self.private.clone(), self.public.clone())?;
            let digest = Digest::try_from(digest.as_ref())?;
            let scheme = SignatureScheme::EcDsa {
                hash_scheme: HashScheme::new(HashingAlgorithm::Sha256),
            };
            context.sign(key, digest, scheme, not_hashed_by_it()?)
        })?;
        if let Signature::EcDsa(pair) = &signature {
            form::signature(pair).ok_or(TpmError::NotAKey)
        } else {
            Err(TpmError::NotAKey)
        }
    }
}

/// Says that the digest was not made by the TPM, which only a restricted key would mind.
fn not_hashed_by_it() -> Result<HashcheckTicket, tss_esapi::Error> {
    HashcheckTicket::try_from(TPMT_TK_HASHCHECK {
        tag: TPM2_ST_HASHCHECK,
        hierarchy: TPM2_RH_NULL,
        digest: Default::default(),
    })
}

impl fmt::Debug for TpmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TpmKey")
            .field("tpm", &self.tpm.name())
            .finish_non_exhaustive()
    }
}
