mod answers;
mod blobs;
mod peers;
mod pokes;
mod server;

use std::time::Duration;

use dayroom_protocol::{Cursor, Epoch, UtcMillis};

use super::*;
use crate::plan::{Cause, Failure, Position};
use server::{Answer, Authority, Server, full, json};

/// A day within every certificate's life here.
const TODAY: UtcMillis = UtcMillis(1_760_000_000_000);

/// Deadlines short enough for a test and long enough for a busy machine.
fn deadlines() -> Deadlines {
    Deadlines {
        read: Duration::from_millis(300),
        silence: Duration::from_millis(300),
        ..Deadlines::default()
    }
}

/// A clock that is right, and no list.
fn trust() -> Trust {
    Trust::by(WallClock::standing(TODAY))
}

fn place() -> Position {
    Position {
        epoch: Some(Epoch("e 1".to_owned())),
        cursor: Cursor("3.4".to_owned()),
    }
}

/// A kiosk and a server of one authority that answers everything so.
async fn kiosk_of(answer: Answer) -> Transport {
    kiosk_with(answer, deadlines()).await
}

async fn kiosk_with(answer: Answer, deadlines: Deadlines) -> Transport {
    let authority = Authority::new();
    let server = Server::start(&authority, answer).await;
    server.transport(&authority, deadlines)
}

/// What the plan is told of it by a kiosk in good order.
fn told(error: &TransportError) -> Failure {
    let own = Validity {
        from: UtcMillis(0),
        until: UtcMillis(i64::MAX),
    };
    failure(error, own, TODAY)
}
