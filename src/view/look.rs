//! How everything looks: theme, text size, direction, reach.

use slint::{Global, Model};

use super::generated as ui;
use crate::domain::{Contrast, Preferences, TextSize};

/// How everything looks. [`Look::default`] is the wall's, where nobody has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How large text is.
    pub text_size: TextSize,
    /// Which colours.
    pub contrast: Contrast,
    /// Everything to touch stands in the lower part of the panel.
    pub reach: bool,
    /// What is pressed again and again stands on the left.
    pub left_handed: bool,
    /// Only a band of lines of a message is clear.
    pub reading_window: bool,
    /// Nothing moves.
    pub still: bool,
}

impl From<&Preferences> for Look {
    fn from(preferences: &Preferences) -> Self {
        Self {
            text_size: preferences.text_size,
            contrast: preferences.contrast,
            reach: preferences.reach,
            left_handed: preferences.left_handed,
            reading_window: preferences.reading_window,
            still: preferences.calm,
        }
    }
}

/// Languages written from right to left, by the first part of their tag.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ur", "yi"];

/// Sets the tokens; every page follows.
pub fn apply(window: &ui::AppWindow, look: &Look) {
    let theme = ui::Theme::get(window);
    theme.set_contrast(match look.contrast {
        Contrast::Light => ui::Contrast::Light,
        Contrast::Dark => ui::Contrast::Dark,
        Contrast::High => ui::Contrast::High,
    });
    theme.set_text_size(match look.text_size {
        TextSize::Normal => ui::TextSize::Normal,
        TextSize::Large => ui::TextSize::Large,
        TextSize::Largest => ui::TextSize::Largest,
    });
    ui::Reach::get(window).set_low(look.reach);
    ui::Handed::get(window).set_left(look.left_handed);
    ui::Privacy::get(window).set_reading_window(look.reading_window);
    ui::Motion::get(window).set_off(look.still);
}

/// Turns the layout to the side the language begins on, and names the language.
pub fn follow_language(window: &ui::AppWindow, tag: &str) {
    let first = tag.split('-').next().unwrap_or_default();
    ui::Direction::get(window).set_mirrored(RIGHT_TO_LEFT.contains(&first));
    let shell = ui::ShellAdapter::get(window);
    let named = shell.get_languages().iter().find(|one| one.code == tag);
    shell.set_language_name(named.map_or_else(|| tag.into(), |one| one.name));
}
