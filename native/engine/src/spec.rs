//! What a caller asks to be planned: a statement, or the rows of one table.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result, listed};
use crate::guard::{self, SqlLimits};
use crate::names::nearest;
use crate::session::SessionTable;
use crate::table::{Table, TableScan};
use crate::wire::ResultTypes;

/// Either `sql` or `scan`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawSpec")]
pub struct StatementSpec {
    pub(crate) source: StatementSource,
    /// Of table names without one.
    pub(crate) default_schema: Option<String>,
    pub(crate) types: ResultTypes,
    /// Tables that this statement sees before those of its session.
    pub(crate) extra: Vec<SessionTable>,
}

impl StatementSpec {
    /// `tables` are found before those of the session with the same name, and never listed.
    pub fn with_extra(mut self, tables: Vec<SessionTable>) -> Self {
        self.extra = tables;
        self
    }
}

#[derive(Clone, Debug)]
pub(crate) enum StatementSource {
    Sql(String),
    Scan(ScanSpec),
}

/// Rows of one table. Names are exact.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScanSpec {
    pub(crate) schema: String,
    pub(crate) table: String,
    /// Empty: all, in their order.
    #[serde(default)]
    columns: Vec<String>,
    /// As after WHERE.
    filter: Option<String>,
    limit: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawSpec {
    sql: Option<String>,
    scan: Option<ScanSpec>,
    default_schema: Option<String>,
    encoding: Option<Encoding>,
    timestamp_unit: Option<TimestampUnit>,
    timestamp_zone: Option<TimestampZone>,
    decimal: Option<DecimalForm>,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Compatible,
    Native,
}

#[derive(Deserialize)]
enum TimestampUnit {
    #[serde(rename = "ns")]
    Nanoseconds,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum TimestampZone {
    Drop,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum DecimalForm {
    Double,
}

impl TryFrom<RawSpec> for StatementSpec {
    type Error = &'static str;

    fn try_from(raw: RawSpec) -> std::result::Result<Self, Self::Error> {
        let source = match (raw.sql, raw.scan) {
            (Some(sql), None) => StatementSource::Sql(sql),
            (None, Some(scan)) => StatementSource::Scan(scan),
            _ => return Err("expected either \"sql\" or \"scan\""),
        };
        let types = ResultTypes {
            native: raw.encoding == Some(Encoding::Native),
            timestamps_in_nanoseconds: raw.timestamp_unit.is_some(),
            timestamps_without_zone: raw.timestamp_zone.is_some(),
            decimals_as_doubles: raw.decimal.is_some(),
        };
        Ok(Self { source, default_schema: raw.default_schema, types, extra: Vec::new() })
    }
}

/// A statement with every option at its default.
impl From<&str> for StatementSpec {
    fn from(sql: &str) -> Self {
        let source = StatementSource::Sql(sql.to_string());
        Self { source, default_schema: None, types: ResultTypes::default(), extra: Vec::new() }
    }
}

impl ScanSpec {
    /// Made of parts and never of text: names cannot be taken for anything else.
    pub(crate) fn plan(&self, state: &SessionState, limits: &SqlLimits, table: &Arc<Table>) -> Result<LogicalPlan> {
        let name = TableReference::partial(self.schema.as_str(), self.table.as_str());
        let source = provider_as_source(Arc::new(TableScan::new(table.clone())));
        let mut plan = LogicalPlanBuilder::scan(name.clone(), source, None)?;
        if let Some(filter) = &self.filter {
            let condition = condition(filter, state, limits, &plan)?;
            plan = plan.filter(condition)?;
        }
        if !self.columns.is_empty() {
            let schema = table.schema();
            let known: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
            for (i, column) in self.columns.iter().enumerate() {
                if !known.contains(column) {
                    let message = format!("column \"{column}\" not found in {}", self.table);
                    let hint = nearest(column, &known).unwrap_or_else(|| format!("columns are {}", listed(&known)));
                    return Err(EngineError::new(ErrorCode::UnknownColumn, message).with_hint(hint));
                }
                if self.columns[..i].contains(column) {
                    let message = format!("column \"{column}\" is listed twice");
                    return Err(EngineError::new(ErrorCode::InvalidArgument, message).with_hint("list it once"));
                }
            }
            let columns = self.columns.iter().map(|column| Expr::Column(Column::new(Some(name.clone()), column)));
            plan = plan.project(columns.collect::<Vec<_>>())?;
        }
        if let Some(limit) = self.limit {
            plan = plan.limit(0, Some(limit.min(i64::MAX as u64) as usize))?;
        }
        Ok(plan.build()?)
    }
}

fn condition(filter: &str, state: &SessionState, limits: &SqlLimits, plan: &LogicalPlanBuilder) -> Result<Expr> {
    let parsed = guard::parse_condition(filter, limits)?;
    let condition = state.create_logical_expr_from_sql_expr(parsed, plan.schema())?;
    let wrong = |message: String, hint: &str| EngineError::new(ErrorCode::InvalidSql, message).with_hint(hint);
    let over_rows = |e: &Expr| Ok(matches!(e, Expr::AggregateFunction(_) | Expr::WindowFunction(_) | Expr::Unnest(_)));
    if condition.exists(over_rows)? {
        let message = format!("{condition} is not computed from one row");
        return Err(wrong(message, "a filter holds no aggregate, window or unnest function"));
    }
    match condition.get_type(plan.schema())? {
        DataType::Boolean | DataType::Null => Ok(condition),
        other => Err(wrong(format!("the filter is {other}, not a condition"), "compare it with something")),
    }
}
