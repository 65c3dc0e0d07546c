//! The message that is open: its words and pictures, its way, and what can be done about it.

use dayroom_ui as ui;
use slint::{Global, ModelRc};

use super::messages::{moment, shown_text, thumbs};
use super::parts::parts;
use super::passport::{self, Telling};
use super::pictures::Pictures;
use super::words;
use crate::domain::overlay::{Here, PendingAppeal, ShownMessage};
use crate::domain::{Connection, ConnectionState, Direction, MessageState};

/// What is on the page of one message.
pub struct OpenMessage<'a> {
    /// The message.
    pub shown: &'a ShownMessage,
    /// Of which connection.
    pub with: &'a Connection,
    /// Whether the undo of its appeal is on the screen.
    pub undo: bool,
}

/// Puts a message on the page.
pub fn show(
    app: &ui::AppWindow,
    open: &OpenMessage<'_>,
    pictures: &Pictures,
    telling: Telling<'_>,
) {
    let page = ui::MessagesAdapter::get(app);
    let mut steps = passport::steps(open.shown, telling);
    // Where it is now stands on top, as the newest does everywhere.
    steps.reverse();
    let photos = thumbs(&open.shown.message, pictures);
    let rows = rows(open.shown, &steps, photos.len());
    if let Some(steps) = words::changed(&page.get_opened_steps(), steps) {
        page.set_opened_steps(steps);
    }
    if let Some(photos) = words::changed(&page.get_opened_photos(), photos) {
        page.set_opened_photos(photos);
    }
    if let Some(rows) = words::changed(&page.get_opened_rows(), rows) {
        page.set_opened_rows(rows);
    }
    page.set_opened(opened(open, telling));
}

/// Leaves nothing of any message on the page.
pub fn clear(page: &ui::MessagesAdapter<'_>) {
    page.set_opened(ui::Opened::default());
    page.set_opened_rows(ModelRc::default());
    page.set_opened_photos(ModelRc::default());
    page.set_opened_steps(ModelRc::default());
}

fn opened(open: &OpenMessage<'_>, telling: Telling<'_>) -> ui::Opened {
    let (shown, contact) = (open.shown, &open.with.contact);
    let message = &shown.message;
    let held = |appeal: PendingAppeal| {
        appeal.refused.is_none() && appeal.held_for(telling.now.boot).is_some()
    };
    ui::Opened {
        id: message.id.to_string().into(),
        own: message.direction == Direction::Outgoing,
        sender: contact.name.as_str().into(),
        when: words::when(telling.locales, moment(message), telling.now.utc),
        lane: words::lane(contact.lane),
        starred: message.passage.starred,
        here: shown.here.is_some(),
        can_answer: matches!(open.with.state, ConnectionState::Active { .. }),
        can_rewrite: matches!(shown.here, Some(Here::Refused(_))),
        can_appeal: can_appeal(shown),
        can_undo_appeal: open.undo && shown.appeal.is_some_and(held),
    }
}

/// Whether another reviewer can be asked for: once, for what was not allowed.
fn can_appeal(shown: &ShownMessage) -> bool {
    shown.here.is_none()
        && shown.appeal.is_none()
        && shown.message.passage.appeal.is_none()
        && matches!(shown.message.state, MessageState::Rejected { .. })
}

/// What stands under one another. The way comes first where something is not as it should be.
fn rows(shown: &ShownMessage, steps: &[ui::PassportStep], photos: usize) -> Vec<ui::OpenedRow> {
    let row = |kind, text: &str, count: usize| ui::OpenedRow {
        kind,
        text: text.into(),
        count: words::count(count),
    };
    let way = row(ui::OpenedKind::Passport, "", 0);
    let waits =
        |step: &ui::PassportStep| !matches!(step.mark, ui::StepMark::Done | ui::StepMark::Ahead);
    let first = steps.iter().any(waits);
    let mut rows = Vec::new();
    if first {
        rows.push(way.clone());
    }
    let text = shown_text(&shown.message);
    if !text.is_empty() {
        let parts = parts(text);
        rows.extend(parts.iter().map(|part| row(ui::OpenedKind::Text, part, 0)));
    }
    if photos > 0 {
        rows.push(row(ui::OpenedKind::Pictures, "", photos));
    }
    let clips = usize::from(shown.message.passage.clips);
    if clips > 0 {
        rows.push(row(ui::OpenedKind::Clips, "", clips));
    }
    if !first {
        rows.push(way);
    }
    rows
}
