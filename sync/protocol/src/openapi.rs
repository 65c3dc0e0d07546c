//! The OpenAPI 3.1 description of the wire, generated from the types.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::{
    AccountBody, Acknowledgement, AuditBatch, AuditReply, ChangesPage, ConnectionBody, DigestReply,
    DigestReport, DraftBody, DraftKeyAsk, DraftKeyHave, DraftKeyState, DraftKeyWrap, HealthKnown,
    HealthReport, IntentBatch, KeySet, MessageBody, NoticeBody, Order, OrderResults, Poke,
    PolicyBody, Problem, PushReply, ReleaseOffer, ReleaseReport, ResidentBody, Retirement,
    RetirementReply, Settlement, SignIn, SignedKeySet, SignedOrder, VERSION, route,
};

/// The description as a JSON value; a test keeps `openapi.json` beside this crate equal to it.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut schema = |name: &str| match name {
        "changes" => generator.subschema_for::<ChangesPage>(),
        "batch" => generator.subschema_for::<IntentBatch>(),
        "push" => generator.subschema_for::<PushReply>(),
        "poke" => generator.subschema_for::<Poke>(),
        "digest" => generator.subschema_for::<DigestReport>(),
        "digest_reply" => generator.subschema_for::<DigestReply>(),
        "acknowledgement" => generator.subschema_for::<Acknowledgement>(),
        "draft_key" => generator.subschema_for::<DraftKeyState>(),
        "draft_key_ask" => generator.subschema_for::<DraftKeyAsk>(),
        "draft_key_have" => generator.subschema_for::<DraftKeyHave>(),
        "draft_key_wrap" => generator.subschema_for::<DraftKeyWrap>(),
        "health" => generator.subschema_for::<HealthReport>(),
        "health_known" => generator.subschema_for::<HealthKnown>(),
        "audit" => generator.subschema_for::<AuditBatch>(),
        "audit_reply" => generator.subschema_for::<AuditReply>(),
        "retirement" => generator.subschema_for::<Retirement>(),
        "retirement_reply" => generator.subschema_for::<RetirementReply>(),
        "policy" => generator.subschema_for::<PolicyBody>(),
        "resident" => generator.subschema_for::<ResidentBody>(),
        "connection" => generator.subschema_for::<ConnectionBody>(),
        "message" => generator.subschema_for::<MessageBody>(),
        "notice" => generator.subschema_for::<NoticeBody>(),
        "settlement" => generator.subschema_for::<Settlement>(),
        "sign_in" => generator.subschema_for::<SignIn>(),
        "account" => generator.subschema_for::<AccountBody>(),
        "release_offer" => generator.subschema_for::<ReleaseOffer>(),
        "release_report" => generator.subschema_for::<ReleaseReport>(),
        "draft" => generator.subschema_for::<DraftBody>(),
        "operator_keys" => generator.subschema_for::<SignedKeySet>(),
        "key_set" => generator.subschema_for::<KeySet>(),
        "order" => generator.subschema_for::<SignedOrder>(),
        "order_text" => generator.subschema_for::<Order>(),
        "order_results" => generator.subschema_for::<OrderResults>(),
        _ => generator.subschema_for::<Problem>(),
    };
    let problem = json!({
        "description": "A problem the kiosk can act on (RFC 9457)",
        "content": { route::PROBLEM_TYPE: { "schema": schema("problem") } }
    });
    let answer = |description: &str, schema: Value| {
        json!({
            "200": { "description": description, "content": { "application/json": { "schema": schema } } },
            "default": problem.clone(),
        })
    };
    let body = |schema: Value| json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    let text = |name: &str, place: &str, required: bool| json!({ "name": name, "in": place, "required": required, "schema": { "type": "string" } });
    let mut paths = Map::new();
    paths.insert(
        route::CHANGES.to_owned(),
        json!({ "get": {
            "summary": "One page of this kiosk's feed",
            "parameters": [text("epoch", "query", false), text("after", "query", false)],
            "responses": answer("The page after the cursor", json!(schema("changes"))),
        }}),
    );
    paths.insert(
        route::INTENTS.to_owned(),
        json!({ "post": {
            "summary": "Takes in what people did at this kiosk, exactly once",
            "requestBody": body(json!(schema("batch"))),
            "responses": answer("Taken in", json!(schema("push"))),
        }}),
    );
    paths.insert(
        route::POKES.to_owned(),
        json!({ "get": {
            "summary": "Server-sent events: hints that there is something to pull",
            "responses": {
                "200": {
                    "description": "A stream of events named poke",
                    "content": { "text/event-stream": { "schema": json!(schema("poke")) } }
                },
                "default": problem.clone(),
            },
        }}),
    );
    paths.insert(format!("{}/{{hash}}", route::BLOBS), json!({ "get": {
        "summary": "An attachment, whole or from an offset",
        "parameters": [text("hash", "path", true), text("Range", "header", false)],
        "responses": {
            "200": { "description": "The whole blob", "content": { "application/octet-stream": {} } },
            "206": { "description": "The rest of the blob", "content": { "application/octet-stream": {} } },
            "default": problem.clone(),
        },
    }}));
    paths.insert(
        route::DIGEST.to_owned(),
        json!({ "post": {
            "summary": "Compares what the kiosk holds with what it should hold",
            "requestBody": body(json!(schema("digest"))),
            "responses": answer("How they compare", json!(schema("digest_reply"))),
        }}),
    );
    paths.insert(
        route::ACKNOWLEDGEMENTS.to_owned(),
        json!({ "post": {
            "summary": "Says that residents were forgotten durably",
            "requestBody": body(json!(schema("acknowledgement"))),
            "responses": { "204": { "description": "Noted" }, "default": problem.clone() },
        }}),
    );
    paths.insert(
        route::ORDER_RESULTS.to_owned(),
        json!({ "post": {
            "summary": "Says what became of orders, once their effects are durable",
            "requestBody": body(json!(schema("order_results"))),
            "responses": { "204": { "description": "Noted" }, "default": problem.clone() },
        }}),
    );
    paths.insert(
        route::HEALTH.to_owned(),
        json!({ "post": {
            "summary": "Says how this kiosk is: at least every five minutes, and at every change of state",
            "requestBody": body(json!(schema("health"))),
            "responses": { "204": { "description": "Noted" }, "default": problem.clone() },
        }, "get": {
            "summary": "What central knows of this kiosk's health; asking changes nothing",
            "responses": answer("What it knows", json!(schema("health_known"))),
        }}),
    );
    paths.insert(
        route::DRAFT_KEY.to_owned(),
        json!({ "get": {
            "summary": "How the draft key of this kiosk's facility stands",
            "responses": answer("How it stands", json!(schema("draft_key"))),
        }}),
    );
    for (path, summary, said) in [
        (
            route::DRAFT_KEY_ASK,
            "Asks for the draft key, wrapped",
            "draft_key_ask",
        ),
        (
            route::DRAFT_KEY_MADE,
            "Says that the draft key was made here",
            "draft_key_have",
        ),
        (
            route::DRAFT_KEY_WRAP,
            "Hands the draft key, wrapped, to a kiosk that waits",
            "draft_key_wrap",
        ),
        (
            route::DRAFT_KEY_HELD,
            "Says that the draft key was unwrapped here",
            "draft_key_have",
        ),
    ] {
        paths.insert(
            path.to_owned(),
            json!({ "post": {
                "summary": summary,
                "requestBody": body(json!(schema(said))),
                "responses": answer("How it stands now", json!(schema("draft_key"))),
            }}),
        );
    }
    paths.insert(
        route::AUDIT.to_owned(),
        json!({ "post": {
            "summary": "Takes in this kiosk's audit, each entry once",
            "requestBody": body(json!(schema("audit"))),
            "responses": answer("How far central has the chain", json!(schema("audit_reply"))),
        }}),
    );
    paths.insert(
        route::RELEASE_OFFER.to_owned(),
        json!({ "get": {
            "summary": "Which release this kiosk should run",
            "responses": answer("The release, if its turn has come", json!(schema("release_offer"))),
        }}),
    );
    paths.insert(
        route::RELEASE_REPORT.to_owned(),
        json!({ "post": {
            "summary": "Says what this kiosk runs, and how far it is with a release",
            "requestBody": body(json!(schema("release_report"))),
            "responses": { "204": { "description": "Noted" }, "default": problem.clone() },
        }}),
    );
    for (path, summary) in [
        (
            route::RELEASE_METADATA,
            "A metadata file of The Update Framework",
        ),
        (
            route::RELEASE_TARGETS,
            "A signed bundle, whole or from an offset",
        ),
    ] {
        paths.insert(format!("{path}/{{name}}"), json!({ "get": {
            "summary": summary,
            "parameters": [text("name", "path", true), text("Range", "header", false)],
            "responses": {
                "200": { "description": "The whole file", "content": { "application/octet-stream": {} } },
                "206": { "description": "The rest of the file", "content": { "application/octet-stream": {} } },
                "default": problem.clone(),
            },
        }}));
    }
    paths.insert(
        route::RETIREMENT.to_owned(),
        json!({ "post": {
            "summary": "Says that this kiosk goes out of service, or has erased itself",
            "requestBody": body(json!(schema("retirement"))),
            "responses": answer("Noted, or what central still misses", json!(schema("retirement_reply"))),
        }}),
    );
    paths.insert(route::OPENAPI.to_owned(), json!({ "get": {
        "summary": "This description",
        "responses": { "200": { "description": "OpenAPI 3.1", "content": { "application/json": {} } } },
    }}));
    for kind in [
        "policy",
        "resident",
        "connection",
        "message",
        "notice",
        "settlement",
        "sign_in",
        "account",
        "draft",
        "operator_keys",
        "key_set",
        "order",
        "order_text",
    ] {
        schema(kind);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Dayroom sync",
            "version": VERSION.to_string(),
            "description": "Between a kiosk and central, over HTTP/2 and TLS 1.3 with a client certificate.",
            "license": { "name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later" },
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "kiosk": { "type": "mutualTLS" } },
        },
        "security": [{ "kiosk": [] }],
    })
}
