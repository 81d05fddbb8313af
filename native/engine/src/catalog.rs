//! The names that SQL can see: an immutable catalog, in the order of the names, and `information_schema` over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::catalog::information_schema::{INFORMATION_SCHEMA, InformationSchemaProvider};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::config::ConfigOptions;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::Result;

const SETTINGS: &str = "df_settings";

/// The tables of one schema.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) open: BTreeMap<String, Arc<dyn TableProvider>>,
    /// Listed as tables, but not open.
    pub(crate) names: BTreeSet<String>,
}

/// The tables of one statement in front of those of its session. They are found, and never listed.
#[derive(Debug)]
struct Overlay {
    front: BTreeMap<String, Arc<dyn TableProvider>>,
    back: Arc<dyn SchemaProvider>,
}

/// The only catalog of a session.
#[derive(Debug)]
struct Catalog {
    schemas: BTreeMap<String, Arc<dyn SchemaProvider>>,
}

/// The schemas with names that begin with `prefix`, as a catalog of their own. It is found, and never listed.
#[derive(Debug)]
struct Mounted {
    prefix: String,
    catalog: Arc<Catalog>,
}

#[derive(Debug)]
struct Catalogs {
    name: String,
    catalog: Arc<Catalog>,
}

/// DataFusion's, but for the settings, which there tell where the server keeps its files.
#[derive(Debug)]
struct InformationSchema {
    inner: InformationSchemaProvider,
    settings: Arc<ConfigOptions>,
}

/// `information_schema` is made over the catalog without itself: it would otherwise hold what holds it.
pub(crate) fn catalogs(
    name: &str,
    schemas: BTreeMap<String, Tables>,
    settings: Arc<ConfigOptions>,
) -> Arc<dyn CatalogProviderList> {
    let mut schemas: BTreeMap<String, Arc<dyn SchemaProvider>> =
        schemas.into_iter().map(|(name, tables)| (name, Arc::new(tables) as Arc<dyn SchemaProvider>)).collect();
    let list = |schemas: BTreeMap<String, Arc<dyn SchemaProvider>>| {
        Arc::new(Catalogs { name: name.to_string(), catalog: Arc::new(Catalog { schemas }) })
    };
    let inner = InformationSchemaProvider::new(list(schemas.clone()));
    schemas.insert(INFORMATION_SCHEMA.to_string(), Arc::new(InformationSchema { inner, settings }));
    list(schemas)
}

/// `catalogs` with the tables of one statement in front, by schema.
pub(crate) fn overlaid(
    catalogs: &dyn CatalogProviderList,
    name: &str,
    front: BTreeMap<String, Tables>,
) -> Option<Arc<dyn CatalogProviderList>> {
    let back = catalogs.catalog(name)?;
    let mut schemas: BTreeMap<String, Arc<dyn SchemaProvider>> =
        back.schema_names().into_iter().filter_map(|name| back.schema(&name).map(|schema| (name, schema))).collect();
    for (schema, tables) in front {
        let back = schemas.remove(&schema).unwrap_or_else(|| Arc::new(Tables::default()));
        schemas.insert(schema, Arc::new(Overlay { front: tables.open, back }));
    }
    Some(Arc::new(Catalogs { name: name.to_string(), catalog: Arc::new(Catalog { schemas }) }))
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.open.keys().chain(self.names.iter().filter(|name| !self.open.contains_key(*name))).cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.open.get(name).cloned())
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok((self.open.contains_key(name) || self.names.contains(name)).then_some(TableType::Base))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.open.contains_key(name)
    }
}

#[async_trait]
impl SchemaProvider for Overlay {
    fn table_names(&self) -> Vec<String> {
        self.back.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.front.get(name) {
            Some(table) => Ok(Some(table.clone())),
            None => self.back.table(name).await,
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        self.back.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.front.contains_key(name) || self.back.table_exist(name)
    }
}

#[async_trait]
impl SchemaProvider for InformationSchema {
    fn table_names(&self) -> Vec<String> {
        self.inner.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if name != SETTINGS {
            return self.inner.table(name).await;
        }
        let entries = self.settings.entries();
        let texts = |value: fn(&datafusion::common::config::ConfigEntry) -> Option<&str>| -> ArrayRef {
            Arc::new(entries.iter().map(value).collect::<StringArray>())
        };
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("name", texts(|entry| Some(&entry.key)), false),
            ("value", texts(|entry| entry.value.as_deref()), true),
            ("description", texts(|entry| Some(entry.description)), true),
        ])?;
        Ok(Some(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.inner.table_exist(name)
    }
}

impl CatalogProvider for Catalog {
    fn schema_names(&self) -> Vec<String> {
        self.schemas.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.schemas.get(name).cloned()
    }
}

impl CatalogProvider for Mounted {
    fn schema_names(&self) -> Vec<String> {
        self.catalog.schemas.keys().filter_map(|name| name.strip_prefix(&self.prefix)).map(str::to_string).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.catalog.schema(&format!("{}{name}", self.prefix))
    }
}

impl CatalogProviderList for Catalogs {
    /// Never: the catalog does not change.
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![self.name.clone()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        if name == self.name {
            return Some(self.catalog.clone());
        }
        let mounted = Mounted { prefix: format!("{name}."), catalog: self.catalog.clone() };
        (!mounted.schema_names().is_empty()).then(|| Arc::new(mounted) as Arc<dyn CatalogProvider>)
    }
}
