//! Objects of the stores, for callers that read metadata of their own.

use bowyer_engine::ListSpec;

use crate::boundary::{Bytes, guarded, into_bytes, json, put, put_json, text};
use crate::handles;

/// # Safety
/// Pointers as `native/README.md` says; true of every function below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_object_head(
    engine: u64,
    url: *const u8,
    length: u64,
    out: *mut Bytes,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let url = unsafe { text("object URL", url, length) }?;
        let found = handles::engine(engine)?.object_head(url)?;
        unsafe { put_json(out, &found) }
    })
}

/// # Safety
/// See [`bowyer_object_head`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_object_read(
    engine: u64,
    url: *const u8,
    url_length: u64,
    offset: u64,
    length: u64,
    data: *mut Bytes,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let url = unsafe { text("object URL", url, url_length) }?;
        let read = handles::engine(engine)?.object_read(url, offset, length)?;
        unsafe { put(data, into_bytes(read.into())) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_object_head`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_object_list(
    engine: u64,
    spec: *const u8,
    length: u64,
    out: *mut Bytes,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let spec: ListSpec = unsafe { json("object listing", spec, length) }?;
        let found = handles::engine(engine)?.object_list(spec)?;
        unsafe { put_json(out, &found) }
    })
}
