//! Planned statements: what they are, their parameters and parts, and starting them.

use std::sync::Arc;
use std::time::Duration;

use bowyer_engine::{EngineError, ErrorCode, ExplainFormat, StatementSpec, schema_message};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::boundary::{Bytes, bytes, guarded, into_bytes, json, put, put_json};
use crate::handles::{self, Object};
use crate::tables::{NamedTable, opened};

/// # Safety
/// Pointers as `native/README.md` says; true of every function below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_prepare(
    session: u64,
    spec: *const u8,
    length: u64,
    statement: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let mut spec: Map<String, Value> = unsafe { json("statement", spec, length) }?;
        let wrong = |e| EngineError::new(ErrorCode::InvalidArgument, format!("statement: {e}"));
        let extra: Vec<NamedTable> = match spec.remove("extra") {
            Some(extra) => serde_json::from_value(extra).map_err(wrong)?,
            None => Vec::new(),
        };
        let spec: StatementSpec = serde_json::from_value(Value::Object(spec)).map_err(wrong)?;
        let spec = spec.with_extra(opened(extra)?);
        let (engine, owner) = handles::owner_of(session)?;
        let prepared = engine.prepare(handles::session(session)?, spec)?;
        unsafe { put(statement, handles::insert(owner, Object::Statement(Arc::new(prepared)))) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_prepare`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_statement_info(
    statement: u64,
    out: *mut Bytes,
    schema: *mut Bytes,
    parameters: *mut Bytes,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let statement = handles::statement(statement)?;
        let (result, expected) = (schema_message(&statement.schema())?, schema_message(&statement.parameters())?);
        let info = json!({
            "kind": statement.kind(),
            "tables": statement.tables(),
            "dataVersion": statement.data_version(),
            "repeatable": statement.is_repeatable(),
        });
        unsafe { put_json(out, &info) }?;
        unsafe { put(schema, into_bytes(result)) };
        unsafe { put(parameters, into_bytes(expected)) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_prepare`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_statement_free(statement: u64, error: *mut Bytes) -> i32 {
    guarded(error, || handles::remove(statement, |object| matches!(object, Object::Statement(_))).map(drop))
}

/// # Safety
/// See [`bowyer_prepare`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_statement_parts(
    statement: u64,
    wanted: u32,
    parts: *mut u32,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let found = handles::statement(statement)?.parts(wanted);
        unsafe { put(parts, found) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_prepare`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_statement_bind(
    statement: u64,
    ipc: *const u8,
    length: u64,
    out: *mut Bytes,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let bound = handles::statement(statement)?.bind(unsafe { bytes(ipc, length) })?;
        unsafe { put(out, into_bytes(bound)) };
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExplainSpec {
    format: ExplainFormat,
    #[serde(default)]
    memory_limit: usize,
    #[serde(default)]
    timeout_millis: u64,
}

/// # Safety
/// See [`bowyer_prepare`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_explain(
    statement: u64,
    spec: *const u8,
    length: u64,
    out: *mut Bytes,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let spec: ExplainSpec = unsafe { json("explain options", spec, length) }?;
        let timeout = (spec.timeout_millis > 0).then(|| Duration::from_millis(spec.timeout_millis));
        let (engine, _) = handles::owner_of(statement)?;
        let plan = engine.explain(handles::statement(statement)?, spec.format, spec.memory_limit, timeout)?;
        unsafe { put(out, into_bytes(plan.into_bytes())) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_prepare`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_execute(
    statement: u64,
    parameters: *const u8,
    parameters_length: u64,
    options: *const u8,
    options_length: u64,
    query: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let options: bowyer_engine::ExecuteOptions = unsafe { json("execute options", options, options_length) }?;
        let (_, owner) = handles::owner_of(statement)?;
        let ready = crate::engines::callback(owner)?;
        let cookie = options.cookie;
        let parameters = unsafe { bytes(parameters, parameters_length) };
        let statement = handles::statement(statement)?;
        let started = statement.execute(parameters, options, Box::new(move || ready(cookie)))?;
        unsafe { put(query, handles::insert(owner, Object::Query(Arc::new(started)))) };
        Ok(())
    })
}
