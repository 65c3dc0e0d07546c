//! Puts the kiosk on any screen of the table, in any state and dress.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use super::records::{self, Set};
use super::screens::{Screen, State, Step};
use crate::runtime::puppet::Label;
use crate::runtime::studio::{Dress, Studio};
use crate::store::StorePlace;

/// How long the kiosk has been without the network in the state of that name.
const OFFLINE_FOR: Duration = Duration::from_secs(3 * 3600);

/// How far down somebody looks for what they want to tap.
const MOST_PAGES: usize = 8;

/// The kiosk, and the stores it is started with.
pub struct Stage {
    folder: PathBuf,
    studio: Studio,
    languages: Vec<String>,
    at: Option<(&'static str, State)>,
}

/// How a screen is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// A BCP 47 tag.
    pub language: String,
    /// Panel and preferences.
    pub dress: Dress,
}

impl Stage {
    /// Sets the stage up in an empty folder; once for a thread.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        Self::with(Studio::open(records::now())?, folder)
    }

    /// The same, with a panel to draw frames for.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open_before_a_panel(folder: &Path) -> anyhow::Result<Self> {
        Self::with(Studio::open_before_a_panel(records::now())?, folder)
    }

    fn with(studio: Studio, folder: &Path) -> anyhow::Result<Self> {
        let languages = studio.languages();
        for set in Set::ALL {
            records::write(&folder.join(set.name()), set, &languages)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            studio,
            languages,
            at: None,
        })
    }

    /// The folder of the store that a set is kept in, as long as nothing is started from it.
    pub fn store(&self, set: Set) -> PathBuf {
        self.folder.join(set.name())
    }

    /// The languages that the screen speaks.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// Goes to a screen in a state, in English and the plain dress.
    ///
    /// # Errors
    /// When a step of its way cannot be taken; the error says what is on the screen instead.
    pub fn go(&mut self, screen: &Screen, state: State) -> anyhow::Result<()> {
        self.at = None;
        let set = match state {
            State::Filled | State::Offline | State::Error => Set::Ordinary,
            State::Empty => Set::First,
            State::Long => Set::Long,
        };
        let store = self.folder.join("now");
        self.studio.stop();
        copy(&self.folder.join(set.name()), &store)?;
        self.studio
            .start(StorePlace::new(&store), records::key(), records::now())?;
        self.studio.go_online();
        let more = screen.states.iter().find(|(of, _)| *of == state);
        let (_, more) = more.with_context(|| format!("{} has no such state", screen.name))?;
        for step in screen.way.iter().chain(*more) {
            self.take(step)
                .with_context(|| format!("on the way to {} ({})", screen.name, state.name()))?;
        }
        if state == State::Offline {
            self.studio.go_offline(OFFLINE_FOR);
        }
        self.at = Some((screen.name, state));
        Ok(())
    }

    /// Shows the screen it is at in another look.
    ///
    /// # Errors
    /// When a last step cannot be taken.
    pub fn show(&mut self, screen: &Screen, look: &Look) -> anyhow::Result<()> {
        self.studio.put_on(look.dress, &look.language);
        for step in screen.last {
            self.take(step)?;
        }
        Ok(())
    }

    /// Goes there unless it is there, and shows it.
    ///
    /// # Errors
    /// As [`Stage::go`].
    pub fn visit(&mut self, screen: &Screen, state: State, look: &Look) -> anyhow::Result<()> {
        if self.at != Some((screen.name, state)) {
            self.go(screen, state)?;
        }
        self.show(screen, look)
    }

    /// The studio itself, to look at what is there.
    pub fn studio(&mut self) -> &mut Studio {
        &mut self.studio
    }

    fn take(&mut self, step: &Step) -> anyhow::Result<()> {
        match step {
            Step::Tap(label) => self.tap(&Label::Is((*label).to_owned())),
            Step::TapStarts(label) => self.tap(&Label::Starts((*label).to_owned())),
            Step::Type(keys) => keys
                .chars()
                .try_for_each(|key| self.tap(&Label::Is(key.to_string()))),
            Step::Pass(seconds) => {
                self.studio.pass(*seconds);
                Ok(())
            }
            Step::GoOffline => {
                self.studio.go_offline(OFFLINE_FOR);
                Ok(())
            }
            Step::SetUp(problem) => {
                self.studio.set_up(*problem);
                Ok(())
            }
            Step::Close(reason) => {
                self.studio.close(*reason);
                Ok(())
            }
            Step::FailPictures => {
                self.studio.fail_pictures();
                Ok(())
            }
            Step::FailDraft => {
                self.studio.fail_draft();
                Ok(())
            }
            Step::Way(steps) => steps.iter().try_for_each(|step| self.take(step)),
        }
    }

    /// Taps it; further down in its list if it is not in sight.
    fn tap(&mut self, label: &Label) -> anyhow::Result<()> {
        let further = Label::Is("More below".to_owned());
        for _ in 0..MOST_PAGES {
            if self.studio.tap(label, 0) {
                return Ok(());
            }
            if !self.studio.tap(&further, 0) {
                break;
            }
        }
        bail!("no control {label:?}; there are {:?}", self.studio.labels());
    }
}

/// Copies a store that nobody has open.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
