//! What is asked of a TPM: the parent and the key, by their public areas (TPM Library Specification,
//! part 2, 12.2.4).

use tss_esapi::Error;
use tss_esapi::attributes::{ObjectAttributes, ObjectAttributesBuilder};
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, PublicAlgorithm};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::structures::{
    EccPoint, EccScheme, HashScheme, Public, PublicBuilder, PublicEccParametersBuilder,
    SymmetricDefinitionObject,
};

/// The parent of the key: a storage key over P-256 in the owner's hierarchy. The same TPM makes the
/// same one from this at any time, until it is cleared. It is the one that every tool which reads
/// `TSS2 PRIVATE KEY` makes for a key whose parent is the owner (draft-bottomley-tpm2-keys, 3.1.8).
pub fn parent() -> Result<Public, Error> {
    let attributes = born_here()
        .with_restricted(true)
        .with_decrypt(true)
        .build()?;
    let parameters = PublicEccParametersBuilder::new_restricted_decryption_key(
        SymmetricDefinitionObject::AES_128_CFB,
        EccCurve::NistP256,
    );
    public(attributes, parameters)
}

/// The key: signs ECDSA over P-256 with SHA-256, and nothing else.
pub fn key() -> Result<Public, Error> {
    let attributes = born_here().with_sign_encrypt(true).build()?;
    let scheme = EccScheme::EcDsa(HashScheme::new(HashingAlgorithm::Sha256));
    let parameters =
        PublicEccParametersBuilder::new_unrestricted_signing_key(scheme, EccCurve::NistP256);
    public(attributes, parameters)
}

/// Whether it is a key as [`key`] asks for one: born in a TPM, and not to be taken out of it.
pub fn is_ours(public: &Public) -> bool {
    // All but the point.
    let asked_for = |public: &Public| match public {
        Public::Ecc {
            object_attributes,
            name_hashing_algorithm,
            auth_policy,
            parameters,
            ..
        } => Some((
            *object_attributes,
            *name_hashing_algorithm,
            auth_policy.clone(),
            *parameters,
        )),
        Public::Rsa { .. } | Public::KeyedHash { .. } | Public::SymCipher { .. } => None,
    };
    let its = asked_for(public);
    its.is_some() && its == key().ok().as_ref().and_then(asked_for)
}

/// Its secret was made by the TPM and leaves it in no form that anything else can read. It is used
/// with the empty password, which nobody can get wrong: so it stays usable while the TPM has locked
/// what others have passwords for (`noDA`).
fn born_here() -> ObjectAttributesBuilder {
    ObjectAttributes::builder()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_no_da(true)
}

fn public(
    attributes: ObjectAttributes,
    parameters: PublicEccParametersBuilder,
) -> Result<Public, Error> {
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(parameters.build()?)
        .with_ecc_unique_identifier(EccPoint::default())
        .build()
}
