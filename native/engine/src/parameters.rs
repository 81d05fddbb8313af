//! The parameters of a statement: their types, and values for them.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ParamValues, ScalarValue};
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, ScalarUDF, TypeSignature};

use crate::error::{EngineError, ErrorCode, Result};
use crate::ipc_input;
use crate::wire::compatible_schema;

/// Placeholders that DataFusion found no type for get that of their place: of a cast, of a function's argument, of what they
/// are compared with, whole numbers in LIMIT and OFFSET. Elsewhere they are text, so that the schema of the result is the
/// same before and after binding.
pub(crate) fn with_types(plan: LogicalPlan) -> Result<LogicalPlan> {
    let typed = plan.transform_up_with_subqueries(|node| {
        let otherwise = match node {
            LogicalPlan::Limit(_) => DataType::Int64,
            _ => DataType::Utf8,
        };
        let columns = merge_schema(&node.inputs());
        let mapped = node.map_expressions(|expression| {
            expression.transform_down(|e| match e {
                Expr::Placeholder(Placeholder { id, field: None }) => {
                    Ok(Transformed::yes(placeholder(id, otherwise.clone())))
                }
                parent => Ok(Transformed::no(with_argument_types(parent, &columns))),
            })
        })?;
        if mapped.transformed { mapped.map_data(LogicalPlan::recompute_schema) } else { Ok(mapped) }
    })?;
    Ok(typed.data)
}

fn placeholder(id: String, data_type: DataType) -> Expr {
    let field = Some(Arc::new(Field::new(&id, data_type, true)));
    Expr::Placeholder(Placeholder { id, field })
}

fn is_untyped(expression: &Expr) -> bool {
    matches!(expression, Expr::Placeholder(Placeholder { field: None, .. }))
}

fn set_type(expression: &mut Expr, data_type: Option<&DataType>) {
    if let (Expr::Placeholder(Placeholder { id, field: None }), Some(data_type)) = (&*expression, data_type)
        && data_type != &DataType::Null
    {
        *expression = placeholder(id.clone(), data_type.clone());
    }
}

/// What a function makes of arguments of these types, where Null stands for one that is not known.
fn argument_types(function: &ScalarUDF, given: Vec<DataType>) -> Vec<DataType> {
    let fields: Vec<_> = given.iter().map(|t| Arc::new(Field::new("", t.clone(), true))).collect();
    let mut types = match fields_with_udf(&fields, function) {
        Ok(coerced) => coerced.iter().map(|field| field.data_type().clone()).collect(),
        Err(_) => given,
    };
    // `array_has(?, element)`
    if let (TypeSignature::ArraySignature(_), [array @ DataType::Null, element, ..]) =
        (&function.signature().type_signature, types.as_mut_slice())
    {
        *array = DataType::new_list(element.clone(), true);
    }
    types
}

fn with_argument_types(mut parent: Expr, columns: &DFSchema) -> Expr {
    let type_of = |expression: &Expr| match is_untyped(expression) {
        true => None,
        false => expression.get_type(columns).ok(),
    };
    match &mut parent {
        Expr::Cast(cast) => set_type(&mut cast.expr, Some(cast.field.data_type())),
        Expr::TryCast(cast) => set_type(&mut cast.expr, Some(cast.field.data_type())),
        Expr::Between(between) => set_type(&mut between.expr, type_of(&between.low).as_ref()),
        Expr::InList(list) => set_type(&mut list.expr, list.list.iter().find_map(type_of).as_ref()),
        Expr::ScalarFunction(function) if function.args.iter().any(is_untyped) => {
            let given: Vec<DataType> =
                function.args.iter().map(|argument| type_of(argument).unwrap_or(DataType::Null)).collect();
            let coerced = argument_types(&function.func, given);
            for (argument, data_type) in function.args.iter_mut().zip(&coerced) {
                set_type(argument, Some(data_type));
            }
        }
        _ => {}
    }
    parent
}

/// Types that could not be told while planning are most often those of parameters.
pub(crate) fn explained(error: EngineError, sql: &str) -> EngineError {
    let untold = error.code == ErrorCode::InvalidSql && error.hint.is_none() && error.message.contains("Null");
    match untold && sql.contains(['?', '$']) {
        true => error.with_hint("name the type of a parameter: CAST(? AS VARCHAR)"),
        false => error,
    }
}

/// `$1` to `$n`, or names in their order.
pub(crate) fn schema(plan: &LogicalPlan) -> Result<SchemaRef> {
    let mut fields: Vec<(Option<u32>, String, DataType)> = Vec::new();
    for (name, data_type) in plan.get_parameter_types()? {
        let number = name.strip_prefix('$').and_then(|digits| digits.parse().ok());
        fields.push((number, name, data_type.unwrap_or(DataType::Utf8)));
    }
    fields.sort_by(|a, b| (a.0.unwrap_or(u32::MAX), &a.1).cmp(&(b.0.unwrap_or(u32::MAX), &b.1)));
    if fields.iter().any(|(number, ..)| number.is_some()) {
        for (expected, (_, name, _)) in (1..).zip(&fields) {
            if *name != format!("${expected}") {
                let message = format!("parameter {name} where ${expected} was expected");
                let hint = "number the parameters from $1 without a gap, or give all of them names";
                return Err(EngineError::new(ErrorCode::InvalidSql, message).with_hint(hint));
            }
        }
    }
    let fields: Vec<Field> = fields.into_iter().map(|(_, name, t)| Field::new(name, t, true)).collect();
    Ok(compatible_schema(&Schema::new(fields)))
}

/// `ipc` as a stream of one row with exactly the types of `expected`; empty when nothing is expected.
pub(crate) fn normalised(expected: &SchemaRef, ipc: &[u8]) -> Result<Vec<u8>> {
    let row = values(expected, ipc)?;
    if row.is_empty() {
        return Ok(Vec::new());
    }
    let failed =
        |e: datafusion::arrow::error::ArrowError| EngineError::internal(format!("parameters cannot be sent: {e}"));
    let batch = RecordBatch::try_new(expected.clone(), row).map_err(failed)?;
    let mut writer = StreamWriter::try_new(Vec::new(), expected).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.into_inner().map_err(failed)
}

/// `plan` with its placeholders replaced by values, each cast to the type that the plan expects.
pub(crate) fn bind(plan: &LogicalPlan, expected: &SchemaRef, ipc: &[u8]) -> Result<LogicalPlan> {
    let row = values(expected, ipc)?;
    if row.is_empty() {
        return Ok(plan.clone());
    }
    let mut values = HashMap::new();
    let mut list = Vec::new();
    for (field, array) in expected.fields().iter().zip(row) {
        let value = ScalarAndMetadata::new(ScalarValue::try_from_array(&array, 0)?, None);
        list.push(value.clone());
        values.insert(field.name().trim_start_matches('$').to_string(), value);
    }
    let numbered = expected.field(0).name() == "$1";
    let values = if numbered { ParamValues::List(list) } else { ParamValues::Map(values) };
    Ok(plan.clone().replace_params_with_values(&values)?)
}

/// One array of one row for each parameter.
fn values(expected: &Schema, ipc: &[u8]) -> Result<Vec<ArrayRef>> {
    let row = if ipc.is_empty() { None } else { ipc_input::one_row(ipc)? };
    let given = row.as_ref().map_or(0, RecordBatch::num_columns);
    if given != expected.fields().len() {
        let message = format!("the statement has {} parameters, {given} values were given", expected.fields().len());
        return Err(EngineError::new(ErrorCode::InvalidArgument, message));
    }
    let Some(row) = row else {
        return Ok(Vec::new());
    };
    // By name only when every name is there: many clients send names of their own.
    let by_name = expected.fields().iter().all(|field| row.column_by_name(field.name()).is_some());
    let column = |i: usize, field: &Field| match row.column_by_name(field.name()) {
        Some(column) if by_name => column.clone(),
        _ => row.column(i).clone(),
    };
    expected.fields().iter().enumerate().map(|(i, field)| value(&column(i, field), field)).collect()
}

fn value(given: &ArrayRef, field: &Field) -> Result<ArrayRef> {
    let (have, want) = (given.data_type(), field.data_type());
    let wrong = |message: String| EngineError::new(ErrorCode::InvalidArgument, message);
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    if given.is_null(0) || have == &DataType::Null {
        // Of any type, also of one that cannot be cast.
        return Ok(new_null_array(want, 1));
    }
    let cast = |array: &ArrayRef, to: &DataType| {
        cast_with_options(array, to, &strict)
            .map_err(|e| wrong(format!("parameter {}: {have} is not {want}: {e}", field.name())))
    };
    if let DataType::Dictionary(_, values) = have {
        return value(&cast(given, values)?, field);
    }
    if has_references(have) {
        let message = format!("parameter {}: a value of {have}", field.name());
        return Err(wrong(message).with_hint("send nested values without dictionaries, run ends and list views"));
    }
    let typed = cast(given, want)?;
    if !is_exact(given, &typed)? {
        let value = ScalarValue::try_from_array(given, 0)?;
        let message = format!("parameter {}: {value} is not a value of {want}", field.name());
        return Err(wrong(message).with_hint("name the type that is meant, such as CAST(? AS DOUBLE)"));
    }
    Ok(typed)
}

/// Types whose values may be named many times over by a few bytes, so that a cast can grow without bounds.
fn has_references(data_type: &DataType) -> bool {
    use DataType as T;
    match data_type {
        T::Dictionary(..) | T::RunEndEncoded(..) | T::ListView(_) | T::LargeListView(_) => true,
        T::List(item) | T::LargeList(item) | T::FixedSizeList(item, _) | T::Map(item, _) => {
            has_references(item.data_type())
        }
        T::Struct(fields) => fields.iter().any(|field| has_references(field.data_type())),
        T::Union(fields, _) => fields.iter().any(|(_, field)| has_references(field.data_type())),
        _ => false,
    }
}

/// Whether the cast kept the value. Between floats it may round, but not overflow.
fn is_exact(given: &ArrayRef, typed: &ArrayRef) -> Result<bool> {
    let (have, want) = (given.data_type(), typed.data_type());
    let lenient = |array: &ArrayRef, to: &DataType| {
        cast_with_options(array, to, &LENIENT).map_err(|e| EngineError::internal(format!("a cast back: {e}")))
    };
    let same_through = |wide: &DataType| {
        let (a, b) = (lenient(given, wide), lenient(typed, wide));
        matches!((a, b), (Ok(a), Ok(b)) if a.as_ref() == b.as_ref())
    };
    let is_value = |t: &DataType| t.is_numeric() || t.is_temporal();
    Ok(match (have, want) {
        _ if have == want => true,
        _ if have.is_floating() && want.is_floating() => {
            let magnitude = |array: &ArrayRef| {
                lenient(array, &DataType::Float64).map(|wide| wide.as_primitive::<Float64Type>().value(0))
            };
            magnitude(given)?.is_infinite() == magnitude(typed)?.is_infinite()
        }
        _ if is_value(have) && is_value(want) => {
            let (Some(given), Some(typed)) = (without_zone(given), without_zone(typed)) else {
                return Ok(false);
            };
            cast_with_options(&typed, given.data_type(), &LENIENT).is_ok_and(|back| back.as_ref() == given.as_ref())
        }
        (text, DataType::Date32 | DataType::Date64) if text.is_string() => same_through(&WIDE_TIMESTAMP),
        (text, decimal) if text.is_string() && decimal.is_decimal() => same_through(&WIDE_DECIMAL),
        _ => true,
    })
}

/// The same moment in UTC: casts to a zone would take it for the zone's local time.
fn without_zone(array: &ArrayRef) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            cast_with_options(array, &DataType::Timestamp(*unit, None), &LENIENT).ok()
        }
        _ => Some(array.clone()),
    }
}

const LENIENT: CastOptions<'static> =
    CastOptions { safe: true, format_options: datafusion::arrow::util::display::FormatOptions::new() };
const WIDE_TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Nanosecond, None);
/// Digits before and behind the point that fit any decimal.
const WIDE_DECIMAL: DataType = DataType::Decimal256(76, 38);
