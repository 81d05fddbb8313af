//! What SQL can see: an immutable set of named tables.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::catalog::{Tables, catalogs};
use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::guard;
use crate::names::nearest;
use crate::parameters;
use crate::show;
use crate::spec::{StatementSource, StatementSpec};
use crate::statement::Statement;
use crate::table::{Table, TableScan};

/// Schema of a name without one.
pub(crate) const DEFAULT_SCHEMA: &str = "public";

/// A table as a session calls it.
#[derive(Clone)]
pub struct SessionTable {
    pub schema: String,
    pub name: String,
    pub table: Arc<Table>,
}

/// A table as SQL text calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableName {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    pub table: String,
}

pub struct Session {
    core: Arc<Core>,
    catalog: String,
    /// With the default schema of names without one.
    state: Arc<SessionState>,
    /// With another one, by its name.
    states: Mutex<HashMap<String, Arc<SessionState>>>,
    /// Keeps the files of its tables in reach, by (schema, name).
    tables: BTreeMap<(String, String), Arc<Table>>,
}

impl Session {
    pub(crate) fn new(core: Arc<Core>, catalog: &str, tables: Vec<SessionTable>) -> Result<Self> {
        let mut schemas: BTreeMap<String, Tables> = BTreeMap::new();
        schemas.entry(DEFAULT_SCHEMA.to_string()).or_default();
        let mut by_name = BTreeMap::new();
        for entry in tables {
            let scan = Arc::new(TableScan::new(entry.table.clone()));
            schemas.entry(entry.schema.clone()).or_default().0.insert(entry.name.clone(), scan);
            by_name.insert((entry.schema, entry.name), entry.table);
        }
        let base = core.base_state();
        // The builder would put an empty catalog of that name over ours, and an information_schema that tells too much.
        let config: SessionConfig = base
            .config()
            .clone()
            .with_default_catalog_and_schema(catalog, DEFAULT_SCHEMA)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(false);
        let catalogs = catalogs(catalog, schemas, config.options().clone());
        let state =
            SessionStateBuilder::new_from_existing(base).with_config(config).with_catalog_list(catalogs).build();
        let (state, states) = (Arc::new(state), Mutex::default());
        Ok(Self { core, catalog: catalog.to_string(), state, states, tables: by_name })
    }

    /// Parses and plans one statement. Runs on the calling thread, which needs a stack of the engine's size: use
    /// [`crate::Engine::block_on`].
    pub(crate) async fn prepare(self: Arc<Self>, spec: &StatementSpec) -> Result<Statement> {
        let state = self.state_of(spec.default_schema.as_deref().unwrap_or(DEFAULT_SCHEMA));
        let (plan, references) = match &spec.source {
            StatementSource::Sql(sql) => {
                let parsed = guard::parse(sql, &self.core.config.sql_limits())?;
                let references = show::references(&state, &parsed)?;
                for reference in &references {
                    self.check(&state, reference, sql)?;
                }
                let parsed = show::rewritten(&state, parsed)?;
                let plan = state.statement_to_plan(parsed).await.map_err(EngineError::from);
                (plan.map_err(|error| parameters::explained(error, sql))?, references)
            }
            StatementSource::Scan(scan) => {
                let reference = TableReference::partial(scan.schema.as_str(), scan.table.as_str());
                let Some((_, _, table)) = self.find(&state, &reference) else {
                    return Err(self.unknown(&shown(&scan.schema, &scan.table)));
                };
                let plan = scan.plan(&state, &self.core.config.sql_limits(), table)?;
                (plan, vec![reference])
            }
        };
        Statement::new(self.core.clone(), self, state, plan, &references, spec.types)
    }

    fn state_of(&self, default_schema: &str) -> Arc<SessionState> {
        if default_schema == DEFAULT_SCHEMA {
            return self.state.clone();
        }
        if let Some(state) = self.states.lock().get(default_schema) {
            return state.clone();
        }
        let config = self.state.config().clone().with_default_catalog_and_schema(&self.catalog, default_schema);
        let state = SessionStateBuilder::new_from_existing(self.state.as_ref().clone()).with_config(config).build();
        let state = Arc::new(state);
        // Only of schemas that there are, which bounds their number.
        if self.tables.keys().any(|(schema, _)| schema == default_schema) {
            self.states.lock().insert(default_schema.to_string(), state.clone());
        }
        state
    }

    fn check(&self, state: &SessionState, reference: &TableReference, sql: &str) -> Result<()> {
        let schema = schema_of(state, reference);
        let catalog = reference.catalog().unwrap_or(&self.catalog);
        let is_function = reference.schema().is_none() && state.table_functions().contains_key(reference.table());
        let known = catalog == self.catalog
            && (is_function || schema == "information_schema" || self.find(state, reference).is_some());
        if known {
            return Ok(());
        }
        let wrong = match catalog == self.catalog {
            true => shown(schema, reference.table()),
            false => reference.to_string(),
        };
        Err(self.unknown(&wrong).at(guard::position_of_word(sql, reference.table())))
    }

    fn unknown(&self, wrong: &str) -> EngineError {
        let names: Vec<String> = self.tables.keys().map(|(schema, name)| shown(schema, name)).collect();
        let error = EngineError::new(ErrorCode::DatasetNotFound, format!("no dataset named \"{wrong}\""));
        match nearest(wrong, &names) {
            Some(hint) => error.with_hint(hint),
            None => error.with_hint(match names.is_empty() {
                true => "no dataset is registered".to_string(),
                false => "SHOW TABLES lists the datasets".to_string(),
            }),
        }
    }

    /// Schema, name and table, if it is one of the session's, and not a table function or a view of the catalog.
    pub(crate) fn find(&self, state: &SessionState, reference: &TableReference) -> Option<(&str, &str, &Arc<Table>)> {
        let key = (schema_of(state, reference).to_string(), reference.table().to_string());
        let ((schema, name), table) = self.tables.get_key_value(&key)?;
        Some((schema, name, table))
    }
}

fn schema_of<'a>(state: &'a SessionState, reference: &'a TableReference) -> &'a str {
    reference.schema().unwrap_or(&state.config_options().catalog.default_schema)
}

/// A name as people write it: without the default schema.
pub(crate) fn shown(schema: &str, name: &str) -> String {
    if schema == DEFAULT_SCHEMA { name.to_string() } else { format!("{schema}.{name}") }
}
