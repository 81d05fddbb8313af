//! The C ABI as a foreign caller uses it, wrong uses included.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use bowyer::*;
use serde_json::{Value, json};

/// Calls of the ready callback; the cookie is not used by these tests beyond being counted.
static RUNG: Mutex<u64> = Mutex::new(0);
static BELL: Condvar = Condvar::new();
static LAST_COOKIE: AtomicU64 = AtomicU64::new(0);

extern "C" fn ready(cookie: u64) {
    LAST_COOKIE.store(cookie, Ordering::SeqCst);
    *RUNG.lock().unwrap() += 1;
    BELL.notify_all();
}

fn empty() -> Bytes {
    Bytes { data: std::ptr::null_mut(), length: 0 }
}

fn take(bytes: Bytes) -> Vec<u8> {
    let content = match bytes.data.is_null() {
        true => Vec::new(),
        false => unsafe { std::slice::from_raw_parts(bytes.data, bytes.length as usize) }.to_vec(),
    };
    unsafe { bowyer_bytes_free(bytes.data, bytes.length) };
    content
}

/// The error of a call, or nothing when it went well.
fn call(body: impl FnOnce(*mut Bytes) -> i32) -> Result<(), Value> {
    let mut error = empty();
    match body(&mut error) {
        0 => {
            assert!(error.data.is_null(), "an error was set on success");
            Ok(())
        }
        1 => Err(serde_json::from_slice(&take(error)).unwrap()),
        other => panic!("code {other}"),
    }
}

fn engine() -> u64 {
    let config = json!({ "cpuThreads": 2, "memoryBytes": 256 << 20 }).to_string();
    let mut handle = 0;
    call(|e| unsafe { bowyer_engine_new(config.as_ptr(), config.len() as u64, ready, &mut handle, e) }).unwrap();
    assert_ne!(handle, 0);
    handle
}

fn session(engine: u64) -> u64 {
    let spec = json!({ "catalog": "bowyer", "tables": [] }).to_string();
    let mut handle = 0;
    call(|e| unsafe { bowyer_session_new(engine, spec.as_ptr(), spec.len() as u64, &mut handle, e) }).unwrap();
    handle
}

fn prepare(session: u64, sql: &str) -> Result<u64, Value> {
    prepare_spec(session, &json!({ "sql": sql }))
}

fn prepare_spec(session: u64, spec: &Value) -> Result<u64, Value> {
    let spec = spec.to_string();
    let mut handle = 0;
    call(|e| unsafe { bowyer_prepare(session, spec.as_ptr(), spec.len() as u64, &mut handle, e) })?;
    Ok(handle)
}

fn execute(statement: u64, options: Value) -> u64 {
    let options = options.to_string();
    let mut handle = 0;
    call(|e| unsafe {
        bowyer_execute(statement, std::ptr::null(), 0, options.as_ptr(), options.len() as u64, &mut handle, e)
    })
    .unwrap();
    handle
}

fn stats(engine: u64) -> Value {
    let mut out = empty();
    call(|e| unsafe { bowyer_engine_stats(engine, &mut out, e) }).unwrap();
    serde_json::from_slice(&take(out)).unwrap()
}

/// The next message; `None` at the end.
fn next(query: u64) -> Result<Option<Message>, Value> {
    loop {
        let before = *RUNG.lock().unwrap();
        let mut message = std::mem::MaybeUninit::uninit();
        call(|e| unsafe { bowyer_query_next(query, message.as_mut_ptr(), e) })?;
        let message = unsafe { message.assume_init() };
        match message.state {
            0 => return Ok(Some(message)),
            2 => return Ok(None),
            _ => {
                let rung = RUNG.lock().unwrap();
                let waited = BELL.wait_timeout_while(rung, Duration::from_secs(30), |rung| *rung == before).unwrap();
                assert!(!waited.1.timed_out(), "the callback was not called");
            }
        }
    }
}

const SERIES: &str = "SELECT value, value * 2 AS twice FROM generate_series(1, 1000000)";

#[test]
fn a_query_through_the_abi() {
    assert_eq!(bowyer_abi_version(), ABI_VERSION);
    let engine = engine();
    let session = session(engine);
    let statement = prepare(session, SERIES).unwrap();
    let query = execute(statement, json!({ "cookie": 77 }));
    let (mut rows, mut held) = (0, Vec::new());
    while let Some(message) = next(query).unwrap() {
        rows += message.rows;
        let segments = unsafe { std::slice::from_raw_parts(message.segments, message.segments_count as usize) };
        assert_eq!(segments.iter().map(|segment| segment.length).sum::<u64>(), message.body_length);
        assert!(message.header.length > 0);
        held.push(message.handle);
    }
    assert_eq!(rows, 1_000_000);
    assert_eq!(LAST_COOKIE.load(Ordering::SeqCst), 77);
    // Messages stay valid when everything else is gone.
    call(|e| unsafe { bowyer_query_free(query, e) }).unwrap();
    call(|e| unsafe { bowyer_statement_free(statement, e) }).unwrap();
    call(|e| unsafe { bowyer_session_free(session, e) }).unwrap();
    assert_eq!(stats(engine)["handles"], held.len());
    call(|e| unsafe { bowyer_engine_free(engine, e) }).unwrap();
    for message in held {
        call(|e| unsafe { bowyer_message_release(message, e) }).unwrap();
        assert!(call(|e| unsafe { bowyer_message_release(message, e) }).is_err(), "released twice");
    }
}

#[test]
fn statements_tell_of_themselves() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.csv", "b.csv"] {
        std::fs::write(folder.path().join(name), "id\n1\n2\n").unwrap();
    }
    let engine = engine();
    let spec = json!({ "name": "t", "location": folder.path() }).to_string();
    let mut table = 0;
    call(|e| unsafe { bowyer_table_open(engine, spec.as_ptr(), spec.len() as u64, &mut table, e) }).unwrap();
    let spec = json!({ "catalog": "bowyer", "tables": [{ "schema": "s", "name": "t", "table": table }] }).to_string();
    let mut session = 0;
    call(|e| unsafe { bowyer_session_new(engine, spec.as_ptr(), spec.len() as u64, &mut session, e) }).unwrap();
    let scan = json!({ "scan": { "schema": "s", "table": "t", "columns": ["id"], "filter": "id > 1" } });
    let sql = json!({ "sql": "SELECT id FROM t WHERE id = ?", "defaultSchema": "s", "encoding": "native" });
    for spec in [&scan, &sql] {
        let statement = prepare_spec(session, spec).unwrap();
        let (mut info, mut schema, mut parameters, mut parts) = (empty(), empty(), empty(), 0);
        call(|e| unsafe { bowyer_statement_info(statement, &mut info, &mut schema, &mut parameters, e) }).unwrap();
        let info: Value = serde_json::from_slice(&take(info)).unwrap();
        assert_eq!((&info["kind"], &info["tables"]), (&json!("query"), &json!(["s.t"])));
        assert_eq!(info["dataVersion"].as_str().unwrap().len(), 16);
        assert!(!take(schema).is_empty() && !take(parameters).is_empty());
        call(|e| unsafe { bowyer_statement_parts(statement, 8, &mut parts, e) }).unwrap();
        assert_eq!(parts, 2);
    }
    let scanned = prepare_spec(session, &scan).unwrap();
    let rows: u64 = (0..2)
        .map(|part| {
            let query = execute(scanned, json!({ "part": part, "parts": 2 }));
            let mut rows = 0;
            while let Some(message) = next(query).unwrap() {
                rows += message.rows;
                call(|e| unsafe { bowyer_message_release(message.handle, e) }).unwrap();
            }
            let mut metrics = empty();
            call(|e| unsafe { bowyer_query_metrics(query, &mut metrics, e) }).unwrap();
            let metrics: Value = serde_json::from_slice(&take(metrics)).unwrap();
            assert_eq!(metrics["progress"], 1.0);
            rows
        })
        .sum();
    assert_eq!(rows, 2);
    let asking = prepare_spec(session, &sql).unwrap();
    let mut bound = empty();
    let wrong = call(|e| unsafe { bowyer_statement_bind(asking, [1u8, 2, 3].as_ptr(), 3, &mut bound, e) });
    assert_eq!(wrong.unwrap_err()["code"], "INVALID_ARGUMENT");
    let error = prepare_spec(session, &json!({ "sql": "SELECT 1", "encodng": "native" })).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("encodng"), "{error}");
    call(|e| unsafe { bowyer_engine_free(engine, e) }).unwrap();
}

#[test]
fn handles_that_are_wrong_are_errors() {
    let engine = engine();
    let session_handle = session(engine);
    let statement = prepare(session_handle, "SELECT 1").unwrap();
    let is_stale = |result: Result<(), Value>| {
        let error = result.expect_err("a wrong handle was taken");
        assert_eq!(error["code"], "INTERNAL");
        assert!(error["message"].as_str().unwrap().starts_with("stale handle"), "{error}");
    };
    // Freed twice, and used after the free, also when the slot has a new owner.
    call(|e| unsafe { bowyer_statement_free(statement, e) }).unwrap();
    is_stale(call(|e| unsafe { bowyer_statement_free(statement, e) }));
    let newer = prepare(session_handle, "SELECT 2").unwrap();
    assert_ne!(newer, statement);
    is_stale(call(|e| unsafe { bowyer_statement_free(statement, e) }));
    // Of another kind.
    is_stale(call(|e| unsafe { bowyer_query_cancel(newer, e) }));
    is_stale(call(|e| unsafe { bowyer_session_free(newer, e) }));
    // Never given out.
    for wrong in [0, 1, u64::MAX, 1 << 32, u64::from(u32::MAX)] {
        is_stale(call(|e| unsafe { bowyer_query_free(wrong, e) }));
        is_stale(call(|e| unsafe { bowyer_engine_stats(wrong, std::ptr::null_mut(), e) }));
    }
    // An engine takes its own with it.
    call(|e| unsafe { bowyer_engine_free(engine, e) }).unwrap();
    is_stale(call(|e| unsafe { bowyer_engine_free(engine, e) }));
    is_stale(call(|e| unsafe { bowyer_session_free(session_handle, e) }));
    is_stale(call(|e| unsafe { bowyer_statement_free(newer, e) }));
}

#[test]
fn results_are_files_and_tables_tell_their_statistics() {
    let engine = engine();
    let statement = prepare(session(engine), SERIES).unwrap();
    let (mut info, mut schema, mut parameters) = (empty(), empty(), empty());
    call(|e| unsafe { bowyer_statement_info(statement, &mut info, &mut schema, &mut parameters, e) }).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&take(info)).unwrap()["repeatable"], true);
    take(schema);
    take(parameters);
    let query = execute(statement, json!({ "format": "json", "limit": 2 }));
    let (mut text, mut rows) = (Vec::new(), 0);
    while let Some(message) = next(query).unwrap() {
        assert_eq!((message.header.length, message.segments_count), (0, 1));
        let chunk = unsafe { *message.segments };
        text.extend_from_slice(unsafe { std::slice::from_raw_parts(chunk.data, chunk.length as usize) });
        rows += message.rows;
        call(|e| unsafe { bowyer_message_release(message.handle, e) }).unwrap();
    }
    assert_eq!(String::from_utf8(text).unwrap(), "[{\"value\":1,\"twice\":2},{\"value\":2,\"twice\":4}]");
    assert_eq!((rows, &stats(engine)["spilledTotal"]), (2, &json!(0)));

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.csv"), "id\n1\n").unwrap();
    let spec = json!({ "name": "t", "location": folder.path().join("x.csv") }).to_string();
    let mut table = 0;
    call(|e| unsafe { bowyer_table_open(engine, spec.as_ptr(), spec.len() as u64, &mut table, e) }).unwrap();
    let mut out = empty();
    call(|e| unsafe { bowyer_table_statistics(table, &mut out, e) }).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&take(out)).unwrap(), json!({ "columns": [] }));
    call(|e| unsafe { bowyer_engine_free(engine, e) }).unwrap();
}

#[test]
fn closing_the_engine_in_the_middle_of_a_query_is_safe() {
    let engine = engine();
    let statement = prepare(session(engine), SERIES).unwrap();
    let query = execute(statement, json!({}));
    let message = next(query).unwrap().unwrap();
    call(|e| unsafe { bowyer_engine_free(engine, e) }).unwrap();
    assert!(next(query).is_err());
    call(|e| unsafe { bowyer_message_release(message.handle, e) }).unwrap();
}

#[test]
fn files_are_reached_below_registered_prefixes_only() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("open")).unwrap();
    for name in ["open/x.csv", "shut.csv"] {
        std::fs::write(folder.path().join(name), "id\n1\n").unwrap();
    }
    let config = json!({ "cpuThreads": 1, "local": false }).to_string();
    let mut engine = 0;
    call(|e| unsafe { bowyer_engine_new(config.as_ptr(), config.len() as u64, ready, &mut engine, e) }).unwrap();
    let open = |name: &str| {
        let spec = json!({ "name": "t", "location": folder.path().join(name) }).to_string();
        let mut table = 0;
        call(|e| unsafe { bowyer_table_open(engine, spec.as_ptr(), spec.len() as u64, &mut table, e) })
    };
    assert_eq!(open("open/x.csv").unwrap_err()["code"], "INVALID_ARGUMENT");
    let prefix = format!("file://{}/open/", folder.path().display());
    let put = |options: &str| {
        let (p, o) = (prefix.as_bytes(), options.as_bytes());
        call(|e| unsafe { bowyer_store_put(engine, p.as_ptr(), p.len() as u64, o.as_ptr(), o.len() as u64, e) })
    };
    assert!(put("{\"region\":\"x\"}").unwrap_err()["message"].as_str().unwrap().contains("region"));
    put("{}").unwrap();
    open("open/x.csv").unwrap();
    assert!(open("shut.csv").is_err());
    assert!(open("open/../shut.csv").is_err());
    call(|e| unsafe { bowyer_store_drop(engine, prefix.as_ptr(), prefix.len() as u64, e) }).unwrap();
    assert!(open("open/x.csv").is_err());
    call(|e| unsafe { bowyer_engine_free(engine, e) }).unwrap();
}

#[test]
fn bad_arguments_are_errors_that_name_them() {
    let engine = engine();
    let session = session(engine);
    let error = prepare(session, "SELECT nme FROM (VALUES (1)) AS t(name)").unwrap_err();
    assert_eq!((&error["code"], &error["line"], &error["column"]), (&json!("UNKNOWN_COLUMN"), &json!(1), &json!(8)));
    assert_eq!(error["hint"], "did you mean \"name\"?");
    let not_utf8 = [0xFF, 0xFE];
    let mut out = 0;
    let error = call(|e| unsafe { bowyer_prepare(session, not_utf8.as_ptr(), 2, &mut out, e) }).unwrap_err();
    assert_eq!(error["code"], "INVALID_ARGUMENT");
    let unknown = b"{\"cpuThread\":1}";
    let made = call(|e| unsafe { bowyer_engine_new(unknown.as_ptr(), unknown.len() as u64, ready, &mut out, e) });
    assert!(made.unwrap_err()["message"].as_str().unwrap().contains("cpuThread"));
    call(|e| unsafe { bowyer_engine_free(engine, e) }).unwrap();
}
