//! TPC-H tables as Parquet files, for demos, tests and benchmarks.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RecordBatchIterator, RegionArrow,
    SupplierArrow,
};

use crate::error::{EngineError, ErrorCode, Result};

/// Largest scale factor: about a terabyte of files.
const MAX_SCALE: f64 = 3_000.0;
/// Largest first, so that the threads end together.
const TABLES: [&str; 8] = ["lineitem", "orders", "partsupp", "customer", "part", "supplier", "nation", "region"];

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TpchSpec {
    /// 1 is 6 million rows of lineitem.
    pub scale: f64,
    /// Made when it is missing; files in it are replaced.
    pub folder: PathBuf,
    pub threads: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct TpchTable {
    pub name: String,
    pub rows: u64,
    pub bytes: u64,
}

/// Writes `<table>.parquet` for the eight tables. Blocks; deterministic for a scale.
pub fn generate(spec: &TpchSpec) -> Result<Vec<TpchTable>> {
    if !(spec.scale > 0.0 && spec.scale <= MAX_SCALE) {
        let message = format!("scale: {} (expected: above 0, up to {MAX_SCALE})", spec.scale);
        return Err(EngineError::new(ErrorCode::InvalidArgument, message));
    }
    std::fs::create_dir_all(&spec.folder).map_err(|e| io_error(&spec.folder, &e))?;
    let queue = Mutex::new(TABLES.iter());
    let done: Mutex<Vec<Result<TpchTable>>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..spec.threads.clamp(1, TABLES.len()) {
            scope.spawn(|| {
                loop {
                    let Some(name) = queue.lock().next() else { break };
                    let written = write(name, spec);
                    done.lock().push(written);
                }
            });
        }
    });
    let mut tables = done.into_inner().into_iter().collect::<Result<Vec<_>>>()?;
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

fn rows_of(name: &str, scale: f64) -> Box<dyn RecordBatchIterator> {
    match name {
        "lineitem" => Box::new(LineItemArrow::new(LineItemGenerator::new(scale, 1, 1))),
        "orders" => Box::new(OrderArrow::new(OrderGenerator::new(scale, 1, 1))),
        "partsupp" => Box::new(PartSuppArrow::new(PartSuppGenerator::new(scale, 1, 1))),
        "customer" => Box::new(CustomerArrow::new(CustomerGenerator::new(scale, 1, 1))),
        "part" => Box::new(PartArrow::new(PartGenerator::new(scale, 1, 1))),
        "supplier" => Box::new(SupplierArrow::new(SupplierGenerator::new(scale, 1, 1))),
        "nation" => Box::new(NationArrow::new(NationGenerator::new(scale, 1, 1))),
        _ => Box::new(RegionArrow::new(RegionGenerator::new(scale, 1, 1))),
    }
}

fn write(name: &str, spec: &TpchSpec) -> Result<TpchTable> {
    let path = spec.folder.join(format!("{name}.parquet"));
    let file = File::create(&path).map_err(|e| io_error(&path, &e))?;
    let batches = rows_of(name, spec.scale);
    let schema = plain(batches.schema());
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let failed = |e: datafusion::parquet::errors::ParquetError| {
        EngineError::new(ErrorCode::Internal, format!("{}: {e}", path.display()))
    };
    let mut writer = ArrowWriter::try_new(BufWriter::new(file), schema.clone(), Some(properties)).map_err(failed)?;
    let mut rows = 0;
    for batch in batches {
        rows += batch.num_rows() as u64;
        writer.write(&with_schema(&schema, &batch)?).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    let bytes = std::fs::metadata(&path).map_err(|e| io_error(&path, &e))?.len();
    Ok(TpchTable { name: name.to_string(), rows, bytes })
}

/// The generator's views as plain strings, which every Parquet reader maps to its own string type.
fn plain(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8View => Field::new(field.name(), DataType::Utf8, field.is_nullable()),
        _ => field.as_ref().clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn with_schema(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch> {
    let columns: std::result::Result<Vec<_>, _> =
        batch.columns().iter().zip(schema.fields()).map(|(column, field)| cast(column, field.data_type())).collect();
    let batch = columns.and_then(|columns| RecordBatch::try_new(schema.clone(), columns));
    batch.map_err(|e| EngineError::internal(e.to_string()))
}

fn io_error(path: &Path, error: &std::io::Error) -> EngineError {
    EngineError::new(ErrorCode::InvalidArgument, format!("{}: {error}", path.display()))
}
