//! Writing a message: the words, the keyboard, and what is said before it is sent.
//!
//! Every change is on disk within [`SAVE_AFTER`] and the time the disk takes, and at once when the
//! person goes anywhere else, hides the screen, signs out or is signed out.

use std::fmt;
use std::time::Duration;

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Effect, Event, OpenedDraft, Report, Screen, Session, Ticket};
use crate::domain::badge::BadgeEvent;
use crate::domain::editor::Editor;
use crate::domain::keyboard::{Key, Keyboard, LayoutId, MARKS};
use crate::domain::pinyin::candidates;
use crate::domain::text::clean_block;
use crate::domain::{
    BootMillis, ConnectionId, DraftId, IntentBody, IntentNumber, MessageId, Refusal, UNDO_HOLD,
};

use super::connection_requests::UndoBar;
use super::home;
use super::messages::MessagesAt;

/// How long after its first unsaved change a draft is written down: with the disk's own time well
/// below the second that may be lost.
pub const SAVE_AFTER: Duration = Duration::from_millis(600);
/// How far beyond the facility's limit one can go on writing, to shorten it after.
const BEYOND: usize = 1_000;
/// How many characters are offered at a time.
const CHOICES: usize = 7;
/// The most characters of any message, whatever the policy says.
const MOST_CHARS: usize = 20_000;

/// Writing a message.
pub struct Compose {
    /// Who writes.
    pub session: Session,
    /// What they write, and to whom.
    pub at: ComposeAt,
    /// How far they are.
    pub step: Step,
    /// The words.
    pub editor: Box<Editor>,
    /// The keys.
    pub keyboard: Keyboard,
    /// Why central did not take it when it was sent.
    pub refused: Option<Refusal>,
    /// What was the matter with the last thing tried.
    pub problem: Option<Problem>,
    sound: Option<Sound>,
    saving: Saving,
}

/// Letters in the text that are to become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sound {
    /// Where they begin; they end at the cursor.
    start: usize,
    /// How many choices were passed over.
    passed: usize,
}

/// Which message is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComposeAt {
    /// The unsent message, which keeps its id when it is sent; `None`: the latest one to them, or a
    /// new one, until the journal has said which.
    pub draft: Option<DraftId>,
    /// To whom.
    pub to: ConnectionId,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The journal is asked for it.
    Opening(Option<Ticket>),
    /// Somebody writes.
    Writing,
    /// They are asked whether it is to go.
    Confirming,
    /// It is being written down as sent.
    Sending(Ticket),
}

/// What was the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It could not be written down as sent, so it was not.
    NotSent,
    /// No more goes in.
    Full,
}

/// Where the words are, for whom it worries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// There are none.
    Nothing,
    /// On disk.
    Saved,
    /// On the way there.
    Saving,
    /// The disk did not take them; it is tried again.
    NotSaved,
}

/// What of the words is on disk.
#[derive(Clone, Copy, Debug, Default)]
struct Saving {
    /// The change up to which the disk was asked to keep them.
    asked: u64,
    /// The change up to which it has.
    saved: u64,
    /// Since when there is a change it was not asked for.
    dirty: Option<BootMillis>,
    /// Whether it refused the last time.
    failed: bool,
    /// Whether it holds any of this draft.
    held: bool,
}

/// Taps while writing. `Debug` tells none of the words.
#[derive(Clone)]
pub enum ComposeTap {
    /// Wants to write to somebody; what is unsent to them opens again.
    Write(ConnectionId),
    /// Wants to go on with an unsent message.
    Open(ComposeAt),
    /// A key of the keyboard.
    Key(Key),
    /// Points into the words.
    Point {
        /// Where the selection begins.
        anchor: usize,
        /// Where it ends, which is where the next letter goes.
        cursor: usize,
    },
    /// A key beside the keyboard.
    Edit(EditTap),
    /// Wants to send it.
    SendPressed,
    /// Confirms that.
    SendConfirmed,
    /// Wants to go on writing instead.
    KeepWriting,
}

/// The keys for what is written already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditTap {
    /// One character to the left.
    Left,
    /// One character to the right.
    Right,
    /// Selects from here on, or no longer.
    Select,
    /// Selects all of it.
    SelectAll,
    /// Keeps what is selected, to put it elsewhere.
    Copy,
    /// The same, and takes it away.
    Cut,
    /// Puts in what was kept.
    Paste,
    /// Takes the last change back.
    Undo,
    /// Does it again.
    Redo,
}

impl ComposeTap {
    /// Whether it changes nothing but the words and the keys.
    pub fn is_typing(&self) -> bool {
        matches!(self, Self::Key(_) | Self::Point { .. } | Self::Edit(_))
    }
}

impl fmt::Debug for ComposeTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ComposeTap(_)")
    }
}

impl Compose {
    /// The page, with what the journal is to be asked for.
    pub(in crate::app) fn at(session: Session, at: ComposeAt) -> Self {
        Self {
            session,
            at,
            step: Step::Opening(None),
            editor: Box::new(Editor::new("", 0)),
            keyboard: Keyboard::default(),
            refused: None,
            problem: None,
            sound: None,
            saving: Saving::default(),
        }
    }

    /// Where the words are.
    pub fn kept(&self) -> Kept {
        if self.saving.failed {
            Kept::NotSaved
        } else if self.saving.saved < self.editor.version() {
            Kept::Saving
        } else if self.saving.held {
            Kept::Saved
        } else {
            Kept::Nothing
        }
    }

    /// The letters that are to become a character, the characters they may stand for, and whether
    /// there are more than are given.
    pub fn choices(&self) -> (&str, Vec<char>, bool) {
        let Some(sound) = self.sound else {
            return ("", Vec::new(), false);
        };
        let letters = self.sounds(sound);
        let all = candidates(letters).characters;
        let rest: Vec<char> = all.iter().copied().skip(sound.passed).collect();
        let more = all.len() > CHOICES;
        (letters, rest.into_iter().take(CHOICES).collect(), more)
    }

    fn sounds(&self, sound: Sound) -> &str {
        let range = sound.start..self.editor.cursor();
        self.editor.text().get(range).unwrap_or_default()
    }

    /// Whether something was copied here.
    pub fn can_paste(&self) -> bool {
        !self.session.clipboard.is_empty()
    }

    /// Has the disk keep what it was not asked to keep.
    fn save(&mut self, cx: &mut Context) {
        let version = self.editor.version();
        let unsaved = version > self.saving.asked || self.saving.failed;
        let Some(draft) = self.at.draft.filter(|_| unsaved) else {
            return;
        };
        self.saving.asked = version;
        self.saving.dirty = None;
        cx.effect(Effect::SaveDraft {
            draft,
            resident: self.session.resident,
            to: self.at.to,
            text: self.editor.text().to_owned(),
            version,
        });
    }

    /// As [`Compose::save`], for somebody who goes elsewhere: what is empty need not be kept.
    fn leave(&mut self, cx: &mut Context) {
        if !self.editor.is_blank() {
            self.save(cx);
        } else if let Some(draft) = self.at.draft
            && (self.saving.held || self.saving.asked > 0)
        {
            let version = self.editor.version();
            self.saving = Saving {
                asked: version,
                saved: version,
                ..Saving::default()
            };
            let resident = self.session.resident;
            cx.effect(Effect::DropDraft { draft, resident });
        }
    }

    fn note_change(&mut self, before: u64, cx: &Context) {
        if self.editor.version() != before {
            self.problem = None;
            self.saving.dirty.get_or_insert(cx.now.boot.at);
        }
    }

    /// Writes by sound: letters stay letters until a character is chosen for them.
    fn press_by_sound(&mut self, key: &Key) -> Option<bool> {
        let is_sound = |text: &str| text.len() == 1 && text.bytes().all(|b| b.is_ascii_lowercase());
        match (key, self.sound) {
            (Key::Text(text), sound) if is_sound(text) && self.keyboard.writes_by_sound() => {
                let taken = self.editor.insert(text);
                let start = self.editor.cursor().saturating_sub(text.len());
                let start = sound.map_or(start, |sound| sound.start);
                self.sound = taken.then_some(Sound { start, passed: 0 });
                Some(taken)
            }
            (Key::Choose(character), Some(sound)) => Some(self.choose(sound, *character)),
            (Key::MoreChoices, Some(sound)) => {
                let passed = sound.passed + CHOICES;
                let count = candidates(self.sounds(sound)).characters.len();
                let passed = if passed < count { passed } else { 0 };
                self.sound = Some(Sound { passed, ..sound });
                Some(true)
            }
            (Key::Space, Some(sound)) => {
                let first = self.choices().1.first().copied();
                self.sound = None;
                Some(first.is_none_or(|first| self.choose(sound, first)))
            }
            // The letters stay what they are.
            (Key::NewLine, Some(_)) => {
                self.sound = None;
                Some(true)
            }
            (Key::Delete, Some(sound)) => {
                self.editor.delete();
                let left = self.editor.cursor() > sound.start;
                self.sound = left.then_some(Sound { passed: 0, ..sound });
                Some(true)
            }
            (Key::Choose(_) | Key::MoreChoices, None) => Some(true),
            (
                Key::Text(_)
                | Key::Mark(_)
                | Key::Space
                | Key::NewLine
                | Key::Delete
                | Key::Shift
                | Key::Page(_)
                | Key::Layout(_),
                _,
            ) => {
                self.sound = None;
                None
            }
        }
    }

    fn choose(&mut self, sound: Sound, character: char) -> bool {
        let letters = self.sounds(sound).to_owned();
        let rest = letters.get(candidates(&letters).used..).unwrap_or_default();
        let taken = self.editor.swap(sound.start, &format!("{character}{rest}"));
        let start = sound.start + character.len_utf8();
        self.sound = (taken && !rest.is_empty()).then_some(Sound { start, passed: 0 });
        taken
    }

    fn press(&mut self, key: &Key) -> bool {
        if let Some(taken) = self.press_by_sound(key) {
            return taken;
        }
        let taken = match key {
            Key::Text(text) => self.editor.insert(text),
            Key::Mark(mark) => {
                self.editor.mark(*mark, &MARKS, bears_tone);
                true
            }
            Key::Space => self.editor.insert(" "),
            Key::NewLine => self.editor.insert("\n"),
            Key::Delete => {
                self.editor.delete();
                true
            }
            Key::Shift | Key::Page(_) | Key::Layout(_) | Key::Choose(_) | Key::MoreChoices => true,
        };
        self.keyboard.press(key);
        taken
    }

    fn edit(&mut self, tap: EditTap) -> bool {
        self.sound = None;
        match tap {
            EditTap::Left => self.editor.left(),
            EditTap::Right => self.editor.right(),
            EditTap::Select => self.editor.toggle_selecting(),
            EditTap::SelectAll => self.editor.select_all(),
            EditTap::Copy | EditTap::Cut => {
                let selected = self.editor.selected().to_owned();
                if !selected.is_empty() {
                    self.session.clipboard = selected;
                    if tap == EditTap::Cut {
                        self.editor.delete();
                    }
                }
            }
            EditTap::Paste => {
                let clipboard = self.session.clipboard.clone();
                return clipboard.is_empty() || self.editor.insert(&clipboard);
            }
            EditTap::Undo => {
                self.editor.undo();
            }
            EditTap::Redo => {
                self.editor.redo();
            }
        }
        true
    }

    fn can_go(&self, cx: &Context) -> bool {
        !self.editor.is_blank() && self.editor.chars() <= most_chars(cx)
    }

    /// Writes down that it is sent: the words are kept first, whatever comes of it.
    fn send(&mut self, draft: DraftId, cx: &mut Context) {
        self.save(cx);
        let body = IntentBody::SendMessage {
            message: MessageId(draft.0),
            connection: self.at.to,
            text: clean_block(self.editor.text()),
        };
        let ticket = cx.record(self.session.resident, body, Some(UNDO_HOLD));
        self.step = Step::Sending(ticket);
    }
}

/// The vowels of Vietnamese, which bear its tones.
fn bears_tone(c: char) -> bool {
    c.to_lowercase().all(|c| "aeiouy".contains(c))
}

fn most_chars(cx: &Context) -> usize {
    usize::try_from(cx.policy.messages.characters)
        .unwrap_or(MOST_CHARS)
        .min(MOST_CHARS)
}

pub(in crate::app) fn tap(mut screen: Screen, tap: ComposeTap, cx: &mut Context) -> Screen {
    if let ComposeTap::Write(to) = tap {
        return go(screen, ComposeAt { draft: None, to }, cx);
    }
    if let ComposeTap::Open(at) = tap {
        return go(screen, at, cx);
    }
    let Screen::Compose(page) = &mut screen else {
        return screen;
    };
    let before = page.editor.version();
    match (page.step, &tap) {
        (Step::Writing, ComposeTap::Key(key)) => {
            page.problem = (!page.press(key)).then_some(Problem::Full);
        }
        (Step::Writing, ComposeTap::Edit(edit)) => {
            page.problem = (!page.edit(*edit)).then_some(Problem::Full);
        }
        (Step::Writing, ComposeTap::Point { anchor, cursor }) => {
            if page.editor.cursor() != *cursor {
                page.sound = None;
            }
            page.editor.place(*anchor, *cursor);
        }
        (Step::Writing, ComposeTap::SendPressed) if page.can_go(cx) => {
            page.sound = None;
            page.save(cx);
            page.step = Step::Confirming;
        }
        (Step::Confirming, ComposeTap::SendConfirmed) if page.can_go(cx) => {
            if let Some(draft) = page.at.draft {
                page.send(draft, cx);
            }
        }
        (Step::Confirming, ComposeTap::KeepWriting) => page.step = Step::Writing,
        _ => {}
    }
    page.note_change(before, cx);
    screen
}

/// Goes to an unsent message. Whoever writes it already stays with it.
fn go(mut screen: Screen, at: ComposeAt, cx: &mut Context) -> Screen {
    if let Screen::Compose(page) = &mut screen {
        let same = at.draft.is_none_or(|draft| page.at.draft == Some(draft));
        if same && page.at.to == at.to {
            return screen;
        }
        page.leave(cx);
    }
    home::go(screen, |_| Some(Place::Compose(at)))
}

/// A message that was undone is a draft again.
pub(in crate::app) fn reopen(screen: Screen, to: ConnectionId, draft: DraftId) -> Screen {
    let draft = Some(draft);
    home::go(screen, |_| Some(Place::Compose(ComposeAt { draft, to })))
}

/// Sees to it that what is typed is on disk in time, and before anything takes the page away.
pub(in crate::app) fn keep(screen: &mut Screen, event: &Event, cx: &mut Context) {
    let now = cx.now.boot.at;
    let Screen::Compose(page) = screen else {
        return;
    };
    if page.due().is_some_and(|due| due <= now) {
        page.save(cx);
    }
    match event {
        Event::Touched
        | Event::Compose(_)
        | Event::Runtime(
            Report::Tick
            | Report::CacheChanged
            | Report::LinkChanged { .. }
            | Report::NextTry(_)
            | Report::PinChecked { .. }
            | Report::DraftOpened { .. }
            | Report::DraftSaved { .. }
            | Report::DraftNotSaved { .. }
            | Report::IntentRecorded { .. }
            | Report::IntentNotRecorded { .. }
            | Report::PhotoMissing(_)
            | Report::TechnicianChecked { .. }
            | Report::KeyTold(_)
            | Report::Badge(BadgeEvent::Read(_) | BadgeEvent::Paper(_))
            | Report::AttachedChanged(_)
            | Report::Plugged(_)
            | Report::Unplugged(_)
            | Report::Provisioning(_)
            | Report::Opened,
        ) => {}
        Event::Wall(_)
        | Event::Pad(_)
        | Event::Consent(_)
        | Event::Requests(_)
        | Event::Messages(_)
        | Event::Contacts(_)
        | Event::Find(_)
        | Event::Reading(_)
        | Event::Account(_)
        | Event::Session(_)
        | Event::Technician(_)
        | Event::Runtime(
            Report::UndoDone { .. }
            | Report::RosterChanged { .. }
            | Report::PolicyChanged(_)
            | Report::Badge(BadgeEvent::Gone)
            | Report::Closed(_),
        ) => page.leave(cx),
    }
}

/// Has everything typed kept now: the kiosk is about to close.
pub(in crate::app) fn keep_all(screen: &mut Screen, cx: &mut Context) {
    if let Screen::Compose(page) = screen {
        page.leave(cx);
    }
}

impl Compose {
    fn due(&self) -> Option<BootMillis> {
        self.saving.dirty.map(|since| since.plus(SAVE_AFTER))
    }
}

/// When something is to be kept.
pub(in crate::app) fn due(screen: &Screen) -> Option<BootMillis> {
    match screen {
        Screen::Compose(page) => page.due(),
        Screen::Wall(_)
        | Screen::SignIn(_)
        | Screen::Consent(_)
        | Screen::Home(_)
        | Screen::Requests(_)
        | Screen::Messages(_)
        | Screen::Photo(_)
        | Screen::Contacts(_)
        | Screen::Find(_)
        | Screen::Reading(_)
        | Screen::Account(_)
        | Screen::Covered(_)
        | Screen::Closed(_)
        | Screen::Technician(_) => None,
    }
}

/// Asks the journal for what a page that was just entered is about.
pub(in crate::app) fn open(screen: &mut Screen, cx: &mut Context) {
    if let Screen::Compose(page) = screen
        && page.step == Step::Opening(None)
    {
        let ticket = cx.next_ticket();
        page.step = Step::Opening(Some(ticket));
        cx.effect(Effect::OpenDraft {
            ticket,
            resident: page.session.resident,
            to: page.at.to,
            draft: page.at.draft,
        });
    }
}

/// The journal has the message.
pub(in crate::app) fn opened(
    mut screen: Screen,
    ticket: Ticket,
    draft: OpenedDraft,
    cx: &mut Context,
) -> Screen {
    if let Screen::Compose(page) = &mut screen
        && page.step == Step::Opening(Some(ticket))
    {
        page.at.draft = Some(draft.id);
        page.saving.held = !draft.text.is_empty();
        page.refused = draft.refused;
        *page.editor = Editor::new(&draft.text, most_chars(cx) + BEYOND);
        page.keyboard = Keyboard::new(LayoutId::for_language(&cx.language));
        page.step = Step::Writing;
        cx.refresh();
    }
    screen
}

/// The words are on disk.
pub(in crate::app) fn saved(mut screen: Screen, draft: DraftId, version: u64) -> Screen {
    if let Screen::Compose(page) = &mut screen
        && page.at.draft == Some(draft)
    {
        page.saving.saved = version.max(page.saving.saved);
        page.saving.failed = false;
        page.saving.held = true;
    }
    screen
}

/// They are not: it is tried again as long as the page is open.
pub(in crate::app) fn not_saved(mut screen: Screen, draft: DraftId, cx: &Context) -> Screen {
    if let Screen::Compose(page) = &mut screen
        && page.at.draft == Some(draft)
    {
        page.saving.failed = true;
        page.saving.dirty.get_or_insert(cx.now.boot.at);
    }
    screen
}

/// A message is written down as sent: back to the conversation, with the way to undo it.
pub(in crate::app) fn recorded(
    mut screen: Screen,
    ticket: Ticket,
    number: IntentNumber,
    cx: &mut Context,
) -> Screen {
    if let Screen::Compose(page) = &mut screen
        && page.step == Step::Sending(ticket)
        && let Some(draft) = page.at.draft
    {
        let (to, now) = (page.at.to, cx.now.boot.at);
        page.session.undo = Some(UndoBar::of_send((to, draft), (ticket, number), now));
        return home::go(screen, |_| {
            Some(Place::Messages(MessagesAt::Conversation(to)))
        });
    }
    screen
}

/// It is not, so it was not sent: the words are still there.
pub(in crate::app) fn not_recorded(mut screen: Screen, ticket: Ticket) -> Screen {
    if let Screen::Compose(page) = &mut screen
        && page.step == Step::Sending(ticket)
    {
        page.step = Step::Writing;
        page.problem = Some(Problem::NotSent);
    }
    screen
}
