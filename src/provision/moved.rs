//! Central has hung this kiosk into another unit. Its feed follows by itself; what is written in
//! `site.json` follows when somebody asks.

use std::path::Path;

use dayroom_client::est::{EstClient, EstPlace};
use dayroom_client::transport::{Deadlines, Identity};
use dayroom_protocol::UtcMillis;
use serde_json::{Value, json};

use super::flow::problem;
use super::source::fingerprint;
use crate::domain::provisioning::{Facts, Problem};
use crate::store::files::{Readers, write_atomic};

/// Asks central where this kiosk belongs now, and writes it down.
///
/// # Errors
/// What the technician does next.
pub async fn moved(
    state: &Path,
    identity: &dyn Identity,
    now: UtcMillis,
    deadlines: Deadlines,
) -> Result<Facts, Problem> {
    let path = state.join("site.json");
    let text = std::fs::read(&path).map_err(|_| Problem::NoKiosk)?;
    let mut known: Value = serde_json::from_slice(&text).map_err(|_| Problem::NoKiosk)?;
    let part = |name: &str| known.get(name).and_then(Value::as_str).map(str::to_owned);
    let port = known.get("central_port").and_then(Value::as_u64);
    let place = EstPlace {
        host: part("central_host").ok_or(Problem::NoKiosk)?,
        port: port
            .and_then(|port| u16::try_from(port).ok())
            .ok_or(Problem::NoKiosk)?,
        est_name: part("est_name").ok_or(Problem::NoKiosk)?,
    };
    let root_pem = part("root_pem").ok_or(Problem::NoKiosk)?;
    let client = EstClient::new(&place.trusting(&root_pem), Some(identity), now, deadlines);
    let client = client.map_err(|error| problem(&error))?;
    let site = client.site().await.map_err(|error| problem(&error))?;
    if known.get("kiosk") != Some(&json!(site.kiosk)) {
        return Err(Problem::OtherKiosk);
    }
    for (name, value) in [
        ("server_name", json!(site.server_name)),
        ("est_name", json!(site.est_name)),
        ("facility", json!(site.facility)),
        ("facility_name", json!(site.facility_name)),
        ("unit", json!(site.unit)),
        ("unit_name", json!(site.unit_name)),
        ("label", json!(site.label)),
    ] {
        if let Some(place) = known.as_object_mut() {
            place.insert(name.to_owned(), value);
        }
    }
    let text = serde_json::to_vec_pretty(&known).map_err(|_| Problem::Disk)?;
    write_atomic(&path, &text, Readers::Kiosk).map_err(|_| Problem::Disk)?;
    Ok(Facts {
        facility: site.facility_name,
        unit: site.unit_name,
        label: site.label,
        central: format!("{}:{}", place.host, place.port),
        root: fingerprint(&root_pem).unwrap_or_default(),
        signers: Vec::new(),
        key_set: None,
    })
}
