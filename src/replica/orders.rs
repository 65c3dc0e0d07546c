//! What operators order: judged here, carried out by the store, the screen and the machine, and told to
//! central once it is durable (R21).

use dayroom_client::orders::{Standing, Verdict, judge};
use dayroom_client::plan::{PlanEvent, RequestId};
use dayroom_protocol as wire;
use dayroom_protocol::{KeySet, OrderResults, Seconds, Security, SecurityField, limits};
use uuid::Uuid;

use super::map_people::map_policy;
use super::{Replica, ReplicaAction, ReplicaError, WireRequest};
use crate::domain::audit::{Word, kinds};
use crate::domain::orders::{
    KeySetVerdict, MachineOrder, OrderDeed, OrderId, OrderJudge, OrderNews, OrderOutcome,
    OrderRefusal, OrderStanding, OrderVerdict, PendingEffect, SignedText,
};
use crate::domain::{Now, Policy, ResidentId, UtcMillis};
use crate::store::{CachePage, ChangeBody, LockReleased, Operators, StoreError};

/// How far this kiosk's clock may be ahead of what central says before neither is believed: else a
/// central that sets its clock back could bring an order to life again.
const APART_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Who gives orders here, and what this kiosk is called in them.
#[derive(Clone, Debug, Default)]
pub struct OrdersSetup {
    /// This kiosk's id; without it no order is for it.
    pub kiosk: Option<Uuid>,
    /// Its facility's.
    pub facility: Option<Uuid>,
    /// The key set learnt at provisioning, and the mark kept beside the store.
    pub operators: Operators,
}

/// What became of orders and is on its way to central.
pub(super) struct TellingOrders {
    request: RequestId,
    results: Vec<(OrderId, Option<OrderOutcome>)>,
    more: bool,
}

/// The orders of a replica but for what lies in its store.
#[derive(Default)]
pub(super) struct Orders {
    kiosk: Option<Uuid>,
    facility: Option<Uuid>,
    telling: Option<TellingOrders>,
    /// Whether the store was looked into since the start.
    looked: bool,
    /// Central is to hear which keys are in force here.
    keys_untold: bool,
}

impl Orders {
    pub(super) fn new(setup: &OrdersSetup) -> Self {
        Self {
            kiosk: setup.kiosk,
            facility: setup.facility,
            ..Self::default()
        }
    }

    pub(super) fn judge(&self, now: Now) -> Judge {
        Judge {
            kiosk: self.kiosk,
            facility: self.facility,
            own_clock: now.utc,
        }
    }
}

impl Replica {
    /// Sees to what orders have left to do: says it to whoever does it, and hears what came of it.
    pub(super) fn look_at_orders(
        &mut self,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        self.orders.looked = true;
        for (order, effect) in self.cache.pending_orders()? {
            match effect {
                PendingEffect::Screen { .. } => {
                    let outcome = match self.lock_released(order)? {
                        Some(LockReleased::Done) => OrderOutcome::Done,
                        Some(LockReleased::NotHere) => OrderOutcome::Refused {
                            why: OrderRefusal::NotHere,
                        },
                        None => continue,
                    };
                    self.cache.finish_order(order, outcome)?;
                }
                PendingEffect::Machine {
                    order: what,
                    signed,
                } => out.push(ReplicaAction::Machine {
                    order,
                    what,
                    signed,
                }),
            }
        }
        let untold = !self.cache.untold_orders(1)?.is_empty() || self.orders.keys_untold;
        Ok(untold.then_some(PlanEvent::OrdersWaiting))
    }

    /// Once after a start: what was under way when the process ended goes on.
    pub(super) fn look_at_orders_once(
        &mut self,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        if self.orders.looked {
            return Ok(None);
        }
        self.look_at_orders(out)
    }

    /// What the screen has made of an order. What is wrong with the journal is the screen's to mend.
    fn lock_released(&mut self, order: OrderId) -> Result<Option<LockReleased>, ReplicaError> {
        match self.journal() {
            Ok(journal) => Ok(journal.lock_released(order)?),
            Err(StoreError::NotYet(_) | StoreError::Busy(_)) => Ok(None),
            Err(error) => {
                tracing::error!(event = "journal.unreadable", %error);
                Ok(None)
            }
        }
    }

    /// `dayroom machine` has done what an order says, or could not.
    pub(super) fn machine_done(
        &mut self,
        order: OrderId,
        outcome: OrderOutcome,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        let fresh = self.cache.finish_order(order, outcome)?;
        Ok(fresh.then_some(PlanEvent::OrdersWaiting))
    }

    /// Takes note of what a page has done about orders.
    pub(super) fn note_orders(
        &mut self,
        page: &CachePage,
        news: &[OrderNews],
        out: &mut Vec<ReplicaAction>,
    ) {
        for item in news {
            let event = match item {
                OrderNews::Taken { order, what } => kinds::order_take(order.0, Word::new(what)),
                OrderNews::Refused { order, why } => {
                    kinds::order_refuse(order.0, Word::new(why.name()))
                }
                OrderNews::KeysChanged { version } => {
                    self.orders.keys_untold = true;
                    kinds::operators_change(u64::from(*version))
                }
                OrderNews::KeysRefused => kinds::operators_refuse(),
                OrderNews::PolicyHeldBack { fields } => {
                    tracing::warn!(event = "policy.held_back", fields = fields.join(","));
                    kinds::policy_hold_back(fields.len() as u64)
                }
            };
            out.push(ReplicaAction::Audit(event));
        }
        let of_orders = page.changes.iter().any(|change| {
            matches!(
                change.body,
                ChangeBody::Order(_) | ChangeBody::OperatorKeys(_)
            )
        });
        if !news.is_empty() || of_orders {
            self.orders.looked = false;
        }
    }

    pub(super) fn tell_orders(
        &mut self,
        request: RequestId,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        let results = self.cache.untold_orders(limits::ORDER_RESULTS)?;
        let operators = self.cache.operators()?;
        if results.is_empty() && !self.orders.keys_untold {
            return Ok(Some(PlanEvent::NoOrders(request)));
        }
        let said = OrderResults {
            mark: operators.mark,
            key_set: operators.version,
            results: results
                .iter()
                .map(|(order, outcome)| wire::OrderResult {
                    order: wire::OrderId(order.0),
                    outcome: map_outcome(*outcome),
                })
                .collect(),
        };
        let more = results.len() >= limits::ORDER_RESULTS;
        // What is told has to be remembered without the cache, too: it can be lost and filled again.
        out.push(ReplicaAction::KeepOperators(operators));
        out.push(ReplicaAction::Send(
            request,
            WireRequest::OrderResults(said),
        ));
        self.orders.telling = Some(TellingOrders {
            request,
            results,
            more,
        });
        Ok(None)
    }

    pub(super) fn told_orders(
        &mut self,
        request: RequestId,
        now: Now,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        let Some(told) = self
            .orders
            .telling
            .take_if(|telling| telling.request == request)
        else {
            return Ok(None);
        };
        self.orders.keys_untold = false;
        self.cache.told_orders(&told.results, now.utc)?;
        Ok(Some(PlanEvent::OrdersTold {
            request,
            more: told.more,
        }))
    }

    pub(super) fn forget_telling(&mut self, request: RequestId) {
        self.orders
            .telling
            .take_if(|telling| telling.request == request);
    }
}

/// Judges by the client's rules for one page of the feed.
pub(super) struct Judge {
    kiosk: Option<Uuid>,
    facility: Option<Uuid>,
    own_clock: UtcMillis,
}

impl OrderJudge for Judge {
    fn order(&self, standing: &OrderStanding, signed: &SignedText) -> OrderVerdict {
        let keys = standing.keys.as_deref().map(KeySet::read);
        let (Some(Ok(keys)), Some(kiosk)) = (keys, self.kiosk) else {
            return refuse(OrderRefusal::NoKeys, None);
        };
        let Some(signed) = map_signed(signed) else {
            return refuse(OrderRefusal::Malformed, None);
        };
        let apart = self.own_clock.0.saturating_sub(standing.now.0);
        let at = Standing {
            kiosk: wire::KioskId(kiosk),
            facility: self.facility.map(wire::FacilityId),
            mark: standing.mark,
            now: (apart <= APART_MILLIS).then_some(wire::UtcMillis(standing.now.0)),
            alone_lately: standing.alone_lately,
        };
        match judge(Some(&keys), &at, &wire::SignedOrder(signed)) {
            Verdict::Act(act) => {
                let number = act.order.number;
                match map_deed(act.order.what) {
                    Some(deed) => OrderVerdict::Act {
                        number,
                        deed,
                        alone: act.alone,
                    },
                    None => refuse(OrderRefusal::Unsupported, Some(number)),
                }
            }
            Verdict::Wait(_) => OrderVerdict::Wait,
            Verdict::Refuse { why, number } => refuse(map_refusal(why), number),
        }
    }

    fn key_set(&self, held: Option<&str>, next: &SignedText) -> KeySetVerdict {
        // What nobody vouched for at provisioning is not learnt from central.
        let Some(Ok(held)) = held.map(KeySet::read) else {
            return KeySetVerdict::Known;
        };
        let Some(signed) = map_signed(next) else {
            return KeySetVerdict::Refuse;
        };
        if KeySet::read(&next.text).is_ok_and(|set| set.version <= held.version) {
            return KeySetVerdict::Known;
        }
        match held.follow(&wire::SignedKeySet(signed)) {
            Ok(set) => KeySetVerdict::Next {
                version: set.version,
            },
            Err(_) => KeySetVerdict::Refuse,
        }
    }

    fn policy(&self, held: &Policy, next: &Policy) -> (Policy, Vec<&'static str>) {
        let weaker = security(held).weakened_by(&security(next));
        let mut kept = next.clone();
        for field in &weaker {
            match field {
                SecurityField::IdleWarning => kept.idle_warning = held.idle_warning,
                SecurityField::IdleLock => kept.idle_lock = held.idle_lock,
                SecurityField::Lease => kept.lease = held.lease,
                SecurityField::Review => kept.messages.review = held.messages.review,
                SecurityField::ReviewPromise => {
                    kept.messages.review_promise = held.messages.review_promise;
                }
                SecurityField::TechnicianVerifier => {
                    kept.technician_verifier
                        .clone_from(&held.technician_verifier);
                }
            }
        }
        (kept, weaker.into_iter().map(SecurityField::name).collect())
    }
}

fn refuse(why: OrderRefusal, number: Option<u64>) -> OrderVerdict {
    OrderVerdict::Refuse { why, number }
}

fn map_signed(signed: &SignedText) -> Option<wire::Signed> {
    Some(wire::Signed {
        text: signed.text.clone(),
        signatures: serde_json::from_str(&signed.signatures).ok()?,
    })
}

fn map_deed(what: wire::OrderBody) -> Option<OrderDeed> {
    Some(match what {
        wire::OrderBody::PinReset {
            resident,
            pin_verifier,
        } => OrderDeed::PinReset {
            resident: ResidentId(resident.0),
            verifier: pin_verifier,
        },
        wire::OrderBody::LockRelease { resident } => OrderDeed::LockRelease {
            resident: ResidentId(resident.0),
        },
        wire::OrderBody::Restart => OrderDeed::Machine(MachineOrder::Restart),
        wire::OrderBody::Wipe => OrderDeed::Machine(MachineOrder::Wipe),
        wire::OrderBody::Release {
            version,
            may_be_older,
        } => OrderDeed::Machine(MachineOrder::Release {
            version: version.to_string(),
            may_be_older,
        }),
        wire::OrderBody::Policy { policy } => OrderDeed::Policy(Box::new(map_policy(*policy))),
        wire::OrderBody::Unknown => return None,
    })
}

fn map_refusal(why: wire::OrderRefusal) -> OrderRefusal {
    match why {
        wire::OrderRefusal::NoKeys => OrderRefusal::NoKeys,
        wire::OrderRefusal::Unsigned => OrderRefusal::Unsigned,
        wire::OrderRefusal::Altered => OrderRefusal::Altered,
        wire::OrderRefusal::Malformed => OrderRefusal::Malformed,
        wire::OrderRefusal::Foreign => OrderRefusal::Foreign,
        wire::OrderRefusal::Replayed => OrderRefusal::Replayed,
        wire::OrderRefusal::Expired => OrderRefusal::Expired,
        wire::OrderRefusal::NeedsTwo => OrderRefusal::NeedsTwo,
        wire::OrderRefusal::Unsupported | wire::OrderRefusal::Unknown => OrderRefusal::Unsupported,
        wire::OrderRefusal::NotHere => OrderRefusal::NotHere,
        wire::OrderRefusal::Failed => OrderRefusal::Failed,
    }
}

fn map_outcome(outcome: Option<OrderOutcome>) -> wire::OrderOutcome {
    let why = match outcome {
        None => return wire::OrderOutcome::Taken,
        Some(OrderOutcome::Done) => return wire::OrderOutcome::Done,
        Some(OrderOutcome::Refused { why }) => why,
    };
    wire::OrderOutcome::Refused {
        why: match why {
            OrderRefusal::NoKeys => wire::OrderRefusal::NoKeys,
            OrderRefusal::Unsigned => wire::OrderRefusal::Unsigned,
            OrderRefusal::Altered => wire::OrderRefusal::Altered,
            OrderRefusal::Malformed => wire::OrderRefusal::Malformed,
            OrderRefusal::Foreign => wire::OrderRefusal::Foreign,
            OrderRefusal::Replayed => wire::OrderRefusal::Replayed,
            OrderRefusal::Expired => wire::OrderRefusal::Expired,
            OrderRefusal::NeedsTwo => wire::OrderRefusal::NeedsTwo,
            OrderRefusal::Unsupported => wire::OrderRefusal::Unsupported,
            OrderRefusal::NotHere => wire::OrderRefusal::NotHere,
            OrderRefusal::Failed => wire::OrderRefusal::Failed,
        },
    }
}

fn security(policy: &Policy) -> Security {
    let seconds =
        |span: std::time::Duration| Seconds(u32::try_from(span.as_secs()).unwrap_or(u32::MAX));
    Security {
        idle_warning: seconds(policy.idle_warning),
        idle_lock: seconds(policy.idle_lock),
        lease: seconds(policy.lease),
        review: policy.messages.review,
        review_promise: seconds(policy.messages.review_promise),
        technician_verifier: policy.technician_verifier.clone(),
    }
}
