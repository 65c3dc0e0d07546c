//! Contrast as it is drawn, from the pixels of a picture: at least 7:1 for text, 3:1 for controls.

use std::collections::BTreeMap;
use std::fmt;

use super::audit::Measure;
use crate::runtime::studio::{Element, Pixels, Place, Text};

/// The least contrast of a text with its ground.
pub const TEXT: f64 = 7.0;
/// The least contrast of a control with what is around it.
pub const CONTROL: f64 = 3.0;
/// Below this nothing is drawn as far as an eye can tell.
const NOTHING: f64 = 1.06;
/// Millimetres on both sides of a control's edge that are looked at.
const EDGE_MM: f32 = 1.0;

type Colour = [u8; 3];

/// Something that is hard to see.
#[derive(Clone, Debug, PartialEq)]
pub struct Faint {
    /// The text or the control.
    pub element: String,
    /// What it reaches.
    pub contrast: f64,
    /// What it has to reach.
    pub least: f64,
}

impl fmt::Display for Faint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            element,
            contrast,
            least,
        } = self;
        write!(f, "contrast {contrast:.1} of {least} at least: {element}")
    }
}

/// What is hard to see of a picture.
pub fn judge(picture: &Pixels, elements: &[Element], texts: &[Text], by: Measure) -> Vec<Faint> {
    let faint_text = |text: &Text| {
        let contrast = text_contrast(picture, text)?;
        (contrast < TEXT).then(|| Faint {
            element: format!("text {:?} ({})", text.words, text.kind),
            contrast,
            least: TEXT,
        })
    };
    let faint_control = |one: &Element| {
        let contrast = control_contrast(picture, one, EDGE_MM * by.pixels_per_mm)?;
        (contrast < CONTROL).then(|| Faint {
            element: format!("control {:?} ({})", one.label, one.kind),
            contrast,
            least: CONTROL,
        })
    };
    let usable = elements.iter().filter(|one| one.enabled);
    texts
        .iter()
        .filter_map(faint_text)
        .chain(usable.filter_map(faint_control))
        .collect()
}

/// Of the most common colour in a text's place with the one farthest from it. `None` if the text is
/// not wholly on the picture, or belongs to a control that cannot be used now.
fn text_contrast(picture: &Pixels, text: &Text) -> Option<f64> {
    let idle = text.control.is_some_and(|(_, enabled)| !enabled);
    if idle || !text.seen.holds(text.place, 1.0) {
        return None;
    }
    let colours = count(picture, text.place, |_, _| true);
    let ground = most_common(&colours)?;
    // A pixel or two may be of a neighbour.
    let least = colours.values().sum::<usize>() / 3000 + 3;
    let seen = colours.iter().filter(|(_, n)| **n >= least);
    seen.map(|(colour, _)| contrast(*colour, ground))
        .max_by(f64::total_cmp)
}

/// Of a control's edge, or of its surface, with what is around it; for a control that has neither,
/// of what is drawn in it.
fn control_contrast(picture: &Pixels, one: &Element, edge: f32) -> Option<f64> {
    let place = one.place;
    if !one.seen.holds(place, 1.0) {
        return None;
    }
    let wide = Place {
        x: place.x - edge - 2.0,
        y: place.y - edge - 2.0,
        width: place.width + 2.0 * edge + 4.0,
        height: place.height + 2.0 * edge + 4.0,
    };
    // Corners may be round: only the straight parts of the four sides count.
    let round = 5.0 * edge;
    let straight = |x: f32, y: f32| {
        (x > place.x + round && x < place.right() - round)
            || (y > place.y + round && y < place.bottom() - round)
    };
    let within = |x: f32, y: f32, by: f32| {
        x >= place.x + by && x < place.right() - by && y >= place.y + by && y < place.bottom() - by
    };
    let around = count(picture, wide, |x, y| !within(x, y, -1.0) && straight(x, y));
    let ground = most_common(&around)?;
    let border = count(picture, place, |x, y| !within(x, y, edge) && straight(x, y));
    // A border goes all around: what is a quarter of the band is one.
    let band = border.values().sum::<usize>();
    let edge_contrast = border
        .iter()
        .filter(|(_, n)| **n * 8 >= band)
        .map(|(colour, _)| contrast(*colour, ground))
        .max_by(f64::total_cmp)?;
    if edge_contrast > NOTHING {
        return Some(edge_contrast);
    }
    let inner = count(picture, place, |x, y| within(x, y, edge));
    let least = inner.values().sum::<usize>() / 2000 + 3;
    let drawn = inner.iter().filter(|(_, n)| **n >= least);
    drawn
        .map(|(colour, _)| contrast(*colour, ground))
        .max_by(f64::total_cmp)
}

/// How often each colour is there, of the pixels asked for.
fn count(
    picture: &Pixels,
    place: Place,
    asked: impl Fn(f32, f32) -> bool,
) -> BTreeMap<Colour, usize> {
    let mut colours = BTreeMap::new();
    let whole = |edge: f32, most: u32| (edge.max(0.0) as u32).min(most);
    for y in whole(place.y, picture.height)..whole(place.bottom(), picture.height) {
        for x in whole(place.x, picture.width)..whole(place.right(), picture.width) {
            if !asked(x as f32 + 0.5, y as f32 + 0.5) {
                continue;
            }
            let at = (y as usize * picture.width as usize + x as usize) * 4;
            if let Some([r, g, b, _]) = picture.rgba.get(at..at + 4) {
                *colours.entry([*r, *g, *b]).or_insert(0) += 1;
            }
        }
    }
    colours
}

fn most_common(colours: &BTreeMap<Colour, usize>) -> Option<Colour> {
    let most = colours.iter().max_by_key(|(_, n)| **n);
    most.map(|(colour, _)| *colour)
}

/// Contrast of two colours by WCAG 2.2, from 1 to 21.
pub fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Pixels {
        Pixels {
            width: 200,
            height: 200,
            rgba: [250, 246, 239, 255].repeat(200 * 200),
        }
    }

    fn paint(picture: &mut Pixels, x: usize, y: usize, side: usize, colour: Colour) {
        for row in y..y + side {
            for column in x..x + side {
                let at = (row * 200 + column) * 4;
                picture.rgba[at..at + 3].copy_from_slice(&colour);
            }
        }
    }

    const PLACE: Place = Place {
        x: 50.0,
        y: 50.0,
        width: 100.0,
        height: 100.0,
    };

    fn button() -> Element {
        Element {
            kind: "Button".to_owned(),
            role: Some("Button".to_owned()),
            label: "Go".to_owned(),
            enabled: true,
            acts: true,
            place: PLACE,
            seen: PLACE,
            reachable: PLACE,
            scrolls: false,
            primary: false,
        }
    }

    fn text() -> Text {
        Text {
            kind: "Line".to_owned(),
            words: "Go".to_owned(),
            place: PLACE,
            seen: PLACE,
            reachable: PLACE,
            needs_width: 20.0,
            needs_height: 20.0,
            may_elide: false,
            font_size: 20.0,
            control: None,
        }
    }

    const BY: Measure = Measure {
        panel: (200, 200),
        pixels_per_mm: 3.82,
    };

    #[test]
    fn black_on_white_is_21_and_the_same_colour_is_1() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
        assert!((contrast([9; 3], [9; 3]) - 1.0).abs() < 0.01);
    }

    #[test]
    fn grey_text_is_found_and_ink_is_not() {
        let mut picture = picture();
        paint(&mut picture, 80, 80, 20, [150, 150, 150]);
        assert_eq!(judge(&picture, &[], &[text()], BY).len(), 1);
        paint(&mut picture, 80, 80, 20, [30, 42, 50]);
        assert_eq!(judge(&picture, &[], &[text()], BY), []);
    }

    #[test]
    fn a_faint_border_is_found_even_round_dark_words() {
        let mut picture = picture();
        paint(&mut picture, 50, 50, 100, [221, 214, 202]);
        paint(&mut picture, 52, 52, 96, [255, 255, 255]);
        paint(&mut picture, 80, 80, 20, [30, 42, 50]);
        assert_eq!(judge(&picture, &[button()], &[], BY).len(), 1);
        paint(&mut picture, 50, 50, 100, [110, 118, 122]);
        paint(&mut picture, 52, 52, 96, [255, 255, 255]);
        assert_eq!(judge(&picture, &[button()], &[], BY), []);
    }

    #[test]
    fn a_control_without_border_is_seen_by_its_words() {
        let mut picture = picture();
        assert_eq!(
            judge(&picture, &[button()], &[], BY).len(),
            1,
            "nothing to see"
        );
        paint(&mut picture, 80, 80, 20, [30, 42, 50]);
        assert_eq!(judge(&picture, &[button()], &[], BY), []);
    }
}
