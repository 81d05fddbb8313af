//! SHOW, as queries over `information_schema`.
//!
//! | statement | columns |
//! |---|---|
//! | `SHOW DATABASES` | `database_name`: the catalog |
//! | `SHOW SCHEMAS` | `schema_name` |
//! | `SHOW TABLES [FROM schema]` | `table_catalog`, `table_schema`, `table_name`, `table_type` |
//! | `SHOW [FULL] COLUMNS FROM table` | those of `information_schema.columns`, fewer without FULL |
//!
//! Each may end with `LIKE 'pattern'`.

use datafusion::catalog::information_schema::INFORMATION_SCHEMA;
use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use datafusion::sql::parser::{DFParser, Statement as DfStatement};
use datafusion::sql::sqlparser::ast::{
    ObjectName, ShowStatementFilter, ShowStatementFilterPosition, ShowStatementIn, ShowStatementInParentType,
    ShowStatementOptions, Statement,
};

use crate::error::{EngineError, ErrorCode, Result};

const TABLES: &str = "table_catalog, table_schema, table_name, table_type";
const COLUMNS: &str = "table_catalog, table_schema, table_name, column_name, data_type, is_nullable";

/// The tables that a statement names. DataFusion takes the schema of SHOW TABLES FROM for one, and adds its views.
pub(crate) fn references(state: &SessionState, statement: &DfStatement) -> Result<Vec<TableReference>> {
    if let DfStatement::Statement(inner) = statement
        && matches!(
            inner.as_ref(),
            Statement::ShowTables { .. } | Statement::ShowSchemas { .. } | Statement::ShowDatabases { .. }
        )
    {
        return Ok(Vec::new());
    }
    let mut references = state.resolve_table_references(statement)?;
    if matches!(statement, DfStatement::Statement(inner) if matches!(inner.as_ref(), Statement::ShowColumns { .. })) {
        references.retain(|reference| reference.schema() != Some(INFORMATION_SCHEMA));
    }
    Ok(references)
}

/// The query behind a SHOW; any other statement as it is.
pub(crate) fn rewritten(state: &SessionState, statement: DfStatement) -> Result<DfStatement> {
    let DfStatement::Statement(inner) = &statement else {
        return Ok(statement);
    };
    let query = match inner.as_ref() {
        Statement::ShowDatabases { terse: false, history: false, show_options } => {
            let conditions = Conditions::new("database_name", show_options)?.within(None)?;
            let names = "SELECT DISTINCT catalog_name AS database_name FROM information_schema.schemata";
            format!("SELECT * FROM ({names}) AS databases{} ORDER BY database_name", conditions.text())
        }
        Statement::ShowSchemas { terse: false, history: false, show_options } => {
            let conditions = Conditions::new("schema_name", show_options)?.within(Some("catalog_name"))?;
            let text = conditions.text();
            format!("SELECT schema_name FROM information_schema.schemata{text} ORDER BY schema_name")
        }
        Statement::ShowTables {
            terse: false,
            history: false,
            external: false,
            extended: false,
            full: _,
            show_options,
        } => {
            let conditions = Conditions::new("table_name", show_options)?.within(Some("table_schema"))?;
            let text = conditions.text();
            format!("SELECT {TABLES} FROM information_schema.tables{text} ORDER BY table_schema, table_name")
        }
        Statement::ShowColumns { extended, full, show_options } => {
            let mut conditions = Conditions::new("column_name", show_options)?;
            conditions.of_table(state)?;
            let columns = if *full || *extended { "*" } else { COLUMNS };
            let text = conditions.text();
            format!("SELECT {columns} FROM information_schema.columns{text} ORDER BY ordinal_position")
        }
        Statement::ShowDatabases { .. } | Statement::ShowSchemas { .. } | Statement::ShowTables { .. } => {
            return Err(unsupported(&statement.to_string()));
        }
        _ => return Ok(statement),
    };
    let mut parsed = DFParser::parse_sql(&query)?;
    parsed.pop_front().ok_or_else(|| EngineError::internal("SHOW became nothing"))
}

fn unsupported(what: &str) -> EngineError {
    EngineError::new(ErrorCode::Unsupported, format!("{what} is not supported"))
        .with_hint("query information_schema.tables, columns or schemata")
}

struct Conditions<'a> {
    parent: Option<&'a ShowStatementIn>,
    conditions: Vec<String>,
}

impl<'a> Conditions<'a> {
    fn new(name: &str, options: &'a ShowStatementOptions) -> Result<Self> {
        let ShowStatementOptions { show_in, starts_with: None, limit: None, limit_from: None, filter_position } =
            options
        else {
            return Err(unsupported("SHOW with STARTS WITH or LIMIT"));
        };
        let filter = filter_position.as_ref().map(|position| match position {
            ShowStatementFilterPosition::Infix(filter) | ShowStatementFilterPosition::Suffix(filter) => filter,
        });
        let conditions = match filter {
            None => Vec::new(),
            Some(ShowStatementFilter::Like(pattern) | ShowStatementFilter::NoKeyword(pattern)) => {
                vec![format!("{name} LIKE {}", literal(pattern))]
            }
            Some(ShowStatementFilter::ILike(pattern)) => vec![format!("{name} ILIKE {}", literal(pattern))],
            Some(ShowStatementFilter::Where(_)) => return Err(unsupported("SHOW with WHERE")),
        };
        Ok(Self { parent: show_in.as_ref(), conditions })
    }

    /// `column`: of what follows FROM or IN, if that is the name of something the rows are in.
    fn within(mut self, column: Option<&str>) -> Result<Self> {
        let Some(ShowStatementIn { parent_type, parent_name, .. }) = self.parent else {
            return Ok(self);
        };
        let (Some(column), Some(name)) = (column, parent_name) else {
            return Err(unsupported("SHOW with FROM or IN here"));
        };
        let column = match parent_type {
            None => column,
            Some(ShowStatementInParentType::Database) if column == "catalog_name" => column,
            Some(ShowStatementInParentType::Database) => "table_catalog",
            Some(ShowStatementInParentType::Schema) if column == "table_schema" => column,
            Some(other) => return Err(unsupported(&format!("SHOW with IN {other}"))),
        };
        let mut parts = names(name)?;
        if let (Some(last), "table_schema") = (parts.pop(), column) {
            self.conditions.push(format!("table_schema = {}", literal(&last)));
            self.conditions.extend(parts.pop().map(|catalog| format!("table_catalog = {}", literal(&catalog))));
        } else {
            self.conditions.push(format!("{column} = {}", literal(&names(name)?.concat())));
            parts.clear();
        }
        match parts.is_empty() {
            true => Ok(self),
            false => Err(unsupported(&format!("SHOW with the name {name}"))),
        }
    }

    fn of_table(&mut self, state: &SessionState) -> Result<()> {
        let Some(ShowStatementIn { parent_type: None, parent_name: Some(name), .. }) = self.parent else {
            return Err(EngineError::new(ErrorCode::InvalidSql, "SHOW COLUMNS without a table")
                .with_hint("SHOW COLUMNS FROM table"));
        };
        let catalog = &state.config_options().catalog;
        let mut parts = names(name)?;
        let table = parts.pop().unwrap_or_default();
        let schema = parts.pop().unwrap_or_else(|| catalog.default_schema.clone());
        for (column, value) in [("table_schema", schema), ("table_name", table)] {
            self.conditions.push(format!("{column} = {}", literal(&value)));
        }
        Ok(())
    }

    fn text(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!(" WHERE {}", self.conditions.join(" AND ")) }
    }
}

/// The parts of a name: in lower case unless they are quoted.
fn names(name: &ObjectName) -> Result<Vec<String>> {
    let parts = name.0.iter().map(|part| match part.as_ident() {
        Some(ident) if ident.quote_style.is_none() => Ok(ident.value.to_lowercase()),
        Some(ident) => Ok(ident.value.clone()),
        None => Err(unsupported(&format!("SHOW with the name {name}"))),
    });
    parts.collect()
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
