//! `dayroom screen`: the window, its loop, and the kiosk behind it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::attached::Devices;
use super::decoder::Decoder;
use super::faults::{self, Fault, Faults, Start};
use super::kiosk::Kiosk;
use super::paths::{KioskPaths, PathError};
use super::shelves::Shelves;
use super::sync_link::SyncLink;
use crate::app::{Event, Report};
use crate::devices::{Backlight, Clock, DeviceSetup, SetupError, Supervisor, edid};
use crate::store::{IdentityFiles, StoreError, StoreKey, StorePlace};
use crate::view::{self, Panel, View, ViewError};

/// How a screen is started.
#[derive(Clone, Debug)]
pub struct ScreenOptions {
    /// Where the kiosk's files are.
    pub paths: KioskPaths,
    /// The panel in pixels; `None`: as the display says.
    pub panel: Option<(u32, u32)>,
    /// Pixels in a millimetre of the panel; `None`: as `devices.json` or the display says.
    pub pixels_per_mm: Option<f32>,
}

/// Of a panel of which nothing is known: 10 inches across 1024 pixels, so that targets are rather too
/// large than too small.
const USUAL_DENSITY: f32 = 3.82;

/// Why a screen could not be started or went on no longer. A technician can act on each.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// A folder is missing and cannot be made.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The store key cannot be read: this kiosk has not been provisioned.
    #[error("cannot read {path}: this kiosk has not been set up")]
    StoreKey {
        /// Where it was looked for.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The store key is not 64 hexadecimal digits.
    #[error("{0} does not hold a store key")]
    StoreKeyMalformed(std::path::PathBuf),
    /// The journal cannot be opened.
    #[error("the journal cannot be opened")]
    Store(#[from] StoreError),
    /// `devices.json` cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// There is no display.
    #[error(transparent)]
    View(#[from] ViewError),
}

/// Whether starts that follow each other too closely are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// They are: a screen that fails again and again says that it is out of order.
    On,
    /// They are not, for who ends the screen on purpose.
    Off,
}

thread_local! {
    static KIOSK: RefCell<Option<Kiosk>> = const { RefCell::new(None) };
    /// Events that came while the kiosk was at work on another.
    static LATE: RefCell<VecDeque<Event>> = const { RefCell::new(VecDeque::new()) };
    /// Goes off when the kiosk has to look at the clock next.
    static ALARM: view::Alarm = view::Alarm::default();
    /// Goes off when systemd is to be told again that the loop turns.
    static BEAT: view::Alarm = view::Alarm::default();
    /// Goes off when the screen has been up for a good while, or is to try again.
    static LATER: view::Alarm = view::Alarm::default();
}

/// Runs the screen as the process it is: a panic ends it, and too many say so.
///
/// # Errors
/// See [`ScreenError`].
pub fn run_process(
    options: ScreenOptions,
    clock: Clock,
    counting: Counting,
) -> Result<(), ScreenError> {
    options.paths.make()?;
    let state = options.paths.root().to_owned();
    let utc = clock.clone();
    faults::end_on_panic(state.clone(), move || utc.now().utc);
    if counting == Counting::Off {
        return run(options, clock);
    }
    if let Start::OutOfOrder(fault) = Faults::count_start(&state, clock.now()) {
        return out_of_order(&options, &fault);
    }
    let good = state.clone();
    LATER.with(|later| later.set(faults::WINDOW, move || Faults::forget_starts(&good)));
    let ended = run(options, clock.clone());
    match &ended {
        Ok(()) => Faults::end_well(&state),
        Err(error) => Faults::note(&state, error.to_string(), clock.now().utc),
    }
    ended
}

/// Shows only that the terminal is out of order, and ends after a rest to be started again.
fn out_of_order(options: &ScreenOptions, fault: &Fault) -> Result<(), ScreenError> {
    tracing::error!(
        code = fault.code,
        place = fault.place,
        "screen.out_of_order"
    );
    let sink: view::Sink = Rc::new(|_| {});
    // A set-up that cannot be read may be the fault: this page does without.
    let setup = DeviceSetup::find(options.paths.root()).unwrap_or_default();
    let view = View::open(panel(options, &setup), &sink, || {})?;
    view.show_out_of_order(&fault.code, &fault.place, fault.at);
    LATER.with(|later| later.set(faults::REST, view::quit));
    watch_over();
    Ok(View::run(&view.run_handle())?)
}

/// Tells systemd that the screen is there, and from its loop that the loop turns.
fn watch_over() {
    let supervisor = Rc::new(Supervisor::of_this_process());
    supervisor.ready();
    if let Some(rhythm) = supervisor.rhythm() {
        beat(supervisor, rhythm);
    }
}

fn beat(supervisor: Rc<Supervisor>, rhythm: std::time::Duration) {
    supervisor.alive();
    BEAT.with(|alarm| alarm.set(rhythm, move || beat(Rc::clone(&supervisor), rhythm)));
}

fn panel(options: &ScreenOptions, setup: &DeviceSetup) -> Panel {
    let own = || edid::connected(std::path::Path::new("/sys/class/drm"))?.pixels_per_mm();
    let density = options.pixels_per_mm.or(setup.pixels_per_mm).or_else(own);
    Panel {
        size: options.panel,
        pixels_per_mm: density.unwrap_or(USUAL_DENSITY),
    }
}

/// Runs the screen until its window is closed.
///
/// # Errors
/// See [`ScreenError`].
pub fn run(options: ScreenOptions, clock: Clock) -> Result<(), ScreenError> {
    options.paths.make()?;
    let setup = DeviceSetup::find(options.paths.root())?;
    let key = read_store_key(&options.paths)?;
    if let Ok(Some(past)) = IdentityFiles::of(options.paths.root()).read_time() {
        clock.raise_floor(past);
    }
    let place = StorePlace {
        memory_security: true,
        ..StorePlace::new(options.paths.store())
    };
    let shelves = Shelves::open(place, key)?;
    let sink: view::Sink = Rc::new(dispatch);
    let view = Rc::new(View::open(panel(&options, &setup), &sink, || {
        view::post(|| with_kiosk(Kiosk::see_to_pictures));
    })?);
    let link = SyncLink::open(options.paths.socket(), |from| {
        view::post(move || with_kiosk(|kiosk| kiosk.hear(from)));
    });
    let decoder = Decoder::start(|decoded| {
        view::post(move || with_kiosk(|kiosk| kiosk.decoded(&decoded)));
    });
    let window = view.run_handle();
    let mut kiosk = Kiosk::new(shelves, view, link, decoder, clock, StdRng::from_os_rng());
    let class = std::path::Path::new("/sys/class/backlight");
    let light = Backlight::find(setup.backlight.as_deref(), class);
    kiosk.equip(light, Devices::unheard(&setup));
    kiosk.live_in(options.paths.root());
    KIOSK.with_borrow_mut(|place| *place = Some(kiosk));
    dispatch(Event::Runtime(Report::CacheChanged));
    let devices = Devices::start(&setup);
    // Once the loop turns, and from it.
    view::post(watch_over);
    let ended = View::run(&window);
    drop(devices);
    KIOSK.with_borrow_mut(|place| *place = None);
    Ok(ended?)
}

/// Does something with the kiosk, on the thread of its window.
pub fn with_kiosk(what: impl FnOnce(&mut Kiosk)) {
    KIOSK.with(|place| {
        if let Ok(mut place) = place.try_borrow_mut()
            && let Some(kiosk) = place.as_mut()
        {
            what(kiosk);
        }
    });
    drain();
}

/// Looks at the window, on its thread. The kiosk is free meanwhile: what is tapped reaches it.
pub fn with_view<T>(what: impl FnOnce(&View) -> T) -> Option<T> {
    let view = KIOSK.with(|place| place.try_borrow().ok()?.as_ref().map(Kiosk::view));
    view.map(|view| what(&view))
}

/// Takes an event; what comes while the kiosk draws waits until it has.
fn dispatch(event: Event) {
    LATE.with_borrow_mut(|late| late.push_back(event));
    drain();
}

fn drain() {
    while let Some(event) = LATE.with_borrow_mut(VecDeque::pop_front) {
        let busy = KIOSK.with(|place| match place.try_borrow_mut() {
            Ok(mut place) => {
                if let Some(kiosk) = place.as_mut() {
                    kiosk.take(event.clone());
                }
                false
            }
            Err(_) => true,
        });
        if busy {
            LATE.with_borrow_mut(|late| late.push_front(event));
            return;
        }
    }
    set_alarm();
}

/// Whatever has happened may have brought the next tick nearer.
fn set_alarm() {
    let until = KIOSK.with(|place| place.try_borrow().ok()?.as_ref().map(Kiosk::until_tick));
    if let Some(until) = until {
        ALARM.with(|alarm| alarm.set(until, || dispatch(Event::Runtime(Report::Tick))));
    }
}

fn read_store_key(paths: &KioskPaths) -> Result<StoreKey, ScreenError> {
    let path = paths.identity().join("store.key");
    // A machine that is no kiosk yet has its store all the same: whoever starts first makes the key.
    // Where this user may not, sync does, and this process is started again until it has.
    let text = crate::store::files::make_store_key(paths.root())
        .and_then(|()| std::fs::read_to_string(&path))
        .map_err(|cause| ScreenError::StoreKey {
            path: path.clone(),
            cause,
        })?;
    StoreKey::from_hex(text.trim()).ok_or(ScreenError::StoreKeyMalformed(path))
}
