//! What the process keeps. In a program of its own, since other tests would be measured along.

#[allow(dead_code)]
#[path = "it/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use bowyer_engine::ExecuteOptions;
use common::{engine, eventually, start, tpch, tpch_session};

/// One after the other, for the same reason.
#[test]
fn memory_is_given_back() {
    a_slow_reader_costs_two_messages_not_the_result();
    a_thousand_queries_leave_nothing_behind();
}

fn a_slow_reader_costs_two_messages_not_the_result() {
    let (engine, lake) = (engine(), tpch(0.2));
    let session = tpch_session(&engine, lake.path());
    let wide = "SELECT *, l_comment || l_comment AS twice FROM lineitem";
    let running = start(&engine, &session, wide, ExecuteOptions::default()).unwrap();
    let first = running.message().unwrap().unwrap();
    let before = resident();
    // Nothing but waiting can show that the engine does not go on.
    let until = Instant::now() + Duration::from_secs(2);
    eventually("time stands still", || Instant::now() > until);
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "the engine ran ahead by {grown} bytes");
    let rest: usize = running.drain().unwrap().iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(first.rows as usize + rest, 1_199_969);
}

fn a_thousand_queries_leave_nothing_behind() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let one = |i: usize| {
        let sql = format!("SELECT count(*), max(l_comment) FROM lineitem WHERE l_orderkey > {i} GROUP BY l_returnflag");
        let running = start(&engine, &session, &sql, ExecuteOptions::default()).unwrap();
        // Some are read, some are cancelled, some are dropped.
        match i % 3 {
            0 => drop(running.drain().unwrap()),
            1 => running.query.cancel(),
            _ => {}
        }
    };
    (0..100).for_each(one);
    eventually("queries still run", || engine.stats().active_queries == 0);
    let before = resident();
    (0..1_000).for_each(one);
    let idle = || engine.stats().active_queries == 0 && engine.stats().memory_used == 0;
    eventually("queries still run", idle);
    assert_eq!(engine.stats().spilled, 0);
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "resident memory grew by {grown} bytes");
}

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
