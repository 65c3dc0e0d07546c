//! What a new kiosk and central read of one another, and what a technician types and carries.

use dayroom_central::est::CertificateRequest;
use dayroom_client::est::{CsrAttributes, certs_only};
use dayroom_protocol::{EnrolmentCode, EnrolmentScan, EnrolmentTicket, enrolment_code};

/// A certificate request as it is posted to central (PKCS #10, base64 or DER).
pub fn csr(data: &[u8]) {
    if let Ok(request) = CertificateRequest::from_body(data) {
        // What was read is a P-256 key, whatever else the request says.
        assert_eq!(request.public_key.len(), 91);
    }
}

/// A certs-only answer of an EST server (CMS, DER or BER).
pub fn cms(data: &[u8]) {
    if let Ok(certificates) = certs_only(data) {
        assert!((1..=8).contains(&certificates.len()));
    }
}

/// What an EST server wants to see in a request.
pub fn csr_attributes(data: &[u8]) {
    if let Ok(attributes) = CsrAttributes::from_der(data) {
        assert!(attributes.names.len() <= 64);
    }
}

/// What somebody types or scans.
pub fn enrolment_code(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let judged = enrolment_code::judge(&text);
    if let Ok(code) = text.parse::<EnrolmentCode>() {
        assert_eq!(judged, enrolment_code::Typed::Whole);
        assert_eq!(code.grouped().parse(), Ok(code));
    }
    if let Ok(scan) = text.parse::<EnrolmentScan>() {
        assert_eq!(scan.text().parse(), Ok(scan));
    }
}

/// A one-time file.
pub fn ticket(data: &[u8]) {
    if let Ok(ticket) = EnrolmentTicket::from_json(data) {
        assert!(ticket.code.parse::<EnrolmentCode>().is_ok());
        let again = serde_json::to_vec(&ticket).map(|json| EnrolmentTicket::from_json(&json));
        assert!(matches!(again, Ok(Ok(again)) if again == ticket));
    }
}
