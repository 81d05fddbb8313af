//! How an array of a data file becomes one of the table's type.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, GenericListArray, MapArray, OffsetSizeTrait, PrimitiveArray, StructArray,
    new_null_array,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{CastOptions, cast_with_options, kernels::arity::try_unary, nullif};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, FieldRef, Fields, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::ScalarValue;
use datafusion::error::Result;

/// Fails on values that do not fit.
pub(crate) const STRICT: CastOptions<'static> =
    CastOptions { safe: false, format_options: datafusion::arrow::util::display::FormatOptions::new() };

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Same,
    /// As Arrow casts; never the other way round in order.
    Cast(DataType),
    /// Timestamps of another unit or zone, rounded down: Arrow rounds towards 1970.
    Timestamp(TimeUnit, Option<Arc<str>>),
    /// Another kind of list, whose items stay as they are, and then more.
    Outer(DataType, Box<Shape>),
    Struct(Fields, Vec<Part>),
    List(FieldRef, Box<Shape>),
    LargeList(FieldRef, Box<Shape>),
    Map(FieldRef, bool, Box<Shape>, Box<Shape>),
}

/// Where a field of a struct comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// The field at this position of the file's struct.
    Field(usize, Shape),
    /// The file lacks it.
    Value(ScalarValue),
}

/// Whether values of `from` may become values of `to`, without parts of their own. `None`: never.
pub(crate) fn simple(from: &DataType, to: &DataType) -> Option<Shape> {
    use DataType as T;
    let cast = || Some(Shape::Cast(to.clone()));
    match (from, to) {
        _ if from == to => Some(Shape::Same),
        (T::Null, _) => cast(),
        (T::Dictionary(_, values), _) => simple(values, to).and_then(|shape| match shape {
            Shape::Same | Shape::Cast(_) => cast(),
            _ => None,
        }),
        // Of UTC, whichever way it is written, and of local times alike nothing changes but the type.
        (T::Timestamp(a, from), T::Timestamp(b, to)) if a == b && is_utc(from) && is_utc(to) => cast(),
        (T::Timestamp(..), T::Timestamp(unit, zone)) => Some(Shape::Timestamp(*unit, zone.clone())),
        (T::Date32, T::Timestamp(..)) | (T::Float32, T::Float64) => cast(),
        (T::Time32(_) | T::Time64(_), T::Time32(_) | T::Time64(_)) => cast(),
        (from, to) if from.is_integer() && to.is_integer() => cast(),
        (T::Int8 | T::Int16 | T::UInt8 | T::UInt16, T::Float32) => cast(),
        (T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 | T::UInt32, T::Float64) => cast(),
        (from, T::Decimal128(..)) if from.is_integer() => cast(),
        (
            T::Decimal32(p1, s1) | T::Decimal64(p1, s1) | T::Decimal128(p1, s1),
            T::Decimal32(p2, s2) | T::Decimal64(p2, s2) | T::Decimal128(p2, s2),
        ) => {
            let digits = |precision: &u8, scale: &i8| i16::from(*precision) - i16::from(*scale);
            (s2 >= s1 && digits(p2, s2) >= digits(p1, s1)).then(|| Shape::Cast(to.clone()))
        }
        (T::Utf8 | T::LargeUtf8 | T::Utf8View, T::Utf8 | T::LargeUtf8 | T::Utf8View) => cast(),
        // Old writers leave the annotation of text out; the cast checks that it is text.
        (T::Binary | T::LargeBinary | T::BinaryView, T::Utf8 | T::LargeUtf8 | T::Utf8View) => cast(),
        // DataFusion takes a file's bytes for text where its name is one of text in the table.
        (T::Utf8 | T::LargeUtf8 | T::Utf8View, T::Binary | T::LargeBinary | T::BinaryView) => cast(),
        (
            T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_),
            T::Binary | T::LargeBinary | T::BinaryView,
        ) => cast(),
        _ => None,
    }
}

fn is_utc(zone: &Option<Arc<str>>) -> bool {
    zone.as_ref().is_none_or(|zone| matches!(zone.as_ref(), "UTC" | "+00:00"))
}

impl Shape {
    pub(crate) fn apply(&self, array: &ArrayRef) -> Result<ArrayRef> {
        Ok(match self {
            Shape::Same => array.clone(),
            Shape::Cast(to) => cast_with_options(array, to, &STRICT)?,
            Shape::Timestamp(unit, zone) => timestamps(array, *unit, zone)?,
            Shape::Outer(to, shape) => shape.apply(&cast_with_options(array, to, &STRICT)?)?,
            Shape::Struct(fields, parts) => {
                let from = array.as_struct();
                let columns = parts.iter().map(|part| match part {
                    Part::Field(at, shape) => shape.apply(from.column(*at)),
                    Part::Value(value) if value.is_null() => Ok(new_null_array(&value.data_type(), from.len())),
                    // NULL where the struct is: functions that take a part out look at nothing else.
                    Part::Value(value) => masked(&value.to_array_of_size(from.len())?, from.nulls()),
                });
                let columns = columns.collect::<Result<Vec<_>>>()?;
                let nulls = from.nulls().cloned();
                match columns.is_empty() {
                    true => Arc::new(StructArray::new_empty_fields(from.len(), nulls)),
                    false => Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?),
                }
            }
            Shape::List(item, shape) => list::<i32>(array, item, shape)?,
            Shape::LargeList(item, shape) => list::<i64>(array, item, shape)?,
            Shape::Map(entries, sorted, key, value) => {
                let map = array.as_map();
                let DataType::Struct(pair) = entries.data_type() else {
                    return Err(ArrowError::SchemaError("a map without pairs".to_string()).into());
                };
                let columns = vec![key.apply(map.keys())?, value.apply(map.values())?];
                let held = StructArray::try_new(pair.clone(), columns, None)?;
                let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
                Arc::new(MapArray::try_new(entries.clone(), offsets, held, nulls, *sorted)?)
            }
        })
    }
}

fn masked(array: &ArrayRef, nulls: Option<&NullBuffer>) -> Result<ArrayRef> {
    match nulls {
        Some(nulls) => Ok(nullif(array, &BooleanArray::new(!nulls.inner(), None))?),
        None => Ok(array.clone()),
    }
}

fn list<O: OffsetSizeTrait>(array: &ArrayRef, item: &FieldRef, shape: &Shape) -> Result<ArrayRef> {
    let from = array.as_list::<O>();
    let values = shape.apply(from.values())?;
    let made = GenericListArray::<O>::try_new(item.clone(), from.offsets().clone(), values, from.nulls().cloned())?;
    Ok(Arc::new(made))
}

/// The zone changes no instant: both are counted from 1970 in UTC.
fn timestamps(array: &ArrayRef, unit: TimeUnit, zone: &Option<Arc<str>>) -> Result<ArrayRef> {
    let DataType::Timestamp(from, _) = array.data_type() else {
        return Err(ArrowError::CastError(format!("{} is no timestamp", array.data_type())).into());
    };
    let (per_second, wanted) = (units(*from), units(unit));
    Ok(match from {
        TimeUnit::Second => rescaled::<TimestampSecondType>(array, per_second, wanted, unit, zone)?,
        TimeUnit::Millisecond => rescaled::<TimestampMillisecondType>(array, per_second, wanted, unit, zone)?,
        TimeUnit::Microsecond => rescaled::<TimestampMicrosecondType>(array, per_second, wanted, unit, zone)?,
        TimeUnit::Nanosecond => rescaled::<TimestampNanosecondType>(array, per_second, wanted, unit, zone)?,
    })
}

fn units(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

fn rescaled<T: ArrowPrimitiveType<Native = i64>>(
    array: &ArrayRef,
    from: i64,
    to: i64,
    unit: TimeUnit,
    zone: &Option<Arc<str>>,
) -> Result<ArrayRef> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    let convert = |value: i64| {
        if to >= from {
            let overflow = || ArrowError::CastError(format!("timestamp {value} does not fit {unit:?}s"));
            return value.checked_mul(to / from).ok_or_else(overflow);
        }
        Ok(value.div_euclid(from / to))
    };
    let zone = zone.clone();
    Ok(match unit {
        TimeUnit::Second => Arc::new(try_unary::<_, _, TimestampSecondType>(array, convert)?.with_timezone_opt(zone)),
        TimeUnit::Millisecond => {
            Arc::new(try_unary::<_, _, TimestampMillisecondType>(array, convert)?.with_timezone_opt(zone))
        }
        TimeUnit::Microsecond => {
            Arc::new(try_unary::<_, _, TimestampMicrosecondType>(array, convert)?.with_timezone_opt(zone))
        }
        TimeUnit::Nanosecond => {
            Arc::new(try_unary::<_, _, TimestampNanosecondType>(array, convert)?.with_timezone_opt(zone))
        }
    })
}
