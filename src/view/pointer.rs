//! The pointer of a touch panel, on the window.

use slint::platform::{PointerEventButton, WindowEvent};
use slint::{LogicalPosition, Window};

use crate::domain::pointer::{Pointer, Spot};

/// Does with the window what a finger did on the glass. Slint's own events, so buttons act on
/// release, and lists follow the finger and run on as they do under a mouse.
pub fn dispatch(window: &Window, pointer: Pointer) {
    let button = PointerEventButton::Left;
    match pointer {
        Pointer::Down(spot) => {
            let position = place(window, spot);
            window.dispatch_event(WindowEvent::PointerMoved { position });
            window.dispatch_event(WindowEvent::PointerPressed { position, button });
        }
        Pointer::Along(spot) => {
            let position = place(window, spot);
            window.dispatch_event(WindowEvent::PointerMoved { position });
        }
        Pointer::Up(spot) => {
            let position = place(window, spot);
            window.dispatch_event(WindowEvent::PointerReleased { position, button });
            window.dispatch_event(WindowEvent::PointerExited);
        }
        // Without a release nothing is pressed.
        Pointer::Lost => {
            window.dispatch_event(WindowEvent::PointerExited);
        }
    }
}

/// Where that is on the window, whose size is that of the picture as it hangs.
fn place(window: &Window, spot: Spot) -> LogicalPosition {
    let size = window.size().to_logical(window.scale_factor());
    LogicalPosition::new(spot.across * size.width, spot.down * size.height)
}
