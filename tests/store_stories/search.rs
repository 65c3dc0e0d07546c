use std::collections::BTreeSet;
use std::time::Instant;

use dayroom::domain::find::{Query, Words};
use dayroom::domain::{
    ConnectionId, Decision, Direction, Message, MessageId, MessageState, ResidentId, UtcMillis,
};
use dayroom::store::{CacheWriter, Found};
use uuid::Uuid;

use crate::people::*;
use crate::secrets::{clear_pages, holds};

fn index_all(cache: &mut CacheWriter) {
    while cache.index_some().unwrap() {}
}

fn words(typed: &str) -> Query {
    Query {
        words: Words::parse(typed),
        ..Query::default()
    }
}

fn look(store: &Store, who: ResidentId, query: &Query) -> Found {
    store.reader().search(who, query, 0, 100).unwrap()
}

fn numbers(store: &Store, typed: &str) -> Vec<u64> {
    let found = look(store, MARIA, &words(typed));
    found.hits.iter().map(|hit| hit.message.number).collect()
}

fn letter(number: u64, text: &str) -> Message {
    Message {
        text: Some(text.to_owned()),
        ..message(number)
    }
}

fn household(cache: &mut CacheWriter) {
    let people = vec![
        maria(1),
        samuel(1),
        connected(1, connection(ROSA, MARIA, active())),
        connected(1, connection(TOMAS, SAMUEL, active())),
    ];
    apply(cache, people);
}

fn tomas_to_samuel(number: u64, text: &str) -> Message {
    Message {
        id: MessageId(Uuid::from_u128(0x9000_0000 + u128::from(number))),
        resident: SAMUEL,
        connection: TOMAS,
        ..letter(number, text)
    }
}

#[test]
fn words_are_found_whatever_their_accents_case_and_script_indexed_or_not() {
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    let letters = [
        (1, "Querida María, hasta mañana"),
        (2, "Greetings from İstanbul"),
        (3, "Nhà ở đường Lê Lợi"),
        (4, "我们星期天去北京看你"),
        (5, "كَتَبَ مُحَمَّدٌ رسالة"),
        (6, "The kids started school, 3rd grade"),
    ];
    apply(
        &mut cache,
        letters.map(|(n, text)| sent(n, letter(n, text))).into(),
    );
    for indexed in [false, true] {
        if indexed {
            index_all(&mut cache);
        }
        for (typed, number) in [
            ("maria", 1),
            ("MAÑANA", 1),
            ("manana maria", 1),
            ("istanbul", 2),
            ("duong", 3),
            ("đường lợi", 3),
            ("北京", 4),
            ("星期天", 4),
            ("محمد", 5),
            ("مُحَمَّد", 5),
            ("kid scho", 6),
            ("3rd", 6),
        ] {
            assert_eq!(numbers(&store, typed), [number], "{typed} {indexed}");
        }
        for typed in ["", "\"", "京北", "kids college", "terms:*", "* OR *", "ids"] {
            assert!(numbers(&store, typed).is_empty(), "{typed} {indexed}");
        }
        let unprepared = look(&store, MARIA, &words("x")).unprepared;
        assert_eq!(unprepared == 0, indexed);
    }
}

#[test]
fn nobody_finds_what_is_anothers_or_anything_when_not_on_the_roster() {
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    apply(
        &mut cache,
        vec![
            sent(1, letter(1, "a secret of Maria")),
            sent(1, tomas_to_samuel(2, "a secret of Samuel")),
        ],
    );
    index_all(&mut cache);
    for (who, number) in [(MARIA, 1), (SAMUEL, 2)] {
        let hits = look(&store, who, &words("secret")).hits;
        let found: Vec<_> = hits.iter().map(|hit| hit.message.number).collect();
        assert_eq!(found, [number]);
        assert!(hits[0].message.resident == who);
    }
    let other = Query {
        with: Some(TOMAS),
        ..words("secret")
    };
    assert!(look(&store, MARIA, &other).hits.is_empty());
    let stranger = ResidentId(Uuid::from_u128(0x77));
    assert!(look(&store, stranger, &words("secret")).hits.is_empty());
}

#[test]
fn filters_narrow_what_is_found_and_work_alone() {
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    let second = ConnectionId(Uuid::from_u128(0x2009));
    apply(
        &mut cache,
        vec![connected(1, connection(second, MARIA, active()))],
    );
    let mut opened = letter(1, "school one");
    opened.read_at = Some(NOON);
    let mut starred = letter(2, "school two");
    starred.passage.starred = true;
    starred.read_at = Some(NOON);
    let mut own = letter(3, "school three");
    own.direction = Direction::Outgoing;
    let mut other = letter(4, "school four");
    other.connection = second;
    let all = [opened, starred, own, other].map(|one| sent(1, one));
    apply(&mut cache, all.into());
    index_all(&mut cache);
    let found = |query: Query| -> Vec<u64> {
        let hits = look(&store, MARIA, &query).hits;
        hits.iter().map(|hit| hit.message.number).collect()
    };
    for typed in ["school", ""] {
        let query = words(typed);
        let unread_only = Query {
            unread_only: true,
            ..query.clone()
        };
        assert_eq!(found(unread_only), [4], "{typed}");
        let starred = Query {
            starred: true,
            ..query.clone()
        };
        assert_eq!(found(starred), [2], "{typed}");
        let with = Query {
            with: Some(ROSA),
            ..query.clone()
        };
        assert_eq!(found(with), [3, 2, 1], "{typed}");
    }
    assert_eq!(found(words("school")), [4, 3, 2, 1]);
    let page = store
        .reader()
        .search(MARIA, &words("school"), 1, 2)
        .unwrap();
    let numbers: Vec<_> = page.hits.iter().map(|hit| hit.message.number).collect();
    assert_eq!((numbers, page.more), (vec![3, 2], true));
}

/// Every term the index holds.
fn terms(store: &Store) -> BTreeSet<String> {
    let raw = store.raw("cache.db");
    raw.execute_batch("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, search, row)")
        .unwrap();
    let mut statement = raw.prepare("SELECT term FROM temp.terms").unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn has_term(store: &Store, word: &str) -> bool {
    terms(store).iter().any(|term| term.ends_with(word))
}

#[test]
fn words_put_on_hold_or_not_allowed_leave_the_index_with_the_page_that_says_so() {
    let since = NOON;
    let reasons = [
        MessageState::OnHold {
            since,
            promised_by: None,
        },
        MessageState::Rejected {
            at: since,
            reason: "a rule".to_owned(),
            decision: Box::new(Decision::default()),
        },
    ];
    for state in reasons {
        let store = Store::new();
        let mut cache = store.cache();
        household(&mut cache);
        apply(
            &mut cache,
            vec![
                sent(1, letter(1, "zanzibar and school")),
                sent(1, letter(2, "school")),
            ],
        );
        index_all(&mut cache);
        // The control.
        assert!(has_term(&store, "zanzibar"));
        let mut held = letter(1, "zanzibar and school");
        held.state = state;
        apply(&mut cache, vec![sent(2, held)]);
        assert!(!has_term(&store, "zanzibar"));
        assert_eq!(numbers(&store, "school"), [2]);
        // Let through after all, with other words.
        apply(&mut cache, vec![sent(3, letter(1, "timbuktu and school"))]);
        assert_eq!(numbers(&store, "timbuktu"), [1]);
        assert_eq!(numbers(&store, "school"), [2, 1]);
        assert!(numbers(&store, "zanzibar").is_empty());
        cache.check().unwrap();
    }
}

#[test]
fn what_they_wrote_themselves_is_found_while_it_waits_and_when_it_was_not_allowed() {
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    let own = |number, text: &str, state| Message {
        direction: Direction::Outgoing,
        state,
        ..letter(number, text)
    };
    let waits = MessageState::OnHold {
        since: NOON,
        promised_by: None,
    };
    let refused = MessageState::Rejected {
        at: NOON,
        reason: "a rule".to_owned(),
        decision: Box::new(Decision::default()),
    };
    let kept_from_them = Message {
        state: waits.clone(),
        ..letter(3, "school")
    };
    let records = vec![
        sent(1, own(1, "school", waits)),
        sent(1, own(2, "school", refused)),
        sent(1, kept_from_them),
    ];
    apply(&mut cache, records);
    assert_eq!(numbers(&store, "school"), [2, 1]);
    index_all(&mut cache);
    assert_eq!(numbers(&store, "school"), [2, 1]);
    apply(
        &mut cache,
        vec![sent(2, own(1, "college", MessageState::Delivered))],
    );
    assert_eq!(numbers(&store, "school"), [2]);
    assert_eq!(numbers(&store, "college"), [1]);
}

#[test]
fn the_index_says_at_any_moment_what_reading_everything_says() {
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    let vocabulary = [
        "ada", "adam", "bo", "北京", "京都", "école", "ecology", "ñu",
    ];
    let mut seed = 4_321_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    let mut held: std::collections::BTreeMap<u64, Message> = std::collections::BTreeMap::new();
    for version in 2..60 {
        let changes = (0..20).map(|_| {
            let number = 1 + next(300);
            let count = next(6);
            let text: Vec<_> = (0..count)
                .filter_map(|_| vocabulary.get(next(8) as usize).copied())
                .collect();
            let mut one = if number % 3 == 0 {
                tomas_to_samuel(number, &text.join(" "))
            } else {
                letter(number, &text.join(" "))
            };
            if next(5) == 0 {
                one.state = MessageState::OnHold {
                    since: UtcMillis(1),
                    promised_by: None,
                };
                one.text = None;
            }
            (number, one)
        });
        let changes: Vec<_> = changes.collect();
        let mut page = std::collections::BTreeMap::new();
        page.extend(changes);
        let records = page.values().map(|one| sent(version, one.clone()));
        apply(&mut cache, records.collect());
        held.extend(page);
        if next(3) == 0 {
            cache.index_some().unwrap();
        }
        for typed in ["ad", "bo", "北京", "京", "eco ada", "nu", "ecole"] {
            let asked = Words::parse(typed);
            for who in [MARIA, SAMUEL] {
                let expected: Vec<u64> = held
                    .values()
                    .rev()
                    .filter(|one| one.resident == who && one.state == MessageState::Delivered)
                    .filter(|one| one.text.as_ref().is_some_and(|t| asked.find(t).is_some()))
                    .map(|one| one.number)
                    .collect();
                let found = store.reader().search(who, &words(typed), 0, 1_000).unwrap();
                let found: Vec<_> = found.hits.iter().map(|hit| hit.message.number).collect();
                assert_eq!(found, expected, "{typed} at {version}");
            }
        }
    }
    cache.check().unwrap();
}

#[test]
fn no_word_of_who_left_is_in_the_index_or_the_file() {
    // In capitals in the message: in small letters it is in the index alone.
    const SAID: &str = "CANARYOFMARIA";
    const INDEXED: &[u8] = b"canaryofmaria";
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    for page in 0..8 {
        let all = (0..250).flat_map(|n| {
            let number = 2 * (page * 250 + n) + 1;
            let text = format!("{SAID} word{number} {}", "filler words ".repeat(20));
            [
                sent(1, letter(number, &text)),
                sent(
                    1,
                    tomas_to_samuel(number + 1, &format!("heronofsamuel {number}")),
                ),
            ]
        });
        apply(&mut cache, all.collect());
        cache.index_some().unwrap();
    }
    index_all(&mut cache);
    assert!(
        holds(&clear_pages(&store, "cache.db"), INDEXED),
        "the control"
    );
    assert_eq!(look(&store, MARIA, &words("canaryofmaria")).hits.len(), 100);

    apply(&mut cache, vec![left(9_000, MARIA)]);
    assert!(look(&store, MARIA, &words("canaryofmaria")).hits.is_empty());
    assert!(!has_term(&store, "canaryofmaria"));
    // Those who stay find their own all the while.
    assert_eq!(look(&store, SAMUEL, &words("heron")).hits.len(), 100);
    cache.finish_forget(MARIA, 9_000).unwrap();
    let pages = clear_pages(&store, "cache.db");
    assert!(!holds(&pages, INDEXED) && !holds(&pages, SAID.as_bytes()));
    index_all(&mut cache);
    let samuels = look(&store, SAMUEL, &words("heron"));
    assert_eq!((samuels.hits.len(), samuels.unprepared), (100, 0));
    assert!(holds(&clear_pages(&store, "cache.db"), b"heronofsamuel"));
    // Who comes back is found again.
    apply(
        &mut cache,
        vec![maria(9_001), sent(9_001, letter(5, "home again"))],
    );
    assert_eq!(numbers(&store, "home"), [5]);
    index_all(&mut cache);
    assert_eq!(numbers(&store, "home"), [5]);
    cache.drop_content().unwrap();
    let pages = clear_pages(&store, "cache.db");
    assert!(!holds(&pages, b"heronofsamuel") && !holds(&pages, b"again"));
    cache.check().unwrap();
}

#[test]
fn an_index_made_by_other_rules_is_not_used_and_made_anew() {
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    apply(&mut cache, vec![sent(1, letter(1, "school"))]);
    index_all(&mut cache);
    drop(cache);
    store
        .raw("cache.db")
        .execute("UPDATE search_state SET rules = 999", [])
        .unwrap();
    let mut cache = store.cache();
    let found = look(&store, MARIA, &words("school"));
    assert_eq!((found.hits.len(), found.unprepared), (1, 1));
    index_all(&mut cache);
    let found = look(&store, MARIA, &words("school"));
    assert_eq!((found.hits.len(), found.unprepared), (1, 0));
}

/// Prints the figures; how fast is enough is the bench's to say.
#[test]
fn making_and_asking_the_index_is_measured() {
    const MESSAGES: u64 = 20_000;
    let store = Store::new();
    let mut cache = store.cache();
    household(&mut cache);
    for page in 0..MESSAGES / 500 {
        let all = page * 500 + 1..page * 500 + 501;
        let text = |n: u64| {
            format!(
                "letter {n} {} word{}",
                "of an ordinary kind ".repeat(12),
                n % 977
            )
        };
        apply(
            &mut cache,
            all.map(|n| sent(1, letter(n, &text(n)))).collect(),
        );
    }
    let start = Instant::now();
    index_all(&mut cache);
    let rate = MESSAGES as f64 / start.elapsed().as_secs_f64();
    println!("index: {rate:.0} messages/s");
    let reader = store.reader();
    for typed in ["word13", "wo", "ordinary", "letter 19", "nothing"] {
        let start = Instant::now();
        let found = reader.search(MARIA, &words(typed), 0, 50).unwrap();
        let micros = start.elapsed().as_micros();
        println!("{typed}: {} in {micros} us of {MESSAGES}", found.hits.len());
    }
    let start = Instant::now();
    apply(&mut cache, vec![left(3, SAMUEL)]);
    apply(&mut cache, vec![left(4, MARIA)]);
    cache.finish_forget(SAMUEL, 3).unwrap();
    cache.finish_forget(MARIA, 4).unwrap();
    println!("forget with its index: {} ms", start.elapsed().as_millis());
}
