//! Which files the engine can reach, and the guarantee that a scan reads the very files it was planned over.
//!
//! Two layers. [`Prefixes`] holds the object stores by registered URL prefix and is only asked when a table is opened.
//! Plans see neither those stores nor their paths: each table version registers a [`PinnedStore`] under a URL of its own
//! in [`PinnedRegistry`], which answers for the files of that version alone, under the table's name.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreRegistry;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use parking_lot::RwLock;
use tokio::runtime::Handle;

use crate::error::{EngineError, ErrorCode, Result, changed};

/// Bytes read at once when a whole file is streamed (CSV, NDJSON, Arrow).
const STREAM_CHUNK: u64 = 4 << 20;

/// Object stores by URL prefix, longest prefix first.
#[derive(Default)]
pub(crate) struct Prefixes {
    stores: RwLock<Vec<(String, Arc<dyn ObjectStore>)>>,
}

impl Prefixes {
    pub(crate) fn put(&self, prefix: &str, store: Arc<dyn ObjectStore>) {
        let mut stores = self.stores.write();
        stores.retain(|(known, _)| known != prefix);
        stores.push((prefix.to_string(), store));
        stores.sort_by_key(|(known, _)| std::cmp::Reverse(known.len()));
    }

    pub(crate) fn drop(&self, prefix: &str) -> bool {
        let mut stores = self.stores.write();
        let before = stores.len();
        stores.retain(|(known, _)| known != prefix);
        stores.len() < before
    }

    /// The store for `url`, which must lie below a registered prefix.
    pub(crate) fn find(&self, url: &str) -> Result<Arc<dyn ObjectStore>> {
        let stores = self.stores.read();
        let found = stores.iter().find(|(prefix, _)| {
            url.strip_prefix(prefix.as_str()).is_some_and(|rest| prefix.ends_with('/') || rest.starts_with('/'))
        });
        found.map(|(_, store)| store.clone()).ok_or_else(|| {
            let known: Vec<&str> = stores.iter().map(|(prefix, _)| prefix.as_str()).collect();
            EngineError::new(ErrorCode::InvalidArgument, format!("location {url}: no store is registered for it"))
                .with_hint(format!("registered prefixes: {}", known.join(", ")))
        })
    }
}

/// The stores that plans can name: those of the live table versions, nothing else.
#[derive(Debug, Default)]
pub(crate) struct PinnedRegistry {
    stores: RwLock<HashMap<String, Arc<dyn ObjectStore>>>,
}

/// Taken from DataFusion's trait; the type only occurs in its signatures.
type Url = url::Url;

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

/// One file of a table version.
#[derive(Clone, Debug)]
pub(crate) struct PinnedFile {
    /// In the store it came from.
    pub(crate) real: ObjectMeta,
    /// As plans, statistics and error messages call it: `<table>/<path below the table's root>`. Its time is not the
    /// file's but stands for the file's whole identity: caches of footers compare size and time only, and both survive
    /// some ways of replacing a file.
    pub(crate) shown: ObjectMeta,
}

impl PinnedFile {
    pub(crate) fn new(shown: Path, real: ObjectMeta) -> Self {
        let mut hasher = DefaultHasher::new();
        (real.location.as_ref(), &real.e_tag, real.size, real.last_modified).hash(&mut hasher);
        let identity = hasher.finish();
        let (seconds, nanos) = ((identity >> 32) as i64, identity as u32 % 1_000_000_000);
        let last_modified = DateTime::from_timestamp(seconds, nanos).unwrap_or(real.last_modified);
        let shown = ObjectMeta { location: shown, last_modified, ..real.clone() };
        Self { real, shown }
    }
}

/// Read access to a fixed set of files, each exactly as it was when the table was opened: a file that was replaced since
/// is an error, also when that happens between two reads of it.
pub(crate) struct PinnedStore {
    inner: Arc<dyn ObjectStore>,
    files: HashMap<Path, PinnedFile>,
    io: Handle,
}

impl PinnedStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, files: &[PinnedFile], io: Handle) -> Self {
        let files = files.iter().map(|file| (file.shown.location.clone(), file.clone())).collect();
        Self { inner, files, io }
    }

    fn file(&self, location: &Path) -> object_store::Result<PinnedFile> {
        self.files.get(location).cloned().ok_or_else(|| object_store::Error::NotFound {
            path: location.to_string(),
            source: "not a file of this table version".into(),
        })
    }

    async fn read(&self, file: PinnedFile, ranges: Vec<Range<u64>>) -> object_store::Result<Vec<bytes::Bytes>> {
        let inner = self.inner.clone();
        let task = self.io.spawn(async move { read_verified(inner, file, ranges).await });
        task.await.map_err(|e| generic(EngineError::internal(format!("reading failed: {e}"))))?
    }
}

/// Reads, then looks whether the file still is the pinned one: so it was throughout.
async fn read_verified(
    inner: Arc<dyn ObjectStore>,
    file: PinnedFile,
    ranges: Vec<Range<u64>>,
) -> object_store::Result<Vec<bytes::Bytes>> {
    let read = inner.get_ranges(&file.real.location, &ranges).await;
    let now = inner.head(&file.real.location).await;
    match (read, now) {
        (_, Ok(now)) if file.real != now => Err(generic(changed(file.shown.location.as_ref()))),
        (_, Err(object_store::Error::NotFound { .. })) => Err(generic(changed(file.shown.location.as_ref()))),
        (Ok(bytes), Ok(_)) => Ok(bytes),
        (Err(error), _) | (_, Err(error)) => Err(generic(unreadable(&file.shown.location, &error))),
    }
}

/// Without the store's own message, which carries the real path.
pub(crate) fn unreadable(shown: &Path, error: &object_store::Error) -> EngineError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let reason = match error {
        object_store::Error::NotFound { .. } => "it is gone".to_string(),
        object_store::Error::PermissionDenied { .. } => "permission denied".to_string(),
        _ => cause.to_string(),
    };
    EngineError::new(ErrorCode::SourceInvalid, format!("file {shown} cannot be read: {reason}"))
}

fn generic(error: EngineError) -> object_store::Error {
    object_store::Error::Generic { store: "dataset", source: Box::new(error) }
}

fn read_only() -> object_store::Error {
    generic(EngineError::new(ErrorCode::StatementNotAllowed, "datasets are read-only"))
}

impl fmt::Debug for PinnedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PinnedStore({} files)", self.files.len())
    }
}

impl fmt::Display for PinnedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[async_trait]
impl ObjectStore for PinnedStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        let file = self.file(location)?;
        let meta = file.shown.clone();
        let range = match options.range {
            None => 0..meta.size,
            Some(GetRange::Bounded(range)) => range.start.min(meta.size)..range.end.min(meta.size),
            Some(GetRange::Offset(from)) => from.min(meta.size)..meta.size,
            Some(GetRange::Suffix(length)) => meta.size.saturating_sub(length)..meta.size,
        };
        let payload = if options.head || range.is_empty() {
            stream::empty().boxed()
        } else {
            let (inner, io) = (self.inner.clone(), self.io.clone());
            chunks(range.clone())
                .then(move |part| {
                    let (inner, io, file) = (inner.clone(), io.clone(), file.clone());
                    async move {
                        let task = io.spawn(async move { read_verified(inner, file, vec![part]).await });
                        let read = task.await.map_err(|e| generic(EngineError::internal(e.to_string())))??;
                        Ok(read.into_iter().next().unwrap_or_default())
                    }
                })
                .boxed()
        };
        Ok(GetResult { payload: GetResultPayload::Stream(payload), meta, range, attributes: Attributes::default() })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> object_store::Result<Vec<bytes::Bytes>> {
        self.read(self.file(location)?, ranges.to_vec()).await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        let below = |location: &Path| prefix.is_none_or(|prefix| location.prefix_matches(prefix));
        let found: Vec<_> =
            self.files.values().filter(|file| below(&file.shown.location)).map(|file| Ok(file.shown.clone())).collect();
        stream::iter(found).boxed()
    }

    async fn list_with_delimiter(&self, _prefix: Option<&Path>) -> object_store::Result<ListResult> {
        Err(object_store::Error::NotImplemented {
            operation: "list_with_delimiter".into(),
            implementer: "PinnedStore".into(),
        })
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> object_store::Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        stream::iter([Err(read_only())]).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> object_store::Result<()> {
        Err(read_only())
    }
}

fn chunks(range: Range<u64>) -> impl futures::Stream<Item = Range<u64>> {
    let starts = (range.start..range.end).step_by(STREAM_CHUNK as usize);
    stream::iter(starts.map(move |start| start..(start + STREAM_CHUNK).min(range.end)))
}
