//! Bodies of records and intents about what is a resident's own.

use dayroom_protocol as wire;

use super::map::map_time;
use super::map_people::{is_tag, name};
use crate::domain::{
    Account, Acknowledged, Cents, ConnectionId, Contrast, DraftId, NoticeId, Preferences,
    ResidentId, SealedDraft, SignInEntry, TextSize,
};

pub(super) fn map_account(body: wire::AccountBody) -> Account {
    Account {
        balance: Cents(body.balance.0),
        preferences: map_preferences(body.preferences),
        sign_ins: body
            .sign_ins
            .into_iter()
            .map(|entry| SignInEntry {
                at: map_time(entry.at),
                kiosk: name(&entry.kiosk),
                right: entry.right,
            })
            .collect(),
        acknowledged: body
            .acknowledged
            .into_iter()
            .map(|one| Acknowledged {
                notice: NoticeId(one.notice.0),
                version: one.version,
                at: map_time(one.at),
            })
            .collect(),
    }
}

pub(super) fn map_draft(
    id: wire::RecordId,
    resident: ResidentId,
    body: wire::DraftBody,
) -> SealedDraft {
    SealedDraft {
        id: DraftId(id.0),
        resident,
        connection: ConnectionId(body.connection.0),
        revision: body.revision,
        sealed: body.sealed,
        kiosk: name(&body.kiosk),
        at: map_time(body.at),
        beside: body.beside.map(|id| DraftId(id.0)),
    }
}

fn map_preferences(wanted: wire::Preferences) -> Preferences {
    Preferences {
        language: wanted.language.filter(|tag| is_tag(tag)),
        text_size: match wanted.text_size {
            wire::TextSize::Normal => TextSize::Normal,
            wire::TextSize::Large => TextSize::Large,
            wire::TextSize::Largest => TextSize::Largest,
        },
        contrast: match wanted.contrast {
            wire::Contrast::Light => Contrast::Light,
            wire::Contrast::Dark => Contrast::Dark,
            wire::Contrast::High => Contrast::High,
        },
        reach: wanted.reach,
        left_handed: wanted.left_handed,
        reading_window: wanted.reading_window,
        shuffle_pin: wanted.shuffle_pin,
        calm: wanted.calm,
    }
}

pub(super) fn preferences_to_send(wanted: &Preferences) -> wire::Preferences {
    wire::Preferences {
        language: wanted.language.clone(),
        text_size: match wanted.text_size {
            TextSize::Normal => wire::TextSize::Normal,
            TextSize::Large => wire::TextSize::Large,
            TextSize::Largest => wire::TextSize::Largest,
        },
        contrast: match wanted.contrast {
            Contrast::Light => wire::Contrast::Light,
            Contrast::Dark => wire::Contrast::Dark,
            Contrast::High => wire::Contrast::High,
        },
        reach: wanted.reach,
        left_handed: wanted.left_handed,
        reading_window: wanted.reading_window,
        shuffle_pin: wanted.shuffle_pin,
        calm: wanted.calm,
    }
}
