//! Keeping records other than messages.

use std::time::Duration;

use rusqlite::{Connection, Params, params};

use super::FILE;
use super::apply::{Header, Put};
use super::more::PolicyMore;
use crate::domain::{
    Connection as Contacted, IntentId, IntentNumber, LastSignIn, LocalText, Notice, Outcome,
    Policy, RecordId, Resident, ResidentId,
};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{checked_at, connection_columns};

pub(super) fn put_policy(
    sql: &Connection,
    id: RecordId,
    header: &Header,
    policy: &Policy,
) -> Result<Put, StoreError> {
    let (Ok(languages), Some(consent)) = (
        serde_json::to_string(&policy.languages),
        text_json(&policy.consent),
    ) else {
        return Ok(Put::Unkeepable("text"));
    };
    upsert(
        sql,
        "INSERT INTO policy
             (one, id, version, facility, unit, time_zone, languages, consent_version, consent,
              idle_warning, idle_lock, lease, more)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (one) DO UPDATE
         SET id = excluded.id, version = excluded.version, facility = excluded.facility,
             unit = excluded.unit, time_zone = excluded.time_zone,
             languages = excluded.languages, consent_version = excluded.consent_version,
             consent = excluded.consent, idle_warning = excluded.idle_warning,
             idle_lock = excluded.idle_lock, lease = excluded.lease, more = excluded.more
         WHERE excluded.version > version",
        params![
            id,
            header.version,
            policy.facility,
            policy.unit,
            policy.time_zone,
            languages,
            policy.consent_version,
            consent,
            millis(policy.idle_warning),
            millis(policy.idle_lock),
            millis(policy.lease),
            PolicyMore::of(policy),
        ],
    )
}

pub(super) fn put_notice(
    sql: &Connection,
    header: &Header,
    notice: &Notice,
) -> Result<Put, StoreError> {
    let (Some(title), Some(body)) = (text_json(&notice.title), text_json(&notice.text)) else {
        return Ok(Put::Unkeepable("text"));
    };
    upsert(
        sql,
        "INSERT INTO notices
             (id, version, title, body, shown_from, shown_until, kind, edition,
              must_acknowledge, place)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE
         SET version = excluded.version, title = excluded.title, body = excluded.body,
             shown_from = excluded.shown_from, shown_until = excluded.shown_until,
             kind = excluded.kind, edition = excluded.edition,
             must_acknowledge = excluded.must_acknowledge, place = excluded.place
         WHERE excluded.version > version",
        params![
            notice.id,
            header.version,
            title,
            body,
            notice.from,
            notice.until,
            notice.kind,
            notice.version,
            notice.must_acknowledge,
            notice.order,
        ],
    )
}

pub(super) fn put_resident(
    sql: &Connection,
    header: &Header,
    resident: &Resident,
) -> Result<Put, StoreError> {
    upsert(
        sql,
        "INSERT INTO residents (id, version, number, name, pin_verifier, access, badge)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE
         SET version = excluded.version, number = excluded.number, name = excluded.name,
             pin_verifier = excluded.pin_verifier, access = excluded.access,
             badge = excluded.badge
         WHERE excluded.version > version",
        params![
            resident.id,
            header.version,
            resident.number.as_str(),
            resident.name,
            resident.pin_verifier,
            resident.access,
            resident.badge.as_deref().unwrap_or_default(),
        ],
    )
}

pub(super) fn put_sign_in(
    sql: &Connection,
    resident: ResidentId,
    header: &Header,
    last: &LastSignIn,
) -> Result<Put, StoreError> {
    upsert(
        sql,
        "INSERT INTO sign_ins (resident, version, at, kiosk, failed_since)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (resident) DO UPDATE
         SET version = excluded.version, at = excluded.at, kiosk = excluded.kiosk,
             failed_since = excluded.failed_since
         WHERE excluded.version > version",
        params![
            resident,
            header.version,
            last.at,
            last.kiosk,
            last.failed_since
        ],
    )
}

pub(super) fn put_connection(
    sql: &Connection,
    header: &Header,
    connection: &Contacted,
) -> Result<Put, StoreError> {
    let state = connection_columns(&connection.state);
    upsert(
        sql,
        "INSERT INTO connections
             (id, version, resident, name, relationship, place, lane, note, checked_at, approval,
              asked_at, state, state_at, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (id) DO UPDATE
         SET version = excluded.version, resident = excluded.resident, name = excluded.name,
             relationship = excluded.relationship, place = excluded.place, lane = excluded.lane,
             note = excluded.note, checked_at = excluded.checked_at,
             approval = excluded.approval, asked_at = excluded.asked_at, state = excluded.state,
             state_at = excluded.state_at, reason = excluded.reason
         WHERE excluded.version > version",
        params![
            connection.id,
            header.version,
            connection.resident,
            connection.contact.name,
            connection.contact.relationship,
            connection.contact.place,
            connection.contact.lane,
            connection.note,
            checked_at(connection.identity),
            connection.approval,
            connection.asked_at,
            state.state,
            state.at,
            state.reason,
        ],
    )
}

pub(super) fn put_settlement(
    sql: &Connection,
    intent: IntentId,
    number: IntentNumber,
    header: &Header,
    outcome: Outcome,
) -> Result<Put, StoreError> {
    let Ok(number) = i64::try_from(number.0) else {
        return Ok(Put::Unkeepable("number"));
    };
    upsert(
        sql,
        "INSERT INTO settlements (intent, version, number, outcome, taken_at)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (intent) DO UPDATE
         SET version = excluded.version, number = excluded.number, outcome = excluded.outcome,
             taken_at = excluded.taken_at
         WHERE excluded.version > version",
        params![intent, header.version, number, outcome, header.taken_at],
    )
}

pub(super) fn upsert(
    sql: &Connection,
    statement: &'static str,
    values: impl Params,
) -> Result<Put, StoreError> {
    let rows = sql
        .prepare_cached(statement)
        .of(FILE)?
        .execute(values)
        .of(FILE)?;
    Ok(if rows == 1 { Put::Kept } else { Put::Old })
}

fn text_json(text: &LocalText) -> Option<String> {
    serde_json::to_string(text).ok()
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
