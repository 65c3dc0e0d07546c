//! The methods of an open file that SQLite calls.
#![expect(
    unsafe_code,
    reason = "SQLite reaches a file through C function pointers"
)]

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use rusqlite::ffi;

use super::Shared;
use super::file::{Overwrite, REPORTED_SECTOR};
use super::locks::Level;
use super::shm::{Hold, Regions, SlotRange};
use super::state::{Code, Ticket};
use super::vfs::code;

/// The bytes that SQLite keeps for an open file: its own header, then ours.
#[repr(C)]
pub(super) struct Handle {
    base: ffi::sqlite3_file,
    open: *mut Open,
}

/// An open file.
pub(super) struct Open {
    shared: Arc<Shared>,
    pub ticket: Ticket,
    read_only: bool,
    /// The name to be taken away when it is closed.
    delete_on_close: Option<String>,
    /// Keeps the shared memory alive while SQLite holds addresses in it.
    regions: Option<Arc<Regions>>,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

impl Handle {
    /// Fills the bytes of a file that has just been opened.
    ///
    /// # Safety
    /// `file` points to `size_of::<Handle>()` writable bytes.
    pub unsafe fn place(
        file: *mut ffi::sqlite3_file,
        shared: Arc<Shared>,
        ticket: Ticket,
        name: Option<&str>,
        flags: c_int,
    ) {
        let open = Box::into_raw(Box::new(Open {
            shared,
            ticket,
            read_only: flags & ffi::SQLITE_OPEN_READONLY != 0,
            delete_on_close: name
                .filter(|_| flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0)
                .map(str::to_owned),
            regions: None,
        }));
        let base = ffi::sqlite3_file { pMethods: &METHODS };
        // SAFETY: as the caller promises.
        unsafe { file.cast::<Handle>().write(Handle { base, open }) };
    }

    /// The open file behind SQLite's pointer, if it is one of ours.
    ///
    /// # Safety
    /// `file` is null or an `sqlite3_file` that SQLite is not using at the moment.
    pub unsafe fn of<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a Open> {
        // SAFETY: only `place` sets these methods, and with them `open`.
        unsafe {
            let ours = !file.is_null() && std::ptr::eq((*file).pMethods, &METHODS);
            ours.then(|| &*(*file.cast::<Handle>()).open)
        }
    }
}

/// The open file that a method was called on.
///
/// # Safety
/// `file` was filled by `Handle::place` and is not closed; SQLite calls one method at a time on it.
unsafe fn open<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Open {
    // SAFETY: as the caller promises; `place` put a leaked box there, `close` takes it back.
    unsafe { &mut *(*file.cast::<Handle>()).open }
}

fn index(value: impl TryInto<usize>) -> Result<usize, Code> {
    value.try_into().map_err(|_| ffi::SQLITE_IOERR)
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a file of ours, and SQLite never uses it again.
    let open = unsafe {
        (*file).pMethods = std::ptr::null();
        Box::from_raw((*file.cast::<Handle>()).open)
    };
    let mut state = open.shared.state();
    if let Some(name) = &open.delete_on_close
        && !state.is_dead(open.ticket)
    {
        // It may have been deleted already, which is as well.
        let _ = state.delete(name, false);
    }
    state.close(open.ticket);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    len: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: a file of ours and `len` writable bytes, by SQLite's contract; zeroed before they
    // are seen as a slice, since they may be uninitialised.
    let (open, into) = unsafe {
        let len = usize::try_from(len).unwrap_or(0);
        std::ptr::write_bytes(into.cast::<u8>(), 0, len);
        (
            open(file),
            std::slice::from_raw_parts_mut(into.cast::<u8>(), len),
        )
    };
    let read = index(offset).and_then(|offset| open.shared.state().read(open.ticket, offset, into));
    code(read)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    len: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: a file of ours and `len` readable bytes, by SQLite's contract.
    let (open, data) = unsafe {
        let len = usize::try_from(len).unwrap_or(0);
        (
            open(file),
            std::slice::from_raw_parts(data.cast::<u8>(), len),
        )
    };
    if open.read_only {
        return ffi::SQLITE_READONLY;
    }
    code(index(offset).and_then(|offset| open.shared.state().write(open.ticket, offset, data)))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    if open.read_only {
        return ffi::SQLITE_READONLY;
    }
    code(index(len).and_then(|len| open.shared.state().truncate(open.ticket, len)))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    code(open.shared.state().sync(open.ticket))
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    let len = open.shared.state().len(open.ticket);
    code(len.map(|len| {
        // SAFETY: a writable integer, by SQLite's contract.
        unsafe { *out = i64::try_from(len).unwrap_or(i64::MAX) };
    }))
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    code(open.shared.state().lock(open.ticket, map_level(level)))
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    code(open.shared.state().unlock(open.ticket, map_level(level)))
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    let reserved = open.shared.state().reserved(open.ticket);
    code(reserved.map(|reserved| {
        // SAFETY: a writable integer, by SQLite's contract.
        unsafe { *out = c_int::from(reserved) };
    }))
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    let dead = open.shared.state().is_dead(open.ticket);
    if dead {
        ffi::SQLITE_IOERR
    } else {
        ffi::SQLITE_NOTFOUND
    }
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    c_int::try_from(REPORTED_SECTOR).unwrap_or(c_int::MAX)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    match open.shared.state().overwrite {
        Overwrite::Powersafe => ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE,
        Overwrite::Unsafe => 0,
    }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: a file of ours and a writable pointer, by SQLite's contract.
    let (open, out) = unsafe { (open(file), &mut *out) };
    *out = std::ptr::null_mut();
    let regions = match open.shared.state().attach_shm(open.ticket) {
        Ok(shm) => Arc::clone(&shm.regions),
        Err(code) => return code,
    };
    let (Ok(region), Ok(size)) = (index(region), index(size)) else {
        return ffi::SQLITE_IOERR_SHMMAP;
    };
    *out = regions.map(region, size, extend != 0);
    open.regions = Some(regions);
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: a file of ours.
    let open = unsafe { open(file) };
    let (Ok(first), Ok(count)) = (index(first), index(count)) else {
        return ffi::SQLITE_IOERR_SHMLOCK;
    };
    let range = SlotRange { first, count };
    let who = open.ticket.handle;
    let mut state = open.shared.state();
    let shm = match state.attach_shm(open.ticket) {
        Ok(shm) => shm,
        Err(code) => return code,
    };
    let hold = if flags & ffi::SQLITE_SHM_SHARED != 0 {
        Hold::Shared
    } else {
        Hold::Exclusive
    };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        shm.unlock(who, range);
    } else if !shm.lock(who, range, hold) {
        return ffi::SQLITE_BUSY;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: a file of ours; SQLite gives up every address it had in the shared memory.
    let open = unsafe { open(file) };
    open.shared.state().detach_shm(open.ticket);
    open.regions = None;
    ffi::SQLITE_OK
}

fn map_level(level: c_int) -> Level {
    match level {
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        ffi::SQLITE_LOCK_EXCLUSIVE => Level::Exclusive,
        _ => Level::None,
    }
}
