//! Most rows of a run, and whether a run can be repeated.

use crate::common::{
    engine, folder, ids, lines, open, parquet, prepare, rows, session, start, start_prepared, tpch, tpch_session,
};
use bowyer_engine::{ErrorCode, ExecuteOptions, OutputFormat};
use serde_json::json;

fn limited(limit: usize) -> ExecuteOptions {
    ExecuteOptions { limit: Some(limit), ..ExecuteOptions::default() }
}

#[test]
fn a_limit_ends_the_run_early_whatever_its_size() {
    let engine = engine();
    let empty = session(&engine, &[]);
    for limit in [0, 1, 10_000, 100_000] {
        for sql in
            ["SELECT value FROM generate_series(1, 1000000000000)", "SELECT 1 FROM generate_series(1, 1000000000000)"]
        {
            let batches = start(&engine, &empty, sql, limited(limit)).unwrap().drain().unwrap();
            assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), limit);
        }
    }
}

#[test]
fn a_limit_works_with_every_format() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let options = ExecuteOptions { format: OutputFormat::Json, ..limited(2) };
    let running = start(&engine, &empty, "SELECT value AS v FROM generate_series(1, 1000000000000)", options).unwrap();
    let mut text = Vec::new();
    while let Some(message) = running.message().unwrap() {
        text.extend_from_slice(&message.segments[0]);
    }
    assert_eq!(String::from_utf8(text).unwrap(), "[{\"v\":1},{\"v\":2}]");
}

#[test]
fn a_limit_takes_the_first_rows_of_an_order() {
    let (engine, lake) = (engine(), tpch(0.05));
    let session = tpch_session(&engine, lake.path());
    let sql = "SELECT l_orderkey, l_linenumber FROM lineitem ORDER BY l_extendedprice DESC, l_orderkey, l_linenumber";
    let all = rows(&engine, &session, sql).unwrap();
    for limit in [5, 100_000] {
        let some = lines(&start(&engine, &session, sql, limited(limit)).unwrap().drain().unwrap());
        assert_eq!(some, all[..limit]);
    }
    let fewer = start(&engine, &session, &format!("{sql} LIMIT 3"), limited(5)).unwrap().drain().unwrap();
    assert_eq!(lines(&fewer), all[..3]);
}

#[test]
fn plans_as_rows_are_limited_too() {
    let engine = engine();
    let empty = session(&engine, &[]);
    for sql in ["EXPLAIN SELECT 1 AS a", "EXPLAIN ANALYZE SELECT 1 AS a"] {
        let all = start(&engine, &empty, sql, ExecuteOptions::default()).unwrap().drain().unwrap();
        let one = start(&engine, &empty, sql, limited(1)).unwrap().drain().unwrap();
        assert_eq!(one.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1);
        assert_eq!(all[0].schema(), one[0].schema());
    }
}

#[test]
fn errors_of_a_limited_run_are_those_of_the_whole_one() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let sql = "SELECT CAST(v AS INT) FROM (VALUES ('1'), ('x')) AS t(v)";
    let whole = start(&engine, &empty, sql, ExecuteOptions::default()).unwrap().drain().unwrap_err();
    let limited = start(&engine, &empty, sql, limited(10)).unwrap().drain().unwrap_err();
    assert_eq!((whole.code, &whole.message, whole.position), (limited.code, &limited.message, limited.position));
    assert_eq!(whole.code, ErrorCode::InvalidValue);
}

#[test]
fn a_part_has_no_limit() {
    let (engine, lake) = (engine(), folder());
    let table = open(&engine, "t", parquet(lake.path().join("t.parquet"), &ids(0..10))).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let options = ExecuteOptions { part: 0, parts: 2, ..limited(7) };
    let error = start(&engine, &session, "SELECT id FROM t", options).err().expect("it ran");
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(error.message.contains("limit 7"), "{}", error.message);
}

#[test]
fn statements_know_whether_they_repeat() {
    let (engine, lake) = (engine(), folder());
    let table = open(&engine, "t", parquet(lake.path().join("t.parquet"), &ids(0..10))).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let repeats = |sql: &str| prepare(&engine, &session, json!({ "sql": sql })).unwrap().is_repeatable();
    for sql in [
        "SELECT id, abs(id) FROM t WHERE id > $1 ORDER BY id",
        "SELECT count(*), sum(id) OVER () FROM t GROUP BY id",
        "SELECT value FROM generate_series(1, 3)",
        "SELECT 'now()' AS text",
        "EXPLAIN SELECT id FROM t",
        "DESCRIBE t",
    ] {
        assert!(repeats(sql), "{sql}");
    }
    for sql in [
        "SELECT now()",
        "SELECT id FROM t WHERE current_date > DATE '2024-01-01'",
        "SELECT current_timestamp",
        "SELECT current_time",
        "SELECT random()",
        "SELECT uuid()",
        "SELECT id FROM t ORDER BY random()",
        "SELECT id FROM t WHERE id IN (SELECT CAST(random() AS BIGINT) FROM t)",
        "SELECT (SELECT max(now()) FROM t) FROM t",
        "WITH w AS (SELECT now() AS n) SELECT * FROM w",
        "EXPLAIN ANALYZE SELECT id FROM t",
        "SELECT table_name FROM information_schema.tables",
        "SHOW TABLES",
        "SHOW DATABASES",
    ] {
        assert!(!repeats(sql), "{sql}");
    }
    // Of the table that its data version names.
    assert_eq!(prepare(&engine, &session, json!({ "sql": "DESCRIBE t" })).unwrap().tables(), ["t"]);
    let scan = json!({ "scan": { "schema": "public", "table": "t", "filter": "id > random()" } });
    assert!(!prepare(&engine, &session, scan).unwrap().is_repeatable());
    let scan = prepare(&engine, &session, json!({ "scan": { "schema": "public", "table": "t" } })).unwrap();
    assert!(scan.is_repeatable());
    assert_eq!(lines(&start_prepared(scan, &[], limited(3)).unwrap().drain().unwrap()), ["0", "1", "2"]);
}
