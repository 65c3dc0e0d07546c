use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};
use dayroom_protocol::limits::NAME_BYTES;

use super::{Advice, Column, FILE_BYTES, LineError, NUMBER_DIGITS, RosterError, json};

/// A line that can be used.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterLine {
    /// Counted from 1, the header included.
    pub line: u64,
    /// 1 to 12 digits.
    pub number: String,
    /// As the facility spells it.
    pub name: String,
    /// The unit's name.
    pub unit: String,
}

impl fmt::Debug for RosterLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RosterLine")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// What stands in a roster file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// The lines that can be used, in order.
    pub lines: Vec<RosterLine>,
    /// Those that cannot, in order.
    pub errors: Vec<LineError>,
    /// Columns that nobody reads.
    pub ignored_columns: Vec<String>,
}

/// Reads a roster, CSV or JSON: what begins with a bracket is JSON.
///
/// # Errors
/// When the file as a whole cannot be used; errors of single lines are in the [`Roster`].
pub fn read_roster(from: impl Read) -> Result<Roster, RosterError> {
    let mut bytes = Vec::new();
    from.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(RosterError::TooLarge);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if matches!(text.trim_ascii_start().first(), Some(b'[' | b'{')) {
        return json::read(text);
    }
    let mut lines = (1_u64..)
        .zip(text.split(|byte| *byte == b'\n'))
        .filter(|(_, line)| !line.trim_ascii().is_empty());
    let (_, header) = lines.next().ok_or(RosterError::Empty)?;
    let header = values(header)?;
    let columns = Columns::find(&header)?;
    let mut roster = Roster {
        ignored_columns: columns.ignored(&header),
        ..Roster::default()
    };
    for (number, line) in lines {
        let record = values(line)?;
        if record.iter().all(|value| value.trim_ascii().is_empty()) {
            continue;
        }
        let closed = line.iter().filter(|byte| **byte == b'"').count() % 2 == 0;
        let taken = if closed {
            columns.line(&record, number)
        } else {
            Err(LineError {
                line: number,
                column: None,
                advice: Advice::OpenQuote,
            })
        };
        match taken {
            Ok(good) => roster.lines.push(good),
            Err(error) => roster.errors.push(error),
        }
    }
    roster.settle_repeats();
    roster.errors.sort_by_key(|error| error.line);
    Ok(roster)
}

/// The values of one line. Each line is read by itself: a quote that is never closed spoils its
/// own line and not the rest of the file.
fn values(line: &[u8]) -> Result<ByteRecord, RosterError> {
    let mut record = ByteRecord::new();
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len().max(1))
        .from_reader(line)
        .read_byte_record(&mut record)
        .map_err(|error| RosterError::Read(error.into()))?;
    Ok(record)
}

impl Roster {
    /// A line that says the same again is passed over; two lines that give one number to two
    /// people are both refused, since to guess would show one of them the other's life.
    pub(super) fn settle_repeats(&mut self) {
        let mut by_number: BTreeMap<String, Vec<RosterLine>> = BTreeMap::new();
        for line in self.lines.drain(..) {
            by_number.entry(line.number.clone()).or_default().push(line);
        }
        for (_, same) in by_number {
            let Some(first) = same.first().cloned() else {
                continue;
            };
            let differ = same
                .iter()
                .find(|line| (&line.name, &line.unit) != (&first.name, &first.unit))
                .map(|line| line.line);
            for line in same.iter().skip(usize::from(differ.is_none())) {
                let advice = match differ {
                    None => Advice::Repeated { first: first.line },
                    Some(other) if line.line == first.line => Advice::Ambiguous { other },
                    Some(_) => Advice::Ambiguous { other: first.line },
                };
                self.errors.push(LineError {
                    line: line.line,
                    column: Some(Column::Number),
                    advice,
                });
            }
            if differ.is_none() {
                self.lines.push(first);
            }
        }
        self.lines.sort_by_key(|line| line.line);
    }
}

/// Where the columns stand.
struct Columns {
    places: [(Column, usize); 3],
    count: usize,
}

impl Columns {
    fn find(header: &ByteRecord) -> Result<Self, RosterError> {
        let mut places = Column::ALL.map(|column| (column, 0));
        for (column, place) in &mut places {
            let title = column.title().as_bytes();
            let mut found = header
                .iter()
                .enumerate()
                .filter(|(_, held)| held.trim_ascii().eq_ignore_ascii_case(title));
            *place = found.next().map(|(at, _)| at).ok_or(RosterError::Header {
                column: *column,
                semicolons: header.as_slice().contains(&b';'),
            })?;
            if found.next().is_some() {
                return Err(RosterError::HeaderTwice(*column));
            }
        }
        Ok(Self {
            places,
            count: header.len(),
        })
    }

    fn ignored(&self, header: &ByteRecord) -> Vec<String> {
        header
            .iter()
            .enumerate()
            .filter(|(at, _)| self.places.iter().all(|(_, place)| place != at))
            .map(|(_, title)| String::from_utf8_lossy(title).trim().to_owned())
            .collect()
    }

    fn line(&self, record: &ByteRecord, line: u64) -> Result<RosterLine, LineError> {
        let refuse = |column, advice| LineError {
            line,
            column,
            advice,
        };
        if record.len() != self.count {
            let advice = Advice::Values {
                found: record.len(),
                expected: self.count,
            };
            return Err(refuse(None, advice));
        }
        let mut values = [const { String::new() }; 3];
        for ((column, place), value) in self.places.iter().zip(&mut values) {
            let bytes = record.get(*place).unwrap_or_default();
            let text = str::from_utf8(bytes)
                .map_err(|_| refuse(Some(*column), Advice::NotUtf8))?
                .trim();
            check(*column, text).map_err(|advice| refuse(Some(*column), advice))?;
            *value = text.to_owned();
        }
        let [number, name, unit] = values;
        Ok(RosterLine {
            line,
            number,
            name,
            unit,
        })
    }
}

pub(super) fn check(column: Column, text: &str) -> Result<(), Advice> {
    if text.is_empty() {
        return Err(Advice::Missing);
    }
    match column {
        Column::Number
            if text.len() > NUMBER_DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Err(Advice::NotNumber)
        }
        Column::Number => Ok(()),
        Column::Name | Column::Unit if text.len() > NAME_BYTES => Err(Advice::TooLong),
        Column::Name | Column::Unit if text.chars().any(char::is_control) => Err(Advice::Control),
        Column::Name | Column::Unit => Ok(()),
    }
}
