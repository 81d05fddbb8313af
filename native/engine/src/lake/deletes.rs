//! Deleted rows of data files, by position: read when a data file is opened.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast_with_options;
use datafusion::arrow::datatypes::{DataType, Int64Type, Schema};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::{
    CachedParquetFileReaderFactory, ParquetAccessPlan, ParquetFileReaderFactory, RowGroupAccess,
};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use datafusion::parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion_datasource::FileRange;
use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore};
use roaring::RoaringTreemap;

use crate::error::{EngineError, ErrorCode, Result, store_error};
use crate::lake::cache::{DeleteKey, DeleteKind, Deleted};
use crate::lake::fields::FIELD_ID;
use crate::lake::files::{Vector, VectorPlace};
use crate::lake::header::TableFormat;
use crate::lake::opening::Place;
use crate::lake::shape::STRICT;
use crate::lake::table::LakeVersion;
use crate::lake::vectors;

/// Ids and names of the columns of a file of position deletes.
const FILE_PATH: (&str, &str) = ("2147483546", "file_path");
const POSITION: (&str, &str) = ("2147483545", "pos");

/// The deleted rows of one data file, each set with the name of the file that tells of it.
pub(crate) struct DeletedRows {
    sets: Vec<DeletedSet>,
}

struct DeletedSet {
    deleted: Arc<Deleted>,
    /// Under which the data file is in it.
    file: usize,
    /// Of the delete file.
    shown: String,
}

impl LakeVersion {
    /// Of a data file. Each delete file is read once, however many data files it tells of.
    pub(crate) async fn deleted_rows(&self, file: usize) -> Result<DeletedRows> {
        let mut sets = Vec::new();
        if let Some(vector) = self.files.vector_of(file) {
            let shown = self.vector_name(file, &vector);
            let key = DeleteKey { version: self.id, kind: DeleteKind::Vector(file) };
            let deleted = self.core.deletes.get(key, self.read_vector(file, &vector, &shown)).await?;
            sets.push(DeletedSet { deleted, file, shown });
        }
        for index in self.files.position_deletes_of(file) {
            let key = DeleteKey { version: self.id, kind: DeleteKind::Positions(index) };
            let deleted = self.core.deletes.get(key, self.read_positions(index)).await?;
            // Position deletes name files by path.
            let file = self.by_path().get(self.files.recorded_path(file)).copied().unwrap_or(file);
            sets.push(DeletedSet { deleted, file, shown: self.position_deletes[index].location.to_string() });
        }
        Ok(DeletedRows { sets })
    }

    fn vector_name(&self, file: usize, vector: &Vector) -> String {
        match &vector.place {
            VectorPlace::File { path, .. } => self.vectors.get(path).map_or(path.clone(), |shown| shown.to_string()),
            VectorPlace::Inline(_) => format!("{} (inline vector)", self.shown(file)),
        }
    }

    async fn read_vector(&self, file: usize, vector: &Vector, shown: &str) -> Result<Deleted> {
        let wrong = |what: String| invalid(shown, &format!("deletion vector of {}: {what}", self.shown(file)));
        let rows = match &vector.place {
            VectorPlace::Inline(content) => vectors::inline(content).map_err(wrong)?,
            VectorPlace::File { path, offset, length } => {
                let location = self.vectors.get(path).ok_or_else(|| wrong("its file is not known".to_string()))?;
                // Delta counts neither the length in front nor the checksum behind.
                let length = match self.header.format {
                    TableFormat::Iceberg => *length,
                    TableFormat::Delta => *length + vectors::FRAME_BYTES,
                };
                let end = offset.checked_add(length).ok_or_else(|| wrong(format!("its offset is {offset}")))?;
                let read = self.store.get_ranges(location, std::slice::from_ref(&(*offset..end))).await;
                let blobs = read.map_err(|e| store_error(&e))?;
                vectors::framed(blobs.first().map_or(&[], |blob| blob.as_ref())).map_err(wrong)?
            }
        };
        if let Some(expected) = vector.rows.filter(|expected| *expected != rows.len()) {
            return Err(wrong(format!("it deletes {} rows (expected: {expected})", rows.len())));
        }
        Ok(HashMap::from([(file, rows)]))
    }

    async fn read_positions(&self, index: usize) -> Result<Deleted> {
        let meta = &self.position_deletes[index];
        let shown = meta.location.as_ref();
        let failed = |error: EngineError| match error.code {
            ErrorCode::SourceInvalid if !error.message.contains(shown) => invalid(shown, &error.message),
            ErrorCode::Internal | ErrorCode::InvalidValue => invalid(shown, &error.message),
            _ => error,
        };
        let parquet = |e| failed(EngineError::from(datafusion::error::DataFusionError::from(e)));
        let cache = self.core.runtime.cache_manager.get_file_metadata_cache();
        let reader: Box<dyn AsyncFileReader> = CachedParquetFileReaderFactory::new(self.store.clone(), cache)
            .create_reader(0, PartitionedFile::from(meta.clone()), None, &ExecutionPlanMetricsSet::new())
            .map_err(|e| failed(e.into()))?;
        let builder = match ParquetRecordBatchStreamBuilder::new(reader).await {
            Ok(builder) => builder,
            Err(error) => {
                let place = Place { store: self.store.clone(), meta: meta.clone() };
                return Err(failed(place.explained(error.into()).await.into()));
            }
        };
        let schema = builder.schema().clone();
        let mut columns = [0; 2];
        for (place, known) in columns.iter_mut().zip([FILE_PATH, POSITION]) {
            *place =
                position(&schema, known).ok_or_else(|| invalid(shown, &format!("it has no column {}", known.1)))?;
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let mut batches = builder.with_projection(mask).build().map_err(parquet)?;
        let mut collected = Collected { version: self, shown, deleted: HashMap::new() };
        while let Some(batch) = batches.try_next().await.map_err(parquet)? {
            // The reader keeps the file's order of columns.
            let path_at = usize::from(columns[0] > columns[1]);
            collected.add(&batch, path_at, 1 - path_at)?;
            tokio::task::consume_budget().await;
        }
        Ok(collected.deleted)
    }
}

fn position(schema: &Schema, (id, name): (&str, &str)) -> Option<usize> {
    let fields = schema.fields();
    let by_id = fields.iter().position(|field| field.metadata().get(FIELD_ID).is_some_and(|found| found == id));
    by_id.or_else(|| fields.iter().position(|field| field.name() == name))
}

fn invalid(shown: &str, what: &str) -> EngineError {
    EngineError::new(ErrorCode::SourceInvalid, format!("delete file {shown}: {what}"))
        .with_hint("the rows that it deletes are not known, so that nothing is read")
}

struct Collected<'a> {
    version: &'a LakeVersion,
    shown: &'a str,
    deleted: Deleted,
}

impl Collected<'_> {
    fn add(&mut self, batch: &RecordBatch, path_at: usize, position_at: usize) -> Result<()> {
        let column = |at: usize, to: &DataType| -> Result<ArrayRef> {
            let array = cast_with_options(batch.column(at), to, &STRICT);
            let array = array.map_err(|e| invalid(self.shown, &e.to_string()))?;
            match array.null_count() {
                0 => Ok(array),
                _ => Err(invalid(self.shown, "it has a row without path or position")),
            }
        };
        let (paths, positions) = (column(path_at, &DataType::Utf8)?, column(position_at, &DataType::Int64)?);
        let (paths, positions) = (paths.as_string::<i32>(), positions.as_primitive::<Int64Type>());
        let mut row = 0;
        while row < batch.num_rows() {
            let path = paths.value(row);
            let same = (row..batch.num_rows()).take_while(|other| paths.value(*other) == path).count();
            // Rows of files that are not of this version are none of its.
            if let Some(file) = self.version.by_path().get(path) {
                let rows = match self.deleted.entry(*file) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => entry.insert(RoaringTreemap::new()),
                };
                for position in &positions.values()[row..row + same] {
                    let position = u64::try_from(*position)
                        .map_err(|_| invalid(self.shown, &format!("position {position} of {path}")))?;
                    rows.insert(position);
                }
            }
            row += same;
        }
        Ok(())
    }
}

impl DeletedRows {
    /// What is left of the data file, within `range` of it.
    pub(crate) fn selection(
        &self,
        shown: &ObjectMeta,
        metadata: &ParquetMetaData,
        range: Option<&FileRange>,
    ) -> Result<Option<ParquetAccessPlan>> {
        let total: u64 = metadata.row_groups().iter().map(|group| group.num_rows() as u64).sum();
        let mut merged: Option<RoaringTreemap> = None;
        for set in &self.sets {
            let Some(rows) = set.deleted.get(&set.file) else {
                continue;
            };
            if let Some(last) = rows.max().filter(|last| *last >= total) {
                let message = format!("it deletes row {last} of {}, which has {total} rows", shown.location);
                return Err(invalid(&set.shown, &message));
            }
            merged = Some(match merged {
                None => rows.clone(),
                Some(merged) => merged | rows,
            });
        }
        let Some(deleted) = merged.filter(|deleted| !deleted.is_empty()) else {
            return Ok(None);
        };
        let mut start = 0;
        let mut positions = deleted.iter();
        let access = metadata.row_groups().iter().map(|group| {
            let rows = start..start + group.num_rows() as u64;
            start = rows.end;
            // As the reader divides row groups among ranges.
            let column = group.columns().first();
            let offset = column.map(|column| column.dictionary_page_offset().unwrap_or(column.data_page_offset()));
            if range.zip(offset).is_some_and(|(range, offset)| !range.contains(offset)) {
                return RowGroupAccess::Skip;
            }
            positions.advance_to(rows.start);
            remaining(rows, &mut positions)
        });
        Ok(Some(ParquetAccessPlan::new(access.collect())))
    }
}

/// The rows of one row group that are not deleted. Leaves `positions` at a deleted row behind it, or past it.
fn remaining(rows: std::ops::Range<u64>, positions: &mut roaring::treemap::Iter<'_>) -> RowGroupAccess {
    let mut selectors: Vec<RowSelector> = Vec::new();
    let mut at = rows.start;
    let (mut selected, mut skipped) = (0, 0);
    let mut ahead = positions.clone();
    for deleted in ahead.by_ref().take_while(|deleted| *deleted < rows.end) {
        if deleted > at {
            selectors.push(RowSelector::select((deleted - at) as usize));
            selected += deleted - at;
        }
        match selectors.last_mut() {
            Some(last) if last.skip => last.row_count += 1,
            _ => selectors.push(RowSelector::skip(1)),
        }
        skipped += 1;
        at = deleted + 1;
    }
    if at < rows.end {
        selectors.push(RowSelector::select((rows.end - at) as usize));
        selected += rows.end - at;
    }
    match (selected, skipped) {
        (0, _) => RowGroupAccess::Skip,
        (_, 0) => RowGroupAccess::Scan,
        _ => RowGroupAccess::Selection(RowSelection::from(selectors)),
    }
}
