//! Deleted rows that were read, kept while there is room: many scans, and many ranges of one file, need the same ones.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use roaring::RoaringTreemap;
use tokio::sync::OnceCell;

use crate::error::Result;

/// Bytes that are kept for all tables together.
pub(crate) const DELETE_CACHE_BYTES: usize = 128 << 20;

/// Where deleted rows were read from: a table version and, within it, a file of position deletes, or the data file whose
/// deletion vector it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DeleteKey {
    pub(crate) version: u64,
    pub(crate) kind: DeleteKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum DeleteKind {
    Positions(usize),
    Vector(usize),
}

/// Deleted positions by data file.
pub(crate) type Deleted = HashMap<usize, RoaringTreemap>;

#[derive(Default)]
pub(crate) struct DeleteCache {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<DeleteKey, Entry>,
    /// By last use.
    order: BTreeMap<u64, DeleteKey>,
    clock: u64,
    bytes: usize,
}

struct Entry {
    cell: Arc<OnceCell<Arc<Deleted>>>,
    used: u64,
    /// 0 while it is being read.
    bytes: usize,
}

impl DeleteCache {
    /// Reads at most once at a time, however many ask.
    pub(crate) async fn get(
        &self,
        key: DeleteKey,
        read: impl Future<Output = Result<Deleted>>,
    ) -> Result<Arc<Deleted>> {
        let cell = self.kept.lock().touch(key);
        let deleted = cell.get_or_try_init(|| async { read.await.map(Arc::new) }).await?.clone();
        self.kept.lock().loaded(key, size(&deleted));
        Ok(deleted)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.kept.lock().bytes
    }

    /// Lets go of all of one table version.
    pub(crate) fn forget(&self, version: u64) {
        let mut kept = self.kept.lock();
        let gone: Vec<DeleteKey> = kept.entries.keys().filter(|key| key.version == version).copied().collect();
        gone.into_iter().for_each(|key| kept.remove(key));
    }
}

impl Kept {
    fn touch(&mut self, key: DeleteKey) -> Arc<OnceCell<Arc<Deleted>>> {
        self.clock += 1;
        let used = self.clock;
        let entry = self.entries.entry(key).or_insert_with(|| Entry { cell: Arc::default(), used, bytes: 0 });
        self.order.remove(&entry.used);
        entry.used = used;
        self.order.insert(used, key);
        entry.cell.clone()
    }

    fn loaded(&mut self, key: DeleteKey, bytes: usize) {
        if let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.bytes == 0) {
            entry.bytes = bytes;
            self.bytes += bytes;
        }
        while self.bytes > DELETE_CACHE_BYTES {
            let Some((_, oldest)) = self.order.pop_first() else {
                return;
            };
            self.remove(oldest);
        }
    }

    fn remove(&mut self, key: DeleteKey) {
        if let Some(entry) = self.entries.remove(&key) {
            self.order.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }
}

fn size(deleted: &Deleted) -> usize {
    const ENTRY_BYTES: usize = 128;
    deleted.values().map(|rows| rows.serialized_size() + ENTRY_BYTES).sum::<usize>() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deleted(rows: u64) -> Deleted {
        HashMap::from([(0, (0..rows).map(|row| row * 2).collect::<RoaringTreemap>())])
    }

    #[tokio::test]
    async fn is_read_once_and_bounded() {
        let cache = DeleteCache::default();
        let key = |i| DeleteKey { version: 1, kind: DeleteKind::Positions(i) };
        let first = cache.get(key(0), async { Ok(deleted(10)) }).await.unwrap();
        let again = cache.get(key(0), async { panic!("read twice") }).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let large = deleted(5_000_000);
        for i in 1..200 {
            cache.get(key(i), async { Ok(large.clone()) }).await.unwrap();
            assert!(cache.bytes() <= DELETE_CACHE_BYTES);
        }
        assert!(cache.bytes() > DELETE_CACHE_BYTES / 2);
        cache.forget(1);
        assert_eq!(cache.bytes(), 0);
    }
}
