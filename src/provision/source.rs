//! What a technician hands in: a one-time file, a scanned line, a typed code.

use std::collections::BTreeSet;
use std::path::Path;

use dayroom_protocol::enrolment_code::CodeError;
use dayroom_protocol::{
    EnrolmentCode, EnrolmentScan, EnrolmentTicket, OperatorPublicKey, Purpose, SignedTicket, limits,
};
use ring::digest::{SHA256, digest};

use super::operators;
use crate::domain::provisioning::{Ask, Facts, Problem};

/// The port of central where none is given.
const PORT: u16 = 8443;

/// Where to get the first certificate, and with what.
pub enum Source {
    /// A one-time file: everything is in it.
    Ticket {
        /// The file.
        ticket: Box<EnrolmentTicket>,
        /// The operators' keys, if it is signed, as `identity/operators.json` holds them.
        operators: Option<String>,
        /// What to show the technician.
        facts: Box<Facts>,
        /// The operators' keys that signed it.
        signers: BTreeSet<OperatorPublicKey>,
    },
    /// A code and an address; the code pins the root.
    Code(EnrolmentScan),
}

impl Source {
    /// Reads what was handed in. Nothing of it has been checked yet but its form.
    ///
    /// # Errors
    /// What the technician does next.
    pub fn read(ask: &Ask) -> Result<Self, Problem> {
        match ask {
            Ask::Code { code, central } => {
                let (host, port) = address(central).ok_or(Problem::Address)?;
                let code = code.parse().map_err(mistyped)?;
                Ok(Self::Code(EnrolmentScan { code, host, port }))
            }
            Ask::Text { text } => Self::text(text.trim()),
            Ask::How | Ask::Retire | Ask::Erased => Err(Problem::NotATicket),
        }
    }

    fn text(text: &str) -> Result<Self, Problem> {
        if text.len() > limits::TICKET_BYTES {
            return Err(Problem::NotATicket);
        }
        if !text.starts_with('{') {
            return text
                .parse()
                .map(Self::Code)
                .map_err(|_| Problem::NotATicket);
        }
        if let Ok(signed) = serde_json::from_str::<SignedTicket>(text) {
            return Self::signed(signed);
        }
        let ticket =
            EnrolmentTicket::from_json(text.as_bytes()).map_err(|_| Problem::NotATicket)?;
        Ok(Self::Ticket {
            facts: Box::new(facts(&ticket)),
            ticket: Box::new(ticket),
            operators: None,
            signers: BTreeSet::new(),
        })
    }

    fn signed(signed: SignedTicket) -> Result<Self, Problem> {
        let (ticket, set) = signed.open().map_err(|_| Problem::Signature)?;
        let signers = signed
            .ticket
            .signers(Purpose::Ticket, &set.public_keys())
            .map_err(|_| Problem::Signature)?;
        let names = signers.iter().filter_map(|key| set.name_of(*key));
        let facts = Facts {
            signers: names.map(str::to_owned).collect(),
            key_set: Some(operators::fingerprint(&signed.operators)),
            ..facts(&ticket)
        };
        let chain = serde_json::to_string(&[signed.operators]).map_err(|_| Problem::NotATicket)?;
        Ok(Self::Ticket {
            ticket: Box::new(ticket),
            operators: Some(chain),
            facts: Box::new(facts),
            signers,
        })
    }

    /// Checks a one-time file against the operators' keys that this kiosk knows, if it knows any: one
    /// of them must have signed it. A new machine knows none, and shows the fingerprint instead.
    ///
    /// # Errors
    /// [`Problem::Signature`].
    pub fn check_signature(&mut self, state: &Path) -> Result<(), Problem> {
        let Self::Ticket {
            signers,
            facts,
            operators,
            ..
        } = self
        else {
            return Ok(());
        };
        let Some(known) = operators::known(state)? else {
            return Ok(());
        };
        // A kiosk that knows its operators takes no file that none of them signed.
        if signers.is_disjoint(&known.public_keys()) {
            return Err(Problem::Signature);
        }
        // It goes on along its own chain, which the operators themselves sign.
        *operators = None;
        facts.key_set = None;
        Ok(())
    }

    /// The code.
    ///
    /// # Errors
    /// [`Problem::NotATicket`] when a file has none.
    pub fn code(&self) -> Result<EnrolmentCode, Problem> {
        match self {
            Self::Ticket { ticket, .. } => ticket.code.parse().map_err(|_| Problem::NotATicket),
            Self::Code(scan) => Ok(scan.code),
        }
    }

    /// Host and port of central.
    pub fn place(&self) -> (&str, u16) {
        match self {
            Self::Ticket { ticket, .. } => (&ticket.central_host, ticket.central_port),
            Self::Code(scan) => (&scan.host, scan.port),
        }
    }
}

fn facts(ticket: &EnrolmentTicket) -> Facts {
    Facts {
        facility: ticket.facility_name.clone(),
        unit: ticket.unit_name.clone(),
        label: ticket.label.clone(),
        central: format!("{}:{}", ticket.central_host, ticket.central_port),
        root: fingerprint(&ticket.root_pem).unwrap_or_default(),
        signers: Vec::new(),
        key_set: None,
    }
}

/// The SHA-256 of a certificate in PEM, in groups of four digits.
pub(super) fn fingerprint(pem: &str) -> Option<String> {
    use base64::Engine;
    let body: String = pem
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .ok()?;
    Some(grouped(digest(&SHA256, &der).as_ref()))
}

pub(super) fn grouped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % 2 == 0 {
            text.push(' ');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn mistyped(error: CodeError) -> Problem {
    match error {
        CodeError::Length(_) => Problem::TooShort,
        CodeError::Character(group) | CodeError::Group(group) => Problem::Mistyped {
            group: u8::try_from(group).unwrap_or(u8::MAX),
        },
    }
}

/// A host and a port: `central.example.org`, `10.0.0.7:8443`, `[2001:db8::7]:8443`.
fn address(text: &str) -> Option<(String, u16)> {
    let text = text.trim();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (
                host,
                rest.strip_prefix(':').or(rest.is_empty().then_some(""))?,
            )
        }
        // More than one colon and no brackets: an address of version 6 without a port.
        None if text.matches(':').count() > 1 => (text, ""),
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let fits = !host.is_empty()
        && host.len() <= limits::HOST_BYTES
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    let port = if port.is_empty() {
        PORT
    } else {
        port.parse().ok().filter(|port| *port > 0)?
    };
    fits.then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use dayroom_protocol::{EnrolmentNumber, RootPin};

    use super::*;
    use crate::domain::badge::{MOST_PAPER_CHARACTERS, PaperText};

    #[test]
    fn what_a_reader_takes_for_a_paper_is_what_a_paper_says() {
        let scan = EnrolmentScan {
            code: EnrolmentCode::new(EnrolmentNumber::new(7), 9, RootPin::of(&[3; 32])),
            host: "c".repeat(limits::HOST_BYTES),
            port: 65_535,
        };
        let paper = PaperText::parse(&scan.text()).unwrap();
        assert_eq!(paper.as_str().parse(), Ok(scan));
        assert_eq!(MOST_PAPER_CHARACTERS, limits::ENROLMENT_SCAN_BYTES);
    }

    #[test]
    fn an_address_has_a_host_and_may_have_a_port() {
        for (text, host, port) in [
            (" central.example.org ", "central.example.org", 8443),
            ("10.0.0.7:9000", "10.0.0.7", 9000),
            ("[2001:db8::7]:9000", "2001:db8::7", 9000),
            ("2001:db8::7", "2001:db8::7", 8443),
            ("[2001:db8::7]", "2001:db8::7", 8443),
        ] {
            assert_eq!(address(text), Some((host.to_owned(), port)), "{text}");
        }
        for text in [
            "",
            ":8443",
            "https://host",
            "host:0",
            "host:x",
            "[::1",
            "a b",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_enrolment_is_said_before_anybody_is_asked() {
        let read = |text: &str| {
            Source::read(&Ask::Text {
                text: text.to_owned(),
            })
            .err()
        };
        for text in [
            "",
            "{}",
            "{\"ticket\":{}}",
            "DAYROOM1/X/HOST/1",
            "WIFI:S:guest;;",
        ] {
            assert_eq!(read(text), Some(Problem::NotATicket), "{text}");
        }
        let typed = |code: &str| {
            Source::read(&Ask::Code {
                code: code.to_owned(),
                central: "central".to_owned(),
            })
            .err()
        };
        assert_eq!(typed("00000"), Some(Problem::TooShort));
        assert_eq!(typed("U"), Some(Problem::Mistyped { group: 1 }));
    }
}
