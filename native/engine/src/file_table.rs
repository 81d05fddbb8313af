//! A table of files: a fixed list of them, their union schema and their statistics.

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::error::Result as DfResult;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use object_store::{ObjectMeta, ObjectStore};

use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::locate::{Format, Located, TableSpec, locate};
use crate::opener::Opener;
use crate::schema::{Merging, union};
use crate::statistics::TableStatistics;
use crate::stores::{PinnedFile, PinnedStore};
use crate::table::{Table, TableInfo, TableSource, hash_text};
use crate::{parts, scan, statistics};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Files that one scan can read together: same format, same columns.
pub(crate) struct ScanGroup {
    pub(crate) format: Arc<dyn FileFormat>,
    /// Columns of these files.
    pub(crate) file_schema: SchemaRef,
    /// Whether a range of bytes of a file can be read by itself, each row in one range.
    pub(crate) has_ranges: bool,
    pub(crate) files: Vec<PartitionedFile>,
}

/// Immutable. Dropping the last reference takes its files out of reach of plans.
pub(crate) struct FileTable {
    core: Arc<Core>,
    spec: TableSpec,
    format: Format,
    files: Vec<PinnedFile>,
    url: ObjectStoreUrl,
    pub(crate) groups: Vec<ScanGroup>,
    pub(crate) partition_fields: Vec<FieldRef>,
    /// File columns, then partition columns.
    schema: SchemaRef,
    rows: Option<u64>,
    file_schemas: Vec<SchemaRef>,
}

async fn located(core: &Arc<Core>, spec: &TableSpec) -> Result<Located> {
    let (shared, spec) = (core.clone(), spec.clone());
    core.on_io(async move { locate(&spec, &shared.prefixes).await }).await
}

impl FileTable {
    pub(crate) async fn open(core: Arc<Core>, spec: TableSpec) -> Result<Self> {
        let located = located(&core, &spec).await?;
        Self::build(core, spec, located, &HashMap::new()).await
    }

    async fn build(
        core: Arc<Core>,
        spec: TableSpec,
        located: Located,
        known: &HashMap<&str, (&ObjectMeta, &SchemaRef)>,
    ) -> Result<Self> {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let url = ObjectStoreUrl::parse(format!("dataset://v{id}"))?;
        let store: Arc<dyn ObjectStore> =
            Arc::new(PinnedStore::new(&located.files, core.io_handle()).of_parquet(located.format == Format::Parquet));
        let state = core.base_state();
        let opener = Opener { state: &state, store: &store, spec: &spec, format: located.format };

        let kinds = opener.kinds(&located.files).await?;
        let file_schemas = opener.schemas(&located.files, &kinds, known).await?;
        let named: Vec<(String, SchemaRef)> =
            located.files.iter().zip(&file_schemas).map(|(f, s)| (below(&spec, f), s.clone())).collect();
        let file_schema = union(&spec.name, &named, Merging::of(located.format))?;
        let partition_fields = partition_fields(&spec, &located.partition_columns, &file_schema)?;
        let groups = opener.groups(&located, &kinds, &file_schemas, &file_schema).await?;
        let rows = groups.iter().flat_map(|group| &group.files).map(exact_rows).sum::<Option<u64>>();

        let mut fields: Vec<FieldRef> = file_schema.fields().iter().cloned().collect();
        fields.extend(partition_fields.iter().cloned());
        core.registry_put(&url, store);
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            format: located.format,
            files: located.files,
            core,
            spec,
            url,
            groups,
            partition_fields,
            rows,
            file_schemas,
        })
    }

    pub(crate) fn url(&self) -> &ObjectStoreUrl {
        &self.url
    }
}

#[async_trait]
impl TableSource for FileTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn info(&self) -> TableInfo {
        TableInfo {
            format: self.format.name(),
            files: self.files.len(),
            bytes: self.files.iter().map(|file| file.shown.size).sum(),
            rows: self.rows,
            partitions: self.partition_fields.iter().map(|field| field.name().clone()).collect(),
        }
    }

    fn hash(&self, mut hasher: &mut dyn Hasher) {
        hash_text(&mut hasher, &self.spec.name);
        // The same bytes read in another way are other rows.
        let reading = (self.format, &self.spec.partitions, &self.spec.csv);
        hash_text(&mut hasher, &format!("{reading:?}"));
        for file in &self.files {
            hash_text(&mut hasher, file.shown.location.as_ref());
            let (size, modified) = (file.real.size, file.real.last_modified.timestamp_micros());
            let tag = file.real.e_tag.as_deref().unwrap_or_default();
            hash_text(&mut hasher, &format!("{size} {modified} {tag}"));
        }
    }

    async fn refresh(&self) -> Result<Option<Table>> {
        let located = located(&self.core, &self.spec).await?;
        let unchanged = located.files.len() == self.files.len()
            && located
                .files
                .iter()
                .zip(&self.files)
                .all(|(now, then)| now.shown.location == then.shown.location && then.real == now.real);
        if unchanged {
            return Ok(None);
        }
        let known: HashMap<&str, (&ObjectMeta, &SchemaRef)> = self
            .files
            .iter()
            .zip(&self.file_schemas)
            .map(|(file, schema)| (file.shown.location.as_ref(), (&file.real, schema)))
            .collect();
        let newer = Self::build(self.core.clone(), self.spec.clone(), located, &known).await?;
        Ok(Some(Table::new(newer)))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        scan::plan(self, state, projection, filters, limit).await
    }

    fn statistics(&self) -> TableStatistics {
        let files = self.groups.iter().flat_map(|group| &group.files);
        // Only those of Parquet files have any, and they all have the columns of the table.
        statistics::of_files(&self.schema, self.rows, files.map(|file| file.statistics.as_deref()))
    }

    fn pieces(&self) -> Option<u64> {
        Some(self.groups.iter().map(parts::pieces).sum())
    }
}

impl Drop for FileTable {
    fn drop(&mut self) {
        self.core.registry_drop(&self.url);
    }
}

fn below(spec: &TableSpec, file: &PinnedFile) -> String {
    let shown = file.shown.location.as_ref();
    shown.strip_prefix(&format!("{}/", spec.name)).unwrap_or(shown).to_string()
}

fn exact_rows(file: &PartitionedFile) -> Option<u64> {
    match file.statistics.as_ref()?.num_rows {
        Precision::Exact(rows) => Some(rows as u64),
        _ => None,
    }
}

fn partition_fields(spec: &TableSpec, columns: &[(String, DataType)], file_schema: &Schema) -> Result<Vec<FieldRef>> {
    for (name, _) in columns {
        if file_schema.column_with_name(name).is_some() {
            let message = format!("{}: \"{name}\" is a partition folder and a column of the files", spec.name);
            return Err(EngineError::new(ErrorCode::SchemaConflict, message)
                .with_hint("rename one of them; which of the two values holds cannot be told"));
        }
    }
    Ok(columns.iter().map(|(name, data_type)| Arc::new(Field::new(name, data_type.clone(), true))).collect())
}
