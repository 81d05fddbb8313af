//! A planned statement, which any number of queries can run.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::TableReference;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Expr, LogicalPlan};
use serde::Serialize;

use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::query::{ExecuteOptions, Query, Ready};
use crate::session::{DEFAULT_SCHEMA, Session, shown};
use crate::wire::compatible_schema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementKind {
    Query,
    Explain,
}

/// Immutable. Keeps its session, and with it the files of its tables, in reach.
pub struct Statement {
    core: Arc<Core>,
    session: Arc<Session>,
    plan: LogicalPlan,
    schema: SchemaRef,
    parameters: SchemaRef,
    tables: Vec<String>,
}

impl Statement {
    pub(crate) fn new(
        core: Arc<Core>,
        session: Arc<Session>,
        plan: LogicalPlan,
        references: Vec<TableReference>,
    ) -> Result<Self> {
        verify(&plan)?;
        let plan = with_parameter_types(plan)?;
        let schema = compatible_schema(plan.schema().as_arrow());
        let parameters = parameter_schema(&plan)?;
        let tables = references
            .iter()
            .filter(|reference| session.has(reference))
            .map(|reference| shown(reference.schema().unwrap_or(DEFAULT_SCHEMA), reference.table()))
            .collect();
        Ok(Self { core, session, plan, schema, parameters, tables })
    }

    pub fn kind(&self) -> StatementKind {
        match self.plan {
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => StatementKind::Explain,
            _ => StatementKind::Query,
        }
    }

    /// The schema of the messages of every run.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// `$1`, `$2`, ... or `$name`, with the types that the plan expects.
    pub fn parameters(&self) -> SchemaRef {
        self.parameters.clone()
    }

    /// The tables it reads, as `name` or `schema.name`.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    /// Starts a run and returns at once; see [`Query::next`].
    ///
    /// `parameters`: an Arrow IPC stream with one row, a column for each parameter; empty when there are none.
    pub fn execute(self: &Arc<Self>, parameters: &[u8], options: ExecuteOptions, ready: Ready) -> Result<Query> {
        let plan = crate::parameters::bind(&self.plan, &self.parameters, parameters)?;
        Query::start(self.clone(), plan, options, ready)
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) fn plan(&self) -> &LogicalPlan {
        &self.plan
    }
}

/// The second look, after planning: whatever the parser let through, no node may write, define or set.
fn verify(plan: &LogicalPlan) -> Result<()> {
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let denied =
        |e: datafusion::error::DataFusionError| EngineError::new(ErrorCode::StatementNotAllowed, e.strip_backtrace());
    options.verify_plan(plan).map_err(denied)?;
    let mut extension = None;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Extension(found) = node {
            extension = Some(found.node.name().to_string());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    match extension {
        Some(name) => Err(EngineError::new(ErrorCode::StatementNotAllowed, format!("plan node {name} is not allowed"))),
        None => Ok(()),
    }
}

/// Placeholders that DataFusion found no type for become text, and whole numbers in LIMIT and OFFSET, so that the schema
/// of the result is the same before and after binding.
fn with_parameter_types(plan: LogicalPlan) -> Result<LogicalPlan> {
    let typed = plan.transform_up_with_subqueries(|node| {
        let data_type = match node {
            LogicalPlan::Limit(_) => DataType::Int64,
            _ => DataType::Utf8,
        };
        let mapped = node.map_expressions(|expression| {
            expression.transform(|e| match e {
                Expr::Placeholder(Placeholder { id, field: None }) => {
                    let field = Some(Arc::new(Field::new(&id, data_type.clone(), true)));
                    Ok(Transformed::yes(Expr::Placeholder(Placeholder { id, field })))
                }
                other => Ok(Transformed::no(other)),
            })
        })?;
        if mapped.transformed { mapped.map_data(LogicalPlan::recompute_schema) } else { Ok(mapped) }
    })?;
    Ok(typed.data)
}

fn parameter_schema(plan: &LogicalPlan) -> Result<SchemaRef> {
    let mut fields: Vec<(String, DataType)> = plan
        .get_parameter_types()?
        .into_iter()
        .map(|(name, data_type)| (name, data_type.unwrap_or(DataType::Utf8)))
        .collect();
    // `$10` after `$9`, names after numbers.
    fields.sort_by_key(|(name, _)| (name.trim_start_matches('$').parse::<u32>().unwrap_or(u32::MAX), name.clone()));
    let fields: Vec<Field> = fields.into_iter().map(|(name, t)| Field::new(name, t, true)).collect();
    Ok(compatible_schema(&Schema::new(fields)))
}
