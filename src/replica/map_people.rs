//! Bodies of records. Every text passes [`text`] here, once, and nowhere else.

use std::time::Duration;

use dayroom_protocol as wire;
use dayroom_protocol::limits;

use super::map::{Unfit, map_time};
use crate::domain::{
    Access, Appeal, ApprovalRule, Attachment, AttachmentKind, BlobHash, Cents, Connection,
    ConnectionId, ConnectionState, Contact, Decision, Direction, Identity, Lane, LastSignIn,
    LocalText, MediaType, Message, MessageId, MessageRules, MessageState, Notice, NoticeId,
    NoticeKind, Passage, Policy, Resident, ResidentId, ResidentNumber, Role, Rule, text,
};

/// Characters of a name, relationship, place, label or file name.
const NAME_CHARS: usize = 80;
/// Characters of a heading or a reason.
const LINE_CHARS: usize = 200;
/// Bytes of a language tag or a time zone's name.
const TAG_BYTES: usize = 64;

pub(super) fn map_policy(body: wire::PolicyBody) -> Policy {
    let safe = Policy::default();
    let mut languages: Vec<String> = body.languages.into_iter().filter(|t| is_tag(t)).collect();
    languages.truncate(16);
    if languages.is_empty() {
        languages = safe.languages;
    }
    Policy {
        facility: name(&body.facility),
        unit: name(&body.unit),
        time_zone: Some(body.time_zone)
            .filter(|zone| is_tag(zone))
            .unwrap_or(safe.time_zone),
        languages,
        consent_version: body.consent.version,
        consent: map_local(body.consent.text, text::clean_block),
        idle_warning: seconds(body.idle_warning),
        idle_lock: seconds(body.idle_lock),
        lease: seconds(body.lease),
        messages: MessageRules {
            price: Cents(body.messages.price.0),
            characters: body.messages.characters.min(limits::WRITTEN_CHARS),
            review: body.messages.review,
            review_promise: seconds(body.messages.review_promise),
            refund: body.messages.refund,
        },
        technician_verifier: body.technician_verifier,
    }
}

pub(super) fn map_notice(id: wire::RecordId, body: wire::NoticeBody) -> Notice {
    Notice {
        id: NoticeId(id.0),
        kind: match body.kind {
            wire::NoticeKind::Notice => NoticeKind::Notice,
            wire::NoticeKind::Handbook => NoticeKind::Handbook,
            wire::NoticeKind::Hotline => NoticeKind::Hotline,
            wire::NoticeKind::Rights => NoticeKind::Rights,
            wire::NoticeKind::Prea => NoticeKind::Prea,
            wire::NoticeKind::Reporting => NoticeKind::Reporting,
        },
        version: body.version,
        must_acknowledge: body.must_acknowledge,
        order: body.order,
        title: map_local(body.title, line),
        text: map_local(body.text, text::clean_block),
        from: map_time(body.from),
        until: body.until.map(map_time),
    }
}

pub(super) fn map_resident(
    id: wire::RecordId,
    body: wire::ResidentBody,
) -> Result<Resident, Unfit> {
    Ok(Resident {
        id: ResidentId(id.0),
        number: ResidentNumber::parse(&body.number).ok_or(Unfit)?,
        name: name(&body.name),
        pin_verifier: body.pin_verifier,
        access: match body.access {
            wire::Access::Open => Access::Open,
            wire::Access::Frozen => Access::Frozen,
        },
        badge: body.badge,
    })
}

pub(super) fn map_sign_in(body: wire::SignIn) -> LastSignIn {
    LastSignIn {
        at: map_time(body.at),
        kiosk: name(&body.kiosk),
        failed_since: body.failed_since,
    }
}

pub(super) fn map_connection(
    id: wire::RecordId,
    resident: ResidentId,
    body: wire::ConnectionBody,
) -> Connection {
    Connection {
        id: ConnectionId(id.0),
        resident,
        contact: Contact {
            name: name(&body.contact.name),
            relationship: name(&body.contact.relationship),
            place: body.contact.place.as_deref().map(name),
            lane: match body.contact.lane {
                wire::Lane::Ordinary => Lane::Ordinary,
                wire::Lane::Attorney => Lane::Attorney,
                wire::Lane::Clergy => Lane::Clergy,
            },
        },
        note: text::clean_block(&body.note),
        identity: match body.identity {
            wire::Identity::Checked { at } => Identity::Checked(map_time(at)),
            wire::Identity::Unchecked => Identity::Unchecked,
        },
        approval: match body.approval {
            wire::ApprovalRule::AfterResident => ApprovalRule::AfterResident,
            wire::ApprovalRule::ResidentAlone => ApprovalRule::ResidentAlone,
        },
        asked_at: map_time(body.asked_at),
        state: map_connection_state(body.state),
    }
}

fn map_connection_state(state: wire::ConnectionState) -> ConnectionState {
    use wire::ConnectionState as Wire;
    match state {
        Wire::Asked => ConnectionState::Asked,
        Wire::AwaitFacility { since } => ConnectionState::AwaitFacility {
            since: map_time(since),
        },
        Wire::Active { since } => ConnectionState::Active {
            since: map_time(since),
        },
        Wire::Declined { at } => ConnectionState::Declined { at: map_time(at) },
        Wire::Blocked { at } => ConnectionState::Blocked { at: map_time(at) },
        Wire::Removed { at } => ConnectionState::Removed { at: map_time(at) },
        Wire::Withdrawn { at } => ConnectionState::Withdrawn { at: map_time(at) },
        Wire::Refused { at, reason } => ConnectionState::Refused {
            at: map_time(at),
            reason: line(&reason),
        },
    }
}

pub(super) fn map_message(
    id: wire::RecordId,
    resident: ResidentId,
    body: wire::MessageBody,
) -> Result<Message, Unfit> {
    Ok(Message {
        id: MessageId(id.0),
        resident,
        connection: ConnectionId(body.connection.0),
        number: body.number,
        direction: match body.direction {
            wire::Direction::Incoming => Direction::Incoming,
            wire::Direction::Outgoing => Direction::Outgoing,
        },
        at: map_time(body.at),
        state: match body.state {
            wire::MessageState::Delivered => MessageState::Delivered,
            wire::MessageState::OnHold { since, promised_by } => MessageState::OnHold {
                since: map_time(since),
                promised_by: promised_by.map(map_time),
            },
            wire::MessageState::Rejected {
                at,
                reason,
                rule,
                by,
                refund,
            } => MessageState::Rejected {
                at: map_time(at),
                reason: line(&reason),
                decision: Box::new(Decision {
                    rule: rule.map(|rule| Rule {
                        code: name(&rule.code),
                        text: map_local(rule.text, line),
                    }),
                    by: map_role(by),
                    refund: refund.map(|cents| Cents(cents.0)),
                }),
            },
        },
        text: body.text.as_deref().map(text::clean_block),
        attachments: body
            .attachments
            .into_iter()
            .map(map_attachment)
            .collect::<Result<_, _>>()?,
        read_at: body.read_at.map(map_time),
        passage: Passage {
            written_at: body.written_at.map(map_time),
            delivered_at: body.delivered_at.map(map_time),
            clips: body.clips,
            appeal: body.appeal.map(map_appeal),
            starred: body.starred,
        },
    })
}

fn map_appeal(appeal: wire::Appeal) -> Appeal {
    match appeal {
        wire::Appeal::Open { since, promised_by } => Appeal::Open {
            since: map_time(since),
            promised_by: promised_by.map(map_time),
        },
        wire::Appeal::Upheld { at, by, reason } => Appeal::Upheld {
            at: map_time(at),
            by: map_role(by),
            reason: line(&reason),
        },
        wire::Appeal::Granted { at } => Appeal::Granted { at: map_time(at) },
    }
}

fn map_role(role: wire::Role) -> Role {
    match role {
        wire::Role::MailRoom => Role::MailRoom,
        wire::Role::Supervisor => Role::Supervisor,
        wire::Role::Investigations => Role::Investigations,
        wire::Role::Administration => Role::Administration,
    }
}

/// A picture past the limits is not shown: its message goes to quarantine (T23).
fn map_attachment(body: wire::Attachment) -> Result<Attachment, Unfit> {
    let side = |pixels: u16| (1..=limits::PICTURE_SIDE).contains(&u32::from(pixels));
    if u64::from(body.bytes) > limits::BLOB_BYTES || !side(body.width) || !side(body.height) {
        return Err(Unfit);
    }
    Ok(Attachment {
        blob: BlobHash(body.blob.0),
        media: match body.media {
            wire::MediaType::Jpeg => MediaType::Jpeg,
            wire::MediaType::Png => MediaType::Png,
            wire::MediaType::Webp => MediaType::Webp,
        },
        bytes: body.bytes,
        width: body.width,
        height: body.height,
        name: name(&body.name),
        kind: match body.kind {
            wire::AttachmentKind::Photo => AttachmentKind::Photo,
            wire::AttachmentKind::Card => AttachmentKind::Card,
            wire::AttachmentKind::MailPage => AttachmentKind::MailPage,
            wire::AttachmentKind::DocumentPage => AttachmentKind::DocumentPage,
        },
    })
}

fn map_local(text: wire::LocalText, clean: impl Fn(&str) -> String) -> LocalText {
    let clean = |(tag, text): (String, String)| is_tag(&tag).then(|| (tag, clean(&text)));
    LocalText(text.0.into_iter().filter_map(clean).collect())
}

pub(super) fn name(text: &str) -> String {
    text::clean_line(text, NAME_CHARS)
}

fn line(text: &str) -> String {
    text::clean_line(text, LINE_CHARS)
}

/// Whether it has the letters of a language tag or of a time zone's name.
pub(super) fn is_tag(text: &str) -> bool {
    (1..=TAG_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b'+'))
}

fn seconds(span: wire::Seconds) -> Duration {
    Duration::from_secs(span.0.into())
}
