//! How one run of a plan is set up: its memory, and what is changed in the plan before it runs.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SessionState, SessionStateBuilder, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;

use crate::engine::Core;
use crate::error::Result;
use crate::memory::QueryPool;

/// Rows of a batch in the second attempt of a query that ran out of memory.
const FRUGAL_BATCH_ROWS: usize = 1024;
/// Memory that each of its sorts keeps aside for merging.
const FRUGAL_MERGE_BYTES: usize = 2 << 20;

/// Memory pool and task context of one run.
pub(crate) struct QueryResources {
    pub(crate) pool: Arc<QueryPool>,
    runtime: Arc<RuntimeEnv>,
}

impl QueryResources {
    pub(crate) fn new(core: &Core, memory_limit: usize) -> Self {
        Self::over(core, QueryPool::new(core.memory.clone(), memory_limit))
    }

    pub(crate) fn over(core: &Core, pool: QueryPool) -> Self {
        let pool = Arc::new(pool);
        let runtime = RuntimeEnv { memory_pool: pool.clone(), ..core.runtime.as_ref().clone() };
        Self { pool, runtime: Arc::new(runtime) }
    }

    pub(crate) fn task_context(&self, state: &SessionState) -> Arc<TaskContext> {
        Arc::new(TaskContext::from(state).with_runtime(self.runtime.clone()))
    }
}

/// For plans that fit in less memory: one partition needs one sort buffer and no merge of several, and sort-merge joins
/// can spill where hash joins cannot. The planner only makes sort-merge joins of two partitions or more.
pub(crate) fn frugal(state: &SessionState, plan: &LogicalPlan) -> SessionState {
    let joins = plan.exists(|node| Ok(matches!(node, LogicalPlan::Join(_)))).unwrap_or(true);
    let partitions = if joins { 2 } else { 1 };
    let mut config = state.config().clone().with_target_partitions(partitions).with_batch_size(FRUGAL_BATCH_ROWS);
    config.options_mut().optimizer.prefer_hash_join = false;
    config.options_mut().execution.sort_spill_reservation_bytes = FRUGAL_MERGE_BYTES;
    SessionStateBuilder::new_from_existing(state.clone()).with_config(config).build()
}

/// Joins that let other tasks run after some batches of output. DataFusion does that where data is read, but a join of
/// little data can compute for hours without reading more, deaf to cancellation.
pub(crate) fn cooperative(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let wrapped = plan.transform_up(|node| {
        Ok(match node.name().ends_with("JoinExec") {
            true => Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>),
            false => Transformed::no(node),
        })
    })?;
    Ok(wrapped.data)
}

/// Bytes that the operators of a plan have spilled.
pub(crate) fn spilled(plan: &dyn ExecutionPlan) -> u64 {
    let own = plan.metrics().and_then(|metrics| metrics.spilled_bytes()).unwrap_or(0) as u64;
    own + plan.children().iter().map(|child| spilled(child.as_ref())).sum::<u64>()
}
