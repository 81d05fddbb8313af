//! The stores that plans can name: those of the live table versions, nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreRegistry;
use object_store::ObjectStore;
use parking_lot::RwLock;
use url::Url;

use crate::error::{EngineError, ErrorCode};

#[derive(Debug, Default)]
pub(crate) struct PinnedRegistry {
    stores: RwLock<HashMap<String, Arc<dyn ObjectStore>>>,
}

impl ObjectStoreRegistry for PinnedRegistry {
    fn register_store(&self, url: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        self.stores.write().insert(authority(url), store)
    }

    fn deregister_store(&self, url: &Url) -> datafusion::error::Result<Arc<dyn ObjectStore>> {
        self.stores.write().remove(&authority(url)).ok_or_else(|| unknown(url))
    }

    fn get_store(&self, url: &Url) -> datafusion::error::Result<Arc<dyn ObjectStore>> {
        self.stores.read().get(&authority(url)).cloned().ok_or_else(|| unknown(url))
    }
}

fn authority(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.authority())
}

fn unknown(url: &Url) -> DataFusionError {
    EngineError::new(ErrorCode::StatementNotAllowed, format!("{url} is not a registered dataset")).into_datafusion()
}
