//! The plan over the data files that a query needs.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DFSchema, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion_datasource::compute_all_files_statistics;

use crate::lake::casts::misleads;
use crate::lake::source::{FileIndex, LakeSource, Scanned};
use crate::lake::table::LakeVersion;
use crate::parts::{Part, Share};

/// Statistics of single columns of single files that one scan hands to the optimizer. With more of them it hands over how
/// many rows there are, and nothing else.
const MAX_COLUMN_STATISTICS: usize = 1_000_000;

/// What filters say of the files.
struct Matching {
    /// One a file.
    keep: Vec<bool>,
    /// Whether bounds say nothing of one of the filters.
    misled: bool,
}

impl LakeVersion {
    pub(crate) fn scan(
        self: &Arc<Self>,
        state: &dyn Session,
        projection: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Matching { keep, misled } = self.matching(state, filters)?;
        let part = state.config().get_extension::<Part>().unwrap_or_default();
        let share = part.ranges((0..self.files.len()).map(|file| self.files.size_of(file)));
        let mut groups: BTreeMap<Vec<usize>, Vec<Share>> = BTreeMap::new();
        for (file, range) in share.into_iter().filter(|(file, _)| keep[*file]) {
            let mut deletes = self.header.groups[self.files.group_of(file)].equality_deletes.clone();
            deletes.sort_unstable();
            deletes.dedup();
            groups.entry(deletes).or_default().push((file, range));
        }
        let mut plans = Vec::with_capacity(groups.len());
        for (deletes, files) in groups {
            plans.push(match deletes.is_empty() {
                true => self.data(state, projection, &files, limit, !misled)?,
                false => self.without_equal(state, projection, &files, &deletes, !misled)?,
            });
        }
        match plans.len() {
            0 => Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(projection)?)))),
            1 => Ok(plans.remove(0)),
            _ => UnionExec::try_new(plans),
        }
    }

    /// Which files may hold rows that satisfy `filters`.
    fn matching(&self, state: &dyn Session, filters: &[Expr]) -> Result<Matching> {
        let mut keep = vec![true; self.files.len()];
        let mut misled = false;
        if self.files.len() == 0 {
            return Ok(Matching { keep, misled });
        }
        let schema = DFSchema::try_from(self.schema.clone())?;
        let mut conditions = Vec::new();
        for filter in filters.iter().filter(|filter| !filter.is_volatile()) {
            let Ok(condition) = state.create_physical_expr(filter.clone(), &schema) else {
                continue;
            };
            if let Some(found) = self.by_constants(filter, &condition) {
                keep.iter_mut().zip(found).for_each(|(keep, found)| *keep &= found);
            }
            match misleads(&condition, &self.schema) {
                true => misled = true,
                false => conditions.push(condition),
            }
        }
        let condition = conjunction(conditions);
        let pruning = PruningPredicateBuilder::new().with_file_schema(self.schema.clone()).build(condition);
        if let Some(found) = pruning.and_then(|pruning| pruning.prune(&self.files.statistics).ok()) {
            keep.iter_mut().zip(found).for_each(|(keep, found)| *keep &= found);
        }
        Ok(Matching { keep, misled })
    }

    /// Of a filter over columns whose values are told: what it says of each file.
    fn by_constants(
        &self,
        filter: &Expr,
        condition: &Arc<dyn datafusion::physical_expr::PhysicalExpr>,
    ) -> Option<Vec<bool>> {
        let statistics = &self.files.statistics;
        let names: HashSet<&str> = filter.column_refs().into_iter().map(|column| column.name.as_str()).collect();
        let columns: Vec<usize> = names.iter().map(|name| statistics.column(name)).collect::<Option<_>>()?;
        if columns.is_empty() || columns.iter().any(|column| statistics.constant_values(*column).is_none()) {
            return None;
        }
        let rows = self.files.len();
        let arrays = (0..self.schema.fields().len()).map(|column| {
            let (files, values) = statistics.constant_values(column).filter(|_| columns.contains(&column))?;
            let elsewhere: BooleanArray = files.values().iter().map(|told| Some(!told)).collect();
            nullif(values, &elsewhere).ok()
        });
        let arrays = arrays.enumerate().map(|(column, array)| {
            let data_type = self.schema.field(column).data_type();
            array.unwrap_or_else(|| datafusion::arrow::array::new_null_array(data_type, rows))
        });
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let fields = self.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
        let nullable: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batch = RecordBatch::try_new_with_options(nullable, arrays.collect(), &options).ok()?;
        let found = condition.evaluate(&batch).ok()?.into_array(rows).ok()?;
        let found = found.as_any().downcast_ref::<BooleanArray>()?;
        let told = |file: usize| columns.iter().all(|column| statistics.is_constant(*column, file));
        Some((0..rows).map(|file| !told(file) || found.is_valid(file) && found.value(file)).collect())
    }

    /// The columns at these positions of [`LakeVersion::fields`], of these files or ranges of them, without rows that are
    /// deleted by position. `bounds`: whether the optimizer is told of them.
    pub(crate) fn data(
        self: &Arc<Self>,
        state: &dyn Session,
        columns: &[usize],
        files: &[Share],
        limit: Option<usize>,
        bounds: bool,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let with_columns = bounds && files.len().saturating_mul(columns.len()) <= MAX_COLUMN_STATISTICS;
        let partitioned = files.iter().map(|(file, range)| {
            let mut partitioned = PartitionedFile::from(self.data[*file].clone()).with_extension(FileIndex(*file));
            if with_columns {
                partitioned.statistics = Some(Arc::new(self.statistics(*file, columns, range.is_some())));
            }
            if let Some((from, to)) = range {
                partitioned = partitioned.with_range(*from as i64, *to as i64);
            }
            partitioned
        });
        let schema = Arc::new(Schema::new(
            columns.iter().map(|column| self.fields.columns[*column].field.clone()).collect::<Vec<_>>(),
        ));
        let groups = FileGroup::new(partitioned.collect()).split_files(state.config().target_partitions());
        let (groups, mut statistics) = compute_all_files_statistics(groups, schema.clone(), with_columns, false)?;
        if !with_columns {
            let rows = files.iter().map(|(file, range)| self.statistics(*file, &[], range.is_some()).num_rows);
            statistics = Statistics::new_unknown(&schema);
            statistics.num_rows = rows.reduce(|a, b| a.add(&b)).unwrap_or(Precision::Absent);
        }
        let source = LakeSource::new(self.parquet(state, schema)?, Scanned::Data(self.clone()));
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// As DataFusion's own format sets it up.
    pub(crate) fn parquet(&self, state: &dyn Session, schema: SchemaRef) -> Result<ParquetSource> {
        let mut options = state.config().options().execution.parquet.clone();
        // The unit of all timestamps of table formats that could have been written so.
        options.coerce_int96 = Some("us".to_string());
        let hint = options.metadata_size_hint;
        let options = TableParquetOptions { global: options, ..Default::default() };
        let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
        let reader = Arc::new(CachedParquetFileReaderFactory::new(self.store.clone(), cache));
        let mut source = ParquetSource::new(TableSchema::from(schema))
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(reader);
        if let Some(hint) = hint {
            source = source.with_metadata_size_hint(hint);
        }
        Ok(source)
    }

    /// For the optimizer. Rows are exact where none is deleted; bounds are never values.
    fn statistics(&self, file: usize, columns: &[usize], is_range: bool) -> Statistics {
        let deleted = self.files.has_deletes(file) || is_range;
        let rows = match self.files.rows_of(file) {
            Some(rows) if deleted => Precision::Inexact(rows as usize),
            Some(rows) => Precision::Exact(rows as usize),
            None => Precision::Absent,
        };
        let known = &self.files.statistics;
        let column_statistics = columns.iter().map(|column| {
            let mut statistics = ColumnStatistics::new_unknown();
            if *column >= self.schema.fields().len() {
                return statistics;
            }
            let (min, max) = known.bounds(*column, file);
            let bound = |bound: Option<_>| bound.map_or(Precision::Absent, Precision::Inexact);
            (statistics.min_value, statistics.max_value) = (bound(min), bound(max));
            if let Some(nulls) = known.nulls_of(*column, file) {
                statistics.null_count = Precision::Inexact(nulls as usize);
            }
            statistics
        });
        Statistics {
            num_rows: rows,
            total_byte_size: Precision::Inexact(self.files.size_of(file) as usize),
            column_statistics: column_statistics.collect(),
        }
    }
}
