//! A column of a data file as an expression of the table's type.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;

use crate::error::{EngineError, ErrorCode};
use crate::lake::shape::Shape;

/// Nothing sees through it, so that nothing is pruned by statistics of what is below it. With [`Shape::Same`] it does
/// nothing else: statistics of floating point columns pass over NaN, which comparisons do not.
#[derive(Debug)]
pub(crate) struct Converted {
    inner: Arc<dyn PhysicalExpr>,
    shape: Arc<Shape>,
    field: FieldRef,
    /// As messages call it.
    file: Arc<str>,
}

impl Converted {
    pub(crate) fn new(inner: Arc<dyn PhysicalExpr>, shape: Shape, field: FieldRef, file: Arc<str>) -> Self {
        Self { inner, shape: Arc::new(shape), field, file }
    }
}

impl PartialEq for Converted {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner) && self.shape == other.shape && self.field == other.field
    }
}

impl Eq for Converted {}

impl Hash for Converted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
        self.shape.hash(state);
    }
}

impl fmt::Display for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

impl PhysicalExpr for Converted {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(self.field.is_nullable())
    }

    fn return_field(&self, _: &Schema) -> Result<FieldRef> {
        Ok(self.field.clone())
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let value = self.inner.evaluate(batch)?;
        if *self.shape == Shape::Same {
            return Ok(value);
        }
        let array: ArrayRef = value.into_array(batch.num_rows())?;
        self.shape.apply(&array).map(ColumnarValue::Array).map_err(|error| self.failed(&error))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let Some(inner) = children.pop() else {
            return Ok(self);
        };
        let (shape, field, file) = (self.shape.clone(), self.field.clone(), self.file.clone());
        Ok(Arc::new(Converted { inner, shape, field, file }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}

impl Converted {
    fn failed(&self, error: &DataFusionError) -> DataFusionError {
        let message = format!("file {}: column \"{}\": {}", self.file, self.field.name(), error.strip_backtrace());
        EngineError::new(ErrorCode::SourceInvalid, message).into_datafusion()
    }
}
