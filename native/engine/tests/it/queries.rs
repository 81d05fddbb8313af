//! The life of a query: results, parameters, limits, cancellation, and what is left afterwards.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::{engine, eventually, open, rows, run, session, start, start_prepared, tpch, tpch_session, value};
use bowyer_engine::{Engine, EngineConfig, EngineError, ErrorCode, ExecuteOptions, ExplainFormat};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;

/// Runs for hours unless it is stopped.
const ENDLESS_JOIN: &str = "SELECT count(*) FROM lineitem a, lineitem b, lineitem c \
     WHERE a.l_comment < b.l_comment AND b.l_comment < c.l_comment";

#[test]
fn results_are_whole_and_in_compatible_types() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let batches = run(&engine, &session, "SELECT * FROM lineitem").unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 60_175);
    assert!(batches[0].schema().fields().iter().all(|field| field.data_type() != &DataType::Utf8View));
    assert_eq!(value(&engine, &session, "SELECT sum(l_quantity) FROM lineitem").unwrap(), "1536127.00");
}

#[test]
fn an_empty_result_keeps_its_schema() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let running = start(&engine, &session, "SELECT * FROM nation WHERE false", ExecuteOptions::default()).unwrap();
    assert!(running.message().unwrap().is_none());
    assert!(running.message().unwrap().is_none(), "the end stays the end");
    assert_eq!(running.query.metrics().state, "finished");
}

#[test]
fn messages_stay_below_two_mebibytes() {
    let (engine, lake) = (engine(), tpch(0.05));
    let session = tpch_session(&engine, lake.path());
    let wide = "SELECT *, repeat(l_comment, 20) AS a, repeat(l_comment, 30) AS b FROM lineitem";
    let running = start(&engine, &session, wide, ExecuteOptions::default()).unwrap();
    let (mut rows, mut largest) = (0, 0);
    while let Some(message) = running.message().unwrap() {
        rows += message.rows;
        largest = largest.max(message.body_length());
    }
    assert!(largest > 512 << 10 && largest < 2 << 20, "{largest}");
    assert_eq!(running.query.metrics().rows, rows);
}

#[test]
fn cancel_stops_a_join_within_a_second() {
    let (engine, lake) = (engine(), tpch(0.1));
    let session = tpch_session(&engine, lake.path());
    let running = start(&engine, &session, ENDLESS_JOIN, ExecuteOptions::default()).unwrap();
    eventually("the join never allocated", || running.query.metrics().memory_peak > 0);
    let asked = Instant::now();
    running.query.cancel();
    assert_eq!(running.query.next().unwrap_err().code, ErrorCode::Cancelled);
    let stopped = || engine.stats().active_queries == 0 && engine.stats().memory_used == 0;
    eventually("the join did not stop", stopped);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(running.query.metrics().state, "cancelled");
}

#[test]
fn joins_that_read_nothing_more_are_stopped_too() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let digits = "WITH n AS (SELECT * FROM (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) AS t(v))";
    let from: Vec<String> = names.iter().map(|name| format!("n {name}")).collect();
    let values: Vec<String> = names.iter().map(|name| format!("{name}.v")).collect();
    let sql =
        format!("{digits} SELECT count(*) FROM {} WHERE concat({}) LIKE '%no%'", from.join(", "), values.join(", "));
    let options = ExecuteOptions { timeout_millis: 200, ..ExecuteOptions::default() };
    let started = Instant::now();
    let running = start(&engine, &empty, &sql, options).unwrap();
    assert_eq!(running.message().unwrap_err().code, ErrorCode::Timeout);
    eventually("the join did not stop", || engine.stats().active_queries == 0);
    assert!(started.elapsed() < Duration::from_millis(1_200), "{:?}", started.elapsed());
}

#[test]
fn joins_without_any_result_are_stopped_too() {
    let (engine, lake) = (engine(), tpch(0.05));
    let session = tpch_session(&engine, lake.path());
    let in_vain = "a.l_orderkey + b.l_partkey < 0";
    for sql in [
        format!("SELECT count(*) FROM lineitem a JOIN lineitem b ON {in_vain}"),
        format!(
            "SELECT count(*) FROM lineitem a FULL JOIN lineitem b ON a.l_linestatus = b.l_linestatus AND {in_vain}"
        ),
    ] {
        let options = ExecuteOptions { timeout_millis: 300, ..ExecuteOptions::default() };
        let started = Instant::now();
        let running = start(&engine, &session, &sql, options).unwrap();
        assert_eq!(running.message().unwrap_err().code, ErrorCode::Timeout);
        eventually("the join did not stop", || engine.stats().active_queries == 0);
        assert!(started.elapsed() < Duration::from_millis(1_300), "{sql}: {:?}", started.elapsed());
    }
}

#[test]
fn functions_refuse_to_make_what_would_not_fit() {
    let engine = engine();
    let empty = session(&engine, &[]);
    for call in [
        "length(repeat('x', 2000000000))",
        "length(lpad('x', 2147483647))",
        "array_length(range(0, 100000000))",
        "array_length(generate_series(100000000))",
        "array_length(array_repeat(1, 100000000))",
        "array_length(array_resize(make_array(1), 100000000))",
        "sum(length(repeat('x', cast(value AS INT) * 1000000))) FROM generate_series(1, 1000)",
    ] {
        let error = run(&engine, &empty, &format!("SELECT {call}")).expect_err(call);
        assert_eq!(error.code, ErrorCode::LimitReached, "{call}: {error}");
    }
    assert_eq!(value(&engine, &empty, "SELECT length(repeat('ab', 1000))").unwrap(), "2000");
    assert_eq!(value(&engine, &empty, "SELECT array_length(range(0, 1000, 10))").unwrap(), "100");
    assert_eq!(value(&engine, &empty, "SELECT lpad('x', 3, '0')").unwrap(), "00x");
}

#[test]
fn dropping_a_query_in_the_middle_frees_everything() {
    let (engine, lake) = (engine(), tpch(0.05));
    let session = tpch_session(&engine, lake.path());
    let running = start(&engine, &session, "SELECT * FROM lineitem", ExecuteOptions::default()).unwrap();
    assert!(running.message().unwrap().is_some());
    drop(running);
    eventually("the query still runs", || engine.stats().active_queries == 0 && engine.stats().memory_used == 0);
}

#[test]
fn a_deadline_is_an_error_not_a_short_answer() {
    let (engine, lake) = (engine(), tpch(0.05));
    let session = tpch_session(&engine, lake.path());
    let options = ExecuteOptions { timeout_millis: 200, ..ExecuteOptions::default() };
    let running = start(&engine, &session, ENDLESS_JOIN, options.clone()).unwrap();
    assert_eq!(running.message().unwrap_err().code, ErrorCode::Timeout);
    eventually("the query still runs", || engine.stats().active_queries == 0);
    // A reader that stalls past the deadline hears of it too, though messages are waiting.
    let stalled = start(&engine, &session, "SELECT * FROM lineitem", options).unwrap();
    eventually("the query still runs", || stalled.query.metrics().state == "failed");
    assert_eq!(stalled.message().unwrap_err().code, ErrorCode::Timeout);
}

#[test]
fn a_query_over_its_memory_fails_alone() {
    let (engine, lake) = (engine(), tpch(0.1));
    let session = tpch_session(&engine, lake.path());
    let options = ExecuteOptions { memory_limit: 1 << 20, ..ExecuteOptions::default() };
    let hog = "SELECT array_agg(l_comment ORDER BY l_comment) FROM lineitem GROUP BY l_orderkey % 2";
    let neighbour = start(&engine, &session, "SELECT * FROM orders", ExecuteOptions::default()).unwrap();
    let error = start(&engine, &session, hog, options).unwrap().drain().unwrap_err();
    assert_eq!(error.code, ErrorCode::MemoryLimit, "{error}");
    assert!(error.message.contains("query-memory"), "{error}");
    assert_eq!(neighbour.drain().unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 150_000);
    eventually("queries still run", || engine.stats().active_queries == 0);
    drop(neighbour);
    assert_eq!(engine.stats().memory_used, 0);
}

#[test]
fn a_sort_larger_than_its_memory_spills_and_is_right() {
    let lake = tpch(0.3);
    let spill = crate::common::folder();
    let config =
        EngineConfig { cpu_threads: 2, spill_folder: Some(spill.path().to_path_buf()), ..EngineConfig::default() };
    let engine = Engine::new(config).unwrap();
    let session = tpch_session(&engine, lake.path());
    let sql = "SELECT l_comment, l_orderkey FROM lineitem ORDER BY l_comment, l_orderkey, l_linenumber";
    let options = ExecuteOptions { memory_limit: 64 << 20, ..ExecuteOptions::default() };
    let small = start(&engine, &session, sql, options).unwrap();
    let spilled = small.drain().unwrap();
    let metrics = small.query.metrics();
    assert!(metrics.spilled > 0, "{metrics:?}");
    assert_eq!(engine.stats().spilled_total, metrics.spilled);
    let schema = spilled[0].schema();
    let in_memory = run(&engine, &session, sql).unwrap();
    let whole = |batches: &[RecordBatch]| datafusion::arrow::compute::concat_batches(&schema, batches).unwrap();
    assert!(whole(&spilled) == whole(&in_memory));
    drop(small);
    eventually("spilled files stay", || engine.stats().spilled == 0);
}

#[test]
fn spilling_beyond_its_limit_says_so_and_leaves_no_file() {
    let lake = tpch(0.3);
    let spill = crate::common::folder();
    let config = EngineConfig {
        cpu_threads: 2,
        spill_folder: Some(spill.path().to_path_buf()),
        spill_bytes: 4 << 20,
        ..EngineConfig::default()
    };
    let engine = Engine::new(config).unwrap();
    let session = tpch_session(&engine, lake.path());
    let options = ExecuteOptions { memory_limit: 32 << 20, ..ExecuteOptions::default() };
    for sql in [
        "SELECT l_comment FROM lineitem ORDER BY l_comment, l_orderkey, l_linenumber",
        "SELECT l_comment, l_orderkey, count(*) FROM lineitem GROUP BY 1, 2",
        "SELECT a.l_comment, b.l_comment FROM lineitem a JOIN lineitem b USING (l_orderkey, l_linenumber)",
    ] {
        let error = start(&engine, &session, sql, options.clone()).and_then(|running| running.drain()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SpillLimit, "{sql}: {error:?}");
        assert_eq!(error.message, "the spilled data of all queries together may take 4.0 MB, and that is used up");
        assert!(error.hint.unwrap().contains("limits.spill"));
    }
    eventually("spilled files stay", || engine.stats().spilled == 0);
    eventually("queries still run", || engine.stats().active_queries == 0);
    eventually("memory stays", || engine.stats().memory_used == 0);
    assert_eq!(rows(&engine, &session, "SELECT 1").unwrap(), ["1"]);
}

/// As the writer of spill files wraps what the system says.
#[test]
fn a_full_disk_is_told_as_the_limit_that_it_is() {
    let full = || std::io::Error::other(DataFusionError::IoError(std::io::ErrorKind::StorageFull.into()));
    for error in [
        DataFusionError::IoError(full()),
        DataFusionError::from(ArrowError::IoError(String::new(), full())),
        DataFusionError::IoError(std::io::Error::from_raw_os_error(28)),
    ] {
        let error = EngineError::from(error);
        assert_eq!(error.code, ErrorCode::SpillLimit, "{error:?}");
        assert!(error.hint.unwrap().contains("limits.spill-folder"));
    }
}

#[test]
fn a_hash_join_without_memory_is_tried_again_with_a_join_that_spills() {
    let (engine, lake) = (engine(), tpch(0.5));
    let session = tpch_session(&engine, lake.path());
    let sql = "SELECT count(*), sum(length(a.l_comment) + length(b.l_comment)) FROM lineitem a JOIN lineitem b \
               ON a.l_orderkey = b.l_orderkey AND a.l_linenumber = b.l_linenumber";
    let expected = rows(&engine, &session, sql).unwrap();
    let options = ExecuteOptions { memory_limit: 176 << 20, ..ExecuteOptions::default() };
    let small = start(&engine, &session, sql, options).unwrap();
    let batches = small.drain().unwrap();
    let text = |i: usize| datafusion::arrow::util::display::array_value_to_string(batches[0].column(i), 0).unwrap();
    assert_eq!(vec![format!("{},{}", text(0), text(1))], expected);
    assert!(small.query.metrics().retried);
}

#[test]
fn plans_are_shown_in_every_format_without_paths() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let sql = "SELECT n_name, count(*) FROM nation JOIN supplier ON n_nationkey = s_nationkey GROUP BY n_name";
    let statement = Arc::new(engine.prepare(session, sql).unwrap());
    let expected = HashMap::from([
        (ExplainFormat::Indent as u8, "HashJoinExec"),
        (ExplainFormat::Tree as u8, "┌──"),
        (ExplainFormat::Graphviz as u8, "digraph {"),
        (ExplainFormat::Pgjson as u8, "\"Node Type\""),
        (ExplainFormat::Analyze as u8, "output_rows=25"),
    ]);
    for format in [
        ExplainFormat::Indent,
        ExplainFormat::Tree,
        ExplainFormat::Graphviz,
        ExplainFormat::Pgjson,
        ExplainFormat::Analyze,
    ] {
        let text = engine.explain(statement.clone(), format, 0, None).unwrap();
        assert!(text.contains(expected[&(format as u8)]), "{format:?}: {text}");
        assert!(!text.contains(lake.path().to_str().unwrap()), "{format:?} shows a path: {text}");
    }
}

#[test]
fn errors_point_at_the_word_and_name_the_nearest() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let fail = |sql: &str| start(&engine, &session, sql, ExecuteOptions::default()).err().expect(sql);
    let column = fail("SELECT n_nmae\nFROM nation");
    assert_eq!(column.code, ErrorCode::UnknownColumn);
    assert_eq!(column.hint.as_deref(), Some("did you mean \"n_name\"?"));
    let position = column.position.unwrap();
    assert_eq!((position.line, position.column), (1, 8));
    let table = fail("SELECT * FROM natoin");
    assert_eq!(table.to_string(), "no dataset named \"natoin\" (did you mean \"nation\"?)");
    assert_eq!(table.position.unwrap().column, 15);
    let function = fail("SELECT uper(n_name) FROM nation");
    assert_eq!(
        (function.code, function.hint.as_deref()),
        (ErrorCode::UnknownFunction, Some("did you mean \"upper\"?"))
    );
    let syntax = fail("SELECT * FORM nation");
    assert_eq!(syntax.code, ErrorCode::InvalidSql);
    assert!(syntax.position.is_some(), "{syntax:?}");
    assert_eq!(fail("SELECT n_name + 1 FROM nation WHERE n_name").code, ErrorCode::InvalidSql);
}

#[test]
fn values_that_do_not_fit_are_the_callers_fault() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    for sql in ["SELECT 1 / (n_nationkey - n_nationkey) FROM nation", "SELECT cast(n_name AS INT) FROM nation"] {
        let error = run(&engine, &session, sql).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidValue, "{sql}: {error}");
    }
}

#[test]
fn files_cannot_be_reached_past_the_registered_tables() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let path = lake.path().join("nation.parquet");
    for sql in [
        format!("SELECT * FROM '{}'", path.display()),
        format!("SELECT * FROM \"file://{}\"", path.display()),
        format!("SELECT * FROM read_parquet('{}')", path.display()),
        format!("SELECT * FROM parquet_metadata('{}')", path.display()),
    ] {
        let error = start(&engine, &session, &sql, ExecuteOptions::default()).err().expect(&sql);
        assert!(matches!(error.code, ErrorCode::DatasetNotFound | ErrorCode::StatementNotAllowed), "{sql}: {error:?}");
    }
}

#[test]
fn statements_at_the_limits_run() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let plus = format!("SELECT 1{}", "+1".repeat(500));
    assert_eq!(value(&engine, &empty, &plus).unwrap(), "501");
    let ors = format!("SELECT count(*) FROM (VALUES (1)) AS t(a) WHERE a = 0{}", " OR a = 1".repeat(249));
    assert_eq!(value(&engine, &empty, &ors).unwrap(), "1");
    let parens = format!("SELECT {}1{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(value(&engine, &empty, &parens).unwrap(), "1");
    let subqueries = format!("SELECT {}1{}", "(SELECT ".repeat(12), ")".repeat(12));
    assert_eq!(value(&engine, &empty, &subqueries).unwrap(), "1");
    let tables = format!("SELECT * FROM {}(SELECT 1) AS t{}", "(SELECT * FROM ".repeat(90), ") AS t".repeat(90));
    assert_eq!(value(&engine, &empty, &tables).unwrap(), "1");
    let unions = format!("SELECT count(*) FROM (SELECT 1{})", " UNION ALL SELECT 1".repeat(250));
    assert_eq!(value(&engine, &empty, &unions).unwrap(), "251");
}

#[test]
fn a_closed_engine_answers_with_an_error() {
    let lake = tpch(0.01);
    let engine = engine();
    let table = open(&engine, "nation", lake.path().join("nation.parquet")).unwrap();
    let session = session(&engine, &[("nation", &table)]);
    let statement = Arc::new(engine.prepare(session, "SELECT * FROM nation").unwrap());
    drop(engine);
    assert!(start_prepared(statement, &[], ExecuteOptions::default()).is_err());
}
