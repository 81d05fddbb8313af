//! Files as tables: formats, folders, globs, partitions, schema union, refresh.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::common::{engine, folder, ids, open, parquet, rows, session, start, value, with, write};
use bowyer_engine::{ErrorCode, ExecuteOptions};
use datafusion::arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use serde_json::json;

/// The rows of one table, sorted.
fn all(location: impl AsRef<Path>) -> Vec<String> {
    let engine = engine();
    let table = open(&engine, "t", location).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let mut found = rows(&engine, &session, "SELECT * FROM t").unwrap();
    found.sort();
    found
}

#[test]
fn every_format_gives_its_rows() {
    let lake = folder();
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
        ("name", Arc::new(StringArray::from(vec![Some("a"), None])) as ArrayRef),
    ])
    .unwrap();
    parquet(lake.path().join("x.parquet"), &batch);
    write(lake.path().join("x.csv"), "id,name\n1,a\n2,\n");
    write(lake.path().join("x.ndjson"), "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":null}\n");
    write(lake.path().join("x.json"), "[{\"id\":1,\"name\":\"a\"},{\"id\":2}]");
    let arrow = fs::File::create(lake.path().join("x.arrow")).unwrap();
    let mut file = FileWriter::try_new(arrow, &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    file.finish().unwrap();
    let arrows = fs::File::create(lake.path().join("x.arrows")).unwrap();
    let mut stream = StreamWriter::try_new(arrows, &batch.schema()).unwrap();
    stream.write(&batch).unwrap();
    stream.finish().unwrap();
    for file in ["x.parquet", "x.csv", "x.ndjson", "x.json", "x.arrow", "x.arrows"] {
        assert_eq!(all(lake.path().join(file)), ["1,a", "2,"], "{file}");
    }
}

#[test]
fn folders_globs_and_hidden_files() {
    let lake = folder();
    parquet(lake.path().join("a/one.parquet"), &ids([1]));
    parquet(lake.path().join("a/deep/two.parquet"), &ids([2]));
    parquet(lake.path().join("b/three.parquet"), &ids([3]));
    write(lake.path().join("a/_SUCCESS"), "");
    write(lake.path().join("a/.three.parquet.crc"), "x");
    write(lake.path().join("a/README.md"), "not data");
    assert_eq!(all(lake.path().join("a")), ["1", "2"]);
    assert_eq!(all(lake.path().join("a/")), ["1", "2"]);
    assert_eq!(all(lake.path().join("*/*.parquet")), ["1", "3"]);
    assert_eq!(all(lake.path().join("**/*.parquet")), ["1", "2", "3"]);
    assert_eq!(all(lake.path().join("[b]/th*.parquet")), ["3"]);
}

#[test]
fn names_with_spaces_and_brackets_are_plain_files() {
    let lake = folder();
    parquet(lake.path().join("my data [1] ü%20.parquet"), &ids([1]));
    assert_eq!(all(lake.path().join("my data [1] ü%20.parquet")), ["1"]);
    assert_eq!(all(lake.path()), ["1"]);
}

#[test]
fn hive_partitions_become_typed_columns_and_prune() {
    let lake = folder();
    parquet(lake.path().join("day=2026-01-01/n=1/x.parquet"), &ids([1]));
    parquet(lake.path().join("day=2026-01-02/n=2/x.parquet"), &ids([2]));
    parquet(lake.path().join("day=__HIVE_DEFAULT_PARTITION__/n=3/x.parquet"), &ids([3]));
    let engine = engine();
    let table = open(&engine, "t", lake.path()).unwrap();
    assert_eq!(table.info().partitions, ["day", "n"]);
    assert_eq!(table.schema().field_with_name("day").unwrap().data_type(), &DataType::Date32);
    assert_eq!(table.schema().field_with_name("n").unwrap().data_type(), &DataType::Int64);
    let session = session(&engine, &[("t", &table)]);
    let sorted = rows(&engine, &session, "SELECT * FROM t ORDER BY id").unwrap();
    assert_eq!(sorted, ["1,2026-01-01,1", "2,2026-01-02,2", "3,,3"]);
    assert_eq!(rows(&engine, &session, "SELECT id FROM t WHERE day IS NULL").unwrap(), ["3"]);
    let sql = "SELECT id FROM t WHERE day >= DATE '2026-01-02'";
    assert_eq!(rows(&engine, &session, sql).unwrap(), ["2"]);
    let plan = rows(&engine, &session, &format!("EXPLAIN {sql}")).unwrap().join("\n");
    assert!(plan.contains("day=2026-01-02") && !plan.contains("day=2026-01-01/"), "{plan}");
}

#[test]
fn counts_over_null_partitions_are_right() {
    let lake = folder();
    parquet(lake.path().join("n=1/x.parquet"), &ids([1, 2, 3]));
    parquet(lake.path().join("n=__HIVE_DEFAULT_PARTITION__/x.parquet"), &ids([4, 5, 6]));
    let engine = engine();
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    assert_eq!(rows(&engine, &session, "SELECT count(n) FROM t").unwrap(), ["3"]);
    assert_eq!(rows(&engine, &session, "SELECT count(*), count(n), min(n), max(n) FROM t").unwrap(), ["6,3,1,1"]);
    assert_eq!(rows(&engine, &session, "SELECT count(*) FROM t WHERE n IS NULL").unwrap(), ["3"]);
}

#[test]
fn a_file_replaced_by_one_of_the_same_size_and_time_is_another_file() {
    let lake = folder();
    let path = parquet(lake.path().join("x.parquet"), &ids([1, 2, 3]));
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let engine = engine();
    let table = open(&engine, "t", lake.path()).unwrap();
    let old = session(&engine, &[("t", &table)]);
    assert_eq!(value(&engine, &old, "SELECT max(id) FROM t").unwrap(), "3");
    let other = parquet(lake.path().join("other/y.parquet"), &ids([4, 5, 6]));
    fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
    assert_eq!(fs::metadata(&other).unwrap().len(), fs::metadata(&path).unwrap().len());
    fs::rename(&other, &path).unwrap();
    let newer = Arc::new(engine.refresh_table(table).unwrap().expect("a new version"));
    let new = session(&engine, &[("t", &newer)]);
    assert_eq!(value(&engine, &new, "SELECT max(id) FROM t").unwrap(), "6");
    assert_eq!(rows(&engine, &new, "SELECT id FROM t WHERE id >= 5 ORDER BY id").unwrap(), ["5", "6"]);
}

#[test]
fn a_csv_column_that_starts_empty_is_text() {
    let lake = folder();
    let text = format!("a,b\n{}1,x\n", "1,\n".repeat(20_000));
    write(lake.path().join("x.csv"), &text);
    let engine = engine();
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    assert_eq!(rows(&engine, &session, "SELECT count(b), max(b) FROM t").unwrap(), ["1,x"]);
}

#[test]
fn arrow_files_with_a_null_column_are_read_and_other_structs_refused() {
    let lake = folder();
    let arrow = |name: &str, batch: &RecordBatch| {
        let file = fs::File::create(lake.path().join(name)).unwrap();
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    };
    let nothing: ArrayRef = Arc::new(datafusion::arrow::array::NullArray::new(1));
    arrow("1.arrow", &RecordBatch::try_from_iter_with_nullable([("id", nothing, true)]).unwrap());
    arrow("2.arrow", &ids([7]));
    let engine = engine();
    let table = open(&engine, "t", lake.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    assert_eq!(rows(&engine, &session, "SELECT id FROM t ORDER BY id").unwrap(), ["7", ""]);
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let field = |name: &str| Arc::new(datafusion::arrow::datatypes::Field::new(name, DataType::Int64, false));
    let one = datafusion::arrow::array::StructArray::from(vec![(field("x"), inner.clone())]);
    let two = datafusion::arrow::array::StructArray::from(vec![(field("x"), inner.clone()), (field("y"), inner)]);
    arrow("1.arrow", &RecordBatch::try_from_iter([("s", Arc::new(one) as ArrayRef)]).unwrap());
    arrow("2.arrow", &RecordBatch::try_from_iter([("s", Arc::new(two) as ArrayRef)]).unwrap());
    let conflict = open(&engine, "t", lake.path()).err().expect("the table opened");
    assert_eq!(conflict.code, ErrorCode::SchemaConflict);
}

#[test]
fn locations_may_go_up_and_be_encoded() {
    let lake = folder();
    parquet(lake.path().join("a b/x.parquet"), &ids([1]));
    assert_eq!(all(lake.path().join("c/../a b/x.parquet")), ["1"]);
    assert_eq!(all(format!("file://{}/a%20b/", lake.path().display())), ["1"]);
}

#[test]
fn encoded_partition_values_are_decoded() {
    let lake = folder();
    parquet(lake.path().join("city=New%20York/x.parquet"), &ids([1]));
    parquet(lake.path().join("city=a=b/x.parquet"), &ids([2]));
    assert_eq!(all(lake.path()), ["1,New York", "2,a=b"]);
}

#[test]
fn files_that_gained_columns_are_united_in_every_format() {
    let lake = folder();
    let newer = RecordBatch::try_from_iter([
        ("tip", Arc::new(Float64Array::from(vec![0.5])) as ArrayRef),
        ("id", Arc::new(Int64Array::from(vec![2])) as ArrayRef),
    ])
    .unwrap();
    parquet(lake.path().join("p/1.parquet"), &ids([1]));
    parquet(lake.path().join("p/2.parquet"), &newer);
    write(lake.path().join("c/1.csv"), "id\n1\n");
    write(lake.path().join("c/2.csv"), "tip,id\n0.5,2\n");
    write(lake.path().join("n/1.ndjson"), "{\"id\":1}\n");
    write(lake.path().join("n/2.ndjson"), "{\"tip\":0.5,\"id\":2}\n");
    for (name, batch) in [("1.arrow", ids([1])), ("2.arrow", newer)] {
        fs::create_dir_all(lake.path().join("a")).unwrap();
        let file = fs::File::create(lake.path().join("a").join(name)).unwrap();
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    }
    for format in ["p", "c", "n", "a"] {
        let engine = engine();
        let table = open(&engine, "t", lake.path().join(format)).unwrap();
        let session = session(&engine, &[("t", &table)]);
        let found = rows(&engine, &session, "SELECT id, tip FROM t ORDER BY id").unwrap();
        assert_eq!(found, ["1,", "2,0.5"], "{format}");
        let filtered = rows(&engine, &session, "SELECT id FROM t WHERE tip IS NULL").unwrap();
        assert_eq!(filtered, ["1"], "{format}");
        assert_eq!(value(&engine, &session, "SELECT count(*) FROM t").unwrap(), "2", "{format}");
        assert_eq!(value(&engine, &session, "SELECT max(tip) FROM t").unwrap(), "0.5", "{format}");
    }
}

#[test]
fn types_that_old_clients_misread_are_sent_as_others() {
    let lake = folder();
    let colours: DictionaryArray<Int32Type> = ["red", "green", "red"].into_iter().collect();
    let batch = RecordBatch::try_from_iter([
        ("colour", Arc::new(colours) as ArrayRef),
        ("big", Arc::new(UInt64Array::from(vec![1, 2, u64::MAX])) as ArrayRef),
    ])
    .unwrap();
    parquet(lake.path().join("x.parquet"), &batch);
    let engine = engine();
    let table = open(&engine, "t", lake.path()).unwrap();
    assert_eq!(table.wire_schema().field(0).data_type(), &DataType::Utf8);
    assert_eq!(table.wire_schema().field(1).data_type(), &DataType::Decimal128(20, 0));
    let session = session(&engine, &[("t", &table)]);
    let found = rows(&engine, &session, "SELECT * FROM t").unwrap();
    assert_eq!(found, ["red,1", "green,2", "red,18446744073709551615"]);
}

#[test]
fn row_counts_are_known_for_parquet() {
    let lake = folder();
    parquet(lake.path().join("1.parquet"), &ids(0..10));
    parquet(lake.path().join("2.parquet"), &ids(0..5));
    let info = open(&engine(), "t", lake.path()).unwrap().info();
    assert_eq!((info.rows, info.files), (Some(15), 2));
    write(lake.path().join("c.csv"), "id\n1\n");
    assert_eq!(open(&engine(), "t", lake.path().join("c.csv")).unwrap().info().rows, None);
}

#[test]
fn csv_may_be_compressed_and_parted_otherwise() {
    let lake = folder();
    write(lake.path().join("x.csv"), "1;a\n2;\"b;\n c\"\n");
    let engine = engine();
    let options = json!({ "csv": { "delimiter": ";", "header": false } });
    let table = Arc::new(engine.open_table(with("t", &lake.path().join("x.csv"), options)).unwrap());
    let session = session(&engine, &[("t", &table)]);
    assert_eq!(rows(&engine, &session, "SELECT * FROM t").unwrap(), ["1,a", "2,b;\n c"]);
}

#[test]
fn new_files_are_seen_after_a_refresh_and_old_plans_keep_theirs() {
    let lake = folder();
    parquet(lake.path().join("1.parquet"), &ids([1, 3]));
    let engine = engine();
    let table = open(&engine, "t", lake.path()).unwrap();
    assert!(engine.refresh_table(table.clone()).unwrap().is_none());
    let old = session(&engine, &[("t", &table)]);
    parquet(lake.path().join("2.parquet"), &ids([2]));
    let newer = Arc::new(engine.refresh_table(table).unwrap().expect("a new version"));
    let new = session(&engine, &[("t", &newer)]);
    assert_eq!(rows(&engine, &old, "SELECT * FROM t").unwrap(), ["1", "3"]);
    assert_eq!(value(&engine, &new, "SELECT count(*) FROM t").unwrap(), "3");
    fs::remove_file(lake.path().join("1.parquet")).unwrap();
    let error = rows(&engine, &old, "SELECT * FROM t WHERE id > 0").unwrap_err();
    assert_eq!(error.code, ErrorCode::SourceChanged, "{error}");
}

#[test]
fn a_file_replaced_while_it_is_read_is_an_error() {
    for file in ["x.parquet", "x.csv", "x.ndjson"] {
        let lake = folder();
        let path = lake.path().join(file);
        let many = |from: i64| match file {
            "x.parquet" => drop(parquet(path.clone(), &ids(from..from + 6_000_000))),
            "x.csv" => {
                write(&path, &format!("id\n{}", (from..from + 8_000_000).map(|i| format!("{i}\n")).collect::<String>()))
            }
            _ => write(&path, &(from..from + 4_000_000).map(|i| format!("{{\"id\":{i}}}\n")).collect::<String>()),
        };
        many(0);
        let engine = engine();
        let table = open(&engine, "t", &path).unwrap();
        let session = session(&engine, &[("t", &table)]);
        let running = start(&engine, &session, "SELECT * FROM t", ExecuteOptions::default()).unwrap();
        assert!(running.message().unwrap().is_some());
        many(10_000_000);
        let error = running.drain().expect_err(file);
        assert_eq!(error.code, ErrorCode::SourceChanged, "{file}: {error}");
        assert!(error.message.contains(file) && !error.message.contains(lake.path().to_str().unwrap()), "{error}");
    }
}
