//! First contact: the root, when nothing but an address and a code is known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic"
)]

mod enrolling;

use dayroom_client::est::{EstClient, EstError, EstPlace, bootstrap};
use dayroom_client::transport::{Deadlines, TransportError};
use dayroom_protocol::{RootPin, route};
use enrolling::{DAY, House, system};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_and_a_code_are_enough_to_find_the_root() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let place = EstPlace {
        est_name: route::EST_COMMON_NAME.to_owned(),
        ..house.place()
    };
    for place in [place, house.place()] {
        let found = bootstrap(&place, code.pin(), house.now(), Deadlines::default()).await;
        let client = EstClient::new(
            &place.trusting(&found.unwrap().root_pem),
            None,
            house.now(),
            Deadlines::default(),
        );
        let roots = client.unwrap().cacerts().await.unwrap();
        assert_eq!(roots, [house.authority.root().unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_central_of_another_root_is_not_believed() {
    let (house, elsewhere) = (House::start().await, House::start().await);
    let code = house.code(house.kiosk);
    let found = bootstrap(
        &elsewhere.place(),
        code.pin(),
        house.now(),
        Deadlines::default(),
    )
    .await;
    assert!(matches!(found, Err(EstError::WrongRoot)), "{found:?}");
    let nobody = RootPin::of(&[0; 32]);
    let found = bootstrap(&house.place(), nobody, house.now(), Deadlines::default()).await;
    assert!(matches!(found, Err(EstError::WrongRoot)), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_told_and_centrals_time_is_what_helps() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    for wrong in [-20_000 * DAY, -3_000 * DAY, 5_000 * DAY] {
        let here = system().plus_millis(wrong);
        let told = bootstrap(&house.place(), code.pin(), here, Deadlines::default()).await;
        let Err(EstError::Clock {
            here: said,
            central,
        }) = told
        else {
            panic!("{told:?}");
        };
        assert_eq!(said, here);
        assert!(central.millis_since(system()).abs() < 10_000);
        bootstrap(&house.place(), code.pin(), central, Deadlines::default())
            .await
            .unwrap();
    }
    // Somebody else's word on the time is worth nothing.
    let elsewhere = House::start().await;
    let here = system().plus_millis(-3_000 * DAY);
    let told = bootstrap(&elsewhere.place(), code.pin(), here, Deadlines::default()).await;
    assert!(matches!(told, Err(EstError::WrongRoot)), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_root_is_judged_at_the_moment_that_is_given() {
    let house = House::start().await;
    let endpoint = house.place().trusting(house.authority.root_pem());
    for (shift, good) in [(0, true), (100 * DAY, false), (-2 * DAY, false)] {
        let now = system().plus_millis(shift);
        let client = EstClient::new(&endpoint, None, now, Deadlines::default()).unwrap();
        let answer = client.cacerts().await;
        assert_eq!(answer.is_ok(), good, "{answer:?}");
        if let Err(error) = answer {
            let wrong = matches!(error, EstError::Transport(TransportError::WrongServer(_)));
            assert!(wrong, "{error:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_where_nobody_listens_is_a_matter_of_cable_and_address() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let place = house.place();
    house.running.shutdown().await;
    let found = bootstrap(&place, code.pin(), system(), Deadlines::default()).await;
    assert!(matches!(
        found,
        Err(EstError::Transport(TransportError::Unreachable(_)))
    ));
}
