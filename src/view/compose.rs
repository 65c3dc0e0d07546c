//! Writing a message: the words, the keyboard, and what is said before it is sent.

use slint::Global;

use super::bind::Sink;
use super::generated as ui;
use super::show::Scene;
use crate::app::flows::compose::Compose;

/// Puts the page on the screen.
pub fn show(_scene: &Scene<'_>, window: &ui::AppWindow, _page: &Compose) {
    ui::ComposeAdapter::get(window).set_filled(true);
}

/// Leaves nothing of anybody on the page.
pub fn clear(window: &ui::AppWindow) {
    ui::ComposeAdapter::get(window).set_filled(false);
}

/// Joins the page's callbacks to the sink.
pub fn bind(_window: &ui::AppWindow, _sink: &Sink) {}
