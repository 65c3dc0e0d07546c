//! What orders ask of `dayroom machine`: requests into its folder, and what came of them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::domain::machine::{
    EraseProof, MachineAct, MachineRequest, MachineRequestId, MachineState, RestartReason,
};
use crate::domain::orders::{MachineOrder, OrderId, OrderOutcome, OrderRefusal};
use crate::store::MachineFolder;

/// The way to `dayroom machine`.
pub(super) struct Machine {
    folder: MachineFolder,
    pending: BTreeSet<OrderId>,
    /// What cannot be asked for, to be told with the next look.
    not_asked: Vec<(OrderId, OrderRefusal)>,
}

impl Machine {
    pub(super) fn new(state: &Path) -> Self {
        Self {
            folder: MachineFolder::of(state),
            pending: BTreeSet::new(),
            not_asked: Vec::new(),
        }
    }

    /// Asks, unless the machine has answered before: it carries out each order once, by its id.
    pub(super) fn ask(&mut self, order: OrderId, what: &MachineOrder, signed: String) {
        let id = MachineRequestId(order.0);
        let act = match what {
            MachineOrder::Restart => MachineAct::Restart {
                why: RestartReason::Order,
            },
            MachineOrder::Wipe => MachineAct::Erase {
                proof: EraseProof::Order { signed },
            },
            MachineOrder::Release { .. } => {
                self.not_asked.push((order, OrderRefusal::Unsupported));
                return;
            }
        };
        if !matches!(self.folder.result(id), Ok(Some(_))) {
            let asked = self.folder.ask(&MachineRequest { id, act });
            if let Err(error) = asked {
                // Where there is no machine process there is no folder for it either.
                tracing::error!(event = "machine.not_asked", %error);
                self.not_asked.push((order, OrderRefusal::Unsupported));
                return;
            }
        }
        self.pending.insert(order);
    }

    /// Whether something is to be looked for.
    pub(super) fn is_waiting(&self) -> bool {
        !self.pending.is_empty() || !self.not_asked.is_empty()
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
