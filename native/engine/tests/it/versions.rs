//! Tables of rows, tables that only one statement sees, names that are listed but not open, and versions by name.

use std::sync::Arc;

use crate::common::{engine, folder, ids, ipc, open, parquet, rows, rows_of, session, with};
use bowyer_engine::{Engine, ErrorCode, Session, SessionName, SessionTable, Statement, StatementSpec, Table};
use serde_json::json;

fn rows_table(engine: &Engine, values: impl IntoIterator<Item = i64>) -> Arc<Table> {
    Arc::new(engine.open_rows("t$x", &ipc(&ids(values))).unwrap())
}

fn entry(schema: &str, name: &str, table: &Arc<Table>) -> SessionTable {
    SessionTable { schema: schema.into(), name: name.into(), table: table.clone() }
}

fn prepare(
    engine: &Engine,
    session: &Arc<Session>,
    sql: &str,
    extra: Vec<SessionTable>,
) -> Result<Arc<Statement>, bowyer_engine::EngineError> {
    engine.prepare(session.clone(), StatementSpec::from(sql).with_extra(extra)).map(Arc::new)
}

#[test]
fn rows_are_a_table() {
    let engine = engine();
    let table = rows_table(&engine, 0..10_000);
    let info = table.info();
    assert_eq!((info.format, info.files, info.rows), ("rows", 0, Some(10_000)));
    let session = session(&engine, &[("t", &table)]);
    assert_eq!(rows(&engine, &session, "SELECT count(*), sum(id) FROM t WHERE id < 10").unwrap(), ["10,45"]);
    assert_eq!(rows(&engine, &session, "SELECT id FROM t LIMIT 1").unwrap(), ["0"]);
    assert!(engine.refresh_table(table).unwrap().is_none());
    let good = ipc(&ids([1, 2, 3]));
    for length in [3, 20, good.len() / 2] {
        let error = engine.open_rows("t$x", &good[..length]).err().expect("it opened");
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.message.starts_with("t$x: not an Arrow IPC stream"), "{error}");
    }
}

#[test]
fn a_statement_sees_its_own_tables_first_and_lists_none_of_them() {
    let engine = engine();
    let (one, two) = (rows_table(&engine, [1]), rows_table(&engine, [2]));
    let session = session(&engine, &[("t", &one)]);
    let extra = || vec![entry("public", "t@main", &two), entry("hidden", "u", &two), entry("public", "v", &two)];
    let run = |sql: &str| rows_of(&prepare(&engine, &session, sql, extra()).unwrap(), &[]).unwrap();
    assert_eq!(run("SELECT t.id FROM t FOR VERSION AS OF 'main'"), ["2"]);
    assert_eq!(run("SELECT a.id, b.id FROM t a, t@main b"), ["1,2"]);
    assert_eq!(run("SELECT id FROM hidden.u"), ["2"]);
    let listed = ["t,false", "v,false"];
    let sql = "SELECT DISTINCT table_name, table_schema = 'hidden' FROM information_schema.tables \
               WHERE table_schema <> 'information_schema' ORDER BY 1";
    assert_eq!(run(sql), listed[..1]);
    assert_eq!(run("SHOW TABLES FROM public").len(), 1);
    let shadow = prepare(&engine, &session, "SELECT id FROM t", vec![entry("public", "t", &two)]).unwrap();
    assert_eq!(rows_of(&shadow, &[]).unwrap(), ["2"]);
    assert_eq!(shadow.tables(), ["t"]);
    let plain = prepare(&engine, &session, "SELECT id FROM t", Vec::new()).unwrap();
    assert_eq!(rows_of(&plain, &[]).unwrap(), ["1"]);
    assert_ne!(plain.data_version(), shadow.data_version());
    let version = plain.data_version();
    assert_eq!(prepare(&engine, &session, "SELECT id FROM t", extra()).unwrap().data_version(), version);
    let scan: StatementSpec = serde_json::from_value(json!({ "scan": { "schema": "public", "table": "t" } })).unwrap();
    let scan =
        engine.prepare(session.clone(), scan.with_extra(vec![entry("public", "t", &two)])).map(Arc::new).unwrap();
    assert_eq!(rows_of(&scan, &[]).unwrap(), ["2"]);
    let error = prepare(&engine, &session, "SELECT *\nFROM t FOR VERSION AS OF 9", extra()).err().unwrap();
    assert_eq!(error.code, ErrorCode::DatasetNotFound);
    assert_eq!(error.position.map(|p| (p.line, p.column)), Some((2, 6)), "{error}");
}

#[test]
fn names_are_listed_but_not_open() {
    let engine = engine();
    let table = rows_table(&engine, [1]);
    let names = ["orders", "t"].map(|name| SessionName { schema: "sales".into(), name: name.into() });
    let session = engine.session_with_names("bowyer", vec![entry("sales", "t", &table)], names.to_vec()).unwrap();
    let session = Arc::new(session);
    let sql = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'sales' ORDER BY 1";
    assert_eq!(rows(&engine, &session, sql).unwrap(), ["orders,BASE TABLE", "t,BASE TABLE"]);
    assert_eq!(rows(&engine, &session, "SHOW TABLES FROM sales").unwrap().len(), 2);
    let columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'sales'";
    assert_eq!(rows(&engine, &session, columns).unwrap(), ["t,id"]);
    let error = rows(&engine, &session, "SELECT * FROM sales.orders").unwrap_err();
    assert_eq!(error.code, ErrorCode::DatasetNotFound);
    let error = rows(&engine, &session, "SELECT * FROM sales.order").unwrap_err();
    assert!(error.hint.unwrap().contains("sales.orders"));
    let extra = prepare(&engine, &session, "SELECT * FROM sales.orders", vec![entry("sales", "orders", &table)]);
    assert_eq!(rows_of(&extra.unwrap(), &[]).unwrap(), ["1"]);
}

#[test]
fn the_tables_of_a_text_carry_their_versions() {
    let engine = engine();
    let names = |sql: &str| -> Vec<String> {
        let found = engine.tables_of(sql).unwrap();
        found
            .into_iter()
            .map(|name| [name.schema, Some(name.table)].into_iter().flatten().collect::<Vec<_>>().join("."))
            .collect()
    };
    assert_eq!(names("SELECT * FROM s.t FOR SYSTEM_VERSION AS OF 123 x"), ["s.t@123"]);
    assert_eq!(
        names("SELECT * FROM T FOR SYSTEM_TIME AS OF TIMESTAMP '2024-05-01 10:00:00'"),
        ["t@2024-05-01 10:00:00"]
    );
    assert_eq!(names("SELECT * FROM t@main, \"T$files\", t$snapshots"), ["T$files", "t$snapshots", "t@main"]);
}

#[test]
fn files_and_rows_join() {
    let lake = folder();
    parquet(lake.path().join("x.parquet"), &ids(0..100));
    let engine = engine();
    let files = open(&engine, "f", lake.path().join("x.parquet")).unwrap();
    let both = session(&engine, &[("f", &files), ("r", &rows_table(&engine, 90..200))]);
    assert_eq!(rows(&engine, &both, "SELECT count(*) FROM f JOIN r ON f.id = r.id").unwrap(), ["10"]);
}

/// Of mounted catalogs, which are schemas with dots in their names.
#[test]
fn a_catalog_before_the_schema_is_a_part_of_its_name() {
    let engine = engine();
    let (one, two) = (rows_table(&engine, 0..1), rows_table(&engine, 0..2));
    let tables = vec![entry("lake.sales", "orders", &one), entry("public", "orders", &two)];
    let session = Arc::new(engine.session("bowyer", tables).unwrap());
    for (table, rows) in [
        ("lake.sales.orders", 1),
        ("\"lake.sales\".orders", 1),
        ("bowyer.\"lake.sales\".orders", 1),
        ("orders", 2),
        ("lake.sales.returns", 3),
    ] {
        let extra = vec![entry("lake.sales", "returns", &rows_table(&engine, 0..3))];
        let statement = prepare(&engine, &session, &format!("SELECT count(*) FROM {table}"), extra).unwrap();
        assert_eq!(rows_of(&statement, &[]).unwrap(), [rows.to_string()], "{table}");
    }
    let unknown = prepare(&engine, &session, "SELECT * FROM lake.nothing.orders", Vec::new());
    let unknown = unknown.err().unwrap();
    assert_eq!(unknown.code, ErrorCode::DatasetNotFound);
    assert_eq!(unknown.message, "no dataset named \"lake.nothing.orders\"");
}

/// A dataset that is registered anew over the same file must not be answered from what was kept of the old one.
#[test]
fn a_file_that_is_read_in_another_way_has_another_version() {
    let engine = engine();
    let folder = folder();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, "{\"a;b\":1}\n").unwrap();
    let version = |way: serde_json::Value| {
        let table = Arc::new(engine.open_table(with("t", &file, way)).unwrap());
        let session = session(&engine, &[("t", &table)]);
        prepare(&engine, &session, "SELECT * FROM t", Vec::new()).unwrap().data_version()
    };
    let ways = [
        json!({}),
        json!({ "csv": { "delimiter": ";", "header": true } }),
        json!({ "csv": { "delimiter": ",", "header": false } }),
        json!({ "format": "ndjson" }),
    ];
    let versions: Vec<_> = ways.iter().map(|way| version(way.clone())).collect();
    let distinct: std::collections::HashSet<_> = versions.iter().collect();
    assert_eq!(distinct.len(), ways.len(), "{versions:?}");
    assert_eq!(version(ways[1].clone()), versions[1]);
}
