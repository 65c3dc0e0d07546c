//! Paths, headers and media types.

/// `GET`, query `epoch` and `after`, both absent at first: a [`crate::ChangesPage`].
pub const CHANGES: &str = "/v1/changes";
/// `POST` an [`crate::IntentBatch`]: a [`crate::PushReply`].
pub const INTENTS: &str = "/v1/intents";
/// `GET`: server-sent events named `poke`, data a [`crate::Poke`]; a comment every 15 s.
pub const POKES: &str = "/v1/pokes";
/// `GET` followed by `/` and a [`crate::BlobHash`], with `Range: bytes=N-` to resume.
pub const BLOBS: &str = "/v1/blobs";
/// `POST` a [`crate::DigestReport`]: a [`crate::DigestReply`] (R27).
pub const DIGEST: &str = "/v1/digest";
/// `POST` an [`crate::Acknowledgement`]: no content (R6).
pub const ACKNOWLEDGEMENTS: &str = "/v1/acknowledgements";
/// `GET`: a [`crate::DraftKeyState`], as everything about the draft key is answered with.
pub const DRAFT_KEY: &str = "/v1/draft-key";
/// `POST` a [`crate::DraftKeyAsk`]: how it stands.
pub const DRAFT_KEY_ASK: &str = "/v1/draft-key/ask";
/// `POST` a [`crate::DraftKeyHave`] from the kiosk that may make it: how it stands.
pub const DRAFT_KEY_MADE: &str = "/v1/draft-key/made";
/// `POST` a [`crate::DraftKeyWrap`] from a holder: how it stands.
pub const DRAFT_KEY_WRAP: &str = "/v1/draft-key/wrap";
/// `POST` a [`crate::DraftKeyHave`] from a kiosk it was wrapped for: how it stands.
pub const DRAFT_KEY_HELD: &str = "/v1/draft-key/held";
/// `POST` an [`crate::OrderResults`] once effects are durable: no content (R21).
pub const ORDER_RESULTS: &str = "/v1/orders/results";
/// `POST` a [`crate::HealthReport`]: no content. `GET`: a [`crate::HealthKnown`], and nothing changes.
pub const HEALTH: &str = "/v1/health";
/// `POST` an [`crate::AuditBatch`]: a [`crate::AuditReply`].
pub const AUDIT: &str = "/v1/audit";
/// `GET`: a [`crate::ReleaseOffer`].
pub const RELEASE_OFFER: &str = "/v1/releases/offer";
/// `POST` a [`crate::ReleaseReport`]: no content.
pub const RELEASE_REPORT: &str = "/v1/releases/report";
/// `GET` followed by `/` and the name of a metadata file of The Update Framework, such as
/// `timestamp.json` or `2.root.json`.
pub const RELEASE_METADATA: &str = "/v1/releases/metadata";
/// `GET` followed by `/` and the name of a target with its SHA-256 before it, such as
/// `0f…9a.dayroom-1.4.0.bundle`, with `Range: bytes=N-` to resume.
pub const RELEASE_TARGETS: &str = "/v1/releases/targets";
/// `POST` a [`crate::Retirement`]: a [`crate::RetirementReply`].
pub const RETIREMENT: &str = "/v1/retirement";
/// `GET`, also without a certificate under the EST name: the newest revocation list, DER, of media
/// type [`REVOCATION_LIST_TYPE`]. It is signed by the root, so it proves itself.
pub const REVOCATION_LIST: &str = "/v1/revocation-list";
/// `GET`: the OpenAPI 3.1 description of this wire.
pub const OPENAPI: &str = "/v1/openapi.json";

/// `GET`: the authority's root, as certs-only CMS (RFC 7030, 4.1). Under the EST name.
pub const EST_CACERTS: &str = "/.well-known/est/cacerts";
/// `GET`: what a request should have (RFC 7030, 4.5). Under the EST name.
pub const EST_CSRATTRS: &str = "/.well-known/est/csrattrs";
/// `POST` a PKCS #10 with kiosk and code as HTTP Basic: the first certificate (RFC 7030, 4.2.1).
pub const EST_SIMPLEENROLL: &str = "/.well-known/est/simpleenroll";
/// `POST` a PKCS #10 with the current certificate: the next one (RFC 7030, 4.2.2).
pub const EST_SIMPLEREENROLL: &str = "/.well-known/est/simplereenroll";
/// `GET` with a certificate: a [`crate::KioskSite`]. Under the EST name, so that a kiosk that was
/// given nothing but an address and a code learns the rest.
pub const SITE: &str = "/v1/site";
/// The name under which every central speaks EST beside the name of its own choice. A kiosk that
/// knows no more than an address and a code asks for it; `.internal` is nobody's in public.
pub const EST_COMMON_NAME: &str = "est.dayroom.internal";
/// Says in a word why EST gives no certificate, beside the sentence in the body.
pub const EST_REASON: &str = "dayroom-est-reason";

/// Carries `sha-256=:<base64>:` of the body (RFC 9530) on every JSON body and whole blob (R26).
pub const CONTENT_DIGEST: &str = "content-digest";
/// Media type of a [`crate::Problem`] (RFC 9457).
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// Media type of a revocation list (RFC 2585).
pub const REVOCATION_LIST_TYPE: &str = "application/pkix-crl";
/// Name of the server-sent event that says there is something to pull.
pub const POKE_EVENT: &str = "poke";
/// Name of the server-sent event that says that the connection is about to be closed because the
/// kiosk's certificate is revoked. A hint: the proof is [`REVOCATION_LIST`].
pub const REVOKED_EVENT: &str = "revoked";
