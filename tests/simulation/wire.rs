use dayroom::replica::{Answer, WireRequest, map_page};
use dayroom_central::{Central, Refused};
use dayroom_client::plan::{Cause, Failure, Position};
use dayroom_client::transport::{TransportError, Validity, failure};
use dayroom_protocol as wire;
use dayroom_protocol::{
    Acknowledgement, BlobHash, ChangesPage, DigestReport, HealthReport, IntentBatch, KioskId,
    Problem, UtcMillis,
};
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;

/// A JSON body on its way, and what its header promises.
#[derive(Clone)]
pub struct Body {
    bytes: Vec<u8>,
    sha256: Vec<u8>,
}

impl Body {
    pub fn of(bytes: Vec<u8>) -> Self {
        let sha256 = digest(&SHA256, &bytes).as_ref().to_vec();
        Self { bytes, sha256 }
    }

    fn json(value: &impl serde::Serialize) -> Self {
        Self::of(serde_json::to_vec(value).expect("these types can be written"))
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The stream was reset after so many bytes.
    pub fn cut(&mut self, at: usize) {
        self.bytes.truncate(at);
    }

    fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let whole = digest(&SHA256, &self.bytes).as_ref() == self.sha256;
        whole
            .then(|| serde_json::from_slice(&self.bytes).ok())
            .flatten()
    }
}

/// A request as it travels.
#[derive(Clone)]
pub enum Ask {
    Changes(Position),
    Push(Body),
    Blob { blob: BlobHash, offset: u64 },
    Digest(Body),
    Acknowledge(Body),
    Health(Body),
    Subscribe,
}

impl Ask {
    pub fn of(request: &WireRequest) -> Self {
        match request {
            WireRequest::Changes(at) => Self::Changes(at.clone()),
            WireRequest::Push(batch) => Self::Push(Body::json(batch)),
            WireRequest::Blob { blob, offset } => Self::Blob {
                blob: BlobHash(blob.0),
                offset: *offset,
            },
            WireRequest::Digest(report) => Self::Digest(Body::json(report)),
            WireRequest::Acknowledge(forgets) => Self::Acknowledge(Body::json(forgets)),
            WireRequest::OrderResults(_) => panic!("nobody orders anything here"),
            WireRequest::Health(report) => Self::Health(Body::json(report)),
            WireRequest::Subscribe => Self::Subscribe,
        }
    }

    pub fn body(&mut self) -> Option<&mut Body> {
        match self {
            Self::Push(body)
            | Self::Digest(body)
            | Self::Acknowledge(body)
            | Self::Health(body) => Some(body),
            Self::Changes(_) | Self::Blob { .. } | Self::Subscribe => None,
        }
    }
}

/// An answer as it travels.
pub enum Reply {
    Page(Body),
    Pushed(Body),
    Digest(Body),
    Problem(Body),
    Blob {
        total: u64,
        offset: u64,
        bytes: Vec<u8>,
    },
    NoContent,
    HealthNoted,
    Subscribed,
}

impl Reply {
    pub fn body(&mut self) -> Option<&mut Body> {
        match self {
            Self::Page(body) | Self::Pushed(body) | Self::Digest(body) | Self::Problem(body) => {
                Some(body)
            }
            Self::Blob { .. } | Self::NoContent | Self::HealthNoted | Self::Subscribed => None,
        }
    }

    /// The page in it, if it is one.
    pub fn page(&self) -> Option<ChangesPage> {
        match self {
            Self::Page(body) => body.read(),
            Self::Pushed(_)
            | Self::Digest(_)
            | Self::Problem(_)
            | Self::Blob { .. }
            | Self::NoContent
            | Self::HealthNoted
            | Self::Subscribed => None,
        }
    }

    /// What the kiosk makes of it, except of a blob, which comes in pieces.
    pub fn read(&self) -> Result<Answer, Failure> {
        let spoiled = Failure::Contact(Cause::BadAnswer);
        match self {
            Self::Page(body) => {
                let page: ChangesPage = body.read().ok_or(spoiled)?;
                Ok(Answer::Page(map_page(page)))
            }
            Self::Pushed(body) => body.read().map(Answer::Pushed).ok_or(spoiled),
            Self::Digest(body) => body.read().map(Answer::Digest).ok_or(spoiled),
            Self::Problem(body) => Err(body.read().map_or(spoiled, of_problem)),
            Self::Blob { .. } => Ok(Answer::BlobEnd),
            Self::NoContent => Ok(Answer::Acknowledged),
            Self::HealthNoted => Ok(Answer::HealthNoted),
            Self::Subscribed => Ok(Answer::Subscribed),
        }
    }
}

/// The product's own reading of a problem.
fn of_problem(problem: Problem) -> Failure {
    let error = TransportError::Problem {
        problem: Box::new(problem),
        retry_after: None,
    };
    let always = Validity {
        from: UtcMillis(i64::MIN),
        until: UtcMillis(i64::MAX),
    };
    failure(&error, always, UtcMillis(0))
}

/// What central answers, and the page for whoever looks over its shoulder.
pub fn serve(
    central: &Central,
    kiosk: KioskId,
    ask: &Ask,
    now: UtcMillis,
) -> Result<(Reply, Option<ChangesPage>), Refused> {
    let reply = match ask {
        Ask::Changes(at) => {
            let page = central.page(kiosk, at.epoch.as_ref(), &at.cursor, now)?;
            let body = Body::of(page.to_json()?.into_bytes());
            let page = body.read();
            return Ok((Reply::Page(body), page));
        }
        Ask::Push(body) => {
            let batch: IntentBatch = form(body)?;
            Reply::Pushed(Body::json(&central.take_intents(kiosk, &batch, now)?))
        }
        Ask::Digest(body) => {
            let report: DigestReport = form(body)?;
            Reply::Digest(Body::json(&central.digest(kiosk, &report, now)?))
        }
        Ask::Acknowledge(body) => {
            let forgets: Acknowledgement = form(body)?;
            central.acknowledge(kiosk, &forgets, now)?;
            Reply::NoContent
        }
        Ask::Health(body) => {
            let report: HealthReport = form(body)?;
            central.take_health(kiosk, &report, now)?;
            Reply::HealthNoted
        }
        Ask::Blob { blob, offset } => {
            let limit = usize::try_from(wire::limits::BLOB_BYTES).expect("64 bits");
            let part = central.blob(kiosk, *blob, *offset, limit)?;
            Reply::Blob {
                total: part.total,
                offset: *offset,
                bytes: part.bytes,
            }
        }
        Ask::Subscribe => {
            central.check_kiosk(kiosk)?;
            Reply::Subscribed
        }
    };
    Ok((reply, None))
}

fn form<T: DeserializeOwned>(body: &Body) -> Result<T, Refused> {
    body.read().ok_or(Refused::BadRequest("body"))
}

/// A refusal as it travels.
pub fn refusal(refused: &Refused) -> Reply {
    Reply::Problem(Body::json(&refused.problem()))
}
