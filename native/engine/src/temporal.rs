//! Dates and times that have no text: those beyond the calendar, which the JSON writer would put its complaint in place of.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::{cast, max, min};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::error::{EngineError, ErrorCode, Result};

/// Whether all dates and times of `batch` can be written as text.
pub(crate) fn check(batch: &RecordBatch) -> Result<()> {
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        check_array(column).map_err(|e| {
            let message = format!("column \"{}\" holds a value that has no text: {e}", field.name());
            EngineError::new(ErrorCode::InvalidValue, message)
        })?;
    }
    Ok(())
}

fn check_array(array: &ArrayRef) -> std::result::Result<(), ArrowError> {
    use DataType as T;
    match array.data_type() {
        T::Timestamp(..) | T::Date32 | T::Date64 | T::Time32(_) | T::Time64(_) => check_bounds(array),
        T::Struct(_) => array.as_struct().columns().iter().try_for_each(check_array),
        T::List(_) => {
            let list = array.as_list::<i32>();
            let (first, last) = (list.value_offsets()[0] as usize, list.value_offsets()[list.len()] as usize);
            check_array(&list.values().slice(first, last - first))
        }
        T::FixedSizeList(..) => check_array(array.as_fixed_size_list().values()),
        T::Map(..) => {
            let map = array.as_map();
            let (first, last) = (map.value_offsets()[0] as usize, map.value_offsets()[map.len()] as usize);
            map.entries().slice(first, last - first).columns().iter().try_for_each(check_array)
        }
        _ => Ok(()),
    }
}

/// What has a text lies between two bounds.
fn check_bounds(array: &ArrayRef) -> std::result::Result<(), ArrowError> {
    let whole = if matches!(array.data_type(), DataType::Date32 | DataType::Time32(_)) {
        DataType::Int32
    } else {
        DataType::Int64
    };
    let numbers = cast(&cast(array, &whole)?, &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let bounds: Int64Array = [min(numbers), max(numbers)].into_iter().collect();
    let bounds = cast(&cast(&bounds, &whole)?, array.data_type())?;
    let options = FormatOptions::default();
    let texts = ArrayFormatter::try_new(&bounds, &options)?;
    for bound in 0..bounds.len() {
        texts.value(bound).try_to_string()?;
    }
    Ok(())
}
