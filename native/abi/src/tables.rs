//! Tables and sessions.

use std::sync::Arc;

use bowyer_engine::{Result, SessionName, SessionTable, TableSpec, schema_message};
use serde::Deserialize;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsSpec {
    name: String,
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_table_open_rows(
    engine: u64,
    spec: *const u8,
    length: u64,
    ipc: *const u8,
    ipc_length: u64,
    table: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let spec: RowsSpec = unsafe { json("table specification", spec, length) }?;
        let opened = handles::engine(engine)?.open_rows(&spec.name, unsafe { bytes(ipc, ipc_length) })?;
        unsafe { put(table, handles::insert(engine, Object::Table(Arc::new(opened)))) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_table_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_table_open_lake(
    engine: u64,
    header: *const u8,
    header_length: u64,
    files: *const u8,
    files_length: u64,
    table: *mut u64,
    error: *mut Bytes,
) -> i32 {
    guarded(error, || {
        let (header, files) = unsafe { (bytes(header, header_length), bytes(files, files_length)) };
        let opened = handles::engine(engine)?.open_lake(header, files)?;
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
pub unsafe extern "C" fn bowyer_table_statistics(table: u64, out: *mut Bytes, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let statistics = handles::table(table)?.statistics();
        unsafe { put_json(out, &statistics) }
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
    #[serde(default)]
    names: Vec<SessionName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedTable {
    schema: String,
    name: String,
    table: u64,
}

/// The tables behind their handles.
pub(crate) fn opened(tables: Vec<NamedTable>) -> Result<Vec<SessionTable>> {
    let opened = tables.into_iter().map(|named| {
        let table = handles::table(named.table)?;
        Ok(SessionTable { schema: named.schema, name: named.name, table })
    });
    opened.collect()
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
        let made = handles::engine(engine)?.session_with_names(&spec.catalog, opened(spec.tables)?, spec.names)?;
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
