//! The files of one table version as an object store that holds nothing else.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};

use crate::error::{EngineError, ErrorCode};
use crate::stores::identity::{Identity, Learned};
use crate::stores::links::Within;
use crate::stores::read::{Origin, Reader};
use crate::stores::source::Source;

/// Bytes read at once when a whole file is streamed (CSV, NDJSON, Arrow).
const STREAM_CHUNK: u64 = 4 << 20;
/// Chunks of a remote file that are asked for before they are needed.
const STREAM_AHEAD: usize = 3;

/// Of a file whose length nobody tells; it is then not checked.
pub(crate) const UNKNOWN_SIZE: u64 = u64::MAX;

/// One file of a table version.
#[derive(Clone, Debug)]
pub(crate) struct PinnedFile {
    source: Arc<Source>,
    origin: Origin,
    learned: Arc<Learned>,
    within: Option<Within>,
    /// In the store it came from.
    pub(crate) real: ObjectMeta,
    /// As plans, statistics and error messages call it: `<table>/<path below the table's root>`. Its time is not the
    /// file's but stands for the file's whole identity: caches of footers compare size and time only, and both survive
    /// some ways of replacing a file.
    pub(crate) shown: ObjectMeta,
}

impl PinnedFile {
    /// As a listing found it.
    pub(crate) fn listed(source: Arc<Source>, shown: Path, real: ObjectMeta) -> Self {
        let learned = Arc::new(Learned::given(Identity::of(&real, source.is_local())));
        Self::new(source, Origin::Listed, learned, shown, real)
    }

    /// As a table's metadata tells of it: [`crate::stores::Prefixes::pin`].
    pub(crate) fn known(source: Arc<Source>, location: Path, size: u64, shown: Path) -> Self {
        let learned = source.identities.of(&location);
        let real = ObjectMeta { location, last_modified: DateTime::default(), size, e_tag: None, version: None };
        Self::new(source, Origin::Metadata, learned, shown, real)
    }

    fn new(source: Arc<Source>, origin: Origin, learned: Arc<Learned>, shown: Path, real: ObjectMeta) -> Self {
        let mut hasher = DefaultHasher::new();
        source.prefix.hash(&mut hasher);
        (real.location.as_ref(), &real.e_tag, real.size, real.last_modified, learned.generation).hash(&mut hasher);
        let identity = hasher.finish();
        let (seconds, nanos) = ((identity >> 32) as i64, identity as u32 % 1_000_000_000);
        let last_modified = DateTime::from_timestamp(seconds, nanos).unwrap_or(real.last_modified);
        let shown = ObjectMeta { location: shown, last_modified, ..real.clone() };
        Self { source, origin, learned, within: None, real, shown }
    }

    /// Of a local file: links must not lead out of these folders.
    pub(crate) fn within(mut self, folders: &Arc<[PathBuf]>) -> Self {
        if self.source.is_local() {
            self.within = Some(Within::new(folders.clone()));
        }
        self
    }

    fn reader(&self) -> Reader {
        Reader {
            source: self.source.clone(),
            location: self.real.location.clone(),
            name: format!("file {}", self.shown.location),
            origin: self.origin,
            size: Some(self.real.size).filter(|size| *size != UNKNOWN_SIZE),
            learned: self.learned.clone(),
            within: self.within.clone(),
        }
    }
}

/// Read access to a fixed set of files, each exactly as it was when the table was opened: a file that was replaced since
/// is an error, also when that happens between two reads of it.
pub(crate) struct PinnedStore {
    files: HashMap<Path, PinnedFile>,
    io: Handle,
    is_parquet: bool,
}

impl PinnedStore {
    /// `files` may lie in several stores. `io`: where requests run.
    pub(crate) fn new(files: &[PinnedFile], io: Handle) -> Self {
        let files = files.iter().map(|file| (file.shown.location.clone(), file.clone())).collect();
        Self { files, io, is_parquet: false }
    }

    /// Whether its files are Parquet: their footers are looked at before a reader computes with what they say.
    pub(crate) fn of_parquet(self, is_parquet: bool) -> Self {
        Self { is_parquet, ..self }
    }

    fn file(&self, location: &Path) -> object_store::Result<&PinnedFile> {
        self.files.get(location).ok_or_else(|| object_store::Error::NotFound {
            path: location.to_string(),
            source: "not a file of this table version".into(),
        })
    }
}

/// Runs where requests may run; ends with the one who waits.
async fn read_on(
    io: Handle,
    reader: Reader,
    ranges: Vec<Range<u64>>,
    is_parquet: bool,
) -> object_store::Result<Vec<Bytes>> {
    let task = Aborting(io.spawn(async move {
        let read = reader.ranges(&ranges).await?;
        if let Some(size) = reader.size.filter(|_| is_parquet) {
            let mut ends = ranges.iter().zip(&read).filter(|(range, _)| range.end == size);
            ends.try_for_each(|(_, end)| check_footer(&reader.name, size, end))?;
        }
        Ok(read)
    }));
    let done = task.await.map_err(|e| generic(EngineError::internal(format!("reading failed: {e}"))))?;
    done.map_err(generic)
}

/// `end`: of a Parquet file. The last 8 bytes are the footer's length and a magic word.
fn check_footer(name: &str, size: u64, end: &[u8]) -> Result<(), EngineError> {
    let Some([a, b, c, d, b'P', b'A', b'R', b'1']) = end.last_chunk() else {
        return Ok(());
    };
    let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    if length + 8 <= size {
        return Ok(());
    }
    let message = format!("{name} is damaged: it has {size} bytes, and its footer would have {length}");
    Err(EngineError::new(ErrorCode::SourceInvalid, message))
}

/// A task that is aborted when nobody waits for it any more.
struct Aborting<T>(JoinHandle<T>);

impl<T> Future for Aborting<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Aborting<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
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
            let (reader, io, is_parquet) = (file.reader(), self.io.clone(), self.is_parquet);
            let ahead = if file.source.is_local() { 1 } else { STREAM_AHEAD };
            chunks(range.clone())
                .map(move |part| {
                    let read = read_on(io.clone(), reader.clone(), vec![part], is_parquet);
                    async move { Ok(read.await?.into_iter().next().unwrap_or_default()) }
                })
                .buffered(ahead)
                .boxed()
        };
        Ok(GetResult { payload: GetResultPayload::Stream(payload), meta, range, attributes: Attributes::default() })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> object_store::Result<Vec<Bytes>> {
        read_on(self.io.clone(), self.file(location)?.reader(), ranges.to_vec(), self.is_parquet).await
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use object_store::memory::InMemory;
    use object_store::{ObjectStoreExt, PutPayload};

    use super::*;
    use crate::error::embedded;
    use crate::stores::source::Kind;
    use crate::stores::{Prefixes, Source, object_url};

    struct Bucket {
        prefixes: Prefixes,
        memory: Arc<InMemory>,
    }

    fn bucket() -> Bucket {
        let (prefixes, memory) = (Prefixes::default(), Arc::new(InMemory::new()));
        let patience = Duration::from_secs(10);
        prefixes.put(Source::new("s3://b/".into(), Kind::Bucket, memory.clone(), patience, Duration::ZERO));
        Bucket { prefixes, memory }
    }

    impl Bucket {
        async fn put(&self, key: &str, content: &'static str) {
            self.memory.put(&Path::from(key), PutPayload::from_static(content.as_bytes())).await.unwrap();
        }

        fn pin(&self, key: &str, size: u64) -> PinnedFile {
            let url = object_url(&format!("s3a://b/{key}")).unwrap();
            self.prefixes.pin(&url, size, Path::from(format!("t/{key}"))).unwrap()
        }

        async fn read(&self, file: &PinnedFile) -> Result<Bytes, ErrorCode> {
            let store = PinnedStore::new(std::slice::from_ref(file), Handle::current());
            let read = store.get_range(&file.shown.location, 1..4).await;
            read.map_err(|error| embedded(&error).map_or(ErrorCode::Internal, |error| error.code))
        }
    }

    #[tokio::test]
    async fn files_known_by_metadata_are_read_and_held_to_what_they_were() {
        let bucket = bucket();
        bucket.put("x", "first").await;
        let file = bucket.pin("x", 5);
        assert_eq!(bucket.read(&file).await.unwrap(), "irs");
        assert_eq!(bucket.pin("x", 5).shown, file.shown, "the same file has one identity in every version");
        bucket.put("x", "other").await;
        assert_eq!(
            bucket.read(&bucket.pin("x", 5)).await,
            Err(ErrorCode::SourceChanged),
            "another version saw the first"
        );
        let anew = bucket.pin("x", 5);
        assert_ne!(
            anew.shown.last_modified, file.shown.last_modified,
            "a cached footer would be taken for the new file's"
        );
        assert_eq!(bucket.read(&anew).await.unwrap(), "the");
        assert_eq!(bucket.read(&file).await, Err(ErrorCode::SourceChanged));
    }

    #[tokio::test]
    async fn another_length_and_a_missing_file_are_told_apart() {
        let bucket = bucket();
        bucket.put("x", "first").await;
        assert_eq!(bucket.read(&bucket.pin("x", 6)).await, Err(ErrorCode::SourceInvalid));
        assert_eq!(bucket.read(&bucket.pin("y", 5)).await, Err(ErrorCode::SourceNotFound));
        assert!(bucket.prefixes.pin("s3://other/x", 1, Path::from("t/x")).is_err());
        bucket.prefixes.put(Source::implicit());
        assert!(bucket.prefixes.is_explicit("s3://b/x") && !bucket.prefixes.is_explicit("file:///x"));
    }

    #[tokio::test]
    async fn a_length_may_be_unknown() {
        let bucket = bucket();
        bucket.put("x", "first").await;
        assert_eq!(bucket.read(&bucket.pin("x", UNKNOWN_SIZE)).await.unwrap(), "irs");
        bucket.put("y", "ab").await;
        assert_eq!(bucket.read(&bucket.pin("y", UNKNOWN_SIZE)).await, Err(ErrorCode::SourceInvalid));
    }

    #[tokio::test]
    async fn local_files_known_by_metadata_are_held_to_their_length_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "first").unwrap();
        let bucket = bucket();
        bucket.prefixes.put(Source::implicit());
        let pin = |size| bucket.prefixes.pin(&format!("file://{}", path.display()), size, Path::from("t/x")).unwrap();
        let file = pin(5);
        assert_eq!(bucket.read(&file).await.unwrap(), "irs");
        std::fs::write(&path, "again!").unwrap();
        assert_eq!(bucket.read(&file).await, Err(ErrorCode::SourceChanged));
        assert_eq!(bucket.read(&pin(5)).await, Err(ErrorCode::SourceInvalid));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(bucket.read(&pin(6)).await, Err(ErrorCode::SourceNotFound));
    }
}
