//! Columns of data files that are not as the table's: nested ones renamed and added, files without ids, other types.

use std::collections::HashMap;
use std::sync::Arc;

use bowyer_engine::{Engine, ErrorCode};
use datafusion::arrow::array::{
    ArrayRef, BinaryArray, Date32Array, FixedSizeListArray, Float64Array, Int32Array, Int64Array, LargeListArray,
    ListArray, MapArray, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};

use crate::common::{engine, rows, session};
use crate::lake::table::{LakeTable, batch, field, without_id};

fn all(engine: &Engine, table: &LakeTable, sql: &str) -> Vec<String> {
    rows(engine, &session(engine, &[("t", &table.open(engine).unwrap())]), sql).unwrap()
}

fn ints(values: Vec<Option<i32>>) -> ArrayRef {
    Arc::new(Int32Array::from(values))
}

#[test]
fn parts_of_structs_are_found_by_id() {
    let engine = engine();
    let now = Fields::from(vec![
        field(4, "late", DataType::Utf8, &[]),
        field(3, "y", DataType::Int64, &[]),
        field(2, "renamed", DataType::Int64, &[]),
        field(5, "x", DataType::Int32, &[("bowyer.default", "7")]),
    ]);
    let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "s", DataType::Struct(now), &[])]));
    let then = Fields::from(vec![field(2, "x", DataType::Int32, &[]), field(3, "y", DataType::Int64, &[])]);
    let nulls = NullBuffer::from(vec![true, false, true]);
    let y: ArrayRef = Arc::new(Int64Array::from(vec![Some(10), None, None]));
    let old = StructArray::new(then.clone(), vec![ints(vec![Some(1), None, Some(3)]), y], Some(nulls));
    table.add("a.parquet", &batch(vec![(field(1, "was", DataType::Struct(then), &[]), Arc::new(old) as ArrayRef)]));
    assert_eq!(
        all(&engine, &table, "SELECT s FROM t"),
        ["{late: , y: 10, renamed: 1, x: 7}", "", "{late: , y: , renamed: 3, x: 7}"]
    );
    assert_eq!(all(&engine, &table, "SELECT s['renamed'], s['x'], s['late'] FROM t"), ["1,7,", ",,", "3,7,"]);
    assert_eq!(all(&engine, &table, "SELECT s['y'] FROM t WHERE s['renamed'] > 0 AND s['x'] = 7"), ["10", ""]);
    assert_eq!(all(&engine, &table, "SELECT count(*) FROM t WHERE s['late'] IS NULL"), ["3"]);
}

#[test]
fn lists_and_maps_are_walked() {
    let engine = engine();
    let item = |name: &str, wide| {
        let number = if wide { DataType::Int64 } else { DataType::Int32 };
        DataType::Struct(Fields::from(vec![field(3, name, number, &[])]))
    };
    let pair = |wide| {
        let number = if wide { DataType::Int64 } else { DataType::Int32 };
        let value = field(6, "value", number, &[]);
        let key = field(5, "key", DataType::Utf8, &[]).with_nullable(false);
        Field::new("entries", DataType::Struct(Fields::from(vec![key, value])), false)
    };
    let list = |name: &str, inner: &str, wide| DataType::List(Arc::new(field(2, inner, item(name, wide), &[])));
    let schema = Schema::new(vec![
        field(1, "l", list("b", "element", true), &[]),
        field(4, "m", DataType::Map(Arc::new(pair(true)), false), &[]),
    ]);
    let mut table = LakeTable::new("iceberg", "id", schema);
    let DataType::Struct(parts) = item("a", false) else { panic!() };
    let items = StructArray::new(parts, vec![ints(vec![Some(1), None, Some(3)])], None);
    let offsets = OffsetBuffer::new(vec![0, 2, 2, 3].into());
    let lists = ListArray::new(
        Arc::new(field(2, "item", item("a", false), &[])),
        offsets.clone(),
        Arc::new(items),
        Some(NullBuffer::from(vec![true, false, true])),
    );
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["p", "q", "r"]));
    let DataType::Struct(parts) = pair(false).data_type().clone() else { panic!() };
    let entries = StructArray::new(parts, vec![keys, ints(vec![Some(1), None, Some(3)])], None);
    let maps = MapArray::new(Arc::new(pair(false)), offsets, entries, None, false);
    table.add(
        "a.parquet",
        &batch(vec![
            (field(4, "m", DataType::Map(Arc::new(pair(false)), false), &[]), Arc::new(maps) as ArrayRef),
            (field(1, "l", list("a", "item", false), &[]), Arc::new(lists)),
        ]),
    );
    assert_eq!(all(&engine, &table, "SELECT l, m FROM t"), ["[{b: 1}, {b: }],{p: 1, q: }", ",{}", "[{b: 3}],{r: 3}"]);
    assert_eq!(all(&engine, &table, "SELECT l[1]['b'] + m['r'] FROM t WHERE m['r'] = 3"), ["6"]);
}

/// A file of three columns without ids: a, b, c.
fn without_ids() -> RecordBatch {
    let column = |name: &str, from: i32| {
        let values: ArrayRef = ints(vec![Some(from), Some(from + 1)]);
        (without_id(&field(1, name, DataType::Int32, &[])).as_ref().clone(), values)
    };
    batch(vec![column("a", 10), column("b", 20), column("c", 30)])
}

#[test]
fn files_without_ids_go_by_their_old_names_or_by_position() {
    let engine = engine();
    let with = |names: [&str; 3]| {
        let more = |at: usize| {
            vec![("bowyer.names", names[at])].into_iter().filter(|(_, v)| !v.is_empty()).collect::<Vec<_>>()
        };
        let schema = Schema::new(vec![
            field(3, "x", DataType::Int32, &more(0)),
            field(1, "y", DataType::Int32, &more(1)),
            field(9, "a", DataType::Int32, &more(2)),
        ]);
        let mut table = LakeTable::new("iceberg", "id", schema);
        table.add("a.parquet", &without_ids());
        all(&engine, &table, "SELECT x, y, a FROM t")
    };
    assert_eq!(with(["", "", ""]), ["30,10,", "31,11,"]);
    assert_eq!(with([r#"["z","b"]"#, "[]", r#"["c"]"#]), ["20,,30", "21,,31"]);
}

#[test]
fn physical_names_may_be_those_of_other_columns() {
    let engine = engine();
    let schema = Schema::new(vec![
        field(1, "a", DataType::Int32, &[("bowyer.physical", "b")]),
        field(2, "b", DataType::Int32, &[("bowyer.physical", "a")]),
        field(3, "c", DataType::Int32, &[("bowyer.physical", "col-7f")]),
    ]);
    let mut table = LakeTable::new("delta", "name", schema);
    table.add("a.parquet", &without_ids());
    assert_eq!(all(&engine, &table, "SELECT * FROM t"), ["20,10,", "21,11,"]);
    assert_eq!(all(&engine, &table, "SELECT b FROM t WHERE a = 21"), ["11"]);
    assert_eq!(all(&engine, &table, "SELECT a FROM t ORDER BY b DESC LIMIT 1"), ["21"]);
}

#[test]
fn constants_stand_for_columns_anywhere() {
    let engine = engine();
    let schema = Schema::new(vec![
        field(1, "a", DataType::Int32, &[]),
        field(2, "part", DataType::Utf8, &[]),
        field(3, "c", DataType::Int32, &[]),
    ]);
    let mut table = LakeTable::new("delta", "name", schema);
    for (file, part) in ["x", "y"].iter().enumerate() {
        table.add(&format!("{file}.parquet"), &without_ids());
        let value: ArrayRef = Arc::new(StringArray::from(vec![Some(*part)]));
        table.files[file].statistics = HashMap::from([("constant:1".to_string(), value)]);
    }
    table.add("2.parquet", &without_ids());
    table.files[2].statistics.insert("constant:1".into(), Arc::new(StringArray::from(vec![None::<&str>])));
    table.header["groups"] = serde_json::json!([{ "constants": [1] }]);
    assert_eq!(
        all(&engine, &table, "SELECT * FROM t ORDER BY a, part"),
        ["10,x,30", "10,y,30", "10,,30", "11,x,31", "11,y,31", "11,,31"]
    );
    assert_eq!(all(&engine, &table, "SELECT a FROM t WHERE part = 'y' ORDER BY a"), ["10", "11"]);
    assert_eq!(all(&engine, &table, "SELECT count(*) FROM t WHERE part IS NULL AND a = 10"), ["1"]);
    assert_eq!(all(&engine, &table, "SELECT count(*) FROM t WHERE upper(part) || c = 'X31'"), ["1"]);
    assert_eq!(all(&engine, &table, "SELECT max(part), count(part) FROM t"), ["y,4"]);
}

#[test]
fn times_take_the_tables_unit_rounding_down() {
    let engine = engine();
    let micros = |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
    let schema = Schema::new(vec![
        field(1, "n", micros(None), &[]),
        field(2, "m", micros(Some("UTC")), &[]),
        field(3, "d", micros(None), &[]),
    ]);
    let mut table = LakeTable::new("iceberg", "id", schema);
    let nanos = TimestampNanosecondArray::from(vec![-1, 1_999, 5_000]);
    let millis = TimestampMillisecondArray::from(vec![1, 2, 3]).with_timezone("UTC");
    let days = Date32Array::from(vec![-1, 0, 1]);
    let unit = |unit| DataType::Timestamp(unit, None);
    table.add(
        "a.parquet",
        &batch(vec![
            (field(1, "n", unit(TimeUnit::Nanosecond), &[]), Arc::new(nanos) as ArrayRef),
            (field(2, "m", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), &[]), Arc::new(millis)),
            (field(3, "d", DataType::Date32, &[]), Arc::new(days)),
        ]),
    );
    let same = TimestampMicrosecondArray::from(vec![7]);
    let zoned = TimestampMicrosecondArray::from(vec![7]).with_timezone("UTC");
    table.add(
        "b.parquet",
        &batch(vec![
            (field(1, "n", micros(None), &[]), Arc::new(same.clone()) as ArrayRef),
            (field(2, "m", micros(Some("UTC")), &[]), Arc::new(zoned)),
            (field(3, "d", micros(None), &[]), Arc::new(same)),
        ]),
    );
    let numbers = "SELECT CAST(n AS BIGINT), CAST(m AS BIGINT), CAST(d AS BIGINT) FROM t ORDER BY 1";
    assert_eq!(all(&engine, &table, numbers), ["-1,1000,-86400000000", "1,2000,0", "5,3000,86400000000", "7,7,7"]);
    let earlier = "SELECT count(*) FROM t WHERE m < TIMESTAMP '1970-01-01T00:00:00.002500Z'";
    assert_eq!(all(&engine, &table, earlier), ["3"]);
    assert_eq!(all(&engine, &table, "SELECT count(*) FROM t WHERE n = TIMESTAMP '1970-01-01T00:00:00.000001'"), ["1"]);
    assert_eq!(all(&engine, &table, "SELECT count(*) FROM t WHERE d >= TIMESTAMP '1970-01-02T00:00:00'"), ["1"]);
}

#[test]
fn a_required_column_must_be_there_or_have_a_default() {
    let engine = engine();
    let required = |more: &[(&str, &str)]| field(2, "need", DataType::Float64, more).with_nullable(false);
    let run = |column: Field| {
        let schema = Schema::new(vec![field(1, "a", DataType::Int32, &[]), column]);
        let mut table = LakeTable::new("iceberg", "id", schema);
        table.add("a.parquet", &batch(vec![(field(1, "a", DataType::Int32, &[]), ints(vec![Some(1)]))]));
        rows(&engine, &session(&engine, &[("t", &table.open(&engine).unwrap())]), "SELECT * FROM t")
    };
    assert_eq!(run(required(&[("bowyer.default", "2.5")])).unwrap(), ["1,2.5"]);
    let error = run(required(&[])).unwrap_err();
    assert_eq!(error.code, ErrorCode::SourceInvalid);
    assert!(error.message.contains("t/a.parquet") && error.message.contains("need"), "{}", error.message);
}

#[test]
fn a_type_that_cannot_become_the_tables_is_refused_by_file_and_column() {
    let engine = engine();
    let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "a", DataType::Int32, &[])]));
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.5]));
    table.add("a.parquet", &batch(vec![(field(1, "a", DataType::Float64, &[]), values)]));
    let error =
        rows(&engine, &session(&engine, &[("t", &table.open(&engine).unwrap())]), "SELECT a FROM t").unwrap_err();
    assert_eq!(error.code, ErrorCode::SourceInvalid);
    assert!(error.message.contains("file t/a.parquet: column \"a\" is Float64"), "{}", error.message);
}

/// Of a moment, as Hive and old versions of Spark write it: nanoseconds of the day, then the Julian day.
fn int96(micros: i64) -> datafusion::parquet::data_type::Int96 {
    const EPOCH: i64 = 2_440_588;
    const DAY: i64 = 86_400_000_000;
    let (day, nanos) = ((micros.div_euclid(DAY) + EPOCH) as u32, micros.rem_euclid(DAY) as u64 * 1_000);
    let mut value = datafusion::parquet::data_type::Int96::new();
    value.set_data(nanos as u32, (nanos >> 32) as u32, day);
    value
}

#[test]
fn old_timestamps_are_read_beyond_the_range_of_nanoseconds() {
    use datafusion::parquet::basic::Repetition;
    use datafusion::parquet::data_type::Int96Type;
    use datafusion::parquet::file::writer::SerializedFileWriter;
    use datafusion::parquet::schema::types::Type;

    let engine = engine();
    let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut table = LakeTable::new("delta", "name", Schema::new(vec![field(1, "t", micros, &[])]));
    let column = Type::primitive_type_builder("t", datafusion::parquet::basic::Type::INT96)
        .with_repetition(Repetition::REQUIRED)
        .build()
        .unwrap();
    let root = Type::group_type_builder("m").with_fields(vec![Arc::new(column)]).build().unwrap();
    let moments = [-62_135_596_800_000_000, 0, 253_402_300_799_999_999];
    let file = std::fs::File::create(table.path("a.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, Arc::new(root), Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int96Type>().write_batch(&moments.map(int96), None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let size = std::fs::metadata(table.path("a.parquet")).unwrap().len() as i64;
    let path = table.url("a.parquet");
    table.files.push(crate::lake::table::DataFile { path, size, rows: Some(3), ..Default::default() });
    let expected: Vec<String> = moments.iter().map(|moment| moment.to_string()).collect();
    assert_eq!(all(&engine, &table, "SELECT CAST(t AS BIGINT) FROM t"), expected);
    let late = "SELECT count(*) FROM t WHERE t > TIMESTAMP '1970-01-01T00:00:00Z'";
    assert_eq!(all(&engine, &table, late), ["1"]);
}

#[test]
fn every_kind_of_list_is_a_list() {
    let engine = engine();
    let wide = field(2, "element", DataType::Int64, &[]);
    let wanted = DataType::List(Arc::new(wide));
    let narrow = || Arc::new(field(2, "item", DataType::Int32, &[]));
    let numbers = || ints(vec![Some(1), None, Some(3), Some(4)]);
    let large = LargeListArray::new(narrow(), OffsetBuffer::from_lengths([2, 2]), numbers(), None);
    let fixed = FixedSizeListArray::new(narrow(), 2, numbers(), None);
    for array in [Arc::new(large) as ArrayRef, Arc::new(fixed) as ArrayRef] {
        let mut table = LakeTable::new("iceberg", "id", Schema::new(vec![field(1, "l", wanted.clone(), &[])]));
        let found = field(1, "l", array.data_type().clone(), &[]);
        table.add("a.parquet", &batch(vec![(found, array)]));
        assert_eq!(all(&engine, &table, "SELECT l FROM t"), ["[1, ]", "[3, 4]"]);
        assert_eq!(all(&engine, &table, "SELECT l FROM t WHERE l[2] = 4"), ["[3, 4]"]);
    }
}

#[test]
fn a_text_and_a_binary_column_may_have_swapped_names() {
    let engine = engine();
    let schema = Schema::new(vec![field(1, "a", DataType::Binary, &[]), field(2, "b", DataType::Utf8, &[])]);
    let mut table = LakeTable::new("iceberg", "id", schema);
    let bytes: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"one", b"two"]));
    let text: ArrayRef = Arc::new(StringArray::from(vec!["eins", "zwei"]));
    let columns = vec![(field(1, "b", DataType::Binary, &[]), bytes), (field(2, "a", DataType::Utf8, &[]), text)];
    table.add("a.parquet", &batch(columns));
    assert_eq!(all(&engine, &table, "SELECT b, a = X'6F6E65' FROM t"), ["eins,true", "zwei,false"]);
    assert_eq!(all(&engine, &table, "SELECT b FROM t WHERE a = X'74776F'"), ["zwei"]);
}
