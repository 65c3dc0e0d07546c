//! A picture on the whole screen.

use slint::{Global, Image};

use super::generated as ui;
use super::locale::Locales;
use super::pictures::Pictures;
use super::words;
use crate::domain::{Message, UtcMillis};

/// Puts the picture at `index` of the message on the screen.
pub fn show(
    app: &ui::AppWindow,
    (message, index): (&Message, usize),
    sender: &str,
    pictures: &Pictures,
    locales: &Locales,
    now: UtcMillis,
) {
    let page = ui::PhotoAdapter::get(app);
    let (state, image) = message
        .attachments
        .get(index)
        .map_or_else(|| (ui::PhotoState::Unavailable, Image::default()), |a| pictures.whole(a));
    page.set_state(state);
    page.set_image(image);
    page.set_sender(sender.into());
    page.set_when(words::when(locales, message.at, now));
    page.set_index(words::count(index.saturating_add(1)));
    page.set_count(words::count(message.attachments.len()));
}

/// Leaves nothing of anybody on the page.
pub fn clear(app: &ui::AppWindow) {
    let page = ui::PhotoAdapter::get(app);
    page.set_image(Image::default());
    page.set_sender("".into());
    page.set_when(words::never());
    page.set_index(0);
    page.set_count(0);
}
