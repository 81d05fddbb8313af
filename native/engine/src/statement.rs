//! A planned statement, which any number of queries can run.

use std::hash::Hasher;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use serde::Serialize;
use siphasher::sip::SipHasher24;

use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::options::ExecuteOptions;
use crate::parameters;
use crate::parts::useful_parts;
use crate::query::{Query, Ready};
use crate::repeatable::is_repeatable;
use crate::session::{Scope, shown};
use crate::sink::OutputFormat;
use crate::wire::ResultTypes;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementKind {
    Query,
    Explain,
}

/// Immutable. Keeps its session, and with it the files of its tables, in reach.
pub struct Statement {
    core: Arc<Core>,
    /// Held for its tables.
    scope: Scope,
    plan: LogicalPlan,
    types: ResultTypes,
    schema: SchemaRef,
    parameters: SchemaRef,
    tables: Vec<String>,
    data_version: u64,
    /// `None`: the result cannot be divided.
    parts: Option<u32>,
    repeatable: bool,
}

impl Statement {
    pub(crate) fn new(
        core: Arc<Core>,
        scope: Scope,
        plan: LogicalPlan,
        references: &[TableReference],
        types: ResultTypes,
    ) -> Result<Self> {
        verify(&plan)?;
        let plan = parameters::with_types(plan)?;
        let schema = types.schema(plan.schema().as_arrow());
        let parameters = parameters::schema(&plan)?;
        let mut hasher = SipHasher24::new();
        let mut tables = Vec::new();
        for reference in references {
            if let Some((schema, name, table)) = scope.find(reference) {
                tables.push(shown(schema, name));
                table.hash(&mut hasher);
            }
        }
        let parts = useful_parts(&plan)?;
        let data_version = hasher.finish();
        let repeatable = is_repeatable(&plan)?;
        Ok(Self { core, scope, plan, types, schema, parameters, tables, data_version, parts, repeatable })
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

    /// Names the data that it was planned over; equal wherever the same files are seen.
    pub fn data_version(&self) -> String {
        format!("{:016x}", self.data_version)
    }

    /// Into how many parts the result can be divided, at most `wanted`; see [`ExecuteOptions::parts`].
    pub fn parts(&self, wanted: u32) -> u32 {
        self.parts.unwrap_or(1).min(wanted).max(1)
    }

    /// Whether every run over the same data gives the same rows, up to their order and to which of them a LIMIT takes
    /// without one.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// The schema that is written in `format`; files hold no types of the engine's own.
    pub(crate) fn schema_as(&self, format: OutputFormat) -> SchemaRef {
        match format {
            OutputFormat::Arrow => self.schema(),
            _ => ResultTypes { native: false, ..self.types }.schema(self.plan.schema().as_arrow()),
        }
    }

    pub(crate) fn is_dividable(&self) -> bool {
        self.parts.is_some()
    }

    /// `ipc` checked and cast: what [`Statement::execute`] takes. Clients send values of many types for one parameter.
    pub fn bind(&self, ipc: &[u8]) -> Result<Vec<u8>> {
        parameters::normalised(&self.parameters, ipc)
    }

    /// Starts a run and returns at once; see [`Query::next`].
    ///
    /// `parameters`: an Arrow IPC stream with one row, a column for each parameter; empty when there are none.
    pub fn execute(self: &Arc<Self>, parameters: &[u8], options: ExecuteOptions, ready: Ready) -> Result<Query> {
        let plan = parameters::bind(&self.plan, &self.parameters, parameters)?;
        Query::start(self.clone(), plan, options, ready)
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn state(&self) -> &SessionState {
        &self.scope.state
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
