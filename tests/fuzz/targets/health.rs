//! What a kiosk says of its health, and central shows on operators' terminals.

use dayroom_protocol::HealthReport;

/// A report as a kiosk posts it.
pub fn health_report(data: &[u8]) {
    let Ok(report) = serde_json::from_slice::<HealthReport>(data) else {
        return;
    };
    // Nothing in it is a command to a terminal.
    let versions = &report.versions;
    let texts = [&versions.program, &versions.sqlite, &versions.sqlcipher];
    let names = report.devices.unknown.iter().map(|device| &device.name);
    for text in texts.into_iter().chain(names) {
        let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        assert!(text.as_str().bytes().all(printable));
        assert!(text.as_str().len() <= dayroom_protocol::limits::HEALTH_TEXT);
    }
    let _worst = (report.worst(), report.check());
    let json = serde_json::to_vec(&report);
    let again = json.map(|json| serde_json::from_slice::<HealthReport>(&json));
    assert!(matches!(again, Ok(Ok(again)) if again == report));
}
