//! Headers and lists of files that are not what they should be.

use std::sync::Arc;

use bowyer_engine::ErrorCode;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Fields, Schema};
use serde_json::{Value, json};

use crate::common::{engine, ids, ipc, rows, session};
use crate::lake::table::{DataFile, LakeTable, base64, batch, field};

fn small() -> LakeTable {
    let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "id", DataType::Int64, &[])]));
    let values: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    table.add("a.parquet", &batch(vec![(field(1, "id", DataType::Int64, &[]), values)]));
    table
}

fn key_deletes(table: &LakeTable) -> Value {
    let schema = base64(&Schema::new(vec![field(1, "id", DataType::Int64, &[])]));
    json!({ "path": table.url("e.parquet"), "size": 9, "columns": [1], "schema": schema })
}

#[test]
fn bad_headers_and_lists_name_what_is_wrong() {
    let engine = engine();
    type Change = fn(&mut LakeTable);
    let cases: Vec<(Change, ErrorCode, &str)> = vec![
        (|t| t.header["schema"] = "!!".into(), ErrorCode::InvalidArgument, "base64"),
        (|t| t.header["mapping"] = "luck".into(), ErrorCode::InvalidArgument, "luck"),
        (|t| t.header["extra"] = json!(1), ErrorCode::InvalidArgument, "extra"),
        (
            |t| t.header["groups"] = json!([{ "constants": [1] }]),
            ErrorCode::InvalidArgument,
            "group 0: constants: index 1",
        ),
        (
            |t| {
                t.push("equalityDeletes", key_deletes(t));
                t.header["groups"] = json!(vec![json!({ "equalityDeletes": vec![0; 100] }); 501]);
            },
            ErrorCode::LimitReached,
            "50100 equality deletes of all groups (limit 50000)",
        ),
        (
            |t| t.header["groups"] = json!([{ "equalityDeletes": [0] }]),
            ErrorCode::InvalidArgument,
            "equalityDeletes: index 0",
        ),
        (|t| t.files[0].group = 3, ErrorCode::InvalidArgument, "group"),
        (|t| t.files[0].group = -1, ErrorCode::InvalidArgument, "-1"),
        (|t| t.files[0].size = 0, ErrorCode::InvalidArgument, "size"),
        (|t| t.files[0].rows = Some(-3), ErrorCode::InvalidArgument, "-3"),
        (|t| t.files[0].position_deletes = vec![5], ErrorCode::InvalidArgument, "position_deletes: 5"),
        (|t| t.files[0].vector = Some(("file:///x".into(), -1, 4)), ErrorCode::InvalidArgument, "deletion vector"),
        (|t| t.files[0].path = "file:///elsewhere/a.parquet".into(), ErrorCode::SourceInvalid, "/elsewhere/a.parquet"),
        (
            |t| t.files[0].path = format!("{}/../../x.parquet", t.header["root"].as_str().unwrap()),
            ErrorCode::SourceInvalid,
            "x.parquet",
        ),
        (
            |t| {
                let wrong: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
                t.files[0].statistics.insert("min:0".into(), wrong);
            },
            ErrorCode::InvalidArgument,
            "min:0",
        ),
    ];
    for (change, code, part) in cases {
        let mut table = small();
        change(&mut table);
        let error = table.open(&engine).err().unwrap_or_else(|| panic!("{part}: opened"));
        assert!(error.message.contains(part), "{part}: {}", error.message);
        assert_eq!(error.code, code, "{}", error.message);
    }
}

#[test]
fn a_list_without_its_columns_or_no_list_at_all() {
    let engine = engine();
    let table = small();
    let header = serde_json::to_vec(&table.header).unwrap();
    let open = |list: &[u8]| engine.open_lake(&header, list).err().unwrap();
    let missing = open(&ipc(&ids(0..3)));
    assert!(missing.message.contains("\"path\" is missing"), "{}", missing.message);
    let wrong: Vec<(&str, ArrayRef)> = vec![
        ("path", Arc::new(StringArray::from(vec!["file:///x"]))),
        ("size", Arc::new(StringArray::from(vec!["5"]))),
        ("group", Arc::new(Int64Array::from(vec![0]))),
    ];
    let wrong = open(&ipc(&RecordBatch::try_from_iter(wrong).unwrap()));
    assert!(wrong.message.contains("is Int64 (expected: Int32)"), "{}", wrong.message);
    let whole = ipc(&table.list());
    for cut in [10, whole.len() / 2] {
        assert_eq!(open(&whole[..cut]).code, ErrorCode::InvalidArgument);
    }
    assert_eq!(open(b"nothing of the kind").code, ErrorCode::InvalidArgument);
}

#[test]
fn a_nested_key_is_refused() {
    let engine = engine();
    let mut table = small();
    let inner = Fields::from(vec![field(2, "x", DataType::Int64, &[])]);
    table.header["schema"] = base64(&Schema::new(vec![field(1, "s", DataType::Struct(inner), &[])])).into();
    let schema = base64(&Schema::new(vec![field(2, "x", DataType::Int64, &[])]));
    let path: Value = table.url("e.parquet").into();
    table.push("equalityDeletes", json!({ "path": path, "size": 9, "columns": [2], "schema": schema }));
    let error = table.open(&engine).err().unwrap();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.message.contains("nested column s"), "{}", error.message);
}

#[test]
fn damaged_data_files_are_named() {
    let engine = engine();
    for (what, bytes) in [
        ("magic", b"not Parquet, not at all".to_vec()),
        ("length", b"short".to_vec()),
        ("footer", b"PAR1 this is not one PAR1".to_vec()),
        ("huge footer", b"....\xFF\xFF\xFF\xFFPAR1".to_vec()),
    ] {
        let mut table = small();
        if what != "length" {
            table.files[0].size = bytes.len() as i64;
        }
        std::fs::write(table.path("a.parquet"), bytes).unwrap();
        let opened = table.open(&engine).unwrap();
        let error = rows(&engine, &session(&engine, &[("t", &opened)]), "SELECT * FROM t").unwrap_err();
        assert_eq!(error.code, ErrorCode::SourceInvalid, "{what}: {}", error.message);
        assert!(error.message.contains("t/a.parquet"), "{what}: {}", error.message);
    }
}

#[test]
fn an_empty_table_has_no_rows() {
    let engine = engine();
    let mut table = small();
    table.files.clear();
    let session = session(&engine, &[("t", &table.open(&engine).unwrap())]);
    assert_eq!(rows(&engine, &session, "SELECT * FROM t").unwrap(), Vec::<String>::new());
    assert_eq!(rows(&engine, &session, "SELECT count(*) FROM t").unwrap(), ["0"]);
}

#[test]
fn the_number_of_a_row_in_its_file_is_not_told() {
    let engine = engine();
    let session = session(&engine, &[("t", &small().open(&engine).unwrap())]);
    for sql in ["SELECT file_row_index() FROM t", "SELECT id FROM t WHERE file_row_index() > 1"] {
        let error = rows(&engine, &session, sql).unwrap_err();
        assert_eq!(error.code, ErrorCode::Unsupported, "{sql}: {}", error.message);
    }
}

#[test]
fn a_constant_without_any_value_is_null() {
    let engine = engine();
    for is_empty in [false, true] {
        let mut table = small();
        table.header["groups"] = json!([{ "constants": [0] }]);
        if is_empty {
            table.files.clear();
        }
        let session = session(&engine, &[("t", &table.open(&engine).unwrap())]);
        let count = if is_empty { "0" } else { "3" };
        assert_eq!(rows(&engine, &session, "SELECT count(*) FROM t WHERE id IS NULL").unwrap(), [count]);
        assert_eq!(rows(&engine, &session, "SELECT id FROM t WHERE id = 2").unwrap(), Vec::<String>::new());
    }
}

#[test]
fn many_files_of_one_name_are_told_apart_quickly() {
    let engine = engine();
    let mut table = small();
    table.header["allowed"] = json!(["file:///elsewhere/"]);
    let of =
        |i: usize| DataFile { path: format!("file:///elsewhere/{i}/x.parquet"), size: 1_000, ..Default::default() };
    table.files.extend((0..30_000).map(of));
    let opened = table.open(&engine).unwrap();
    assert_eq!(opened.info().files, 30_001);
}

#[test]
fn a_link_out_of_the_table_is_not_followed() {
    let engine = engine();
    let elsewhere = small();
    let mut table = small();
    std::fs::create_dir(table.path("sub")).unwrap();
    for (link, to, is_read) in
        [("inner.parquet", table.path("a.parquet"), true), ("sub/outer.parquet", elsewhere.path("a.parquet"), false)]
    {
        std::os::unix::fs::symlink(to, table.path(link)).unwrap();
        table.files[0].path = table.url(link);
        let opened = table.open(&engine).unwrap();
        let found = rows(&engine, &session(&engine, &[("t", &opened)]), "SELECT sum(id) FROM t WHERE id > 0");
        match found {
            Ok(found) => assert!(is_read && found == ["6"], "{link}: {found:?}"),
            Err(error) => {
                assert!(!is_read && error.code == ErrorCode::SourceInvalid, "{link}: {error}");
                assert!(error.message.contains("t/sub/outer.parquet is a link"), "{error}");
            }
        }
    }
    engine.put_store(elsewhere.header["root"].as_str().unwrap(), &Default::default()).unwrap();
    let opened = table.open(&engine).unwrap();
    let found = rows(&engine, &session(&engine, &[("t", &opened)]), "SELECT sum(id) FROM t").unwrap();
    assert_eq!(found, ["6"]);
}
