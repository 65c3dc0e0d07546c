//! The faces for what Atkinson Hyperlegible Next has no letters for. They are part of the program
//! and drawn from where they lie in it: an image without any font file shows a Chinese name, and a
//! face that nobody needs costs neither time nor memory.

use std::cell::Cell;
use std::sync::Arc;

use slint::fontique_011::fontique::{Blob, GenericFamily};
use slint::fontique_011::shared_collection;

/// The face for a language whose words would else be drawn half with one face, half with another;
/// empty: the face of the tokens.
pub fn family(language: &str) -> &'static str {
    match language {
        // Atkinson has "o" but not "ơ".
        "vi" => "Noto Sans",
        _ => "",
    }
}

/// Regular before bold, and in the order in which they are asked for a letter.
static FACES: [&[u8]; 9] = [
    include_bytes!("../../assets/fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../assets/fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../assets/fonts/NotoNaskhArabicUI-Regular.ttf"),
    include_bytes!("../../assets/fonts/NotoNaskhArabicUI-Bold.ttf"),
    include_bytes!("../../assets/fonts/NotoSansHebrew-Regular.ttf"),
    include_bytes!("../../assets/fonts/NotoSansHebrew-Bold.ttf"),
    include_bytes!("../../assets/fonts/NotoSansCJKsc-Regular.otf"),
    include_bytes!("../../assets/fonts/NotoSansCJKsc-Bold.otf"),
    include_bytes!("../../assets/fonts/NotoEmoji-Regular.ttf"),
];

thread_local! {
    // Fonts belong to the platform, and there is one on each thread that draws.
    static REGISTERED: Cell<bool> = const { Cell::new(false) };
}

/// Lets every text fall back to these faces. Needs a platform: call it after the first window was
/// made and before anything is measured.
pub fn register() {
    if REGISTERED.replace(true) {
        return;
    }
    let mut collection = shared_collection();
    let mut families = Vec::new();
    for face in FACES {
        for (family, _) in collection.register_fonts(Blob::new(Arc::new(face)), None) {
            if !families.contains(&family) {
                families.push(family);
            }
        }
    }
    // Slint looks into these two after the named family, whatever the script, and into the third
    // for emoji. Fonts of the system come after ours.
    for generic in [
        GenericFamily::SansSerif,
        GenericFamily::SystemUi,
        GenericFamily::Emoji,
    ] {
        collection.set_generic_families(generic, families.iter().copied());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use skrifa::MetadataProvider;

    use super::*;
    use crate::domain::UtcMillis;
    use crate::view::locale::{LANGUAGES, Locales, Moment};

    const ATKINSON: [&[u8]; 2] = [
        include_bytes!("../../assets/fonts/AtkinsonHyperlegibleNext-Regular.ttf"),
        include_bytes!("../../assets/fonts/AtkinsonHyperlegibleNext-Bold.ttf"),
    ];

    #[test]
    fn every_date_and_time_of_every_language_has_its_letters() {
        let now = UtcMillis(1_795_556_490_000);
        let mut written = BTreeSet::new();
        for language in LANGUAGES {
            written.extend(language.name.chars());
            let locales = Locales::new(language.tag, "UTC").unwrap();
            for hours in (0..400 * 24).step_by(7) {
                let at = UtcMillis(now.0 - hours * 3_600_000);
                let (clock, half) = locales.clock(at);
                written.extend(
                    locales
                        .day(at)
                        .chars()
                        .chain(clock.chars())
                        .chain(half.chars()),
                );
                if let Moment::Weekday(text) | Moment::Date(text) = locales.on_calendar(at, now) {
                    written.extend(text.chars());
                }
            }
        }
        assert!(written.len() > 100, "{} letters", written.len());
        let faces = ATKINSON
            .iter()
            .chain(&FACES)
            .map(|data| skrifa::FontRef::new(data).unwrap().charmap());
        let faces: Vec<_> = faces.collect();
        let blank: Vec<_> = written
            .iter()
            .filter(|letter| {
                faces
                    .iter()
                    .filter(|face| face.map(**letter).is_some())
                    .count()
                    < 2
            })
            .collect();
        assert!(
            blank.is_empty(),
            "not in a regular and a bold face: {blank:?}"
        );
    }
}
