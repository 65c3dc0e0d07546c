//! What operators order, from central's store to the effect and back.

use std::fs;
use std::time::Duration;

use dayroom::devices::power::{Power, PowerError};
use dayroom::domain::local::ToSync;
use dayroom::domain::machine::{
    EraseProof, MachineAct, MachineRefusal, MachineRequest, MachineRequestId, MachineState,
};
use dayroom::domain::orders::{MachineOrder, OrderOutcome, PendingEffect};
use dayroom::domain::sign_in::{Gate, TryRecord};
use dayroom::domain::{BootId, BootMillis, BootMoment, Now, UtcMillis};
use dayroom::machine::{Machine, Owners};
use dayroom::replica::{OrdersSetup, ReplicaEvent};
use dayroom::store::{CacheReader, MachineFolder, Operators};
use dayroom_central::ca::write_operators;
use dayroom_central::{Alarm, Deed, OperatorError, PushState, Pushed, tls};
use dayroom_protocol as wire;
use dayroom_protocol::{OrderBody, OrderRefusal, Purpose, Seconds, SignedOrder};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::desk::{Desk, Line};
use crate::house::{House, Kiosk, PATIENCE};
use crate::operators::{Operator, give, key_set, signed, unheard_set};

fn at(desk: &Desk) -> wire::UtcMillis {
    wire::UtcMillis(desk.now.utc.0)
}

/// A kiosk that was provisioned with Ana's and Ben's keys and has pulled everything.
fn provisioned() -> (Desk, Operator, Operator) {
    let (ana, ben) = (Operator::new("Ana", 1), Operator::new("Ben", 2));
    let mut desk = Desk::new();
    let first = key_set(&desk.central, 1, &[&ana, &ben], &[&ana], at(&desk));
    desk.orders = OrdersSetup {
        kiosk: Some(desk.kiosk().0),
        facility: Some(desk.demo.facility.0),
        operators: Operators {
            key_set: Some(first.0.text),
            version: 1,
            ..Operators::default()
        },
    };
    let mut desk = desk.restart();
    desk.tell(ReplicaEvent::Tick);
    (desk, ana, ben)
}

fn reset(desk: &Desk, seed: u64) -> OrderBody {
    let mut rng = SmallRng::seed_from_u64(seed);
    let (_, order) = desk.central.draw_pin(desk.marcus().id, &mut rng).unwrap();
    order
}

fn verifier(order: &OrderBody) -> &str {
    match order {
        OrderBody::PinReset { pin_verifier, .. } => pin_verifier,
        other => panic!("{other:?}"),
    }
}

fn states(desk: &Desk) -> Vec<PushState> {
    let lines = desk.central.orders(Some(desk.kiosk()), at(desk)).unwrap();
    lines.into_iter().rev().map(|line| line.state).collect()
}

#[test]
fn a_pin_reset_kills_the_old_pin_for_good_and_central_hears_of_it() {
    let (mut desk, ana, _) = provisioned();
    let old = desk.marcus_here().unwrap().pin_verifier;
    let order = reset(&desk, 1);
    give(
        &desk.central,
        &[(desk.kiosk(), order.clone())],
        &[&ana],
        at(&desk),
    );
    assert_eq!(states(&desk), [PushState::Waiting]);
    desk.now.utc.0 += 1_000;
    desk.poke();
    assert_eq!(desk.marcus_here().unwrap().pin_verifier, verifier(&order));
    assert_eq!(states(&desk), [PushState::Done]);
    // From now on central says the same to whoever asks.
    desk.poke();
    assert_eq!(desk.marcus_here().unwrap().pin_verifier, verifier(&order));
    assert_eq!(desk.cache.operators().unwrap().mark, 1);
    assert_eq!(desk.kept.as_ref().unwrap().mark, 1, "beside the store too");
    assert_ne!(old, verifier(&order));
}

#[test]
fn an_order_that_a_power_cut_kept_from_being_told_is_told_after_it_and_done_once() {
    let (mut desk, ana, _) = provisioned();
    give(
        &desk.central,
        &[(desk.kiosk(), OrderBody::Restart)],
        &[&ana],
        at(&desk),
    );
    // The page comes, and nothing that is said after it arrives.
    desk.poke();
    let (order, what) = desk.machine.first().cloned().unwrap();
    assert_eq!(what, MachineOrder::Restart);
    assert_eq!(
        states(&desk),
        [PushState::Has],
        "not before its effect is durable"
    );
    desk.line = Line::Down;
    desk.tell(ReplicaEvent::MachineDone(order, OrderOutcome::Done));
    let mut desk = desk.restart();
    desk.line = Line::Up;
    desk.machine.clear();
    desk.tell(ReplicaEvent::Tick);
    desk.pass(1_000);
    assert_eq!(states(&desk), [PushState::Done]);
    assert!(desk.machine.is_empty(), "done is done");

    // Cut between the request and the result: the same request, by the same id, goes out again.
    give(
        &desk.central,
        &[(desk.kiosk(), OrderBody::Restart)],
        &[&ana],
        at(&desk),
    );
    desk.poke();
    let (second, _) = desk.machine.first().cloned().unwrap();
    let mut desk = desk.restart();
    desk.machine.clear();
    desk.tell(ReplicaEvent::Tick);
    assert_eq!(desk.machine.first().map(|(order, _)| *order), Some(second));
}

/// Somebody between central's store and the kiosk puts an order into a page.
fn slip_in(desk: &mut Desk, id: u128, signed: &SignedOrder) {
    let body = serde_json::value::to_raw_value(signed).unwrap();
    desk.slipped_in.push(wire::RawRecord {
        kind: "order".to_owned(),
        id: wire::RecordId(uuid::Uuid::from_u128(id)),
        version: u64::from(u32::MAX),
        resident: None,
        critical: true,
        body,
    });
    desk.poke();
}

fn refusals(desk: &Desk) -> Vec<OrderRefusal> {
    let results = desk.told.iter().flat_map(|told| &told.results);
    results
        .filter_map(|result| match result.outcome {
            wire::OrderOutcome::Refused { why } => Some(why),
            _ => None,
        })
        .collect()
}

#[test]
fn orders_that_nobody_here_gave_do_nothing_and_raise_an_alarm() {
    let (mut desk, ana, _) = provisioned();
    let mallory = Operator::new("Mallory", 9);
    let now = at(&desk);
    let wanted = [(desk.kiosk(), OrderBody::Wipe)];
    let mut rng = SmallRng::seed_from_u64(5);
    let drafted = desk
        .central
        .draft_orders(&wanted, 7, now, &mut rng)
        .unwrap();
    let forged = SignedOrder(signed(Purpose::Order, &drafted[0], &[&mallory]));
    let refused = desk.central.give_orders(std::slice::from_ref(&forged), now);
    assert!(matches!(refused, Err(OperatorError::Unsigned)));
    slip_in(&mut desk, 70, &forged);
    assert!(desk.machine.is_empty());
    assert_eq!(refusals(&desk), [OrderRefusal::Unsigned]);
    let alarms = desk.central.activity_after(0, 10_000).unwrap();
    let unknown = |alarm: &Alarm| matches!(alarm, Alarm::OrderUnknown { .. });
    assert!(
        alarms
            .iter()
            .any(|line| matches!(&line.deed, Deed::Alarm { alarm } if unknown(alarm)))
    );

    // Its number was not used up: the next real order has it.
    let orders = give(
        &desk.central,
        &[(desk.kiosk(), OrderBody::Restart)],
        &[&ana],
        at(&desk),
    );
    assert_eq!(orders[0].number, 1);
    desk.poke();
    let (order, _) = desk.machine[0].clone();
    desk.tell(ReplicaEvent::MachineDone(order, OrderOutcome::Done));
    assert_eq!(states(&desk), [PushState::Done]);

    // The same again, under its own id or another: nothing.
    desk.machine.clear();
    let real = SignedOrder(signed(Purpose::Order, &orders[0], &[&ana]));
    for id in [orders[0].id.0.as_u128(), 71] {
        slip_in(&mut desk, id, &real);
    }
    // Altered, under the id of one that was done.
    let mut altered = real.clone();
    altered.0.text = altered.0.text.replace("restart", "wipe");
    slip_in(&mut desk, orders[0].id.0.as_u128(), &altered);
    assert!(desk.machine.is_empty());
    assert_eq!(
        refusals(&desk),
        [OrderRefusal::Unsigned, OrderRefusal::Replayed]
    );
    assert_eq!(desk.cache.operators().unwrap().mark, 1);
}

#[test]
fn a_policy_is_weakened_by_an_order_and_not_by_a_record() {
    let (mut desk, ana, _) = provisioned();
    let unit = desk.marcus().unit;
    let held = desk.cache.policy().unwrap().unwrap();
    let mut weaker = desk.central.policy(unit).unwrap();
    weaker.idle_warning = Seconds(280);
    weaker.idle_lock = Seconds(300);
    weaker.languages = vec!["es".to_owned()];
    desk.central.set_policy(unit, &weaker).unwrap();
    desk.poke();
    let now = desk.cache.policy().unwrap().unwrap();
    assert_eq!(now.languages, ["es"], "what weakens nothing is taken");
    assert_eq!(
        (now.idle_warning, now.idle_lock),
        (held.idle_warning, held.idle_lock)
    );
    let policy = OrderBody::Policy {
        policy: Box::new(weaker),
    };
    give(&desk.central, &[(desk.kiosk(), policy)], &[&ana], at(&desk));
    desk.poke();
    let now = desk.cache.policy().unwrap().unwrap();
    assert_eq!(now.idle_lock, Duration::from_secs(300));
    assert_eq!(states(&desk), [PushState::Done]);
    desk.pass(25 * 60 * 60 * 1000);
    assert!(
        desk.digests
            .iter()
            .all(|said| *said == wire::DigestReply::Agrees)
    );
}

#[test]
fn keys_change_along_the_chain_and_the_order_of_a_removed_operator_is_worth_nothing() {
    let (mut desk, ana, ben) = provisioned();
    let cleo = Operator::new("Cleo", 3);
    give(
        &desk.central,
        &[(desk.kiosk(), OrderBody::Wipe)],
        &[&ana],
        at(&desk),
    );
    // The kiosk is away meanwhile: two changes follow each other.
    key_set(&desk.central, 2, &[&ben, &cleo], &[&ben], at(&desk));
    key_set(&desk.central, 3, &[&cleo], &[&cleo], at(&desk));
    assert_eq!(states(&desk), [PushState::Withdrawn]);
    desk.poke();
    assert_eq!(desk.cache.operators().unwrap().version, 3);
    assert!(desk.machine.is_empty());
    let orders = give(
        &desk.central,
        &[(desk.kiosk(), OrderBody::Restart)],
        &[&cleo],
        at(&desk),
    );
    assert_eq!(orders[0].number, 1);
    desk.poke();
    assert_eq!(desk.machine.len(), 1);
    // The cache is lost: keys and mark are known from beside it.
    desk.orders.operators = desk.kept.clone().unwrap();
    assert_eq!(
        (desk.orders.operators.version, desk.orders.operators.mark),
        (3, 1)
    );
}

#[test]
fn without_keys_from_provisioning_no_order_is_carried_out() {
    let mut desk = Desk::synced();
    let ana = Operator::new("Ana", 1);
    key_set(&desk.central, 1, &[&ana], &[&ana], at(&desk));
    give(
        &desk.central,
        &[(desk.kiosk(), OrderBody::Wipe)],
        &[&ana],
        at(&desk),
    );
    desk.poke();
    assert!(desk.machine.is_empty());
    let why = OrderRefusal::NoKeys;
    assert_eq!(states(&desk), [PushState::Refused { why }]);
}

fn locked(now: BootMoment) -> TryRecord {
    (0..5).fold(TryRecord::default(), |tries, _| tries.count_try(now))
}

#[test]
fn unlock_lifts_a_lock_and_nothing_else_and_once() {
    let (mut desk, ana, _) = provisioned();
    let marcus = desk.marcus_here().unwrap();
    let boot = desk.now.boot;
    let other = dayroom::domain::ResidentNumber::parse("999").unwrap();
    for number in [&marcus.number, &other] {
        desk.journal.save_tries(number, &locked(boot)).unwrap();
    }
    let resident = desk.marcus().id;
    let what = OrderBody::LockRelease { resident };
    give(&desk.central, &[(desk.kiosk(), what)], &[&ana], at(&desk));
    desk.poke();
    assert_eq!(states(&desk), [PushState::Has]);
    let pending = desk.cache.pending_orders().unwrap();
    let [(order, PendingEffect::Screen { .. })] = pending.as_slice() else {
        panic!("the screen has something to do")
    };
    let now = desk.now.utc;
    assert!(
        desk.journal
            .release_lock(*order, Some(&marcus.number), now)
            .unwrap()
    );
    let gate = |desk: &Desk, number| desk.journal.tries(number).unwrap().gate(boot);
    assert!(matches!(
        gate(&desk, &marcus.number),
        Gate::Open { tries_left: 5 }
    ));
    assert!(
        matches!(gate(&desk, &other), Gate::Locked { .. }),
        "nobody else's"
    );
    assert_eq!(
        desk.marcus_here().unwrap().pin_verifier,
        marcus.pin_verifier
    );
    // A cut before it is told, and new wrong tries: the same order lifts nothing twice.
    desk.journal
        .save_tries(&marcus.number, &locked(boot))
        .unwrap();
    assert!(
        !desk
            .journal
            .release_lock(*order, Some(&marcus.number), now)
            .unwrap()
    );
    assert!(matches!(gate(&desk, &marcus.number), Gate::Locked { .. }));
    desk.local(ToSync::OrdersDone);
    assert_eq!(states(&desk), [PushState::Done]);
}

#[derive(Default)]
struct Buttons(u32);

impl Power for Buttons {
    fn restart(&mut self, _: Duration) -> Result<(), PowerError> {
        self.0 += 1;
        Ok(())
    }
}

/// One start of `dayroom machine`, as its path unit would make it.
fn run_machine(state: &std::path::Path, boot: u128, power: &mut Buttons) {
    use std::os::unix::fs::MetadataExt;
    let utc = tls::Clock::system().now().0;
    Machine {
        state,
        owners: Owners::one(fs::metadata(state).unwrap().uid()),
        power,
        now: Now {
            boot: BootMoment {
                boot: BootId(boot),
                at: BootMillis(1),
            },
            utc: UtcMillis(utc),
        },
        running: env!("CARGO_PKG_VERSION").parse().unwrap(),
        kernels: &state.join("kernels"),
    }
    .run()
    .unwrap();
}

/// A sync process that was taken over writes operators of its own into `identity/`, and has them order
/// a wipe.
fn no_operators_but_those_it_learnt_first(house: &House, state: &std::path::Path) {
    let eve = Operator::new("Eve", 9);
    let wanted = [(house.kiosk, OrderBody::Wipe)];
    let now = tls::Clock::system().now();
    let mut rng = SmallRng::seed_from_u64(9);
    let drafted = house
        .central
        .draft_orders(&wanted, 7, now, &mut rng)
        .unwrap();
    let order = SignedOrder(signed(Purpose::Order, &drafted[0], &[&eve]));
    let set = unheard_set(1, &[&eve], &[&eve]);
    let proof = serde_json::json!({ "order": order, "keys": [set] }).to_string();
    let request = MachineRequest {
        id: MachineRequestId(uuid::Uuid::from_u128(0xe0e)),
        act: MachineAct::Erase {
            proof: EraseProof::Order { signed: proof },
        },
    };
    let wipes = |state: &std::path::Path| {
        let known = state.join("identity/operators.json");
        let before = fs::read(&known);
        fs::write(&known, serde_json::to_vec(&[&set]).unwrap()).unwrap();
        let folder = MachineFolder::of(state);
        folder.ask(&request).unwrap();
        run_machine(state, 2, &mut Buttons::default());
        if let (Ok(before), true) = (before, known.exists()) {
            fs::write(&known, before).unwrap();
        }
        folder.result(request.id).unwrap().unwrap().state
    };
    // On a machine that never learnt another set it would do.
    let new = tempfile::tempdir().unwrap();
    fs::create_dir(new.path().join("identity")).unwrap();
    fs::copy(state.join("site.json"), new.path().join("site.json")).unwrap();
    MachineFolder::of(new.path()).make().unwrap();
    assert_eq!(wipes(new.path()), MachineState::Done);
    let why = MachineRefusal::Order;
    assert_eq!(wipes(state), MachineState::Refused { why });
    assert!(state.join("identity/store.key").exists());
}

/// Every kind of order, over mutual TLS, with the real machine process's rules behind the folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_order_reaches_its_effect_and_its_result_comes_back() {
    let house = House::start().await;
    let state = house.state();
    let now = || tls::Clock::system().now();
    let (ana, ben) = (Operator::new("Ana", 1), Operator::new("Ben", 2));
    key_set(&house.central, 1, &[&ana, &ben], &[&ana], now());
    write_operators(&state, &house.central.key_sets().unwrap()).unwrap();
    MachineFolder::of(&state).make().unwrap();
    let marcus = house.marcus();
    let mut kiosk = Kiosk::start(&state).await;
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_some())
        .await;
    let order = |what: OrderBody, by: &[&Operator]| {
        let orders = give(&house.central, &[(house.kiosk, what)], by, now());
        orders[0].batch.id
    };
    let is = |batch, wanted: PushState| {
        let central = house.central.clone();
        async move {
            let mut look = tokio::time::interval(Duration::from_millis(20));
            let reached = async {
                loop {
                    look.tick().await;
                    let lines = central.push(Pushed::Orders(batch), now()).unwrap();
                    if lines.iter().all(|line| line.state == wanted) {
                        return;
                    }
                }
            };
            tokio::time::timeout(PATIENCE, reached)
                .await
                .unwrap_or_else(|_| panic!("never {wanted:?}"));
        }
    };

    // A PIN.
    let resident = wire::ResidentId(marcus.0);
    let (_, reset) = house
        .central
        .draw_pin(resident, &mut SmallRng::seed_from_u64(4))
        .unwrap();
    let fresh = verifier(&reset).to_owned();
    is(order(reset, &[&ana]), PushState::Done).await;
    let holds = |cache: &CacheReader| {
        let line = cache.resident(marcus).unwrap();
        line.is_some_and(|line| line.pin_verifier == fresh)
    };
    assert!(holds(&kiosk.cache));

    // A lock; the screen has to do it.
    let batch = order(OrderBody::LockRelease { resident }, &[&ana]);
    is(batch, PushState::Has).await;
    let pending = kiosk.cache.pending_orders().unwrap();
    let number = kiosk.cache.resident(marcus).unwrap().unwrap().number;
    let utc = UtcMillis(now().0);
    kiosk
        .journal
        .release_lock(pending[0].0, Some(&number), utc)
        .unwrap();
    kiosk.say(ToSync::OrdersDone).await;
    is(batch, PushState::Done).await;

    // A policy.
    let unit = house.demo.residents.first().unwrap().unit;
    let mut policy = house.central.policy(unit).unwrap();
    policy.idle_lock = Seconds(400);
    let what = OrderBody::Policy {
        policy: Box::new(policy),
    };
    is(order(what, &[&ana]), PushState::Done).await;
    let idle = kiosk.cache.policy().unwrap().unwrap().idle_lock;
    assert_eq!(idle, Duration::from_secs(400));

    // A release: central has none, so it cannot be fetched, and the kiosk says so.
    let what = OrderBody::Release {
        version: "9.0.0".parse().unwrap(),
        may_be_older: true,
    };
    let why = OrderRefusal::Failed;
    is(order(what, &[&ana]), PushState::Refused { why }).await;

    // A restart: done when another start of the machine finds it.
    let batch = order(OrderBody::Restart, &[&ana]);
    is(batch, PushState::Has).await;
    let mut power = Buttons::default();
    let folder = MachineFolder::of(&state);
    let waits = |folder: &MachineFolder| fs::read_dir(folder.requests()).unwrap().count() > 0;
    let mut look = tokio::time::interval(Duration::from_millis(20));
    while !waits(&folder) {
        look.tick().await;
    }
    run_machine(&state, 1, &mut power);
    assert_eq!(power.0, 1);
    run_machine(&state, 2, &mut power);
    is(batch, PushState::Done).await;

    no_operators_but_those_it_learnt_first(&house, &state);

    // A wipe: the machine verifies it by itself, destroys the keys, and central hears of it.
    let batch = order(OrderBody::Wipe, &[&ana]);
    is(batch, PushState::Has).await;
    while !waits(&folder) {
        look.tick().await;
    }
    let asked = fs::read_dir(folder.requests())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let forged = fs::read_to_string(asked.path())
        .unwrap()
        .replace("number", "nummer");
    fs::write(asked.path(), &forged).unwrap();
    run_machine(&state, 2, &mut power);
    assert!(
        state.join("identity/store.key").exists(),
        "an altered order destroys nothing"
    );
    let why = OrderRefusal::Failed;
    is(batch, PushState::Refused { why }).await;
    // It is the second within a day, so that one operator alone does not do any more.
    let batch = order(OrderBody::Wipe, &[&ana, &ben]);
    is(batch, PushState::Has).await;
    while !waits(&folder) {
        look.tick().await;
    }
    run_machine(&state, 2, &mut power);
    assert!(!state.join("identity/store.key").exists() && !state.join("store").exists());
    is(batch, PushState::Done).await;
}
