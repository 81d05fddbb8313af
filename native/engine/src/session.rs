//! What SQL can see: an immutable set of named tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider};
use datafusion::common::TableReference;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use serde::{Deserialize, Serialize};

use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::guard;
use crate::names::nearest;
use crate::scan::TableScan;
use crate::statement::Statement;
use crate::table::Table;

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
    state: SessionState,
    /// Keeps the files of its tables in reach, by (schema, name).
    tables: BTreeMap<(String, String), Arc<Table>>,
}

impl Session {
    pub(crate) fn new(core: Arc<Core>, catalog: &str, tables: Vec<SessionTable>) -> Result<Self> {
        let provider = MemoryCatalogProvider::new();
        let mut schemas: BTreeMap<String, Arc<MemorySchemaProvider>> = BTreeMap::new();
        schemas.insert(DEFAULT_SCHEMA.to_string(), Arc::new(MemorySchemaProvider::new()));
        let mut by_name = BTreeMap::new();
        for entry in tables {
            let schema = schemas.entry(entry.schema.clone()).or_default();
            schema.register_table(entry.name.clone(), Arc::new(TableScan::new(entry.table.clone())))?;
            by_name.insert((entry.schema, entry.name), entry.table);
        }
        for (name, schema) in schemas {
            provider.register_schema(&name, schema)?;
        }
        let base = core.base_state();
        // The builder would put an empty catalog of that name over ours.
        let config: SessionConfig = base
            .config()
            .clone()
            .with_default_catalog_and_schema(catalog, DEFAULT_SCHEMA)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true);
        let catalogs = datafusion::catalog::MemoryCatalogProviderList::new();
        datafusion::catalog::CatalogProviderList::register_catalog(&catalogs, catalog.to_string(), Arc::new(provider));
        let state = SessionStateBuilder::new_from_existing(base)
            .with_config(config)
            .with_catalog_list(Arc::new(catalogs))
            .build();
        Ok(Self { core, catalog: catalog.to_string(), state, tables: by_name })
    }

    /// Parses and plans one statement. Runs on the calling thread, which needs a stack of the engine's size: use
    /// [`crate::Engine::block_on`].
    pub(crate) async fn prepare(self: Arc<Self>, sql: &str) -> Result<Statement> {
        let parsed = guard::parse(sql, &self.core.config.sql_limits())?;
        let references = self.state.resolve_table_references(&parsed)?;
        for reference in &references {
            self.check(reference, sql)?;
        }
        let plan = self.state.statement_to_plan(parsed).await?;
        Statement::new(self.core.clone(), self, plan, references)
    }

    fn check(&self, reference: &TableReference, sql: &str) -> Result<()> {
        let schema = reference.schema().unwrap_or(DEFAULT_SCHEMA);
        let catalog = reference.catalog().unwrap_or(&self.catalog);
        let is_function = reference.schema().is_none() && self.state.table_functions().contains_key(reference.table());
        let known = catalog == self.catalog
            && (is_function
                || schema == "information_schema"
                || self.tables.contains_key(&(schema.to_string(), reference.table().to_string())));
        if known {
            return Ok(());
        }
        let names: Vec<String> = self.tables.keys().map(|(schema, name)| shown(schema, name)).collect();
        let wrong = match catalog == self.catalog {
            true => shown(schema, reference.table()),
            false => reference.to_string(),
        };
        let error = EngineError::new(ErrorCode::DatasetNotFound, format!("no dataset named \"{wrong}\""))
            .at(guard::position_of_word(sql, reference.table()));
        Err(match nearest(&wrong, &names) {
            Some(hint) => error.with_hint(hint),
            None => error.with_hint(match names.is_empty() {
                true => "no dataset is registered".to_string(),
                false => "SHOW TABLES lists the datasets".to_string(),
            }),
        })
    }

    /// Whether it is one of the session's tables, and not a table function or a view of the catalog.
    pub(crate) fn has(&self, reference: &TableReference) -> bool {
        let schema = reference.schema().unwrap_or(DEFAULT_SCHEMA);
        self.tables.contains_key(&(schema.to_string(), reference.table().to_string()))
    }

    pub(crate) fn state(&self) -> &SessionState {
        &self.state
    }
}

/// A name as people write it: without the default schema.
pub(crate) fn shown(schema: &str, name: &str) -> String {
    if schema == DEFAULT_SCHEMA { name.to_string() } else { format!("{schema}.{name}") }
}
