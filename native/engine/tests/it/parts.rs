//! Statements run in parts: each row in exactly one, whatever the format, and whatever is pruned.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::common::{engine, folder, ids, lines, open, parquet, rows_of, session, start_prepared, write};
use bowyer_engine::{Engine, ErrorCode, ExecuteOptions, Session, Statement};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;

const COUNTS: [u32; 5] = [1, 2, 3, 7, 64];

fn statement(engine: &Engine, session: &Arc<Session>, sql: &str) -> Arc<Statement> {
    Arc::new(engine.prepare(session.clone(), sql).unwrap())
}

fn part(statement: &Arc<Statement>, part: u32, parts: u32) -> Vec<String> {
    let options = ExecuteOptions { part, parts, ..ExecuteOptions::default() };
    lines(&start_prepared(statement.clone(), &[], options).unwrap().drain().unwrap())
}

/// Compares the parts with the whole, as bags of rows.
fn check(statement: &Arc<Statement>, what: &str) {
    let mut whole = rows_of(statement, &[]).unwrap();
    assert!(!whole.is_empty(), "{what}");
    whole.sort();
    for count in COUNTS {
        let mut found: Vec<String> = (0..count).flat_map(|i| part(statement, i, count)).collect();
        found.sort();
        assert!(found == whole, "{what} in {count} parts: {} rows of {}", found.len(), whole.len());
    }
}

/// Many small row groups, so that ranges hold some and not others.
fn row_groups(path: &Path, batch: &RecordBatch) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(500)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn arrow(path: &Path, from: i64, stream: bool) {
    let file = File::create(path).unwrap();
    let batches = (0..20).map(|i| ids(from + i * 100..from + i * 100 + 100));
    if stream {
        let mut writer = StreamWriter::try_new(file, &ids([0]).schema()).unwrap();
        batches.for_each(|batch| writer.write(&batch).unwrap());
        writer.finish().unwrap();
    } else {
        let mut writer = FileWriter::try_new(file, &ids([0]).schema()).unwrap();
        batches.for_each(|batch| writer.write(&batch).unwrap());
        writer.finish().unwrap();
    }
}

/// Three files each of 6,000, 2,000 and 1 rows.
fn lake(folder: &Path, format: &str) {
    for (name, numbers) in [("a", 0..6_000), ("b", 6_000..8_000), ("c", 8_000..8_001)] {
        let path = folder.join(format!("{name}.{format}"));
        match format {
            "parquet" => row_groups(&path, &ids(numbers)),
            "csv" => write(&path, &format!("id\n{}", numbers.map(|i| format!("{i}\n")).collect::<String>())),
            "ndjson" => {
                let long = |i: i64| "x".repeat((i % 97) as usize * if i % 500 == 0 { 400 } else { 1 });
                let text: String = numbers.map(|i| format!("{{\"id\":{i},\"t\":\"{}\"}}\n", long(i))).collect();
                // The last line of a file need not end.
                write(&path, text.trim_end());
            }
            "json" => write(
                &path,
                &serde_json::to_string(&numbers.map(|i| serde_json::json!({ "id": i })).collect::<Vec<_>>()).unwrap(),
            ),
            _ => arrow(&path, numbers.start, format == "arrows"),
        }
    }
}

#[test]
fn parts_together_are_the_whole_in_every_format() {
    for format in ["parquet", "csv", "ndjson", "json", "arrow", "arrows"] {
        let (engine, folder) = (engine(), folder());
        lake(folder.path(), format);
        let table = open(&engine, "t", folder.path()).unwrap();
        let session = session(&engine, &[("t", &table)]);
        for sql in [
            "SELECT * FROM t",
            "SELECT id * 2 AS twice FROM t WHERE id % 3 = 0 AND id > 100",
            "SELECT x.id FROM (SELECT id FROM t WHERE id < 5000) AS x",
            "SELECT id FROM t UNION ALL SELECT -id FROM t WHERE id >= 7000",
            "SELECT unnest(make_array(id, id + 1)) FROM t WHERE id < 1000",
        ] {
            let statement = statement(&engine, &session, sql);
            assert!(statement.parts(64) > 1, "{format}: {sql}");
            check(&statement, &format!("{format}: {sql}"));
        }
    }
}

#[test]
fn arrow_files_and_streams_share_a_folder() {
    let (engine, folder) = (engine(), folder());
    arrow(&folder.path().join("a.arrow"), 0, false);
    arrow(&folder.path().join("b.arrows"), 2_000, true);
    let table = open(&engine, "t", folder.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let statement = statement(&engine, &session, "SELECT * FROM t");
    assert_eq!(rows_of(&statement, &[]).unwrap().len(), 4_000);
    check(&statement, "arrow");
}

#[test]
fn files_are_divided_before_partitions_are_pruned() {
    let (engine, folder) = (engine(), folder());
    for day in 1..=9 {
        let numbers = day * 1_000..day * 1_000 + 100 * day;
        row_groups(&folder.path().join(format!("day={day}/x.parquet")), &ids(numbers));
    }
    let table = open(&engine, "t", folder.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    for sql in ["SELECT * FROM t WHERE day >= 4 AND day < 6", "SELECT id FROM t WHERE day = 9 AND id % 2 = 1"] {
        check(&statement(&engine, &session, sql), sql);
    }
}

#[test]
fn a_large_file_is_divided_and_its_parts_are_divided_further() {
    let (engine, folder) = (engine(), folder());
    let path = folder.path().join("x.ndjson");
    write(&path, &(0..700_000).map(|i| format!("{{\"id\":{i},\"t\":\"some more text\"}}\n")).collect::<String>());
    let table = open(&engine, "t", &path).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let statement = statement(&engine, &session, "SELECT id FROM t");
    assert_eq!((statement.parts(2), statement.parts(0), statement.parts(1)), (2, 1, 1));
    let mut found: Vec<i64> = (0..2).flat_map(|i| part(&statement, i, 2)).map(|line| line.parse().unwrap()).collect();
    found.sort_unstable();
    assert!(found == (0..700_000).collect::<Vec<i64>>(), "{} rows", found.len());
}

#[test]
fn what_depends_on_other_rows_is_not_divided() {
    let (engine, folder) = (engine(), folder());
    parquet(folder.path().join("a.parquet"), &ids(0..10));
    parquet(folder.path().join("b.parquet"), &ids(10..20));
    let table = open(&engine, "t", folder.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    assert_eq!(statement(&engine, &session, "SELECT * FROM t").parts(64), 2);
    for sql in [
        "SELECT * FROM t ORDER BY id",
        "SELECT * FROM t LIMIT 3",
        "SELECT * FROM t OFFSET 3",
        "SELECT DISTINCT id FROM t",
        "SELECT count(*) FROM t",
        "SELECT id, count(*) FROM t GROUP BY id",
        "SELECT id, row_number() OVER () FROM t",
        "SELECT id, row_number() OVER (ORDER BY id) FROM t",
        "SELECT a.id FROM t a JOIN t b ON a.id = b.id",
        "SELECT id FROM t WHERE id IN (SELECT id FROM t WHERE id > 3)",
        "SELECT id FROM t WHERE id = (SELECT max(id) FROM t)",
        "SELECT id FROM t WHERE EXISTS (SELECT 1)",
        "SELECT id, random() FROM t",
        "SELECT id, now() FROM t",
        "SELECT id FROM t UNION SELECT id FROM t",
        "SELECT id FROM t UNION ALL SELECT 1",
        "SELECT id FROM t UNION ALL VALUES (1)",
        "SELECT value FROM generate_series(1, 10)",
        "SELECT table_name FROM information_schema.tables",
        "SELECT 1",
        "EXPLAIN SELECT * FROM t",
        "SHOW TABLES",
        "WITH RECURSIVE n AS (SELECT id FROM t UNION ALL SELECT id + 1 FROM n WHERE id < 9) SELECT * FROM n",
    ] {
        let statement = statement(&engine, &session, sql);
        assert_eq!(statement.parts(64), 1, "{sql}");
        let options = ExecuteOptions { part: 1, parts: 2, ..ExecuteOptions::default() };
        let error = start_prepared(statement, &[], options).err().expect(sql);
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{sql}");
    }
}

#[test]
fn parts_that_there_are_not_are_refused() {
    let (engine, folder) = (engine(), folder());
    parquet(folder.path().join("a.parquet"), &ids(0..10));
    let table = open(&engine, "t", folder.path()).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let statement = statement(&engine, &session, "SELECT * FROM t");
    for (part, parts) in [(1, 1), (2, 2), (1, 0), (0, 65), (u32::MAX, u32::MAX)] {
        let options = ExecuteOptions { part, parts, ..ExecuteOptions::default() };
        let error = start_prepared(statement.clone(), &[], options).err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidArgument);
    }
}
