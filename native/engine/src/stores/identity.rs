//! What tells one state of a file from another.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use object_store::ObjectMeta;
use object_store::path::Path;
use parking_lot::Mutex;

/// Files of one store whose identity is kept; above that all are learned anew.
const MAX_KNOWN: usize = 200_000;

static GENERATION: AtomicU64 = AtomicU64::new(1);

/// Of remote files, ETags are compared without quotes, which some listings leave out, and without an ETag times in seconds,
/// which is all that HTTP tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    tag: Option<String>,
    modified: Option<DateTime<Utc>>,
    is_local: bool,
}

impl Identity {
    pub(crate) fn of(meta: &ObjectMeta, is_local: bool) -> Self {
        // A store that tells no time gives the epoch.
        let modified = Some(meta.last_modified).filter(|time| time.timestamp() != 0);
        Self { tag: meta.e_tag.clone(), modified, is_local }
    }

    pub(crate) fn matches(&self, other: &Self) -> bool {
        if self.is_local {
            return self == other;
        }
        match (&self.tag, &other.tag) {
            (Some(a), Some(b)) => bare(a) == bare(b),
            _ => match (self.modified, other.modified) {
                (Some(a), Some(b)) => a.timestamp() == b.timestamp(),
                _ => true,
            },
        }
    }

    /// For `If-Match`, which weak tags never pass.
    pub(crate) fn condition(&self) -> Option<String> {
        let tag = self.tag.as_ref().filter(|tag| !tag.starts_with("W/"))?;
        Some(if tag.starts_with('"') { tag.clone() } else { format!("\"{tag}\"") })
    }
}

fn bare(tag: &str) -> &str {
    tag.trim_start_matches("W/").trim_matches('"')
}

/// The identity of a file as its first read found it.
#[derive(Debug)]
pub(crate) struct Learned {
    /// Tells it from what was learned of the same file before it changed.
    pub(crate) generation: u64,
    found: OnceLock<Identity>,
}

impl Learned {
    pub(crate) fn new() -> Self {
        Self { generation: GENERATION.fetch_add(1, Ordering::Relaxed), found: OnceLock::new() }
    }

    pub(crate) fn given(identity: Identity) -> Self {
        Self { generation: 0, found: OnceLock::from(identity) }
    }

    pub(crate) fn get(&self) -> Option<&Identity> {
        self.found.get()
    }

    /// Whether `seen` is what was seen before, or is the first.
    pub(crate) fn agrees(&self, seen: Identity) -> bool {
        self.found.get_or_init(|| seen.clone()).matches(&seen)
    }
}

/// Of the files of one store that were not listed, so that all tables, and the cached footers, speak of the same state.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    known: Mutex<HashMap<Path, Arc<Learned>>>,
}

impl Identities {
    pub(crate) fn of(&self, location: &Path) -> Arc<Learned> {
        let mut known = self.known.lock();
        if known.len() >= MAX_KNOWN && !known.contains_key(location) {
            known.clear();
        }
        known.entry(location.clone()).or_insert_with(|| Arc::new(Learned::new())).clone()
    }

    pub(crate) fn forget(&self, location: &Path) {
        self.known.lock().remove(location);
    }
}
