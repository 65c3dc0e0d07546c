//! The keys of each language. A row is a line of letters with spaces between; at most eleven in a row
//! keep their 15 mm on the narrowest panel. Every letter of an alphabet is on one of the pages: no key
//! has to be held down.

/// The keys of a language.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Its BCP 47 tag.
    pub language: &'static str,
    /// Its name in its own script.
    pub name: &'static str,
    /// What the language key says.
    pub short: &'static str,
    /// What the key to [`Layout::more`] says.
    pub more_name: &'static str,
    /// A row on top where there is room for it; all of it is in [`Layout::more`] too.
    pub extra: &'static str,
    /// The letters.
    pub letters: [&'static str; 3],
    /// The rarer letters.
    pub more: [&'static str; 3],
    /// Comma, full stop and question mark.
    pub signs: [&'static str; 3],
    /// Whether letters are sounds, and the row on top what they may stand for.
    pub by_sound: bool,
    /// Whether there is a shift key.
    pub has_capitals: bool,
}

/// The combining marks that are keys: the five tones of Vietnamese.
pub const MARKS: [char; 5] = ['\u{301}', '\u{300}', '\u{309}', '\u{303}', '\u{323}'];

/// Digits and signs, the same in every language.
pub const SYMBOLS: [&str; 3] = [
    "1 2 3 4 5 6 7 8 9 0",
    "- / : ; ( ) $ & @ \"",
    "! ' + = % # * _ ¢",
];

const LATIN_SIGNS: [&str; 3] = [",", ".", "?"];
const TOP: &str = "q w e r t y u i o p";
const LOW: &str = "z x c v b n m";

/// The layout that stands in for what is not known.
pub const ENGLISH: Layout = Layout {
    language: "en",
    name: "English",
    short: "EN",
    more_name: "é ñ",
    extra: "",
    letters: [TOP, "a s d f g h j k l '", LOW],
    more: [
        "á é í ó ú ü ñ ç ¿ ¡",
        "à è ì ò ù â ê î ô û",
        "ä ö ë ï « » “",
    ],
    signs: LATIN_SIGNS,
    by_sound: false,
    has_capitals: true,
};

/// All layouts, one for each language.
pub const LAYOUTS: [Layout; 6] = [
    ENGLISH,
    Layout {
        language: "es",
        name: "Español",
        short: "ES",
        more_name: "á ñ ¿",
        extra: "á é í ó ú ü ¿ ¡",
        letters: [TOP, "a s d f g h j k l ñ", LOW],
        more: [
            "á é í ó ú ü ñ ¿ ¡ ª",
            "à è ì ò ù ç º « » ·",
            "' “ ” — … ´ `",
        ],
        ..ENGLISH
    },
    Layout {
        language: "vi",
        name: "Tiếng Việt",
        short: "VI",
        more_name: "ă ơ ´",
        extra: "ă â ê ô ơ ư \u{301} \u{300} \u{309} \u{303} \u{323}",
        letters: [TOP, "a s d f g h j k l đ", LOW],
        more: [
            "ă â đ ê ô ơ ư",
            "\u{301} \u{300} \u{309} \u{303} \u{323}",
            "' « » “ ” — …",
        ],
        ..ENGLISH
    },
    Layout {
        language: "ht",
        name: "Kreyòl ayisyen",
        short: "HT",
        more_name: "è ò",
        extra: "è ò à é ' ç",
        letters: [TOP, "a s d f g h j k l '", LOW],
        more: [
            "à â é è ê ë î ï ò ô",
            "ù û ü ç á í ó ú ñ œ",
            "' « » “ ” — …",
        ],
        ..ENGLISH
    },
    Layout {
        language: "zh-Hans",
        name: "中文",
        short: "中",
        more_name: "、！",
        extra: "、 ！ ： ； “ ” 《 》 （ ）",
        letters: [TOP, "a s d f g h j k l '", LOW],
        more: [
            "、 ！ ： ； “ ” 《 》 （ ）",
            "… — · 「 」 ¥ . , ? !",
            "ü á é í ó ú ñ",
        ],
        signs: ["，", "。", "？"],
        by_sound: true,
        has_capitals: true,
    },
    Layout {
        language: "ar",
        name: "العربية",
        short: "ع",
        more_name: "أ إ",
        extra: "أ إ آ ؤ ئ ء ، ؛",
        letters: [
            "ض ص ث ق ف غ ع ه خ ح ج",
            "ش س ي ب ل ا ت ن م ك ط",
            "ذ ء ر ى ة و ز ظ د",
        ],
        more: ["أ إ آ ؤ ئ ء ٱ ، ؛", "١ ٢ ٣ ٤ ٥ ٦ ٧ ٨ ٩ ٠", "« » : ! - …"],
        signs: ["،", ".", "؟"],
        by_sound: false,
        has_capitals: false,
    },
];
