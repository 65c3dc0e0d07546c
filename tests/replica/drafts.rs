//! A draft on two kiosks of a unit, through the real central.

use dayroom::devices::Clock;
use dayroom::domain::local::{Link, ToScreen, ToSync};
use dayroom::domain::{ConnectionId, ConnectionState, DraftId, IntentId, ResidentId};
use dayroom::runtime::sharing::{Sharing, Taken};
use dayroom::store::{Draft, SharedDraft};
use uuid::Uuid;

use super::house::{House, Kiosk};

/// Words that must not be found anywhere at central.
const CANARY: &str = "Tell Ana that the heron came back";

/// A kiosk with its screen's part of the draft key.
struct Wall {
    kiosk: Kiosk,
    sharing: Sharing,
}

impl Wall {
    async fn start(state: &std::path::Path) -> Self {
        let mut kiosk = Kiosk::start(state).await;
        kiosk.until_link(|link| *link == Link::Online).await;
        let sharing = Sharing::open(&mut kiosk.journal).unwrap();
        Self { kiosk, sharing }
    }

    /// Asks how the key stands, and says what follows until nothing does.
    async fn look(&mut self) {
        self.sharing.connect(true);
        let mut call = self.sharing.look(Clock::open().unwrap().now().boot.at);
        while let Some(next) = call {
            self.kiosk.say(ToSync::DraftKey { call: next }).await;
            call = loop {
                if let ToScreen::DraftKey { state } = self.kiosk.hear().await {
                    break self.sharing.hear(state, &mut self.kiosk.journal).unwrap();
                }
            };
        }
    }

    fn write(&mut self, who: ResidentId, to: ConnectionId, id: DraftId, words: &str) {
        let draft = Draft {
            id,
            resident: who,
            connection: to,
            body: words.to_owned(),
            changed_at: Clock::open().unwrap().now().utc,
            refused: None,
            based_on: 0,
        };
        self.kiosk.journal.save_draft(&draft).unwrap();
    }

    /// Gives the others what has changed, without waiting for central.
    fn share(&mut self) -> usize {
        let now = Clock::open().unwrap().now();
        let new_id = || IntentId(Uuid::now_v7());
        let journal = &mut self.kiosk.journal;
        self.sharing.share(None, journal, now, new_id).unwrap()
    }

    /// Waits until central has taken in everything that was done here.
    async fn settled(&mut self, who: ResidentId) {
        self.kiosk.say(ToSync::IntentsWaiting).await;
        loop {
            let open = self.kiosk.journal.open_ids(100).unwrap();
            let ended = self.kiosk.cache.settlements(&open).unwrap();
            let now = Clock::open().unwrap().now().utc;
            self.kiosk.journal.drop_settled(&ended, now).unwrap();
            if self.kiosk.journal.unsettled(who).unwrap().is_empty() {
                return;
            }
            self.kiosk.hear().await;
        }
    }

    /// Takes over until there are these words, in any order.
    async fn until_words(&mut self, who: ResidentId, words: &[&str]) {
        loop {
            self.take_over(who);
            let mut held = self.words(who);
            held.sort();
            if held == words {
                return;
            }
            self.kiosk.hear().await;
        }
    }

    fn take_over(&mut self, who: ResidentId) -> Taken {
        let (journal, cache) = (&mut self.kiosk.journal, &self.kiosk.cache);
        self.sharing.take_over(who, None, journal, cache).unwrap()
    }

    fn words(&self, who: ResidentId) -> Vec<String> {
        let drafts = self.kiosk.journal.shared_drafts(Some(who)).unwrap();
        let body = |shared: SharedDraft| shared.draft.body;
        drafts.into_iter().map(body).collect()
    }
}

fn contact(kiosk: &Kiosk, who: ResidentId) -> ConnectionId {
    let all = kiosk.cache.connections(who).unwrap();
    let active = |state: &ConnectionState| matches!(state, ConnectionState::Active { .. });
    all.iter().find(|one| active(&one.state)).unwrap().id
}

/// Lets a technician compare the codes, and both kiosks hear of it.
async fn compare(holder: &mut Wall, waiter: &mut Wall) {
    waiter.look().await;
    assert!(!waiter.sharing.has_key());
    holder.look().await;
    let shown = holder.sharing.shown();
    let same = |one: &&dayroom::domain::draft_key::WaitingShown| one.code == waiter.sharing.code();
    let one = shown.waiting.iter().find(same).unwrap();
    let call = holder.sharing.wrap(&one.public_key).unwrap().unwrap();
    holder.kiosk.say(ToSync::DraftKey { call }).await;
    while !matches!(holder.kiosk.hear().await, ToScreen::DraftKey { .. }) {}
    waiter.look().await;
    assert!(waiter.sharing.has_key());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_opens_at_another_kiosk_once_a_technician_has_compared_the_codes() {
    let house = House::start().await;
    let who = house.marcus();
    let beside = house.second_kiosk();
    let mut a = Wall::start(&house.state()).await;
    let mut b = Wall::start(&beside).await;
    a.kiosk
        .until(|cache| cache.resident(who).unwrap().is_some())
        .await;
    b.kiosk
        .until(|cache| cache.resident(who).unwrap().is_some())
        .await;
    let to = contact(&a.kiosk, who);
    let draft = DraftId(Uuid::now_v7());

    // Written before there is a key: it stays here, and is given when there is one.
    a.write(who, to, draft, CANARY);
    assert_eq!(a.share(), 0);
    a.look().await;
    assert!(a.sharing.has_key());
    assert_eq!(a.share(), 1);
    assert_eq!(a.share(), 0, "given once");
    a.settled(who).await;

    // Without the key the other kiosk can open nothing, and calls nothing lost.
    b.kiosk
        .until(|cache| !cache.sealed_drafts(who).unwrap().is_empty())
        .await;
    assert_eq!(b.take_over(who), Taken::default());
    compare(&mut a, &mut b).await;
    b.until_words(who, &[CANARY]).await;

    // Changed there, it is changed here.
    let more = format!("{CANARY}, and stayed");
    b.write(who, to, draft, &more);
    assert_eq!(b.share(), 1);
    b.settled(who).await;
    a.until_words(who, &[&more]).await;

    // Both write without hearing of each other: both versions are at both.
    let (one, other) = (format!("1 {CANARY}"), format!("2 {CANARY}"));
    a.write(who, to, draft, &one);
    b.write(who, to, draft, &other);
    assert_eq!((a.share(), b.share()), (1, 1));
    a.settled(who).await;
    b.settled(who).await;
    a.until_words(who, &[&one, &other]).await;
    b.until_words(who, &[&one, &other]).await;
    let sealed = a.kiosk.cache.sealed_drafts(who).unwrap();
    assert!(sealed.iter().any(|one| one.beside == Some(draft)));

    a.kiosk.stop().await;
    b.kiosk.stop().await;
    assert!(!house.central_holds(CANARY.as_bytes()));
    assert!(!house.central_holds(b"the heron"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sealed_under_a_lost_key_is_counted_and_what_is_here_is_given_again() {
    let house = House::start().await;
    let who = house.marcus();
    let beside = house.second_kiosk();
    let mut a = Wall::start(&house.state()).await;
    a.kiosk
        .until(|cache| cache.resident(who).unwrap().is_some())
        .await;
    let to = contact(&a.kiosk, who);
    a.look().await;
    a.write(who, to, DraftId(Uuid::now_v7()), CANARY);
    assert_eq!(a.share(), 1);
    a.settled(who).await;
    a.kiosk.stop().await;

    // The operator gives the key up; the other kiosk makes the next one.
    let mut b = Wall::start(&beside).await;
    house.lose_draft_key();
    b.look().await;
    assert!(b.sharing.has_key());
    b.kiosk
        .until(|cache| !cache.sealed_drafts(who).unwrap().is_empty())
        .await;
    let lost = Taken {
        changed: 0,
        lost: 1,
    };
    assert_eq!(b.take_over(who), lost);
    assert!(b.words(who).is_empty());
    b.kiosk.stop().await;
}
