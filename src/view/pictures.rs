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
#[derive(Clone, Default)]
pub struct Pictures(Rc<RefCell<Held>>);

#[derive(Default)]
struct Held {
    ready: BTreeMap<(BlobHash, Fit), Option<Image>>,
    wanted: BTreeSet<Wanted>,
}

impl Pictures {
    /// The picture beside a message.
    pub fn thumbnail(&self, attachment: &Attachment) -> (ui::PhotoState, Image) {
        self.take(attachment, Fit::Thumbnail)
    }

    /// The picture on the whole screen.
    pub fn whole(&self, attachment: &Attachment) -> (ui::PhotoState, Image) {
        self.take(attachment, Fit::Screen)
    }

    fn take(&self, attachment: &Attachment, fit: Fit) -> (ui::PhotoState, Image) {
        let mut held = self.0.borrow_mut();
        match held.ready.get(&(attachment.blob, fit)) {
            Some(Some(image)) => (ui::PhotoState::Ready, image.clone()),
            Some(None) => (ui::PhotoState::Unavailable, Image::default()),
            None => {
                let wanted = Wanted { blob: attachment.blob, fit, media: attachment.media };
                held.wanted.insert(wanted);
                (ui::PhotoState::Loading, Image::default())
            }
        }
    }

    /// What has been asked for since the last call.
    pub fn take_wanted(&self) -> BTreeSet<Wanted> {
        std::mem::take(&mut self.0.borrow_mut().wanted)
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
        self.0.borrow_mut().ready.insert((blob, fit), image);
    }

    /// Lets a blob be asked for again.
    pub fn forget(&self, blob: BlobHash) {
        self.0.borrow_mut().ready.retain(|(held, _), _| *held != blob);
    }

    /// Lets go of all of them.
    pub fn clear(&self) {
        *self.0.borrow_mut() = Held::default();
    }
}
