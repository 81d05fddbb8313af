//! Expressions over a table's columns, rewritten to those of one data file.
//!
//! What is left as a column, or as a cast of one that keeps the order, still prunes row groups and pages by the file's own
//! statistics and Bloom filters; everything else is read and computed, and prunes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::functions::core::getfield::GetFieldFunc;
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};

use crate::error::EngineError;
use crate::lake::casts::reorders;
use crate::lake::convert::Converted;
use crate::lake::fields::{LakeField, LakeFields};
use crate::lake::mapping::{Mapping, Origin, Resolved, resolve};
use crate::lake::shape::{STRICT, Shape};

/// What is known of one data file beside its footer.
#[derive(Debug)]
pub(crate) struct FileContext {
    pub(crate) fields: Arc<LakeFields>,
    /// As messages call it.
    pub(crate) shown: Arc<str>,
    /// Columns, by position, whose value the table's metadata tells.
    pub(crate) constants: HashMap<usize, ScalarValue>,
    /// Floating point columns, by position, that are known to hold no NaN.
    pub(crate) without_nan: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct FileAdapters(pub(crate) Arc<FileContext>);

impl PhysicalExprAdapterFactory for FileAdapters {
    fn create(&self, logical: SchemaRef, physical: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        Ok(Arc::new(FileAdapter { context: self.0.clone(), logical, physical }))
    }
}

#[derive(Debug)]
struct FileAdapter {
    context: Arc<FileContext>,
    logical: SchemaRef,
    physical: SchemaRef,
}

/// What becomes of a column.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    Read,
    Compared,
    /// Bounds of the file say nothing of it.
    Reordered,
}

impl PhysicalExprAdapter for FileAdapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        // A column by itself is only read.
        if let Some(column) = expr.downcast_ref::<Column>() {
            return self.column(column, Use::Read);
        }
        self.rewritten(expr, Use::Compared)
    }
}

impl FileAdapter {
    fn rewritten(&self, expr: Arc<dyn PhysicalExpr>, used: Use) -> Result<Arc<dyn PhysicalExpr>> {
        let rewritten = expr.transform_down(|node| {
            let replaced = |by| Ok(Transformed::new(by, true, TreeNodeRecursion::Jump));
            if used == Use::Compared && reorders(&node, &self.logical) {
                let below = node.children().into_iter().map(|child| self.rewritten(child.clone(), Use::Reordered));
                let below = below.collect::<Result<Vec<_>>>()?;
                return replaced(node.with_new_children(below)?);
            }
            if let Some(part) = self.part_of_struct(&node, used)? {
                return replaced(part);
            }
            match node.downcast_ref::<Column>() {
                Some(column) => replaced(self.column(column, used)?),
                None => Ok(Transformed::no(node)),
            }
        });
        rewritten.data()
    }

    fn column(&self, column: &Column, used: Use) -> Result<Arc<dyn PhysicalExpr>> {
        let context = &self.context;
        let Some(index) = context.fields.position(column.name()) else {
            let message = format!("file {}: no column \"{}\" in its table", context.shown, column.name());
            return Err(EngineError::internal(message).into_datafusion());
        };
        let field = &context.fields.columns[index].field;
        let origin = match context.constants.get(&index) {
            Some(value) => Origin::Value(value.clone()),
            None => self.mapping().origin(index).map_err(EngineError::into_datafusion)?,
        };
        Ok(match origin {
            Origin::Value(value) => Arc::new(Literal::new(value)),
            Origin::Column(at, shape) => {
                let nan = is_float(field.data_type()) && !context.without_nan.contains(&index);
                let opaque = used == Use::Reordered || used == Use::Compared && nan;
                let found = Arc::new(Column::new(self.physical.field(at).name(), at));
                self.shaped(found, shape, field, opaque)
            }
        })
    }

    fn mapping(&self) -> Mapping<'_> {
        Mapping::new(&self.context.fields, self.physical.fields(), &self.context.shown)
    }

    fn shaped(
        &self,
        inner: Arc<dyn PhysicalExpr>,
        shape: Shape,
        field: &FieldRef,
        opaque: bool,
    ) -> Arc<dyn PhysicalExpr> {
        match shape {
            Shape::Same if !opaque => inner,
            Shape::Cast(to) if !opaque => Arc::new(CastExpr::new(inner, to, Some(STRICT))),
            shape => Arc::new(Converted::new(inner, shape, field.clone(), self.context.shown.clone())),
        }
    }

    /// `s['a']` as the file has it, so that no more than that part is read.
    fn part_of_struct(&self, node: &Arc<dyn PhysicalExpr>, used: Use) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(function) = ScalarFunctionExpr::try_downcast_func::<GetFieldFunc>(node.as_ref()) else {
            return Ok(None);
        };
        let Some((root, keys)) = path(function) else {
            return Ok(None);
        };
        let context = &self.context;
        let Some(index) = context.fields.position(root.name()) else {
            return Ok(None);
        };
        let column: &LakeField = &context.fields.columns[index];
        if context.constants.contains_key(&index) {
            return Ok(None);
        }
        let Origin::Column(at, shape) = self.mapping().origin(index).map_err(EngineError::into_datafusion)? else {
            return Ok(None);
        };
        let from = self.physical.fields()[at].clone();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        match resolve(column, &from, &shape, &keys) {
            Resolved::Unknown => Ok(None),
            Resolved::Null(data_type) => Ok(Some(Arc::new(Literal::new(ScalarValue::try_from(&data_type)?)))),
            Resolved::Fields(names, shape, leaf) => {
                let mut arguments: Vec<Arc<dyn PhysicalExpr>> = vec![Arc::new(Column::new(from.name(), at))];
                for name in names {
                    arguments.push(Arc::new(Literal::new(ScalarValue::Utf8(Some(name)))));
                }
                let (udf, options) = (Arc::new(function.fun().clone()), Arc::new(function.config_options().clone()));
                let found = Arc::new(ScalarFunctionExpr::try_new(udf, arguments, &self.physical, options)?);
                let nullable = Arc::new(leaf.field.as_ref().clone().with_nullable(true));
                let opaque = used == Use::Reordered || is_float(leaf.data_type());
                Ok(Some(self.shaped(found, shape, &nullable, opaque)))
            }
        }
    }
}

/// The column and the literal keys of `get_field(get_field(s, 'a'), 'b')`, also as `get_field(s, 'a', 'b')`.
fn path(function: &ScalarFunctionExpr) -> Option<(Column, Vec<String>)> {
    let (source, keys) = function.args().split_first()?;
    let (column, mut path) = match source.downcast_ref::<Column>() {
        Some(column) => (column.clone(), Vec::new()),
        None => path(ScalarFunctionExpr::try_downcast_func::<GetFieldFunc>(source.as_ref())?)?,
    };
    for key in keys {
        path.push(key.downcast_ref::<Literal>()?.value().try_as_str()??.to_string());
    }
    Some((column, path))
}

pub(crate) fn is_float(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float16 | DataType::Float32 | DataType::Float64)
}
