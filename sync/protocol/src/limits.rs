//! The sizes that bound everything on the wire.

/// Records in a page of the feed (R24).
pub const PAGE_RECORDS: usize = 500;
/// Bytes of a page of the feed, soft: a page closes after the record that passes it (R24).
pub const PAGE_BYTES: usize = 256 * 1024;
/// Bytes of any JSON body, hard (T17): a page and one largest record fit.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of a message's text.
pub const MESSAGE_BYTES: usize = 64 * 1024;
/// Characters of a message a resident writes, whatever the policy says.
pub const WRITTEN_CHARS: u32 = 20_000;
/// Bytes of a sealed draft in base64.
pub const SEALED_BYTES: usize = 128 * 1024;
/// Bytes of a wrapped draft key in base64.
pub const WRAPPED_BYTES: usize = 1024;
/// Drafts of a resident that are neither sent nor thrown away.
pub const DRAFTS: usize = 50;
/// Lines of a sign-in history.
pub const SIGN_INS: usize = 30;
/// Acknowledged notices that are kept.
pub const ACKNOWLEDGED: usize = 200;
/// Bytes of a note beside a connection request.
pub const NOTE_BYTES: usize = 2 * 1024;
/// Bytes of a name, relationship, place or file name.
pub const NAME_BYTES: usize = 256;
/// Attachments of a message.
pub const ATTACHMENTS: usize = 20;
/// Bytes of a blob.
pub const BLOB_BYTES: u64 = 32 * 1024 * 1024;
/// Pixels along one side of a picture (T23).
pub const PICTURE_SIDE: u32 = 4096;
/// Intents in one push.
pub const PUSH_INTENTS: usize = 100;
/// Entries of an audit in one batch; the largest of them fit into a body.
pub const AUDIT_ENTRIES: usize = 250;
/// Bytes of a signature in base64.
pub const SIGNATURE_BYTES: usize = 256;
/// Bytes of a cursor or an epoch.
pub const CURSOR_BYTES: usize = 64;
/// Days after which settled intents are no longer offered again to a new epoch (R4).
pub const REOFFER_DAYS: i64 = 14;
/// Days for which central remembers the answer to an intent, at least (R16).
pub const ANSWER_DAYS: i64 = 90;
/// Bytes of a text that operators sign: the largest policy fits.
pub const SIGNED_BYTES: usize = 320 * 1024;
/// Signatures under one text.
pub const OPERATOR_SIGNATURES: usize = 16;
/// Keys of a key set.
pub const OPERATOR_KEYS: usize = 64;
/// Days that an order may be good for.
pub const ORDER_DAYS: i64 = 30;
/// Orders whose results travel together.
pub const ORDER_RESULTS: usize = 100;
/// Bytes of a health report: a large one has 3 KiB.
pub const HEALTH_BYTES: usize = 16 * 1024;
/// Entries of any list in a health report.
pub const HEALTH_LIST: usize = 32;
/// Bytes of a name or version in a health report.
pub const HEALTH_TEXT: usize = 64;
/// Bytes of a metadata file of the releases.
pub const RELEASE_METADATA_BYTES: u64 = 256 * 1024;
/// Bytes of a release's bundle: a whole compressed image and some room.
pub const RELEASE_BUNDLE_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of the name of a release's file.
pub const RELEASE_FILE_NAME_BYTES: usize = 128;
/// Roots that may follow one another in one update.
pub const RELEASE_ROOTS: u64 = 64;
/// Bytes of a host name (RFC 1035, 2.3.4).
pub const HOST_BYTES: usize = 253;
/// Bytes of a scanned enrolment.
pub const ENROLMENT_SCAN_BYTES: usize = 320;
/// Bytes of a one-time file for a new kiosk, with a root certificate and signatures in it.
pub const TICKET_BYTES: usize = 16 * 1024;
/// Bytes of a certificate request, as DER.
pub const CSR_BYTES: usize = 8 * 1024;
/// Bytes of an answer of EST in base64: a few certificates.
pub const EST_BYTES: usize = 64 * 1024;
