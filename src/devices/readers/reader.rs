//! The threads that read the readers. What is read means is the grammars' to say.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serialport::SerialPort;

use super::config::{Parity, ReaderConfig, SerialConfig, WedgeConfig};
use super::field::Field;
use super::serial_frames::SerialFrames;
use super::wedge_keys::WedgeKeys;
use crate::devices::input::{
    Caps, Folders, Handler, Hold, LOOK_AGAIN, SourceError, boot_micros, watch,
};
use crate::devices::touch::Raw;
use crate::domain::attached::Presence;
use crate::domain::badge::BadgeEvent;

/// How long a read waits.
const PATIENCE: Duration = Duration::from_millis(100);

/// What a reader brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromReader {
    /// It read this.
    Badge(BadgeEvent),
    /// It is there, or not.
    Presence(Presence),
}

/// The thread of a reader. It ends when this is dropped.
#[derive(Debug)]
pub struct BadgeReader(Arc<AtomicBool>);

impl BadgeReader {
    /// Looks for the reader and reads it, for as long as this lives.
    pub fn start(
        folders: Folders,
        config: ReaderConfig,
        hear: impl FnMut(FromReader) + Send + 'static,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut teller = Teller {
            stopped: Arc::clone(&stop),
            told: None,
            hear,
        };
        std::thread::spawn(move || match config {
            ReaderConfig::Serial(config) => read_serial(&config, &mut teller),
            ReaderConfig::Wedge(config) => {
                let WedgeConfig { device, grammar } = config;
                let mut typing = Typing {
                    teller,
                    keys: WedgeKeys::new(grammar),
                };
                watch(&folders, &device, Caps::check_reader, &mut typing);
            }
        });
        Self(stop)
    }
}

impl Drop for BadgeReader {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Teller<Hear> {
    stopped: Arc<AtomicBool>,
    told: Option<Presence>,
    hear: Hear,
}

impl<Hear: FnMut(FromReader)> Teller<Hear> {
    fn goes_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    fn badge(&mut self, event: Option<BadgeEvent>) {
        if let Some(event) = event {
            (self.hear)(FromReader::Badge(event));
        }
    }

    fn presence(&mut self, presence: Presence) {
        if self.told == Some(presence) {
            return;
        }
        self.told = Some(presence);
        tracing::info!(?presence, "reader.presence");
        (self.hear)(FromReader::Presence(presence));
    }
}

/// Opens the line again and again, and reads it while it is there.
fn read_serial<Hear: FnMut(FromReader)>(config: &SerialConfig, teller: &mut Teller<Hear>) {
    while teller.goes_on() {
        match open(config) {
            Ok(mut port) => {
                teller.presence(Presence::There);
                serve_serial(port.as_mut(), config, teller);
                teller.presence(Presence::Absent);
            }
            Err(error) => teller.presence(match error.kind {
                serialport::ErrorKind::Io(ErrorKind::PermissionDenied)
                | serialport::ErrorKind::InvalidInput => Presence::Unusable,
                serialport::ErrorKind::NoDevice
                | serialport::ErrorKind::Unknown
                | serialport::ErrorKind::Io(_) => Presence::Absent,
            }),
        }
        if teller.goes_on() {
            std::thread::park_timeout(LOOK_AGAIN);
        }
    }
}

fn open(config: &SerialConfig) -> serialport::Result<Box<dyn SerialPort>> {
    serialport::new(config.path.to_string_lossy(), config.baud)
        .parity(match config.parity {
            Parity::None => serialport::Parity::None,
            Parity::Odd => serialport::Parity::Odd,
            Parity::Even => serialport::Parity::Even,
        })
        .timeout(PATIENCE)
        .open()
}

fn serve_serial<Hear: FnMut(FromReader)>(
    port: &mut dyn SerialPort,
    config: &SerialConfig,
    teller: &mut Teller<Hear>,
) {
    let mut frames = SerialFrames::new(config.grammar.clone());
    let mut field = Field::new(config.repeats_ms);
    let mut buffer = [0_u8; 256];
    while teller.goes_on() {
        let read = match port.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => 0,
            Err(_) => break,
        };
        let at = boot_micros();
        for byte in buffer.iter().take(read) {
            match frames.take(*byte, at) {
                Some(Ok(event)) => teller.badge(field.take(event, at)),
                Some(Err(error)) => tracing::info!(%error, "reader.not_a_badge"),
                None => {}
            }
        }
        buffer.fill(0);
        teller.badge(field.tick(at));
    }
    teller.badge(field.lose());
}

struct Typing<Hear> {
    teller: Teller<Hear>,
    keys: WedgeKeys,
}

impl<Hear: FnMut(FromReader)> Handler for Typing<Hear> {
    fn goes_on(&self) -> bool {
        self.teller.goes_on()
    }

    fn opened(&mut self, _: &Hold) -> bool {
        self.keys.begin_anew();
        self.teller.presence(Presence::There);
        true
    }

    fn event(&mut self, _: &Hold, raw: Raw) {
        match self.keys.take(raw) {
            Some(Ok(event)) => self.teller.badge(Some(event)),
            Some(Err(error)) => tracing::info!(%error, "reader.not_a_badge"),
            None => {}
        }
    }

    fn tick(&mut self, _: u64) {}

    fn gone(&mut self, why: Option<&SourceError>) {
        self.keys.begin_anew();
        self.teller
            .presence(why.map_or(Presence::Absent, SourceError::presence));
    }
}
