use dayroom_protocol::{BlobHash, Cursor, Epoch};

/// A moment of a monotonic clock that never stops while the machine sleeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

/// Names one request until it is answered or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Where the store stands in the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The epoch; `None` before the first page.
    pub epoch: Option<Epoch>,
    /// The cursor; empty before the first page.
    pub cursor: Cursor,
}

/// What the plan needs to know of a page; the page itself stays with the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageHead {
    /// The page's epoch.
    pub epoch: Epoch,
    /// The cursor it says it follows.
    pub after: Cursor,
    /// The cursor it leads to.
    pub cursor: Cursor,
    /// Whether central has more.
    pub more: bool,
}

/// What the journal has to offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offers {
    /// Nothing that may leave now.
    Nothing {
        /// Milliseconds until the next held intent is due, if there is one.
        due_in: Option<u64>,
    },
    /// A batch without gaps, read and kept by the caller.
    Ready {
        /// The number of its first intent.
        first: u64,
        /// The number of its last.
        last: u64,
    },
}

/// Which intents to read from the journal, in order of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those not settled.
    Unsettled,
    /// Those not settled, and those settled in the last [`dayroom_protocol::limits::REOFFER_DAYS`]
    /// (R4).
    Recent,
    /// All the journal still holds (R10).
    Held,
}

/// Why a request came to nothing, by what the plan can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Central was not reached, or what answered was not central.
    Contact(Cause),
    /// Central asks to come back later.
    Busy {
        /// Not before that many milliseconds.
        retry_after: Option<u64>,
    },
    /// The cursor cannot be served (R4, R8).
    Reset {
        /// The epoch to start in.
        epoch: Epoch,
    },
    /// An intent's number leaves a hole (R10).
    Gap {
        /// The number central expects.
        expected: u64,
    },
    /// An intent's id came with another body before (R18).
    Conflict,
    /// It is not there, or not for this kiosk.
    NotFound,
    /// The bytes are not those the name promises.
    Corrupt,
    /// Central refused it for another reason, or failed.
    Refused,
}

/// Why there is no contact, in terms a technician can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// No route, refused, or no answer in time.
    Unreachable,
    /// The server's certificate is not of the private root.
    WrongServer,
    /// This kiosk's certificate has expired.
    CertificateExpired,
    /// This kiosk's certificate is not valid yet.
    CertificateNotYetValid,
    /// Central hung up, or knows no such kiosk, although the certificate looks good here.
    Refused,
    /// The server's certificate is of the private root and has ended by this kiosk's clock.
    ServerExpired,
    /// The server's certificate is of the private root and begins later by this kiosk's clock.
    ServerNotYetValid,
    /// The key of this kiosk does not sign.
    KeyFailed,
    /// An answer came, but not in the agreed form.
    BadAnswer,
}

/// How the contact with central is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not tried yet.
    Starting,
    /// Central answers.
    Online,
    /// It does not.
    Offline(Cause),
}

/// What nobody expects and central's operators should hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The same cursor came with "more" three times (R9).
    StuckFeed,
    /// A page did not follow the cursor it was asked for (R10).
    PageOutOfPlace,
    /// Central and the journal cannot agree on the next number (R10).
    Gap,
    /// An intent's id was used twice with different bodies (R18).
    Conflict,
    /// The daily digests differ (R27).
    DigestDiffers,
}

/// Something that happened, told to the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanEvent {
    /// Time has passed, or the process has started.
    Tick,
    /// The journal may have intents.
    IntentsWaiting,
    /// Somebody stands at the glass.
    PersonWaiting,
    /// Somebody wants to see this blob now.
    BlobWanted(BlobHash),
    /// A page arrived.
    Fetched(RequestId, PageHead),
    /// The page of that request is committed.
    Applied {
        /// Which request brought it.
        request: RequestId,
        /// Blobs its records name.
        blobs: Vec<BlobHash>,
        /// Whether it held forget records.
        forgets: bool,
    },
    /// The page was not applied; the store stands here.
    NotApplied(RequestId, Position),
    /// What [`PlanAction::ReadOffers`] found.
    Offers(Offers),
    /// Central took a batch in.
    Pushed(RequestId),
    /// The store is empty and in its new epoch.
    WasReset,
    /// The cache was emptied by somebody else, and stands here now.
    Emptied(Position),
    /// What [`PlanAction::ScanBlobs`] found missing.
    BlobsMissing {
        /// Which.
        blobs: Vec<BlobHash>,
        /// Where to go on, if the end was not reached.
        next: Option<BlobHash>,
    },
    /// A blob is complete and verified.
    BlobFetched(RequestId),
    /// The stream of pokes stands.
    StreamOpened(RequestId),
    /// A poke came.
    Poke(RequestId),
    /// The digest agrees.
    DigestAgrees(RequestId),
    /// This kiosk is behind: pull first.
    DigestBehind(RequestId),
    /// The digests differ.
    DigestDiffers(RequestId),
    /// What [`PlanAction::FinishForgets`] came to.
    Forgets(Forgets),
    /// Something became of an order that central has not heard.
    OrdersWaiting,
    /// Central has heard what became of orders.
    OrdersTold {
        /// The request.
        request: RequestId,
        /// Whether there is more to tell.
        more: bool,
    },
    /// There was nothing to tell of orders; no request was made.
    NoOrders(RequestId),
    /// Central has noted the forgets.
    Acknowledged(RequestId),
    /// Something about this kiosk is otherwise than it was, and central should hear of it soon.
    HealthChanged,
    /// Central has the report of this kiosk's health.
    HealthTold(RequestId),
    /// A request came to nothing; the end of a stream is one too.
    Failed(RequestId, Failure),
}

/// How far the forgets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgets {
    /// Nothing to acknowledge.
    None,
    /// All are carried out and wait to be acknowledged.
    Ready,
    /// Some cannot be finished yet, say because a reader holds the log open.
    Unfinished,
}

/// What the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanAction {
    /// Ask central for the page after `at`. Answered by `Fetched` or `Failed`.
    Fetch {
        /// The request's name.
        request: RequestId,
        /// Where the page begins.
        at: Position,
    },
    /// Commit the page that request brought. Answered by `Applied` or `NotApplied`.
    Apply(RequestId),
    /// Forget the page that request brought.
    Discard(RequestId),
    /// Stop that request; it gets no answer.
    Cancel(RequestId),
    /// Read a batch from the journal. Answered by `Offers`.
    ReadOffers {
        /// Which.
        scope: Scope,
        /// Not below this number.
        from: u64,
    },
    /// Send the batch that was read. Answered by `Pushed` or `Failed`.
    Push(RequestId),
    /// Empty the cache and start in this epoch. Answered by `WasReset`.
    Reset(Epoch),
    /// Look for named blobs that are not here. Answered by `BlobsMissing`.
    ScanBlobs {
        /// Look behind this one; from the first if absent.
        after: Option<BlobHash>,
    },
    /// Fetch a blob from where it stopped. Answered by `BlobFetched` or `Failed`.
    FetchBlob {
        /// The request's name.
        request: RequestId,
        /// Which.
        blob: BlobHash,
    },
    /// This blob cannot be had now, and somebody waits for it.
    GiveUpBlob(BlobHash),
    /// Open the stream of pokes. Answered by `StreamOpened`, then `Poke`s, then `Failed`.
    Subscribe(RequestId),
    /// Send the digest. Answered by one of the digest events or `Failed`.
    SendDigest(RequestId),
    /// Carry out what is left of the forgets. Answered by `Forgets`.
    FinishForgets,
    /// Acknowledge the finished forgets. Answered by `Acknowledged` or `Failed`.
    Acknowledge(RequestId),
    /// Say what became of orders. Answered by `OrdersTold`, `NoOrders` or `Failed`.
    TellOrders(RequestId),
    /// Say how this kiosk is. Answered by `HealthTold` or `Failed`.
    SendHealth(RequestId),
    /// The contact with central has changed.
    Report(Link),
    /// Raise an alarm.
    Alarm(Alarm),
}
