//! How much of the planned input a run has read, as it tells while it runs.

use std::sync::Arc;

use crate::common::{engine, folder, ids, open, session, start, start_prepared, tpch, tpch_session, write};
use bowyer_engine::ExecuteOptions;

#[test]
fn progress_rises_to_one() {
    let (engine, lake) = (engine(), tpch(0.2));
    let session = tpch_session(&engine, lake.path());
    for sql in [
        "SELECT * FROM lineitem",
        "SELECT * FROM lineitem JOIN orders ON l_orderkey = o_orderkey",
        "SELECT * FROM lineitem WHERE l_quantity > 10",
    ] {
        let running = start(&engine, &session, sql, ExecuteOptions::default()).unwrap();
        let (mut before, mut steps) = (0.0, 0);
        while running.message().unwrap().is_some() {
            let now = running.query.metrics().progress.unwrap_or(0.0);
            assert!((before..=1.0).contains(&now), "{sql}: {now} after {before}");
            steps += usize::from(now > before);
            before = now;
        }
        assert!(steps > 5, "{sql}: {steps} steps");
        assert_eq!(running.query.metrics().progress, Some(1.0), "{sql}");
    }
}

#[test]
fn half_of_the_rows_is_half_of_the_way() {
    let (engine, lake) = (engine(), tpch(0.2));
    let session = tpch_session(&engine, lake.path());
    let running = start(&engine, &session, "SELECT * FROM lineitem", ExecuteOptions::default()).unwrap();
    let (mut rows, all) = (0, 1_199_969.0);
    while rows < 600_000 {
        rows += running.message().unwrap().unwrap().rows;
    }
    let (progress, share) = (running.query.metrics().progress.unwrap(), rows as f64 / all);
    assert!(progress >= share - 0.01 && progress < share + 0.3, "{progress} at {share}");
}

#[test]
fn a_part_has_progress_of_its_own() {
    let (engine, lake) = (engine(), tpch(0.2));
    let session = tpch_session(&engine, lake.path());
    let statement = Arc::new(engine.prepare(session, "SELECT * FROM lineitem").unwrap());
    let options = ExecuteOptions { part: 1, parts: 2, ..ExecuteOptions::default() };
    let running = start_prepared(statement, &[], options).unwrap();
    let (mut rows, mut last) = (0.0, 0.0);
    while let Some(message) = running.message().unwrap() {
        rows += message.rows as f64;
        last = running.query.metrics().progress.unwrap_or(0.0);
    }
    // Of row groups that end elsewhere than the part the share is an estimate.
    assert!(rows > 0.0 && last > 0.0, "{last} at the last of {rows}");
    assert_eq!(running.query.metrics().progress, Some(1.0));
}

#[test]
fn files_count_where_rows_are_not_known() {
    let (engine, lake) = (engine(), folder());
    for i in 0..40 {
        let rows: String = (0..20_000).map(|row| format!("{row},some text\n")).collect();
        write(lake.path().join(format!("{i}.csv")), &format!("id,t\n{rows}"));
    }
    crate::common::parquet(lake.path().join("p.parquet"), &ids(0..10));
    let table = open(&engine, "t", lake.path().join("*.csv")).unwrap();
    let session = session(&engine, &[("t", &table)]);
    let running = start(&engine, &session, "SELECT * FROM t", ExecuteOptions::default()).unwrap();
    let mut seen = Vec::new();
    while running.message().unwrap().is_some() {
        seen.extend(running.query.metrics().progress);
    }
    assert!(seen.iter().any(|share| (0.2..0.8).contains(share)), "{seen:?}");
    let endless = "SELECT count(*) FROM generate_series(1, 100000000000)";
    let running = start(&engine, &session, endless, ExecuteOptions::default()).unwrap();
    assert_eq!(running.query.metrics().progress, None);
}
