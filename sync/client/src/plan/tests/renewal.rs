//! The life of a certificate in virtual time.

use dayroom_protocol::UtcMillis;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::super::{
    Millis, Renewal, RenewalAction, RenewalConfig, RenewalEvent, RenewalNow, Tried,
};
use crate::transport::Validity;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;
const LIFE: i64 = 30 * DAY;

fn issued(at: i64) -> Validity {
    Validity {
        from: UtcMillis(at - HOUR),
        until: UtcMillis(at + LIFE),
    }
}

fn at(millis: i64) -> RenewalNow {
    RenewalNow {
        at: Millis(millis.unsigned_abs()),
        utc: UtcMillis(millis),
    }
}

fn rng() -> SmallRng {
    SmallRng::seed_from_u64(5)
}

/// In contact, past the wait of whoever has just come into it.
fn in_contact(has_next: bool) -> Renewal {
    let mut renewal = Renewal::new(RenewalConfig::default(), Some(issued(0)), has_next);
    assert_eq!(
        renewal.handle(RenewalEvent::Contact(true), at(0), &mut rng()),
        None
    );
    renewal
}

#[test]
fn a_certificate_is_renewed_from_day_ten_on_spread_over_a_day() {
    let mut begins = Vec::new();
    for seed in 0..200 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut renewal = Renewal::new(RenewalConfig::default(), Some(issued(0)), false);
        renewal.handle(RenewalEvent::Contact(true), at(0), &mut rng);
        let mut now = 0;
        while renewal
            .handle(RenewalEvent::Tick, at(now), &mut rng)
            .is_none()
        {
            now += i64::try_from(renewal.next_wake(at(now)).unwrap()).unwrap();
        }
        begins.push(now);
    }
    let (first, last) = (begins.iter().min().unwrap(), begins.iter().max().unwrap());
    assert!(
        (10 * DAY - HOUR..10 * DAY + 2 * HOUR).contains(first),
        "{first}"
    );
    assert!((11 * DAY - 4 * HOUR..=11 * DAY).contains(last), "{last}");
}

#[test]
fn a_kiosk_out_of_contact_asks_for_nothing_and_asks_soon_after_it_is_back() {
    let mut rng = rng();
    let mut renewal = Renewal::new(RenewalConfig::default(), Some(issued(0)), false);
    for day in 0..20 {
        assert_eq!(
            renewal.handle(RenewalEvent::Tick, at(day * DAY), &mut rng),
            None
        );
    }
    let back = 20 * DAY;
    assert_eq!(
        renewal.handle(RenewalEvent::Contact(true), at(back), &mut rng),
        None
    );
    let wait = renewal.next_wake(at(back)).unwrap();
    assert!((1..=60_000).contains(&wait), "{wait}");
    let later = at(back + i64::try_from(wait).unwrap());
    assert_eq!(
        renewal.handle(RenewalEvent::Tick, later, &mut rng),
        Some(RenewalAction::Renew)
    );
}

#[test]
fn the_renewed_chain_is_used_only_after_central_has_answered_over_it() {
    let mut rng = rng();
    let mut renewal = in_contact(false);
    let now = at(12 * DAY);
    let mut step = |event| renewal.handle(event, now, &mut rng);
    assert_eq!(step(RenewalEvent::Tick), Some(RenewalAction::Renew));
    assert_eq!(step(RenewalEvent::Tick), None, "one thing at a time");
    assert_eq!(step(RenewalEvent::Renewed), Some(RenewalAction::TryNext));
    let answered = RenewalEvent::NextTried(Tried::Answered);
    assert_eq!(step(answered), Some(RenewalAction::UseNext));
    assert_eq!(step(RenewalEvent::NextInUse(issued(12 * DAY))), None);
    assert_eq!(step(RenewalEvent::Tick), None, "and not again for ten days");
}

#[test]
fn a_renewed_chain_that_central_refuses_is_put_aside_only_while_the_old_one_is_answered() {
    for (tried, then) in [
        (Tried::Answered, Some(RenewalAction::SetNextAside)),
        (Tried::Refused, None),
        (Tried::Unreachable, None),
    ] {
        let mut rng = rng();
        let mut renewal = in_contact(true);
        let now = at(HOUR);
        let mut step = |event| renewal.handle(event, now, &mut rng);
        assert_eq!(step(RenewalEvent::Tick), Some(RenewalAction::TryNext));
        let refused = RenewalEvent::NextTried(Tried::Refused);
        assert_eq!(step(refused), Some(RenewalAction::TryCurrent));
        assert_eq!(step(RenewalEvent::CurrentTried(tried)), then, "{tried:?}");
    }
}

#[test]
fn the_only_chain_there_is_is_never_put_aside() {
    let mut rng = rng();
    let mut renewal = Renewal::new(RenewalConfig::default(), None, true);
    let mut now = 0;
    for _ in 0..100 {
        let action = renewal.handle(RenewalEvent::Tick, at(now), &mut rng);
        assert_eq!(action, Some(RenewalAction::TryNext));
        let refused = RenewalEvent::NextTried(Tried::Refused);
        assert_eq!(renewal.handle(refused, at(now), &mut rng), None);
        now += i64::try_from(renewal.next_wake(at(now)).unwrap()).unwrap();
    }
}

#[test]
fn failures_wait_with_jitter_up_to_an_hour_and_no_sooner_than_central_asks() {
    let mut rng = rng();
    let mut renewal = in_contact(false);
    let mut now = 12 * DAY;
    assert_eq!(
        renewal.handle(RenewalEvent::Tick, at(now), &mut rng),
        Some(RenewalAction::Renew)
    );
    let mut longest = 0;
    for _ in 0..200 {
        let event = RenewalEvent::NotRenewed { retry_after: None };
        assert_eq!(renewal.handle(event, at(now), &mut rng), None);
        let wait = renewal.next_wake(at(now)).unwrap();
        longest = wait.max(longest);
        now += i64::try_from(wait).unwrap();
        assert_eq!(
            renewal.handle(RenewalEvent::Tick, at(now), &mut rng),
            Some(RenewalAction::Renew)
        );
    }
    assert!((50 * 60_000..=60 * 60_000).contains(&longest), "{longest}");
    let event = RenewalEvent::NotRenewed {
        retry_after: Some(5 * 60 * 60_000),
    };
    renewal.handle(event, at(now), &mut rng);
    assert!(renewal.next_wake(at(now)).unwrap() >= 5 * 60 * 60_000);
}

/// What is on the kiosk's disk.
#[derive(Clone, Copy, Debug)]
struct Disk {
    current: Chain,
    next: Option<Chain>,
}

#[derive(Clone, Copy, Debug)]
struct Chain {
    life: Validity,
    /// Central's mistake: it will not have it.
    bad: bool,
}

/// A kiosk, central and the world around them.
struct World {
    rng: SmallRng,
    now: i64,
    disk: Disk,
    /// Central and its EST can be reached, until the moment beside it.
    up: (bool, i64),
    /// One certificate in so many is one that central will not have.
    bad_one_in: u32,
    /// One step in so many is the last before the power goes.
    cut_one_in: u32,
    /// Days without power, at most.
    off_days: i64,
    /// Since when nothing has been in the way of a renewal, after it was due.
    chance_since: Option<i64>,
    /// The longest such time of the certificate in use.
    best_chance: i64,
    renewed: u32,
    cuts: u32,
}

/// How a life ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Alive,
    /// No chain that central takes is left.
    Expired,
}

/// How the time between two starts ended.
enum Ran {
    ToTheEnd,
    IntoACut,
}

impl World {
    fn new(seed: u64, off_days: i64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let now = 20_000 * DAY;
        Self {
            bad_one_in: rng.random_range(2..50),
            cut_one_in: rng.random_range(2..200),
            rng,
            now,
            disk: Disk {
                current: Chain {
                    life: issued(now),
                    bad: false,
                },
                next: None,
            },
            up: (true, now + DAY),
            off_days,
            chance_since: None,
            best_chance: 0,
            renewed: 0,
            cuts: 0,
        }
    }

    fn takes(&self, chain: Chain) -> bool {
        !chain.bad && chain.life.cause(UtcMillis(self.now)).is_none()
    }

    /// Central as a chain finds it.
    fn tried(&self, chain: Chain) -> Tried {
        if !self.up.0 {
            Tried::Unreachable
        } else if self.takes(chain) {
            Tried::Answered
        } else {
            Tried::Refused
        }
    }

    /// Lives on for `years`, with the power going now and then.
    fn live(&mut self, years: i64) -> End {
        let end = self.now + years * 365 * DAY;
        while self.now < end {
            let on_until = self.now + self.rng.random_range(0..60 * DAY);
            // Who cuts the power in the middle gives it back soon.
            let off = match self.run(on_until) {
                Ran::ToTheEnd => self.off_days * DAY,
                Ran::IntoACut => HOUR,
            };
            self.chance_since = None;
            self.now += self.rng.random_range(0..=off);
            let usable = [Some(self.disk.current), self.disk.next];
            let now = UtcMillis(self.now);
            if usable.into_iter().flatten().all(|c| c.life.until < now) {
                return End::Expired;
            }
        }
        End::Alive
    }

    /// Between two starts of the machine.
    fn run(&mut self, until: i64) -> Ran {
        let started = self.now;
        let mut renewal = Renewal::new(
            RenewalConfig::default(),
            Some(self.disk.current.life),
            self.disk.next.is_some(),
        );
        let mut event = RenewalEvent::Tick;
        while self.now < until {
            self.weather();
            let contact = self.tried(self.disk.current) == Tried::Answered;
            let now = RenewalNow {
                at: Millis((self.now - started).unsigned_abs()),
                utc: UtcMillis(self.now),
            };
            let mut rng = SmallRng::seed_from_u64(self.rng.random());
            let told = [RenewalEvent::Contact(contact), event];
            let mut action = None;
            for event in told {
                action = renewal.handle(event, now, &mut rng).or(action);
            }
            self.note_chance(contact);
            match action {
                Some(action) => {
                    let cut = self.rng.random_ratio(1, self.cut_one_in);
                    let Some(answer) = self.act(action, cut) else {
                        self.cuts += 1;
                        return Ran::IntoACut;
                    };
                    event = answer;
                    self.now += self.rng.random_range(1..10 * SECOND);
                }
                None => {
                    let wake = renewal.next_wake(now).unwrap();
                    let sleep = i64::try_from(wake).unwrap().clamp(1, HOUR);
                    self.now += sleep.min((until - self.now).max(1));
                    event = RenewalEvent::Tick;
                }
            }
        }
        Ran::ToTheEnd
    }

    fn weather(&mut self) {
        if self.now >= self.up.1 {
            let lasts = if self.up.0 { 6 * DAY } else { 3 * DAY };
            let until = self.now + self.rng.random_range(1..lasts);
            self.up = (self.rng.random_bool(0.7), until);
        }
    }

    /// A time in which nothing was in the way of a renewal that was due.
    fn note_chance(&mut self, contact: bool) {
        let due = RenewalConfig::default().begins(self.disk.current.life).0 + DAY;
        if contact && self.now >= due {
            let since = *self.chance_since.get_or_insert(self.now);
            self.best_chance = self.best_chance.max(self.now - since);
        } else {
            self.chance_since = None;
        }
    }

    /// Does it; `None` when the power goes, before it is durable or after.
    fn act(&mut self, action: RenewalAction, cut: bool) -> Option<RenewalEvent> {
        let durable = !cut || self.rng.random_bool(0.5);
        let event = match action {
            RenewalAction::Renew => {
                if self.tried(self.disk.current) != Tried::Answered {
                    return (!cut).then_some(RenewalEvent::NotRenewed { retry_after: None });
                }
                let bad = self.rng.random_ratio(1, self.bad_one_in);
                if bad {
                    self.chance_since = None;
                }
                if durable {
                    self.disk.next = Some(Chain {
                        life: issued(self.now),
                        bad,
                    });
                }
                RenewalEvent::Renewed
            }
            RenewalAction::TryNext => RenewalEvent::NextTried(self.tried(self.disk.next.unwrap())),
            RenewalAction::TryCurrent => RenewalEvent::CurrentTried(self.tried(self.disk.current)),
            RenewalAction::UseNext => {
                let next = self.disk.next.unwrap();
                assert!(!next.bad, "central never answered over it");
                if durable {
                    self.disk = Disk {
                        current: next,
                        next: None,
                    };
                    self.renewed += 1;
                    self.best_chance = 0;
                    self.chance_since = None;
                }
                RenewalEvent::NextInUse(next.life)
            }
            RenewalAction::SetNextAside => {
                assert!(self.takes(self.disk.current), "the old one is still good");
                if durable {
                    self.disk.next = None;
                }
                RenewalEvent::NextAside
            }
        };
        (!cut).then_some(event)
    }
}

/// `DAYROOM_LIVES` as many; a short run is part of every test run.
fn lives() -> u64 {
    std::env::var("DAYROOM_LIVES")
        .ok()
        .and_then(|lives| lives.parse().ok())
        .unwrap_or(150)
}

#[test]
fn a_kiosk_that_is_never_off_for_long_lives_for_years_and_renews_every_time() {
    let (mut renewed, mut cuts) = (0, 0);
    for seed in 0..lives() {
        let mut world = World::new(seed, 7);
        // Central is always there while the kiosk is on.
        world.up = (true, i64::MAX);
        assert_eq!(world.live(4), End::Alive, "seed {seed}: {:?}", world.disk);
        assert!(
            world.renewed >= 4 * 365 / 45,
            "seed {seed}: {}",
            world.renewed
        );
        renewed += world.renewed;
        cuts += world.cuts;
    }
    println!(
        "{} lives of 4 years: {renewed} renewals, {cuts} power cuts in the middle",
        lives()
    );
    assert!(cuts > 0, "some were cut in the middle");
}

#[test]
fn whoever_expires_had_no_three_hours_in_which_a_renewal_could_have_worked() {
    let (mut expired, mut renewed) = (0_u64, 0);
    for seed in 0..lives() {
        let mut world = World::new(seed, 30);
        let end = world.live(1);
        renewed += world.renewed;
        if end == End::Expired {
            expired += 1;
            assert!(
                world.best_chance <= 3 * HOUR,
                "seed {seed}: {} minutes were not enough",
                world.best_chance / 60_000
            );
        }
    }
    println!(
        "{} lives of at most a year with up to 30 days off at a time: {renewed} renewals, {expired} expired",
        lives()
    );
    assert!(expired > 0 && expired < lives(), "both happen");
}
