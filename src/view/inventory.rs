//! Everything on the screen that can be touched or read, with its place: what the audits look at.
//! It reads Slint's own item tree, which is pinned to one version.

use std::ops::ControlFlow;
use std::rc::Rc;

use i_slint_core::accessibility::{
    AccessibilityAction, AccessibleStringProperty, SupportedAccessibilityAction,
};
use i_slint_core::item_tree::{ItemRc, ParentItemTraversalMode};
use i_slint_core::items::{
    AccessibleRole, ComplexText, Flickable, Orientation, SimpleText, TextOverflow, TextWrap,
    TouchArea,
};
use i_slint_core::lengths::{LogicalPoint, LogicalRect};
use i_slint_core::window::{WindowAdapter, WindowInner};
use slint::ComponentHandle;

/// A place on the panel in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Left.
    pub x: f32,
    /// Top.
    pub y: f32,
    /// Across.
    pub width: f32,
    /// Down.
    pub height: f32,
}

impl Place {
    /// Right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// Whether nothing of it is left.
    pub fn is_empty(self) -> bool {
        self.width < 1.0 || self.height < 1.0
    }

    /// Whether `inner` lies in it, give or take `slack` pixels.
    pub fn holds(self, inner: Self, slack: f32) -> bool {
        inner.x >= self.x - slack
            && inner.y >= self.y - slack
            && inner.right() <= self.right() + slack
            && inner.bottom() <= self.bottom() + slack
    }

    /// The part of it that is in `other` too.
    pub fn meet(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        Self {
            x,
            y,
            width: (self.right().min(other.right()) - x).max(0.0),
            height: (self.bottom().min(other.bottom()) - y).max(0.0),
        }
    }
}

impl From<LogicalRect> for Place {
    fn from(rect: LogicalRect) -> Self {
        Self {
            x: rect.origin.x,
            y: rect.origin.y,
            width: rect.size.width,
            height: rect.size.height,
        }
    }
}

/// Something that can be touched.
#[derive(Clone, Debug)]
pub struct Element {
    /// The component it is written in, for who has to mend it.
    pub kind: String,
    /// Its role, `None` if a screen reader does not know of it.
    pub role: Option<String>,
    /// Its label.
    pub label: String,
    /// Whether it can be used now.
    pub enabled: bool,
    /// Whether it has a default action.
    pub acts: bool,
    /// Where it is, whether it can be seen or not.
    pub place: Place,
    /// What of it can be seen.
    pub seen: Place,
    /// What of it could be seen if every list were scrolled to it.
    pub reachable: Place,
    /// Whether it scrolls with something.
    pub scrolls: bool,
    /// Whether it is the one action of the page.
    pub primary: bool,
}

/// Something that can be read.
#[derive(Clone, Debug)]
pub struct Text {
    /// The component it is written in.
    pub kind: String,
    /// The words.
    pub words: String,
    /// Where it is.
    pub place: Place,
    /// What of it can be seen.
    pub seen: Place,
    /// What of it could be seen if every list were scrolled to it.
    pub reachable: Place,
    /// Pixels across that it needs to be read whole.
    pub needs_width: f32,
    /// Pixels down that it needs to be read whole.
    pub needs_height: f32,
    /// Whether the component says that it may be cut with an ellipsis.
    pub may_elide: bool,
    /// The height of its letters' box.
    pub font_size: f32,
    /// The place of the control it stands in, and whether that can be used now.
    pub control: Option<(Place, bool)>,
}

/// What is on the screen, as it is painted; what lies under a sheet is left out.
pub fn take(root: &impl ComponentHandle) -> (Vec<Element>, Vec<Text>) {
    let inner = WindowInner::from_pub(root.window());
    let adapter = inner.window_adapter();
    let panel = Place::from(ItemRc::new_root(inner.component()).geometry());
    let (mut elements, mut texts) = (Vec::new(), Vec::new());
    for item in on_top(root) {
        if is_touched(&item) {
            elements.push(element(&item, panel));
        } else if let Some(text) = text(&item, panel, &adapter) {
            texts.push(text);
        }
    }
    (elements, texts)
}

/// Does what a screen reader does with the `nth` of the elements that [`take`] gives.
pub fn act(root: &impl ComponentHandle, nth: usize) {
    let items = on_top(root);
    if let Some(item) = items.iter().filter(|item| is_touched(item)).nth(nth) {
        item.accessible_action(&AccessibilityAction::Default);
    }
}

/// All that is painted and not under a sheet, in the order it is painted.
fn on_top(root: &impl ComponentHandle) -> Vec<ItemRc> {
    let tree = ItemRc::new_root(WindowInner::from_pub(root.window()).component());
    let panel = Place::from(tree.geometry());
    let mut items = Vec::new();
    tree.visit_descendants(|item| {
        if item.is_visible() {
            if item.downcast::<TouchArea>().is_some() && place_of(item).holds(panel, 1.0) {
                // A sheet over everything: what was painted before is out of reach.
                items.clear();
            } else {
                items.push(item.clone());
            }
        }
        ControlFlow::<()>::Continue(())
    });
    items
}

/// Whether a finger on it does something: it has an action or a role that promises one, or it takes
/// touches and nothing around it answers for them.
fn is_touched(item: &ItemRc) -> bool {
    let role = item.accessible_role();
    let promises = matches!(
        role,
        AccessibleRole::Button
            | AccessibleRole::Checkbox
            | AccessibleRole::Combobox
            | AccessibleRole::Slider
            | AccessibleRole::Spinbox
            | AccessibleRole::Switch
            | AccessibleRole::Tab
            | AccessibleRole::RadioButton
            | AccessibleRole::ListItem
            | AccessibleRole::TextInput
    );
    let acts = acts(item);
    let takes_touches = item
        .downcast::<TouchArea>()
        .is_some_and(|touch| touch.as_pin_ref().enabled());
    promises || acts || (takes_touches && !ancestors(item).any(|up| is_control(&up)))
}

/// Whether it is a control to a screen reader.
fn is_control(item: &ItemRc) -> bool {
    acts(item)
        || matches!(
            item.accessible_role(),
            AccessibleRole::Button | AccessibleRole::ListItem | AccessibleRole::TextInput
        )
}

fn acts(item: &ItemRc) -> bool {
    item.supported_accessibility_actions()
        .contains(SupportedAccessibilityAction::Default)
}

fn ancestors(item: &ItemRc) -> impl Iterator<Item = ItemRc> + use<> {
    let up = |item: &ItemRc| item.parent_item(ParentItemTraversalMode::StopAtPopups);
    std::iter::successors(up(item), move |item| up(item))
}

fn string(item: &ItemRc, what: AccessibleStringProperty) -> Option<String> {
    item.accessible_string_property(what)
        .map(|text| text.to_string())
}

fn place_of(item: &ItemRc) -> Place {
    let geometry = item.geometry();
    let origin = item.map_to_window(geometry.origin);
    Place::from(LogicalRect::new(
        LogicalPoint::new(origin.x, origin.y),
        geometry.size,
    ))
}

/// What can be seen of it, what could be, and whether it scrolls.
fn clipped(item: &ItemRc, place: Place, panel: Place) -> (Place, Place, bool) {
    let (mut seen, mut reachable) = (place.meet(panel), place);
    let mut scrolls = false;
    for up in ancestors(item) {
        if !up.borrow().as_ref().clips_children() {
            continue;
        }
        let around = place_of(&up);
        seen = seen.meet(around);
        if up.downcast::<Flickable>().is_some() {
            scrolls = true;
        } else if !scrolls {
            reachable = reachable.meet(around);
        }
    }
    if !scrolls {
        reachable = reachable.meet(panel);
    }
    (seen, reachable, scrolls)
}

/// The nearest names of components, so that the place in `ui/` can be found.
fn kind(item: &ItemRc) -> String {
    let mut names = Vec::new();
    for one in std::iter::once(item.clone()).chain(ancestors(item)) {
        for index in 0..one.element_count().unwrap_or(0) {
            let Some(all) = one.element_type_names_and_ids(index) else {
                continue;
            };
            for (name, _) in all {
                let own = name.chars().next().is_some_and(char::is_uppercase);
                let shown = name.to_string();
                if own && names.last() != Some(&shown) {
                    names.push(shown);
                }
            }
        }
        if names.len() >= 4 {
            break;
        }
    }
    names.truncate(4);
    names.join(" in ")
}

fn element(item: &ItemRc, panel: Place) -> Element {
    let role = item.accessible_role();
    let place = place_of(item);
    let (seen, reachable, scrolls) = clipped(item, place, panel);
    Element {
        kind: kind(item),
        role: (role != AccessibleRole::None).then(|| format!("{role:?}")),
        label: string(item, AccessibleStringProperty::Label).unwrap_or_default(),
        enabled: string(item, AccessibleStringProperty::Enabled).is_none_or(|text| text == "true"),
        acts: acts(item),
        place,
        seen,
        reachable,
        scrolls,
        primary: string(item, AccessibleStringProperty::Id).is_some_and(|id| id == "primary"),
    }
}

fn text(item: &ItemRc, panel: Place, adapter: &Rc<dyn WindowAdapter>) -> Option<Text> {
    let (words, font_size, wraps, elides) = if let Some(text) = item.downcast::<ComplexText>() {
        let text = text.as_pin_ref();
        (
            text.text(),
            text.font_size().get(),
            text.wrap() != TextWrap::NoWrap,
            text.overflow() == TextOverflow::Elide,
        )
    } else {
        let text = item.downcast::<SimpleText>()?;
        let text = text.as_pin_ref();
        (text.text(), text.font_size().get(), false, false)
    };
    if words.trim().is_empty() {
        return None;
    }
    let place = place_of(item);
    let (seen, reachable, _) = clipped(item, place, panel);
    let needs = |orientation, across| {
        let layout = item
            .borrow()
            .as_ref()
            .layout_info(orientation, across, adapter, item);
        if orientation == Orientation::Vertical || !wraps {
            layout.preferred
        } else {
            layout.min
        }
    };
    let control = ancestors(item).find(is_control).map(|up| {
        let enabled = string(&up, AccessibleStringProperty::Enabled).is_none_or(|t| t == "true");
        (place_of(&up), enabled)
    });
    Some(Text {
        kind: kind(item),
        words: words.to_string(),
        place,
        seen,
        reachable,
        needs_width: needs(Orientation::Horizontal, -1.0),
        needs_height: needs(Orientation::Vertical, place.width),
        may_elide: elides,
        font_size,
        control,
    })
}
