//! The VFS that SQLite calls to open and delete files, to tell the time and to sleep.
#![expect(
    unsafe_code,
    reason = "SQLite reaches a VFS through C function pointers"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use rusqlite::ffi;

use super::Shared;
use super::io::Handle;
use super::state::{Code, Mode};

/// Milliseconds between the start of the Julian day count and 1970.
const JULIAN_DAY_OF_1970_MS: i64 = 210_866_760_000_000;

/// The longest file name, in bytes.
const MAX_NAME: c_int = 512;

/// A VFS known to SQLite.
#[derive(Debug)]
pub(super) struct Registration {
    vfs: AtomicPtr<ffi::sqlite3_vfs>,
    name: String,
}

impl Registration {
    /// Registers a disk under a name that no other has. The VFS itself (some hundred bytes) is
    /// never freed, since a connection that outlives the disk still points to it.
    pub fn new(shared: &Arc<Shared>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("simulated-disk-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let c_name = CString::new(name.as_str()).unwrap_or_default();
        let vfs = Box::into_raw(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<Handle>()).unwrap_or(c_int::MAX),
            mxPathname: MAX_NAME,
            pNext: std::ptr::null_mut(),
            zName: c_name.into_raw(),
            pAppData: Box::into_raw(Box::new(Arc::clone(shared))).cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path_name),
            xDlOpen: Some(refuse_extension),
            xDlError: Some(say_nothing),
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: None,
            xCurrentTimeInt64: Some(current_time_ms),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        // SAFETY: `vfs` points to a complete structure that is never freed; 0: not the default.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite registers the simulated disk");
        Self {
            vfs: AtomicPtr::new(vfs),
            name,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the VFS off SQLite's list.
    pub fn remove(&self) {
        // SAFETY: the pointer was registered by `new` and is still allocated.
        unsafe { ffi::sqlite3_vfs_unregister(self.vfs.load(Ordering::Relaxed)) };
    }
}

/// The disk behind a VFS.
///
/// # Safety
/// `vfs` was made by `Registration::new`.
unsafe fn disk<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Arc<Shared> {
    // SAFETY: `new` put a leaked box there, so it lives as long as the process.
    unsafe { &*(*vfs).pAppData.cast::<Arc<Shared>>() }
}

/// The text of a C string; `None` if it is null.
///
/// # Safety
/// `text` is null or ends in NUL and outlives the answer.
unsafe fn text<'a>(text: *const c_char) -> Option<std::borrow::Cow<'a, str>> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy())
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` writable bytes at `file`, a VFS of ours, a name that is null
    // or ends in NUL and lives as long as the file, and `out_flags` null or writable. For a
    // journal or a log it made the name itself, so that it leads to the database's handle.
    unsafe {
        (*file).pMethods = std::ptr::null();
        let beside_database = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL;
        let owner = if name.is_null() || flags & beside_database == 0 {
            None
        } else {
            Handle::of(ffi::sqlite3_database_file_object(name))
        };
        let shared = disk(vfs);
        if owner.is_some_and(|owner| shared.state().is_dead(owner.ticket)) {
            return ffi::SQLITE_IOERR;
        }
        let mode = Mode {
            create: name.is_null() || flags & ffi::SQLITE_OPEN_CREATE != 0,
            exclusive: flags & ffi::SQLITE_OPEN_EXCLUSIVE != 0,
        };
        let name = text(name);
        match shared.state().open(name.as_deref(), mode) {
            Ok(ticket) => {
                Handle::place(file, Arc::clone(shared), ticket, name.as_deref(), flags);
                if !out_flags.is_null() {
                    *out_flags = flags;
                }
                ffi::SQLITE_OK
            }
            Err(code) => code,
        }
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_dir: c_int,
) -> c_int {
    // SAFETY: a VFS of ours and a C string, by SQLite's contract.
    let (shared, name) = unsafe { (disk(vfs), text(name)) };
    code(
        shared
            .state()
            .delete(&name.unwrap_or_default(), sync_dir != 0),
    )
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: a VFS of ours, a C string and a writable integer, by SQLite's contract.
    unsafe {
        let name = text(name).unwrap_or_default();
        let len = disk(vfs).state().len_of(&name);
        // An empty file does not exist for SQLite: it asks for journals that way.
        let there = len.is_some_and(|len| len > 0 || flags != ffi::SQLITE_ACCESS_EXISTS);
        *answer = c_int::from(there);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path_name(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    capacity: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a C string and `capacity` writable bytes, by SQLite's contract.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if usize::try_from(capacity).is_ok_and(|capacity| bytes.len() <= capacity) {
            std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
            return ffi::SQLITE_OK;
        }
    }
    ffi::SQLITE_CANTOPEN
}

unsafe extern "C" fn refuse_extension(
    _vfs: *mut ffi::sqlite3_vfs,
    _name: *const c_char,
) -> *mut c_void {
    std::ptr::null_mut()
}

unsafe extern "C" fn say_nothing(_vfs: *mut ffi::sqlite3_vfs, capacity: c_int, out: *mut c_char) {
    if capacity > 0 {
        // SAFETY: `capacity` writable bytes, by SQLite's contract.
        unsafe { *out = 0 };
    }
}

unsafe extern "C" fn randomness(vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    let bytes = usize::try_from(len).unwrap_or(0);
    // SAFETY: a VFS of ours and `len` writable bytes, by SQLite's contract; zeroed before they
    // are seen as a slice, since they may be uninitialised.
    unsafe {
        std::ptr::write_bytes(out, 0, bytes);
        let out = std::slice::from_raw_parts_mut(out.cast::<u8>(), bytes);
        disk(vfs).state().random.fill(out);
    }
    len
}

unsafe extern "C" fn sleep(vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: a VFS of ours.
    let mut state = unsafe { disk(vfs) }.state();
    state.now_ms += i64::from(microseconds.max(0)).div_euclid(1000).max(1);
    microseconds
}

unsafe extern "C" fn current_time_ms(vfs: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: a VFS of ours and a writable integer, by SQLite's contract.
    unsafe { *out = disk(vfs).state().now_ms + JULIAN_DAY_OF_1970_MS };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time(vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: a VFS of ours and a writable number, by SQLite's contract. A double holds a Julian
    // day to a fraction of a millisecond.
    unsafe { *out = (disk(vfs).state().now_ms + JULIAN_DAY_OF_1970_MS) as f64 / 86_400_000.0 };
    ffi::SQLITE_OK
}

/// What SQLite is told.
pub(super) fn code(result: Result<(), Code>) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(code) => code,
    }
}
