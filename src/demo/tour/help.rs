//! Help on the wall leaves no trace: neither at central nor in the kiosk's journal.

use anyhow::ensure;

use super::leg::Leg;

impl Leg<'_> {
    /// Reads every kind of help, signed in as nobody.
    pub(super) fn help_without_a_trace(&mut self) -> anyhow::Result<()> {
        self.see("Sign in")?;
        self.see("Help without signing in")?;
        let before = self.traces()?;
        for (button, name) in [
            ("Hotlines", "hotlines"),
            ("Safety and reporting", "safety"),
            ("Your rights", "rights"),
            ("How to use this", "how"),
        ] {
            self.tap(button)?;
            self.see("Close")?;
            self.picture(name)?;
            self.tap("Close")?;
            self.see("Sign in")?;
        }
        ensure!(self.traces()? == before, "somebody's reading left a trace");
        Ok(())
    }

    /// What central has of this kiosk's doings, and the bytes of the journal.
    fn traces(&self) -> anyhow::Result<(Vec<u8>, Vec<Vec<u8>>)> {
        let activity = serde_json::to_vec(&self.facility.activity()?)?;
        let mut journal = Vec::new();
        for entry in std::fs::read_dir(self.facility.kiosk_folder().join("store"))? {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy());
            if name.is_some_and(|name| name.starts_with("journal") && !name.ends_with("-shm")) {
                journal.push(std::fs::read(path)?);
            }
        }
        ensure!(!journal.is_empty(), "the journal is not where it was");
        Ok((activity, journal))
    }
}
