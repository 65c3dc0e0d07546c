//! Pictures of the person who is signed in, decoded elsewhere, held until they leave.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use slint::{Image, Rgba8Pixel, SharedPixelBuffer};

use super::generated as ui;
use super::picture::Pixels;
use crate::domain::{Attachment, BlobHash, MediaType};

/// How large a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Beside a message.
    Thumbnail,
    /// As large as the screen.
    Screen,
}

impl Fit {
    /// The longest side in pixels.
    pub fn side(self) -> u32 {
        match self {
            Self::Thumbnail => 320,
            Self::Screen => 1600,
        }
    }
}

/// A picture that is on screen and not decoded yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Which.
    pub blob: BlobHash,
    /// How large.
    pub fit: Fit,
    /// What its bytes are.
    pub media: MediaType,
}

/// The pictures of one session. Clones share them.
#[derive(Clone)]
pub struct Pictures {
    held: Rc<RefCell<Held>>,
    /// Called when something is wanted that nothing was wanted before.
    on_want: Rc<dyn Fn()>,
}

#[derive(Default)]
struct Held {
    ready: BTreeMap<(BlobHash, Fit), Option<Image>>,
    wanted: BTreeSet<Wanted>,
    /// Counts up whenever a picture comes or goes.
    generation: u64,
}

impl Pictures {
    /// None yet; `on_want` is called when there is something for [`Pictures::take_wanted`].
    pub fn new(on_want: impl Fn() + 'static) -> Self {
        Self {
            held: Rc::default(),
            on_want: Rc::new(on_want),
        }
    }

    /// Another number than before says that a picture has come or gone.
    pub fn generation(&self) -> u64 {
        self.held.borrow().generation
    }

    /// The picture beside a message.
    pub fn thumbnail(&self, attachment: &Attachment) -> (ui::PhotoState, Image) {
        self.take(attachment, Fit::Thumbnail)
    }

    /// The picture on the whole screen.
    pub fn whole(&self, attachment: &Attachment) -> (ui::PhotoState, Image) {
        self.take(attachment, Fit::Screen)
    }

    fn take(&self, attachment: &Attachment, fit: Fit) -> (ui::PhotoState, Image) {
        let mut held = self.held.borrow_mut();
        match held.ready.get(&(attachment.blob, fit)) {
            Some(Some(image)) => (ui::PhotoState::Ready, image.clone()),
            Some(None) => (ui::PhotoState::Unavailable, Image::default()),
            None => {
                let wanted = Wanted {
                    blob: attachment.blob,
                    fit,
                    media: attachment.media,
                };
                let first = held.wanted.is_empty();
                if held.wanted.insert(wanted) && first {
                    (self.on_want)();
                }
                (ui::PhotoState::Loading, Image::default())
            }
        }
    }

    /// What has been asked for since the last call.
    pub fn take_wanted(&self) -> BTreeSet<Wanted> {
        std::mem::take(&mut self.held.borrow_mut().wanted)
    }

    /// Holds a decoded picture; `None` says that it cannot be shown.
    pub fn hold(&self, blob: BlobHash, fit: Fit, pixels: Option<&Pixels>) {
        let image = pixels.map(|pixels| {
            let buffer = SharedPixelBuffer::<Rgba8Pixel>::clone_from_slice(
                &pixels.rgba,
                pixels.width,
                pixels.height,
            );
            Image::from_rgba8(buffer)
        });
        let mut held = self.held.borrow_mut();
        held.generation += 1;
        held.ready.insert((blob, fit), image);
    }

    /// Lets go of all of them.
    pub fn clear(&self) {
        let mut held = self.held.borrow_mut();
        let generation = held.generation + 1;
        *held = Held {
            generation,
            ..Held::default()
        };
    }
}
