//! Running a statement in parts, each on its own and perhaps elsewhere: every row is in exactly one of them.
//!
//! Only where rows are computed one by one: the parts then follow from a division of each table's files.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::catalog::default_table_source::source_as_provider;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::error::Result as DfResult;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};

use crate::error::{EngineError, ErrorCode, Result};
use crate::file_table::ScanGroup;
use crate::table::TableScan;

/// Most parts of one statement.
pub(crate) const MAX_PARTS: u32 = 64;
/// Bytes of a file below which it is not worth dividing.
pub(crate) const WORTH_BYTES: u64 = 4 << 20;

/// The position of a file, and the range of its bytes unless it is read whole.
pub(crate) type Share = (usize, Option<(u64, u64)>);

/// One part of a run. The default is everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    index: u32,
    count: u32,
}

impl Default for Part {
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

impl Part {
    /// `count` 0 is 1: one that was not given.
    pub(crate) fn new(index: u32, count: u32) -> Result<Self> {
        let count = count.max(1);
        if index >= count || count > MAX_PARTS {
            let message = format!("part {index} of {count} (expected: a part from 0, of at most {MAX_PARTS})");
            return Err(EngineError::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Self { index, count })
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.count == 1
    }

    /// `state` as the scans of this part want it.
    pub(crate) fn of(self, state: &SessionState) -> Cow<'_, SessionState> {
        if self.is_whole() {
            return Cow::Borrowed(state);
        }
        let config = state.config().clone().with_extension(Arc::new(self));
        Cow::Owned(SessionStateBuilder::new_from_existing(state.clone()).with_config(config).build())
    }

    /// The files of this part, or ranges of them. All tables divide the bytes of their files in the same way, before
    /// anything is pruned, so that each part knows its own without hearing of the others.
    pub(crate) fn share<'a>(&self, groups: &'a [ScanGroup]) -> Vec<(&'a ScanGroup, Cow<'a, [PartitionedFile]>)> {
        if self.is_whole() {
            return groups.iter().map(|group| (group, Cow::Borrowed(group.files.as_slice()))).collect();
        }
        let total: u64 = groups.iter().flat_map(|group| &group.files).map(|file| file.object_meta.size).sum();
        let (low, high) = self.bounds(total);
        let mut start = 0;
        let shares = groups.iter().map(|group| {
            let mut share = Vec::new();
            for file in &group.files {
                let (from, to) = (start, start + file.object_meta.size);
                start = to;
                if group.has_ranges && from.max(low) < to.min(high) {
                    share.push(range(file, from.max(low) - from, to.min(high) - from));
                } else if !group.has_ranges && (low..high).contains(&(from + (to - from) / 2)) {
                    share.push(file.clone());
                }
            }
            (group, Cow::Owned(share))
        });
        shares.collect()
    }
}

impl Part {
    /// As [`Part::share`], of files of these sizes: their positions, with the range of those that are not read whole.
    pub(crate) fn ranges(&self, sizes: impl Iterator<Item = u64> + Clone) -> Vec<Share> {
        if self.is_whole() {
            return sizes.enumerate().map(|(file, _)| (file, None)).collect();
        }
        let total: u64 = sizes.clone().sum();
        let (low, high) = self.bounds(total);
        let mut start = 0;
        let shares = sizes.enumerate().filter_map(|(file, size)| {
            let (from, to) = (start, start + size);
            start = to;
            let range = (from.max(low), to.min(high));
            let whole = range == (from, to);
            (range.0 < range.1).then(|| (file, (!whole).then(|| (range.0 - from, range.1 - from))))
        });
        shares.collect()
    }

    /// The bytes of all files, in a row, that this part reads.
    fn bounds(&self, total: u64) -> (u64, u64) {
        let bound = |i: u32| (u128::from(total) * u128::from(i) / u128::from(self.count)) as u64;
        (bound(self.index), bound(self.index + 1))
    }
}

fn range(file: &PartitionedFile, from: u64, to: u64) -> PartitionedFile {
    if (from, to) == (0, file.object_meta.size) {
        return file.clone();
    }
    let statistics = file.statistics.as_ref().map(|whole| Arc::new(whole.as_ref().clone().to_inexact()));
    let mut part = file.clone().with_range(from as i64, to as i64);
    part.statistics = statistics;
    part
}

/// Into how many parts a statement can usefully be divided; `None` where not at all.
pub(crate) fn useful_parts(plan: &LogicalPlan) -> Result<Option<u32>> {
    let (mut dividable, mut most) = (true, 0);
    plan.apply(|node| {
        dividable &= has_single_rows(node)?;
        if let (true, LogicalPlan::TableScan(scan)) = (dividable, node) {
            match source_as_provider(&scan.source)?.downcast_ref::<TableScan>().and_then(TableScan::pieces) {
                Some(pieces) => most = most.max(pieces),
                None => dividable = false,
            }
        }
        Ok(if dividable { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(dividable.then_some(most.clamp(1, MAX_PARTS.into()) as u32))
}

pub(crate) fn pieces(group: &ScanGroup) -> u64 {
    match group.has_ranges {
        true => group.files.iter().map(|file| file.object_meta.size.div_ceil(WORTH_BYTES)).sum(),
        false => group.files.len() as u64,
    }
}

/// Whether each row of this node follows from one row below it, and from nothing that another run would see otherwise.
fn has_single_rows(node: &LogicalPlan) -> DfResult<bool> {
    let known = match node {
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::Unnest(_) => true,
        LogicalPlan::TableScan(scan) => scan.fetch.is_none(),
        _ => false,
    };
    let mut single = known;
    node.apply_expressions(|expression| {
        single &= !expression.exists(|e| Ok(depends_on_more(e)))?;
        Ok(if single { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(single)
}

/// `now()` too: the parts run at different moments.
fn depends_on_more(expression: &Expr) -> bool {
    match expression {
        Expr::ScalarFunction(function) => function.func.signature().volatility != Volatility::Immutable,
        Expr::HigherOrderFunction(function) => function.func.signature().volatility != Volatility::Immutable,
        Expr::AggregateFunction(_)
        | Expr::WindowFunction(_)
        | Expr::ScalarSubquery(_)
        | Expr::InSubquery(_)
        | Expr::Exists(_)
        | Expr::SetComparison(_)
        | Expr::OuterReferenceColumn(..)
        | Expr::ScalarVariable(..)
        | Expr::GroupingSet(_) => true,
        _ => false,
    }
}
