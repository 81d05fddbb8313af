//! One version of a table, of whatever kind, and the scan over it as plans see it.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use serde::Serialize;

use crate::error::Result;
use crate::statistics::TableStatistics;
use crate::wire::compatible_schema;

/// What listings show of a table.
#[derive(Clone, Debug, Serialize)]
pub struct TableInfo {
    pub format: &'static str,
    pub files: usize,
    pub bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    pub partitions: Vec<String>,
}

/// What a kind of table has to tell. Immutable: all rows are those of one version.
#[async_trait]
pub(crate) trait TableSource: Send + Sync {
    /// As plans see it.
    fn schema(&self) -> SchemaRef;

    fn info(&self) -> TableInfo;

    /// Adds what tells this version of the data from another one, and not where it is mounted.
    fn hash(&self, hasher: &mut dyn Hasher);

    /// `projection` are indexes into the schema. Filters are hints: the plan above applies them again unless
    /// [`TableSource::pushdown`] says otherwise.
    ///
    /// A run in parts reads `state.config().get_extension::<Part>()`, see [`TableSource::pieces`].
    async fn scan(
        &self,
        state: &dyn Session,
        projection: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>>;

    fn pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    /// What is known without reading rows.
    fn statistics(&self) -> TableStatistics {
        TableStatistics { rows: self.info().rows, columns: Vec::new() }
    }

    /// Into how many parts a scan can usefully be divided; `None`: it does not heed parts.
    fn pieces(&self) -> Option<u64>;

    /// A newer version, or `None` when this one is the newest, or the only one.
    async fn refresh(&self) -> Result<Option<Table>> {
        Ok(None)
    }
}

/// Immutable. Dropping the last reference takes its files out of reach of plans.
pub struct Table {
    source: Arc<dyn TableSource>,
}

impl Table {
    pub(crate) fn new(source: impl TableSource + 'static) -> Self {
        Self { source: Arc::new(source) }
    }

    pub fn info(&self) -> TableInfo {
        self.source.info()
    }

    /// What file footers or the metadata of the table tell; reads nothing. Not kept.
    pub fn statistics(&self) -> TableStatistics {
        self.source.statistics()
    }

    /// As plans see it.
    pub fn schema(&self) -> SchemaRef {
        self.source.schema()
    }

    /// As it goes over the wire.
    pub fn wire_schema(&self) -> SchemaRef {
        compatible_schema(&self.schema())
    }

    pub(crate) fn hash(&self, hasher: &mut dyn Hasher) {
        self.source.hash(hasher);
    }

    pub(crate) async fn refresh(&self) -> Result<Option<Table>> {
        self.source.refresh().await
    }
}

/// Adds `text` so that two texts in a row are not taken for one.
pub(crate) fn hash_text(hasher: &mut dyn Hasher, text: &str) {
    hasher.write(text.as_bytes());
    hasher.write(&[0xFF]);
}

/// A [`Table`] in a plan. Keeps it open.
pub(crate) struct TableScan {
    table: Arc<Table>,
}

impl TableScan {
    pub(crate) fn new(table: Arc<Table>) -> Self {
        Self { table }
    }

    /// See [`TableSource::pieces`].
    pub(crate) fn pieces(&self) -> Option<u64> {
        self.table.source.pieces()
    }
}

impl fmt::Debug for TableScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableScan({})", self.table.info().format)
    }
}

#[async_trait]
impl TableProvider for TableScan {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = match projection {
            Some(_) => Vec::new(),
            None => (0..self.schema().fields().len()).collect(),
        };
        self.table.source.scan(state, projection.unwrap_or(&all), filters, limit).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        self.table.source.pushdown(filters)
    }
}
