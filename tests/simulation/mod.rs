//! One world of one seed: a central, its operators, kiosks, residents, and what goes wrong.
//!
//! | file | is |
//! |---|---|
//! | `setting` | what a seed decides beforehand, and the faults planted to be caught |
//! | `world` | virtual time, the queue of what happens next, the run from birth to verdict |
//! | `kiosk` | a kiosk's disk, clocks and two processes |
//! | `screen`, `writing` | what residents do at the glass |
//! | `network` | what becomes of a request on its way there and back |
//! | `wire` | bodies as bytes, and central's answers |
//! | `operators` | what is done at central, its crashes and its backup |
//! | `chaos` | what happens next, by chance |
//! | `ledger` | what was promised to whom |
//! | `killed` | a story of its own, which a seed told first |
//! | `watch` | what must hold at every moment |
//! | `oracle`, `holdings`, `deeds`, `words` | what must hold in the end: no alarm and nothing left to send; what kiosks hold; what central did; words and money |

mod chaos;
mod deeds;
mod holdings;
pub mod killed;
mod kiosk;
mod ledger;
mod network;
mod operators;
mod oracle;
mod screen;
mod setting;
mod watch;
mod wire;
mod words;
mod world;
mod writing;

pub use setting::{Plant, Setting};
pub use world::{Report, World};
