//! How the files of a table are opened: what each is, its columns, and which of them one scan can read together.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::common::{ColumnStatistics, ScalarValue};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::execution::SessionState;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::arrow_file;
use crate::error::{EngineError, ErrorCode, Result, store_error};
use crate::file_table::ScanGroup;
use crate::locate::{Format, Located, TableSpec, compression_ending};
use crate::stores::PinnedFile;

/// Files whose footers are read at the same time.
const METADATA_CONCURRENCY: usize = 32;
/// Rows that the types of CSV columns are guessed from, a file. A value further down that does not fit is an error.
const CSV_SAMPLE_ROWS: usize = 10_000;
/// The same for NDJSON, where a key that first occurs further down would be left out.
const NDJSON_SAMPLE_ROWS: usize = 1_000_000;
/// Bytes that tell an array of JSON objects from lines of them, and an Arrow file from a stream.
const PEEK_BYTES: u64 = 64;
const ARROW_FILE_MAGIC: &[u8] = b"ARROW1";

/// How one file has to be read, beyond its table's format.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct FileKind {
    compression: Option<&'static str>,
    json_array: bool,
    arrow_stream: bool,
}

pub(crate) struct Opener<'a> {
    pub(crate) state: &'a SessionState,
    pub(crate) store: &'a Arc<dyn ObjectStore>,
    pub(crate) spec: &'a TableSpec,
    pub(crate) format: Format,
}

impl Opener<'_> {
    pub(crate) async fn kinds(&self, files: &[PinnedFile]) -> Result<Vec<FileKind>> {
        let text = matches!(self.format, Format::Csv | Format::Ndjson);
        let kinds = files.iter().map(|file| async move {
            let compression = compression_ending(file.shown.location.as_ref()).filter(|_| text);
            let peek = self.format == Format::Arrow || self.format == Format::Ndjson && compression.is_none();
            let start = if peek {
                let start = self.store.get_range(&file.shown.location, 0..file.shown.size.min(PEEK_BYTES)).await;
                start.map_err(|e| self.bad(file, store_error(&e)))?
            } else {
                Default::default()
            };
            let json_array = start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
            let arrow_stream = self.format == Format::Arrow && !start.starts_with(ARROW_FILE_MAGIC);
            Ok::<_, EngineError>(FileKind { compression, json_array, arrow_stream })
        });
        concurrently(kinds.collect()).await
    }

    pub(crate) async fn schemas(
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
    pub(crate) async fn groups(
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
                    let has_ranges = self.has_ranges(&kinds[i]);
                    groups.push(ScanGroup { format, file_schema, has_ranges, files: Vec::new() });
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

    /// Values of CSV files may hold line ends, so that a range cannot tell where its first row starts.
    fn has_ranges(&self, kind: &FileKind) -> bool {
        match self.format {
            Format::Parquet => true,
            Format::Csv => false,
            Format::Ndjson => kind.compression.is_none() && !kind.json_array,
            Format::Arrow => !kind.arrow_stream,
        }
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
        let name = format!("file {}", file.shown.location);
        let message = match error.message.starts_with(&name) {
            true => error.message,
            false => format!("{name}: {}", error.message),
        };
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
