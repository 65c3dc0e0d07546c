//! The keyboard on the glass: which keys there are, and what a press does to the keyboard itself.

mod layouts;
#[cfg(test)]
mod tests;

pub use layouts::{LAYOUTS, Layout, MARKS, SYMBOLS};

/// How wide a row is: one of ten letters takes 44, one of eleven 40.
pub const ROW_SPAN: u16 = 440;

/// One of [`LAYOUTS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayoutId(usize);

impl LayoutId {
    /// The layout for a language, English for one that has none.
    pub fn for_language(tag: &str) -> Self {
        let base = tag.split('-').next().unwrap_or_default();
        let at = LAYOUTS
            .iter()
            .position(|layout| layout.language == tag || layout.language == base);
        Self(at.unwrap_or_default())
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LAYOUTS.len()).map(Self)
    }

    /// What it has.
    pub fn layout(self) -> &'static Layout {
        LAYOUTS.get(self.0).unwrap_or(&layouts::ENGLISH)
    }
}

/// Which keys are on the glass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The letters.
    #[default]
    Letters,
    /// Letters with accents and the like; one of them, and the letters are back.
    More,
    /// Digits and signs.
    Symbols,
    /// The languages.
    Languages,
}

/// Whether letters are capitals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shift {
    /// No.
    #[default]
    Off,
    /// The next one.
    Once,
    /// All, until it is pressed again.
    Lock,
}

/// A key. `Debug` does not tell which letter.
#[derive(Clone, PartialEq, Eq)]
pub enum Key {
    /// Writes this.
    Text(String),
    /// Puts this combining mark on the letter before.
    Mark(char),
    /// Writes a space.
    Space,
    /// Begins a new line.
    NewLine,
    /// Takes back what is selected, or one character.
    Delete,
    /// Capitals.
    Shift,
    /// Shows other keys.
    Page(Page),
    /// Puts this in place of the letters it sounds like.
    Choose(char),
    /// Shows further characters to choose from.
    MoreChoices,
    /// Shows the keys of another language.
    Layout(LayoutId),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(_)")
    }
}

/// A key in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// What it does.
    pub key: Key,
    /// How wide it is, of [`ROW_SPAN`].
    pub span: u16,
}

/// What is on the glass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// A row on top for which there may be no room; its letters are on [`Page::More`] as well.
    pub extra: Vec<Cap>,
    /// The rows.
    pub rows: Vec<Vec<Cap>>,
}

/// The keyboard's own state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keyboard {
    /// Whose letters.
    pub layout: LayoutId,
    /// Which keys.
    pub page: Page,
    /// Capitals or not.
    pub shift: Shift,
}

impl Keyboard {
    /// The letters of a language.
    pub fn new(layout: LayoutId) -> Self {
        Self {
            layout,
            ..Self::default()
        }
    }

    /// A press: what changes of the keyboard itself.
    pub fn press(&mut self, key: &Key) {
        match key {
            Key::Text(_) => {
                if self.shift == Shift::Once {
                    self.shift = Shift::Off;
                }
                if self.page == Page::More {
                    self.page = Page::Letters;
                }
            }
            Key::Mark(_) => {
                if self.page == Page::More {
                    self.page = Page::Letters;
                }
            }
            Key::Space | Key::NewLine | Key::Delete | Key::Choose(_) | Key::MoreChoices => {}
            Key::Shift => {
                self.shift = match self.shift {
                    Shift::Off => Shift::Once,
                    Shift::Once => Shift::Lock,
                    Shift::Lock => Shift::Off,
                };
            }
            Key::Page(page) => {
                self.page = if self.page == *page {
                    Page::Letters
                } else {
                    *page
                };
            }
            Key::Layout(layout) => *self = Self::new(*layout),
        }
    }

    /// Whether letters stand for characters that are chosen by their sound.
    pub fn writes_by_sound(&self) -> bool {
        self.layout.layout().by_sound && self.page == Page::Letters && self.shift == Shift::Off
    }

    /// The keys on the glass.
    pub fn rows(&self) -> Rows {
        let layout = self.layout.layout();
        let mut rows = Rows::default();
        match self.page {
            Page::Letters => {
                rows.extra = self.caps(layout.extra);
                rows.rows = layout.letters.iter().map(|row| self.caps(row)).collect();
                self.close_last_row(&mut rows.rows, layout.has_capitals);
            }
            Page::More => {
                rows.rows = layout.more.iter().map(|row| self.caps(row)).collect();
                self.close_last_row(&mut rows.rows, layout.has_capitals);
            }
            Page::Symbols => {
                let signs = SYMBOLS.iter().map(|row| self.caps(row));
                rows.rows = signs.collect();
                self.close_last_row(&mut rows.rows, false);
            }
            Page::Languages => {
                rows.rows = LayoutId::all()
                    .map(language_cap)
                    .collect::<Vec<_>>()
                    .chunks(2)
                    .map(<[Cap]>::to_vec)
                    .collect();
            }
        }
        rows.rows.push(self.bottom(layout));
        rows
    }

    /// Shift on the left of the last row of letters, delete on its right.
    fn close_last_row(&self, rows: &mut [Vec<Cap>], with_shift: bool) {
        let Some(last) = rows.last_mut() else { return };
        let letters: u16 = last.iter().map(|cap| cap.span).sum();
        let room = ROW_SPAN.saturating_sub(letters);
        let delete = if with_shift { room / 2 } else { room };
        last.push(Cap {
            key: Key::Delete,
            span: delete.clamp(44, 88),
        });
        if with_shift {
            let shift = Cap {
                key: Key::Shift,
                span: (room - room / 2).clamp(44, 88),
            };
            last.insert(0, shift);
        }
    }

    fn bottom(&self, layout: &Layout) -> Vec<Cap> {
        let cap = |key, span| Cap { key, span };
        let [comma, full_stop, question] = layout.signs.map(|sign| Key::Text(sign.to_owned()));
        vec![
            cap(Key::Page(Page::Symbols), 55),
            cap(Key::Page(Page::More), 55),
            cap(Key::Page(Page::Languages), 44),
            cap(comma, 44),
            cap(Key::Space, 99),
            cap(full_stop, 44),
            cap(question, 44),
            cap(Key::NewLine, 55),
        ]
    }

    fn caps(&self, letters: &str) -> Vec<Cap> {
        let all: Vec<&str> = letters.split_whitespace().collect();
        let span = if all.len() > 10 { 40 } else { 44 };
        all.into_iter()
            .map(|letter| Cap {
                key: self.key(letter),
                span,
            })
            .collect()
    }

    fn key(&self, letter: &str) -> Key {
        let mut chars = letter.chars();
        match (chars.next(), chars.next()) {
            (Some(mark), None) if MARKS.contains(&mark) => Key::Mark(mark),
            _ if self.shift == Shift::Off => Key::Text(letter.to_owned()),
            _ => Key::Text(letter.to_uppercase()),
        }
    }
}

fn language_cap(id: LayoutId) -> Cap {
    Cap {
        key: Key::Layout(id),
        span: ROW_SPAN / 2,
    }
}
