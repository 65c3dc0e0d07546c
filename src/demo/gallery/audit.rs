//! The rules of the screen, judged from the element tree: who can touch it, and who can read it.

use std::fmt;

use super::records::OUTSIDE;
use crate::runtime::studio::{Element, Place, Text};

/// The least a control measures across and down, in millimetres.
const LEAST_SIZE_MM: f32 = 15.0;
/// The least between two controls, in millimetres.
const LEAST_SPACE_MM: f32 = 3.0;
/// What of a line's height stays empty above and below its letters, in font sizes.
const LINE_AIR: f32 = 0.2;
/// Pixels that rounding may cost.
const SLACK: f32 = 1.0;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A screen reader knows what it is.
    Role,
    /// It says what it is.
    Label,
    /// It can be used without a finger.
    Action,
    /// A thumb hits it.
    Size,
    /// A thumb hits nothing else.
    Space,
    /// All of it can be reached.
    Inside,
    /// The whole text can be read.
    Cut,
    /// A page has one primary action at most.
    Primary,
}

/// Something on a screen that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offence {
    /// Which rule.
    pub rule: Rule,
    /// Which element: its words and its component.
    pub element: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}: {}", self.rule, self.element, self.what)
    }
}

/// The panel a screen is judged on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Across and down, in pixels.
    pub panel: (u32, u32),
    /// Pixels in a millimetre.
    pub pixels_per_mm: f32,
}

impl Measure {
    fn place(self) -> Place {
        Place {
            x: 0.0,
            y: 0.0,
            width: self.panel.0 as f32,
            height: self.panel.1 as f32,
        }
    }

    fn mm(self, pixels: f32) -> f32 {
        pixels / self.pixels_per_mm
    }
}

/// Judges a screen.
pub fn judge(elements: &[Element], texts: &[Text], by: Measure) -> Vec<Offence> {
    let mut found: Vec<Offence> = elements.iter().flat_map(|one| alone(one, by)).collect();
    for (at, one) in elements.iter().enumerate() {
        let others = elements.iter().skip(at + 1);
        found.extend(others.filter_map(|other| too_near(one, other, by)));
    }
    found.extend(texts.iter().filter_map(cut));
    let primary = elements.iter().filter(|one| one.primary);
    found.extend(
        primary
            .skip(1)
            .map(|one| offence(Rule::Primary, one, "is not the only primary action")),
    );
    found
}

fn offence(rule: Rule, element: &Element, what: impl Into<String>) -> Offence {
    Offence {
        rule,
        element: name(element),
        what: what.into(),
    }
}

fn name(element: &Element) -> String {
    let role = element.role.as_deref().unwrap_or("no role");
    format!("{:?} ({role}, {})", element.label, element.kind)
}

/// What is wrong with one control by itself.
fn alone(one: &Element, by: Measure) -> Vec<Offence> {
    let mut found = Vec::new();
    if one.role.is_none() {
        found.push(offence(Rule::Role, one, "takes touches and has no role"));
    }
    if one.label.trim().is_empty() {
        found.push(offence(Rule::Label, one, "has no label"));
    }
    if !one.acts {
        found.push(offence(Rule::Action, one, "has no default action"));
    }
    let (width, height) = (by.mm(one.place.width), by.mm(one.place.height));
    if width.min(height) < LEAST_SIZE_MM - by.mm(SLACK) {
        let what = format!("measures {width:.1} by {height:.1} mm");
        found.push(offence(Rule::Size, one, what));
    }
    let across = one.place.x >= -SLACK && one.place.right() <= by.place().right() + SLACK;
    let whole = if one.scrolls {
        across && one.reachable.holds(one.place, SLACK)
    } else {
        by.place().holds(one.place, SLACK) && one.reachable.holds(one.place, SLACK)
    };
    if !whole {
        let Place {
            x,
            y,
            width,
            height,
        } = one.place;
        let what = format!("is cut: {width:.0} by {height:.0} pixels at {x:.0}, {y:.0}");
        found.push(offence(Rule::Inside, one, what));
    }
    found
}

/// Two controls a thumb cannot tell apart. One inside the other is one place with a second way in.
fn too_near(one: &Element, other: &Element, by: Measure) -> Option<Offence> {
    let (a, b) = (one.seen, other.seen);
    if a.is_empty() || b.is_empty() || a.holds(b, SLACK) || b.holds(a, SLACK) {
        return None;
    }
    let across = (a.x - b.right()).max(b.x - a.right());
    let down = (a.y - b.bottom()).max(b.y - a.bottom());
    let space = across.max(down);
    (by.mm(space) < LEAST_SPACE_MM - by.mm(SLACK)).then(|| {
        let what = format!("is {:.1} mm from {}", by.mm(space), name(other));
        offence(Rule::Space, one, what)
    })
}

/// A text that cannot be read to its end. One from outside may end with an ellipsis where its
/// component says so; ours never.
fn cut(text: &Text) -> Option<Offence> {
    if text.seen.is_empty() {
        return None;
    }
    let too_wide = text.needs_width > text.place.width + SLACK;
    let air = LINE_AIR * text.font_size;
    let too_high = text.needs_height > text.place.height + air + SLACK;
    let elides = text.may_elide && OUTSIDE.iter().any(|word| text.words.contains(word));
    let what = if (too_wide || too_high) && !elides {
        format!(
            "needs {:.0} by {:.0} pixels and has {:.0} by {:.0}",
            text.needs_width, text.needs_height, text.place.width, text.place.height
        )
    } else if !text.reachable.holds(text.place, SLACK) {
        "runs out of its place".to_owned()
    } else if let Some((control, _)) = text.control
        && !control.holds(text.place, SLACK)
    {
        "runs out of its control".to_owned()
    } else {
        return None;
    };
    let words: String = text.words.chars().take(60).collect();
    Some(Offence {
        rule: Rule::Cut,
        element: format!("{words:?} ({})", text.kind),
        what,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: Measure = Measure {
        panel: (1280, 800),
        pixels_per_mm: 4.0,
    };

    fn place(x: f32, y: f32, width: f32, height: f32) -> Place {
        Place {
            x,
            y,
            width,
            height,
        }
    }

    fn good(at: Place) -> Element {
        Element {
            kind: "Button".to_owned(),
            role: Some("Button".to_owned()),
            label: "Sign in".to_owned(),
            enabled: true,
            acts: true,
            place: at,
            seen: at,
            reachable: at,
            scrolls: false,
            primary: false,
        }
    }

    fn readable() -> Text {
        let at = place(10.0, 10.0, 200.0, 40.0);
        Text {
            kind: "Line".to_owned(),
            words: "Sign in".to_owned(),
            place: at,
            seen: at,
            reachable: at,
            needs_width: 120.0,
            needs_height: 40.0,
            may_elide: false,
            font_size: 30.0,
            control: None,
        }
    }

    fn rules(elements: &[Element], texts: &[Text]) -> Vec<Rule> {
        let found = judge(elements, texts, BY);
        found.into_iter().map(|one| one.rule).collect()
    }

    #[test]
    fn a_good_screen_has_no_offence() {
        let two = [
            good(place(0.0, 0.0, 100.0, 64.0)),
            good(place(112.0, 0.0, 100.0, 64.0)),
        ];
        assert_eq!(rules(&two, &[readable()]), []);
    }

    #[test]
    fn every_planted_offence_is_found() {
        let plain = good(place(0.0, 0.0, 100.0, 64.0));
        let plant = |change: fn(&mut Element)| {
            let mut one = plain.clone();
            change(&mut one);
            rules(&[one], &[])
        };
        assert_eq!(plant(|e| e.role = None), [Rule::Role]);
        assert_eq!(plant(|e| e.label = " ".to_owned()), [Rule::Label]);
        assert_eq!(plant(|e| e.acts = false), [Rule::Action]);
        assert_eq!(plant(|e| e.place.height = 50.0), [Rule::Size]);
        assert_eq!(plant(|e| e.place.x = -20.0), [Rule::Inside]);
        assert_eq!(plant(|e| e.reachable.width = 60.0), [Rule::Inside]);
        let both = |x| Element {
            primary: true,
            ..good(place(x, 0.0, 100.0, 64.0))
        };
        assert_eq!(rules(&[both(0.0)], &[]), []);
        assert_eq!(rules(&[both(0.0), both(200.0)], &[]), [Rule::Primary]);
        let near = good(place(105.0, 0.0, 100.0, 64.0));
        assert_eq!(rules(&[plain.clone(), near], &[]), [Rule::Space]);
        let over = good(place(60.0, 30.0, 100.0, 64.0));
        assert_eq!(rules(&[plain, over], &[]), [Rule::Space]);
    }

    #[test]
    fn a_text_of_ours_is_never_cut_and_one_from_outside_only_where_it_may() {
        let plant = |change: fn(&mut Text)| {
            let mut one = readable();
            change(&mut one);
            rules(&[], &[one])
        };
        assert_eq!(plant(|t| t.needs_width = 240.0), [Rule::Cut]);
        assert_eq!(plant(|t| t.needs_height = 80.0), [Rule::Cut]);
        assert_eq!(plant(|t| t.reachable.width = 100.0), [Rule::Cut]);
        let in_control = |t: &mut Text| t.control = Some((place(50.0, 0.0, 100.0, 64.0), true));
        assert_eq!(plant(in_control), [Rule::Cut]);
        assert_eq!(
            plant(|t| {
                t.needs_width = 240.0;
                t.may_elide = true;
            }),
            [Rule::Cut],
            "ours"
        );
        assert_eq!(
            plant(|t| {
                t.needs_width = 240.0;
                t.may_elide = true;
                t.words = "Elena Featherstonehaugh".to_owned();
            }),
            [],
            "from outside"
        );
    }
}
