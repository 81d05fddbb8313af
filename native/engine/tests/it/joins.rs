//! Joins whose memory is short.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use crate::common::{engine, folder, ids, lines, open, parquet, session, start};
use bowyer_engine::{ErrorCode, ExecuteOptions};

/// Text that does not compress, so that a batch of it takes room.
fn text(seed: i64) -> String {
    let mut state = seed as u64 ^ 0x9E37_79B9_7F4A_7C15;
    (0..20_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + (state % 26) as u8)
        })
        .collect()
}

fn wide(values: std::ops::Range<i64>) -> RecordBatch {
    let texts: StringArray = values.clone().map(|value| Some(text(value))).collect();
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(values));
    RecordBatch::try_from_iter([("id", ids), ("t", Arc::new(texts) as ArrayRef)]).unwrap()
}

#[test]
fn a_nested_loop_join_short_of_memory_gives_all_rows_or_fails() {
    let (engine, folder) = (engine(), folder());
    for (name, files, rows) in [("l", 10, 100), ("r", 4, 800)] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        for file in 0..files {
            let values = file * rows..(file + 1) * rows;
            let batch = if name == "l" { wide(values) } else { ids(values) };
            parquet(folder.path().join(format!("{name}/{file}.parquet")), &batch);
        }
    }
    let l = open(&engine, "l", folder.path().join("l")).unwrap();
    let r = open(&engine, "r", folder.path().join("r")).unwrap();
    let session = session(&engine, &[("l", &l), ("r", &r)]);
    for (join, matches) in [("LEFT JOIN r b ON a.id + b.id < -1", false), ("JOIN r b ON a.id + b.id > -1", true)] {
        let sql = format!("SELECT count(*), count(b.id), max(length(a.t)) FROM l a {join} AND a.t <> 'x'");
        let options = ExecuteOptions { memory_limit: 12 << 20, ..ExecuteOptions::default() };
        let expected = if matches { "3200000,3200000,20000" } else { "1000,0,20000" };
        match start(&engine, &session, &sql, options).and_then(|running| running.drain()) {
            Ok(batches) => assert_eq!(lines(&batches), [expected]),
            Err(error) => assert_eq!(error.code, ErrorCode::MemoryLimit, "{error:?}"),
        }
    }
}
