//! Looks for words in the writable memory of a running process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// What must not be found, and the name it is reported under.
#[derive(Clone)]
pub struct Canary {
    /// What it is, for the report; nobody's data.
    pub name: String,
    /// The bytes looked for.
    pub bytes: Vec<u8>,
}

impl Canary {
    /// A text as it is and as UTF-16.
    pub fn text(name: &str, text: &str) -> [Self; 2] {
        let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [
            Self {
                name: format!("{name} (UTF-8)"),
                bytes: text.as_bytes().to_vec(),
            },
            Self {
                name: format!("{name} (UTF-16)"),
                bytes: wide,
            },
        ]
    }
}

/// Names of the canaries found in the writable memory of the process.
///
/// # Errors
/// When its memory cannot be read: it has ended, or it is another user's.
pub fn find_in_process(process: u32, canaries: &[Canary]) -> std::io::Result<Vec<String>> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let mut memory = File::open(format!("/proc/{process}/mem"))?;
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else {
            continue;
        };
        if !rights.starts_with("rw") {
            continue;
        }
        let bounds = range.split_once('-').and_then(|(from, to)| {
            Some((
                u64::from_str_radix(from, 16).ok()?,
                u64::from_str_radix(to, 16).ok()?,
            ))
        });
        let Some((from, to)) = bounds else { continue };
        let mut block = vec![0; usize::try_from(to - from).unwrap_or(0)];
        // Some special mappings cannot be read; they hold nothing of ours.
        if memory.seek(SeekFrom::Start(from)).is_err() || memory.read_exact(&mut block).is_err() {
            continue;
        }
        found.extend(find_in(&block, canaries));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Names of the canaries found in these bytes.
pub fn find_in(bytes: &[u8], canaries: &[Canary]) -> Vec<String> {
    canaries
        .iter()
        .filter(|canary| contains(bytes, &canary.bytes))
        .map(|canary| canary.name.clone())
        .collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, rest)) = wanted.split_first() else {
        return false;
    };
    let mut at = bytes;
    while let Some(next) = at.iter().position(|byte| byte == first) {
        at = at.get(next + 1..).unwrap_or_default();
        if at.starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_held_in_this_process_is_found_in_both_encodings() {
        let held = std::hint::black_box(format!("Quince {}", "Marmelade"));
        let wide: Vec<u16> = std::hint::black_box(held.encode_utf16().collect());
        let canaries = Canary::text("word", &held);
        let found = find_in_process(std::process::id(), &canaries).unwrap();
        assert_eq!(found, ["word (UTF-16)", "word (UTF-8)"]);
        drop(wide);
    }

    #[test]
    fn a_word_that_is_not_there_is_not_found() {
        let canaries = Canary::text("word", "Reineclaude");
        assert!(find_in(b"Mirabelle, Rein", &canaries).is_empty());
    }
}
