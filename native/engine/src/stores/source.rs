//! One registered prefix: its store, its limits, and what is remembered of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parking_lot::RwLock;
use tokio::sync::Semaphore;

use crate::error::{EngineError, ErrorCode, Result};
use crate::stores::failure::failure;
use crate::stores::identity::Identities;
use crate::stores::listing::Listings;

/// Requests to one store that run at the same time; the others wait.
const MAX_REQUESTS: usize = 64;

/// Of one look at a local file, which may lie on a network drive.
const LOCAL_PATIENCE: Duration = Duration::from_secs(600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Local,
    /// Can be listed.
    Bucket,
    /// Single files only.
    Http,
}

pub(crate) struct Source {
    /// In normal form.
    pub(crate) prefix: String,
    pub(crate) kind: Kind,
    /// Shared with what the prefix was registered as before: newer credentials reach tables that are open.
    store: Arc<RwLock<Arc<dyn ObjectStore>>>,
    /// Whether somebody registered it, as against the `file:///` that is there from the start.
    pub(crate) is_explicit: bool,
    /// Longest time of one operation with all its retries.
    pub(crate) patience: Duration,
    pub(crate) requests: Semaphore,
    pub(crate) identities: Arc<Identities>,
    pub(crate) listings: Listings,
}

impl Source {
    pub(crate) fn new(
        prefix: String,
        kind: Kind,
        store: Arc<dyn ObjectStore>,
        patience: Duration,
        list_cache: Duration,
    ) -> Self {
        Self {
            prefix,
            kind,
            store: Arc::new(RwLock::new(store)),
            is_explicit: true,
            patience,
            requests: Semaphore::new(MAX_REQUESTS),
            identities: Arc::default(),
            listings: Listings::new(list_cache),
        }
    }

    /// The local files that are there from the start.
    pub(crate) fn implicit() -> Self {
        Self { is_explicit: false, ..Self::local("file:///".to_string(), Duration::ZERO) }
    }

    pub(crate) fn local(prefix: String, list_cache: Duration) -> Self {
        Self::new(prefix, Kind::Local, Arc::new(LocalFileSystem::new()), LOCAL_PATIENCE, list_cache)
    }

    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        self.store.read().clone()
    }

    /// Takes the place of `before`, for those too that hold that one: its files stay known.
    pub(crate) fn replace(&mut self, before: &Source) {
        *before.store.write() = self.store();
        self.store = before.store.clone();
        self.identities = before.identities.clone();
    }

    pub(crate) fn is_local(&self) -> bool {
        self.kind == Kind::Local
    }

    /// Whether `url`, in normal form, lies below the prefix.
    pub(crate) fn covers(&self, url: &str) -> bool {
        let rest = url.strip_prefix(self.prefix.as_str());
        rest.is_some_and(|rest| self.prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    }

    /// What is at `location`, with all retries. `name`: as messages call it.
    pub(crate) async fn head(&self, location: &Path, name: &str) -> Result<ObjectMeta> {
        let asked = {
            let store = self.store();
            tokio::time::timeout(self.patience, store.head(location)).await
        };
        let late = || {
            let message = format!("{name}: the store of {} did not answer in time", self.prefix);
            EngineError::new(ErrorCode::Unavailable, message)
        };
        asked.map_err(|_| late())?.map_err(|error| failure(self, name, &error))
    }

    /// What was remembered of a file that turned out to be another one, or gone.
    pub(crate) fn forget(&self, location: &Path) {
        self.identities.forget(location);
        self.listings.clear();
    }
}

/// Without the store, whose own text may tell of credentials.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.prefix)
    }
}
