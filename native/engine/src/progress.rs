//! How far a run is: what its scans have read of what was planned.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use parking_lot::Mutex;

/// Bytes that a row is taken for in a file whose rows are not counted.
const GUESSED_ROW_BYTES: f64 = 100.0;

#[derive(Default)]
pub(crate) struct Progress {
    leaves: Mutex<Vec<Leaf>>,
    /// The bits of the largest share told, which order as the numbers do; 0: none.
    told: AtomicU64,
}

/// A scan.
struct Leaf {
    plan: Arc<dyn ExecutionPlan>,
    rows: Option<usize>,
    /// Files, or ranges of them.
    files: usize,
    weight: f64,
}

impl Progress {
    /// From now on the scans of `plan` count.
    pub(crate) fn follow(&self, plan: &Arc<dyn ExecutionPlan>) {
        let mut leaves = Vec::new();
        collect(plan, &mut leaves);
        *self.leaves.lock() = leaves;
    }

    /// Lets go of the plan.
    pub(crate) fn end(&self) {
        self.share();
        self.leaves.lock().clear();
    }

    pub(crate) fn share(&self) -> Option<f64> {
        let (mut weights, mut done) = (0.0, 0.0);
        for leaf in self.leaves.lock().iter() {
            weights += leaf.weight;
            done += leaf.weight * leaf.share();
        }
        let now = if weights > 0.0 { (done / weights).clamp(f64::MIN_POSITIVE, 1.0) } else { 0.0 };
        let told = self.told.fetch_max(now.to_bits(), Ordering::Relaxed).max(now.to_bits());
        (told > 0).then(|| f64::from_bits(told))
    }
}

impl Leaf {
    /// Files count too: a scan may pass over rows that statistics rule out.
    fn share(&self) -> f64 {
        let metrics = self.plan.metrics().unwrap_or_default();
        let part = |done: usize, all: usize| if all == 0 { 0.0 } else { (done as f64 / all as f64).min(1.0) };
        let by_rows = part(metrics.output_rows().unwrap_or(0), self.rows.unwrap_or(0));
        by_rows.max(part(files_done(&metrics), self.files))
    }
}

fn files_done(metrics: &MetricsSet) -> usize {
    metrics.sum_by_name("files_processed").map_or(0, |count| count.as_usize())
}

fn collect(plan: &Arc<dyn ExecutionPlan>, leaves: &mut Vec<Leaf>) {
    for child in plan.children() {
        collect(child, leaves);
    }
    let Some(source) = plan.downcast_ref::<DataSourceExec>() else {
        return;
    };
    let (mut files, mut bytes, mut rows) = (0, 0, None);
    if let Some(config) = source.data_source().downcast_ref::<FileScanConfig>() {
        let all: Vec<&PartitionedFile> = config.file_groups.iter().flat_map(|group| group.iter()).collect();
        files = all.len();
        bytes = all.iter().map(|file| file.effective_size()).sum();
        rows = all.iter().map(|file| rows_of(file)).sum::<Option<usize>>();
    } else if let Ok(statistics) = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::default()) {
        rows = statistics.num_rows.get_value().copied();
    }
    let weight = rows.map_or(bytes as f64 / GUESSED_ROW_BYTES, |rows| rows as f64).max(1.0);
    if rows.is_some() || files > 0 {
        leaves.push(Leaf { plan: plan.clone(), rows, files, weight });
    }
}

/// Of a range: as if the rows were of one size.
fn rows_of(file: &PartitionedFile) -> Option<usize> {
    let rows = *file.statistics.as_ref()?.num_rows.get_value()? as f64;
    Some((rows * file.effective_size() as f64 / file.object_meta.size.max(1) as f64).ceil() as usize)
}
