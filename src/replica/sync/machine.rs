//! What orders ask of `dayroom machine`: requests into its folder, and what came of them. A release
//! goes by the way of releases, which fetches it first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dayroom_client::plan::ReleaseEvent;
use dayroom_protocol::{ReleaseStage, ReleaseVersion};

use crate::domain::machine::{
    EraseProof, MachineAct, MachineRequest, MachineRequestId, MachineState, RestartReason,
};
use crate::domain::orders::{MachineOrder, OrderId, OrderOutcome, OrderRefusal};
use crate::store::MachineFolder;

/// The way to `dayroom machine`.
pub(super) struct Machine {
    folder: MachineFolder,
    pending: BTreeSet<OrderId>,
    /// Which of them take everything away.
    wipes: BTreeSet<OrderId>,
    /// By which order a release is on its way.
    releases: BTreeMap<ReleaseVersion, OrderId>,
    /// What cannot be asked for, to be told with the next look.
    not_asked: Vec<(OrderId, OrderRefusal)>,
}

impl Machine {
    pub(super) fn new(state: &Path) -> Self {
        Self {
            folder: MachineFolder::of(state),
            pending: BTreeSet::new(),
            wipes: BTreeSet::new(),
            releases: BTreeMap::new(),
            not_asked: Vec::new(),
        }
    }

    /// Asks, unless the machine has answered before: it carries out each order once, by its id. What
    /// comes back is for the way of releases.
    pub(super) fn ask(
        &mut self,
        order: OrderId,
        what: &MachineOrder,
        signed: String,
    ) -> Option<ReleaseEvent> {
        let id = MachineRequestId(order.0);
        let act = match what {
            MachineOrder::Restart => MachineAct::Restart {
                why: RestartReason::Order,
            },
            MachineOrder::Wipe => MachineAct::Erase {
                proof: EraseProof::Order { signed },
            },
            MachineOrder::Release {
                version,
                may_be_older,
            } => return self.ask_release(order, version, may_be_older.then_some(signed)),
        };
        if !matches!(self.folder.result(id), Ok(Some(_))) {
            let asked = self.folder.ask(&MachineRequest { id, act });
            if let Err(error) = asked {
                // Where there is no machine process there is no folder for it either.
                tracing::error!(event = "machine.not_asked", %error);
                self.not_asked.push((order, OrderRefusal::Unsupported));
                return None;
            }
        }
        if *what == MachineOrder::Wipe {
            self.wipes.insert(order);
        }
        self.pending.insert(order);
        None
    }

    fn ask_release(
        &mut self,
        order: OrderId,
        version: &str,
        older: Option<String>,
    ) -> Option<ReleaseEvent> {
        let Ok(version) = version.parse() else {
            self.not_asked.push((order, OrderRefusal::Malformed));
            return None;
        };
        // Said again after every page until it is settled; the way of releases hears it once.
        match self.releases.insert(version, order) {
            Some(before) if before == order => None,
            Some(before) => {
                self.not_asked.push((before, OrderRefusal::Replayed));
                Some(ReleaseEvent::Ordered { version, older })
            }
            None => Some(ReleaseEvent::Ordered { version, older }),
        }
    }

    /// What came of a release that was ordered.
    pub(super) fn released(
        &mut self,
        version: ReleaseVersion,
        stage: &ReleaseStage,
    ) -> Option<(OrderId, OrderOutcome)> {
        let order = self.releases.remove(&version)?;
        let outcome = match stage {
            ReleaseStage::Staged | ReleaseStage::Idle => OrderOutcome::Done,
            ReleaseStage::Refused { .. }
            | ReleaseStage::Failed { .. }
            | ReleaseStage::Fetching { .. }
            | ReleaseStage::RolledBack
            | ReleaseStage::Unknown => OrderOutcome::Refused {
                why: OrderRefusal::Failed,
            },
        };
        Some((order, outcome))
    }

    /// Whether something is to be looked for.
    pub(super) fn is_waiting(&self) -> bool {
        !self.pending.is_empty() || !self.not_asked.is_empty()
    }

    /// Whether an order to take everything away is not answered yet.
    pub(super) fn awaits_wipe(&self) -> bool {
        self.wipes.iter().any(|order| self.pending.contains(order))
    }

    /// The order by which everything was taken away.
    pub(super) fn wiped(&self) -> Option<OrderId> {
        self.wipes.iter().copied().find(|order| {
            let result = self.folder.result(MachineRequestId(order.0));
            matches!(result, Ok(Some(result)) if result.state == MachineState::Done)
        })
    }

    /// What came of what was asked for.
    pub(super) fn look(&mut self) -> Vec<(OrderId, OrderOutcome)> {
        let refused = |(order, why)| (order, OrderOutcome::Refused { why });
        let mut done: Vec<_> = self.not_asked.drain(..).map(refused).collect();
        for order in self.pending.clone() {
            let outcome = match self.folder.result(MachineRequestId(order.0)) {
                Ok(Some(result)) => match result.state {
                    MachineState::Begun { .. } => continue,
                    MachineState::Done => OrderOutcome::Done,
                    MachineState::Refused { .. } => OrderOutcome::Refused {
                        why: OrderRefusal::Failed,
                    },
                },
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(event = "machine.result_unreadable", %error);
                    continue;
                }
            };
            self.pending.remove(&order);
            done.push((order, outcome));
        }
        done
    }
}
