//! The floors: the same bytes by a bare HTTPS client, the same rows into a bare file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use dayroom::demo::sync_key;
use dayroom::devices::DeviceKey;
use dayroom::replica::{Chains, Site};
use dayroom::runtime::paths::KioskPaths;
use dayroom_client::transport::Identity as _;
use dayroom_protocol::{ChangesPage, Direction, MessageState, RecordBody, route};
use rusqlite::{Connection, params};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// An HTTPS client with the kiosk's own TLS settings and nothing else.
pub struct Https {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    base: String,
}

impl Https {
    /// Sets it up with the identity in a kiosk's state folder.
    pub fn new(kiosk: &Path) -> anyhow::Result<Self> {
        let site = Site::read(kiosk)?;
        let key = sync_key(DeviceKey::open(&KioskPaths::at(kiosk).key())?);
        let chains = Chains::read(kiosk, &key)?;
        let identity = chains.current().context("a chain in use")?;
        let mut roots = rustls::RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(site.root_pem.as_bytes()) {
            roots.add(root?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_cert_resolver(identity.resolver());
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let address = format!("{}:{}", site.central_host, site.central_port).parse()?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .resolve(&site.server_name, address)
            .build()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            client,
            base: format!("https://{}:{}", site.server_name, site.central_port),
        })
    }

    /// Takes the whole feed from its start, page after page, without reading more of it than where
    /// the next one begins.
    pub fn pages(&self) -> anyhow::Result<Vec<Bytes>> {
        let mut pages = Vec::new();
        let mut place = None;
        loop {
            let page = self.page(place.as_ref())?;
            let next = Place::after(&page)?;
            let more = next.more;
            place = Some(next);
            pages.push(page);
            if !more {
                return Ok(pages);
            }
        }
    }

    /// Takes one page.
    pub fn page(&self, place: Option<&Place>) -> anyhow::Result<Bytes> {
        let mut url = format!("{}{}", self.base, route::CHANGES);
        if let Some(place) = place {
            url.push_str(&format!("?epoch={}&after={}", place.epoch, place.cursor));
        }
        self.runtime.block_on(async {
            let response = self.client.get(url).send().await?.error_for_status()?;
            Ok(response.bytes().await?)
        })
    }

    /// Opens the stream of pokes.
    pub fn pokes(&self) -> anyhow::Result<reqwest::Response> {
        let url = format!("{}{}", self.base, route::POKES);
        self.runtime.block_on(async {
            let request = self.client.get(url).header("accept", "text/event-stream");
            Ok(request.send().await?.error_for_status()?)
        })
    }

    /// Waits for the next poke.
    pub fn wait_for_poke(&self, stream: &mut reqwest::Response) -> anyhow::Result<()> {
        self.runtime.block_on(async {
            loop {
                let chunk = stream.chunk().await?.context("central ended the stream")?;
                if chunk.windows(5).any(|part| part == b"event") {
                    return Ok(());
                }
            }
        })
    }
}

/// Where a page ends.
pub struct Place {
    epoch: String,
    cursor: String,
    more: bool,
}

impl Place {
    /// Reads it off a page's two ends.
    pub fn after(page: &Bytes) -> anyhow::Result<Self> {
        let head = page.get(..page.len().min(400)).unwrap_or_default();
        let head = String::from_utf8_lossy(head);
        let tail = page
            .get(page.len().saturating_sub(60)..)
            .unwrap_or_default();
        let field = |name: &str| -> anyhow::Result<String> {
            let start = format!("\"{name}\":\"");
            let (_, rest) = head.split_once(&start).context("a page without its head")?;
            Ok(rest
                .split_once('"')
                .context("a page without its head")?
                .0
                .to_owned())
        };
        Ok(Self {
            epoch: field("epoch")?,
            cursor: field("cursor")?,
            more: tail.windows(11).any(|part| part == b"\"more\":true"),
        })
    }
}

/// A message as the store's table has it.
pub struct Row {
    thread: i64,
    number: i64,
    id: [u8; 16],
    version: i64,
    direction: i64,
    at: i64,
    body: Option<String>,
    read_at: Option<i64>,
}

/// The messages of each page.
pub fn rows(pages: &[Bytes]) -> anyhow::Result<Vec<Vec<Row>>> {
    let mut threads = BTreeMap::new();
    let mut read_page = |page: &Bytes| -> anyhow::Result<Vec<Row>> {
        let page: ChangesPage = serde_json::from_slice(page)?;
        let mut rows = Vec::new();
        for record in page.records {
            let RecordBody::Message(body) = record.parse()? else {
                continue;
            };
            anyhow::ensure!(
                body.state == MessageState::Delivered,
                "a message is on hold"
            );
            let next = i64::try_from(threads.len())? + 1;
            let thread = *threads
                .entry((record.resident, body.connection))
                .or_insert(next);
            rows.push(Row {
                thread,
                number: i64::try_from(body.number)?,
                id: record.id.0.into_bytes(),
                version: i64::try_from(record.version)?,
                direction: i64::from(body.direction == Direction::Outgoing),
                at: body.at.0,
                body: body.text,
                read_at: body.read_at.map(|at| at.0),
            });
        }
        Ok(rows)
    };
    pages.iter().map(&mut read_page).collect()
}

/// How a file is made.
#[derive(Clone, Copy)]
pub struct Make<'a> {
    /// The key as SQLCipher's pragma takes it; without one the file is plain SQLite.
    pub key_digits: Option<&'a str>,
    /// Whether it has the store's two keys beside the row: id, and place in the thread.
    pub keys: bool,
}

/// The store's table of messages, alone in a file with the store's settings.
pub struct Table(Connection);

impl Table {
    /// Makes it.
    pub fn make(path: &Path, how: Make<'_>) -> anyhow::Result<Self> {
        let sql = Connection::open(path)?;
        if let Some(digits) = how.key_digits {
            sql.execute_batch(&format!("PRAGMA key = \"x'{digits}'\""))?;
        }
        sql.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        sql.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA temp_store = MEMORY;
             PRAGMA secure_delete = ON;
             PRAGMA cell_size_check = ON;
             PRAGMA cache_size = -4096;
             PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE messages (
                 row INTEGER PRIMARY KEY,
                 id BLOB NOT NULL,
                 version INTEGER NOT NULL,
                 thread INTEGER NOT NULL,
                 number INTEGER NOT NULL,
                 direction INTEGER NOT NULL,
                 at INTEGER NOT NULL,
                 state INTEGER NOT NULL,
                 state_at INTEGER,
                 reason TEXT,
                 body TEXT,
                 read_at INTEGER,
                 attachments INTEGER NOT NULL
             ) STRICT;",
        )?;
        if how.keys {
            sql.execute_batch(
                "CREATE UNIQUE INDEX by_id ON messages (id);
                 CREATE UNIQUE INDEX by_place ON messages (thread, number);",
            )?;
        }
        Ok(Self(sql))
    }

    /// Keeps one page's rows in one transaction.
    pub fn keep(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        let change = self.0.transaction()?;
        {
            let mut insert = change.prepare_cached(
                "INSERT INTO messages
                 VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, 0, NULL, NULL, ?7, ?8, 0)",
            )?;
            for row in rows {
                insert.execute(params![
                    row.id,
                    row.version,
                    row.thread,
                    row.number,
                    row.direction,
                    row.at,
                    row.body,
                    row.read_at,
                ])?;
            }
        }
        Ok(change.commit()?)
    }
}

/// How long it takes to keep all pages in a new table.
pub fn time_to_keep(path: &Path, how: Make<'_>, pages: &[Vec<Row>]) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let mut table = Table::make(path, how)?;
    for page in pages {
        table.keep(page)?;
    }
    Ok(start.elapsed())
}
