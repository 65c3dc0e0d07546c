use uuid::Uuid;

use crate::{ChainId, Point};

/// How far a kiosk says its chain goes: what it signs with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which kiosk.
    pub kiosk: Uuid,
    /// Which of its chains.
    pub chain: ChainId,
    /// How far.
    pub point: Point,
    /// When it was signed, milliseconds since 1970 in UTC by the kiosk's clock.
    pub at_ms: i64,
}

impl Head {
    /// What is signed: a purpose that nothing else is signed for, then the fields, each of one length
    /// or with its length before it.
    pub fn message(&self) -> Vec<u8> {
        let process = self.chain.process.name().as_bytes();
        let mut message = b"dayroom audit head 1\0".to_vec();
        message.extend_from_slice(self.kiosk.as_bytes());
        message.extend_from_slice(&(process.len() as u64).to_be_bytes());
        message.extend_from_slice(process);
        message.extend_from_slice(self.chain.life.as_bytes());
        message.extend_from_slice(&self.point.number.to_be_bytes());
        message.extend_from_slice(&self.point.hash.0);
        message.extend_from_slice(&self.at_ms.to_be_bytes());
        message
    }
}
