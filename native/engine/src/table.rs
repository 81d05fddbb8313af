//! One version of a table: a fixed list of files, their union schema and their statistics.

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::execution::object_store::ObjectStoreUrl;
use object_store::{ObjectMeta, ObjectStore};
use serde::Serialize;

use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::locate::{Format, Located, TableSpec, locate};
use crate::opener::Opener;
use crate::schema::{Merging, union};
use crate::stores::{PinnedFile, PinnedStore};
use crate::wire::compatible_schema;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What listings show of a table.
#[derive(Clone, Debug, Serialize)]
pub struct TableInfo {
    pub format: Format,
    pub files: usize,
    pub bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    pub partitions: Vec<String>,
}

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
pub struct Table {
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

impl Table {
    pub(crate) async fn open(core: Arc<Core>, spec: TableSpec) -> Result<Self> {
        let located = locate(&spec, &core.prefixes).await?;
        Self::build(core, spec, located, &HashMap::new()).await
    }

    /// A newer version, or `None` when the files are the same.
    pub(crate) async fn refresh(&self) -> Result<Option<Self>> {
        let located = locate(&self.spec, &self.core.prefixes).await?;
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
        Self::build(self.core.clone(), self.spec.clone(), located, &known).await.map(Some)
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
            Arc::new(PinnedStore::new(located.store.clone(), &located.files, core.io_handle()));
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

    pub fn info(&self) -> TableInfo {
        TableInfo {
            format: self.format,
            files: self.files.len(),
            bytes: self.files.iter().map(|file| file.shown.size).sum(),
            rows: self.rows,
            partitions: self.partition_fields.iter().map(|field| field.name().clone()).collect(),
        }
    }

    /// As plans see it.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// As it goes over the wire.
    pub fn wire_schema(&self) -> SchemaRef {
        compatible_schema(&self.schema)
    }

    /// Adds what tells this version of the data from another one: the files, not where they are mounted.
    pub(crate) fn hash(&self, hasher: &mut impl Hasher) {
        let mut text = |text: &str| {
            hasher.write(text.as_bytes());
            hasher.write(&[0xFF]);
        };
        text(&self.spec.name);
        for file in &self.files {
            text(file.shown.location.as_ref());
            let (size, modified) = (file.real.size, file.real.last_modified.timestamp_micros());
            text(&format!("{size} {modified} {}", file.real.e_tag.as_deref().unwrap_or_default()));
        }
    }

    pub(crate) fn url(&self) -> &ObjectStoreUrl {
        &self.url
    }
}

impl Drop for Table {
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
