use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use dayroom_client::plan::{
    Failure, Millis, Plan, PlanAction, PlanConfig, PlanEvent, Position, ReleaseEvent, ReleaseTurn,
    RequestId,
};
use dayroom_protocol::{Cursor, DigestReply, Epoch, IntentBatch};
use rand::RngCore;

use super::contact::alarm_event;
use super::health::Health;
use super::lease::Lease;
use super::orders::Orders;
use super::{Answer, OrdersSetup, Page, ReplicaAction, ReplicaError, ReplicaEvent, WireRequest};
use crate::domain::local::{Link, ToScreen, ToSync};
use crate::domain::{BlobHash, BootMillis, Now, ResidentId, UtcMillis};
use crate::store::{
    self, BlobWriter, CacheChange, CachePage, CacheReader, CacheWriter, ChangeBody, JournalReader,
    StoreError, StoreKey, StorePlace,
};

/// What a replica is made of.
pub struct ReplicaOptions {
    /// Where the three files are.
    pub place: StorePlace,
    /// Their key.
    pub key: StoreKey,
    /// The spans of the plan.
    pub plan: PlanConfig,
    /// Chance.
    pub rng: Box<dyn RngCore + Send>,
    /// Who gives orders.
    pub orders: OrdersSetup,
}

/// The kiosk's copy of what central says, and its voice towards central.
///
/// [`Replica::handle`] what happened and do what it says, then [`Replica::work`] until there is
/// nothing left to do, doing what each says at once: so the next page travels while the last one
/// is committed. Come back at [`Replica::next_wake`] if nothing happens before.
pub struct Replica {
    pub(super) place: StorePlace,
    pub(super) key: StoreKey,
    pub(super) cache: CacheWriter,
    pub(super) blobs: BlobWriter,
    pub(super) journal: Option<JournalReader>,
    plan: Plan,
    rng: Box<dyn RngCore + Send>,
    pub(super) link: Link,
    /// Since when this kiosk is proven to be revoked.
    pub(super) revoked: Option<UtcMillis>,
    pub(super) lease: Lease,
    pub(super) lease_span: Duration,
    /// Whether there is content that the end of the lease takes away.
    pub(super) holds_content: bool,
    /// Whether there may be words that are not in the index.
    behind: bool,
    /// Pages that came and are not yet committed; at most two.
    pub(super) pages: BTreeMap<RequestId, CachePage>,
    /// Pages to commit, in order.
    jobs: VecDeque<RequestId>,
    /// The batch that was read from the journal and waits to be sent.
    pub(super) batch: Option<IntentBatch>,
    /// The blob under way.
    pub(super) fetching: Option<(RequestId, BlobHash)>,
    /// The forgets under way to central.
    pub(super) telling: Option<(RequestId, Vec<(ResidentId, u64)>)>,
    /// What operators order.
    pub(super) orders: Orders,
    /// How this kiosk is.
    pub(super) health: Health,
    /// When the screen was told that central is asked next.
    pub(super) told_try: Option<Millis>,
    /// The report under way to central.
    pub(super) reporting: Option<RequestId>,
    /// What was said last of whether the line is free for releases.
    release_turn: ReleaseTurn,
}

impl Replica {
    /// Opens cache and blobs for writing, and the journal for reading as soon as it is there.
    ///
    /// # Errors
    /// What the store says.
    pub fn open(options: ReplicaOptions, now: Now) -> Result<Self, ReplicaError> {
        let ReplicaOptions {
            place,
            key,
            plan,
            rng,
            orders,
        } = options;
        let (mut cache, aside) = store::open_cache(&place, &key)?;
        let (blobs, blobs_aside) = store::open_blobs(&place, &key)?;
        for path in [aside, blobs_aside].into_iter().flatten() {
            tracing::error!(event = "store.set_aside", path = %path.display());
        }
        cache.learn_operators(&orders.operators)?;
        let position = map_position(cache.position()?);
        let policy = CacheReader::open(&place, &key)?.policy()?;
        Ok(Self {
            lease: Lease::new(cache.last_contact()?, now),
            lease_span: policy.unwrap_or_default().lease,
            holds_content: position.epoch.is_some(),
            plan: Plan::new(plan, position),
            place,
            key,
            cache,
            blobs,
            journal: None,
            rng,
            link: Link::Starting,
            revoked: None,
            behind: true,
            pages: BTreeMap::new(),
            jobs: VecDeque::new(),
            batch: None,
            fetching: None,
            telling: None,
            orders: Orders::new(&orders),
            health: Health::new(),
            reporting: None,
            told_try: None,
            release_turn: ReleaseTurn::Pause,
        })
    }

    /// Takes in what happened.
    ///
    /// # Errors
    /// What the store says; the replica is then to be opened anew.
    pub fn handle(
        &mut self,
        event: ReplicaEvent,
        now: Now,
    ) -> Result<Vec<ReplicaAction>, ReplicaError> {
        let mut out = Vec::new();
        self.end_lease(now, &mut out)?;
        if let Some(event) = self.look_at_orders_once(&mut out)? {
            self.tell(event, now, &mut out)?;
        }
        if let Some(event) = self.take(event, now, &mut out)? {
            self.tell(event, now, &mut out)?;
        }
        let next = self.plan.next_try();
        if next != self.told_try {
            self.told_try = next;
            let at = next.map(|next| BootMillis(next.0));
            out.push(ReplicaAction::Say(ToScreen::NextTry { at }));
        }
        self.tell_turn(now, &mut out);
        Ok(out)
    }

    /// Commits a page that waits for it; `None` when there is none.
    ///
    /// # Errors
    /// As [`Replica::handle`].
    pub fn work(&mut self, now: Now) -> Result<Option<Vec<ReplicaAction>>, ReplicaError> {
        let Some(request) = self.jobs.pop_front() else {
            return Ok(None);
        };
        let mut out = Vec::new();
        if let Some(page) = self.pages.remove(&request) {
            let event = self.apply(request, &page, now, &mut out)?;
            self.tell(event, now, &mut out)?;
            if let Some(event) = self.look_at_orders_once(&mut out)? {
                self.tell(event, now, &mut out)?;
            }
        }
        self.tell_turn(now, &mut out);
        Ok(Some(out))
    }

    /// Says when the line becomes free for releases, and when it no longer is.
    fn tell_turn(&mut self, now: Now, out: &mut Vec<ReplicaAction>) {
        let turn = self.plan.release_turn(moment(now));
        if turn != self.release_turn {
            self.release_turn = turn;
            out.push(ReplicaAction::Releases(ReleaseEvent::Turn(turn)));
        }
    }

    /// Does some of what can wait while nothing else is to be done: the index of words. `None` when
    /// there is nothing of the kind.
    ///
    /// # Errors
    /// As [`Replica::handle`].
    pub fn idle_work(&mut self) -> Result<Option<Vec<ReplicaAction>>, ReplicaError> {
        if !self.behind {
            return Ok(None);
        }
        self.behind = self.cache.index_some()?;
        // Who searches meanwhile is told once all of it can be found.
        let done = (!self.behind).then_some(ReplicaAction::Say(ToScreen::Changed));
        Ok(Some(done.into_iter().collect()))
    }

    /// [`Replica::handle`] and all the work that follows from it.
    ///
    /// # Errors
    /// As [`Replica::handle`].
    pub fn step(
        &mut self,
        event: ReplicaEvent,
        now: Now,
    ) -> Result<Vec<ReplicaAction>, ReplicaError> {
        let mut out = self.handle(event, now)?;
        while let Some(mut more) = self.work(now)? {
            out.append(&mut more);
        }
        Ok(out)
    }

    /// How long to wait for [`ReplicaEvent::Tick`] if nothing happens before.
    pub fn next_wake(&self, now: Now) -> Duration {
        // The lease is looked at whenever something happens, and this often at least.
        const LEASE_LOOK: Duration = Duration::from_secs(60);
        let wakes = [
            self.plan.next_wake(),
            self.plan.release_turn_due(moment(now)),
        ];
        let plan = wakes
            .into_iter()
            .flatten()
            .min()
            .map_or(LEASE_LOOK, |wake| {
                Duration::from_millis(wake.since(moment(now)))
            });
        plan.min(LEASE_LOOK)
    }

    /// How the contact is, as the screen should know it.
    ///
    /// # Errors
    /// What the store says.
    pub fn status(&self) -> Result<ToScreen, ReplicaError> {
        Ok(ToScreen::Status {
            link: self.shown_link(),
            last_contact: self.cache.last_contact()?,
        })
    }

    /// What an event means for the plan.
    fn take(
        &mut self,
        event: ReplicaEvent,
        now: Now,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        Ok(Some(match event {
            ReplicaEvent::Tick => PlanEvent::Tick,
            ReplicaEvent::ScreenConnected => {
                self.health.screen_connected(now.boot.at);
                self.told_try = None;
                out.push(ReplicaAction::Say(self.status()?));
                // What the screen wrote while nobody listened, it gave no hint of.
                PlanEvent::IntentsWaiting
            }
            ReplicaEvent::Revoked(since) => {
                if since != self.revoked {
                    self.revoked = since;
                    out.push(ReplicaAction::Say(self.status()?));
                }
                return Ok(None);
            }
            ReplicaEvent::Local(ToSync::IntentsWaiting) => PlanEvent::IntentsWaiting,
            ReplicaEvent::Local(ToSync::PersonWaiting) => PlanEvent::PersonWaiting,
            ReplicaEvent::Local(ToSync::Screen { status }) => {
                self.health.screen_says(*status, now.boot.at);
                return self.health_news(now);
            }
            ReplicaEvent::ScreenGone => {
                self.health.screen_gone();
                return self.health_news(now);
            }
            ReplicaEvent::Sensed(sensed) => {
                self.health.sensed(*sensed, now.boot.at);
                return self.health_news(now);
            }
            ReplicaEvent::Look(who) => {
                let status = Box::new(self.sync_status(now)?);
                out.push(ReplicaAction::Tell(who, ToScreen::Sync { status }));
                return Ok(None);
            }
            ReplicaEvent::Local(ToSync::Look) => {
                let status = Box::new(self.sync_status(now)?);
                out.push(ReplicaAction::Say(ToScreen::Sync { status }));
                return Ok(None);
            }
            // Asked elsewhere; nothing of it is the replica's.
            ReplicaEvent::Local(
                ToSync::DraftKey { .. } | ToSync::Provision { .. } | ToSync::AuditUnwritable { .. },
            ) => {
                return Ok(None);
            }
            ReplicaEvent::Local(ToSync::WantBlob { blob }) => {
                return self.want_blob(blob, out);
            }
            ReplicaEvent::Local(ToSync::OrdersDone) => return self.look_at_orders(out),
            ReplicaEvent::MachineDone(order, outcome) => {
                return self.machine_done(order, outcome);
            }
            ReplicaEvent::Answer(request, Err(failure)) => {
                self.forget_request(request);
                PlanEvent::Failed(request, failure)
            }
            ReplicaEvent::Answer(request, Ok(answer)) => {
                return self.answered(request, answer, now, out);
            }
        }))
    }

    fn answered(
        &mut self,
        request: RequestId,
        answer: Answer,
        now: Now,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        Ok(Some(match answer {
            Answer::Page(Page { head, page }) => {
                self.pages.insert(request, page);
                PlanEvent::Fetched(request, head)
            }
            Answer::Pushed(_) => PlanEvent::Pushed(request),
            Answer::BlobPart {
                total,
                offset,
                bytes,
            } => return self.blob_part(request, total, offset, &bytes, out),
            Answer::BlobEnd => return self.blob_end(request, out),
            Answer::Digest(DigestReply::Agrees) => PlanEvent::DigestAgrees(request),
            Answer::Digest(DigestReply::Behind) => PlanEvent::DigestBehind(request),
            Answer::Digest(DigestReply::Differs { .. }) => PlanEvent::DigestDiffers(request),
            Answer::Acknowledged => {
                self.acknowledged(request)?;
                PlanEvent::Acknowledged(request)
            }
            Answer::OrdersTold => return self.told_orders(request, now),
            Answer::HealthNoted => {
                self.reporting = None;
                PlanEvent::HealthTold(request)
            }
            Answer::Subscribed => PlanEvent::StreamOpened(request),
            Answer::Poke => {
                out.push(ReplicaAction::Releases(ReleaseEvent::Hint));
                PlanEvent::Poke(request)
            }
        }))
    }

    fn forget_request(&mut self, request: RequestId) {
        if self.reporting == Some(request) {
            self.reporting = None;
            self.health_not_told();
        }
        if self.fetching.is_some_and(|(own, _)| own == request) {
            self.fetching = None;
        }
        if self
            .telling
            .as_ref()
            .is_some_and(|(own, _)| *own == request)
        {
            self.telling = None;
        }
        self.forget_telling(request);
    }

    /// Tells the plan, does what it says, and tells it what came of that.
    pub(super) fn tell(
        &mut self,
        event: PlanEvent,
        now: Now,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<(), ReplicaError> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let actions = self.plan.handle(event, moment(now), &mut *self.rng);
            for action in actions {
                events.extend(self.act(action, now, out)?);
            }
        }
        Ok(())
    }

    fn act(
        &mut self,
        action: PlanAction,
        now: Now,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        match action {
            PlanAction::Fetch { request, at } => {
                out.push(ReplicaAction::Send(request, WireRequest::Changes(at)));
            }
            PlanAction::Apply(request) => self.jobs.push_back(request),
            PlanAction::Discard(request) => {
                self.pages.remove(&request);
            }
            PlanAction::Cancel(request) => {
                self.forget_request(request);
                self.pages.remove(&request);
                out.push(ReplicaAction::Cancel(request));
            }
            PlanAction::ReadOffers { scope, from } => {
                return Ok(Some(PlanEvent::Offers(self.read_offers(scope, from, now))));
            }
            PlanAction::Push(request) => {
                if let Some(batch) = self.batch.take() {
                    out.push(ReplicaAction::Send(request, WireRequest::Push(batch)));
                }
            }
            PlanAction::Reset(epoch) => {
                self.cache.reset(&epoch.0)?;
                self.pages.clear();
                out.push(ReplicaAction::Say(ToScreen::Changed));
                return Ok(Some(PlanEvent::WasReset));
            }
            PlanAction::ScanBlobs { after } => return self.scan_blobs(after).map(Some),
            PlanAction::FetchBlob { request, blob } => {
                return self.fetch_blob(request, BlobHash(blob.0), out);
            }
            PlanAction::GiveUpBlob(blob) => {
                let blob = BlobHash(blob.0);
                out.push(ReplicaAction::Say(ToScreen::BlobFailed { blob }));
            }
            PlanAction::Subscribe(request) => {
                out.push(ReplicaAction::Send(request, WireRequest::Subscribe));
            }
            PlanAction::SendDigest(request) => return self.send_digest(request, out),
            PlanAction::FinishForgets => {
                return Ok(Some(PlanEvent::Forgets(self.finish_forgets(out)?)));
            }
            PlanAction::Acknowledge(request) => self.acknowledge(request, out)?,
            PlanAction::TellOrders(request) => return self.tell_orders(request, out),
            PlanAction::SendHealth(request) => return self.send_health(request, now, out),
            PlanAction::Report(link) => {
                self.change_link(link, now, out);
                out.push(ReplicaAction::Say(self.status()?));
            }
            PlanAction::Alarm(alarm) => out.push(ReplicaAction::Audit(alarm_event(alarm))),
        }
        Ok(None)
    }

    fn apply(
        &mut self,
        request: RequestId,
        page: &CachePage,
        now: Now,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<PlanEvent, ReplicaError> {
        let applied = match self.cache.apply_judged(page, &self.orders.judge(now)) {
            Ok(applied) => applied,
            Err(StoreError::PageOutOfPlace) => {
                let position = map_position(self.cache.position()?);
                return Ok(PlanEvent::NotApplied(request, position));
            }
            Err(error) => return Err(error.into()),
        };
        self.lease.renew(page.now, now);
        self.health.heard_central(page.now, now.boot.at);
        self.holds_content = true;
        self.behind |= applied.changed > 0;
        // By what the store has made of it: a record alone does not weaken a policy.
        let policies = |change: &CacheChange| {
            matches!(change.body, ChangeBody::Policy(_) | ChangeBody::Order(_))
        };
        if page.changes.iter().any(policies)
            && let Some(policy) = self.cache.policy()?
        {
            self.lease_span = policy.lease;
        }
        self.note_orders(page, &applied.orders, out);
        out.push(ReplicaAction::Time(page.now));
        out.push(ReplicaAction::Say(if page.changes.is_empty() {
            self.status()?
        } else {
            ToScreen::Changed
        }));
        tracing::debug!(
            event = "feed.applied",
            records = page.changes.len(),
            changed = applied.changed,
            forgets = applied.forgets.len(),
        );
        Ok(PlanEvent::Applied {
            request,
            blobs: self.missing(&applied.blobs_named)?,
            forgets: !applied.forgets.is_empty(),
        })
    }
}

/// The plan counts in milliseconds since the machine started.
fn moment(now: Now) -> Millis {
    Millis(now.boot.at.0)
}

pub(super) fn map_position(position: store::Position) -> Position {
    Position {
        epoch: position.epoch.map(Epoch),
        cursor: Cursor(position.cursor),
    }
}

/// What the plan is told when this kiosk cannot make a request.
pub(super) fn not_made(request: RequestId) -> PlanEvent {
    PlanEvent::Failed(request, Failure::Refused)
}
