//! Object stores by URL prefix, longest prefix first.

use std::sync::Arc;

use object_store::path::Path;
use parking_lot::RwLock;

use crate::error::{EngineError, ErrorCode, Result};
use crate::stores::pinned::PinnedFile;
use crate::stores::source::Source;
use crate::stores::url::{object_url, store_path};

#[derive(Default)]
pub(crate) struct Prefixes {
    sources: RwLock<Vec<Arc<Source>>>,
}

impl Prefixes {
    /// Replaces the store of the same prefix, mostly by one with newer credentials, which tables that are open use too.
    pub(crate) fn put(&self, mut source: Source) {
        let mut sources = self.sources.write();
        if let Some(before) = sources.iter().find(|known| known.prefix == source.prefix) {
            source.replace(before);
        }
        sources.retain(|known| known.prefix != source.prefix);
        sources.push(Arc::new(source));
        sources.sort_by_key(|known| std::cmp::Reverse(known.prefix.len()));
    }

    pub(crate) fn drop(&self, prefix: &str) -> bool {
        let prefix = object_url(prefix).unwrap_or_else(|_| prefix.to_string());
        let mut sources = self.sources.write();
        let before = sources.len();
        sources.retain(|known| known.prefix != prefix);
        sources.len() < before
    }

    /// The store for a URL in normal form, which must lie below a registered prefix.
    pub(crate) fn find(&self, url: &str) -> Result<Arc<Source>> {
        let sources = self.sources.read();
        sources.iter().find(|source| source.covers(url)).cloned().ok_or_else(|| {
            let known: Vec<&str> = sources.iter().map(|source| source.prefix.as_str()).collect();
            EngineError::new(ErrorCode::InvalidArgument, format!("location {url}: no store is registered for it"))
                .with_hint(match known.is_empty() {
                    true => "no prefix is registered".to_string(),
                    false => format!("registered prefixes: {}", known.join(", ")),
                })
        })
    }

    /// Whether a URL in normal form lies below a prefix that somebody registered: not below the `file:///` that is there
    /// from the start.
    pub(crate) fn is_explicit(&self, url: &str) -> bool {
        self.sources.read().iter().any(|source| source.is_explicit && source.covers(url))
    }

    /// The local folders, as URLs, that somebody registered.
    pub(crate) fn local_folders(&self) -> Vec<String> {
        let sources = self.sources.read();
        let explicit = sources.iter().filter(|source| source.is_explicit && source.is_local());
        explicit.map(|source| source.prefix.clone()).collect()
    }

    /// A file that a table's own metadata tell of, by its URL in normal form. Nothing is asked of its store: the first read
    /// finds out what it is, and every later one, of any table, is held to that. `size` may be
    /// [`crate::stores::UNKNOWN_SIZE`].
    pub(crate) fn pin(&self, url: &str, size: u64, shown: Path) -> Result<PinnedFile> {
        let source = self.find(url)?;
        Ok(PinnedFile::known(source, store_path(url)?, size, shown))
    }
}
