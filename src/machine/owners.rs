use std::fs;
use std::path::Path;

/// The users whose requests are looked at.
///
/// | user | may ask for |
/// |---|---|
/// | the one `machine` runs as: root, who can do all of it anyway | everything |
/// | `dayroom-screen` | a restart, a retirement: a technician stands there |
/// | `dayroom-sync` | what a signed order proves, and a restart |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owners {
    /// Who `machine` runs as.
    pub own: u32,
    /// Who the screen runs as.
    pub screen: u32,
    /// Who sync runs as.
    pub sync: u32,
}

/// Why it cannot be said who may ask.
#[derive(Debug, thiserror::Error)]
pub enum OwnersError {
    /// The list of users cannot be read.
    #[error("cannot read the list of users {0}")]
    Users(String, #[source] std::io::Error),
    /// A user is not on it.
    #[error("there is no user {0}: install the kiosk's users first")]
    NoUser(String),
}

/// One writer of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Own,
    Screen,
    Sync,
}

impl Owners {
    /// All three the same: on a desk, where one person runs everything.
    pub fn one(user: u32) -> Self {
        Self {
            own: user,
            screen: user,
            sync: user,
        }
    }

    /// Finds them: the kiosk's two users by name if this runs as root, else everything is one's own.
    ///
    /// # Errors
    /// See [`OwnersError`].
    pub fn find(screen: &str, sync: &str) -> Result<Self, OwnersError> {
        let own = rustix::process::geteuid();
        if !own.is_root() {
            return Ok(Self::one(own.as_raw()));
        }
        let path = Path::new("/etc/passwd");
        let users = fs::read_to_string(path)
            .map_err(|error| OwnersError::Users(path.display().to_string(), error))?;
        let user =
            |name: &str| user_of(&users, name).ok_or_else(|| OwnersError::NoUser(name.to_owned()));
        Ok(Self {
            own: own.as_raw(),
            screen: user(screen)?,
            sync: user(sync)?,
        })
    }

    /// Who this is; `None` for anybody else.
    pub(super) fn of(&self, user: u32) -> Option<Owner> {
        [
            (self.own, Owner::Own),
            (self.screen, Owner::Screen),
            (self.sync, Owner::Sync),
        ]
        .into_iter()
        .find_map(|(known, owner)| (known == user).then_some(owner))
    }
}

/// The number of a user in the text of `/etc/passwd`.
fn user_of(users: &str, name: &str) -> Option<u32> {
    users.lines().find_map(|line| {
        let mut parts = line.split(':');
        (parts.next() == Some(name)).then(|| parts.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users = "root:x:0:0::/root:/bin/sh\ndayroom-sync2:x:7:7::/:/x\n\
                     dayroom-sync:x:998:998::/:/usr/sbin/nologin\n";
        assert_eq!(user_of(users, "dayroom-sync"), Some(998));
        assert_eq!(user_of(users, "dayroom"), None);
        assert_eq!(user_of("dayroom:x:many:1::", "dayroom"), None);
    }
}
