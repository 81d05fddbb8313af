//! What tables tell of their columns without being read.

use std::sync::Arc;

use crate::common::{engine, folder, open, parquet, session, tpch, value, write};
use bowyer_engine::{ColumnStatistics, TableStatistics};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::Int32Type;

fn column<'a>(statistics: &'a TableStatistics, name: &str) -> Option<&'a ColumnStatistics> {
    statistics.columns.iter().find(|column| column.column == name)
}

fn told(statistics: &TableStatistics, name: &str) -> (Option<u64>, Option<String>, Option<String>) {
    let column = column(statistics, name).unwrap_or_else(|| panic!("nothing of {name}: {statistics:?}"));
    (column.nulls, column.min.clone(), column.max.clone())
}

fn some(nulls: u64, min: &str, max: &str) -> (Option<u64>, Option<String>, Option<String>) {
    (Some(nulls), Some(min.to_string()), Some(max.to_string()))
}

#[test]
fn footers_tell_what_a_scan_finds() {
    let (engine, lake) = (engine(), tpch(0.01));
    let table = open(&engine, "orders", lake.path().join("orders.parquet")).unwrap();
    let session = session(&engine, &[("orders", &table)]);
    let statistics = table.statistics();
    assert_eq!((statistics.rows, statistics.columns.len()), (Some(15_000), 9));
    for name in ["o_orderkey", "o_totalprice", "o_orderdate", "o_orderstatus", "o_clerk"] {
        let scanned = |what: &str| {
            let sql = format!("SELECT CAST({what}({name}) AS VARCHAR) FROM orders WHERE random() >= 0");
            value(&engine, &session, &sql).unwrap()
        };
        assert_eq!(told(&statistics, name), some(0, &scanned("min"), &scanned("max")), "{name}");
    }
}

fn batch(first: i64, nulls: bool) -> RecordBatch {
    let texts = |text: &str| if nulls { None } else { Some(text.to_string()) };
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), None]);
    let columns: [(&str, ArrayRef); 8] = [
        ("id", Arc::new(Int64Array::from(vec![first, first + 1]))),
        ("text", Arc::new(StringArray::from(vec![texts("a"), texts("b")]))),
        ("some", Arc::new(Float64Array::from(vec![Some(1.5), None]))),
        ("day", Arc::new(Date32Array::from(vec![19_782, 19_783]))),
        ("cost", Arc::new(Decimal128Array::from(vec![110, -250]).with_precision_and_scale(10, 2).unwrap())),
        ("at", Arc::new(TimestampMicrosecondArray::from(vec![0, 1_500_000]))),
        ("list", Arc::new(list)),
        ("none", Arc::new(Int64Array::from(vec![None, None]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

#[test]
fn files_are_put_together_and_folders_count_as_columns() {
    let (engine, lake) = (engine(), folder());
    parquet(lake.path().join("t/year=2023/a.parquet"), &batch(5, false));
    parquet(lake.path().join("t/year=2024/b.parquet"), &batch(-3, true));
    let statistics = open(&engine, "t", lake.path().join("t")).unwrap().statistics();
    assert_eq!(statistics.rows, Some(4));
    assert_eq!(told(&statistics, "id"), some(0, "-3", "6"));
    assert_eq!(told(&statistics, "text"), some(2, "a", "b"));
    assert_eq!(told(&statistics, "some"), some(2, "1.5", "1.5"));
    assert_eq!(told(&statistics, "day"), some(0, "2024-02-29", "2024-03-01"));
    assert_eq!(told(&statistics, "cost"), some(0, "-2.50", "1.10"));
    assert_eq!(told(&statistics, "at"), some(0, "1970-01-01T00:00:00", "1970-01-01T00:00:01.500"));
    assert_eq!(told(&statistics, "year"), some(0, "2023", "2024"));
    assert_eq!(told(&statistics, "none"), (Some(4), None, None));
    assert!(column(&statistics, "list").is_none(), "{statistics:?}");
}

#[test]
fn what_is_not_known_is_left_out() {
    let (engine, lake) = (engine(), folder());
    write(lake.path().join("t.csv"), "id,text\n1,a\n2,b\n");
    let csv = open(&engine, "t", lake.path().join("t.csv")).unwrap().statistics();
    assert_eq!(csv, TableStatistics::default());
    let long = "x".repeat(2_000);
    let struct_array = StructArray::from(vec![(
        Arc::new(datafusion::arrow::datatypes::Field::new("f", datafusion::arrow::datatypes::DataType::Int64, true)),
        Arc::new(Int64Array::from(vec![1])) as ArrayRef,
    )]);
    let columns: [(&str, ArrayRef); 2] =
        [("long", Arc::new(StringArray::from(vec![long]))), ("nested", Arc::new(struct_array))];
    parquet(lake.path().join("u.parquet"), &RecordBatch::try_from_iter(columns).unwrap());
    let statistics = open(&engine, "u", lake.path().join("u.parquet")).unwrap().statistics();
    assert_eq!(told(&statistics, "long"), (Some(0), None, None));
    assert!(column(&statistics, "nested").is_none());
}
