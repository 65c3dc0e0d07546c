//! An operator's desk: the real command line, the real server, and a kiosk that speaks the wire.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "each test file uses its part, and a test fails by panicking"
)]

use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use base64::Engine;
use dayroom_protocol::{
    AccountBody, Answer, ChangesPage, ConnectionId, ConnectionState, DraftBody, Intent,
    IntentBatch, IntentBody, IntentId, JournalId, MessageBody, MessageId, OrderResults, Outcome,
    RecordBody, ResidentId, route,
};
use tempfile::TempDir;

use crate::edge::{client, now, with_pem};

/// An operator's desk: a folder with central's state in `state`.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    /// A facility with the unit North, which has a kiosk, and the unit South.
    pub fn set_up() -> Self {
        let desk = Self {
            folder: TempDir::new().unwrap(),
        };
        desk.done(&["init"]);
        desk.done(&["facility", "create", "Cedar County"]);
        desk.done(&["unit", "create", "North"]);
        desk.done(&["unit", "create", "South"]);
        desk.done(&[
            "kiosk",
            "create",
            "North wall",
            "--unit",
            "North",
            "--out",
            "kiosk",
        ]);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dayroom-central"));
        command
            .current_dir(self.folder.path())
            .env_remove("STATE_DIRECTORY")
            .args(["--state", "state"])
            .args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs what must succeed and gives its standard output.
    pub fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", err(&output));
        out(&output)
    }

    /// Luis Ortiz, 1001, in the unit North.
    pub fn houses_luis(&self) {
        let roster = "number,name,unit\n1001,Luis Ortiz,North\n";
        std::fs::write(self.path("roster.csv"), roster).unwrap();
        self.done(&["roster", "import", "roster.csv"]);
    }

    /// An active connection with somebody, in a lane.
    pub fn active(
        &self,
        kiosk: &Kiosk,
        luis: ResidentId,
        lane: &str,
        email: Option<&str>,
    ) -> ConnectionId {
        let mut args = vec![
            "request",
            "add",
            "--resident",
            "1001",
            "--name",
            "Ana Ortiz",
            "--relationship",
            "sister",
            "--lane",
            lane,
            "--resident-alone",
        ];
        if let Some(email) = email {
            args.extend(["--email", email]);
        }
        let said = self.done(&args);
        let id = said.split_whitespace().last().unwrap();
        let connection: ConnectionId = id.trim_end_matches('.').parse().unwrap();
        let answer = Answer::Accept;
        let done = kiosk.acts(luis, IntentBody::AnswerConnection { connection, answer });
        assert_eq!(done, Outcome::Applied);
        connection
    }

    /// Changes the rules for messages of the unit North, as JSON.
    pub fn message_rules(&self, change: &[(&str, serde_json::Value)]) {
        let mut policy: serde_json::Value =
            serde_json::from_str(&self.done(&["policy", "show", "North"])).unwrap();
        for (name, value) in change {
            policy["messages"][*name] = value.clone();
        }
        std::fs::write(self.path("rules.json"), policy.to_string()).unwrap();
        self.done(&["policy", "set", "North", "--file", "rules.json"]);
    }

    /// Two reviewers and the rule M-7.
    pub fn has_reviewers(&self) {
        self.done(&["reviewer", "add", "Ann Lee"]);
        self.done(&["reviewer", "add", "Bo Marsh"]);
        let english = "en=Another person's address is in it.";
        let spanish = "es=Contiene la dirección de otra persona.";
        self.done(&["rule", "add", "M-7", "--text", english, spanish]);
    }

    pub fn ask(&self, resident: &str, email: &str) -> ConnectionId {
        let said = self.done(&[
            "request",
            "add",
            "--resident",
            resident,
            "--name",
            "Ana Ortiz",
            "--relationship",
            "sister",
            "--email",
            email,
            "--note",
            "It is me.",
        ]);
        let id = said
            .split_whitespace()
            .last()
            .unwrap()
            .trim_end_matches('.');
        id.parse().unwrap()
    }
}

/// `dayroom-central serve` and the kiosk of the desk's bundle.
pub struct Server {
    process: Child,
    pub port: u16,
    pub kiosk: Kiosk,
}

impl Server {
    pub fn start(desk: &Desk) -> Self {
        let mut process = desk
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line
            .trim()
            .trim_end_matches('.')
            .rsplit(':')
            .next()
            .unwrap();
        let port = port.parse().unwrap();
        let kiosk = Kiosk::of_bundle(&desk.path("kiosk"), port);
        Self {
            process,
            port,
            kiosk,
        }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.kiosk.port
    }

    /// As the service manager does it; then it must end by itself.
    pub fn stop(mut self) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only when a test has failed is it still there.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

pub struct Kiosk {
    pub client: reqwest::Client,
    port: u16,
    journal: JournalId,
    next: Cell<u64>,
    runtime: tokio::runtime::Runtime,
}

impl Kiosk {
    pub fn of_bundle(folder: &Path, port: u16) -> Self {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let site: dayroom_central::ca::Site = serde_json::from_str(&read("site.json")).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        let root = rustls::pki_types::pem::PemObject::from_pem_slice(site.root_pem.as_bytes());
        roots.add(root.unwrap()).unwrap();
        let config = with_pem(
            roots,
            &read("identity/cert.pem"),
            &read("identity/key.pem"),
            &rustls::version::TLS13,
        );
        Self {
            client: client(config),
            port,
            journal: JournalId(uuid::Uuid::from_u128(0x77)),
            next: Cell::new(1),
            runtime: tokio::runtime::Runtime::new().unwrap(),
        }
    }

    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    pub fn changes(&self) -> ChangesPage {
        self.wait(async {
            let answer = self
                .client
                .get(self.url(route::CHANGES))
                .send()
                .await
                .unwrap();
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
        })
    }

    pub fn resident(&self) -> ResidentId {
        let page = self.changes();
        page.records
            .iter()
            .find_map(|record| record.resident)
            .unwrap()
    }

    pub fn messages(&self) -> Vec<MessageId> {
        let page = self.changes();
        let messages = page
            .records
            .iter()
            .filter(|record| matches!(record.parse().unwrap(), RecordBody::Message(_)));
        messages.map(|record| MessageId(record.id.0)).collect()
    }

    /// What a resident does now, and what comes of it.
    pub fn acts(&self, resident: ResidentId, body: IntentBody) -> Outcome {
        let number = self.next.get();
        self.next.set(number + 1);
        self.push(vec![(number, resident, body)]);
        let settled = self.bodies().into_iter().find_map(|(_, body)| match body {
            RecordBody::Settlement(settlement) if settlement.number == number => {
                Some(settlement.outcome)
            }
            _ => None,
        });
        settled.unwrap()
    }

    pub fn send(
        &self,
        resident: ResidentId,
        connection: ConnectionId,
        id: u128,
        text: &str,
    ) -> (MessageId, Outcome) {
        let message = MessageId(uuid::Uuid::from_u128(id));
        let body = IntentBody::SendMessage {
            message,
            connection,
            text: text.to_owned(),
        };
        (message, self.acts(resident, body))
    }

    /// Everything the kiosk holds, with its ids.
    pub fn bodies(&self) -> Vec<(uuid::Uuid, RecordBody)> {
        let page = self.changes();
        assert!(!page.more, "a story fits one page");
        let read = |record: &dayroom_protocol::RawRecord| record.parse().unwrap();
        page.records.iter().map(|r| (r.id.0, read(r))).collect()
    }

    pub fn message(&self, id: MessageId) -> MessageBody {
        let mut all = self.bodies().into_iter();
        all.find_map(|(found, body)| match body {
            RecordBody::Message(body) if found == id.0 => Some(*body),
            _ => None,
        })
        .unwrap()
    }

    pub fn account(&self, resident: ResidentId) -> AccountBody {
        let mut all = self.bodies().into_iter();
        all.find_map(|(found, body)| match body {
            RecordBody::Account(body) if found == resident.0 => Some(*body),
            _ => None,
        })
        .unwrap()
    }

    pub fn draft(&self, id: uuid::Uuid) -> Option<DraftBody> {
        let mut all = self.bodies().into_iter();
        all.find_map(|(found, body)| match body {
            RecordBody::Draft(body) if found == id => Some(*body),
            _ => None,
        })
    }

    pub fn standing(&self, id: ConnectionId) -> ConnectionState {
        let mut all = self.bodies().into_iter();
        all.find_map(|(found, body)| match body {
            RecordBody::Connection(body) if found == id.0 => Some(body.state),
            _ => None,
        })
        .unwrap()
    }

    pub fn push(&self, intents: Vec<(u64, ResidentId, IntentBody)>) {
        let intents = intents.into_iter().map(|(number, resident, body)| Intent {
            id: IntentId(uuid::Uuid::from_u128(u128::from(number) + 0x9900)),
            number,
            resident,
            made_at: now(),
            body,
        });
        let body = serde_json::to_vec(&IntentBatch {
            journal: self.journal,
            first_held: 1,
            intents: intents.collect(),
        })
        .unwrap();
        self.post(route::INTENTS, body);
    }

    /// Says what became of orders.
    pub fn results(&self, results: &OrderResults) {
        self.post(route::ORDER_RESULTS, serde_json::to_vec(results).unwrap());
    }

    /// Asks for the page after this one: so a kiosk says that it holds it.
    pub fn changes_after(&self, page: &ChangesPage) -> ChangesPage {
        self.wait(async {
            let query = [("epoch", &page.epoch.0), ("after", &page.cursor.0)];
            let mut url = reqwest::Url::parse(&self.url(route::CHANGES)).unwrap();
            url.query_pairs_mut().extend_pairs(query);
            let answer = self.client.get(url).send().await.unwrap();
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
        })
    }

    fn post(&self, path: &str, body: Vec<u8>) {
        let hash = ring::digest::digest(&ring::digest::SHA256, &body);
        let digest = base64::engine::general_purpose::STANDARD.encode(hash);
        self.wait(async {
            let answer = self
                .client
                .post(self.url(path))
                .header("content-type", "application/json")
                .header(route::CONTENT_DIGEST, format!("sha-256=:{digest}:"))
                .body(body)
                .send()
                .await
                .unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status.is_success(), "{status}: {text}");
        });
    }
}

pub fn fixture(name: &str) -> String {
    format!("{}/tests/mail/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
