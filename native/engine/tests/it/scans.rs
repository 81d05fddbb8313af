//! Rows of one table without a statement: columns, a filter and a limit.

use std::sync::Arc;

use crate::common::{Outcome, engine, folder, open, parquet, prepare, rows_of, session};
use bowyer_engine::{Engine, ErrorCode, Session, StatementSpec};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use serde_json::{Value, json};

fn setup() -> (Engine, Arc<Session>, tempfile::TempDir) {
    let (engine, lake) = (engine(), folder());
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
        ("City Name", Arc::new(StringArray::from(vec![Some("Ö"), Some("it's"), None])) as ArrayRef),
        ("fare", Arc::new(Int64Array::from(vec![10, 20, 30])) as ArrayRef),
    ]);
    parquet(lake.path().join("x.parquet"), &batch.unwrap());
    let table = open(&engine, "trips", lake.path()).unwrap();
    let session = session(&engine, &[("trips", &table)]);
    (engine, session, lake)
}

fn scan(mut parts: Value) -> Value {
    parts["schema"] = "public".into();
    parts["table"] = "trips".into();
    json!({ "scan": parts })
}

#[test]
fn columns_filter_and_limit() {
    let (engine, session, _lake) = setup();
    let rows = |parts: Value| -> Outcome<Vec<String>> { rows_of(&prepare(&engine, &session, scan(parts))?, &[]) };
    assert_eq!(rows(json!({})).unwrap(), ["1,Ö,10", "2,it's,20", "3,,30"]);
    assert_eq!(rows(json!({ "columns": [] })).unwrap().len(), 3);
    assert_eq!(rows(json!({ "columns": ["fare", "id"], "limit": 2 })).unwrap(), ["10,1", "20,2"]);
    let quoted = json!({ "columns": ["City Name"], "filter": "\"City Name\" = 'it''s' OR id > 2" });
    assert_eq!(rows(quoted).unwrap(), ["it's", ""]);
    // The filter may use what is not among the columns, and a name with the table in front.
    assert_eq!(rows(json!({ "columns": ["id"], "filter": "trips.fare BETWEEN 15 AND 25" })).unwrap(), ["2"]);
    assert_eq!(rows(json!({ "filter": "NULL" })).unwrap(), Vec::<String>::new());
    assert_eq!(rows(json!({ "limit": 0 })).unwrap(), Vec::<String>::new());
    assert_eq!(rows(json!({ "limit": u64::MAX })).unwrap().len(), 3);
    assert_eq!(rows(json!({ "filter": "upper(\"City Name\") LIKE 'IT%' -- tail" })).unwrap(), ["2,it's,20"]);
}

#[test]
fn a_scan_says_what_it_reads_and_can_be_divided() {
    let (engine, session, _lake) = setup();
    let statement = prepare(&engine, &session, scan(json!({ "columns": ["id"], "filter": "fare > 10" }))).unwrap();
    assert_eq!(statement.tables(), ["trips"]);
    assert_eq!(statement.schema().fields().len(), 1);
    assert!(statement.parameters().fields().is_empty());
    let of_sql = engine.prepare(session, "SELECT 1 FROM trips").unwrap();
    assert_eq!(statement.data_version(), of_sql.data_version());
}

#[test]
fn what_is_wrong_is_named_and_pointed_at() {
    let (engine, session, _lake) = setup();
    let fail = |parts: Value| prepare(&engine, &session, scan(parts)).err().expect("it was planned");
    let filter = |filter: &str| fail(json!({ "filter": filter }));
    let column = fail(json!({ "columns": ["id", "fair"] }));
    assert_eq!(column.to_string(), "column \"fair\" not found in trips (did you mean \"fare\"?)");
    assert_eq!(column.code, ErrorCode::UnknownColumn);
    assert_eq!(fail(json!({ "columns": ["ID"] })).code, ErrorCode::UnknownColumn);
    assert_eq!(fail(json!({ "columns": ["id", "id"] })).code, ErrorCode::InvalidArgument);
    let unknown = filter("id > 1 AND fair = 2");
    assert_eq!((unknown.code, unknown.hint.as_deref()), (ErrorCode::UnknownColumn, Some("did you mean \"fare\"?")));
    assert_eq!(unknown.position.unwrap().column, 12);
    assert_eq!(filter("nofunction(id) = 1").code, ErrorCode::UnknownFunction);
    let parameter = filter("id = 1 AND fare = ?");
    assert_eq!((parameter.code, parameter.position.unwrap().column), (ErrorCode::InvalidSql, 19));
    for wrong in [
        "",
        "id",
        "id + 1",
        "id >",
        "id > 1; DROP TABLE trips",
        "id > 1 LIMIT 1",
        "id = $1",
        "count(*) > 1",
        "max(id) = 3",
        "row_number() OVER () = 1",
        "id IN (SELECT 1)",
        "EXISTS (SELECT 1)",
        "id = (SELECT 1)",
        "id > 1 x",
        "SELECT 1",
        "unnest(make_array(true))",
        "id > 1 UNION ALL SELECT 1",
        "*",
    ] {
        assert_eq!(filter(wrong).code, ErrorCode::InvalidSql, "{wrong}: {}", filter(wrong));
    }
    assert_eq!(filter(&"(".repeat(2_000)).code, ErrorCode::SqlTooComplex);
    assert_eq!(filter(&format!("id = 1{}", " OR id = 1".repeat(2_000))).code, ErrorCode::SqlTooComplex);
    let gone = prepare(&engine, &session, json!({ "scan": { "schema": "public", "table": "tripz" } })).err().unwrap();
    assert_eq!(gone.to_string(), "no dataset named \"tripz\" (did you mean \"trips\"?)");
    let schema = prepare(&engine, &session, json!({ "scan": { "schema": "information_schema", "table": "tables" } }));
    assert_eq!(schema.err().unwrap().code, ErrorCode::DatasetNotFound);
}

#[test]
fn specifications_are_read_strictly() {
    let read = |json: Value| serde_json::from_value::<StatementSpec>(json).map(|_| ()).map_err(|e| e.to_string());
    assert!(read(json!({ "sql": "SELECT 1", "encoding": "native", "timestampUnit": "ns", "timestampZone": "drop", "decimal": "double", "defaultSchema": "x" })).is_ok());
    for (wrong, named) in [
        (json!({}), "expected either"),
        (json!({ "sql": "SELECT 1", "scan": { "schema": "a", "table": "b" } }), "expected either"),
        (json!({ "sql": "SELECT 1", "encodng": "native" }), "encodng"),
        (json!({ "sql": "SELECT 1", "encoding": "other" }), "other"),
        (json!({ "sql": "SELECT 1", "timestampUnit": "us" }), "us"),
        (json!({ "scan": { "schema": "a", "table": "b", "limit": -1 } }), "-1"),
        (json!({ "scan": { "schema": "a", "table": "b", "columnz": [] } }), "columnz"),
        (json!({ "scan": { "schema": "a" } }), "table"),
    ] {
        let error = read(wrong.clone()).unwrap_err();
        assert!(error.contains(named), "{wrong}: {error}");
    }
}
