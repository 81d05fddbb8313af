//! Random tables against a model in memory: columns renamed, dropped, added and widened from file to file, rows deleted in
//! every way, random filters.

use std::cmp::Ordering;
use std::sync::Arc;

use bowyer_engine::{Engine, ExecuteOptions, Session};
use datafusion::arrow::array::RecordBatch;

use crate::common::{engine, session, start, start_prepared, value};
use crate::lake::model::table;
use crate::lake::values::{Column, Random, Val, literal, order, random_value, read};

const CASES: u64 = 320;
const QUERIES: usize = 6;

/// A condition as SQL, and as a function of a row in three-valued logic.
type Check = Box<dyn Fn(&[Val]) -> Option<bool>>;

fn condition(random: &mut Random, columns: &[Column], depth: usize) -> (String, Check) {
    if depth > 0 && random.one_in(2) {
        let (left, a) = condition(random, columns, depth - 1);
        let (right, b) = condition(random, columns, depth - 1);
        return match random.below(5) {
            0 | 1 => (
                format!("({left} AND {right})"),
                Box::new(move |row| match (a(row), b(row)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }),
            ),
            2 | 3 => (
                format!("({left} OR {right})"),
                Box::new(move |row| match (a(row), b(row)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                }),
            ),
            _ => (format!("(NOT {left})"), Box::new(move |row| a(row).map(|a| !a))),
        };
    }
    let at = random.below(columns.len() as u64) as usize;
    let (kind, name) = (columns[at].kind, format!("\"{}\"", columns[at].name));
    let mut wanted = || loop {
        let value = random_value(random, kind);
        if value != Val::Null {
            return value;
        }
    };
    let (first, second) = (wanted(), wanted());
    match random.below(8) {
        0 => (format!("{name} IS NULL"), Box::new(move |row| Some(row[at] == Val::Null))),
        1 => (format!("{name} IS NOT NULL"), Box::new(move |row| Some(row[at] != Val::Null))),
        2 => {
            let sql = format!("{name} IN ({}, {})", literal(&first, kind), literal(&second, kind));
            (
                sql,
                Box::new(move |row| {
                    let equal = |value| order(&row[at], value).map(Ordering::is_eq);
                    Some(equal(&first)? || equal(&second)?)
                }),
            )
        }
        op => {
            let (text, test): (&str, fn(Ordering) -> bool) = match op {
                3 => ("<", Ordering::is_lt),
                4 => ("<=", Ordering::is_le),
                5 => (">", Ordering::is_gt),
                6 => ("=", Ordering::is_eq),
                _ => ("<>", Ordering::is_ne),
            };
            let sql = format!("{name} {text} {}", literal(&first, kind));
            (sql, Box::new(move |row| order(&row[at], &first).map(test)))
        }
    }
}

fn drained(engine: &Engine, session: &Arc<Session>, sql: &str, parts: u32) -> Vec<Vec<Val>> {
    let read_all = |batches: Vec<RecordBatch>| {
        batches
            .into_iter()
            .flat_map(|batch| {
                (0..batch.num_rows())
                    .map(|row| batch.columns().iter().map(|column| read(column, row)).collect())
                    .collect::<Vec<Vec<Val>>>()
            })
            .collect::<Vec<_>>()
    };
    if parts == 1 {
        return read_all(start(engine, session, sql, ExecuteOptions::default()).unwrap().drain().unwrap());
    }
    let statement = Arc::new(engine.prepare(session.clone(), sql).unwrap());
    (0..parts)
        .flat_map(|part| {
            let options = ExecuteOptions { part, parts, ..ExecuteOptions::default() };
            read_all(start_prepared(statement.clone(), &[], options).unwrap().drain().unwrap())
        })
        .collect()
}

fn sorted(mut rows: Vec<Vec<Val>>) -> Vec<String> {
    let mut lines: Vec<String> = rows.drain(..).map(|row| format!("{row:?}")).collect();
    lines.sort();
    lines
}

fn query(random: &mut Random, engine: &Engine, session: &Arc<Session>, columns: &[Column], rows: &[Vec<Val>]) {
    let chosen: Vec<usize> = (0..columns.len()).filter(|_| random.one_in(2)).collect();
    let chosen = if chosen.is_empty() { vec![random.below(columns.len() as u64) as usize] } else { chosen };
    let list: Vec<String> = chosen.iter().map(|at| format!("\"{}\"", columns[*at].name)).collect();
    let (filter, holds): (String, Check) = match random.one_in(5) {
        true => (String::new(), Box::new(|_| Some(true))),
        false => {
            let (sql, check) = condition(random, columns, 2);
            (format!(" WHERE {sql}"), check)
        }
    };
    let matching: Vec<&Vec<Val>> = rows.iter().filter(|row| holds(row) == Some(true)).collect();
    let expected: Vec<Vec<Val>> =
        matching.iter().map(|row| chosen.iter().map(|at| row[*at].clone()).collect()).collect();
    let count = value(engine, session, &format!("SELECT count(*) FROM t{filter}")).unwrap();
    assert_eq!(count, expected.len().to_string(), "count(*){filter}");
    let sql = format!("SELECT {} FROM t{filter}", list.join(", "));
    let parts = *random.pick(&[1, 1, 3]);
    let found = sorted(drained(engine, session, &sql, parts));
    assert!(found == sorted(expected.clone()), "{sql} in {parts} parts: {} rows, not {}", found.len(), expected.len());
    if random.one_in(3) {
        let limit = random.below(30) as usize;
        let limited = sorted(drained(engine, session, &format!("{sql} LIMIT {limit}"), 1));
        assert_eq!(limited.len(), limit.min(expected.len()), "{sql} LIMIT {limit}");
        assert!(limited.iter().all(|line| found.contains(line)), "{sql} LIMIT {limit}");
    }
    if random.one_in(3) {
        let at = chosen[0];
        let mut keys: Vec<Val> = matching.iter().map(|row| row[at].clone()).collect();
        let descending = random.one_in(2);
        keys.sort_by(|a, b| order(a, b).unwrap_or_else(|| (*a == Val::Null).cmp(&(*b == Val::Null))));
        if descending {
            keys.reverse();
        }
        keys.truncate(7);
        let direction = if descending { "DESC" } else { "ASC" };
        let sql = format!("SELECT {} FROM t{filter} ORDER BY {} {direction} LIMIT 7", list[0], list[0]);
        let found: Vec<Val> = drained(engine, session, &sql, 1).into_iter().map(|mut row| row.remove(0)).collect();
        assert_eq!(format!("{found:?}"), format!("{keys:?}"), "{sql}");
    }
}

#[test]
fn random_tables_read_as_their_model_says() {
    let engine = engine();
    for seed in 1..=CASES {
        let run = std::panic::AssertUnwindSafe(|| {
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let (table, columns, rows) = table(&mut random);
            let opened = table.open(&engine).unwrap();
            let session = session(&engine, &[("t", &opened)]);
            for _ in 0..QUERIES {
                query(&mut random, &engine, &session, &columns, &rows);
            }
        });
        if let Err(panic) = std::panic::catch_unwind(run) {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
