//! Tries the way to central: network, TLS, and a request that changes nothing there.

use std::path::Path;
use std::time::Duration;

use dayroom_client::plan::Cause;
use dayroom_client::transport::{
    self, Deadlines, DeviceIdentity, Endpoint, Identity as _, TlsTrouble, Transport,
    TransportError, Trust, WallClock,
};
use dayroom_protocol::ProblemKind;

use super::{files, site};
use crate::devices::Clock;
use crate::domain::UtcMillis;
use crate::domain::health::LinkTrouble;
use crate::domain::health::facts::{Central, Step};

/// What was found.
pub(super) struct Look {
    pub(super) found: Central,
    /// How far the system's clock is ahead of central's, if central answered.
    pub(super) ahead: Option<i64>,
}

/// Tries it, each step for at most `patience`.
pub(super) fn look(state: &Path, now: UtcMillis, patience: Duration) -> Look {
    let nothing = |found| Look { found, ahead: None };
    let Some(site) = site(state) else {
        return nothing(Central::NoSite);
    };
    let Some(identity) = files::identity(state, now) else {
        return nothing(Central::NotTried);
    };
    let trust = Trust::by(WallClock::standing(dayroom_protocol::UtcMillis(now.0)));
    let endpoint = site.endpoint();
    let own = identity.validity();
    let probe = transport::probe(&endpoint, &*identity, &trust, patience);
    let network = match probe.network {
        Ok(took) => Step::done(took),
        Err(error) => kept(
            // The resolver's error has no kind of its own.
            if error.raw_os_error().is_none() && error.kind() != std::io::ErrorKind::TimedOut {
                LinkTrouble::NoName
            } else {
                LinkTrouble::Unreachable
            },
            &error,
        ),
    };
    let tls = probe.tls.map(|tls| match tls {
        Ok(took) => Step::done(took),
        Err(error) => {
            // A wrong clock here makes a good certificate look bad.
            let own = own.cause(dayroom_protocol::UtcMillis(now.0)).map(of_cause);
            let trouble = match &error {
                TlsTrouble::NotCentral(_) => own.unwrap_or(LinkTrouble::WrongServer),
                TlsTrouble::BrokeOff(_) => LinkTrouble::NotTls,
                TlsTrouble::Setup(_) => LinkTrouble::WrongServer,
            };
            kept(trouble, &error)
        }
    });
    let (request, ahead) = match &tls {
        Some(Step::Done { .. }) => {
            let (step, ahead) = ask(&endpoint, (&*identity, &trust), now, patience);
            (Some(step), ahead)
        }
        Some(Step::Kept { .. }) | None => (None, None),
    };
    Look {
        found: Central::Tried {
            address: format!("{}:{}", endpoint.host, endpoint.port),
            network,
            tls,
            request,
        },
        ahead,
    }
}

/// Asks what central knows of this kiosk's health, which nobody minds.
fn ask(
    endpoint: &Endpoint,
    (identity, trust): (&DeviceIdentity, &Trust),
    now: UtcMillis,
    patience: Duration,
) -> (Step, Option<i64>) {
    let own = identity.validity();
    let deadlines = Deadlines {
        connect: patience,
        answer: patience,
        ..Deadlines::default()
    };
    let asked = Transport::new(endpoint, identity, deadlines, trust)
        .map_err(|error| kept(LinkTrouble::WrongServer, &error));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| kept(LinkTrouble::Unreachable, &error));
    let (transport, runtime) = match (asked, runtime) {
        (Ok(transport), Ok(runtime)) => (transport, runtime),
        (Err(step), _) | (_, Err(step)) => return (step, None),
    };
    let (answer, took) = runtime.block_on(transport.timed_request());
    match answer {
        Ok(known) => {
            let half = i64::try_from(took.as_millis() / 2).unwrap_or(0);
            let central = known.now.0.saturating_add(half);
            let ahead = Clock::system().0.saturating_sub(central);
            (Step::done(took), Some(ahead))
        }
        Err(error) => {
            // An older central knows no such question, and has answered this kiosk all the same.
            if let TransportError::Problem { problem, .. } = &error
                && problem.kind == ProblemKind::NotFound
            {
                return (Step::done(took), None);
            }
            let cause = transport::diagnose(&error, own, dayroom_protocol::UtcMillis(now.0));
            let busy = matches!(
                &error,
                TransportError::Problem { problem, .. } if problem.kind == ProblemKind::Busy
            );
            let trouble = if busy {
                LinkTrouble::Busy
            } else {
                of_cause(cause)
            };
            (kept(trouble, &error), None)
        }
    }
}

fn kept(trouble: LinkTrouble, error: &dyn std::error::Error) -> Step {
    let mut detail = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        // Some errors say their cause themselves.
        if !detail.ends_with(&words) {
            detail = format!("{detail}: {words}");
        }
        cause = inner.source();
    }
    Step::Kept { trouble, detail }
}

fn of_cause(cause: Cause) -> LinkTrouble {
    match cause {
        Cause::Unreachable => LinkTrouble::Unreachable,
        Cause::WrongServer => LinkTrouble::WrongServer,
        Cause::CertificateExpired => LinkTrouble::CertificateExpired,
        Cause::CertificateNotYetValid => LinkTrouble::CertificateNotYetValid,
        Cause::Refused => LinkTrouble::Refused,
        Cause::ServerExpired => LinkTrouble::ServerExpired,
        Cause::ServerNotYetValid => LinkTrouble::ServerNotYetValid,
        Cause::KeyFailed => LinkTrouble::KeyFailed,
        Cause::BadAnswer => LinkTrouble::BadAnswer,
    }
}
