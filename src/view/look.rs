//! How everything looks: theme, text size, direction, reach.

use dayroom_ui as ui;
use slint::{Global, Model};

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

#[cfg(test)]
mod tests {
    use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};
    use slint::Color;

    use super::*;

    /// WCAG 2.2 relative luminance.
    fn luminance(color: Color) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color.red())
            + 0.7152 * linear(color.green())
            + 0.0722 * linear(color.blue())
    }

    /// WCAG 2.2 contrast ratio.
    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    fn window() -> ui::AppWindow {
        let backend = TestingBackend::new(TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: None,
        });
        slint::platform::set_platform(Box::new(backend)).unwrap();
        ui::AppWindow::new().unwrap()
    }

    #[test]
    fn contrast_is_measured_as_wcag_says() {
        let black = Color::from_rgb_u8(0, 0, 0);
        let white = Color::from_rgb_u8(255, 255, 255);
        assert!((contrast(black, white) - 21.0).abs() < 0.01);
        let grey = Color::from_rgb_u8(0x76, 0x76, 0x76);
        assert!((contrast(grey, white) - 4.54).abs() < 0.01);
    }

    #[test]
    fn text_reaches_7_to_1_and_controls_3_to_1_on_every_ground_in_every_theme() {
        let window = window();
        let palette = ui::Palette::get(&window);
        for theme in [Contrast::Light, Contrast::Dark, Contrast::High] {
            let look = Look {
                contrast: theme,
                ..Look::default()
            };
            apply(&window, &look);
            let p = &palette;
            let grounds = [("paper", p.get_paper()), ("card", p.get_card())];
            let soft = [
                ("soft", p.get_soft()),
                ("soft-pressed", p.get_soft_pressed()),
            ];
            let mut text = Vec::new();
            for (ground, behind) in grounds {
                for (role, color) in [
                    ("ink", p.get_ink()),
                    ("muted", p.get_muted()),
                    ("primary", p.get_primary()),
                    ("amber", p.get_amber()),
                    ("violet", p.get_violet()),
                    ("green", p.get_green()),
                    ("red", p.get_red()),
                ] {
                    text.push((role, color, ground, behind));
                }
            }
            // Quiet text is muted on a row only while no finger is on it.
            for (ground, behind) in soft {
                text.push(("ink", p.get_ink(), ground, behind));
                text.push(("primary", p.get_primary(), ground, behind));
            }
            text.extend([
                ("amber", p.get_amber(), "soft", p.get_soft()),
                ("on-primary", p.get_on_primary(), "primary", p.get_primary()),
                (
                    "on-primary",
                    p.get_on_primary(),
                    "pressed",
                    p.get_primary_pressed(),
                ),
                ("amber", p.get_amber(), "amber-ground", p.get_amber_ground()),
                (
                    "violet",
                    p.get_violet(),
                    "violet-ground",
                    p.get_violet_ground(),
                ),
                ("ink", p.get_ink(), "violet-ground", p.get_violet_ground()),
                ("green", p.get_green(), "green-ground", p.get_green_ground()),
                ("red", p.get_red(), "red-ground", p.get_red_ground()),
                (
                    "muted",
                    p.get_muted(),
                    "disabled-ground",
                    p.get_disabled_ground(),
                ),
                ("on-inverse", p.get_on_inverse(), "inverse", p.get_inverse()),
                ("on-dark", p.get_on_dark(), "dark", p.get_dark()),
                (
                    "on-dark",
                    p.get_on_dark(),
                    "dark-pressed",
                    p.get_dark_pressed(),
                ),
            ]);
            let mut lines = Vec::new();
            for (ground, behind) in grounds {
                for (role, color) in [
                    ("control-line", p.get_control_line()),
                    ("primary", p.get_primary()),
                    ("violet", p.get_violet()),
                ] {
                    lines.push((role, color, ground, behind));
                }
            }
            lines.extend([
                (
                    "inverse-accent",
                    p.get_inverse_accent(),
                    "inverse",
                    p.get_inverse(),
                ),
                ("on-dark", p.get_on_dark(), "dark", p.get_dark()),
                ("primary", p.get_primary(), "soft", p.get_soft()),
            ]);
            for (least, pairs) in [(7.0, text), (3.0, lines)] {
                for (role, color, ground, behind) in pairs {
                    let ratio = contrast(color, behind);
                    assert!(
                        ratio >= least,
                        "{role} on {ground}, {theme:?}: {ratio:.2} is under {least}"
                    );
                }
            }
        }
    }

    #[test]
    fn arabic_turns_the_layout_and_spanish_turns_it_back() {
        let window = window();
        follow_language(&window, "ar-EG");
        assert!(ui::Direction::get(&window).get_mirrored());
        follow_language(&window, "es");
        assert!(!ui::Direction::get(&window).get_mirrored());
        assert_eq!(
            ui::ShellAdapter::get(&window).get_language_name(),
            "Español"
        );
    }

    #[test]
    fn capitals_have_their_height_and_targets_15_mm_in_every_text_size() {
        let window = window();
        for (text_size, capitals) in [
            (TextSize::Normal, 4.8),
            (TextSize::Large, 7.3),
            (TextSize::Largest, 8.2),
        ] {
            apply(
                &window,
                &Look {
                    text_size,
                    ..Look::default()
                },
            );
            let metrics = ui::Metrics::get(&window);
            let per_mm = metrics.get_px_per_mm();
            assert!(metrics.get_text() * 0.668 / per_mm >= capitals);
            assert!(metrics.get_control() / per_mm >= 15.0);
            assert!(metrics.get_gap() / per_mm >= 3.0);
        }
    }
}
