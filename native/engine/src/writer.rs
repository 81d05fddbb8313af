//! Rows into a file of any of the formats that the command line offers.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::arrow::json::writer::{JsonArray, LineDelimited, Writer, WriterBuilder};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriterSpec {
    pub format: OutputFormat,
    /// Replaced when it exists; may be a device such as `/dev/stdout`.
    pub path: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    Csv,
    /// One array of objects.
    Json,
    Ndjson,
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

type Out = BufWriter<File>;

/// Takes Arrow IPC streams, all of one schema. The file is whole only after [`RowWriter::close`]; whoever cannot
/// get there calls [`RowWriter::abort`].
pub struct RowWriter {
    spec: WriterSpec,
    sink: Option<(SchemaRef, Sink)>,
}

enum Sink {
    Csv(Box<csv::Writer<Out>>),
    Json(Writer<Out, JsonArray>),
    Ndjson(Writer<Out, LineDelimited>),
    Parquet(Box<ArrowWriter<Out>>),
    Arrow(Box<FileWriter<Out>>),
}

impl RowWriter {
    pub fn open(spec: WriterSpec) -> Self {
        Self { spec, sink: None }
    }

    /// `ipc`: one complete Arrow IPC stream; the first call creates the file. Blocks.
    pub fn write(&mut self, ipc: &[u8]) -> Result<()> {
        let reader = StreamReader::try_new(ipc, None)
            .map_err(|e| EngineError::new(ErrorCode::InvalidArgument, format!("rows: not an Arrow IPC stream: {e}")))?;
        let schema = reader.schema();
        if self.sink.is_none() {
            self.sink = Some((schema.clone(), self.create(&schema)?));
        }
        let path = self.spec.path.display().to_string();
        let Some((expected, sink)) = &mut self.sink else {
            return Err(EngineError::internal("no sink"));
        };
        if *expected != schema {
            return Err(EngineError::new(ErrorCode::InvalidArgument, "rows: the schema changed between two writes"));
        }
        for batch in reader {
            sink.write(&batch.map_err(|e| failed(&path, e))?).map_err(|e| failed(&path, e))?;
        }
        Ok(())
    }

    /// Finishes the file. Blocks.
    pub fn close(self) -> Result<()> {
        let path = self.spec.path.display().to_string();
        match self.sink {
            Some((_, sink)) => sink.close().map_err(|e| failed(&path, e)),
            None => Ok(()),
        }
    }

    /// Gives up and removes what was written.
    pub fn abort(self) {
        let created = self.sink.is_some();
        drop(self.sink);
        if created && self.spec.path.is_file() {
            // If it cannot be removed the caller could do no more about it.
            let _ = std::fs::remove_file(&self.spec.path);
        }
    }

    fn create(&self, schema: &SchemaRef) -> Result<Sink> {
        let path = self.spec.path.display().to_string();
        let file = File::create(&self.spec.path).map_err(|e| failed(&path, ArrowError::from(e)))?;
        let out = BufWriter::new(file);
        let nulls = WriterBuilder::new().with_explicit_nulls(true);
        Ok(match self.spec.format {
            OutputFormat::Csv => {
                // The header is there even when no row follows.
                let mut writer = csv::WriterBuilder::new().with_header(true).build(out);
                writer.write(&RecordBatch::new_empty(schema.clone())).map_err(|e| failed(&path, e))?;
                Sink::Csv(Box::new(writer))
            }
            OutputFormat::Json => Sink::Json(nulls.build::<_, JsonArray>(out)),
            OutputFormat::Ndjson => Sink::Ndjson(nulls.build::<_, LineDelimited>(out)),
            OutputFormat::Parquet => {
                let compression = Compression::ZSTD(ZstdLevel::default());
                let properties = WriterProperties::builder().set_compression(compression).build();
                let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties));
                Sink::Parquet(Box::new(writer.map_err(|e| failed(&path, e.into()))?))
            }
            OutputFormat::Arrow => {
                Sink::Arrow(Box::new(FileWriter::try_new(out, schema).map_err(|e| failed(&path, e))?))
            }
        })
    }
}

impl Sink {
    fn write(&mut self, batch: &RecordBatch) -> std::result::Result<(), ArrowError> {
        match self {
            Sink::Csv(writer) => writer.write(batch),
            Sink::Json(writer) => writer.write(batch),
            Sink::Ndjson(writer) => writer.write(batch),
            Sink::Parquet(writer) => Ok(writer.write(batch)?),
            Sink::Arrow(writer) => writer.write(batch),
        }
    }

    fn close(self) -> std::result::Result<(), ArrowError> {
        use std::io::Write;
        match self {
            Sink::Csv(writer) => Ok(writer.into_inner().flush()?),
            Sink::Json(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner().flush()?)
            }
            Sink::Ndjson(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner().flush()?)
            }
            Sink::Parquet(writer) => {
                writer.close()?;
                Ok(())
            }
            Sink::Arrow(mut writer) => writer.finish(),
        }
    }
}

fn failed(path: &str, error: ArrowError) -> EngineError {
    EngineError::new(ErrorCode::InvalidArgument, format!("writing {path}: {error}"))
}
