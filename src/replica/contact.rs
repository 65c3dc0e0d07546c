//! The contact with central: how it is, and what its loss takes away in the end.

use std::collections::BTreeSet;

use dayroom_client::plan::{Alarm, Cause, Link as PlanLink, PlanEvent};

use super::core::map_position;
use super::{Replica, ReplicaAction, ReplicaError};
use crate::domain::Now;
use crate::domain::audit::{Event, Word, kinds};
use crate::domain::local::{Link, OfflineCause, ToScreen};
use crate::store::StoreError;

impl Replica {
    /// Takes the cached content away when central has been silent for too long. The journal stays.
    pub(super) fn end_lease(
        &mut self,
        now: Now,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<(), ReplicaError> {
        if !self.holds_content || !self.lease.is_over(self.lease_span, now) {
            return Ok(());
        }
        let emptied = self
            .cache
            .drop_content()
            .and_then(|()| self.blobs.keep_only(&BTreeSet::new()));
        match emptied {
            Ok(_) => self.holds_content = false,
            // The rows are gone; what a reader keeps from being wiped is tried again.
            Err(StoreError::Busy(_)) => {}
            Err(error) => return Err(error.into()),
        }
        tracing::warn!(event = "lease.over");
        out.push(ReplicaAction::Audit(kinds::lease_over()));
        self.pages.clear();
        out.push(ReplicaAction::Say(ToScreen::Changed));
        let position = map_position(self.cache.position()?);
        self.tell(PlanEvent::Emptied(position), now, out)
    }

    /// The contact as the screen should know it. A proven revocation stands above whatever else is
    /// known: an answer may still have been under way when it came.
    pub(super) fn shown_link(&self) -> Link {
        match self.revoked {
            Some(since) => Link::Offline {
                since,
                cause: OfflineCause::Revoked,
            },
            None => self.link.clone(),
        }
    }

    pub(super) fn change_link(&mut self, link: PlanLink, now: Now, out: &mut Vec<ReplicaAction>) {
        self.link = match link {
            PlanLink::Starting => Link::Starting,
            PlanLink::Online => Link::Online,
            PlanLink::Offline(cause) => Link::Offline {
                since: match &self.link {
                    Link::Offline { since, .. } => *since,
                    Link::Starting | Link::NoSite | Link::Online => now.utc,
                },
                cause: map_cause(cause),
            },
        };
        match &self.link {
            Link::Online => {
                tracing::info!(event = "link.online");
                out.push(ReplicaAction::Audit(kinds::link_up()));
            }
            Link::Offline { cause, .. } => {
                tracing::warn!(event = "link.offline", ?cause);
                let event = kinds::link_down(Word::new(cause.name()));
                out.push(ReplicaAction::Audit(event));
            }
            Link::Starting | Link::NoSite => {}
        }
    }
}

fn map_cause(cause: Cause) -> OfflineCause {
    match cause {
        Cause::Unreachable => OfflineCause::Unreachable,
        Cause::WrongServer => OfflineCause::WrongServer,
        Cause::CertificateExpired => OfflineCause::CertificateExpired,
        Cause::CertificateNotYetValid => OfflineCause::CertificateNotYetValid,
        Cause::Refused => OfflineCause::Refused,
        Cause::ServerExpired => OfflineCause::ServerExpired,
        Cause::ServerNotYetValid => OfflineCause::ServerNotYetValid,
        Cause::KeyFailed => OfflineCause::KeyFailed,
        Cause::BadAnswer => OfflineCause::BadAnswer,
    }
}

/// What nobody expects, for the audit.
pub(super) fn alarm_event(alarm: Alarm) -> Event {
    let event = match alarm {
        Alarm::StuckFeed => kinds::feed_stuck(),
        Alarm::PageOutOfPlace => kinds::feed_out_of_place(),
        Alarm::Gap => kinds::intents_gap(),
        Alarm::Conflict => kinds::intents_conflict(),
        Alarm::DigestDiffers => kinds::digest_differs(),
    };
    tracing::error!(event = event.name());
    event
}
