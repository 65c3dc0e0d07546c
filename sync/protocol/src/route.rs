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
/// `GET`: the OpenAPI 3.1 description of this wire.
pub const OPENAPI: &str = "/v1/openapi.json";

/// Carries `sha-256=:<base64>:` of the body (RFC 9530) on every JSON body and whole blob (R26).
pub const CONTENT_DIGEST: &str = "content-digest";
/// Media type of a [`crate::Problem`] (RFC 9457).
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// Name of the server-sent event that says there is something to pull.
pub const POKE_EVENT: &str = "poke";
