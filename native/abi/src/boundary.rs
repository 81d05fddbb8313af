//! Pointers in, pointers out, and no panic across.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bowyer_engine::{EngineError, ErrorCode, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Memory of this library, for the caller to give back with [`bowyer_bytes_free`].
#[repr(C)]
pub struct Bytes {
    pub data: *mut u8,
    pub length: u64,
}

/// Gives memory of an output or an error back. NULL is fine.
///
/// # Safety
/// `data` and `length` come from one [`Bytes`] of this library and are given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_bytes_free(data: *mut u8, length: u64) {
    if !data.is_null() {
        // SAFETY: made by `into_bytes` from a boxed slice of this length.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(data, length as usize)) });
    }
}

pub(crate) fn into_bytes(content: Vec<u8>) -> Bytes {
    let length = content.len() as u64;
    Bytes { data: Box::into_raw(content.into_boxed_slice()).cast(), length }
}

/// Runs the body of an exported function: 0, or 1 and `error` filled.
pub(crate) fn guarded(error: *mut Bytes, body: impl FnOnce() -> Result<()>) -> i32 {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return 0,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|s| s.to_string());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            EngineError::new(ErrorCode::Internal, format!("panic: {}", text.unwrap_or_default()))
        }
    };
    if !error.is_null() {
        let json = serde_json::to_vec(&failure).unwrap_or_default();
        // SAFETY: the caller passes a writable struct or NULL.
        unsafe { error.write(into_bytes(json)) };
    }
    1
}

/// # Safety
/// `data` points at `length` readable bytes, or `length` is 0.
pub(crate) unsafe fn bytes<'a>(data: *const u8, length: u64) -> &'a [u8] {
    if length == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(data, length as usize) }
}

/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn text<'a>(what: &str, data: *const u8, length: u64) -> Result<&'a str> {
    // SAFETY: promised by the caller.
    std::str::from_utf8(unsafe { bytes(data, length) })
        .map_err(|e| EngineError::new(ErrorCode::InvalidArgument, format!("{what} is not UTF-8: {e}")))
}

/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn json<T: DeserializeOwned>(what: &str, data: *const u8, length: u64) -> Result<T> {
    // SAFETY: promised by the caller.
    let text = match unsafe { text(what, data, length) }? {
        "" => "{}",
        text => text,
    };
    serde_json::from_str(text).map_err(|e| EngineError::new(ErrorCode::InvalidArgument, format!("{what}: {e}")))
}

/// # Safety
/// `out` is writable or NULL.
pub(crate) unsafe fn put<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: promised by the caller.
        unsafe { out.write(value) };
    }
}

/// # Safety
/// `out` is writable or NULL.
pub(crate) unsafe fn put_json(out: *mut Bytes, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_vec(value).map_err(|e| EngineError::new(ErrorCode::Internal, e.to_string()))?;
    // SAFETY: promised by the caller.
    unsafe { put(out, into_bytes(json)) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_as_an_error() {
        let mut error = Bytes { data: std::ptr::null_mut(), length: 0 };
        assert_eq!(guarded(&mut error, || panic!("for {}", "good")), 1);
        // SAFETY: filled by `guarded`.
        let json = unsafe { std::slice::from_raw_parts(error.data, error.length as usize) };
        let json: serde_json::Value = serde_json::from_slice(json).unwrap();
        assert_eq!((&json["code"], &json["message"]), (&"INTERNAL".into(), &"panic: for good".into()));
        // SAFETY: given back once.
        unsafe { bowyer_bytes_free(error.data, error.length) };
    }

    #[test]
    fn a_caller_may_ignore_the_error() {
        let failure = || Err(EngineError::new(ErrorCode::Internal, "ignored"));
        assert_eq!(guarded(std::ptr::null_mut(), failure), 1);
    }
}
