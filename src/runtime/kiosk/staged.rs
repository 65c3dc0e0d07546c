//! The kiosk on a stage: the same parts, with nobody at the other end of the link and no event loop,
//! so that pictures and audits find every screen as it is.

use std::rc::Rc;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Dirty, Kiosk, PinChecks};
use crate::app::{Event, Report, Screen};
use crate::devices::Clock;
use crate::runtime::decoder::{self, Decoded, Decoder};
use crate::runtime::shelves::Shelves;
use crate::runtime::sync_link::SyncLink;
use crate::view::View;
use crate::view::pictures::Failure;

impl Kiosk {
    /// Puts the kiosk on a stage.
    pub fn on_stage(shelves: Shelves, view: Rc<View>, clock: Clock) -> Self {
        let link = SyncLink::nowhere();
        let decoder = Decoder::start(|_| {});
        let random = StdRng::seed_from_u64(1);
        let mut kiosk = Self::new(shelves, view, link, decoder, clock, random);
        kiosk.pins = PinChecks::AtOnce;
        kiosk.health.stage();
        kiosk
    }

    /// Decodes what has come into view here and now, and says whether there was any; what is not in
    /// the store stays wanted.
    pub fn decode_pictures(&mut self) -> bool {
        let mut any = false;
        loop {
            let wanted = self.view.pictures().take_wanted();
            if wanted.is_empty() {
                return any;
            }
            any = true;
            for wanted in wanted {
                let Some(bytes) = self.shelves.blob(wanted.blob) else {
                    self.want(wanted);
                    continue;
                };
                let pixels = decoder::decode(&bytes, wanted.media, wanted.fit);
                self.decoded(&Decoded { wanted, pixels });
            }
        }
    }

    /// Draws all of it anew, as after a change of panel or language.
    pub fn draw_again(&mut self) {
        self.dirty = Dirty::All;
        self.draw();
    }

    /// The language on the screen.
    pub fn language(&self) -> String {
        self.app.language().to_owned()
    }

    /// Tells the kiosk that something it asked for cannot be had, if it did ask.
    pub fn fail_pictures(&mut self) {
        let asked: Vec<_> = std::mem::take(&mut self.fetching).into_values().collect();
        for wanted in asked.into_iter().flatten() {
            self.view
                .pictures()
                .hold(&wanted, Err(Failure::Unavailable));
        }
        self.draw_again();
    }

    /// Tells the terminal that the disk did not take the words on the screen.
    pub fn fail_draft(&mut self) {
        if let Screen::Compose(page) = self.app.screen()
            && let Some(draft) = page.at.draft
        {
            self.take(Event::Runtime(Report::DraftNotSaved { draft }));
        }
    }

    /// Takes what was tapped on the stage.
    pub fn take_all(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.take(event);
        }
    }
}
