//! Results as files in chunks: every format read back, what is refused, and what is left of a run that ends early.

use std::sync::Arc;

use crate::common::{Outcome, Running, engine, eventually, folder, ipc, run, session, start, tpch, tpch_session};
use bowyer_engine::{Engine, EngineConfig, ErrorCode, ExecuteOptions, OutputFormat, RowWriter, Session};
use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

const TEXTS: [OutputFormat; 3] = [OutputFormat::Csv, OutputFormat::Json, OutputFormat::Ndjson];

/// A value of each type that SQL makes, and a row of NULLs.
const ALL_TYPES: &str = "SELECT * FROM (VALUES \
     (1, 9223372036854775807, CAST(18446744073709551615 AS BIGINT UNSIGNED), 0.1, CAST('NaN' AS DOUBLE), \
      CAST('-12345678901234567890.12' AS DECIMAL(38,2)), true, 'a,\"b\"\nü', X'00ff', DATE '2024-02-29', \
      TIMESTAMP '2024-02-29 12:34:56.789', arrow_cast('2024-02-29T12:34:56Z', 'Timestamp(Microsecond, Some(\"+00:00\"))'), \
      TIME '12:34:56', [1, NULL, 3], named_struct('x', 1, 'y', NULL), arrow_cast('d', 'Dictionary(Int32, Utf8)')), \
     (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) \
     AS t(i, l, u, f, n, d, b, s, x, dt, ts, tz, tm, li, st, di)";

fn options(format: OutputFormat) -> ExecuteOptions {
    ExecuteOptions { format, ..ExecuteOptions::default() }
}

/// The rest of a run, checked to be chunks.
fn rest(running: &Running, most: usize) -> Outcome<(Vec<u8>, u64)> {
    let (mut bytes, mut rows) = (Vec::new(), 0);
    while let Some(message) = running.message()? {
        assert!(message.header.is_empty());
        assert!((1..=most as u64).contains(&message.body_length()), "{}", message.body_length());
        message.segments.iter().for_each(|segment| bytes.extend_from_slice(segment));
        rows += message.rows;
    }
    Ok((bytes, rows))
}

fn file(engine: &Engine, session: &Arc<Session>, sql: &str, options: ExecuteOptions) -> Outcome<(Vec<u8>, u64)> {
    rest(&start(engine, session, sql, options)?, EngineConfig::default().message_bytes)
}

fn text(engine: &Engine, session: &Arc<Session>, sql: &str, format: OutputFormat) -> String {
    String::from_utf8(file(engine, session, sql, options(format)).unwrap().0).unwrap()
}

fn read_parquet(file: Vec<u8>) -> (Vec<RecordBatch>, usize) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
    let groups = reader.metadata().num_row_groups();
    (reader.build().unwrap().map(|batch| batch.unwrap()).collect(), groups)
}

/// What the command line's writer makes of the same rows.
fn written(format: OutputFormat, batches: &[RecordBatch]) -> String {
    let folder = folder();
    let path = folder.path().join("x");
    let spec = json!({ "format": format!("{format:?}").to_lowercase(), "path": path });
    let mut writer = RowWriter::open(&serde_json::from_value(spec).unwrap()).unwrap();
    batches.iter().for_each(|batch| writer.write(&ipc(batch)).unwrap());
    writer.close().unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_type_is_written_as_the_command_line_writes_it() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let arrow = run(&engine, &empty, ALL_TYPES).unwrap();
    for format in TEXTS {
        assert_eq!(text(&engine, &empty, ALL_TYPES, format), written(format, &arrow), "{format:?}");
    }
    let (parquet, rows) = file(&engine, &empty, ALL_TYPES, options(OutputFormat::Parquet)).unwrap();
    let (read, _) = read_parquet(parquet);
    assert_eq!((read, rows), (arrow, 2));
}

#[test]
fn json_holds_every_value_exactly() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let lines = text(&engine, &empty, ALL_TYPES, OutputFormat::Ndjson);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(
        lines[0],
        "{\"i\":1,\"l\":9223372036854775807,\"u\":18446744073709551615,\"f\":0.1,\"n\":null,\
         \"d\":-12345678901234567890.12,\"b\":true,\"s\":\"a,\\\"b\\\"\\nü\",\"x\":\"00ff\",\"dt\":\"2024-02-29\",\
         \"ts\":\"2024-02-29T12:34:56.789\",\"tz\":\"2024-02-29T12:34:56Z\",\"tm\":\"12:34:56\",\"li\":[1,null,3],\
         \"st\":{\"x\":1,\"y\":null},\"di\":\"d\"}"
    );
    let nulls: Value = serde_json::from_str(lines[1]).unwrap();
    let nulls = nulls.as_object().unwrap();
    assert!(nulls.len() == 16 && nulls.values().all(Value::is_null), "{}", lines[1]);
    let array: Value = serde_json::from_str(&text(&engine, &empty, ALL_TYPES, OutputFormat::Json)).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 2);
}

#[test]
fn csv_quotes_what_it_must_and_holds_nested_values_as_json() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let sql = "SELECT 'a,\"b\"' AS q, [1, NULL] AS li, named_struct('x', 'y') AS \"s,t\", NULL AS n";
    let expected = "q,li,\"s,t\",n\n\"a,\"\"b\"\"\",\"[1,null]\",\"{\"\"x\"\":\"\"y\"\"}\",\n";
    assert_eq!(text(&engine, &empty, sql, OutputFormat::Csv), expected);
}

#[test]
fn a_result_without_rows_is_a_whole_file() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let none = "SELECT n_name, n_nationkey FROM nation WHERE n_nationkey < 0";
    assert_eq!(text(&engine, &session, none, OutputFormat::Json), "[]");
    assert_eq!(text(&engine, &session, none, OutputFormat::Ndjson), "");
    assert_eq!(text(&engine, &session, none, OutputFormat::Csv), "n_name,n_nationkey\n");
    let (parquet, rows) = file(&engine, &session, none, options(OutputFormat::Parquet)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(parquet)).unwrap();
    assert_eq!((reader.schema().fields().len(), rows), (2, 0));
}

#[test]
fn chunks_are_bounded_and_tell_their_rows() {
    let lake = tpch(0.05);
    for message_bytes in [4 << 10, 1 << 20] {
        let config = EngineConfig { cpu_threads: 2, message_bytes, ..EngineConfig::default() };
        let engine = Engine::new(config).unwrap();
        let session = tpch_session(&engine, lake.path());
        for format in [OutputFormat::Csv, OutputFormat::Json, OutputFormat::Ndjson, OutputFormat::Parquet] {
            let running = start(&engine, &session, "SELECT * FROM lineitem", options(format)).unwrap();
            let (bytes, rows) = rest(&running, message_bytes).unwrap();
            assert_eq!(rows, 299_814, "{format:?}");
            let metrics = running.query.metrics();
            assert_eq!((metrics.rows, metrics.bytes), (rows, bytes.len() as u64));
        }
        eventually("memory is held", || engine.stats().memory_used == 0);
    }
}

#[test]
fn parquet_comes_in_row_groups_and_holds_the_same_rows() {
    let (engine, lake) = (engine(), tpch(0.05));
    let session = tpch_session(&engine, lake.path());
    let sql = "SELECT * FROM lineitem ORDER BY l_orderkey, l_linenumber";
    let arrow = run(&engine, &session, sql).unwrap();
    let (read, groups) = read_parquet(file(&engine, &session, sql, options(OutputFormat::Parquet)).unwrap().0);
    assert_eq!(groups, 3);
    let schema = arrow[0].schema();
    assert_eq!(concat_batches(&schema, &read).unwrap(), concat_batches(&schema, &arrow).unwrap());
}

#[test]
fn little_memory_makes_smaller_row_groups() {
    let (engine, lake) = (engine(), tpch(0.05));
    let session = tpch_session(&engine, lake.path());
    let sql = "SELECT l_orderkey, l_comment FROM lineitem";
    let little = ExecuteOptions { memory_limit: 1 << 20, ..options(OutputFormat::Parquet) };
    let running = start(&engine, &session, sql, little).unwrap();
    let (read, groups) = read_parquet(rest(&running, EngineConfig::default().message_bytes).unwrap().0);
    assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 299_814);
    assert!(groups > 5, "{groups}");
    assert!((1..=1 << 20).contains(&running.query.metrics().memory_peak));
    eventually("memory is held", || engine.stats().memory_used == 0);
}

#[test]
fn a_failed_run_has_no_end() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let sql = "SELECT value, 1000000 / (1000000 - value) AS q FROM generate_series(1, 2000000)";
    for format in [OutputFormat::Csv, OutputFormat::Json, OutputFormat::Ndjson, OutputFormat::Parquet] {
        let running = start(&engine, &empty, sql, options(format)).unwrap();
        let mut bytes = Vec::new();
        let error = loop {
            match running.message() {
                Ok(message) => bytes.extend_from_slice(&message.expect("the run ended").segments[0]),
                Err(error) => break error,
            }
        };
        assert_eq!(error.code, ErrorCode::InvalidValue);
        assert!(bytes.len() > 100_000, "{format:?}: {}", bytes.len());
        assert!(!bytes.ends_with(b"]") && !bytes.ends_with(b"PAR1"), "{format:?}");
        drop(running);
        eventually("memory is held", || engine.stats().memory_used == 0 && engine.stats().active_queries == 0);
    }
}

#[test]
fn a_cancelled_run_has_no_end_and_holds_nothing() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let sql = "SELECT value, md5(CAST(value AS VARCHAR)) AS h FROM generate_series(1, 1000000000)";
    for format in [OutputFormat::Csv, OutputFormat::Json, OutputFormat::Ndjson, OutputFormat::Parquet] {
        let running = start(&engine, &empty, sql, options(format)).unwrap();
        assert!(running.message().unwrap().unwrap().body_length() > 0);
        running.query.cancel();
        assert_eq!(running.message().unwrap_err().code, ErrorCode::Cancelled);
        eventually("memory is held", || engine.stats().memory_used == 0 && engine.stats().active_queries == 0);
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused_at_once() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let refused = |sql: &str, format: OutputFormat| match start(&engine, &empty, sql, options(format)) {
        Ok(_) => panic!("{format:?} took {sql}"),
        Err(error) => (error.code, error.message, error.hint.unwrap_or_default()),
    };
    for format in [OutputFormat::Json, OutputFormat::Ndjson, OutputFormat::Parquet] {
        let (code, message, hint) = refused("SELECT a.i, b.i FROM (SELECT 1 AS i) a, (SELECT 2 AS i) b", format);
        assert_eq!(code, ErrorCode::InvalidArgument);
        assert!(message.contains("\"i\"") && hint.contains("AS"), "{message} {hint}");
    }
    let map = "SELECT 1 AS ok, map([1, 2], ['a', 'b']) AS m";
    for (sql, column, format) in [
        (map, "\"m\"", OutputFormat::Json),
        (map, "\"m\"", OutputFormat::Ndjson),
        (map, "\"m\"", OutputFormat::Csv),
        ("SELECT 1 AS ok, INTERVAL '1' MONTH AS m", "\"m\"", OutputFormat::Parquet),
    ] {
        let (code, message, _) = refused(sql, format);
        assert_eq!(code, ErrorCode::Unsupported);
        assert!(message.contains(column), "{message}");
    }
}

#[test]
fn a_date_without_a_text_is_an_error_and_no_text() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let far = "arrow_cast(9000000000000000000, 'Timestamp(Microsecond, None)')";
    for sql in
        [format!("SELECT {far} AS t"), format!("SELECT [{far}] AS t"), format!("SELECT named_struct('f', {far}) AS t")]
    {
        for format in TEXTS {
            let error = file(&engine, &empty, &sql, options(format)).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidValue);
            assert!(error.message.contains("\"t\""), "{}", error.message);
        }
    }
}
