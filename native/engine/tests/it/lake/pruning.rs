//! Which files a filter leaves out: told by files that are not there.

use std::sync::Arc;
use std::time::Instant;

use bowyer_engine::{Engine, Session};
use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Schema, TimeUnit};
use roaring::RoaringTreemap;

use crate::common::{engine, rows, session};
use crate::lake::table::{DataFile, LakeTable, batch, field, inline};

fn long(value: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![value]))
}

/// Files 0 to `count` - 1 of ten numbers each, which only those in `real` have on disk.
fn numbered(count: i64, real: &[i64]) -> LakeTable {
    let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "id", DataType::Int64, &[])]));
    for file in 0..count {
        let name = format!("{file}.parquet");
        if real.contains(&file) {
            let values: ArrayRef = Arc::new(Int64Array::from_iter_values(file * 10..file * 10 + 10));
            table.add(&name, &batch(vec![(field(1, "id", DataType::Int64, &[]), values)]));
        } else {
            let path = table.url(&name);
            table.files.push(DataFile { path, size: 1_000, rows: Some(10), ..DataFile::default() });
        }
        let statistics = &mut table.files.last_mut().unwrap().statistics;
        statistics.insert("min:0".into(), long(file * 10));
        statistics.insert("max:0".into(), long(file * 10 + 9));
        statistics.insert("nulls:0".into(), long(0));
    }
    table
}

fn opened(engine: &Engine, table: &LakeTable) -> Arc<Session> {
    session(engine, &[("t", &table.open(engine).unwrap())])
}

#[test]
fn bounds_leave_files_out() {
    let engine = engine();
    let table = numbered(20, &[3, 4]);
    let session = opened(&engine, &table);
    let all = |sql: &str| rows(&engine, &session, sql).unwrap();
    assert_eq!(all("SELECT id FROM t WHERE id = 35"), ["35"]);
    assert_eq!(all("SELECT count(*) FROM t WHERE id > 37 AND id < 44"), ["6"]);
    assert_eq!(all("SELECT id FROM t WHERE id IN (31, 49) ORDER BY id"), ["31", "49"]);
    assert_eq!(all("SELECT count(*) FROM t WHERE id IS NULL"), ["0"]);
    assert_eq!(all("SELECT count(*) FROM t"), ["200"]);
    assert!(rows(&engine, &session, "SELECT id FROM t WHERE id = 55").unwrap_err().message.contains("t/5.parquet"));
}

/// Bounds that may not be reached are no values.
#[test]
fn statistics_are_told_where_they_are_exact() {
    let engine = engine();
    let mut table = numbered(3, &[]);
    let known = table.open(&engine).unwrap().statistics();
    assert_eq!(known.rows, Some(30));
    let [id] = known.columns.as_slice() else { panic!("{known:?}") };
    assert_eq!((id.column.as_str(), id.nulls, &id.min, &id.max), ("id", Some(0), &None, &None));

    table.header["groups"] = serde_json::json!([{ "constants": [0] }]);
    for (file, value) in [5, -2, 7].into_iter().enumerate() {
        table.files[file].statistics.insert("constant:0".into(), long(value));
    }
    let [id] = &table.open(&engine).unwrap().statistics().columns[..] else { panic!() };
    assert_eq!((id.nulls, id.min.as_deref(), id.max.as_deref()), (Some(0), Some("-2"), Some("7")));

    table.files[1].inline = Some(inline(&RoaringTreemap::from_iter([0])));
    table.files[1].vector_rows = Some(1);
    let deleted = table.open(&engine).unwrap().statistics();
    assert!(deleted.rows.is_none() && deleted.columns.is_empty(), "{deleted:?}");
}

#[test]
fn files_of_which_nothing_is_known_are_kept() {
    let engine = engine();
    let mut table = numbered(3, &[0, 1, 2]);
    table.files[1].statistics.clear();
    let session = opened(&engine, &table);
    assert_eq!(rows(&engine, &session, "SELECT id FROM t WHERE id IN (5, 15) ORDER BY id").unwrap(), ["5", "15"]);
}

#[test]
fn not_a_number_is_above_every_bound() {
    let engine = engine();
    let float = |x: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![x])) };
    for nans in [None, Some(1)] {
        let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "x", DataType::Float64, &[])]));
        let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN, 2.0, -0.0]));
        table.add("a.parquet", &batch(vec![(field(1, "x", DataType::Float64, &[]), values)]));
        let statistics = &mut table.files[0].statistics;
        statistics.insert("min:0".into(), float(0.0));
        statistics.insert("max:0".into(), float(2.0));
        statistics.insert("nulls:0".into(), long(0));
        if let Some(nans) = nans {
            statistics.insert("nans:0".into(), long(nans));
        }
        let session = opened(&engine, &table);
        let count = |filter: &str| rows(&engine, &session, &format!("SELECT count(*) FROM t WHERE {filter}")).unwrap();
        assert_eq!(count("x > 5"), ["1"]);
        assert_eq!(count("x >= 2"), ["2"]);
        assert_eq!(count("x = CAST('NaN' AS DOUBLE)"), ["1"]);
        assert_eq!(count("x <> 1"), ["3"]);
        assert_eq!(count("x < 1"), ["1"]);
        let last = rows(&engine, &session, "SELECT x FROM t ORDER BY x DESC LIMIT 1").unwrap();
        assert_eq!(last, ["NaN"]);
    }
}

#[test]
fn buckets_leave_files_out() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "k", DataType::Utf8, &[])]));
    // By Iceberg's specification "iceberg" hashes to 1210000089, which is in bucket 9 of 16.
    for bucket in [9, 3] {
        let name = format!("{bucket}.parquet");
        if bucket == 9 {
            let values: ArrayRef = Arc::new(StringArray::from(vec!["iceberg"]));
            table.add(&name, &batch(vec![(field(1, "k", DataType::Utf8, &[]), values)]));
        } else {
            let path = table.url(&name);
            table.files.push(DataFile { path, size: 1_000, ..DataFile::default() });
        }
        let buckets: ArrayRef = Arc::new(Int32Array::from(vec![bucket]));
        table.files.last_mut().unwrap().statistics.insert("bucket:0:16".into(), buckets);
    }
    let session = opened(&engine, &table);
    assert_eq!(rows(&engine, &session, "SELECT k FROM t WHERE k = 'iceberg'").unwrap(), ["iceberg"]);
    assert!(rows(&engine, &session, "SELECT k FROM t WHERE k > 'a'").is_err());
}

#[test]
fn a_join_leaves_out_files_that_its_other_side_has_no_keys_for() {
    let engine = engine();
    let table = numbered(50, &[7]);
    let session = opened(&engine, &table);
    let joined = "SELECT t.id FROM t JOIN (VALUES (71), (73)) AS v(k) ON t.id = v.k ORDER BY t.id";
    assert_eq!(rows(&engine, &session, joined).unwrap(), ["71", "73"]);
}

#[test]
fn ten_thousand_files_are_planned_quickly() {
    let engine = engine();
    let table = numbered(10_000, &[77]);
    let opening = Instant::now();
    let session = opened(&engine, &table);
    let opening = opening.elapsed();
    for sql in ["SELECT id FROM t WHERE id = 775", "SELECT id FROM t WHERE id + 0 = 775 AND id BETWEEN 770 AND 779"] {
        let started = Instant::now();
        assert_eq!(rows(&engine, &session, sql).unwrap(), ["775"]);
        println!("10,000 files: opened in {opening:?}, planned and run in {:?}: {sql}", started.elapsed());
    }
    let started = Instant::now();
    let statement = Arc::new(engine.prepare(session.clone(), "SELECT id, id + 1 FROM t WHERE id >= 0").unwrap());
    engine.explain(statement, bowyer_engine::ExplainFormat::Indent, 0, None).unwrap();
    println!("10,000 files: none left out, planned in {:?}", started.elapsed());
}

#[test]
fn casts_that_do_not_keep_order_leave_nothing_out() {
    let engine = engine();
    let moment = DataType::Timestamp(TimeUnit::Microsecond, None);
    let schema = Schema::new(vec![field(1, "ts", moment.clone(), &[]), field(2, "i", DataType::Int64, &[])]);
    let mut table = LakeTable::new("iceberg", "id", schema);
    // 2024-01-01 20:00, 2024-01-02 12:00 and 2024-01-03 08:00.
    let hours = [20, 36, 56].map(|hour| (1_704_067_200 + hour * 3_600) * 1_000_000);
    let times = |of: &[i64]| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(of.to_vec())) };
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![-1, 0, 1]));
    table.add(
        "a.parquet",
        &batch(vec![(field(1, "ts", moment, &[]), times(&hours)), (field(2, "i", DataType::Int64, &[]), numbers)]),
    );
    let statistics = &mut table.files[0].statistics;
    statistics.extend([("min:0".into(), times(&hours[..1])), ("max:0".into(), times(&hours[2..]))]);
    statistics.extend([("min:1".into(), long(-1)), ("max:1".into(), long(1))]);
    statistics.extend([("nulls:0".into(), long(0)), ("nulls:1".into(), long(0))]);
    let session = opened(&engine, &table);
    for (filter, count) in [
        ("CAST(ts AS TIME) = TIME '12:00:00'", "1"),
        ("CAST(ts AS TIME) > TIME '19:00:00'", "1"),
        ("TRY_CAST(ts AS TIME) < TIME '09:00:00' AND i > 0", "1"),
        ("CAST(i AS BOOLEAN) = false", "1"),
        ("NOT CAST(i AS BOOLEAN)", "1"),
        ("CAST(i AS BOOLEAN)", "2"),
        ("CAST(ts AS DATE) = DATE '2024-01-02'", "1"),
    ] {
        let found = rows(&engine, &session, &format!("SELECT i FROM t WHERE {filter}")).unwrap();
        assert_eq!(found.len().to_string(), count, "{filter}");
        let counted = rows(&engine, &session, &format!("SELECT count(*) FROM t WHERE {filter}")).unwrap();
        assert_eq!(counted, [count], "{filter}");
    }
    let joined = "SELECT t.i FROM t JOIN (VALUES (TIME '12:00:00')) AS v(k) ON CAST(t.ts AS TIME) = v.k";
    assert_eq!(rows(&engine, &session, joined).unwrap(), ["0"]);
    let first = "SELECT i FROM t ORDER BY CAST(ts AS TIME) LIMIT 1";
    assert_eq!(rows(&engine, &session, first).unwrap(), ["1"]);
}

#[test]
fn not_a_number_with_the_sign_bit_is_below_every_bound() {
    let engine = engine();
    let float = |of: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(of)) };
    let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "x", DataType::Float64, &[])]));
    let values = float(vec![1.0, f64::NAN.copysign(-1.0), 2.0]);
    table.add("a.parquet", &batch(vec![(field(1, "x", DataType::Float64, &[]), values)]));
    let statistics = &mut table.files[0].statistics;
    statistics.extend([("min:0".into(), float(vec![1.0])), ("max:0".into(), float(vec![2.0]))]);
    let session = opened(&engine, &table);
    assert_eq!(rows(&engine, &session, "SELECT count(*) FROM t WHERE x < 0").unwrap(), ["1"]);
}
