//! What statements tell about the datasets: SHOW, DESCRIBE, `information_schema`, and places in the text.

use std::sync::Arc;
use std::time::Instant;

use crate::common::{Outcome, engine, folder, open, parquet, prepare, rows, rows_of, tpch, tpch_session, value};
use bowyer_engine::{Engine, ErrorCode, Session, SessionTable};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use serde_json::json;

fn setup() -> (Engine, Arc<Session>, tempfile::TempDir) {
    let (engine, lake) = (engine(), folder());
    parquet(lake.path().join("a.parquet"), &crate::common::ids(0..3));
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![7])) as ArrayRef),
        ("Upper Case", Arc::new(Int64Array::from(vec![8])) as ArrayRef),
    ]);
    parquet(lake.path().join("b.parquet"), &batch.unwrap());
    let (a, b) = (open(&engine, "a", lake.path().join("a.parquet")), open(&engine, "b", lake.path().join("b.parquet")));
    let named = |schema: &str, name: &str, table: &Arc<bowyer_engine::Table>| SessionTable {
        schema: schema.into(),
        name: name.into(),
        table: table.clone(),
    };
    let (a, b) = (a.unwrap(), b.unwrap());
    let tables = vec![
        named("public", "trips", &a),
        named("public", "it's", &a),
        named("other", "trips", &b),
        named("Other", "x", &b),
    ];
    let session = Arc::new(engine.session("lake", tables).unwrap());
    (engine, session, lake)
}

#[test]
fn show_lists_in_order_and_by_pattern() {
    let (engine, session, _lake) = setup();
    let show = |sql: &str| -> Outcome<Vec<String>> { rows(&engine, &session, sql) };
    let first = |sql: &str| show(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    assert_eq!(first("SHOW DATABASES"), ["lake"]);
    assert_eq!(first("show databases like 'x%'"), Vec::<String>::new());
    assert_eq!(first("SHOW SCHEMAS"), ["Other", "other", "public"]);
    assert_eq!(first("SHOW SCHEMAS LIKE 'o%'"), ["other"]);
    assert_eq!(first("SHOW SCHEMAS FROM lake"), ["Other", "other", "public"]);
    let tables = first("SHOW TABLES");
    assert_eq!(tables[0], "lake,Other,x,BASE TABLE");
    assert!(tables.contains(&"lake,public,trips,BASE TABLE".to_string()), "{tables:?}");
    assert_eq!(first("SHOW TABLES FROM other"), ["lake,other,trips,BASE TABLE"]);
    assert_eq!(first("SHOW TABLES IN \"Other\""), ["lake,Other,x,BASE TABLE"]);
    assert_eq!(first("SHOW TABLES FROM lake.public LIKE 't%'"), ["lake,public,trips,BASE TABLE"]);
    assert_eq!(first("SHOW TABLES LIKE 'it''s'"), ["lake,public,it's,BASE TABLE"]);
    assert_eq!(first("SHOW TABLES FROM nowhere"), Vec::<String>::new());
    assert_eq!(first("SHOW COLUMNS FROM trips"), ["lake,public,trips,id,Int64,NO"]);
    assert_eq!(first("SHOW COLUMNS FROM other.trips").len(), 2);
    assert_eq!(first("SHOW COLUMNS FROM lake.other.trips LIKE 'U%'"), ["lake,other,trips,Upper Case,Int64,NO"]);
    assert_eq!(first("DESCRIBE trips"), ["id,Int64,NO"]);
    assert_eq!(first("DESC other.trips").len(), 2);
    for (sql, code) in [
        ("SHOW COLUMNS FROM nothing", ErrorCode::DatasetNotFound),
        ("DESCRIBE nothing", ErrorCode::DatasetNotFound),
        ("SHOW COLUMNS", ErrorCode::InvalidSql),
        ("SHOW TABLES FROM a.b.c", ErrorCode::Unsupported),
        ("SHOW TABLES WHERE table_name = 'x'", ErrorCode::Unsupported),
        ("SHOW ALL", ErrorCode::StatementNotAllowed),
        ("SHOW datafusion.execution.batch_size", ErrorCode::StatementNotAllowed),
    ] {
        let error = show(sql).expect_err(sql);
        assert_eq!(error.code, code, "{sql}: {error}");
    }
    assert!(engine.tables_of("SHOW TABLES FROM other").unwrap().is_empty());
    assert_eq!(engine.tables_of("SHOW COLUMNS FROM other.trips").unwrap().len(), 1);
}

#[test]
fn names_without_a_schema_are_of_the_default_one() {
    let (engine, session, _lake) = setup();
    let within = |schema: &str, sql: &str| {
        let statement = prepare(&engine, &session, json!({ "sql": sql, "defaultSchema": schema }))?;
        assert!(statement.tables().len() <= 1);
        rows_of(&statement, &[])
    };
    assert_eq!(within("other", "SELECT id FROM trips").unwrap(), ["7"]);
    assert_eq!(within("Other", "SELECT id FROM x").unwrap(), ["7"]);
    assert_eq!(within("public", "SELECT count(*) FROM trips").unwrap(), ["3"]);
    assert_eq!(within("other", "SELECT count(*) FROM public.trips").unwrap(), ["3"]);
    assert_eq!(within("other", "DESCRIBE trips").unwrap().len(), 2);
    assert_eq!(within("other", "SHOW COLUMNS FROM trips").unwrap().len(), 2);
    assert_eq!(within("other", "SELECT count(*) FROM information_schema.columns").unwrap().len(), 1);
    assert_eq!(within("nowhere", "SELECT 1").unwrap(), ["1"]);
    let error = within("nowhere", "SELECT * FROM trips").unwrap_err();
    assert_eq!(error.code, ErrorCode::DatasetNotFound);
    let statement = prepare(&engine, &session, json!({ "sql": "SELECT * FROM trips", "defaultSchema": "other" }));
    assert_eq!(statement.unwrap().tables(), ["other.trips"]);
}

#[test]
fn the_information_schema_tells_of_data_and_not_of_the_server() {
    let (engine, session, lake) = setup();
    for view in ["tables", "views", "columns", "schemata", "df_settings", "routines", "parameters"] {
        let found = rows(&engine, &session, &format!("SELECT * FROM information_schema.{view}")).unwrap();
        let text = found.join("\n");
        assert!(view == "views" || !found.is_empty(), "{view}");
        for secret in
            [lake.path().to_str().unwrap(), std::env::temp_dir().to_str().unwrap(), "file://", "temp_directory"]
        {
            assert!(!text.contains(secret), "{view} tells {secret}");
        }
    }
    let columns =
        "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE column_name <> 'id'";
    assert_eq!(rows(&engine, &session, columns).unwrap(), ["Other,x,Upper Case", "other,trips,Upper Case"]);
    let schemas = "SELECT catalog_name, schema_name FROM information_schema.schemata";
    assert_eq!(rows(&engine, &session, schemas).unwrap(), ["lake,Other", "lake,other", "lake,public"]);
    let error = rows(&engine, &session, "SELECT * FROM information_schema.nothing").unwrap_err();
    assert_eq!(error.code, ErrorCode::DatasetNotFound, "{error}");
}

#[test]
fn places_in_the_text_are_those_of_the_text() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let column = |sql: &str| {
        let error = engine.prepare(session.clone(), sql).err().expect(sql);
        error.position.map(|position| (position.line, position.column))
    };
    assert_eq!(column("SELECT ?, ?, n_nmae FROM nation"), Some((1, 14)));
    assert_eq!(column("SELECT ? AS a,\n ?, n_nmae\nFROM nation"), Some((2, 5)));
    assert_eq!(column("SELECT ?, ? FROM natoin"), Some((1, 18)));
    assert_eq!(column("SELECT ? + ? FORM nation WHERE x = ?"), Some((1, 19)));
    assert_eq!(column("SELECT '?', n_nmae FROM nation WHERE n_name = ?"), Some((1, 13)));
}

#[test]
fn many_tables_are_listed_quickly() {
    const TABLES: usize = 10_000;
    let (engine, lake) = (engine(), folder());
    let fields = (0..50).map(|i| (format!("column_{i}"), Arc::new(Int64Array::from(vec![1])) as ArrayRef));
    parquet(lake.path().join("x.parquet"), &RecordBatch::try_from_iter(fields).unwrap());
    let table = open(&engine, "t", lake.path()).unwrap();
    let tables =
        || (0..TABLES).map(|i| SessionTable { schema: "public".into(), name: format!("t{i}"), table: table.clone() });
    let tables: Vec<_> = tables().collect();
    let clock = Instant::now();
    let timed = |what: &str, from: std::time::Duration| eprintln!("{what}: {:?}", clock.elapsed() - from);
    let session = Arc::new(engine.session("lake", tables).unwrap());
    timed("session", Default::default());
    for (sql, expected) in [
        ("SELECT count(*) FROM information_schema.columns", "500000"),
        ("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'", "10000"),
        ("SELECT count(*) FROM information_schema.columns WHERE table_name = 't77'", "50"),
        ("SELECT count(*) FROM t77", "1"),
    ] {
        let from = clock.elapsed();
        assert_eq!(value(&engine, &session, sql).unwrap(), expected);
        timed(sql, from);
    }
    for sql in ["SHOW TABLES", "SHOW COLUMNS FROM t77", "SELECT * FROM information_schema.columns"] {
        let from = clock.elapsed();
        assert!(rows(&engine, &session, sql).unwrap().len() >= 50);
        timed(sql, from);
    }
    let from = clock.elapsed();
    let near = rows(&engine, &session, "SELECT * FROM t99999").unwrap_err();
    assert!(near.hint.unwrap().contains("did you mean"));
    timed("nearest", from);
    assert!(clock.elapsed().as_secs() < 60, "{:?}", clock.elapsed());
}
