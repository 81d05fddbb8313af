//! Plans as text.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{ExplainFormat as DfFormat, ExplainOption, LogicalPlanBuilder};
use datafusion::physical_plan::collect;
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result};
use crate::plans::QueryResources;
use crate::statement::{Statement, StatementKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExplainFormat {
    /// Logical and physical plan, one operator a line.
    Indent,
    /// The physical plan as boxes.
    Tree,
    /// DOT text.
    Graphviz,
    /// PostgreSQL's JSON, for plan viewers.
    Pgjson,
    /// Runs the statement; the physical plan with rows, times and bytes.
    Analyze,
}

impl Statement {
    /// Must run inside the engine's runtime.
    pub(crate) async fn explain(
        self: Arc<Self>,
        format: ExplainFormat,
        memory_limit: usize,
        timeout: Option<Duration>,
    ) -> Result<String> {
        if self.kind() == StatementKind::Explain {
            return Err(EngineError::new(ErrorCode::InvalidSql, "the statement is an EXPLAIN already"));
        }
        let option = match format {
            ExplainFormat::Indent => ExplainOption::default().with_format(DfFormat::Indent),
            ExplainFormat::Tree => ExplainOption::default().with_format(DfFormat::Tree),
            ExplainFormat::Graphviz => ExplainOption::default().with_format(DfFormat::Graphviz),
            ExplainFormat::Pgjson => ExplainOption::default().with_format(DfFormat::PostgresJSON),
            ExplainFormat::Analyze => ExplainOption::default().with_analyze(true),
        };
        let plan = LogicalPlanBuilder::from(self.plan().clone()).explain_option_format(option)?.build()?;
        let resources = QueryResources::new(self.core(), memory_limit);
        let run = async {
            let state = self.state();
            let physical = state.create_physical_plan(&plan).await?;
            Ok::<_, EngineError>(collect(physical, resources.task_context(state)).await?)
        };
        let batches = match timeout {
            None => run.await?,
            Some(limit) => tokio::time::timeout(limit, run).await.map_err(|_| {
                EngineError::new(ErrorCode::Timeout, format!("the query ran past its timeout of {limit:?}"))
            })??,
        };
        text(&batches)
    }
}

/// The answer of EXPLAIN has a row for each kind of plan.
fn text(batches: &[RecordBatch]) -> Result<String> {
    let mut parts = Vec::new();
    for batch in batches {
        let strings = |i: usize| {
            cast(batch.column(i), &DataType::Utf8).map_err(|e| EngineError::internal(format!("explain failed: {e}")))
        };
        let (kinds, plans) = (strings(0)?, strings(1)?);
        for row in 0..batch.num_rows() {
            let (kind, plan) = (kinds.as_string::<i32>().value(row), plans.as_string::<i32>().value(row));
            if plans.is_valid(row) {
                parts.push((kind.to_string(), plan.trim_end().to_string()));
            }
        }
    }
    if parts.len() == 1 {
        return Ok(parts.remove(0).1);
    }
    Ok(parts.into_iter().map(|(kind, plan)| format!("{kind}:\n{plan}")).collect::<Vec<_>>().join("\n\n"))
}
