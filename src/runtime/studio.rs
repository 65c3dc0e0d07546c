//! A studio: the real kiosk on a stage, put before a camera on any panel, in any language and
//! dress. The gallery, the audits and the benches look at screens here, so that no page is built a
//! second time for them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::kiosk::Kiosk;
use super::puppet::Label;
use super::screen::ScreenError;
use super::shelves::Shelves;
pub use crate::app::ClosedReason;
use crate::app::{Event, Report, WallTap};
use crate::devices::Clock;
use crate::domain::local::{Link, OfflineCause};
pub use crate::domain::provisioning::Problem;
use crate::domain::provisioning::{Facts, Progress, Step, StepState, Told};
pub use crate::domain::{Contrast, TextSize};
use crate::domain::{Now, Preferences, UtcMillis};
use crate::store::{StoreKey, StorePlace};
use crate::view::frames::FrameBuffer;
pub use crate::view::inventory::{Element, Place, Text};
pub use crate::view::picture::Pixels;
pub use crate::view::probe::Finger;
use crate::view::{self, Panel, View, ViewError};

/// How a picture is dressed. More of a person's preferences come in at `dress`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dress {
    /// Across and down, in pixels.
    pub panel: (u32, u32),
    /// Pixels in a millimetre.
    pub pixels_per_mm: f32,
    /// How large text is.
    pub text_size: TextSize,
    /// Which colours.
    pub contrast: Contrast,
}

impl Default for Dress {
    fn default() -> Self {
        Self {
            panel: (1280, 800),
            pixels_per_mm: 3.82,
            text_size: TEXT_SIZES[0],
            contrast: CONTRASTS[0],
        }
    }
}

/// The text sizes there are.
pub const TEXT_SIZES: [TextSize; 3] = [TextSize::Normal, TextSize::Large, TextSize::Largest];
/// The colours there are.
pub const CONTRASTS: [Contrast; 3] = [Contrast::Light, Contrast::Dark, Contrast::High];

/// The languages Dayroom is written in or is to be; those that are built in are spoken.
const LANGUAGES: [&str; 6] = ["en", "es", "vi", "ht", "zh-Hans", "ar"];

/// The one seam where preferences of a person reach the stage.
fn dress(view: &View, dress: Dress) {
    view.apply_preferences(&Preferences {
        text_size: dress.text_size,
        contrast: dress.contrast,
        ..Preferences::default()
    });
}

/// A window in the plain dress.
fn plain_window(sink: &view::Sink) -> Result<View, ViewError> {
    let Dress {
        panel,
        pixels_per_mm,
        ..
    } = Dress::default();
    let panel = Panel {
        size: Some(panel),
        pixels_per_mm,
    };
    View::open(panel, sink, || {})
}

/// The stage. One for a thread.
pub struct Studio {
    kiosk: Option<Kiosk>,
    frames: Option<FrameBuffer>,
    view: Rc<View>,
    clock: Clock,
    sink: view::Sink,
    tapped: Rc<RefCell<Vec<Event>>>,
}

impl Studio {
    /// Sets the stage up on this thread, with nothing on it.
    ///
    /// # Errors
    /// When another platform is set on this thread.
    pub fn open(from: Now) -> Result<Self, ViewError> {
        view::probe::draw_without_a_loop()?;
        Self::empty(from, None)
    }

    /// The same, with a panel to draw frames for.
    ///
    /// # Errors
    /// When another platform is set on this thread.
    pub fn open_before_a_panel(from: Now) -> Result<Self, ViewError> {
        let frames = FrameBuffer::open()?;
        Self::empty(from, Some(frames))
    }

    fn empty(from: Now, frames: Option<FrameBuffer>) -> Result<Self, ViewError> {
        let tapped: Rc<RefCell<Vec<Event>>> = Rc::default();
        let sink: view::Sink = Rc::new({
            let tapped = Rc::clone(&tapped);
            move |event| tapped.borrow_mut().push(event)
        });
        Ok(Self {
            kiosk: None,
            frames,
            view: Rc::new(plain_window(&sink)?),
            clock: Clock::standing(from),
            sink,
            tapped,
        })
    }

    /// The languages that the screen speaks, English first.
    pub fn languages(&self) -> Vec<String> {
        let spoken = LANGUAGES.iter().filter(|tag| self.view.speaks(tag));
        spoken.map(|tag| (*tag).to_owned()).collect()
    }

    /// Starts the kiosk anew with another store, at `from`, before the wall, in the plain dress.
    ///
    /// # Errors
    /// When the journal cannot be opened.
    pub fn start(
        &mut self,
        place: StorePlace,
        key: StoreKey,
        from: Now,
    ) -> Result<(), ScreenError> {
        self.stop();
        self.clock = Clock::standing(from);
        // A new window: what a page keeps for itself is of one person and one moment.
        self.view = Rc::new(plain_window(&self.sink)?);
        let shelves = Shelves::open(place, key)?;
        let mut kiosk = Kiosk::on_stage(shelves, Rc::clone(&self.view), self.clock.clone());
        kiosk.take(Event::Runtime(Report::CacheChanged));
        self.kiosk = Some(kiosk);
        self.settle();
        Ok(())
    }

    /// Takes the kiosk off the stage: its store is closed.
    pub fn stop(&mut self) {
        self.kiosk = None;
        self.tapped.borrow_mut().clear();
    }

    /// Changes panel, preferences and language; what is on the screen stays.
    pub fn put_on(&mut self, clothes: Dress, language: &str) {
        self.view.set_panel(clothes.panel, clothes.pixels_per_mm);
        dress(&self.view, clothes);
        let event = Event::Wall(WallTap::LanguageChosen(language.to_owned()));
        self.with(|kiosk| {
            kiosk.take(event);
            kiosk.draw_again();
        });
        self.settle();
    }

    /// Taps the `nth` control with that label; `false` if there is none.
    pub fn tap(&mut self, label: &Label, nth: usize) -> bool {
        let found = self.view.tap(|text| label.fits(text), nth);
        self.settle();
        found
    }

    /// A finger on the glass at a place in pixels; the kiosk hears at once what it did, and so much
    /// time passes for what moves.
    pub fn finger(&mut self, what: Finger, at: (f32, f32), passes: Duration) {
        self.view.finger(what, at);
        view::probe::let_time_pass(passes);
        let tapped = std::mem::take(&mut *self.tapped.borrow_mut());
        self.with(|kiosk| kiosk.take_all(tapped));
    }

    /// Draws a frame for the panel if anything has changed, whole as its backend does; whether
    /// there was anything to draw, and a panel.
    pub fn draw(&mut self) -> bool {
        self.frames.as_mut().is_some_and(FrameBuffer::draw)
    }

    /// The frame that was drawn last, if there is a panel: four bytes a pixel.
    pub fn frame(&self) -> Option<Vec<u8>> {
        self.frames.as_ref().map(FrameBuffer::rgba)
    }

    /// The language on the screen.
    pub fn language(&self) -> String {
        self.kiosk
            .as_ref()
            .map_or_else(String::new, Kiosk::language)
    }

    /// In contact with central.
    pub fn go_online(&mut self) {
        let now = self.clock.now().utc;
        self.link(Link::Online, Some(now));
    }

    /// Out of contact for so long.
    pub fn go_offline(&mut self, since: Duration) {
        let now = self.clock.now().utc.0;
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let since = UtcMillis(now.saturating_sub(millis));
        let cause = OfflineCause::Unreachable;
        self.link(Link::Offline { since, cause }, Some(since));
    }

    fn link(&mut self, link: Link, last_contact: Option<UtcMillis>) {
        self.take(Event::Runtime(Report::LinkChanged { link, last_contact }));
    }

    /// Closes sign-in.
    pub fn close(&mut self, reason: ClosedReason) {
        self.take(Event::Runtime(Report::Closed(reason)));
    }

    /// Says how far setting up is: up to the certificate, which is under way or was not given.
    pub fn set_up(&mut self, problem: Option<Problem>) {
        let said = |step, state| Told::Step(Progress { step, state });
        let facts = Facts {
            facility: "Cedar County Detention Center".to_owned(),
            unit: "North".to_owned(),
            label: "North wall".to_owned(),
            central: "central.example.org:8443".to_owned(),
            root: "3f1a 90c2 77de 0b45 8c61 f2aa 19d3 5e70".to_owned(),
            signers: vec!["R. Whitfield".to_owned()],
            key_set: None,
        };
        let before = [
            Step::Read,
            Step::Signature,
            Step::Find,
            Step::Check,
            Step::Key,
        ];
        let mut all: Vec<Told> = before.map(|step| said(step, StepState::Done)).to_vec();
        all.push(Told::Facts(facts));
        let last = problem.map_or(StepState::Begun, |problem| StepState::Failed { problem });
        all.push(said(Step::Enrol, last));
        for told in all {
            self.take(Event::Runtime(Report::Provisioning(told)));
        }
    }

    /// Lets time pass, second by second, as a kiosk's alarm would.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.clock.pass(Duration::from_secs(1));
            self.take(Event::Runtime(Report::Tick));
        }
    }

    /// Says of every picture that is not here that it cannot be had.
    pub fn fail_pictures(&mut self) {
        self.with(Kiosk::fail_pictures);
        self.settle();
    }

    /// Says that the disk did not take what is being written.
    pub fn fail_draft(&mut self) {
        self.with(Kiosk::fail_draft);
        self.settle();
    }

    /// Draws and gives the pixels.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn pixels(&self) -> Result<Pixels, ViewError> {
        self.view.pixels()
    }

    /// Everything a person can touch, in the order it is painted, and everything they can read.
    pub fn inventory(&self) -> (Vec<Element>, Vec<Text>) {
        self.view.inventory()
    }

    /// Does the default action of the `nth` element of the inventory, as a screen reader would;
    /// says whether the kiosk heard of it or the screen changed.
    pub fn act(&mut self, nth: usize) -> bool {
        let words = |studio: &Self| -> (Vec<_>, Vec<_>) {
            let (elements, texts) = studio.inventory();
            let usable = elements.into_iter().map(|e| (e.label, e.enabled));
            let texts = texts.into_iter().map(|t| (t.words, t.place));
            (usable.collect(), texts.collect())
        };
        let before = words(self);
        self.view.act(nth);
        let heard = !self.tapped.borrow().is_empty();
        self.settle();
        heard || before != words(self)
    }

    /// The labels on the screen.
    pub fn labels(&self) -> Vec<String> {
        self.view.seen().into_iter().map(|s| s.label).collect()
    }

    fn take(&mut self, event: Event) {
        self.with(|kiosk| kiosk.take(event));
        self.settle();
    }

    fn with(&mut self, what: impl FnOnce(&mut Kiosk)) {
        if let Some(kiosk) = &mut self.kiosk {
            what(kiosk);
        }
    }

    /// Until nothing that was tapped is waiting, and every picture in view is decoded.
    fn settle(&mut self) {
        for round in 0..8 {
            view::probe::let_time_pass(Duration::from_millis(300));
            let tapped = std::mem::take(&mut *self.tapped.borrow_mut());
            let mut busy = !tapped.is_empty();
            self.with(|kiosk| {
                kiosk.take_all(tapped);
                busy |= kiosk.decode_pictures();
            });
            // What changed in the first round may change a layout in the second.
            if !busy && round > 0 {
                return;
            }
        }
    }
}
