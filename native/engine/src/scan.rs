//! The scan over a [`FileTable`]: its files, pruned by partition and split into groups, read by DataFusion's own sources.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;
use datafusion_datasource::compute_all_files_statistics;

use crate::file_table::{FileTable, ScanGroup};
use crate::parts::Part;
use crate::table::TableSource;

/// The plan of one scan of `table`.
pub(crate) async fn plan(
    table: &FileTable,
    state: &dyn Session,
    projection: &[usize],
    filters: &[Expr],
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let scan = Scan { table, state, projection, limit };
    let mut plans = Vec::new();
    let part = state.config().get_extension::<Part>().unwrap_or_default();
    for (group, files) in part.share(&table.groups) {
        let files = scan.matching(&files, filters)?;
        if !files.is_empty() {
            plans.push(scan.group(group, files).await?);
        }
    }
    match plans.len() {
        0 => Ok(Arc::new(EmptyExec::new(Arc::new(table.schema().project(projection)?)))),
        1 => Ok(plans.remove(0)),
        _ => UnionExec::try_new(plans),
    }
}

struct Scan<'a> {
    table: &'a FileTable,
    state: &'a dyn Session,
    projection: &'a [usize],
    limit: Option<usize>,
}

impl Scan<'_> {
    /// The files whose partition values can satisfy `filters`; filters over other columns are left to the plan.
    fn matching(&self, files: &[PartitionedFile], filters: &[Expr]) -> Result<Vec<PartitionedFile>> {
        let fields = &self.table.partition_fields;
        let names: HashSet<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        let own: Vec<&Expr> = filters.iter().filter(|filter| is_over(filter, &names)).collect();
        if own.is_empty() || files.is_empty() {
            return Ok(files.to_vec());
        }
        let schema = Arc::new(Schema::new(fields.clone()));
        let columns: Result<Vec<_>> = (0..fields.len())
            .map(|i| ScalarValue::iter_to_array(files.iter().map(|file| file.partition_values[i].clone())))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(files.len()));
        let batch = RecordBatch::try_new_with_options(schema.clone(), columns?, &options)?;
        let df_schema = DFSchema::try_from(schema)?;
        let mut keep = vec![true; files.len()];
        for filter in own {
            let predicate = self.state.create_physical_expr(filter.clone(), &df_schema)?;
            let array = predicate.evaluate(&batch)?.into_array(files.len())?;
            let Some(matched) = array.as_any().downcast_ref::<BooleanArray>() else {
                continue;
            };
            for (kept, matches) in keep.iter_mut().zip(matched) {
                *kept &= matches == Some(true);
            }
        }
        Ok(files.iter().zip(keep).filter(|(_, kept)| *kept).map(|(file, _)| file.clone()).collect())
    }

    async fn group(&self, group: &ScanGroup, files: Vec<PartitionedFile>) -> Result<Arc<dyn ExecutionPlan>> {
        let table_schema = TableSchema::builder(group.file_schema.clone())
            .with_table_partition_cols(self.table.partition_fields.clone())
            .build();
        let wanted = self.table.schema();
        let present: Vec<usize> = self
            .projection
            .iter()
            .filter_map(|&i| table_schema.table_schema().index_of(wanted.field(i).name()).ok())
            .collect();
        let whole = files.iter().all(|file| file.range.is_none());
        let has_statistics = files.iter().all(|file| file.statistics.is_some());
        let groups = FileGroup::new(files).split_files(self.state.config().target_partitions());
        let (groups, statistics) =
            compute_all_files_statistics(groups, table_schema.table_schema().clone(), has_statistics, false)?;
        let source = group.format.file_source(table_schema);
        let config = FileScanConfigBuilder::new(self.table.url().clone(), source)
            .with_file_groups(groups)
            .with_statistics(if whole { statistics } else { statistics.to_inexact() })
            .with_projection_indices(Some(present))?
            .with_limit(self.limit)
            .build();
        let plan = group.format.create_physical_plan(self.state, config).await?;
        adapted(plan, &wanted, self.projection)
    }
}

/// Whether `filter` names partition columns and nothing else.
fn is_over(filter: &Expr, names: &HashSet<&str>) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty() && columns.iter().all(|column| names.contains(column.name.as_str())) && !filter.is_volatile()
}

/// The wanted columns out of what the scan of one group gives: missing ones are NULL.
fn adapted(plan: Arc<dyn ExecutionPlan>, wanted: &SchemaRef, projection: &[usize]) -> Result<Arc<dyn ExecutionPlan>> {
    let have = plan.schema();
    let complete = have.fields().len() == projection.len()
        && projection.iter().zip(have.fields()).all(|(&i, field)| {
            wanted.field(i).name() == field.name() && wanted.field(i).data_type() == field.data_type()
        });
    if complete {
        return Ok(plan);
    }
    let columns: Result<Vec<ProjectionExpr>> = projection
        .iter()
        .map(|&i| {
            let field = wanted.field(i);
            let expr: Arc<dyn PhysicalExpr> = match have.index_of(field.name()) {
                Err(_) => Arc::new(Literal::new(ScalarValue::try_from(field.data_type())?)),
                Ok(at) if have.field(at).data_type() == field.data_type() => Arc::new(Column::new(field.name(), at)),
                Ok(at) => {
                    let column = Arc::new(Column::new(field.name(), at));
                    Arc::new(CastExpr::new(column, field.data_type().clone(), None))
                }
            };
            Ok(ProjectionExpr { expr, alias: field.name().clone() })
        })
        .collect();
    Ok(Arc::new(ProjectionExec::try_new(columns?, plan)?))
}
