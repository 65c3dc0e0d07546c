//! The window and its event loop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use dayroom_ui as ui;
use slint::{ComponentHandle, Global};

use super::bind::{Sink, bind};
use super::fonts;
use super::health;
use super::locale::{self, Locales};
use super::look::{self, Look};
use super::pictures::Pictures;
use super::shelf::Shelf;
use super::show::{Drawn, Scene, clear_person};
use crate::app::App;
use crate::domain::health::Glance;
use crate::domain::pointer::Pointer;
use crate::domain::{Notice, Now, Preferences, UtcMillis};

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
    /// Neither the language nor English can be written.
    #[error("no language can be written")]
    NoLanguage,
    /// A picture of the screen could not be written.
    #[cfg(feature = "demo")]
    #[error("the picture cannot be written")]
    WritePicture(#[source] png::EncodingError),
}

/// The panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panel {
    /// Pixels across and down; `None`: as the display says.
    pub size: Option<(u32, u32)>,
    /// Pixels in a millimetre.
    pub pixels_per_mm: f32,
}

/// The screen.
pub struct View {
    window: ui::AppWindow,
    pictures: Pictures,
    locales: RefCell<Written>,
    drawn: RefCell<Option<Drawn>>,
    /// How everything looks now.
    look: Cell<Look>,
    /// How it is to look whoever signs in.
    forced: Cell<Option<Look>>,
}

/// Dates and times as they are written now, and for whom.
struct Written {
    language: String,
    zone: String,
    locales: Rc<Locales>,
}

impl View {
    /// Opens the window. `on_want` is called when [`View::pictures`] have something wanted.
    ///
    /// # Errors
    /// When there is no display.
    pub fn open(
        panel: Panel,
        sink: &Sink,
        on_want: impl Fn() + 'static,
    ) -> Result<Self, ViewError> {
        let window = ui::AppWindow::new().map_err(ViewError::Open)?;
        fonts::register();
        ui::Metrics::get(&window).set_px_per_mm(panel.pixels_per_mm);
        if let Some((width, height)) = panel.size {
            window
                .window()
                .set_size(slint::PhysicalSize::new(width, height));
        }
        bind(&window, sink);
        let locales = Locales::new("en", "UTC")
            .map(Rc::new)
            .ok_or(ViewError::NoLanguage)?;
        let written = Written {
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
            locales,
        };
        let view = Self {
            window,
            pictures: Pictures::new(on_want),
            locales: RefCell::new(written),
            drawn: RefCell::default(),
            look: Cell::default(),
            forced: Cell::default(),
        };
        view.clear_person();
        Ok(view)
    }

    /// Draws all of it.
    pub fn show(&self, app: &App, shelf: Option<&Shelf>, notices: &[Notice], now: Now) {
        self.follow(app);
        self.scene(app, shelf, notices, now)
            .show(&self.window, &self.drawn);
    }

    /// Takes the look of whoever is signed in; the wall has its own.
    fn follow(&self, app: &App) {
        let own = app.preferences().map(Look::from).unwrap_or_default();
        let look = self.forced.get().unwrap_or(own);
        if self.look.replace(look) != look {
            look::apply(&self.window, &look);
        }
    }

    /// Draws what moves by itself.
    pub fn show_light(&self, app: &App, shelf: Option<&Shelf>, now: Now) {
        self.scene(app, shelf, &[], now).show_light(&self.window);
    }

    /// Puts how this terminal is on the technicians' page.
    pub fn show_health(&self, app: &App, lines: &[Glance], now: Now) {
        let locales = self.locales_for(app);
        health::show(&self.window, lines, &locales, now.utc);
    }

    /// Leaves nothing of anybody on any page.
    pub fn clear_person(&self) {
        self.drawn.take();
        clear_person(&self.window, &self.pictures);
    }

    /// Speaks another language.
    pub fn select_language(&self, tag: &str) {
        if let Err(error) = slint::select_bundled_translation(locale::bundle(tag)) {
            tracing::error!(error = %error, language = tag, "screen.language_unknown");
        }
        let shell = ui::ShellAdapter::get(&self.window);
        shell.set_font_family(fonts::family(tag).into());
        shell.set_language(tag.into());
        look::follow_language(&self.window, tag);
    }

    /// Shows everything in this look, at once and whoever signs in: for previews.
    pub fn apply(&self, look: &Look) {
        self.forced.set(Some(*look));
        self.look.set(*look);
        look::apply(&self.window, look);
    }

    /// Shows everything as this person wants it. Their language is `App`'s to choose, and so is the
    /// order of the PIN pad's keys.
    pub fn apply_preferences(&self, preferences: &Preferences) {
        self.apply(&Look::from(preferences));
    }

    /// Does what a finger did on the glass.
    pub fn point(&self, pointer: Pointer) {
        super::pointer::dispatch(self.window.window(), pointer);
    }

    /// Shows that this terminal has failed too often, and nothing else. Without an app and a store: one
    /// of them may be what fails.
    pub fn show_out_of_order(&self, code: &str, place: &str, at: UtcMillis) {
        super::show::out_of_order(&self.window, code, place, at);
    }

    /// The pictures of this session.
    pub fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// Shows the window and runs the event loop to its end.
    ///
    /// # Errors
    /// When the display is lost.
    pub fn run(window: &RunHandle) -> Result<(), ViewError> {
        window.0.run().map_err(ViewError::Run)
    }

    /// What [`View::run`] needs, so that the view itself can be elsewhere meanwhile.
    pub fn run_handle(&self) -> RunHandle {
        RunHandle(self.window.clone_strong())
    }

    fn scene<'a>(
        &'a self,
        app: &'a App,
        shelf: Option<&'a Shelf>,
        notices: &'a [Notice],
        now: Now,
    ) -> Scene<'a> {
        Scene {
            app,
            shelf,
            notices,
            locales: self.locales_for(app),
            pictures: &self.pictures,
            now,
        }
    }

    fn locales_for(&self, app: &App) -> Rc<Locales> {
        let mut written = self.locales.borrow_mut();
        let (language, zone) = (app.language(), app.policy().time_zone.as_str());
        if (written.language != language || written.zone != zone)
            && let Some(locales) = Locales::new(language, zone)
        {
            *written = Written {
                language: language.to_owned(),
                zone: zone.to_owned(),
                locales: Rc::new(locales),
            };
        }
        Rc::clone(&written.locales)
    }
}

/// The window, to run its event loop.
pub struct RunHandle(ui::AppWindow);

#[cfg(feature = "demo")]
impl View {
    /// Drops what the backend that draws into memory records of what is written.
    pub fn drop_recorded_words(&self) {
        super::probe::drop_recorded_words(&self.window);
    }

    /// Every labelled element on screen.
    pub fn seen(&self) -> Vec<super::probe::Seen> {
        super::probe::seen(&self.window)
    }

    /// Taps the `nth` control whose label fits.
    pub fn tap(&self, fits: impl Fn(&str) -> bool, nth: usize) -> bool {
        super::probe::tap(&self.window, fits, nth)
    }

    /// Where the picture of the viewer lies, also what of it is outside its frame.
    pub fn place_of_whole_picture(&self) -> Option<[f32; 4]> {
        super::probe::place_of_whole_picture(&self.window)
    }

    /// Drags from one place to another.
    pub fn drag(&self, from: (f32, f32), to: (f32, f32)) {
        super::probe::drag(&self.window, from, to);
    }

    /// Everything on screen that can be touched, and everything that can be read.
    pub fn inventory(&self) -> (Vec<super::inventory::Element>, Vec<super::inventory::Text>) {
        super::inventory::take(&self.window)
    }

    /// Does the default action of the `nth` element of the inventory.
    pub fn act(&self, nth: usize) {
        super::inventory::act(&self.window, nth);
    }

    /// Whether the screen speaks this language. It speaks English afterwards.
    pub fn speaks(&self, tag: &str) -> bool {
        let known = slint::select_bundled_translation(locale::bundle(tag)).is_ok();
        self.select_language("en");
        known
    }

    /// Puts the window on another panel.
    pub fn set_panel(&self, (width, height): (u32, u32), pixels_per_mm: f32) {
        ui::Metrics::get(&self.window).set_px_per_mm(pixels_per_mm);
        self.window
            .window()
            .set_size(slint::PhysicalSize::new(width, height));
    }

    /// A finger on the glass.
    pub fn finger(&self, what: super::probe::Finger, at: (f32, f32)) {
        super::probe::finger(&self.window, what, at);
    }

    /// What a keyboard that somebody plugs in would do.
    pub fn hardware_key(&self, text: &str) {
        let text = slint::SharedString::from(text);
        let window = self.window.window();
        window.dispatch_event(slint::platform::WindowEvent::KeyPressed { text: text.clone() });
        window.dispatch_event(slint::platform::WindowEvent::KeyReleased { text });
    }

    /// Touches the glass for a moment.
    pub fn touch(&self, x: f32, y: f32) {
        super::probe::touch(&self.window, slint::LogicalPosition::new(x, y));
    }

    /// Draws the window and gives its pixels.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn pixels(&self) -> Result<super::picture::Pixels, ViewError> {
        let drawn = self
            .window
            .window()
            .take_snapshot()
            .map_err(ViewError::Draw)?;
        let (width, height) = (drawn.width(), drawn.height());
        Ok(super::picture::Pixels {
            width,
            height,
            rgba: drawn.as_bytes().to_vec(),
        })
    }

    /// Writes a picture of the screen.
    ///
    /// # Errors
    /// When it cannot be drawn or written.
    pub fn write_picture(&self, path: &std::path::Path) -> Result<(), ViewError> {
        super::probe::write_picture(&self.window, path)
    }
}

/// Does something on the thread of the event loop, from any thread.
pub fn post(what: impl FnOnce() + Send + 'static) {
    // The loop has ended: there is no screen to do it on.
    let _ = slint::invoke_from_event_loop(what);
}

/// Does one thing on this thread after a while, unless it is set anew before.
#[derive(Default)]
pub struct Alarm(slint::Timer);

impl Alarm {
    /// Does `what` after `span`, and not what it was set to before.
    pub fn set(&self, span: Duration, what: impl FnMut() + 'static) {
        self.0.start(slint::TimerMode::SingleShot, span, what);
    }
}

/// Ends the event loop.
pub fn quit() {
    let _ = slint::quit_event_loop();
}
