//! Dates and times as the reader's language writes them (Unicode CLDR through ICU4X).

use icu_datetime::fieldsets::{self, E, MD, MDE, T};
use icu_datetime::input::{Date, DateTime, Time};
use icu_datetime::{DateTimeFormatter, DateTimeFormatterPreferences, NoCalendarFormatter};
use icu_decimal::input::Decimal;
use icu_decimal::{DecimalFormatter, DecimalFormatterPreferences};
use icu_locale_core::Locale;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::domain::{Cents, UtcMillis};

/// A language the screen is translated into.
pub struct Language {
    /// Its BCP 47 tag, as policies name it and as its folder of translations is called.
    pub tag: &'static str,
    /// Its name in its own script.
    pub name: &'static str,
    /// The locale by which dates and times are written.
    locale: &'static str,
    right_to_left: bool,
}

/// English first, which is the language of the sources.
///
/// The facilities are American, so every language has the clock of twelve hours that is on the
/// paper schedules beside the kiosk. Digits are 0 to 9 everywhere, as on the keys and on the paper
/// with the PIN: CLDR would write Arabic's own digits in `ar` and 0 to 9 in `ar-AE`. CLDR has no
/// Haitian Creole; its readers know dates in French from school and from every form they fill in.
pub const LANGUAGES: [Language; 6] = [
    language("en", "English", "en-US"),
    language("es", "Español", "es-US"),
    language("vi", "Tiếng Việt", "vi-u-hc-h12"),
    language("ht", "Kreyòl ayisyen", "fr-HT-u-hc-h12"),
    language("zh-Hans", "简体中文", "zh-Hans-u-hc-h12"),
    Language {
        right_to_left: true,
        ..language("ar", "العربية", "ar-u-hc-h12-nu-latn")
    },
];

const fn language(tag: &'static str, name: &'static str, locale: &'static str) -> Language {
    Language {
        tag,
        name,
        locale,
        right_to_left: false,
    }
}

/// The language of that tag, if the screen speaks it.
pub fn spoken(tag: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.tag == tag)
}

/// Whether a language is written from right to left, so that pages are mirrored.
pub fn is_right_to_left(tag: &str) -> bool {
    spoken(tag).is_some_and(|language| language.right_to_left)
}

/// What Slint calls the translations of a language; the language of the sources has no name.
pub fn bundle(tag: &str) -> &str {
    if tag == "en" { "" } else { tag }
}

/// Writes moments for one language in one time zone.
pub struct Locales {
    zone: TimeZone,
    number: DecimalFormatter,
    time: NoCalendarFormatter<T>,
    weekday: DateTimeFormatter<E>,
    date: DateTimeFormatter<MD>,
    day: DateTimeFormatter<MDE>,
    dated: DateTimeFormatter<fieldsets::YMD>,
}

/// How a moment stands to another, seen from the wall's calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Less than a minute ago, or ahead of the clock.
    JustNow,
    /// Less than an hour ago.
    MinutesAgo(u8),
    /// Earlier today: a time of day.
    TodayAt(String),
    /// Yesterday: a time of day.
    YesterdayAt(String),
    /// In the last six days: a weekday.
    Weekday(String),
    /// Before that: a date, with its year if it is another.
    Date(String),
}

impl Locales {
    /// For a BCP 47 tag of the languages offered and an IANA zone; English and UTC stand in for
    /// what is not known.
    pub fn new(language: &str, zone: &str) -> Option<Self> {
        let tag = spoken(language).map_or(language, |language| language.locale);
        let locale: Locale = tag.parse().or_else(|_| "en-US".parse()).ok()?;
        let numbers = DecimalFormatterPreferences::from(&locale);
        let chosen = DateTimeFormatterPreferences::from(&locale);
        Some(Self {
            number: DecimalFormatter::try_new(numbers, Default::default()).ok()?,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            time: NoCalendarFormatter::try_new(chosen, T::hm()).ok()?,
            weekday: DateTimeFormatter::try_new(chosen, E::long()).ok()?,
            date: DateTimeFormatter::try_new(chosen, MD::long()).ok()?,
            day: DateTimeFormatter::try_new(chosen, MDE::long()).ok()?,
            dated: DateTimeFormatter::try_new(chosen, fieldsets::YMD::long()).ok()?,
        })
    }

    /// A whole number: "5,914".
    pub fn number(&self, n: u64) -> String {
        plain(self.number.format(&Decimal::from(n)).to_string())
    }

    /// Money of the United States: "25¢", "$3.75", "$1,204.00".
    pub fn money(&self, cents: Cents) -> String {
        if cents.0 < 100 {
            return format!("{}¢", self.number(u64::from(cents.0)));
        }
        let mut dollars = Decimal::from(cents.0);
        dollars.multiply_pow10(-2);
        format!("${}", plain(self.number.format(&dollars).to_string()))
    }

    /// The time of day in two parts, "2:41" and "PM"; the second is empty on a 24 hour clock.
    /// Some languages write it first, as in "下午2:41".
    pub fn clock(&self, at: UtcMillis) -> (String, String) {
        let text = self.time_of_day(&self.local(at));
        let is_digit = |c: char| c.is_numeric();
        let Some((start, end)) = text.find(is_digit).zip(text.rfind(is_digit)) else {
            return (text, String::new());
        };
        let (before, rest) = text.split_at(start);
        let (time, last) = rest.split_at(end - start);
        let mut after = last.chars();
        let time = time.chars().chain(after.next()).collect();
        let part = format!("{before}{}", after.as_str());
        (time, part.trim().to_owned())
    }

    /// The day: "Tuesday, November 24".
    pub fn day(&self, at: UtcMillis) -> String {
        let local = self.local(at);
        input(&local).map_or_else(String::new, |at| {
            plain(self.day.format(&at.date).to_string())
        })
    }

    /// The moment `at`, seen at `now`, to the minute.
    pub fn moment(&self, at: UtcMillis, now: UtcMillis) -> Moment {
        match now.0.saturating_sub(at.0) / 60_000 {
            i64::MIN..=0 => Moment::JustNow,
            minutes @ 1..60 => Moment::MinutesAgo(u8::try_from(minutes).unwrap_or(59)),
            60.. => self.on_calendar(at, now),
        }
    }

    /// The moment `at`, seen at `now`, by the calendar alone: what stays true while it is read.
    pub fn on_calendar(&self, at: UtcMillis, now: UtcMillis) -> Moment {
        let (then, today) = (self.local(at), self.local(now));
        let days = today
            .date()
            .since(then.date())
            .map_or(i64::MAX, |span| i64::from(span.get_days()));
        match days {
            i64::MIN..=0 => Moment::TodayAt(self.time_of_day(&then)),
            1 => Moment::YesterdayAt(self.time_of_day(&then)),
            2..7 => Moment::Weekday(input(&then).map_or_else(String::new, |at| {
                plain(self.weekday.format(&at.date).to_string())
            })),
            7.. => Moment::Date(input(&then).map_or_else(String::new, |at| {
                plain(if then.year() == today.year() {
                    self.date.format(&at.date).to_string()
                } else {
                    self.dated.format(&at.date).to_string()
                })
            })),
        }
    }

    fn local(&self, at: UtcMillis) -> Zoned {
        Timestamp::from_millisecond(at.0)
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned(self.zone.clone())
    }

    fn time_of_day(&self, at: &Zoned) -> String {
        input(at).map_or_else(String::new, |at| {
            plain(self.time.format(&at.time).to_string())
        })
    }
}

fn input(at: &Zoned) -> Option<DateTime<icu_calendar::Iso>> {
    let unsigned = |part: i8| u8::try_from(part).ok();
    Some(DateTime {
        date: Date::try_new_iso(
            i32::from(at.year()),
            unsigned(at.month())?,
            unsigned(at.day())?,
        )
        .ok()?,
        time: Time::try_new(unsigned(at.hour())?, unsigned(at.minute())?, 0, 0).ok()?,
    })
}

/// CLDR puts narrow and unbreakable spaces into times, which our font does not draw, and dots into
/// Spanish halves of the day, which collide with the end of a sentence; "PM" is as common there.
fn plain(text: String) -> String {
    let mut text = text.replace(['\u{202f}', '\u{a0}', '\u{2009}'], " ");
    for (dotted, short) in [
        ("a.m.", "AM"),
        ("p.m.", "PM"),
        ("a. m.", "AM"),
        ("p. m.", "PM"),
    ] {
        text = text.replace(dotted, short);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24T21:41:30Z, a Tuesday: 2:41 PM in Phoenix.
    const NOW: UtcMillis = UtcMillis(1_795_556_490_000);
    const HOUR: i64 = 3_600_000;

    fn ago(hours: i64) -> UtcMillis {
        UtcMillis(NOW.0 - hours * HOUR)
    }

    #[test]
    fn the_wall_clock_shows_the_zone_of_the_facility() {
        let english = Locales::new("en", "America/Phoenix").unwrap();
        assert_eq!(english.clock(NOW), ("2:41".into(), "PM".into()));
        assert_eq!(english.day(NOW), "Tuesday, November 24");
        let spanish = Locales::new("es", "America/Phoenix").unwrap();
        assert_eq!(spanish.day(NOW), "martes, 24 de noviembre");
        assert_eq!(spanish.clock(NOW), ("2:41".into(), "PM".into()));
    }

    #[test]
    fn money_is_written_as_people_write_it() {
        let english = Locales::new("en", "UTC").unwrap();
        let say = |cents| english.money(Cents(cents));
        assert_eq!(
            [0, 25, 100, 375, 120_400].map(say),
            ["0¢", "25¢", "$1.00", "$3.75", "$1,204.00"]
        );
        assert_eq!(english.number(5_914), "5,914");
        let spanish = Locales::new("es", "UTC").unwrap();
        assert_eq!(spanish.money(Cents(375)), "$3.75");
    }

    #[test]
    fn moments_are_told_by_how_far_back_they_are() {
        let locales = Locales::new("en", "America/Phoenix").unwrap();
        let say = |at| locales.moment(at, NOW);
        assert_eq!(say(NOW), Moment::JustNow);
        assert_eq!(say(UtcMillis(NOW.0 + HOUR)), Moment::JustNow);
        assert_eq!(say(UtcMillis(NOW.0 - 5 * 60_000)), Moment::MinutesAgo(5));
        assert_eq!(say(ago(3)), Moment::TodayAt("11:41 AM".into()));
        assert_eq!(say(ago(20)), Moment::YesterdayAt("6:41 PM".into()));
        assert_eq!(say(ago(48)), Moment::Weekday("Sunday".into()));
        assert_eq!(say(ago(24 * 12)), Moment::Date("November 12".into()));
        assert_eq!(say(ago(24 * 400)), Moment::Date("October 20, 2025".into()));
    }

    #[test]
    fn every_language_writes_days_and_times_its_own_way() {
        let written = |tag| {
            let locales = Locales::new(tag, "America/Phoenix").unwrap();
            let (clock, half) = locales.clock(NOW);
            let Moment::Date(old) = locales.moment(ago(24 * 400), NOW) else {
                panic!("a date");
            };
            let Moment::Weekday(weekday) = locales.moment(ago(48), NOW) else {
                panic!("a weekday");
            };
            format!("{clock} {half}; {}; {old}; {weekday}", locales.day(NOW))
        };
        let all: Vec<_> = LANGUAGES.iter().map(|one| written(one.tag)).collect();
        assert_eq!(
            all,
            [
                "2:41 PM; Tuesday, November 24; October 20, 2025; Sunday",
                "2:41 PM; martes, 24 de noviembre; 20 de octubre de 2025; domingo",
                "2:41 CH; Thứ Ba, 24 tháng 11; 20 tháng 10 2025; Chủ Nhật",
                "2:41 PM; mardi 24 novembre; 20 octobre 2025; dimanche",
                "2:41 下午; 11月24日星期二; 2025年10月20日; 星期日",
                "2:41 م; الثلاثاء، 24 نوفمبر; 20 أكتوبر 2025; الأحد",
            ]
        );
    }

    #[test]
    fn arabic_alone_is_written_from_right_to_left() {
        let mirrored: Vec<_> = LANGUAGES
            .iter()
            .filter(|language| is_right_to_left(language.tag))
            .map(|language| language.tag)
            .collect();
        assert_eq!(mirrored, ["ar"]);
        assert!(!is_right_to_left("xx"));
    }

    #[test]
    fn an_unknown_zone_and_language_still_give_a_clock() {
        let locales = Locales::new("xx-nonsense-", "Nowhere/Town").unwrap();
        assert_eq!(locales.clock(NOW).0, "9:41");
    }
}
