//! Files of rows: every format read back, and what is left after a failure.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::common::{engine, folder, open, rows, session};
use bowyer_engine::{RowWriter, WriterSpec};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::ipc::writer::StreamWriter;
use serde_json::json;

fn writer(format: &str, path: &Path) -> RowWriter {
    let spec: WriterSpec = serde_json::from_value(json!({ "format": format, "path": path })).unwrap();
    RowWriter::open(&spec).unwrap()
}

fn ipc() -> Vec<u8> {
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
        ("name", Arc::new(StringArray::from(vec![Some("a,\"b"), None])) as ArrayRef),
    ]);
    let batch = batch.unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn every_format_reads_back() {
    let lake = folder();
    for format in ["csv", "json", "ndjson", "parquet", "arrow"] {
        let path = lake.path().join(format!("x.{format}"));
        let mut writer = writer(format, &path);
        writer.write(&ipc()).unwrap();
        writer.write(&ipc()).unwrap();
        writer.close().unwrap();
        let engine = engine();
        let table = open(&engine, "t", &path).unwrap();
        let session = session(&engine, &[("t", &table)]);
        let found = rows(&engine, &session, "SELECT id, name FROM t ORDER BY id").unwrap();
        assert_eq!(found, ["1,a,\"b", "1,a,\"b", "2,", "2,"], "{format}");
    }
}

#[test]
fn a_file_is_replaced_at_the_end_or_not_at_all() {
    let lake = folder();
    let path = lake.path().join("x.csv");
    let link = lake.path().join("link.csv");
    fs::write(&path, "KEEP").unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut given_up = writer("csv", &link);
    given_up.write(&ipc()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "KEEP");
    given_up.abort();
    assert_eq!(fs::read_to_string(&path).unwrap(), "KEEP");
    let mut whole = writer("csv", &link);
    whole.write(&ipc()).unwrap();
    whole.close().unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with("id,name\n"));
    assert!(link.is_symlink());
    assert_eq!(fs::read_dir(lake.path()).unwrap().count(), 2, "a temporary file is left");
}

#[test]
fn a_writer_needs_one_target() {
    for spec in [json!({ "format": "csv" }), json!({ "format": "csv", "path": "/x", "stdout": true })] {
        assert!(RowWriter::open(&serde_json::from_value(spec).unwrap()).is_err());
    }
    let lake = folder();
    let mut nowhere = writer("csv", &lake.path().join("none/x.csv"));
    assert!(nowhere.write(&ipc()).unwrap_err().message.contains("none/x.csv"));
}
