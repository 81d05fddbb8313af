//! What SQL can see: an immutable set of named tables.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::catalog::{Tables, catalogs, overlaid};
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

impl fmt::Debug for SessionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A table that is listed, but not open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionName {
    pub schema: String,
    pub name: String,
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
    tables: ByName,
    /// Listed, but not open; for hints.
    names: Vec<SessionName>,
}

type ByName = BTreeMap<(String, String), Arc<Table>>;

/// What one statement sees.
pub(crate) struct Scope {
    session: Arc<Session>,
    pub(crate) state: Arc<SessionState>,
    /// The statement's own tables, which come first.
    extra: ByName,
}

impl Session {
    pub(crate) fn new(
        core: Arc<Core>,
        catalog: &str,
        tables: Vec<SessionTable>,
        names: Vec<SessionName>,
    ) -> Result<Self> {
        let mut schemas = by_schema(&tables);
        schemas.entry(DEFAULT_SCHEMA.to_string()).or_default();
        for SessionName { schema, name } in &names {
            schemas.entry(schema.clone()).or_default().names.insert(name.clone());
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
        Ok(Self { core, catalog: catalog.to_string(), state, states, tables: by_name(tables), names })
    }

    /// Parses and plans one statement. Runs on the calling thread, which needs a stack of the engine's size: use
    /// [`crate::Engine::block_on`].
    pub(crate) async fn prepare(self: Arc<Self>, spec: &StatementSpec) -> Result<Statement> {
        let scope = self.scope(spec)?;
        let (plan, references) = match &spec.source {
            StatementSource::Sql(sql) => {
                let parsed = guard::parse(sql, &self.core.config.sql_limits())?;
                let references = show::references(&scope.state, &parsed)?;
                for reference in &references {
                    scope.check(reference, sql)?;
                }
                let parsed = show::rewritten(&scope.state, parsed)?;
                let plan = scope.state.statement_to_plan(parsed).await.map_err(EngineError::from);
                (plan.map_err(|error| parameters::explained(error, sql))?, references)
            }
            StatementSource::Scan(scan) => {
                let reference = TableReference::partial(scan.schema.as_str(), scan.table.as_str());
                let Some((_, _, table)) = scope.find(&reference) else {
                    return Err(self.unknown(&shown(&scan.schema, &scan.table)));
                };
                let plan = scan.plan(&scope.state, &self.core.config.sql_limits(), table)?;
                (plan, vec![reference])
            }
        };
        Statement::new(self.core.clone(), scope, plan, &references, spec.types)
    }

    fn scope(self: &Arc<Self>, spec: &StatementSpec) -> Result<Scope> {
        let mut state = self.state_of(spec.default_schema.as_deref().unwrap_or(DEFAULT_SCHEMA));
        if !spec.extra.is_empty() {
            let catalogs = overlaid(state.catalog_list().as_ref(), &self.catalog, by_schema(&spec.extra))
                .ok_or_else(|| EngineError::internal("the session has no catalog"))?;
            let builder = SessionStateBuilder::new_from_existing(state.as_ref().clone());
            state = Arc::new(builder.with_catalog_list(catalogs).build());
        }
        Ok(Scope { session: self.clone(), state, extra: by_name(spec.extra.clone()) })
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

    fn unknown(&self, wrong: &str) -> EngineError {
        let listed = self.names.iter().map(|entry| shown(&entry.schema, &entry.name));
        let names: Vec<String> = self.tables.keys().map(|(schema, name)| shown(schema, name)).chain(listed).collect();
        let error = EngineError::new(ErrorCode::DatasetNotFound, format!("no dataset named \"{wrong}\""));
        match nearest(wrong, &names) {
            Some(hint) => error.with_hint(hint),
            None => error.with_hint(match names.is_empty() {
                true => "no dataset is registered".to_string(),
                false => "SHOW TABLES lists the datasets".to_string(),
            }),
        }
    }
}

impl Scope {
    fn check(&self, reference: &TableReference, sql: &str) -> Result<()> {
        let (state, session) = (&self.state, &self.session);
        let schema = schema_of(state, reference);
        let catalog = reference.catalog().unwrap_or(&session.catalog);
        let is_function = reference.schema().is_none() && state.table_functions().contains_key(reference.table());
        let is_ours = catalog == session.catalog;
        if is_ours && (is_function || schema == "information_schema") || self.find(reference).is_some() {
            return Ok(());
        }
        let wrong = match is_ours {
            true => shown(&schema, reference.table()),
            false => reference.to_string(),
        };
        // The version may have stood behind the name.
        let bare = reference.table().split(['@', '$']).next().unwrap_or_default();
        let position = guard::position_of_word(sql, reference.table()).or_else(|| guard::position_of_word(sql, bare));
        Err(session.unknown(&wrong).at(position))
    }

    /// Schema, name and table, if it is one of the statement's or the session's, and not a table function or a view of the
    /// catalog.
    pub(crate) fn find(&self, reference: &TableReference) -> Option<(&str, &str, &Arc<Table>)> {
        let key = (schema_of(&self.state, reference).into_owned(), reference.table().to_string());
        let found = self.extra.get_key_value(&key).or_else(|| self.session.tables.get_key_value(&key));
        let ((schema, name), table) = found?;
        Some((schema, name, table))
    }
}

fn by_name(tables: Vec<SessionTable>) -> ByName {
    tables.into_iter().map(|entry| ((entry.schema, entry.name), entry.table)).collect()
}

fn by_schema(tables: &[SessionTable]) -> BTreeMap<String, Tables> {
    let mut schemas: BTreeMap<String, Tables> = BTreeMap::new();
    for entry in tables {
        let scan = Arc::new(TableScan::new(entry.table.clone()));
        schemas.entry(entry.schema.clone()).or_default().open.insert(entry.name.clone(), scan);
    }
    schemas
}

/// A table of another catalog is one of a schema `catalog.schema`: that is what mounted catalogs are.
fn schema_of<'a>(state: &'a SessionState, reference: &'a TableReference) -> Cow<'a, str> {
    let ours = &state.config_options().catalog;
    let schema = reference.schema().unwrap_or(&ours.default_schema);
    match reference.catalog() {
        Some(catalog) if catalog != ours.default_catalog => Cow::Owned(format!("{catalog}.{schema}")),
        _ => Cow::Borrowed(schema),
    }
}

/// A name as people write it: without the default schema.
pub(crate) fn shown(schema: &str, name: &str) -> String {
    if schema == DEFAULT_SCHEMA { name.to_string() } else { format!("{schema}.{name}") }
}
