//! What systemd is told: that the process is ready, and that its loop still turns (sd_notify(3)).

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The line to systemd; without one, as on a desk, everything said goes nowhere.
#[derive(Debug, Default)]
pub struct Supervisor {
    line: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// The line that systemd gave this process: `NOTIFY_SOCKET`, and `WATCHDOG_USEC` if it watches.
    pub fn of_this_process() -> Self {
        let socket = std::env::var_os("NOTIFY_SOCKET");
        let span = std::env::var("WATCHDOG_USEC").ok();
        // A child that has inherited the variables is not the one that is watched.
        let ours = std::env::var("WATCHDOG_PID")
            .ok()
            .is_none_or(|pid| pid.parse() == Ok(std::process::id()));
        Self::new(socket, span.filter(|_| ours))
    }

    fn new(socket: Option<OsString>, span: Option<String>) -> Self {
        let line = socket.and_then(|path| {
            let bytes = path.as_bytes();
            let address = match bytes.split_first() {
                Some((b'@', name)) => SocketAddr::from_abstract_name(name),
                _ => SocketAddr::from_pathname(&path),
            };
            Some((UnixDatagram::unbound().ok()?, address.ok()?))
        });
        let span = span
            .and_then(|span| span.parse().ok())
            .map(Duration::from_micros);
        Self {
            line,
            watchdog: span.filter(|span| !span.is_zero()),
        }
    }

    /// The screen shows the wall, or sync has opened its store. From then on nothing waits for systemd to have room
    /// for what is said (a dozen words): a wall must not stand still because systemd does.
    pub fn ready(&self) {
        self.say("READY=1");
        if let Some((socket, _)) = &self.line
            && let Err(error) = socket.set_nonblocking(true)
        {
            tracing::warn!(%error, "supervisor.may_wait");
        }
    }

    /// The loop turns. To be said from the loop that matters, and from nowhere else; one that is lost is followed soon.
    pub fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    /// The process ends because it was told to.
    pub fn stopping(&self) {
        self.say("STOPPING=1");
    }

    /// How often [`Supervisor::alive`] has to be said: three times in what systemd waits for; `None` if
    /// nobody watches.
    pub fn rhythm(&self) -> Option<Duration> {
        self.watchdog.map(|span| span / 3)
    }

    fn say(&self, what: &str) {
        if let Some((socket, address)) = &self.line
            && let Err(error) = socket.send_to_addr(what.as_bytes(), address)
        {
            tracing::warn!(%error, "supervisor.not_told");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_is_told_by_path_and_by_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let named = UnixDatagram::bind(&path).unwrap();
        let name = format!("dayroom-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let unnamed = UnixDatagram::bind_addr(&address).unwrap();
        for (socket, given) in [
            (named, path.into_os_string()),
            (unnamed, format!("@{name}").into()),
        ] {
            let supervisor = Supervisor::new(Some(given), Some("15000000".to_owned()));
            supervisor.ready();
            supervisor.alive();
            let mut buffer = [0; 64];
            for said in ["READY=1", "WATCHDOG=1"] {
                let length = socket.recv(&mut buffer).unwrap();
                assert_eq!(&buffer[..length], said.as_bytes());
            }
            assert_eq!(supervisor.rhythm(), Some(Duration::from_secs(5)));
        }
    }

    #[test]
    fn a_loop_goes_on_when_nobody_takes_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let deaf = UnixDatagram::bind(&path).unwrap();
        let supervisor = Supervisor::new(Some(path.into_os_string()), Some("10000000".to_owned()));
        supervisor.ready();
        for _ in 0..100_000 {
            supervisor.alive();
        }
        // What there was room for is there, in order, and then there is nothing more.
        deaf.set_nonblocking(true).unwrap();
        let mut buffer = [0; 64];
        let length = deaf.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"READY=1");
        let more = std::iter::from_fn(|| deaf.recv(&mut buffer).ok()).count();
        assert!((1..100_000).contains(&more), "{more}");
    }

    #[test]
    fn without_systemd_nothing_is_said_and_nobody_watches() {
        let supervisor = Supervisor::new(None, None);
        supervisor.ready();
        assert_eq!(supervisor.rhythm(), None);
        assert_eq!(Supervisor::new(None, Some("0".to_owned())).rhythm(), None);
        // Nobody listens there.
        Supervisor::new(Some("/nonexistent/socket".into()), None).alive();
    }
}
