//! A picture, card or page on the whole screen.

use dayroom_ui as ui;
use slint::{Global, Image};

use super::locale::Locales;
use super::messages::{picture_kind, place_of_kind};
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
    let Some(attachment) = message.attachments.get(index) else {
        page.set_state(ui::PhotoState::Unavailable);
        page.on_picture(|_, _, _| Image::default());
        return;
    };
    let at = words::count(index.saturating_add(1));
    if page.get_index() != at {
        look_at_all_of_it(&page);
    }
    let (number, of) = place_of_kind(&message.attachments, index);
    page.set_state(pictures.state(attachment));
    page.set_kind(picture_kind(attachment.kind));
    page.set_sender(sender.into());
    page.set_when(words::when(locales, message.at, now));
    page.set_number(words::count(number));
    page.set_of(words::count(of));
    page.set_index(at);
    page.set_count(words::count(message.attachments.len()));
    page.set_pixels_wide(i32::from(attachment.width));
    page.set_pixels_high(i32::from(attachment.height));
    page.on_picture({
        let (pictures, attachment) = (pictures.clone(), attachment.clone());
        move |width, height, _| {
            let side = u32::try_from(width.max(height)).unwrap_or(0);
            pictures.sized(&attachment, side)
        }
    });
    // What was on the screen before may have had the same size.
    let another = page.get_generation().wrapping_add(1);
    page.set_generation(another);
}

/// Leaves nothing of anybody on the page.
pub fn clear(app: &ui::AppWindow) {
    let page = ui::PhotoAdapter::get(app);
    page.on_picture(|_, _, _| Image::default());
    page.set_generation(page.get_generation().wrapping_add(1));
    page.set_state(ui::PhotoState::Loading);
    page.set_sender("".into());
    page.set_when(words::never());
    page.set_number(0);
    page.set_of(0);
    page.set_index(0);
    page.set_count(0);
    look_at_all_of_it(&page);
}

fn look_at_all_of_it(page: &ui::PhotoAdapter<'_>) {
    page.set_zoom(1.0);
    page.set_pan_x(0.0);
    page.set_pan_y(0.0);
}
