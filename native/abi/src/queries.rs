//! Running queries and their messages.

use std::sync::Arc;

use bowyer_engine::Next;

use crate::boundary::{Bytes, guarded, put, put_json};
use crate::handles::{self, HeldMessage, Object};

const STATE_MESSAGE: u32 = 0;
const STATE_PENDING: u32 = 1;
const STATE_END: u32 = 2;

/// Memory that belongs to a message.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Segment {
    pub data: *const u8,
    pub length: u64,
}

/// What `bowyer_query_next` found; all but `state` is 0 unless that is a message.
#[repr(C)]
pub struct Message {
    pub state: u32,
    pub segments_count: u32,
    pub handle: u64,
    pub rows: u64,
    pub body_length: u64,
    pub header: Segment,
    pub segments: *const Segment,
}

fn nothing(state: u32) -> Message {
    let header = Segment { data: std::ptr::null(), length: 0 };
    Message { state, segments_count: 0, handle: 0, rows: 0, body_length: 0, header, segments: std::ptr::null() }
}

fn held(owner: u64, message: bowyer_engine::Message) -> Message {
    let segments = message.segments.iter().map(|s| Segment { data: s.as_ptr(), length: s.len() as u64 }).collect();
    let held = Arc::new(HeldMessage { message, segments });
    let header = &held.message.header;
    Message {
        state: STATE_MESSAGE,
        segments_count: held.segments.len() as u32,
        rows: held.message.rows,
        body_length: held.message.body_length(),
        header: Segment { data: header.as_ptr(), length: header.len() as u64 },
        segments: held.segments.as_ptr(),
        handle: handles::insert(owner, Object::Message(held)),
    }
}

/// # Safety
/// Pointers as `native/README.md` says; true of every function below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_query_next(query: u64, message: *mut Message, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let (_, owner) = handles::get(query)?;
        let next = match handles::query(query)?.next()? {
            Next::Message(found) => held(owner, found),
            Next::Pending => nothing(STATE_PENDING),
            Next::End => nothing(STATE_END),
        };
        unsafe { put(message, next) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_query_next`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_message_release(message: u64, error: *mut Bytes) -> i32 {
    guarded(error, || handles::remove(message, |object| matches!(object, Object::Message(_))).map(drop))
}

/// # Safety
/// See [`bowyer_query_next`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_query_cancel(query: u64, error: *mut Bytes) -> i32 {
    guarded(error, || {
        handles::query(query)?.cancel();
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_query_next`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_query_metrics(query: u64, out: *mut Bytes, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let metrics = handles::query(query)?.metrics();
        unsafe { put_json(out, &metrics) }
    })
}

/// # Safety
/// See [`bowyer_query_next`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_query_free(query: u64, error: *mut Bytes) -> i32 {
    guarded(error, || handles::remove(query, |object| matches!(object, Object::Query(_))).map(drop))
}
