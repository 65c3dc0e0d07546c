//! One-time files with signatures, and whose of them count on which machine.

use dayroom_protocol::{
    AloneLimits, KeySet, OperatorKey, OperatorPublicKey, OperatorSignature, Purpose, Signed,
    SignedKeySet, SignedTicket,
};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::operators;
use super::source::Source;
use crate::domain::provisioning::{Ask, Problem};

/// A ticket as central writes it, signed with openssl.
const GOLDEN: &str = include_str!("../../sync/protocol/tests/golden/signed_ticket.json");

struct Operator(&'static str, Ed25519KeyPair);

impl Operator {
    fn new(name: &'static str, seed: u8) -> Self {
        Self(
            name,
            Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(),
        )
    }

    fn public(&self) -> OperatorPublicKey {
        OperatorPublicKey(self.1.public_key().as_ref().try_into().unwrap())
    }
}

fn sign(purpose: Purpose, text: String, by: &[&Operator]) -> Signed {
    let message = purpose.message(&text);
    let signatures = by
        .iter()
        .map(|by| OperatorSignature::new(by.public(), by.1.sign(&message).as_ref()));
    let signatures = signatures.collect();
    Signed { text, signatures }
}

fn key_set(version: u32, of: &[&Operator], by: &[&Operator]) -> SignedKeySet {
    let keys = of.iter().map(|operator| OperatorKey {
        name: operator.0.to_owned(),
        key: operator.public(),
    });
    let set = KeySet {
        version,
        keys: keys.collect(),
        change_threshold: 1,
        limits: AloneLimits::default(),
    };
    let text = serde_json::to_string(&set).unwrap();
    SignedKeySet(sign(Purpose::KeySet, text, by))
}

fn ticket(by: &[&Operator], operators: SignedKeySet) -> SignedTicket {
    let golden: SignedTicket = serde_json::from_str(GOLDEN).unwrap();
    SignedTicket {
        ticket: sign(Purpose::Ticket, golden.ticket.text, by),
        operators,
    }
}

fn read(ticket: &SignedTicket) -> Result<Source, Problem> {
    let text = serde_json::to_string(ticket).unwrap();
    Source::read(&Ask::Text { text })
}

/// A machine that was set up with these sets: the first at provisioning, the others since.
fn knows(first: &SignedKeySet, since: &[SignedKeySet]) -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    std::fs::create_dir(state.path().join("identity")).unwrap();
    let write = |name: &str, text: String| std::fs::write(state.path().join(name), text).unwrap();
    write(
        "identity/operators.json",
        serde_json::to_string(&[first]).unwrap(),
    );
    let followed = serde_json::json!({ "mark": 3, "chain": since });
    write("identity/orders.json", followed.to_string());
    state
}

#[test]
fn a_signed_file_says_who_signed_it_and_brings_the_keys_they_belong_to() {
    let (ana, ben) = (Operator::new("Ana", 1), Operator::new("Ben", 2));
    let set = key_set(1, &[&ana, &ben], &[&ana]);
    let mut source = read(&ticket(&[&ben], set.clone())).unwrap();
    let new = tempfile::tempdir().unwrap();
    source.check_signature(new.path()).unwrap();
    let Source::Ticket {
        operators, facts, ..
    } = source
    else {
        panic!("a file is one")
    };
    assert_eq!(facts.signers, ["Ben"]);
    assert_eq!(facts.key_set, Some(operators::fingerprint(&set)));
    let chain: Vec<SignedKeySet> = serde_json::from_str(&operators.unwrap()).unwrap();
    assert_eq!(chain, [set]);
}

#[test]
fn a_signed_file_that_was_changed_anywhere_is_refused() {
    let ana = Operator::new("Ana", 1);
    let whole = ticket(&[&ana], key_set(1, &[&ana], &[&ana]));
    assert!(read(&whole).is_ok(), "before it was changed");
    let mut changed = 0;
    for at in 0..whole.ticket.text.len() {
        let mut bytes = whole.ticket.text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let mut other = whole.clone();
        other.ticket.text = text;
        assert_eq!(read(&other).err(), Some(Problem::Signature), "byte {at}");
        changed += 1;
    }
    assert!(changed > 500, "{changed}");
    // Nobody's signature, a stranger's, and one that was made for something else.
    let eve = Operator::new("Eve", 9);
    let set = || key_set(1, &[&ana], &[&ana]);
    let mut elsewhere = whole.clone();
    elsewhere.ticket = sign(Purpose::Order, whole.ticket.text.clone(), &[&ana]);
    for wrong in [ticket(&[], set()), ticket(&[&eve], set()), elsewhere] {
        assert_eq!(read(&wrong).err(), Some(Problem::Signature));
    }
}

#[test]
fn a_kiosk_that_knows_its_operators_takes_no_file_that_none_of_them_signed() {
    let (ana, ben, eve) = (
        Operator::new("Ana", 1),
        Operator::new("Ben", 2),
        Operator::new("Eve", 9),
    );
    let first = key_set(1, &[&ana], &[&ana]);
    let second = key_set(2, &[&ben], &[&ana]);
    let forged = key_set(2, &[&eve], &[&eve]);
    let check = |state: &tempfile::TempDir, ticket: &SignedTicket| {
        let mut source = read(ticket).unwrap();
        source.check_signature(state.path())
    };
    let refused = Err(Problem::Signature);
    let still_first = knows(&first, &[]);
    assert_eq!(check(&still_first, &ticket(&[&ana], first.clone())), Ok(()));
    let of_eve = ticket(&[&eve], key_set(1, &[&eve], &[&eve]));
    assert_eq!(check(&still_first, &of_eve), refused);
    // What followed counts, and whom it left out does not any more.
    let moved_on = knows(&first, std::slice::from_ref(&second));
    assert_eq!(check(&moved_on, &ticket(&[&ben], second)), Ok(()));
    assert_eq!(check(&moved_on, &ticket(&[&ana], first.clone())), refused);
    // Nobody is believed where what lies there does not hold.
    let broken = knows(&first, &[forged]);
    assert_eq!(check(&broken, &ticket(&[&ana], first.clone())), refused);
    // A file without any signature, on the same machine.
    let golden: SignedTicket = serde_json::from_str(GOLDEN).unwrap();
    let text = golden.ticket.text;
    let mut plain = Source::read(&Ask::Text { text }).unwrap();
    assert_eq!(plain.check_signature(still_first.path()), refused);
    assert_eq!(
        plain.check_signature(tempfile::tempdir().unwrap().path()),
        Ok(())
    );
}
