//! DataFusion's Parquet source, with what each file of a lake table needs when it is opened.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpener, FileScanConfig, FileSource, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::functions::core::file_row_index::FileRowIndexFunc;
use datafusion::physical_expr::expressions::{DynamicFilterTracking, lit};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_expr_adapter::rewrite::expr_references_scalar_udf;
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, SortOrderPushdownResult};
use datafusion_datasource::morsel::Morselizer;
use object_store::ObjectStore;

use crate::error::{EngineError, ErrorCode};
use crate::lake::casts::misleads;
use crate::lake::fields::LakeFields;
use crate::lake::opening::{LakeMorselizer, Opening};
use crate::lake::table::LakeVersion;

/// The place of a file in its table, as an extension of [`PartitionedFile`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileIndex(pub(crate) usize);

/// What a scan reads.
#[derive(Clone)]
pub(crate) enum Scanned {
    Data(Arc<LakeVersion>),
    /// Rows of equality-delete files, in the types of these columns.
    Deletes(Arc<LakeFields>),
}

/// Wraps what DataFusion's optimizer turns the inner source into.
#[derive(Clone)]
pub(crate) struct LakeSource {
    inner: ParquetSource,
    scanned: Scanned,
}

impl LakeSource {
    pub(crate) fn new(inner: ParquetSource, scanned: Scanned) -> Self {
        Self { inner, scanned }
    }

    fn wrapped(&self, source: &Arc<dyn FileSource>) -> Result<Arc<dyn FileSource>> {
        match source.downcast_ref::<ParquetSource>() {
            Some(inner) => Ok(Arc::new(Self { inner: inner.clone(), scanned: self.scanned.clone() })),
            None => Err(EngineError::internal("not a source of Parquet").into_datafusion()),
        }
    }
}

impl FileSource for LakeSource {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        self.inner.create_file_opener(store, config, partition)
    }

    fn create_morselizer(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> Result<Box<dyn Morselizer>> {
        let mut config = config.clone();
        config.file_groups = Vec::new();
        let mut inner = self.inner.clone();
        // Without any filter, columns are not mapped where a file happens to have the table's names and types.
        if inner.filter().is_none() {
            inner = inner.with_predicate(lit(true));
        }
        let predicate = self.inner.filter();
        let schema = self.inner.table_schema().table_schema();
        let misled = predicate.as_ref().is_some_and(|predicate| misleads(predicate, schema));
        let changing = predicate.filter(|p| DynamicFilterTracking::classify(p).contains_dynamic_filter());
        let scanned = self.scanned.clone();
        Ok(Box::new(LakeMorselizer(Arc::new(Opening { inner, scanned, store, config, partition, changing, misled }))))
    }

    fn table_schema(&self) -> &TableSchema {
        self.inner.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        let source = self.inner.with_batch_size(batch_size);
        self.wrapped(&source).unwrap_or(source)
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.inner.filter()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.inner.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.inner.metrics()
    }

    fn file_type(&self) -> &str {
        self.inner.file_type()
    }

    fn fmt_extra(&self, kind: DisplayFormatType, f: &mut Formatter) -> fmt::Result {
        self.inner.fmt_extra(kind, f)
    }

    fn supports_repartitioning(&self) -> bool {
        self.inner.supports_repartitioning()
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        for filter in &filters {
            refuse_row_index(filter)?;
        }
        let nested: Vec<bool> = filters.iter().map(|filter| self.is_over_nested(filter)).collect();
        let mut pushed = self.inner.try_pushdown_filters(filters, config)?;
        // Whether a file can filter by a part of a column is only known when it is opened: the plan filters again.
        for (pushed, nested) in pushed.filters.iter_mut().zip(nested) {
            if nested {
                *pushed = PushedDown::No;
            }
        }
        pushed.updated_node = pushed.updated_node.map(|source| self.wrapped(&source)).transpose()?;
        Ok(pushed)
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
        properties: &EquivalenceProperties,
    ) -> Result<SortOrderPushdownResult<Arc<dyn FileSource>>> {
        Ok(match self.inner.try_pushdown_sort(order, properties)? {
            SortOrderPushdownResult::Exact { inner } => SortOrderPushdownResult::Exact { inner: self.wrapped(&inner)? },
            SortOrderPushdownResult::Inexact { inner } => {
                SortOrderPushdownResult::Inexact { inner: self.wrapped(&inner)? }
            }
            SortOrderPushdownResult::Unsupported => SortOrderPushdownResult::Unsupported,
        })
    }

    fn reorder_files(&self, files: Vec<PartitionedFile>) -> Vec<PartitionedFile> {
        self.inner.reorder_files(files)
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        for projected in projection.iter() {
            refuse_row_index(&projected.expr)?;
        }
        let pushed = self.inner.try_pushdown_projection(projection)?;
        pushed.map(|source| self.wrapped(&source)).transpose()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.inner.apply_expressions(f)
    }
}

impl LakeSource {
    fn is_over_nested(&self, filter: &Arc<dyn PhysicalExpr>) -> bool {
        let schema = self.inner.table_schema().table_schema();
        collect_columns(filter)
            .iter()
            .any(|column| schema.field_with_name(column.name()).is_ok_and(|field| field.data_type().is_nested()))
    }
}

/// Columns of lake tables are mapped one by one, and this is none of a file's.
fn refuse_row_index(expr: &Arc<dyn PhysicalExpr>) -> Result<()> {
    match expr_references_scalar_udf::<FileRowIndexFunc>(expr) {
        true => Err(EngineError::new(ErrorCode::Unsupported, "file_row_index() of a table of a table format")
            .with_hint("it is there for Parquet files; row_number() OVER (ORDER BY ...) numbers rows")
            .into_datafusion()),
        false => Ok(()),
    }
}
