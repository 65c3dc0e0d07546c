use std::path::Path;

use super::word;
use crate::domain::UtcMillis;

/// Where the clock's time is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSource {
    /// What the hardware clock says, if there is one.
    pub rtc: Option<UtcMillis>,
    /// Whether the system is in step with time servers, as systemd-timesyncd says; `None` where it
    /// does not run.
    pub in_step: Option<bool>,
}

pub(super) fn look(root: &Path) -> ClockSource {
    let seconds = word(&root.join("sys/class/rtc/rtc0/since_epoch"));
    let seconds = seconds.and_then(|seconds| seconds.parse::<i64>().ok());
    let timesync = root.join("run/systemd/timesync");
    ClockSource {
        rtc: seconds.map(|seconds| UtcMillis(seconds.saturating_mul(1000))),
        // The file is made when the clock was first set from a server.
        in_step: timesync
            .is_dir()
            .then(|| timesync.join("synchronized").exists()),
    }
}
