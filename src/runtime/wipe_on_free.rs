//! A global allocator that zeroes memory before it gives it back, so that nothing of a person
//! stays in the heap after sign-out. One of the four audited places for `unsafe` in the product; the
//! others are `devices/input/ioctl.rs`, `store/lookaside.rs` and `view/wipe.rs`.
#![expect(
    unsafe_code,
    reason = "a global allocator cannot be written without it"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{Ordering, compiler_fence};

/// The system allocator, with every block zeroed when it is freed or moved.
#[derive(Debug)]
pub struct WipeOnFree;

// SAFETY: every method forwards to `System` with the same layout; `dealloc` only writes zeros
// into the `layout.size()` bytes that the caller gives up and that it still owns then.
unsafe impl GlobalAlloc for WipeOnFree {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `GlobalAlloc`'s contract for `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `GlobalAlloc`'s contract for `layout`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` was allocated with `layout` and is not used after this call, so its
        // bytes may be overwritten before it is freed. The fence keeps the writes.
        unsafe {
            std::ptr::write_bytes(block, 0, layout.size());
            compiler_fence(Ordering::SeqCst);
            std::hint::black_box(block);
            System.dealloc(block, layout);
        }
    }

    // `realloc` keeps its default: a new block, a copy, and `dealloc` above for the old one.
    // The system's own may move a block and leave the old bytes behind.
}
