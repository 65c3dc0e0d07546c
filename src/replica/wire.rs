use dayroom_client::plan::{Failure, Position, ReleaseEvent, RequestId};
use dayroom_protocol::{
    Acknowledgement, DigestReply, DigestReport, HealthReport, IntentBatch, OrderResults, PushReply,
};

use super::Page;
use super::health::Sensed;
use crate::domain::audit::Event;
use crate::domain::local::{ToScreen, ToSync};
use crate::domain::orders::{MachineOrder, OrderId, OrderOutcome};
use crate::domain::{BlobHash, UtcMillis};
use crate::store::Operators;

/// Something to ask central.
#[derive(Debug)]
pub enum WireRequest {
    /// The page of the feed after this place. Answered by [`Answer::Page`].
    Changes(Position),
    /// Take these in. Answered by [`Answer::Pushed`].
    Push(IntentBatch),
    /// This blob from that byte on. Answered by [`Answer::BlobPart`]s, then [`Answer::BlobEnd`].
    Blob {
        /// Which.
        blob: BlobHash,
        /// From where.
        offset: u64,
    },
    /// Compare this. Answered by [`Answer::Digest`].
    Digest(DigestReport),
    /// Note these forgets. Answered by [`Answer::Acknowledged`].
    Acknowledge(Acknowledgement),
    /// Note what became of orders. Answered by [`Answer::OrdersTold`].
    OrderResults(OrderResults),
    /// Note how this kiosk is. Answered by [`Answer::HealthNoted`].
    Health(Box<HealthReport>),
    /// Say when there is something to pull. Answered by [`Answer::Subscribed`], then
    /// [`Answer::Poke`]s, and in the end by a failure.
    Subscribe,
}

/// What central says to a request.
pub enum Answer {
    /// A page of the feed, read.
    Page(Page),
    /// The intents are in.
    Pushed(PushReply),
    /// A piece of a blob.
    BlobPart {
        /// The length of the whole blob.
        total: u64,
        /// Where the piece begins.
        offset: u64,
        /// The piece.
        bytes: Vec<u8>,
    },
    /// The blob has come to its end.
    BlobEnd,
    /// How the digests compare.
    Digest(DigestReply),
    /// The forgets are noted.
    Acknowledged,
    /// Central has heard what became of orders.
    OrdersTold,
    /// The report of this kiosk's health is noted.
    HealthNoted,
    /// The stream of pokes stands.
    Subscribed,
    /// There may be something to pull.
    Poke,
}

/// Something that happened, told to the replica.
pub enum ReplicaEvent {
    /// Time has passed, or the process has started.
    Tick,
    /// The screen has connected.
    ScreenConnected,
    /// The screen has gone.
    ScreenGone,
    /// The screen says something.
    Local(ToSync),
    /// `dayroom machine` has done what an order says, or could not.
    MachineDone(OrderId, OrderOutcome),
    /// Whoever looks after the terminal asks how sync is. Answered by [`ReplicaAction::Tell`].
    Look(u64),
    /// The machine was looked at.
    Sensed(Box<Sensed>),
    /// Central's root has proven that this kiosk is revoked, at that moment; or the kiosk has a
    /// certificate by now that it has not.
    Revoked(Option<UtcMillis>),
    /// A request was answered, or came to nothing.
    Answer(RequestId, Result<Answer, Failure>),
}

/// What whoever drives the replica has to do.
#[derive(Debug)]
pub enum ReplicaAction {
    /// Send this to central.
    Send(RequestId, WireRequest),
    /// Stop that request; an answer that comes all the same does no harm.
    Cancel(RequestId),
    /// Say this to the screen.
    Say(ToScreen),
    /// Ask `dayroom machine` for this, unless that was done before.
    Machine {
        /// By which order.
        order: OrderId,
        /// What.
        what: MachineOrder,
        /// The order as it came, JSON.
        signed: String,
    },
    /// Keep this beside the store, durably, before anything that follows.
    KeepOperators(Operators),
    /// Say this to whoever asked under that number.
    Tell(u64, ToScreen),
    /// Central said what time it is: the clock never goes below it again.
    Time(UtcMillis),
    /// Note this in sync's audit.
    Audit(Event),
    /// Tell this to the way of releases.
    Releases(ReleaseEvent),
}
