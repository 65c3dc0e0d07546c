//! A machine that is no kiosk yet, and a kiosk that goes out of service.

use std::path::Path;

use serde::Deserialize;
use uuid::Uuid;

use super::Kiosk;
use crate::app::{ClosedReason, Event, Report};
use crate::domain::machine::{
    CentralWord, EraseProof, MachineAct, MachineRequest, MachineRequestId,
};
use crate::store::MachineFolder;

impl Kiosk {
    /// Says in which folder the kiosk lives. Without a `site.json` in it this machine is no kiosk
    /// yet: the screen says so, and lets a technician set it up.
    pub fn live_in(&mut self, state: &Path) {
        self.state = Some(state.to_owned());
        if !state.join("site.json").exists() {
            self.not_ready = true;
            self.take(Event::Runtime(Report::Closed(ClosedReason::NotReady)));
        }
    }

    /// Asks the machine to erase this kiosk.
    pub(super) fn ask_to_erase(&mut self, central: CentralWord) {
        #[derive(Deserialize)]
        struct Site {
            kiosk: Uuid,
        }
        let Some(state) = &self.state else { return };
        let site = std::fs::read(state.join("site.json"))
            .ok()
            .and_then(|text| serde_json::from_slice::<Site>(&text).ok());
        let Some(site) = site else {
            tracing::error!("retire.no_site");
            return;
        };
        let request = MachineRequest {
            id: MachineRequestId(Uuid::now_v7()),
            act: MachineAct::Erase {
                proof: EraseProof::Retire {
                    kiosk: site.kiosk,
                    central,
                },
            },
        };
        if let Err(error) = MachineFolder::of(state).ask(&request) {
            tracing::error!(%error, "retire.machine_not_asked");
        }
    }
}
