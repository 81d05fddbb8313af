//! Values for the parameters of a statement.

use std::collections::HashMap;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::common::ParamValues;
use datafusion::common::ScalarValue;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::logical_expr::LogicalPlan;

use crate::error::{EngineError, ErrorCode, Result};

/// `plan` with its placeholders replaced by values, each cast to the type that the plan expects.
pub(crate) fn bind(plan: &LogicalPlan, expected: &Schema, ipc: &[u8]) -> Result<LogicalPlan> {
    if expected.fields().is_empty() && ipc.is_empty() {
        return Ok(plan.clone());
    }
    let batch = read(ipc)?;
    let given = batch.as_ref().map_or(0, RecordBatch::num_columns);
    if given != expected.fields().len() {
        let message = format!("the statement has {} parameters, {given} values were given", expected.fields().len());
        return Err(EngineError::new(ErrorCode::InvalidArgument, message));
    }
    let Some(batch) = batch else {
        return Ok(plan.clone());
    };
    if batch.num_rows() != 1 {
        let message = format!("parameters: {} rows (expected: 1)", batch.num_rows());
        return Err(EngineError::new(ErrorCode::InvalidArgument, message));
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let mut values = HashMap::new();
    for (i, field) in expected.fields().iter().enumerate() {
        let column = batch.column_by_name(field.name()).unwrap_or_else(|| batch.column(i));
        let typed = cast_with_options(column, field.data_type(), &strict).map_err(|e| {
            let message =
                format!("parameter {}: {} is not {}: {e}", field.name(), column.data_type(), field.data_type());
            EngineError::new(ErrorCode::InvalidArgument, message)
        })?;
        let back = cast_with_options(&typed, column.data_type(), &CastOptions::default());
        if column.data_type().is_numeric() && back.is_ok_and(|back| back.as_ref() != column.as_ref()) {
            let value = ScalarValue::try_from_array(column, 0)?;
            let message = format!("parameter {}: {value} is not a whole {}", field.name(), field.data_type());
            return Err(EngineError::new(ErrorCode::InvalidArgument, message));
        }
        let value = ScalarValue::try_from_array(&typed, 0)?;
        values.insert(field.name().trim_start_matches('$').to_string(), ScalarAndMetadata::new(value, None));
    }
    let numbered = (1..=values.len()).all(|i| values.contains_key(&i.to_string()));
    let values = if numbered {
        ParamValues::List((1..=values.len()).filter_map(|i| values.remove(&i.to_string())).collect())
    } else {
        ParamValues::Map(values)
    };
    Ok(plan.clone().replace_params_with_values(&values)?)
}

fn read(ipc: &[u8]) -> Result<Option<RecordBatch>> {
    if ipc.is_empty() {
        return Ok(None);
    }
    let bad = |e: datafusion::arrow::error::ArrowError| {
        EngineError::new(ErrorCode::InvalidArgument, format!("parameters: not an Arrow IPC stream: {e}"))
    };
    let mut reader = StreamReader::try_new(ipc, None).map_err(bad)?;
    reader.next().transpose().map_err(bad)
}
