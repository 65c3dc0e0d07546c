//! The window and its event loop.

use slint::ComponentHandle;

use super::generated::AppWindow;

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// There is no display, or it cannot be drawn on.
    #[error("the display cannot be opened")]
    Open(#[source] slint::PlatformError),
    /// The event loop ended with an error.
    #[error("the display was lost")]
    Run(#[source] slint::PlatformError),
    /// The window could not be drawn.
    #[error("the window cannot be drawn")]
    Draw(#[source] slint::PlatformError),
    /// Another platform was set before.
    #[error("a display platform is set already")]
    PlatformIsSet,
    /// A picture of the screen could not be written.
    #[cfg(feature = "demo")]
    #[error("the picture cannot be written")]
    WritePicture(#[source] png::EncodingError),
}

/// The screen.
pub struct View {
    app: AppWindow,
}

impl View {
    /// Opens the window.
    ///
    /// # Errors
    /// When there is no display.
    pub fn open() -> Result<Self, ViewError> {
        Ok(Self { app: AppWindow::new().map_err(ViewError::Open)? })
    }

    /// Every labelled element on screen.
    #[cfg(feature = "demo")]
    pub fn seen(&self) -> Vec<super::probe::Seen> {
        super::probe::seen(&self.app)
    }

    /// Taps the `nth` control whose label fits.
    #[cfg(feature = "demo")]
    pub fn tap(&self, fits: impl Fn(&str) -> bool, nth: usize) -> bool {
        super::probe::tap(&self.app, fits, nth)
    }

    /// Writes a picture of the screen.
    ///
    /// # Errors
    /// When it cannot be drawn or written.
    #[cfg(feature = "demo")]
    pub fn write_picture(&self, path: &std::path::Path) -> Result<(), ViewError> {
        super::probe::write_picture(&self.app, path)
    }
}

/// Does something on the thread of the event loop, from any thread.
pub fn post(what: impl FnOnce() + Send + 'static) {
    // The loop has ended: there is no screen to do it on.
    let _ = slint::invoke_from_event_loop(what);
}

/// Ends the event loop.
pub fn quit() {
    let _ = slint::quit_event_loop();
}
