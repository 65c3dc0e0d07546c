//! Checks a PIN against its verifier; as long for a number nobody has as for one somebody has.

use std::collections::BTreeMap;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};

/// Checked when there is no verifier: the parameters of central's own, of a PIN nobody has.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZGF5cm9vbS1ub2JvZHk$\
                      RbmMb7aG1iYQJTDSCPOYBPJwYbJjQU1E7nsYWbTaTWM";

/// Whether the PIN is the one of the verifier. `None` takes as long and is never right.
pub fn is_right(pin: &[u8], verifier: Option<&str>) -> bool {
    let known = verifier.and_then(|text| PasswordHash::new(text).ok());
    let (hash, somebody) = match known {
        Some(hash) => (Some(hash), true),
        None => (PasswordHash::new(NOBODY).ok(), false),
    };
    hash.is_some_and(|hash| Argon2::default().verify_password(pin, &hash).is_ok()) && somebody
}

/// The verifier of a PIN, with central's parameters; `None` if it cannot be made.
pub fn verifier(pin: &[u8], salt: &[u8; 16]) -> Option<String> {
    use argon2::PasswordHasher;

    Argon2::default()
        .hash_password_with_salt(pin, salt)
        .ok()
        .map(|hash| hash.to_string())
}

/// The most memory and passes a badge's hash may ask for, whatever the roster says.
const MOST_MEMORY: u32 = 64 * 1024;
const MOST_PASSES: u32 = 4;

/// The hashes this badge would have among those of a roster: one for each salt there, normally one.
pub fn badge_hashes(badge: &[u8], roster: &[String]) -> Vec<String> {
    let kinds: BTreeMap<&str, &String> = roster
        .iter()
        .filter_map(|hash| Some((hash.rsplit_once('$')?.0, hash)))
        .collect();
    kinds
        .into_values()
        .filter_map(|like| badge_hash(badge, like))
        .collect()
}

fn badge_hash(badge: &[u8], like: &str) -> Option<String> {
    let like = PasswordHash::new(like).ok()?;
    let params = Params::try_from(&like).ok()?;
    if params.m_cost() > MOST_MEMORY || params.t_cost() > MOST_PASSES {
        return None;
    }
    let hash = Argon2::default().hash_password_customized(
        badge,
        like.salt.as_deref()?,
        Some(like.algorithm.as_str()),
        like.version,
        params,
    );
    Some(hash.ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher;

    use super::*;

    #[test]
    fn only_the_right_pin_of_somebody_is_right() {
        let verifier = Argon2::default()
            .hash_password_with_salt(b"804215", b"a salt of theirs")
            .unwrap()
            .to_string();
        assert!(is_right(b"804215", Some(&verifier)));
        assert!(!is_right(b"804216", Some(&verifier)));
        assert!(!is_right(b"804215", Some("$argon2id$broken")));
        assert!(!is_right(b"804215", None));
    }

    #[test]
    fn a_badge_is_found_among_those_of_a_roster_by_one_hash() {
        let made = |badge: &[u8], salt: &[u8; 16]| verifier(badge, salt).unwrap();
        let salt = b"facility's salt.";
        let roster = [
            made(b"04A1B2C3", salt),
            made(b"04A1B2C4", salt),
            "broken".to_owned(),
        ];
        assert_eq!(badge_hashes(b"04A1B2C4", &roster), [roster[1].clone()]);
        assert!(!roster.contains(&badge_hashes(b"04A1B2C5", &roster)[0]));
        assert!(badge_hashes(b"04A1B2C4", &[]).is_empty());
        let greedy = "$argon2id$v=19$m=4194304,t=2,p=1$ZmFjaWxpdHkncyBzYWx0Lg$aGFzaGhhc2g";
        assert!(badge_hashes(b"04A1B2C4", &[greedy.to_owned()]).is_empty());
    }

    #[test]
    fn a_chosen_pin_is_right_against_its_own_verifier() {
        let made = verifier(b"804937", b"salt of sixteen.").unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(is_right(b"804937", Some(&made)));
        assert!(!is_right(b"804938", Some(&made)));
    }

    #[test]
    fn the_stand_in_for_nobody_is_a_verifier_that_costs_the_same() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(nobody.params.get_decimal("m"), Some(19456));
        assert_eq!(nobody.params.get_decimal("t"), Some(2));
        assert!(nobody.hash.is_some());
    }
}
