use dayroom::domain::overlay::Overlay;
use dayroom::domain::{
    ConnectionId, ConnectionState, DraftId, IntentBody, Message, MessageId, MessageState,
    Preferences, ResidentId, UtcMillis,
};
use dayroom::store::{CacheReader, Draft, SavedDraft, StoreError};
use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use uuid::Builder;

use super::kiosk::Screen;

/// A thing of one's own that somebody may do, and the sealed words they saw before they wrote on.
pub struct Own {
    pub body: IntentBody,
    pub saw: Option<String>,
}

impl Own {
    fn of(body: IntentBody) -> Self {
        Self { body, saw: None }
    }
}

/// What somebody does with their drafts, messages, notices and preferences: a thing or two.
pub fn own_offers(
    screen: &Screen,
    cache: &CacheReader,
    resident: ResidentId,
    now: UtcMillis,
    rng: &mut SmallRng,
) -> Result<Vec<Own>, StoreError> {
    let overlay = Overlay::new(&screen.journal.entries(resident)?);
    let known: Vec<_> = cache
        .connections(resident)?
        .into_iter()
        .map(|connection| overlay.connection(connection).connection)
        .collect();
    let active: Vec<ConnectionId> = known
        .iter()
        .filter(|one| matches!(one.state, ConnectionState::Active { .. }))
        .map(|one| one.id)
        .collect();
    let mut offers = Vec::new();
    if let Some(connection) = active.choose(rng).copied() {
        offers.extend(with_words(screen, cache, (resident, connection), rng)?);
    }
    if let Some(connection) = known.choose(rng).map(|one| one.id) {
        let all = cache.messages(resident, connection, 0, 10)?;
        if let Some(message) = all.choose(rng) {
            offers.push(Own::of(with_message(message, rng)));
        }
    }
    match rng.random_range(0..6) {
        0 => {
            let notices = cache.notices(now)?;
            let must: Vec<_> = notices.iter().filter(|one| one.must_acknowledge).collect();
            offers.extend(must.choose(rng).map(|notice| {
                Own::of(IntentBody::AcknowledgeNotice {
                    notice: notice.id,
                    version: notice.version,
                })
            }));
        }
        1 => offers.push(Own::of(IntentBody::SetPreferences {
            preferences: Preferences {
                reach: rng.random(),
                calm: rng.random(),
                ..Preferences::default()
            },
        })),
        _ => {}
    }
    Ok(offers)
}

fn with_message(message: &Message, rng: &mut SmallRng) -> IntentBody {
    let appealed = message.passage.appeal.is_some();
    if matches!(message.state, MessageState::Rejected { .. }) && !appealed {
        return IntentBody::Appeal {
            message: message.id,
        };
    }
    IntentBody::Star {
        message: message.id,
        on: rng.random(),
    }
}

/// Writes, writes on, sends, or throws away.
fn with_words(
    screen: &Screen,
    cache: &CacheReader,
    (resident, connection): (ResidentId, ConnectionId),
    rng: &mut SmallRng,
) -> Result<Option<Own>, StoreError> {
    let leaving: Vec<MessageId> = screen
        .journal
        .unsettled(resident)?
        .into_iter()
        .filter_map(|intent| match intent.body {
            IntentBody::SendMessage { message, .. } => Some(message),
            _ => None,
        })
        .collect();
    let new = DraftId(Builder::from_random_bytes(rng.random()).into_uuid());
    // The draft, the revision it is made from, and what was seen of it.
    let mut drafts = vec![(new, 0, None)];
    for draft in screen.journal.drafts(resident)? {
        drafts.push((draft.id, draft.based_on, None));
    }
    for draft in cache.sealed_drafts(resident)? {
        if draft.sealed.is_some() {
            drafts.push((draft.id, draft.revision, draft.sealed));
        }
    }
    let picked = drafts.choose(rng).cloned();
    let Some((draft, based_on, saw)) =
        picked.filter(|(id, _, _)| !leaving.contains(&MessageId(id.0)))
    else {
        return Ok(None);
    };
    let words = format!("{:032x}", rng.random::<u128>());
    Ok(Some(match rng.random_range(0..8) {
        0..=3 => Own {
            body: IntentBody::SaveDraft {
                draft,
                connection,
                based_on,
                sealed: words,
            },
            saw,
        },
        4..=6 => Own::of(IntentBody::SendMessage {
            message: MessageId(draft.0),
            connection,
            text: words,
        }),
        _ if draft == new => return Ok(None),
        _ => Own::of(IntentBody::DropDraft { draft }),
    }))
}

/// The words go to the journal before they go to central. False: there is nothing to keep, since they
/// are on their way.
pub fn keep_words(
    screen: &mut Screen,
    resident: ResidentId,
    body: &IntentBody,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let IntentBody::SaveDraft {
        draft,
        connection,
        based_on,
        sealed,
    } = body
    else {
        return Ok(true);
    };
    let kept = screen.journal.save_draft(&Draft {
        id: *draft,
        resident,
        connection: *connection,
        body: sealed.clone(),
        changed_at: now,
        refused: None,
        based_on: *based_on,
    })?;
    Ok(kept == SavedDraft::Kept)
}
