use der::asn1::AnyRef;
use der::oid::ObjectIdentifier;
use der::{Decode, Tag, Tagged};

use super::EstAnswerError;

/// `challengePassword` (RFC 2985, 5.4.1): where linking to the TLS session would go.
const CHALLENGE_PASSWORD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.7");
/// Attributes a server may name.
const ATTRIBUTES: usize = 64;

/// What a server would like to see in a request (RFC 7030, 4.5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsrAttributes {
    /// The object identifiers it names, in dots, also those that come with values.
    pub names: Vec<String>,
}

impl CsrAttributes {
    /// Reads `CsrAttrs ::= SEQUENCE OF AttrOrOID`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_der(message: &[u8]) -> Result<Self, EstAnswerError> {
        let wrong = |_: der::Error| EstAnswerError::Attributes;
        let parts = Vec::<AnyRef<'_>>::from_der(message).map_err(wrong)?;
        if parts.len() > ATTRIBUTES {
            return Err(EstAnswerError::Attributes);
        }
        let names = parts
            .into_iter()
            .map(|part| {
                let name: ObjectIdentifier = if part.tag() == Tag::ObjectIdentifier {
                    part.decode_as().map_err(wrong)?
                } else {
                    part.sequence(|attribute| {
                        let name = ObjectIdentifier::decode(attribute)?;
                        let _values = AnyRef::decode(attribute)?;
                        Ok(name)
                    })
                    .map_err(wrong)?
                };
                Ok(name.to_string())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { names })
    }

    /// Whether the server asks that the request be linked to its TLS session, which we do not do.
    pub fn asks_for_linking(&self) -> bool {
        self.names
            .iter()
            .any(|name| *name == CHALLENGE_PASSWORD.to_string())
    }
}
