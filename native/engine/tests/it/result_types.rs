//! The types of results: compatible, native, and what may be asked for on top.

use std::fs::File;
use std::sync::Arc;

use crate::common::{engine, folder, lines, open, parquet, prepare, session, start_prepared, write};
use bowyer_engine::{Engine, EngineConfig, ErrorCode, ExecuteOptions, Session, Statement};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int64Array, ListArray, RecordBatch, StringViewArray,
    StructArray, TimestampMicrosecondArray, UInt8Array, UInt64Array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int8Type, Int32Type, TimeUnit};
use datafusion::arrow::ipc::writer::FileWriter;
use serde_json::{Value, json};

fn types(statement: &Statement) -> Vec<DataType> {
    statement.schema().fields().iter().map(|field| field.data_type().clone()).collect()
}

fn asked(engine: &Engine, session: &Arc<Session>, sql: &str, options: Value) -> Arc<Statement> {
    let mut spec = json!({ "sql": sql });
    spec.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    prepare(engine, session, spec).unwrap()
}

fn batches(statement: &Arc<Statement>) -> Vec<RecordBatch> {
    start_prepared(statement.clone(), &[], ExecuteOptions::default()).unwrap().drain().unwrap()
}

fn micros(value: i64, zone: Option<&str>) -> ArrayRef {
    let array = TimestampMicrosecondArray::from(vec![value]);
    match zone {
        Some(zone) => Arc::new(array.with_timezone(zone)),
        None => Arc::new(array),
    }
}

#[test]
fn native_types_are_sent_as_they_are() {
    let (engine, lake) = (engine(), folder());
    let colours: DictionaryArray<Int32Type> = ["red", "green", "red"].into_iter().collect();
    let long = "a text that is longer than a view holds";
    let list = ListArray::from_iter_primitive::<datafusion::arrow::datatypes::UInt16Type, _, _>([
        Some([Some(1)]),
        None,
        Some([Some(3)]),
    ]);
    let inner = Arc::new(StringViewArray::from(vec![Some(long), None, Some("c")]));
    let nested = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Utf8View, true)), inner as ArrayRef)]);
    let batch = RecordBatch::try_from_iter([
        ("colour", Arc::new(colours) as ArrayRef),
        ("small", Arc::new(UInt8Array::from(vec![1, 2, 255])) as ArrayRef),
        ("big", Arc::new(UInt64Array::from(vec![1, 2, u64::MAX])) as ArrayRef),
        ("text", Arc::new(StringViewArray::from(vec!["a", long, "c"])) as ArrayRef),
        ("list", Arc::new(list) as ArrayRef),
        ("nested", Arc::new(nested) as ArrayRef),
    ]);
    parquet(lake.path().join("x.parquet"), &batch.unwrap());
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let native = asked(&engine, &session, "SELECT * FROM t", json!({ "encoding": "native" }));
    assert_eq!(types(&native), table.schema().fields().iter().map(|f| f.data_type().clone()).collect::<Vec<_>>());
    assert!(matches!(types(&native)[0], DataType::Dictionary(..)), "{:?}", types(&native));
    assert!(types(&native).contains(&DataType::Utf8View) && types(&native).contains(&DataType::UInt64));
    let compatible = asked(&engine, &session, "SELECT * FROM t", json!({ "encoding": "compatible" }));
    assert_eq!(types(&compatible)[2], DataType::Decimal128(20, 0));
    assert_eq!(lines(&batches(&native)), lines(&batches(&compatible)));
    let doubles = asked(&engine, &session, "SELECT big FROM t", json!({ "decimal": "double" }));
    assert_eq!(types(&doubles), [DataType::Float64]);
    for kind in ["'LargeUtf8'", "'BinaryView'", "'Dictionary(Int8, LargeUtf8)'", "'Utf8View'"] {
        let sql = format!("SELECT arrow_cast(text, {kind}) AS x FROM t");
        let statement = asked(&engine, &session, &sql, json!({ "encoding": "native" }));
        let found = cast(batches(&statement)[0].column(0), &DataType::Utf8).unwrap();
        assert_eq!(found.as_string::<i32>().iter().flatten().collect::<Vec<_>>().len(), 3, "{kind}");
    }
}

/// Every batch has a dictionary of its own, as row groups of files do.
#[test]
fn dictionaries_are_replaced_and_never_mixed_up() {
    let (engine, lake) = (engine(), folder());
    for file in 0..4 {
        let words: Vec<String> = (0..100).map(|i| format!("{file}-{i}")).collect();
        let words: DictionaryArray<Int8Type> = words.iter().map(String::as_str).collect();
        let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(file * 100..file * 100 + 100));
        let batch = RecordBatch::try_from_iter([("id", keys), ("word", Arc::new(words) as ArrayRef)]).unwrap();
        parquet(lake.path().join(format!("{file}.parquet")), &batch);
    }
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    for sql in ["SELECT * FROM t", "SELECT id, make_array(word) AS word FROM t"] {
        let statement = asked(&engine, &session, sql, json!({ "encoding": "native" }));
        let running = start_prepared(statement.clone(), &[], ExecuteOptions::default()).unwrap();
        let mut messages = Vec::new();
        while let Some(message) = running.message().unwrap() {
            messages.push(message);
        }
        assert_eq!(messages.iter().map(|message| message.rows).sum::<u64>(), 400);
        assert!(messages.iter().filter(|message| message.rows == 0).count() >= 1, "{sql}: no dictionary");
        for line in lines(&crate::common::decode(&statement.schema(), &messages)) {
            let (id, word) = line.split_once(',').unwrap();
            let id: i64 = id.parse().unwrap();
            assert_eq!(word.trim_matches(['[', ']']), format!("{}-{}", id / 100, id % 100), "{sql}");
        }
    }
}

#[test]
fn native_messages_hold_their_rows_and_little_more() {
    let lake = folder();
    let config = EngineConfig { cpu_threads: 1, message_bytes: 64 << 10, ..EngineConfig::default() };
    let engine = Engine::new(config).unwrap();
    let text = |i: i64| format!("number {i} and then some more to make it long {}", "x".repeat(100));
    let values: Vec<String> = (0..50_000).map(text).collect();
    let views: ArrayRef = Arc::new(StringViewArray::from_iter_values(values.iter()));
    let dictionary = cast(&views, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))).unwrap();
    let list = ListArray::new(
        Arc::new(Field::new("item", DataType::Utf8View, true)),
        datafusion::arrow::buffer::OffsetBuffer::from_lengths(std::iter::repeat_n(1, 50_000)),
        views.clone(),
        None,
    );
    let batch =
        RecordBatch::try_from_iter([("v", views), ("d", dictionary), ("l", Arc::new(list) as ArrayRef)]).unwrap();
    parquet(lake.path().join("x.parquet"), &batch);
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    for (column, filter) in
        [("v", "true"), ("d", "true"), ("l", "true"), ("v", "v LIKE '%7 and%'"), ("l", "v LIKE '%77 and%'")]
    {
        let sql = format!("SELECT {column} FROM t WHERE {filter}");
        let statement = asked(&engine, &session, &sql, json!({ "encoding": "native" }));
        let running = start_prepared(statement.clone(), &[], ExecuteOptions::default()).unwrap();
        let (mut bytes, mut rows, mut largest) = (0, 0, 0);
        while let Some(message) = running.message().unwrap() {
            bytes += message.body_length();
            rows += message.rows;
            largest = largest.max(message.body_length());
        }
        assert!(rows > 100 && bytes < rows * 600, "{sql}: {bytes} bytes for {rows} rows");
        assert!(largest < 256 << 10, "{sql}: a message of {largest} bytes");
    }
}

#[test]
fn timestamps_and_decimals_on_top_of_either_encoding() {
    let (engine, lake) = (engine(), folder());
    let decimal = Decimal128Array::from(vec![12_345]).with_precision_and_scale(10, 2).unwrap();
    let inner = StructArray::from(vec![(
        Arc::new(Field::new("at", micros(0, None).data_type().clone(), true)),
        micros(1_500_000, None),
    )]);
    let batch = RecordBatch::try_from_iter([
        ("naive", micros(1_500_000, None)),
        ("zoned", micros(1_500_000, Some("+02:00"))),
        ("amount", Arc::new(decimal) as ArrayRef),
        ("nested", Arc::new(inner) as ArrayRef),
    ]);
    parquet(lake.path().join("x.parquet"), &batch.unwrap());
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    for encoding in ["compatible", "native"] {
        let with = |mut options: Value| {
            options["encoding"] = encoding.into();
            asked(&engine, &session, "SELECT * FROM t", options)
        };
        let plain = with(json!({}));
        assert_eq!(types(&plain)[0], DataType::Timestamp(TimeUnit::Microsecond, None));
        let nanoseconds = with(json!({ "timestampUnit": "ns" }));
        assert_eq!(types(&nanoseconds)[1], DataType::Timestamp(TimeUnit::Nanosecond, Some("+02:00".into())));
        let DataType::Struct(fields) = &types(&nanoseconds)[3] else { panic!() };
        assert_eq!(fields[0].data_type(), &DataType::Timestamp(TimeUnit::Nanosecond, None));
        assert_eq!(lines(&batches(&nanoseconds)), lines(&batches(&plain)));
        let all = with(json!({ "timestampUnit": "ns", "timestampZone": "drop", "decimal": "double" }));
        assert_eq!(types(&all)[1], DataType::Timestamp(TimeUnit::Nanosecond, None));
        assert_eq!(types(&all)[2], DataType::Float64);
        let expected = "1970-01-01T00:00:01.500,1970-01-01T00:00:01.500,123.45,{at: 1970-01-01T00:00:01.500}";
        assert_eq!(lines(&batches(&all)), [expected], "{encoding}");
    }
}

#[test]
fn timestamps_outside_of_nanoseconds_are_an_error() {
    let (engine, lake) = (engine(), folder());
    parquet(lake.path().join("x.parquet"), &RecordBatch::try_from_iter([("at", micros(i64::MAX / 2, None))]).unwrap());
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let statement = asked(&engine, &session, "SELECT at FROM t", json!({ "timestampUnit": "ns" }));
    let error = start_prepared(statement, &[], ExecuteOptions::default()).unwrap().drain().unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidValue, "{error}");
}

#[test]
fn versions_name_the_data_and_not_the_statement() {
    let lake = folder();
    write(lake.path().join("a.csv"), "id\n1\n");
    write(lake.path().join("b.csv"), "id\n1\n");
    let version = |files: &[&str], sql: &str| {
        let engine = engine();
        let tables: Vec<_> = files
            .iter()
            .map(|name| (*name, open(&engine, name, lake.path().join(format!("{name}.csv"))).unwrap()))
            .collect();
        let session = session(&engine, &tables.iter().map(|(name, table)| (*name, table)).collect::<Vec<_>>());
        engine.prepare(session, sql).unwrap().data_version()
    };
    let a = version(&["a", "b"], "SELECT * FROM a");
    assert!(a.len() == 16 && a.chars().all(|c| c.is_ascii_hexdigit()), "{a}");
    assert_eq!(a, version(&["a"], "SELECT count(*) FROM a WHERE id > 0"));
    assert_ne!(a, version(&["b"], "SELECT * FROM b"));
    let both = version(&["a", "b"], "SELECT * FROM a, b");
    assert_eq!(both, version(&["a", "b"], "SELECT * FROM b, a"));
    assert_ne!(both, a);
    assert_eq!(version(&[], "SELECT 1"), version(&["a"], "SELECT 2"));
    write(lake.path().join("a.csv"), "id\n1\n2\n");
    assert_ne!(a, version(&["a"], "SELECT * FROM a"));
}

#[test]
fn a_dictionary_without_values_is_sent() {
    let (engine, lake) = (engine(), folder());
    let nothing: DictionaryArray<Int32Type> = [None::<&str>, None].into_iter().collect();
    assert_eq!(nothing.values().len(), 0);
    let batch = RecordBatch::try_from_iter_with_nullable([("colour", Arc::new(nothing) as ArrayRef, true)]).unwrap();
    let mut file = FileWriter::try_new(File::create(lake.path().join("x.arrow")).unwrap(), &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    file.finish().unwrap();
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let statement = asked(&engine, &session, "SELECT colour FROM t", json!({ "encoding": "native" }));
    let running = start_prepared(statement, &[], ExecuteOptions::default()).unwrap();
    let mut rows = Vec::new();
    while let Some(message) = running.message().unwrap() {
        rows.push(message.rows);
    }
    assert_eq!(rows, [0, 2], "a dictionary, then the rows that need it");
}
