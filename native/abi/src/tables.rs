//! Tables, sessions and statements.

use std::sync::Arc;
use std::time::Duration;

use bowyer_engine::{ExplainFormat, SessionTable, TableSpec, schema_message};
use serde::Deserialize;
use serde_json::json;

use crate::boundary::{Bytes, bytes, guarded, into_bytes, json, put, put_json, text};
use crate::handles::{self, Object};

/// # Safety
/// Pointers as `native/README.md` says; true of every function below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_table_open(
    engine: u64,
    spec: *const u8,
    length: u64,
    table: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let spec: TableSpec = unsafe { json("table specification", spec, length) }?;
        let opened = handles::engine(engine)?.open_table(spec)?;
        unsafe { put(table, handles::insert(engine, Object::Table(Arc::new(opened)))) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_table_refresh(table: u64, newer: *mut u64, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let (engine, owner) = handles::owner_of(table)?;
        let refreshed = engine.refresh_table(handles::table(table)?)?;
        let handle = refreshed.map_or(0, |newer| handles::insert(owner, Object::Table(Arc::new(newer))));
        unsafe { put(newer, handle) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_table_info(table: u64, out: *mut Bytes, schema: *mut Bytes, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let table = handles::table(table)?;
        let message = schema_message(&table.wire_schema())?;
        unsafe { put_json(out, &table.info()) }?;
        unsafe { put(schema, into_bytes(message)) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_table_free(table: u64, error: *mut Bytes) -> i32 {
    guarded(error, || handles::remove(table, |object| matches!(object, Object::Table(_))).map(drop))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionSpec {
    catalog: String,
    tables: Vec<NamedTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedTable {
    schema: String,
    name: String,
    table: u64,
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_session_new(
    engine: u64,
    spec: *const u8,
    length: u64,
    session: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let spec: SessionSpec = unsafe { json("session", spec, length) }?;
        let mut tables = Vec::with_capacity(spec.tables.len());
        for named in spec.tables {
            let table = handles::table(named.table)?;
            tables.push(SessionTable { schema: named.schema, name: named.name, table });
        }
        let made = handles::engine(engine)?.session(&spec.catalog, tables)?;
        unsafe { put(session, handles::insert(engine, Object::Session(Arc::new(made)))) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_session_free(session: u64, error: *mut Bytes) -> i32 {
    guarded(error, || handles::remove(session, |object| matches!(object, Object::Session(_))).map(drop))
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_sql_tables(
    engine: u64,
    sql: *const u8,
    length: u64,
    out: *mut Bytes,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let sql = unsafe { text("SQL", sql, length) }?;
        let tables = handles::engine(engine)?.tables_of(sql)?;
        unsafe { put_json(out, &tables) }
    })
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_prepare(
    session: u64,
    sql: *const u8,
    length: u64,
    statement: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let sql = unsafe { text("SQL", sql, length) }?;
        let (engine, owner) = handles::owner_of(session)?;
        let prepared = engine.prepare(handles::session(session)?, sql)?;
        unsafe { put(statement, handles::insert(owner, Object::Statement(Arc::new(prepared)))) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_table_open`].
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
        unsafe { put_json(out, &json!({ "kind": statement.kind(), "tables": statement.tables() })) }?;
        unsafe { put(schema, into_bytes(result)) };
        unsafe { put(parameters, into_bytes(expected)) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_statement_free(statement: u64, error: *mut Bytes) -> i32 {
    guarded(error, || handles::remove(statement, |object| matches!(object, Object::Statement(_))).map(drop))
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
/// See [`bowyer_table_open`].
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
/// See [`bowyer_table_open`].
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
