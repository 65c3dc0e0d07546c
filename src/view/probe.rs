//! What a scripted person can do with the real screen tree: see what is there, tap it, take a
//! picture. Used by the tour and the tests; not in the image.

use std::any::Any;
use std::path::Path;
use std::time::Duration;

use i_slint_backend_testing::testing_backend::TestingWindow;
use i_slint_backend_testing::{
    AccessibleRole, ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions,
    mock_elapsed_time,
};
use i_slint_core::InternalToken;
use i_slint_core::window::WindowInner;
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};

use super::ViewError;

/// Draws into memory instead of onto a display. Once per process, before the first window.
///
/// # Errors
/// When a platform is set already.
pub fn draw_into_memory() -> Result<(), ViewError> {
    let backend = TestingBackend::new(TestingBackendOptions {
        mock_time: false,
        threading: true,
        renderer_name: Some("software".into()),
    });
    slint::platform::set_platform(Box::new(backend)).map_err(|_| ViewError::PlatformIsSet)
}

/// The same without an event loop and with a time of its own, once for a thread: see
/// [`let_time_pass`].
///
/// # Errors
/// When a platform is set already.
pub fn draw_without_a_loop() -> Result<(), ViewError> {
    let backend = TestingBackend::new(TestingBackendOptions {
        mock_time: true,
        threading: false,
        renderer_name: Some("software".into()),
    });
    slint::platform::set_platform(Box::new(backend)).map_err(|_| ViewError::PlatformIsSet)
}

/// Lets time pass where there is no event loop; what was waiting for it happens.
pub fn let_time_pass(span: Duration) {
    mock_elapsed_time(span);
}

/// A control as a person would name it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its role, as the accessibility tree names it.
    pub role: String,
    /// Its label.
    pub label: String,
    /// Whether it does something when tapped.
    pub enabled: bool,
    /// Left, top, width and height in pixels.
    pub place: [f32; 4],
}

/// Every element of the tree that has a label.
pub fn seen(root: &impl ComponentHandle) -> Vec<Seen> {
    handles(root).iter().filter_map(describe).collect()
}

/// Drops what the backend that draws into memory records for tests of input methods: the words of
/// the field somebody writes in. No other backend keeps them.
pub fn drop_recorded_words(root: &impl ComponentHandle) {
    let adapter = WindowInner::from_pub(root.window()).window_adapter();
    let internal = adapter.internal(InternalToken);
    if let Some(window) = internal.and_then(|inner| (inner as &dyn Any).downcast_ref()) {
        TestingWindow::clear_ime_requests(window);
    }
}

/// Where the picture of the viewer lies, also what of it is outside its frame: left, top, width,
/// height.
pub fn place_of_whole_picture(root: &impl ComponentHandle) -> Option<[f32; 4]> {
    let found = ElementHandle::find_by_element_id(root, "Stage::whole").next()?;
    let (place, size) = (found.absolute_position(), found.size());
    Some([place.x, place.y, size.width, size.height])
}

/// Presses and releases in the middle of the `nth` enabled control (buttons, tabs, rows) whose
/// label fits; `false` if there is none.
pub fn tap(root: &impl ComponentHandle, fits: impl Fn(&str) -> bool, nth: usize) -> bool {
    let found = handles(root)
        .into_iter()
        .filter(|handle| is_control(handle) && handle.accessible_enabled().unwrap_or(true))
        .filter(|handle| handle.accessible_label().is_some_and(|label| fits(&label)))
        .nth(nth);
    let Some(handle) = found else { return false };
    let (place, size) = (handle.absolute_position(), handle.size());
    let position = LogicalPosition::new(place.x + size.width / 2.0, place.y + size.height / 2.0);
    touch(root, position);
    true
}

/// Presses and releases there.
pub fn touch(root: &impl ComponentHandle, position: LogicalPosition) {
    let window = root.window();
    let button = PointerEventButton::Left;
    for event in [
        WindowEvent::PointerMoved { position },
        WindowEvent::PointerPressed { position, button },
        WindowEvent::PointerReleased { position, button },
        WindowEvent::PointerExited,
    ] {
        window.dispatch_event(event);
    }
}

/// Presses in one place, moves, and releases in another.
pub fn drag(root: &impl ComponentHandle, from: (f32, f32), to: (f32, f32)) {
    let at = |(x, y): (f32, f32)| LogicalPosition::new(x, y);
    let between = at((f32::midpoint(from.0, to.0), f32::midpoint(from.1, to.1)));
    let window = root.window();
    let button = PointerEventButton::Left;
    let moved = |position| WindowEvent::PointerMoved { position };
    for event in [
        moved(at(from)),
        WindowEvent::PointerPressed {
            position: at(from),
            button,
        },
        moved(between),
        moved(at(to)),
        WindowEvent::PointerReleased {
            position: at(to),
            button,
        },
        WindowEvent::PointerExited,
    ] {
        window.dispatch_event(event);
    }
}

/// What a finger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finger {
    /// Touches the glass.
    Down,
    /// Moves on it.
    Along,
    /// Leaves it.
    Up,
}

/// A finger at a place in pixels.
pub fn finger(root: &impl ComponentHandle, what: Finger, (x, y): (f32, f32)) {
    let position = LogicalPosition::new(x, y);
    let button = PointerEventButton::Left;
    let window = root.window();
    window.dispatch_event(WindowEvent::PointerMoved { position });
    match what {
        Finger::Down => window.dispatch_event(WindowEvent::PointerPressed { position, button }),
        Finger::Along => {}
        Finger::Up => {
            window.dispatch_event(WindowEvent::PointerReleased { position, button });
            window.dispatch_event(WindowEvent::PointerExited);
        }
    }
}

/// Draws the window and writes it as a PNG.
///
/// # Errors
/// When it cannot be drawn or written.
pub fn write_picture(root: &impl ComponentHandle, path: &Path) -> Result<(), ViewError> {
    let pixels = root.window().take_snapshot().map_err(ViewError::Draw)?;
    let write = || -> Result<(), png::EncodingError> {
        let file = std::fs::File::create(path)?;
        let mut encoder = png::Encoder::new(file, pixels.width(), pixels.height());
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header()?.write_image_data(pixels.as_bytes())
    };
    write().map_err(ViewError::WritePicture)
}

fn handles(root: &impl ComponentHandle) -> Vec<ElementHandle> {
    ElementQuery::from_root(root)
        .match_descendants()
        .match_predicate(|handle| handle.accessible_role().is_some())
        .find_all()
}

fn is_control(handle: &ElementHandle) -> bool {
    handle.accessible_role().is_some_and(|role| {
        [
            AccessibleRole::Button,
            AccessibleRole::ListItem,
            AccessibleRole::Tab,
            AccessibleRole::RadioButton,
            AccessibleRole::Checkbox,
            AccessibleRole::TextInput,
        ]
        .contains(&role)
    })
}

fn describe(handle: &ElementHandle) -> Option<Seen> {
    let label = handle.accessible_label()?.to_string();
    let (place, size) = (handle.absolute_position(), handle.size());
    Some(Seen {
        role: handle
            .accessible_role()
            .map(|role| format!("{role:?}"))
            .unwrap_or_default(),
        label,
        enabled: handle.accessible_enabled().unwrap_or(true),
        place: [place.x, place.y, size.width, size.height],
    })
}
