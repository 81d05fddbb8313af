//! Rows deleted by position, by vectors and by equality.

use std::sync::Arc;

use bowyer_engine::{Engine, ErrorCode, Session};
use datafusion::arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Schema};
use roaring::RoaringTreemap;
use serde_json::json;

use crate::common::{Outcome, engine, rows, session, value};
use crate::lake::table::{LakeTable, batch, field, framed, inline};

const ROWS: i64 = 1_000;

fn schema() -> Schema {
    Schema::new(vec![field(1, "id", DataType::Int64, &[]), field(2, "name", DataType::Utf8, &[])])
}

/// Rows of ids from `from`, every seventh without a name.
fn data(from: i64) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + ROWS));
    let names = (from..from + ROWS).map(|id| (id % 7 != 0).then(|| format!("n{}", id % 100)));
    let names: ArrayRef = Arc::new(names.collect::<StringArray>());
    batch(vec![(schema().field(0).clone(), ids), (schema().field(1).clone(), names)])
}

fn opened(engine: &Engine, table: &LakeTable) -> Outcome<Arc<Session>> {
    Ok(session(engine, &[("t", &table.open(engine)?)]))
}

fn ids(engine: &Engine, table: &LakeTable) -> Vec<i64> {
    let session = opened(engine, table).unwrap();
    let found = rows(engine, &session, "SELECT id FROM t ORDER BY id").unwrap();
    let count = value(engine, &session, "SELECT count(*) FROM t").unwrap();
    assert_eq!(count, found.len().to_string());
    found.iter().map(|line| line.parse().unwrap()).collect()
}

/// Every third row, and a long run over several row groups.
fn is_deleted(row: i64) -> bool {
    row % 3 == 0 || (200..420).contains(&row)
}

#[test]
fn without_deletes_counting_reads_nothing() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", schema());
    table.add("a.parquet", &data(0));
    let opened_table = table.open(&engine).unwrap();
    assert_eq!(opened_table.info().rows, Some(1_000));
    assert_eq!(opened_table.info().format, "iceberg");
    let session = session(&engine, &[("t", &opened_table)]);
    std::fs::remove_file(table.path("a.parquet")).unwrap();
    assert_eq!(value(&engine, &session, "SELECT count(*) FROM t").unwrap(), "1000");
    let error = rows(&engine, &session, "SELECT * FROM t").unwrap_err();
    assert!(error.message.contains("t/a.parquet"), "{}", error.message);
    assert_eq!(error.code, ErrorCode::SourceNotFound);
}

#[test]
fn positions_of_several_files_in_several_delete_files() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", schema());
    for (i, name) in ["a", "b", "c"].iter().enumerate() {
        table.add(&format!("data/{name}.parquet"), &data(i as i64 * ROWS));
    }
    table.files[1].recorded = Some("s3a://old/place/b%20.parquet".to_string());
    let (a, b) = (table.files[0].path.clone(), "s3a://old/place/b%20.parquet".to_string());
    let mut first: Vec<(String, i64)> = (0..ROWS).filter(|row| row % 3 == 0).map(|row| (a.clone(), row)).collect();
    first.extend((0..ROWS).filter(|row| row % 5 == 0).map(|row| (b.clone(), row)));
    first.push(("file:///gone.parquet".to_string(), 5));
    let second: Vec<(String, i64)> = (200..420).map(|row| (a.clone(), row)).collect();
    let (first, second) = (table.position_deletes("d1.parquet", &first), table.position_deletes("d2.parquet", &second));
    table.files[0].position_deletes = vec![first as i32, second as i32];
    table.files[1].position_deletes = vec![first as i32];
    let expected: Vec<i64> = (0..3 * ROWS)
        .filter(|id| match id / ROWS {
            0 => !is_deleted(*id),
            1 => (id - ROWS) % 5 != 0,
            _ => true,
        })
        .collect();
    assert_eq!(ids(&engine, &table), expected);
    let session = opened(&engine, &table).unwrap();
    let found = rows(&engine, &session, "SELECT id FROM t WHERE id BETWEEN 195 AND 425 ORDER BY id").unwrap();
    let near: Vec<String> = expected.iter().filter(|id| (195..=425).contains(*id)).map(|id| id.to_string()).collect();
    assert_eq!(found, near);
    // As long as the table is open.
    assert!(engine.stats().delete_cache_bytes > 0);
}

#[test]
fn vectors_of_both_formats() {
    let engine = engine();
    for format in ["iceberg", "delta"] {
        let mut table = LakeTable::new(format, "id", schema());
        table.add("a.parquet", &data(0));
        table.add("b.parquet", &data(ROWS));
        let all: RoaringTreemap = (0..ROWS as u64).collect();
        let some: RoaringTreemap = (0..ROWS).filter(|row| is_deleted(*row)).map(|row| row as u64).collect();
        table.vectors("v.bin", &[(0, some.clone()), (1, all.clone())]);
        let expected: Vec<i64> = (0..ROWS).filter(|row| !is_deleted(*row)).collect();
        assert_eq!(ids(&engine, &table), expected, "{format}");
        table.files[1].vector = None;
        table.files[1].inline = Some(inline(&some));
        table.files[1].vector_rows = Some(some.len() as i64);
        let more = expected.iter().map(|id| id + ROWS);
        assert_eq!(ids(&engine, &table), expected.iter().copied().chain(more).collect::<Vec<_>>(), "{format}");
    }
}

#[test]
fn what_is_wrong_with_deletes_is_fatal_and_named() {
    let engine = engine();
    let base = || {
        let mut table = LakeTable::new("iceberg", "id", schema());
        table.add("a.parquet", &data(0));
        table.vectors("v.puffin", &[(0, [1, 2, 3].into_iter().collect())]);
        table
    };
    let blob = framed(&[1, 2, 3].into_iter().collect());
    type Damage = Box<dyn Fn(&mut LakeTable)>;
    let damages: Vec<(&str, Damage)> = vec![
        ("cardinality", Box::new(|t: &mut LakeTable| t.files[0].vector_rows = Some(4))),
        ("cut off", Box::new(|t: &mut LakeTable| std::fs::write(t.path("v.puffin"), [1, 0, 0, 0]).unwrap())),
        ("absent", Box::new(|t: &mut LakeTable| std::fs::remove_file(t.path("v.puffin")).unwrap())),
        ("checksum", {
            let mut bad = blob.clone();
            *bad.last_mut().unwrap() ^= 1;
            Box::new(move |t: &mut LakeTable| {
                std::fs::write(t.path("v.puffin"), [&[1], bad.as_slice()].concat()).unwrap()
            })
        }),
        ("past the end", Box::new(|t: &mut LakeTable| t.vectors("v.puffin", &[(0, [1_000].into_iter().collect())]))),
    ];
    for (what, damage) in damages {
        let mut table = base();
        damage(&mut table);
        let session = opened(&engine, &table).unwrap();
        let error = rows(&engine, &session, "SELECT * FROM t").unwrap_err();
        let expected = if what == "absent" { ErrorCode::SourceNotFound } else { ErrorCode::SourceInvalid };
        assert_eq!(error.code, expected, "{what}: {}", error.message);
        assert!(error.message.contains("t/v.puffin"), "{what}: {}", error.message);
    }
}

#[test]
fn damaged_position_deletes_are_fatal_and_named() {
    let mut table = LakeTable::new("iceberg", "id", schema());
    table.add("a.parquet", &data(0));
    let path = table.files[0].path.clone();
    let index = table.position_deletes("d.parquet", &[(path.clone(), ROWS)]);
    table.files[0].position_deletes = vec![index as i32];
    // Each by an engine that has not seen the file as it was.
    let failure = |table: &LakeTable| {
        let engine = engine();
        let session = opened(&engine, table).unwrap();
        rows(&engine, &session, "SELECT * FROM t").unwrap_err()
    };
    let past = failure(&table);
    assert_eq!(past.code, ErrorCode::SourceInvalid);
    assert!(past.message.contains("t/d.parquet") && past.message.contains("1000 rows"), "{}", past.message);
    table.header["positionDeletes"][0]["size"] = json!(10);
    let length = failure(&table);
    assert_eq!(length.code, ErrorCode::SourceInvalid, "{}", length.message);
    assert!(length.message.contains("t/d.parquet"), "{}", length.message);
    std::fs::write(table.path("d.parquet"), "not Parquet at all").unwrap();
    table.header["positionDeletes"][0]["size"] = json!(18);
    let magic = failure(&table);
    assert_eq!(magic.code, ErrorCode::SourceInvalid, "{}", magic.message);
    assert!(magic.message.contains("t/d.parquet"), "{}", magic.message);
    std::fs::remove_file(table.path("d.parquet")).unwrap();
    let gone = failure(&table);
    assert_eq!(gone.code, ErrorCode::SourceNotFound, "{}", gone.message);
    assert!(gone.message.contains("t/d.parquet"), "{}", gone.message);
}

#[test]
fn equality_deletes_join_by_group_and_null_is_equal_to_null() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", schema());
    table.add("a.parquet", &data(0));
    table.add("b.parquet", &data(ROWS));
    table.add("c.parquet", &data(2 * ROWS));
    let key: ArrayRef = Arc::new(StringArray::from(vec![Some("n5"), None]));
    let names = batch(vec![(field(2, "old_name", DataType::Utf8, &[]), key)]);
    // Written when ids were narrower.
    let key: ArrayRef = Arc::new(Int32Array::from_iter_values((0..3_000).step_by(11)));
    let numbers = batch(vec![(field(1, "id", DataType::Int32, &[]), key)]);
    let (names, numbers) =
        (table.equality_deletes("e1.parquet", &names), table.equality_deletes("e2.parquet", &numbers));
    table.header["groups"] = json!([{ "equalityDeletes": [names] }, { "equalityDeletes": [numbers, names] }, {}]);
    table.files[1].group = 1;
    table.files[2].group = 2;
    let by_name = |id: i64| id % 7 == 0 || id % 100 == 5;
    let expected: Vec<i64> = (0..3 * ROWS)
        .filter(|id| match id / ROWS {
            0 => !by_name(*id),
            1 => !by_name(*id) && id % 11 != 0,
            _ => true,
        })
        .collect();
    assert_eq!(ids(&engine, &table), expected);
    let session = opened(&engine, &table).unwrap();
    let some: Vec<String> = expected.iter().rev().take(40).map(|id| id.to_string()).collect();
    assert_eq!(rows(&engine, &session, "SELECT id FROM t ORDER BY id DESC LIMIT 40").unwrap(), some);
    let limited = rows(&engine, &session, "SELECT id FROM t LIMIT 2500").unwrap();
    assert_eq!(limited.len(), 2_500.min(expected.len()));
    let dropped: Vec<String> = expected.iter().filter(|id| **id < 30).map(|id| id.to_string()).collect();
    assert_eq!(rows(&engine, &session, "SELECT id FROM t WHERE id < 30 ORDER BY id").unwrap(), dropped);
}

#[test]
fn a_key_that_the_table_has_dropped_still_deletes() {
    let engine = engine();
    let only_ids = Schema::new(vec![field(1, "id", DataType::Int64, &[])]);
    let mut table = LakeTable::new("iceberg", "id", only_ids);
    table.add("a.parquet", &data(0));
    let key: ArrayRef = Arc::new(StringArray::from(vec!["n5"]));
    let deleted = batch(vec![(field(2, "name", DataType::Utf8, &[]), key)]);
    let index = table.equality_deletes("e.parquet", &deleted);
    table.header["groups"] = json!([{ "equalityDeletes": [index] }]);
    let expected: Vec<i64> = (0..ROWS).filter(|id| id % 7 == 0 || id % 100 != 5).collect();
    assert_eq!(ids(&engine, &table), expected);
}

#[test]
fn a_delete_file_without_its_key_is_fatal() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", schema());
    table.add("a.parquet", &data(0));
    let key: ArrayRef = Arc::new(StringArray::from(vec!["n5"]));
    let index = table.equality_deletes("e.parquet", &batch(vec![(field(2, "name", DataType::Utf8, &[]), key)]));
    let other: ArrayRef = Arc::new(StringArray::from(vec!["n5"]));
    let size =
        super::table::write(&table.path("e.parquet"), &batch(vec![(field(3, "name", DataType::Utf8, &[]), other)]));
    table.header["equalityDeletes"][index]["size"] = json!(size);
    table.header["groups"] = json!([{ "equalityDeletes": [index] }]);
    let session = opened(&engine, &table).unwrap();
    let error = rows(&engine, &session, "SELECT * FROM t").unwrap_err();
    assert_eq!(error.code, ErrorCode::SourceInvalid);
    assert!(error.message.contains("t/e.parquet"), "{}", error.message);
}

#[test]
fn paths_are_decoded_once_and_recorded_ones_not_at_all() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", schema());
    table.add("k=a%20b ü/x#1.parquet", &data(0));
    let real = table.files[0].path.clone();
    table.files[0].path = real.replace('%', "%25");
    table.files[0].recorded = Some(real.clone());
    let index = table.position_deletes("d.parquet", &[(real, 4), (table.files[0].path.clone(), 5)]);
    table.files[0].position_deletes = vec![index as i32];
    assert_eq!(ids(&engine, &table), (0..ROWS).filter(|id| *id != 4).collect::<Vec<_>>());
}

#[test]
fn files_elsewhere_need_a_prefix_that_was_registered_or_allowed() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", schema());
    let elsewhere = crate::common::folder();
    table.add("a.parquet", &data(0));
    let path = elsewhere.path().join("a.parquet");
    let size = super::table::write(&path, &data(ROWS));
    let path = format!("file://{}", path.display());
    table.files.push(super::table::DataFile { path, size, rows: Some(ROWS), ..Default::default() });
    let error = table.open(&engine).err().unwrap();
    assert_eq!(error.code, ErrorCode::SourceInvalid);
    assert!(error.message.contains("outside of the table's folder"), "{}", error.message);
    table.header["allowed"] = json!([format!("file://{}/", elsewhere.path().display())]);
    // Of the same name as the first one.
    assert_eq!(ids(&engine, &table), (0..2 * ROWS).collect::<Vec<_>>());
}
