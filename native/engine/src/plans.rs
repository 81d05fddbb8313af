//! How one run of a plan is set up: its memory, and what is changed in the plan before it runs.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SessionState, SessionStateBuilder, TaskContext};
use datafusion::logical_expr::{ColumnarValue, LogicalPlan};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder};
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};
use tokio_util::sync::CancellationToken;

use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::memory::QueryPool;
use crate::once::Once;

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

/// Joins that can be stopped. DataFusion lets other tasks run where data is read, but a join of little data can compute for
/// hours without reading more: here it pauses after some batches of output, and it looks at `stop` for each batch of pairs
/// that its condition is tried on, since those may all be in vain.
pub(crate) fn stoppable(plan: Arc<dyn ExecutionPlan>, stop: &CancellationToken) -> Result<Arc<dyn ExecutionPlan>> {
    let wrapped = plan.transform_up(|node| {
        if !node.name().ends_with("JoinExec") {
            return Ok(Transformed::no(node));
        }
        let checked: Arc<dyn ExecutionPlan> = if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
            let filter = join.filter().map(|filter| checking(filter, stop));
            let join = Arc::new(NestedLoopJoinExecBuilder::from(join).with_filter(filter).build()?);
            let sides: Vec<Arc<dyn ExecutionPlan>> =
                vec![Arc::new(Once::new(join.left().clone())), join.right().clone()];
            join.replace_children(sides, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))?
        } else if let Some(join) = node.downcast_ref::<HashJoinExec>().filter(|join| join.filter().is_some()) {
            let filter = join.filter().map(|filter| checking(filter, stop));
            Arc::new(join.builder().with_filter(filter).build()?)
        } else {
            node
        };
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(checked)) as Arc<dyn ExecutionPlan>))
    })?;
    Ok(wrapped.data)
}

fn checking(filter: &JoinFilter, stop: &CancellationToken) -> JoinFilter {
    let expression = Arc::new(Stoppable { inner: filter.expression().clone(), stop: stop.clone() });
    JoinFilter::new(expression, filter.column_indices().to_vec(), filter.schema().clone())
}

/// An expression that fails once its query is stopped.
#[derive(Debug)]
struct Stoppable {
    inner: Arc<dyn PhysicalExpr>,
    stop: CancellationToken,
}

impl PartialEq for Stoppable {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Stoppable {}

impl Hash for Stoppable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Display for Stoppable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

impl PhysicalExpr for Stoppable {
    fn data_type(&self, schema: &Schema) -> datafusion::error::Result<DataType> {
        self.inner.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> datafusion::error::Result<bool> {
        self.inner.nullable(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> datafusion::error::Result<ColumnarValue> {
        if self.stop.is_cancelled() {
            return Err(EngineError::new(ErrorCode::Cancelled, "the query was stopped").into_datafusion());
        }
        self.inner.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> datafusion::error::Result<Arc<dyn PhysicalExpr>> {
        match children.pop() {
            Some(inner) => Ok(Arc::new(Stoppable { inner, stop: self.stop.clone() })),
            None => Ok(self),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}

/// Adds what a run has spilled to the counters once it is over, in whichever way.
pub(crate) struct SpillCount<'a> {
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    pub(crate) counters: [&'a AtomicU64; 2],
}

impl Drop for SpillCount<'_> {
    fn drop(&mut self) {
        let bytes = spilled(self.plan.as_ref());
        for counter in self.counters {
            counter.fetch_add(bytes, Relaxed);
        }
    }
}

/// Bytes that the operators of a plan have spilled.
fn spilled(plan: &dyn ExecutionPlan) -> u64 {
    let own = plan.metrics().and_then(|metrics| metrics.spilled_bytes()).unwrap_or(0) as u64;
    own + plan.children().iter().map(|child| spilled(child.as_ref())).sum::<u64>()
}
