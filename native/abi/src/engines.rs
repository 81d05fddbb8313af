//! Engines, stores and the library itself.

use std::sync::Arc;

use bowyer_engine::{Engine, EngineConfig, EngineError, ErrorCode, Result, StoreOptions};
use serde_json::json;

use crate::boundary::{Bytes, guarded, json, put, put_json, text};
use crate::handles::{self, Object};

/// Called from an engine thread with the cookie of `bowyer_execute`. Must return at once and not call back.
pub type Ready = extern "C" fn(cookie: u64);

/// The callback of each engine. An engine has one for its life, so it stands beside the handles.
static CALLBACKS: parking_lot::RwLock<Vec<(u64, Ready)>> = parking_lot::RwLock::new(Vec::new());

pub(crate) fn callback(engine: u64) -> Result<Ready> {
    let found = CALLBACKS.read().iter().find(|(owner, _)| *owner == engine).map(|(_, ready)| *ready);
    found.ok_or_else(|| EngineError::new(ErrorCode::Internal, "the engine is closed"))
}

#[unsafe(no_mangle)]
pub extern "C" fn bowyer_abi_version() -> u32 {
    crate::ABI_VERSION
}

/// # Safety
/// Pointers as `native/README.md` says; true of every function below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_build_info(out: *mut Bytes, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let info = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "datafusion": bowyer_engine::DATAFUSION_VERSION,
            "arrow": bowyer_engine::ARROW_VERSION,
            "target": format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        });
        unsafe { put_json(out, &info) }
    })
}

/// # Safety
/// See [`bowyer_build_info`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_engine_new(
    config: *const u8,
    length: u64,
    ready: Ready,
    engine: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let config: EngineConfig = unsafe { json("engine configuration", config, length) }?;
        let handle = handles::insert(0, Object::Engine(Arc::new(Engine::new(config)?)));
        CALLBACKS.write().push((handle, ready));
        unsafe { put(engine, handle) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_build_info`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_engine_free(engine: u64, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let freed = handles::remove(engine, |object| matches!(object, Object::Engine(_)))?;
        drop(handles::remove_owned(engine));
        if let Object::Engine(freed) = freed {
            // Not by dropping it: a call on another thread may still hold it.
            freed.close();
        }
        CALLBACKS.write().retain(|(owner, _)| *owner != engine);
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_build_info`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_engine_stats(engine: u64, out: *mut Bytes, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let stats = handles::engine(engine)?.stats();
        let mut json =
            serde_json::to_value(&stats).map_err(|e| EngineError::new(ErrorCode::Internal, e.to_string()))?;
        json["handles"] = handles::count_owned(engine).into();
        unsafe { put_json(out, &json) }
    })
}

/// # Safety
/// See [`bowyer_build_info`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_store_put(
    engine: u64,
    prefix: *const u8,
    prefix_length: u64,
    options: *const u8,
    options_length: u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let prefix = unsafe { text("store prefix", prefix, prefix_length) }?;
        let options = store_options(unsafe { json("store options", options, options_length) }?)?;
        handles::engine(engine)?.put_store(prefix, &options)
    })
}

/// Texts only; a value that is none is not shown, since it may be a secret.
fn store_options(json: serde_json::Map<String, serde_json::Value>) -> Result<StoreOptions> {
    let texts = json.into_iter().map(|(name, value)| match value {
        serde_json::Value::String(text) => Ok((name, text)),
        _ => {
            let message = format!("store options: \"{name}\" is not a text");
            Err(EngineError::new(ErrorCode::InvalidArgument, message).with_hint("write it in quotes"))
        }
    });
    texts.collect()
}

/// # Safety
/// See [`bowyer_build_info`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_store_drop(engine: u64, prefix: *const u8, length: u64, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let prefix = unsafe { text("store prefix", prefix, length) }?;
        match handles::engine(engine)?.drop_store(prefix) {
            true => Ok(()),
            false => Err(EngineError::new(ErrorCode::InvalidArgument, format!("no store is registered for {prefix}"))),
        }
    })
}
