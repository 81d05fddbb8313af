//! Parameters: their types, values of every type that clients bind, and streams that are no parameters.

use std::sync::Arc;

use crate::common::{Outcome, engine, ipc, rows_of, session, tpch, tpch_session};
use bowyer_engine::{Engine, ErrorCode, Session, Statement};
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, FixedSizeListArray, Float32Array,
    Float64Array, Int32Array, Int64Array, LargeListArray, LargeStringArray, ListArray, NullArray, RecordBatch,
    StringArray, StringViewArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array, new_null_array,
};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use datafusion::arrow::ipc::CompressionType;
use datafusion::arrow::ipc::writer::{IpcWriteOptions, StreamWriter};

fn statement(engine: &Engine, session: &Arc<Session>, sql: &str) -> Arc<Statement> {
    Arc::new(engine.prepare(session.clone(), sql).unwrap_or_else(|e| panic!("{sql}: {e}")))
}

fn row(values: Vec<ArrayRef>) -> Vec<u8> {
    let named = values.into_iter().enumerate().map(|(i, value)| (format!("p{i}"), value, true));
    ipc(&RecordBatch::try_from_iter_with_nullable(named).unwrap())
}

/// Binds, then runs with what binding gave.
fn run(statement: &Arc<Statement>, values: Vec<ArrayRef>) -> Outcome<Vec<String>> {
    rows_of(statement, &statement.bind(&row(values))?)
}

fn types(statement: &Statement) -> Vec<DataType> {
    statement.parameters().fields().iter().map(|field| field.data_type().clone()).collect()
}

fn int(value: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![value]))
}

fn text(value: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

#[test]
fn parameters_are_bound_by_value_and_cast() {
    let (engine, lake) = (engine(), tpch(0.01));
    let session = tpch_session(&engine, lake.path());
    let sql = "SELECT n_name FROM nation WHERE n_nationkey = ? AND n_name <> ?";
    let statement = statement(&engine, &session, sql);
    let names: Vec<_> = statement.parameters().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["$1", "$2"]);
    assert_eq!(run(&statement, vec![int(7), text("x' OR '1'='1")]).unwrap(), ["GERMANY"]);
    assert!(run(&statement, vec![Arc::new(Int64Array::from(vec![None])), text("x")]).unwrap().is_empty());
    assert_eq!(run(&statement, vec![text("seven"), text("x")]).unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(run(&statement, vec![text("7"), text("x")]).unwrap(), ["GERMANY"]);
    let missing = rows_of(&statement, &[]).unwrap_err();
    assert_eq!(missing.message, "the statement has 2 parameters, 0 values were given");
    // Without binding first, and by name in any order.
    let swapped = RecordBatch::try_from_iter([("$2", text("x")), ("$1", int(7))]).unwrap();
    assert_eq!(rows_of(&statement, &ipc(&swapped)).unwrap(), ["GERMANY"]);
}

#[test]
fn whatever_a_client_binds_is_cast() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let one = |kind: &str, value: ArrayRef| {
        let statement = statement(&engine, &empty, &format!("SELECT CAST(? AS {kind}) AS v"));
        run(&statement, vec![value]).map(|rows| rows[0].clone())
    };
    let dictionary: DictionaryArray<Int32Type> = ["x"].into_iter().collect();
    for value in [
        Arc::new(StringArray::from(vec!["x"])) as ArrayRef,
        Arc::new(LargeStringArray::from(vec!["x"])),
        Arc::new(StringViewArray::from(vec!["x"])),
        Arc::new(dictionary),
    ] {
        assert_eq!(one("VARCHAR", value).unwrap(), "x");
    }
    let decimal = |value: i128, precision, scale| -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale).unwrap())
    };
    assert_eq!(one("DECIMAL(10, 2)", decimal(15, 3, 1)).unwrap(), "1.50");
    assert_eq!(one("DECIMAL(10, 2)", int(3)).unwrap(), "3.00");
    assert_eq!(one("BIGINT", Arc::new(UInt64Array::from(vec![7]))).unwrap(), "7");
    assert_eq!(one("BIGINT", Arc::new(Int32Array::from(vec![7]))).unwrap(), "7");
    assert_eq!(one("DOUBLE", Arc::new(Float32Array::from(vec![0.5]))).unwrap(), "0.5");
    assert_eq!(one("FLOAT", Arc::new(Float64Array::from(vec![0.1]))).unwrap(), "0.1");
    assert_eq!(one("BOOLEAN", Arc::new(BooleanArray::from(vec![true]))).unwrap(), "true");
    assert_eq!(one("DATE", Arc::new(Date32Array::from(vec![1]))).unwrap(), "1970-01-02");
    let zoned = TimestampMillisecondArray::from(vec![1_500]).with_timezone("+02:00");
    assert_eq!(one("TIMESTAMP", Arc::new(zoned)).unwrap(), "1970-01-01T00:00:01.500");
    assert_eq!(
        one("TIMESTAMP", Arc::new(TimestampNanosecondArray::from(vec![1]))).unwrap(),
        "1970-01-01T00:00:00.000000001"
    );
    for kind in ["VARCHAR", "BIGINT", "DECIMAL(10, 2)", "DATE", "TIMESTAMP", "BOOLEAN", "DOUBLE", "BYTEA"] {
        assert_eq!(one(kind, Arc::new(NullArray::new(1))).unwrap(), "", "{kind}");
        let typed = statement(&engine, &empty, &format!("SELECT CAST(? AS {kind})"));
        assert_eq!(run(&typed, vec![new_null_array(&types(&typed)[0], 1)]).unwrap(), [""], "{kind}");
    }
}

#[test]
fn a_value_that_a_cast_would_change_is_refused() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let one = |kind: &str, value: ArrayRef| {
        let statement = statement(&engine, &empty, &format!("SELECT CAST(? AS {kind}) AS v"));
        run(&statement, vec![value]).map(|rows| rows[0].clone())
    };
    let hour: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![86_400_000 + 3_600_000]));
    let midnight: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![86_400_000]));
    assert_eq!(one("DATE", midnight).unwrap(), "1970-01-02");
    assert_eq!(one("DATE", text("2026-01-31")).unwrap(), "2026-01-31");
    assert_eq!(one("DECIMAL(10, 2)", text("1.20")).unwrap(), "1.20");
    let floats: DictionaryArray<Int32Type> =
        DictionaryArray::new(vec![0].into(), Arc::new(Float64Array::from(vec![1.5])));
    for (kind, value) in [
        ("DATE", hour),
        ("DATE", text("2026-01-31T10:00:00")),
        ("DECIMAL(10, 2)", text("1.234")),
        ("FLOAT", Arc::new(Float64Array::from(vec![1e300])) as ArrayRef),
        ("BIGINT", Arc::new(floats) as ArrayRef),
    ] {
        let error = one(kind, value).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{kind}");
        assert!(error.message.contains("is not a value of"), "{kind}: {}", error.message);
    }
}

#[test]
fn few_bytes_do_not_stand_for_many_values() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let statement = statement(&engine, &empty, "SELECT array_length(CAST(? AS VARCHAR[]))");
    let words: DictionaryArray<Int32Type> = DictionaryArray::new(vec![0; 1000].into(), text("word"));
    let list = ListArray::new(
        Arc::new(Field::new("item", words.data_type().clone(), true)),
        datafusion::arrow::buffer::OffsetBuffer::from_lengths([1000]),
        Arc::new(words),
        None,
    );
    let error = run(&statement, vec![Arc::new(list)]).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(error.hint.unwrap().contains("without dictionaries"));
}

#[test]
fn parameters_stand_where_values_do() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let from = "FROM (VALUES (1, 'a', make_array(1, 2)), (2, 'b', make_array(3)), (3, 'c', NULL)) AS t(id, name, list)";
    let run = |what: &str, values: Vec<ArrayRef>| {
        let sql = what.replace("{t}", from);
        run(&statement(&engine, &empty, &sql), values).unwrap_or_else(|e| panic!("{what}: {e}"))
    };
    assert_eq!(run("SELECT id {t} WHERE id IN (?, ?)", vec![int(1), int(3)]), ["1", "3"]);
    assert_eq!(run("SELECT id {t} WHERE id BETWEEN ? AND ?", vec![int(2), int(3)]), ["2", "3"]);
    assert_eq!(run("SELECT id {t} ORDER BY id LIMIT ? OFFSET ?", vec![int(1), int(1)]), ["2"]);
    assert_eq!(run("SELECT id {t} WHERE name LIKE ?", vec![text("b%")]), ["2"]);
    assert_eq!(run("SELECT id {t} WHERE array_has(list, ?)", vec![int(3)]), ["2"]);
    assert_eq!(run("SELECT id {t} WHERE id = CAST(? AS INT) + 1", vec![int(1)]), ["2"]);
    assert_eq!(run("SELECT ?, id {t} WHERE id > ?", vec![text("x"), int(2)]), ["x,3"]);
    assert_eq!(run("SELECT count(*) {t} WHERE ? = id OR name = ?", vec![int(1), text("b")]), ["2"]);
    assert_eq!(run("SELECT ? || name {t} WHERE id = ?", vec![text("x"), int(1)]), ["xa"]);
    assert_eq!(run("SELECT id + ? {t} WHERE id = 1", vec![int(5)]), ["6"]);
    assert_eq!(run("SELECT coalesce(?, name) {t} WHERE id = 1", vec![text("z")]), ["z"]);
    assert_eq!(run("SELECT CASE WHEN id = ? THEN 'y' ELSE 'n' END {t}", vec![int(2)]), ["n", "y", "n"]);
    assert_eq!(
        run("SELECT id {t} WHERE id IN (SELECT x FROM (VALUES (1), (2)) AS u(x) WHERE x > ?)", vec![int(1)]),
        ["2"]
    );
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1), Some(3)])]));
    assert_eq!(run("SELECT id {t} WHERE array_has(CAST(? AS BIGINT[]), id)", vec![list.clone()]), ["1", "3"]);
    let large = LargeListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(2)])]);
    assert_eq!(run("SELECT id {t} WHERE array_has(CAST(? AS BIGINT[]), id)", vec![Arc::new(large)]), ["2"]);
    let fixed = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(3)])], 1);
    assert_eq!(run("SELECT id {t} WHERE array_has(CAST(? AS BIGINT[]), id)", vec![Arc::new(fixed)]), ["3"]);
    assert_eq!(run("SELECT id {t} WHERE id = ANY(CAST(? AS BIGINT[]))", vec![list.clone()]), ["1", "3"]);
    assert_eq!(run("SELECT id {t} WHERE array_has(?, id)", vec![list]), ["1", "3"]);
}

#[test]
fn types_follow_from_the_place() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let of = |sql: &str| types(&statement(&engine, &empty, sql));
    let from = "FROM (VALUES (1, 'a', 1.5, DATE '2026-01-01')) AS t(id, name, x, day)";
    assert_eq!(of("SELECT ?"), [DataType::Utf8]);
    assert_eq!(of("SELECT 1 LIMIT ?"), [DataType::Int64]);
    assert_eq!(
        of(&format!("SELECT 1 {from} WHERE id = ? AND name = ? AND day > ?")),
        [DataType::Int64, DataType::Utf8, DataType::Date32]
    );
    assert_eq!(of(&format!("SELECT 1 {from} WHERE id IN (?, ?)")), [DataType::Int64, DataType::Int64]);
    assert_eq!(of("SELECT $2::int, $1::date"), [DataType::Date32, DataType::Int32]);
    let statement = statement(&engine, &empty, "SELECT ? AS a FROM (VALUES (1), (2), (3)) AS t LIMIT ?");
    assert_eq!(statement.schema().field(0).data_type(), &DataType::Utf8);
    assert_eq!(run(&statement, vec![text("x"), int(2)]).unwrap(), ["x", "x"]);
    let half = run(&statement, vec![text("x"), Arc::new(Float64Array::from(vec![2.5]))]).unwrap_err();
    assert_eq!(half.code, ErrorCode::InvalidArgument, "{half}");
    assert!(half.message.contains("2.5"), "{half}");
}

#[test]
fn names_and_gaps() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let named = statement(&engine, &empty, "SELECT $name || '-' || $other || '-' || $name");
    let names: Vec<_> = named.parameters().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["$name", "$other"]);
    let batch = RecordBatch::try_from_iter([("$other", text("b")), ("$name", text("a"))]).unwrap();
    assert_eq!(rows_of(&named, &named.bind(&ipc(&batch)).unwrap()).unwrap(), ["a-b-a"]);
    for sql in ["SELECT $2", "SELECT $1, $3", "SELECT $0", "SELECT $1, $name", "SELECT $01", "SELECT ?, $1"] {
        let error = engine.prepare(empty.clone(), sql).err().expect(sql);
        assert_eq!(error.code, ErrorCode::InvalidSql, "{sql}: {error}");
    }
    let untold = engine.prepare(empty.clone(), "SELECT ? || ?").err().unwrap();
    assert_eq!(untold.hint.as_deref(), Some("name the type of a parameter: CAST(? AS VARCHAR)"), "{untold}");
    let ten: Vec<String> = (1..=11).map(|i| format!("${i}")).collect();
    let statement = statement(&engine, &empty, &format!("SELECT {}", ten.join(", ")));
    let values = (1..=11).map(|i| text(&i.to_string())).collect();
    assert_eq!(run(&statement, values).unwrap(), ["1,2,3,4,5,6,7,8,9,10,11"]);
}

#[test]
fn wrong_streams_are_refused() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let statement = statement(&engine, &empty, "SELECT CAST(? AS BIGINT), CAST(? AS VARCHAR)");
    let fail = |stream: &[u8]| {
        let error = statement.bind(stream).expect_err("it was taken");
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{error}");
        error.message
    };
    assert!(fail(&[]).contains("2 parameters, 0 values"));
    assert!(fail(&row(vec![int(1)])).contains("2 parameters, 1 values"));
    assert!(fail(&row(vec![int(1), text("a"), int(2)])).contains("3 values"));
    let two = RecordBatch::try_from_iter([
        ("a", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
        ("b", Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef),
    ]);
    let two = two.unwrap();
    assert!(fail(&ipc(&two)).contains("2 rows"));
    assert!(fail(&ipc(&two.slice(0, 0))).contains("0 rows"));
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &two.schema(), options).unwrap();
    if writer.write(&two.slice(0, 1)).is_ok() {
        assert!(fail(&writer.into_inner().unwrap()).contains("compressed"));
    }
    for garbage in [&b"SELECT"[..], &[0xFF; 64], &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], b"{\"a\":1}"] {
        fail(garbage);
    }
}

#[test]
fn damage_anywhere_is_an_error_or_another_value_and_never_more() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let statement =
        statement(&engine, &empty, "SELECT CAST(? AS BIGINT), CAST(? AS VARCHAR), array_has(CAST(? AS BIGINT[]), 1)");
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])]));
    let dictionary: DictionaryArray<Int32Type> = ["x"].into_iter().collect();
    let whole = row(vec![int(1), Arc::new(dictionary), list]);
    statement.bind(&whole).unwrap();
    let check = |stream: &[u8]| {
        if let Err(error) = statement.bind(stream) {
            assert_eq!(error.code, ErrorCode::InvalidArgument, "{error}");
        }
    };
    for end in 0..whole.len() {
        check(&whole[..end]);
    }
    for at in 0..whole.len() {
        for value in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            check(&damaged);
        }
    }
}

#[test]
fn statements_without_parameters_take_empty_rows() {
    let engine = engine();
    let empty = session(&engine, &[]);
    let statement = statement(&engine, &empty, "SELECT 1");
    let nothing = ipc(&RecordBatch::new_empty(Arc::new(Schema::new(Vec::<Field>::new()))));
    for stream in [&[][..], &nothing] {
        assert!(statement.bind(stream).unwrap().is_empty());
        assert_eq!(rows_of(&statement, stream).unwrap(), ["1"]);
    }
    assert_eq!(statement.bind(&row(vec![int(1)])).unwrap_err().code, ErrorCode::InvalidArgument);
}
