//! Faults that strike at a chosen call.

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// One call fails. A failing write leaves a part of itself behind, a failing sync forgets
    /// nothing: the next one brings all of it to the platter.
    IoErrOnce,
    /// That call and all later ones fail.
    IoErrForever,
    /// The disk is full: from then on no file can grow.
    Full,
    /// The first sync from then on fails, and what it should have saved may be lost for good.
    SyncFails,
    /// The power goes during the call.
    PowerCut,
    /// The process is killed during the call.
    Killed,
}

/// The calls that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Overwrite,
    Growth,
    Truncate,
    Sync,
}

/// What is to happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeed,
    Fail(Fault),
}

/// A fault and the number of calls before it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    armed: Option<(u64, Fault)>,
    struck: bool,
}

impl Plan {
    /// Lets `calls` calls pass before `fault`.
    pub fn arm(&mut self, calls: u64, fault: Fault) {
        *self = Self {
            armed: Some((calls, fault)),
            struck: false,
        };
    }

    /// Nothing fails any more.
    pub fn disarm(&mut self) {
        self.armed = None;
    }

    /// Whether the fault armed last has struck.
    pub fn struck(&self) -> bool {
        self.struck
    }

    /// Counts a call and says what happens to it.
    pub fn judge(&mut self, call: Call) -> Verdict {
        let Some((left, fault)) = &mut self.armed else {
            return Verdict::Succeed;
        };
        if *left > 0 {
            *left -= 1;
            return Verdict::Succeed;
        }
        let fault = *fault;
        let (strikes, stays) = match fault {
            Fault::IoErrOnce | Fault::PowerCut | Fault::Killed => (true, false),
            Fault::IoErrForever => (true, true),
            Fault::Full => (call == Call::Growth, true),
            Fault::SyncFails => (call == Call::Sync, call != Call::Sync),
        };
        if !stays {
            self.armed = None;
        }
        self.struck |= strikes;
        if strikes {
            Verdict::Fail(fault)
        } else {
            Verdict::Succeed
        }
    }
}
