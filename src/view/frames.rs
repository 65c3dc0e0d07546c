//! Frames as a panel gets them: the whole window drawn in software into memory that is kept, as
//! Slint's backend for KMS does with the three buffers of a display. A snapshot takes memory anew
//! and turns every pixel around, which costs more than the drawing. For who measures what a frame
//! costs; what a display's own memory costs beyond that is not in it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use i_slint_core::animations::current_tick;
use slint::platform::software_renderer::{
    MinimalSoftwareWindow, PremultipliedRgbaColor, RepaintBufferType,
};
use slint::platform::{Platform, WindowAdapter};
use slint::{PhysicalSize, PlatformError};

use super::ViewError;

thread_local! {
    static NEWEST: RefCell<Weak<MinimalSoftwareWindow>> = const { RefCell::new(Weak::new()) };
}

/// Windows before such a panel, with a time of their own.
struct PanelPlatform;

impl Platform for PanelPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
        NEWEST.set(Rc::downgrade(&window));
        Ok(window)
    }

    fn duration_since_start(&self) -> Duration {
        Duration::from_millis(current_tick().0)
    }
}

/// The memory that is drawn into: four bytes a pixel, as a display's.
pub struct FrameBuffer {
    pixels: Vec<PremultipliedRgbaColor>,
}

impl FrameBuffer {
    /// Puts all windows of this thread before such a panel. Time passes as
    /// [`let_time_pass`](super::probe::let_time_pass) says.
    ///
    /// # Errors
    /// When another platform is set on this thread.
    pub fn open() -> Result<Self, ViewError> {
        slint::platform::set_platform(Box::new(PanelPlatform))
            .map_err(|_| ViewError::PlatformIsSet)?;
        Ok(Self { pixels: Vec::new() })
    }

    /// The last frame: red, green, blue and alpha of each pixel.
    pub fn rgba(&self) -> Vec<u8> {
        let bytes =
            |pixel: &PremultipliedRgbaColor| [pixel.red, pixel.green, pixel.blue, pixel.alpha];
        self.pixels.iter().flat_map(bytes).collect()
    }

    /// Draws the newest window if anything in it has changed; whether it had.
    pub fn draw(&mut self) -> bool {
        let Some(window) = NEWEST.with_borrow(Weak::upgrade) else {
            return false;
        };
        let PhysicalSize { width, height, .. } = window.size();
        let blank = PremultipliedRgbaColor::default();
        self.pixels.resize(width as usize * height as usize, blank);
        window.draw_if_needed(|renderer| {
            renderer.render(&mut self.pixels, width as usize);
        })
    }
}
