use dayroom_audit::{Word, kinds};
use dayroom_protocol::{
    Appeal, Attachment, AttachmentKind, Direction, FacilityId, Kind, MessageBody, MessageId,
    MessageState, ResidentId, Role, Rule, UtcMillis,
};

use super::message_record::{
    cannot, connection_of, facility_of, message, only_ordinary, promise_to, put_message, restore,
    withhold,
};
use super::money::refund;
use super::review_desk::fold;
use super::{OperatorError, Reason, found};
use crate::central::Central;
use crate::store::{self, NewReview, ReviewAct, Tx};

/// A message that somebody has to decide on; not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingLine {
    /// Which.
    pub message: MessageId,
    /// Whose.
    pub resident: ResidentId,
    /// Who wrote it.
    pub direction: Direction,
    /// Since when.
    pub since: UtcMillis,
    /// Until when the facility promised to have decided.
    pub promised_by: Option<UtcMillis>,
    /// Whether that has passed.
    pub overdue: bool,
}

/// A message a reviewer has open.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenMessage {
    /// Whose.
    pub resident: ResidentId,
    /// Who wrote it.
    pub direction: Direction,
    /// The contact's name.
    pub contact: String,
    /// How it stands.
    pub state: MessageState,
    /// What it says.
    pub text: String,
    /// Its pictures.
    pub pictures: Vec<OpenPicture>,
    /// Its video clips, counted.
    pub clips: u8,
}

/// A picture of a message a reviewer has open.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenPicture {
    /// The name it came with.
    pub name: String,
    /// What it is of.
    pub kind: AttachmentKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A reviewer's no.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The code of a rule of the facility.
    pub rule: String,
    /// Why, in plain words the resident is shown.
    pub reason: Reason,
    /// In which office.
    pub role: Role,
    /// Who decides.
    pub reviewer: String,
}

/// What comes of an appeal.
#[derive(Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The message is allowed after all.
    Grant,
    /// The decision stands, for a reason the resident is shown.
    Uphold(Reason),
}

/// A line of what reviewers did; nobody's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewLine {
    /// Its place in the list, counting up.
    pub number: u64,
    /// Which message.
    pub message: MessageId,
    /// Who; nobody: central itself, or before there were reviewers.
    pub reviewer: Option<String>,
    /// When.
    pub at: UtcMillis,
    /// What, in a word.
    pub act: &'static str,
    /// By which rule.
    pub rule: Option<String>,
}

/// Lines of the review log read at once.
const CHUNK: usize = 1000;

impl Central {
    /// Puts an ordinary message on hold by hand, also one that was delivered: kiosks are told
    /// without its content, except a resident's own words.
    ///
    /// # Errors
    /// When there is no such message, it is privileged, not delivered, gone out already, or was
    /// allowed on appeal.
    pub fn hold(&self, id: MessageId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            let (resident, mut body) = message(tx, id)?;
            only_ordinary(tx, &body)?;
            if body.state != MessageState::Delivered || is_final(&body) {
                return Err(cannot(&body));
            }
            if body.direction == Direction::Incoming {
                withhold(tx, id, &mut body)?;
            }
            body.state = MessageState::OnHold {
                since: now,
                promised_by: Some(promise_to(tx, resident, now)?),
            };
            log(tx, id, None, ReviewAct::Held, now)?;
            put(tx, id, resident, &body)
        })
    }

    /// Delivers a message that was on hold, without a reviewer being known: for what was decided
    /// elsewhere.
    ///
    /// # Errors
    /// When there is no such message, or it is not on hold.
    pub fn release(&self, id: MessageId) -> Result<(), OperatorError> {
        self.write(|tx| release(tx, id))
    }

    /// Delivers a message that was on hold.
    ///
    /// # Errors
    /// As [`Central::release`], or when there is no such reviewer.
    pub fn release_reviewed(
        &self,
        id: MessageId,
        reviewer: &str,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            let reviewer = reviewer_of(tx, id, reviewer)?;
            log(tx, id, Some(reviewer), ReviewAct::Released, now)?;
            release(tx, id)
        })
    }

    /// Rejects an ordinary message, without a rule and a reviewer being known: for what was decided
    /// elsewhere. Any reviewer may judge an appeal against it.
    ///
    /// # Errors
    /// As [`Central::reject_reviewed`].
    pub fn reject(
        &self,
        id: MessageId,
        reason: &Reason,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            log(tx, id, None, ReviewAct::Rejected, now)?;
            reject(tx, id, reason, None, Role::default(), now)
        })
    }

    /// Rejects an ordinary message, delivered or on hold, by a rule and with a reason the resident
    /// is shown; what it cost comes back if it was sent under rules that say so.
    ///
    /// # Errors
    /// When there is no such message, reviewer or rule, the message is privileged, was rejected
    /// before, has gone out, or was allowed on appeal.
    pub fn reject_reviewed(
        &self,
        id: MessageId,
        rejection: &Rejection,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            let reviewer = reviewer_of(tx, id, &rejection.reviewer)?;
            let facility = facility_of(tx, message(tx, id)?.0)?;
            let text = found(store::rule(tx.sql(), facility, &rejection.rule)?, "rule")?;
            let rule = Rule {
                code: rejection.rule.clone(),
                text: serde_json::from_str(&text)?,
            };
            tx.log_review(&NewReview {
                message: id,
                reviewer: Some(reviewer),
                at: now,
                act: ReviewAct::Rejected,
                role: Some(role_name(rejection.role)?),
                rule: Some(&rejection.rule),
            })?;
            reject(tx, id, &rejection.reason, Some(rule), rejection.role, now)
        })
    }

    /// Opens an ordinary message for a reviewer, and notes that they read it.
    ///
    /// # Errors
    /// When there is no such message or reviewer, or the message is privileged.
    pub fn open_for_review(
        &self,
        id: MessageId,
        reviewer: &str,
        now: UtcMillis,
    ) -> Result<OpenMessage, OperatorError> {
        self.write(|tx| {
            let (resident, body) = message(tx, id)?;
            only_ordinary(tx, &body)?;
            let reviewer = reviewer_of(tx, id, reviewer)?;
            log(tx, id, Some(reviewer), ReviewAct::Read, now)?;
            tx.audit(kinds::content_read(id.0, Word::new("review")), now)?;
            let contact = connection_of(tx.sql(), &body)?.contact.name;
            let (text, attachments) = match store::withheld(tx.sql(), id)? {
                Some(kept) => (kept.text, serde_json::from_str(&kept.attachments)?),
                None => (body.text, body.attachments),
            };
            Ok(OpenMessage {
                resident,
                direction: body.direction,
                contact,
                state: body.state,
                text: text.unwrap_or_default(),
                pictures: attachments
                    .iter()
                    .map(|picture| open_picture(tx, picture))
                    .collect::<Result<_, _>>()?,
                clips: body.clips,
            })
        })
    }

    /// What of a facility is on hold, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn waiting_for_review(
        &self,
        facility: FacilityId,
        now: UtcMillis,
    ) -> Result<Vec<WaitingLine>, OperatorError> {
        self.waiting(facility, false, now)
    }

    /// Which appeals of a facility are open, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn open_appeals(
        &self,
        facility: FacilityId,
        now: UtcMillis,
    ) -> Result<Vec<WaitingLine>, OperatorError> {
        self.waiting(facility, true, now)
    }

    /// Decides an appeal. Who rejected the message cannot. A granted one costs nothing: what was
    /// refunded stays refunded, and the message goes its way.
    ///
    /// # Errors
    /// When there is no such message or reviewer, no appeal is open, or the reviewer is the one
    /// who rejected it.
    pub fn decide_appeal(
        &self,
        id: MessageId,
        ruling: &Ruling,
        (role, reviewer): (Role, &str),
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            let (resident, mut body) = message(tx, id)?;
            let reviewer = reviewer_of(tx, id, reviewer)?;
            if !matches!(body.appeal, Some(Appeal::Open { .. })) {
                return Err(OperatorError::NotFound("open appeal"));
            }
            if store::rejected_by(tx.sql(), id)? == Some(reviewer) {
                return Err(OperatorError::SameReviewer);
            }
            let act = match ruling {
                Ruling::Grant => {
                    if body.direction == Direction::Incoming {
                        restore(tx, id, resident, &mut body)?;
                    }
                    body.state = MessageState::Delivered;
                    body.appeal = Some(Appeal::Granted { at: now });
                    ReviewAct::Granted
                }
                Ruling::Uphold(reason) => {
                    body.appeal = Some(Appeal::Upheld {
                        at: now,
                        by: role,
                        reason: reason.text().to_owned(),
                    });
                    ReviewAct::Upheld
                }
            };
            tx.log_review(&NewReview {
                message: id,
                reviewer: Some(reviewer),
                at: now,
                act,
                role: Some(role_name(role)?),
                rule: None,
            })?;
            put(tx, id, resident, &body)
        })
    }

    /// What reviewers did with one message, or with all.
    ///
    /// # Errors
    /// When the store fails.
    pub fn review_log(&self, of: Option<MessageId>) -> Result<Vec<ReviewLine>, OperatorError> {
        let mut all: Vec<ReviewLine> = Vec::new();
        loop {
            let after = all.last().map_or(0, |last| last.number);
            let rows = self
                .inner
                .store
                .read(|sql| store::reviews_after(sql, of, after, CHUNK))?;
            if rows.is_empty() {
                return Ok(all);
            }
            all.extend(rows.into_iter().map(|row| ReviewLine {
                number: row.number,
                message: row.message,
                reviewer: row.reviewer,
                at: row.at,
                act: match row.act {
                    ReviewAct::Read => "read",
                    ReviewAct::Held => "put on hold",
                    ReviewAct::Released => "released",
                    ReviewAct::Rejected => "rejected",
                    ReviewAct::Granted => "granted the appeal",
                    ReviewAct::Upheld => "upheld the decision",
                },
                rule: row.rule,
            }));
        }
    }

    fn waiting(
        &self,
        facility: FacilityId,
        appeal: bool,
        now: UtcMillis,
    ) -> Result<Vec<WaitingLine>, OperatorError> {
        self.inner.store.read(|sql| {
            store::waiting(sql, facility, appeal)?
                .into_iter()
                .map(|row| {
                    let stored = store::record(sql, Kind::Message, row.message.into())?;
                    let stored = found(stored, "message")?;
                    let body: MessageBody = stored.parse()?;
                    Ok(WaitingLine {
                        message: row.message,
                        resident: ResidentId(stored.scope),
                        direction: body.direction,
                        since: row.since,
                        promised_by: row.promised_by,
                        overdue: row.promised_by.is_some_and(|promised| promised < now),
                    })
                })
                .collect()
        })
    }
}

/// Whether nothing can be decided about a delivered message any more.
fn is_final(body: &MessageBody) -> bool {
    body.delivered_at.is_some() || matches!(body.appeal, Some(Appeal::Granted { .. }))
}

fn release(tx: &mut Tx<'_>, id: MessageId) -> Result<(), OperatorError> {
    let (resident, mut body) = message(tx, id)?;
    if !matches!(body.state, MessageState::OnHold { .. }) {
        return Err(cannot(&body));
    }
    if body.direction == Direction::Incoming {
        restore(tx, id, resident, &mut body)?;
    }
    body.state = MessageState::Delivered;
    put(tx, id, resident, &body)
}

fn reject(
    tx: &mut Tx<'_>,
    id: MessageId,
    reason: &Reason,
    rule: Option<Rule>,
    by: Role,
    now: UtcMillis,
) -> Result<(), OperatorError> {
    let (resident, mut body) = message(tx, id)?;
    only_ordinary(tx, &body)?;
    match (&body.state, body.direction) {
        (MessageState::Delivered, _) if is_final(&body) => return Err(cannot(&body)),
        (MessageState::Delivered, Direction::Incoming) => withhold(tx, id, &mut body)?,
        (MessageState::Delivered, Direction::Outgoing) | (MessageState::OnHold { .. }, _) => {}
        (MessageState::Rejected { .. }, _) => return Err(cannot(&body)),
    }
    body.state = MessageState::Rejected {
        at: now,
        reason: reason.text().to_owned(),
        rule,
        by,
        refund: refund(tx, id, resident, now)?,
    };
    put(tx, id, resident, &body)
}

fn put(
    tx: &mut Tx<'_>,
    id: MessageId,
    resident: ResidentId,
    body: &MessageBody,
) -> Result<(), OperatorError> {
    let facility = facility_of(tx, resident)?;
    Ok(put_message(tx, id, resident, facility, body)?)
}

/// The reviewer of that name in the facility of the message.
fn reviewer_of(tx: &Tx<'_>, id: MessageId, name: &str) -> Result<i64, OperatorError> {
    let facility = facility_of(tx, message(tx, id)?.0)?;
    let row = store::reviewer(tx.sql(), facility, &fold(name))?;
    Ok(found(row, "reviewer")?.id)
}

fn log(
    tx: &mut Tx<'_>,
    message: MessageId,
    reviewer: Option<i64>,
    act: ReviewAct,
    at: UtcMillis,
) -> Result<(), OperatorError> {
    Ok(tx.log_review(&NewReview {
        message,
        reviewer,
        at,
        act,
        role: None,
        rule: None,
    })?)
}

fn role_name(role: Role) -> Result<String, OperatorError> {
    Ok(serde_json::to_string(&role)?.trim_matches('"').to_owned())
}

fn open_picture(tx: &Tx<'_>, picture: &Attachment) -> Result<OpenPicture, OperatorError> {
    let bytes = usize::try_from(picture.bytes).unwrap_or(usize::MAX);
    Ok(OpenPicture {
        name: picture.name.clone(),
        kind: picture.kind,
        bytes: store::blob_part(tx.sql(), picture.blob, 0, bytes)?,
    })
}
