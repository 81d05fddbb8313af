//! Most rows of one run of a plan.

use std::sync::Arc;

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use crate::error::{EngineError, ErrorCode, Result};
use crate::options::ExecuteOptions;
use crate::parts::Part;

/// Limit above which a sort is left alone: one that looks for the first rows only holds them all in memory, and cannot
/// spill them.
const MOST_FIRST_ROWS: usize = 64 << 10;

/// A plan with its limit, or as much of that as is left to apply on top of it.
pub(crate) struct Limited {
    pub(crate) plan: LogicalPlan,
    pub(crate) rest: Option<usize>,
}

impl Limited {
    /// Where it can, the optimizer sees the limit, so that sorts and scans do no more than they must.
    pub(crate) fn new(plan: LogicalPlan, options: &ExecuteOptions, part: Part) -> Result<Self> {
        let Some(limit) = options.limit else {
            return Ok(Self { plan, rest: None });
        };
        if !part.is_whole() {
            let message = format!("limit {limit} of one of {} parts", options.parts);
            return Err(EngineError::new(ErrorCode::InvalidArgument, message)
                .with_hint("leave the limit out, or run the statement as a whole"));
        }
        // Both kinds of EXPLAIN must stay on top.
        let explains = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
        if explains || limit > MOST_FIRST_ROWS {
            return Ok(Self { plan, rest: Some(limit) });
        }
        let plan = LogicalPlanBuilder::from(plan).limit(0, Some(limit))?.build()?;
        Ok(Self { plan, rest: None })
    }
}

/// `plan`, which is not run on after its first `limit` rows.
pub(crate) fn at_most(plan: Arc<dyn ExecutionPlan>, limit: Option<usize>) -> Arc<dyn ExecutionPlan> {
    let Some(limit) = limit else {
        return plan;
    };
    let single = match plan.output_partitioning().partition_count() {
        1 => plan,
        _ => Arc::new(CoalescePartitionsExec::new(plan)),
    };
    Arc::new(GlobalLimitExec::new(single, 0, Some(limit)))
}
