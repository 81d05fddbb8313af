//! Equality deletes: rows of data files that are equal to a row of a delete file in some columns, NULL being equal to NULL.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::catalog::Session;
use datafusion::common::{JoinType, NullEquality};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

use crate::error::EngineError;
use crate::lake::fields::{LakeField, LakeFields, MappingMode};
use crate::lake::source::{FileIndex, LakeSource, Scanned};
use crate::lake::table::LakeVersion;
use crate::parts::Share;

impl LakeVersion {
    /// The rows of these files that no row of the delete files is equal to: one join for each list of columns that the
    /// delete files compare. The deleted rows are held in memory, the others pass by.
    pub(crate) fn without_equal(
        self: &Arc<Self>,
        state: &dyn Session,
        projection: &[usize],
        files: &[Share],
        deletes: &[usize],
        bounds: bool,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut by_columns: BTreeMap<&[i32], Vec<usize>> = BTreeMap::new();
        for delete in deletes {
            by_columns.entry(&self.header.equality_deletes[*delete].columns).or_default().push(*delete);
        }
        let mut columns = projection.to_vec();
        let mut joins = Vec::new();
        for (ids, deletes) in by_columns {
            let keys = ids.iter().map(|id| self.key(*id)).collect::<Result<Vec<usize>>>()?;
            for key in &keys {
                if !columns.contains(key) {
                    columns.push(*key);
                }
            }
            joins.push((keys, deletes));
        }
        let mut plan = self.data(state, &columns, files, None, bounds)?;
        for (keys, deletes) in joins {
            let deleted = self.deleted(state, &keys, &deletes)?;
            let on = keys.iter().enumerate().map(|(at, key)| {
                let (left, right) = (deleted.schema().field(at).name().clone(), &self.fields.columns[*key].field);
                let position = columns.iter().position(|column| column == key).unwrap_or_default();
                let left: Arc<dyn PhysicalExpr> = Arc::new(Column::new(&left, at));
                let right: Arc<dyn PhysicalExpr> = Arc::new(Column::new(right.name(), position));
                (left, right)
            });
            plan = Arc::new(HashJoinExec::try_new(
                deleted.clone(),
                plan,
                on.collect(),
                None,
                &JoinType::RightAnti,
                None,
                PartitionMode::CollectLeft,
                NullEquality::NullEqualsNull,
                false,
            )?);
        }
        if columns.len() == projection.len() {
            return Ok(plan);
        }
        let wanted = projection.iter().enumerate().map(|(at, column)| {
            let name = self.fields.columns[*column].field.name();
            ProjectionExpr { expr: Arc::new(Column::new(name, at)), alias: name.clone() }
        });
        Ok(Arc::new(ProjectionExec::try_new(wanted.collect::<Vec<_>>(), plan)?))
    }

    fn key(&self, id: i32) -> Result<usize> {
        let found = self.fields.columns.iter().position(|column| column.id == Some(id));
        found.ok_or_else(|| EngineError::internal(format!("no column with id {id}")).into_datafusion())
    }

    /// The rows of delete files, as the table's keys are typed.
    fn deleted(
        self: &Arc<Self>,
        state: &dyn Session,
        keys: &[usize],
        deletes: &[usize],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns: Vec<LakeField> = keys.iter().map(|key| key_column(&self.fields.columns[*key])).collect();
        let fields = Arc::new(LakeFields::new(columns, MappingMode::Id).required());
        let schema: Vec<_> = fields.columns.iter().map(|column| column.field.clone()).collect();
        let files = deletes.iter().map(|delete| {
            PartitionedFile::from(self.equality_deletes[*delete].clone()).with_extension(FileIndex(*delete))
        });
        let groups = FileGroup::new(files.collect()).split_files(state.config().target_partitions());
        let source = LakeSource::new(self.parquet(state, Arc::new(Schema::new(schema)))?, Scanned::Deletes(fields));
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source)).with_file_groups(groups).build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Of a delete file: under a name that cannot be taken for a column of the table.
fn key_column(column: &LakeField) -> LakeField {
    let name = format!("\u{2}{}", column.field.name());
    let field = Arc::new(Field::new(name, column.data_type().clone(), true));
    LakeField { field, default: None, ..column.clone() }
}
