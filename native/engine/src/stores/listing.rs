//! Lists of what lies below a folder, bounded, and kept for a while where that was asked for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{Error, ObjectMeta};
use parking_lot::Mutex;

use crate::error::{EngineError, ErrorCode, Result};
use crate::stores::failure::failure;
use crate::stores::source::{Kind, Source};

/// Folders of one store whose listing is kept.
const MAX_KEPT: usize = 256;
/// Files in all kept listings of one store.
const MAX_KEPT_FILES: usize = 1_000_000;
/// Of a listing, which may need many requests: one for every 1,000 files.
const LISTING_PATIENCE: Duration = Duration::from_secs(600);

type Listing = Arc<Vec<ObjectMeta>>;

#[derive(Debug)]
pub(crate) struct Listings {
    keep: Duration,
    kept: Mutex<HashMap<Path, (Instant, Listing)>>,
}

impl Listings {
    pub(crate) fn new(keep: Duration) -> Self {
        Self { keep, kept: Mutex::default() }
    }

    pub(crate) fn clear(&self) {
        self.kept.lock().clear();
    }

    fn find(&self, root: &Path) -> Option<Listing> {
        let kept = self.kept.lock();
        kept.get(root).filter(|(since, _)| since.elapsed() < self.keep).map(|(_, listing)| listing.clone())
    }

    fn put(&self, root: &Path, listing: &Listing) {
        if self.keep.is_zero() || listing.len() > MAX_KEPT_FILES {
            return;
        }
        let mut kept = self.kept.lock();
        kept.retain(|_, (since, _)| since.elapsed() < self.keep);
        let files: usize = kept.values().map(|(_, listing)| listing.len()).sum();
        if kept.len() >= MAX_KEPT || files + listing.len() > MAX_KEPT_FILES {
            kept.clear();
        }
        kept.insert(root.clone(), (Instant::now(), listing.clone()));
    }
}

impl Source {
    /// All files below `root`, in no order; more than `limit` are an error. `name`: of the folder, for messages.
    pub(crate) async fn list(&self, root: &Path, limit: usize, name: &str) -> Result<Listing> {
        if let Some(known) = self.listings.find(root).filter(|known| known.len() <= limit) {
            return Ok(known);
        }
        let found = self.collect(name, limit, self.store().list(Some(root))).await?;
        let listing = Arc::new(found);
        self.listings.put(root, &listing);
        Ok(listing)
    }

    /// The files in `root` itself.
    pub(crate) async fn children(&self, root: &Path, limit: usize, name: &str) -> Result<Vec<ObjectMeta>> {
        let store = self.store();
        let listed = match tokio::time::timeout(LISTING_PATIENCE, store.list_with_delimiter(Some(root))).await {
            Ok(listed) => listed,
            Err(_) => return Err(self.slow(name)),
        };
        match listed {
            Ok(found) if found.objects.len() > limit => Err(too_many(name, limit)),
            Ok(found) => Ok(found.objects),
            Err(Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(failure(self, name, &error)),
        }
    }

    /// The files of `stream`; a folder that is missing is an empty one.
    pub(crate) async fn collect(
        &self,
        name: &str,
        limit: usize,
        mut stream: impl futures::Stream<Item = object_store::Result<ObjectMeta>> + Unpin,
    ) -> Result<Vec<ObjectMeta>> {
        if self.kind == Kind::Http {
            let message = format!("{name}: {} cannot be listed", self.prefix);
            return Err(EngineError::new(ErrorCode::Unsupported, message).with_hint("name a single file"));
        }
        let all = async {
            let mut found = Vec::new();
            loop {
                match stream.try_next().await {
                    Ok(Some(_)) if found.len() >= limit => return Err(too_many(name, limit)),
                    Ok(Some(meta)) => found.push(meta),
                    Ok(None) | Err(Error::NotFound { .. }) => return Ok(found),
                    Err(error) => return Err(failure(self, name, &error)),
                }
            }
        };
        match tokio::time::timeout(LISTING_PATIENCE, all).await {
            Ok(done) => done,
            Err(_) => Err(self.slow(name)),
        }
    }

    fn slow(&self, name: &str) -> EngineError {
        let seconds = LISTING_PATIENCE.as_secs();
        let message = format!("{name}: listing it took more than {seconds} s (limit listing-patience)");
        EngineError::new(ErrorCode::Unavailable, message)
    }
}

fn too_many(name: &str, limit: usize) -> EngineError {
    EngineError::new(ErrorCode::LimitReached, format!("{name}: more than {limit} files (limit max-files of {limit})"))
}
