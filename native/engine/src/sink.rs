//! Rows as a file of one of the formats that people and tools read: for results of queries and for the command line's
//! files, so that the same values are the same text in both.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, StringBuilder, new_null_array};
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::arrow::json::writer::{EncoderOptions, JsonArray, LineDelimited, Writer, WriterBuilder, make_encoder};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result};

/// Most rows of a row group, and bytes that one is estimated to take: it is held until it is whole.
const ROW_GROUP_ROWS: usize = 128 << 10;
const ROW_GROUP_BYTES: usize = 32 << 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    Csv,
    /// One array of objects.
    Json,
    Ndjson,
    Parquet,
    /// An Arrow IPC file; of a query's result, bare messages.
    #[default]
    Arrow,
}

impl OutputFormat {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Ndjson => "NDJSON",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
        }
    }

    /// Whether rows of `schema` can be written, whatever their values are; otherwise says which column is in the way.
    pub(crate) fn check(self, schema: &Schema) -> Result<()> {
        if matches!(self, Self::Json | Self::Ndjson | Self::Parquet) {
            self.check_names(schema)?;
        }
        for field in schema.fields() {
            let written = match self {
                Self::Json | Self::Ndjson => as_json(field),
                Self::Csv if field.data_type().is_nested() => as_json(field),
                Self::Parquet if !is_plain(field.data_type()) => as_parquet(field),
                Self::Csv | Self::Parquet | Self::Arrow => Ok(()),
            };
            written.map_err(|e| {
                let (name, data_type) = (field.name(), field.data_type());
                let message =
                    format!("column \"{name}\" of type {data_type} cannot be written as {}: {e}", self.name());
                EngineError::new(ErrorCode::Unsupported, message)
                    .with_hint("leave the column out, cast it, or ask for Arrow")
            })?;
        }
        Ok(())
    }

    /// Readers find a column by its name.
    fn check_names(self, schema: &Schema) -> Result<()> {
        let mut names = HashSet::new();
        match schema.fields().iter().find(|field| !names.insert(field.name())) {
            Some(twice) => {
                let message = format!("two columns are called \"{}\", which {} cannot hold", twice.name(), self.name());
                Err(EngineError::new(ErrorCode::InvalidArgument, message)
                    .with_hint("give one of them another name with AS"))
            }
            None => Ok(()),
        }
    }
}

fn json_options() -> EncoderOptions {
    EncoderOptions::default().with_explicit_nulls(true)
}

fn as_json(field: &FieldRef) -> std::result::Result<(), ArrowError> {
    let empty = datafusion::arrow::array::new_empty_array(field.data_type());
    make_encoder(field, &empty, &json_options()).map(|_| ())
}

/// Types that every Parquet file can hold.
fn is_plain(data_type: &DataType) -> bool {
    use DataType as T;
    data_type.is_numeric() || matches!(data_type, T::Boolean | T::Utf8 | T::Binary | T::Date32 | T::Timestamp(..))
}

/// Some types are only refused once there is a row.
fn as_parquet(field: &FieldRef) -> std::result::Result<(), ArrowError> {
    let nullable = Field::new(field.name(), field.data_type().clone(), true);
    let schema = Arc::new(Schema::new(vec![nullable]));
    let row = RecordBatch::try_new(schema.clone(), vec![new_null_array(field.data_type(), 1)])?;
    let mut writer = ArrowWriter::try_new(std::io::sink(), schema, None)?;
    writer.write(&row)?;
    writer.close()?;
    Ok(())
}

/// Where rows become bytes.
pub(crate) enum Sink<W: Write + Send> {
    Csv(Box<csv::Writer<W>>),
    Json(Writer<W, JsonArray>),
    Ndjson(Writer<W, LineDelimited>),
    Parquet(Box<ArrowWriter<W>>),
    Arrow(Box<FileWriter<W>>),
}

type Written<T> = std::result::Result<T, ArrowError>;

impl<W: Write + Send> Sink<W> {
    /// For rows of `schema`, which `format` has checked.
    pub(crate) fn new(out: W, format: OutputFormat, schema: &SchemaRef) -> Written<Self> {
        let nulls = WriterBuilder::new().with_explicit_nulls(true);
        Ok(match format {
            OutputFormat::Csv => {
                let mut sink = Sink::Csv(Box::new(csv::WriterBuilder::new().with_header(true).build(out)));
                // The header is there even when no row follows.
                sink.write(&RecordBatch::new_empty(schema.clone()))?;
                sink
            }
            OutputFormat::Json => Sink::Json(nulls.build::<_, JsonArray>(out)),
            OutputFormat::Ndjson => Sink::Ndjson(nulls.build::<_, LineDelimited>(out)),
            OutputFormat::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
                    .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
                    .build();
                Sink::Parquet(Box::new(ArrowWriter::try_new(out, schema.clone(), Some(properties))?))
            }
            OutputFormat::Arrow => Sink::Arrow(Box::new(FileWriter::try_new(out, schema)?)),
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Written<()> {
        match self {
            Sink::Csv(writer) => writer.write(&with_nested_as_json(batch)?),
            Sink::Json(writer) => writer.write(batch),
            Sink::Ndjson(writer) => writer.write(batch),
            Sink::Parquet(writer) => Ok(writer.write(batch)?),
            Sink::Arrow(writer) => writer.write(batch),
        }
    }

    /// Writes what ends the file; nothing may be written after it.
    pub(crate) fn finish(&mut self) -> Written<()> {
        match self {
            // Has written everything with the last batch.
            Sink::Csv(_) => Ok(()),
            Sink::Json(writer) => {
                writer.finish()?;
                Ok(writer.get_mut().flush()?)
            }
            Sink::Ndjson(writer) => {
                writer.finish()?;
                Ok(writer.get_mut().flush()?)
            }
            Sink::Parquet(writer) => {
                writer.finish()?;
                Ok(())
            }
            Sink::Arrow(writer) => writer.finish(),
        }
    }
}

/// A cell of CSV is one text: what is nested stands there as JSON.
fn with_nested_as_json(batch: &RecordBatch) -> Written<RecordBatch> {
    let schema = batch.schema();
    if !schema.fields().iter().any(|field| field.data_type().is_nested()) {
        return Ok(batch.clone());
    }
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        match field.data_type().is_nested() {
            true => {
                fields.push(Arc::new(Field::new(field.name(), DataType::Utf8, true)));
                columns.push(json_texts(field, column)?);
            }
            false => {
                fields.push(field.clone());
                columns.push(column.clone());
            }
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn json_texts(field: &FieldRef, array: &ArrayRef) -> Written<ArrayRef> {
    let options = json_options();
    let mut encoder = make_encoder(field, array, &options)?;
    let mut texts = StringBuilder::new();
    let mut text = Vec::new();
    for row in 0..array.len() {
        if encoder.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        encoder.encode(row, &mut text);
        texts.append_value(std::str::from_utf8(&text).map_err(|e| ArrowError::CsvError(e.to_string()))?);
    }
    Ok(Arc::new(texts.finish()))
}
