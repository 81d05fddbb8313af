//! Files that cannot be a table, and what the error says.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::common::{engine, folder, ids, open, parquet, rows, session, spec, with, write};
use bowyer_engine::ErrorCode;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use serde_json::json;

fn failure(location: impl AsRef<Path>) -> (ErrorCode, String) {
    let error = open(&engine(), "t", location).err().expect("the table opened");
    (error.code, error.message)
}

#[test]
fn what_is_not_there_is_named() {
    let lake = folder();
    let (code, message) = failure(lake.path().join("none.parquet"));
    assert_eq!(code, ErrorCode::SourceNotFound);
    assert!(message.starts_with("t: no such file"), "{message}");
    assert!(!message.contains(lake.path().to_str().unwrap()), "{message}");
    assert_eq!(failure(lake.path()).0, ErrorCode::SourceNotFound);
    write(lake.path().join("_SUCCESS"), "");
    assert_eq!(failure(lake.path()).0, ErrorCode::SourceNotFound);
    assert_eq!(failure(lake.path().join("*.csv")).0, ErrorCode::SourceNotFound);
    assert_eq!(failure("s3://bucket/x.parquet").0, ErrorCode::InvalidArgument);
    assert_eq!(failure("").0, ErrorCode::InvalidArgument);
}

#[test]
fn damaged_files_are_named() {
    let lake = folder();
    let path = parquet(lake.path().join("good.parquet"), &ids(0..1000));
    let whole = fs::read(&path).unwrap();
    fs::create_dir(lake.path().join("bad")).unwrap();
    fs::copy(&path, lake.path().join("bad/a.parquet")).unwrap();
    for (what, content) in [
        ("zero bytes", Vec::new()),
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("cut at the footer", whole[..whole.len() - 6].to_vec()),
        ("wrong magic", b"this is a text file, not what its name says".to_vec()),
        ("tiny", b"PAR1".to_vec()),
        ("a footer that is longer than the file", b"PAR1 this is not one PAR1".to_vec()),
        ("a footer of 4 GiB", b"....\xFF\xFF\xFF\xFFPAR1".to_vec()),
    ] {
        fs::write(lake.path().join("bad/b.parquet"), content).unwrap();
        let (code, message) = failure(lake.path().join("bad"));
        assert_eq!(code, ErrorCode::SourceInvalid, "{what}: {message}");
        assert!(message.starts_with("file t/b.parquet"), "{what}: {message}");
    }
    write(lake.path().join("x.arrow"), "not arrow at all, but long enough to be read as such");
    assert_eq!(failure(lake.path().join("x.arrow")).0, ErrorCode::SourceInvalid);
    write(lake.path().join("x.ndjson"), "{\"id\":1}\nnot json\n");
    assert_eq!(failure(lake.path().join("x.ndjson")).0, ErrorCode::SourceInvalid);
}

#[test]
fn a_ragged_row_is_named_at_once_or_by_the_query() {
    let lake = folder();
    write(lake.path().join("early.csv"), "a,b\n1,2\n3,4,5\n");
    let (code, message) = failure(lake.path().join("early.csv"));
    assert_eq!(code, ErrorCode::SourceInvalid);
    assert!(message.contains("early.csv") && message.contains("line 3"), "{message}");
    let late = format!("a,b\n{}1,2,3\n", "1,2\n".repeat(20_000));
    write(lake.path().join("late.csv"), &late);
    let engine = engine();
    let table = open(&engine, "t", lake.path().join("late.csv")).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let error = rows(&engine, &session, "SELECT * FROM t").unwrap_err();
    assert_eq!(error.code, ErrorCode::SourceInvalid, "{error}");
    assert!(error.message.contains("fields"), "{error}");
}

#[test]
fn conflicting_types_and_formats_are_named() {
    let lake = folder();
    parquet(lake.path().join("t/1.parquet"), &ids([1]));
    let text: ArrayRef = Arc::new(StringArray::from(vec!["one"]));
    parquet(lake.path().join("t/2.parquet"), &RecordBatch::try_from_iter([("id", text)]).unwrap());
    let (code, message) = failure(lake.path().join("t"));
    assert_eq!(code, ErrorCode::SchemaConflict);
    for part in ["\"id\"", "1.parquet", "2.parquet", "Int64", "Utf8"] {
        assert!(message.contains(part), "{message}");
    }
    parquet(lake.path().join("m/1.parquet"), &ids([1]));
    write(lake.path().join("m/2.csv"), "id\n1\n");
    assert_eq!(failure(lake.path().join("m")).0, ErrorCode::UnknownFormat);
    write(lake.path().join("x.xyz"), "?");
    assert_eq!(failure(lake.path().join("x.xyz")).0, ErrorCode::UnknownFormat);
    parquet(lake.path().join("h/a=1/x.parquet"), &ids([1]));
    parquet(lake.path().join("h/x.parquet"), &ids([1]));
    assert_eq!(failure(lake.path().join("h")).0, ErrorCode::SchemaConflict);
    parquet(lake.path().join("d/id=1/x.parquet"), &ids([1]));
    assert_eq!(failure(lake.path().join("d")).0, ErrorCode::SchemaConflict);
}

#[test]
fn a_format_that_is_said_overrules_the_ending() {
    let lake = folder();
    write(lake.path().join("data.txt"), "id\n1\n");
    let engine = engine();
    let table = engine.open_table(with("t", &lake.path().join("data.txt"), json!({ "format": "csv" }))).unwrap();
    assert_eq!(table.info().files, 1);
    assert!(engine.open_table(spec("t", lake.path().join("data.txt"))).is_err());
}

#[test]
fn no_message_tells_the_servers_folders() {
    let lake = folder();
    let shown = |error: (ErrorCode, String)| assert!(!error.1.contains(lake.path().to_str().unwrap()), "{}", error.1);
    shown(failure(lake.path()));
    write(lake.path().join("e/x.csv"), "");
    shown(failure(lake.path().join("e")));
    write(lake.path().join("r/x.csv"), "a,b\n1,2\n3,4,5\n");
    shown(failure(lake.path().join("r")));
    write(lake.path().join("j/x.ndjson"), "{");
    shown(failure(lake.path().join("j")));
    write(lake.path().join("p/x.parquet"), "not a Parquet file");
    shown(failure(lake.path().join("p")));
    parquet(lake.path().join("c/1.parquet"), &ids([1]));
    write(lake.path().join("c/2.csv"), "id\n1\n");
    shown(failure(lake.path().join("c")));
}
