//! Every kind of event there is, once: what raises it, what is said in it, what it means and what to do.
//!
//! A new kind is one entry below, under the heading of its area; nothing else makes an [`Event`].
//! `DAYROOM_ACCEPT=1 cargo test -p dayroom-audit` then writes `AUDIT.md` anew. Names are dotted by
//! entity, units stand in the names of fields. Fields are numbers, ids, hashes and words of a short
//! alphabet ([`Word`]): never a name, a PIN, a number somebody signs in with, or words of a person. The
//! id of a resident only where the law asks who it was.

use uuid::Uuid;

use crate::event::AsField;
use crate::{Event, Field, Hash, Kind, Level, Process, Word};

macro_rules! events {
    ($(
        $(#[doc = $means:literal])+
        $level:ident $name:literal by $($process:ident)+:
        $make:ident($($(#[doc = $field_means:literal])+ $field:ident: $type:ty),* $(,)?)
        do $act:literal;
    )*) => {
        $(
            $(#[doc = $means])+
            pub fn $make($($field: $type),*) -> Event {
                Event::of($name)$(.with(stringify!($field), $field))*
            }
        )*

        /// Every kind, in the order of the file.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: $name,
            by: &[$(Process::$process),+],
            level: Level::$level,
            fields: &[$(Field {
                name: stringify!($field),
                kind: <$type as AsField>::KIND,
                means: concat!($($field_means),+),
            }),*],
            means: concat!($($means),+),
            act: $act,
        }),*];
    };
}

events! {
    // The audit itself.

    /// A chain of entries began. A kiosk that begins a second one has lost the first.
    Review "audit.began" by Screen Sync Machine Central: audit_began(
        /// `new`; `upgrade`: there were entries without a chain before; `broken`: the file before did not hold and was set aside
        because: Word,
        /// Entries before it that are in no chain
        earlier: u64,
    ) do "Compare with when the kiosk was provisioned or its store replaced; otherwise find out who did.";

    /// The last line of an audit file was cut in half, as by a power cut, and was dropped.
    Review "audit.torn" by Sync Machine: audit_torn(
        /// Bytes that were dropped
        bytes: u64,
    ) do "Expect a power cut at that time; without one, look who touched the file.";

    /// Entries that central has had for the time they are kept here were dropped.
    Routine "audit.pruned" by Screen Sync Machine: audit_pruned(
        /// The last entry that was dropped
        through: u64,
    ) do "Nothing.";

    /// Central knows less of a chain than it had said before.
    Alarm "audit.central_behind" by Sync: audit_central_behind(
        /// Which process's chain
        process: Word,
        /// How far central had been
        had: u64,
        /// How far it is
        has: u64,
    ) do "Find out whether central was restored from a backup; `dayroom-central audit verify`.";

    /// Central refused entries, because they do not follow those it has.
    Alarm "audit.refused" by Sync: audit_refused(
        /// Which process's chain
        process: Word,
        /// How far central has it
        has: u64,
    ) do "`dayroom-central audit verify --kiosk`; keep the kiosk's disk as it is.";

    /// A kiosk offered entries that do not follow those central has.
    Alarm "audit.broken" by Central: audit_broken(
        /// Which kiosk
        kiosk: Uuid,
        /// Which process's chain
        process: Word,
        /// The first entry that does not fit
        number: u64,
        /// `out_of_place`, `altered`, `dated_back`, `cut_off`, `rewritten` or `signature`
        fault: Word,
    ) do "Take the kiosk out of service and keep its disk: somebody has changed its past.";

    /// A kiosk's process began another chain, although central has one of it.
    Alarm "audit.other_life" by Central: audit_other_life(
        /// Which kiosk
        kiosk: Uuid,
        /// Which process's chain
        process: Word,
        /// How far the one before goes
        before: u64,
    ) do "Compare with when the kiosk was provisioned anew; otherwise keep its disk and find out who did.";

    /// A kiosk says that a process on it cannot write its audit.
    Alarm "audit.unwritable" by Central: audit_unwritable(
        /// Which kiosk
        kiosk: Uuid,
        /// Which process
        process: Word,
        /// Since when, milliseconds since 1970 by the kiosk's clock
        since_ms: i64,
    ) do "Look at the kiosk's disk: `dayroom doctor`.";

    /// Somebody read the audit.
    Review "audit.read" by Central: audit_read(
        /// The operating system's number of their account
        uid: u64,
        /// Entries shown
        entries: u64,
    ) do "Compare with who had to.";

    /// Somebody verified the audit.
    Review "audit.verified" by Central: audit_verified(
        /// The operating system's number of their account
        uid: u64,
        /// Chains looked at
        chains: u64,
        /// Chains that do not hold
        broken: u64,
    ) do "When some are broken: keep the disks, and find out who had access.";

    // Sessions at the wall.

    /// A PIN was right and a session began.
    Routine "session.start" by Screen: session_start() do "Nothing.";

    /// A session's screen was covered.
    Routine "session.cover" by Screen: session_cover(
        /// `hidden` by tap, `idle` by itself
        cause: Word,
    ) do "Nothing.";

    /// The same person came back to a covered screen.
    Routine "session.return" by Screen: session_return() do "Nothing.";

    /// A session ended.
    Routine "session.end" by Screen: session_end(
        /// `sign_out`, `idle`, `consent_decline`, `consent_quiet`, `moved_away`, `frozen`, `frozen_by_resident`, `pin_replaced`, `badge_gone` or `kiosk_close`
        cause: Word,
    ) do "Nothing.";

    /// A PIN was wrong.
    Routine "sign_in.fail" by Screen: sign_in_fail() do "Nothing; many in a row shut the keypad.";

    /// A try was not taken: too many were wrong, sign-in is frozen, or PINs could not be checked.
    Review "sign_in.shut" by Screen: sign_in_shut() do "See whether somebody tries PINs of others.";

    /// Sign-in closed.
    Review "kiosk.close" by Screen: kiosk_close(
        /// `lease`, `revoked`, `expired`, `clock`, `not_ready` or `store`
        reason: Word,
    ) do "See the page on its screen, or `dayroom doctor`.";

    /// Sign-in opened again.
    Routine "kiosk.open" by Screen: kiosk_open() do "Nothing.";

    /// The technicians' code was right.
    Review "technician.enter" by Screen: technician_enter() do "Compare with the visits of technicians.";

    /// The technicians' code was wrong.
    Review "technician.fail" by Screen: technician_fail() do "Compare with the visits of technicians.";

    /// The technicians' code was not checked: too many were wrong, or none is set.
    Review "technician.shut" by Screen: technician_shut() do "Compare with the visits of technicians.";

    /// A technician said that the codes of two kiosks are the same, so that the draft key may go over.
    Review "technician.same_code" by Screen: technician_same_code()
        do "Compare with the visits of technicians.";

    // Sync.

    /// The sync process started.
    Routine "sync.start" by Sync: sync_start(
        /// The program's version
        version: Word,
    ) do "Nothing.";

    /// Central answers.
    Routine "link.up" by Sync: link_up() do "Nothing.";

    /// Central does not answer.
    Routine "link.down" by Sync: link_down(
        /// `unreachable`, `wrong_server`, `certificate_expired`, `certificate_not_yet_valid`, `refused`, `revoked`, `server_expired`, `server_not_yet_valid`, `key_failed` or `bad_answer`
        cause: Word,
    ) do "See `dayroom doctor`; `wrong_server` means that somebody else answers there.";

    /// Central was silent for too long, and what residents see was dropped here.
    Review "lease.over" by Sync: lease_over() do "Bring the kiosk back to the network.";

    /// A file of the store was damaged, was set aside, and is fetched anew.
    Review "store.set_aside" by Sync: store_set_aside(
        /// `cache` or `blobs`
        file: Word,
    ) do "Look at the disk: `dayroom doctor`.";

    /// Central gave the same place again and again with more to come.
    Alarm "feed.stuck" by Sync: feed_stuck() do "Report it: central has a fault.";

    /// Central gave a page that does not follow what is held.
    Alarm "feed.out_of_place" by Sync: feed_out_of_place() do "Report it: central has a fault.";

    /// Central misses intents that this kiosk has no more.
    Alarm "intents.gap" by Sync: intents_gap() do "See `dayroom-central activity` for which.";

    /// Central has another intent under the same id.
    Alarm "intents.conflict" by Sync: intents_conflict() do "See `dayroom-central activity` for which.";

    /// This kiosk does not hold what it should, and fetches it anew.
    Review "digest.differs" by Sync: digest_differs() do "Look at it when it comes again.";

    /// People who moved away were forgotten here durably: their rows, their index and their pictures.
    Routine "purge.done" by Sync: purge_done(
        /// How many
        people: u64,
    ) do "Nothing.";

    // Enrolment, certificates and provisioning.

    /// A technician set this machine up as a kiosk, or as another one.
    Review "technician.set_up" by Screen: technician_set_up() do "Compare with the visits of technicians.";

    /// A technician took this kiosk out of service for good.
    Review "technician.retire" by Screen: technician_retire() do "Compare with the visits of technicians.";

    // Orders.

    /// An order of an operator was taken; its effect is on disk, or on its way.
    Review "order.take" by Sync: order_take(
        /// Which
        order: Uuid,
        /// `pin_reset`, `lock_release`, `restart`, `wipe`, `release` or `policy`
        what: Word,
    ) do "Compare with `dayroom-central order list`.";

    /// An order had no effect.
    Alarm "order.refuse" by Sync: order_refuse(
        /// The id it came under
        order: Uuid,
        /// `unsigned`, `altered`, `malformed`, `foreign`, `replayed`, `expired`, `needs_two` or another reason
        why: Word,
    ) do "`dayroom-central order list`; if nobody gave it, find out who can write central's store.";

    /// Another set of operators' keys is in force.
    Review "operators.change" by Sync: operators_change(
        /// Its version
        version: u64,
    ) do "Compare with `dayroom-central operator-key show`.";

    /// A set of operators' keys did not follow the one in force, and was refused.
    Alarm "operators.refuse" by Sync: operators_refuse()
    do "Find out who can write central's store.";

    /// A plain policy record would have weakened something, which stays as it was.
    Alarm "policy.hold_back" by Sync: policy_hold_back(
        /// How many of its parts
        parts: u64,
    ) do "Give it as an order: `dayroom-central order policy`; if nobody wanted it, find out who did.";

    // Releases.

    // The process that restarts, erases and stages.

    /// A request was verified and is being carried out; noted before that begins.
    Review "machine.begin" by Machine: machine_begin(
        /// Which request; of an order it bears the id
        request: Uuid,
        /// `restart`, `erase.order`, `erase.retire` or `stage`
        act: Word,
    ) do "Compare with `dayroom-central order list`, `release rollout status` or the visits of technicians.";

    /// What a request asked for is durable.
    Routine "machine.done" by Machine: machine_done(
        /// Which request
        request: Uuid,
        /// As in `machine.begin`
        act: Word,
    ) do "Nothing.";

    /// A request had no effect.
    Alarm "machine.refuse" by Machine: machine_refuse(
        /// Which request; all zeros when its file is not named as one
        request: Uuid,
        /// `name`, `repeated`, `not_plain`, `foreign`, `too_long`, `malformed`, `other_id`, `order`, `other_kiosk`, `not_newer`, `behind_slot`, `gave_way`, `release` or `not_staged`
        why: Word,
    ) do "If nobody ordered it, a process of the kiosk was taken over: take it out of service and keep its disk.";

    /// A release was started as often as it may be without being marked good; the one before is back.
    Alarm "release.gave_way" by Machine: release_gave_way(
        /// Which
        version: Word,
    ) do "Roll out a release with a newer number; find out why this one showed no wall.";

    // Devices.

    /// Something that is not listed was plugged in. Nobody opened it.
    Review "device.plug" by Screen: device_plug(
        /// `keyboard`, `pointer`, `input`, `storage`, `network`, `composite` or `other`
        sort: Word,
    ) do "Compare with the visits of technicians; look at the terminal.";

    /// Something that is not listed was taken out.
    Routine "device.unplug" by Screen: device_unplug(
        /// As in `device.plug`
        sort: Word,
    ) do "Nothing.";

    // Central and its operators.

    /// The service started to listen.
    Routine "server.start" by Central: server_start(
        /// The program's version
        version: Word,
    ) do "Nothing.";

    /// The service was stopped.
    Routine "server.stop" by Central: server_stop() do "Nothing.";

    /// An operator gave a command; noted before it is carried out.
    Review "operator.command" by Central: operator_command(
        /// The operating system's number of their account
        uid: u64,
        /// Which command, such as `roster.import`
        command: Word,
    ) do "Compare with who had to.";

    /// The command noted just before by the same account was not carried out, or not all of it.
    Review "operator.not_done" by Central: operator_not_done(
        /// The operating system's number of their account
        uid: u64,
        /// Which command
        command: Word,
    ) do "Nothing; many in a row say that somebody tries.";

    /// Staff opened what a person wrote.
    Review "content.read" by Central: content_read(
        /// Which message
        message: Uuid,
        /// `review`, `appeal` or `collect`
        purpose: Word,
    ) do "`dayroom-central review log` says who.";

    /// A roster was put in force, all of it at once.
    Review "roster.apply" by Central: roster_apply(
        /// Which facility
        facility: Uuid,
        /// Its place in `roster history`
        number: u64,
        /// How many came
        arrived: u64,
        /// How many moved between units
        moved: u64,
        /// Whose name changed
        renamed: u64,
        /// How many left
        departed: u64,
        /// The roster after it, number, name and unit of each
        sha256: Hash,
    ) do "Compare with the movement list.";

    /// A roster was undone: the one before it is in force again.
    Review "roster.undo" by Central: roster_undo(
        /// Which facility
        facility: Uuid,
        /// Its place in `roster history`
        number: u64,
        /// Which was undone
        undone: u64,
        /// The roster after it, number, name and unit of each
        sha256: Hash,
    ) do "Ask who sent the roster what was wrong with it.";

    // What kiosks did, as central took it in: each is a line of `dayroom-central activity`, and its
    // hash stands here, so that the line cannot be changed either.

    /// A connection request was answered.
    Routine "connection.answer" by Central: connection_answer(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Nothing.";

    /// A message was opened by whom it is for.
    Routine "message.read" by Central: message_read(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Nothing.";

    /// Somebody signed in.
    Routine "sign_in.right" by Central: sign_in_right(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Nothing.";

    /// Somebody gave a wrong PIN for a number that is somebody's.
    Routine "sign_in.wrong" by Central: sign_in_wrong(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Nothing; many for one person say that somebody tries.";

    /// The monitoring text was agreed to.
    Routine "consent.agree" by Central: consent_agree(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Nothing.";

    /// A resident did something to their own things: wrote, appealed, kept a draft, set up the screen.
    Routine "own.change" by Central: own_change(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Nothing.";

    /// Something was undone before it left.
    Routine "intent.undo" by Central: intent_undo(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Nothing.";

    /// A newer kiosk did what this central does not know.
    Review "intent.unsupported" by Central: intent_unsupported(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Bring central to the kiosk's version.";

    /// The facility's draft key went a step from kiosk to kiosk.
    Review "draft_key.step" by Central: draft_key_step(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Compare with the visits of technicians.";

    /// An enrolment went a step: a code was made, cancelled, used or refused, a certificate was issued.
    Review "enrolment.step" by Central: enrolment_step(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "Compare with the visits of technicians.";

    /// Something is wrong with a kiosk.
    Alarm "kiosk.alarm" by Central: kiosk_alarm(
        /// Which kiosk
        kiosk: Uuid,
        /// Line of `dayroom-central activity`
        activity: u64,
        /// Hash of that line
        sha256: Hash,
    ) do "`dayroom-central activity` says what.";
}
