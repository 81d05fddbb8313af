//! One version of a table: a fixed list of files, their union schema and their statistics.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::execution::SessionState;
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde::Serialize;

use crate::arrow_file;
use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result, store_error};
use crate::locate::{Format, Located, TableSpec, compression_ending, locate};
use crate::schema::{Merging, union};
use crate::stores::{PinnedFile, PinnedStore};
use crate::wire::compatible_schema;

/// Files whose footers are read at the same time.
const METADATA_CONCURRENCY: usize = 32;
/// Rows that the types of CSV columns are guessed from, a file. A value further down that does not fit is an error.
const CSV_SAMPLE_ROWS: usize = 10_000;
/// The same for NDJSON, where a key that first occurs further down would be left out.
const NDJSON_SAMPLE_ROWS: usize = 1_000_000;

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

/// How one file has to be read, beyond its table's format.
#[derive(Clone, PartialEq, Eq, Hash)]
struct FileKind {
    compression: Option<&'static str>,
    json_array: bool,
}

struct Opener<'a> {
    state: &'a SessionState,
    store: &'a Arc<dyn ObjectStore>,
    spec: &'a TableSpec,
    format: Format,
}

impl Opener<'_> {
    async fn kinds(&self, files: &[PinnedFile]) -> Result<Vec<FileKind>> {
        let text = matches!(self.format, Format::Csv | Format::Ndjson);
        let kinds = files.iter().map(|file| async move {
            let compression = compression_ending(file.shown.location.as_ref()).filter(|_| text);
            let peek = self.format == Format::Ndjson && compression.is_none();
            let json_array = if peek {
                let start = self.store.get_range(&file.shown.location, 0..file.shown.size.min(64)).await;
                let start = start.map_err(|e| self.bad(file, store_error(&e)))?;
                start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
            } else {
                false
            };
            Ok::<_, EngineError>(FileKind { compression, json_array })
        });
        concurrently(kinds.collect()).await
    }

    async fn schemas(
        &self,
        files: &[PinnedFile],
        kinds: &[FileKind],
        known: &HashMap<&str, (&ObjectMeta, &SchemaRef)>,
    ) -> Result<Vec<SchemaRef>> {
        let schemas = files.iter().zip(kinds).map(|(file, kind)| async move {
            if let Some((meta, schema)) = known.get(file.shown.location.as_ref())
                && **meta == file.real
            {
                return Ok((*schema).clone());
            }
            let schema = match self.format {
                Format::Arrow => arrow_file::schema_of(self.store, &file.shown).await,
                _ => {
                    let format = self.file_format(kind)?;
                    let meta = std::slice::from_ref(&file.shown);
                    let schema = format.infer_schema(self.state, self.store, meta).await.map_err(EngineError::from);
                    if self.format == Format::Csv { schema.map(|schema| text_where_unknown(&schema)) } else { schema }
                }
            };
            schema.map_err(|error| self.bad(file, error))
        });
        concurrently(schemas.collect()).await
    }

    /// CSV and Arrow files are read by position, so files with different columns need scans of their own; Arrow files keep
    /// their own types, which the scan casts. Parquet and NDJSON are read by name.
    async fn groups(
        &self,
        located: &Located,
        kinds: &[FileKind],
        file_schemas: &[SchemaRef],
        union: &SchemaRef,
    ) -> Result<Vec<ScanGroup>> {
        let mut groups: Vec<ScanGroup> = Vec::new();
        let mut index: HashMap<(FileKind, SchemaRef), usize> = HashMap::new();
        for (i, file) in located.files.iter().enumerate() {
            let file_schema = match self.format {
                Format::Csv => select(union, &file_schemas[i])?,
                Format::Arrow => file_schemas[i].clone(),
                Format::Parquet | Format::Ndjson => union.clone(),
            };
            let key = (kinds[i].clone(), file_schema);
            let at = match index.get(&key) {
                Some(at) => *at,
                None => {
                    let (format, file_schema) = (self.file_format(&kinds[i])?, key.1.clone());
                    groups.push(ScanGroup { format, file_schema, files: Vec::new() });
                    index.insert(key, groups.len() - 1);
                    groups.len() - 1
                }
            };
            let values = located.partition_values[i].clone();
            groups[at].files.push(partitioned(&file.shown, values));
        }
        if self.format == Format::Parquet {
            for group in &mut groups {
                self.add_statistics(group).await?;
            }
        }
        Ok(groups)
    }

    async fn add_statistics(&self, group: &mut ScanGroup) -> Result<()> {
        let (format, schema) = (group.format.clone(), group.file_schema.clone());
        let files = std::mem::take(&mut group.files);
        let with_statistics = files.into_iter().map(|file| {
            let (format, schema) = (format.clone(), schema.clone());
            async move {
                let meta = file.object_meta.clone();
                let statistics = format.infer_stats(self.state, self.store, schema, &meta).await?;
                Ok::<_, EngineError>(with_partition_nulls(file.with_statistics(Arc::new(statistics))))
            }
        });
        group.files = concurrently(with_statistics.collect()).await?;
        Ok(())
    }

    fn file_format(&self, kind: &FileKind) -> Result<Arc<dyn FileFormat>> {
        let compression = match kind.compression {
            None => FileCompressionType::UNCOMPRESSED,
            Some(".gz") => FileCompressionType::GZIP,
            Some(".zst") => FileCompressionType::ZSTD,
            Some(".bz2") => FileCompressionType::BZIP2,
            Some(_) => FileCompressionType::XZ,
        };
        Ok(match self.format {
            Format::Parquet => {
                let options = self.state.config().options().execution.parquet.clone();
                let options = datafusion::common::config::TableParquetOptions { global: options, ..Default::default() };
                Arc::new(ParquetFormat::default().with_options(options))
            }
            Format::Csv => {
                let delimiter = self.spec.csv.delimiter;
                if !delimiter.is_ascii() {
                    let message = format!("csv delimiter: \"{delimiter}\" (expected: one ASCII character)");
                    return Err(EngineError::new(ErrorCode::InvalidArgument, message));
                }
                Arc::new(
                    CsvFormat::default()
                        .with_has_header(self.spec.csv.header)
                        .with_delimiter(delimiter as u8)
                        .with_newlines_in_values(true)
                        .with_schema_infer_max_rec(CSV_SAMPLE_ROWS)
                        .with_file_compression_type(compression),
                )
            }
            Format::Ndjson => Arc::new(
                JsonFormat::default()
                    .with_newline_delimited(!kind.json_array)
                    .with_schema_infer_max_rec(NDJSON_SAMPLE_ROWS)
                    .with_file_compression_type(compression),
            ),
            Format::Arrow => Arc::new(ArrowFormat),
        })
    }

    /// The failure of one file of several, with its name in front.
    fn bad(&self, file: &PinnedFile, error: EngineError) -> EngineError {
        let message = format!("file {}: {}", file.shown.location, error.message);
        let code = match error.code {
            ErrorCode::Internal | ErrorCode::InvalidValue | ErrorCode::InvalidSql => ErrorCode::SourceInvalid,
            code => code,
        };
        let hint = error.hint.unwrap_or_else(|| {
            format!("the file is damaged or not {}; write it again or leave it out", self.format.name())
        });
        EngineError::new(code, message).with_hint(hint)
    }
}

/// The columns of one file, in its order, with the types of the union.
fn select(union: &SchemaRef, file: &SchemaRef) -> Result<SchemaRef> {
    let fields: std::result::Result<Vec<FieldRef>, _> =
        file.fields().iter().map(|field| union.field_with_name(field.name()).map(|f| Arc::new(f.clone()))).collect();
    Ok(Arc::new(Schema::new(fields.map_err(|e| EngineError::internal(e.to_string()))?)))
}

fn partitioned(meta: &ObjectMeta, values: Vec<ScalarValue>) -> PartitionedFile {
    let mut file: PartitionedFile = meta.clone().into();
    file.partition_values = values;
    file
}

/// DataFusion counts no NULL among partition values; a file in Hive's folder for NULL has nothing else.
fn with_partition_nulls(mut file: PartitionedFile) -> PartitionedFile {
    let Some(statistics) = file.statistics.take() else {
        return file;
    };
    let mut statistics = Arc::unwrap_or_clone(statistics);
    let first = statistics.column_statistics.len().saturating_sub(file.partition_values.len());
    for (column, value) in statistics.column_statistics[first..].iter_mut().zip(&file.partition_values) {
        if value.is_null() {
            *column = ColumnStatistics { null_count: statistics.num_rows, ..ColumnStatistics::new_unknown() };
        }
    }
    file.statistics = Some(Arc::new(statistics));
    file
}

/// A CSV column without any value in the sample may hold anything further down.
fn text_where_unknown(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Null => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        _ => field.clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The results in the order of the futures. These come as a list, not as a stream that makes them: a closure over
/// references inside of a stream is not provably `Send`.
async fn concurrently<T>(futures: Vec<impl Future<Output = Result<T>>>) -> Result<Vec<T>> {
    stream::iter(futures).buffered(METADATA_CONCURRENCY).try_collect().await
}
