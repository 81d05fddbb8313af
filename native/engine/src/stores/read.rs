//! Ranges of one file, each proven to be of the same state of it.
//!
//! A remote file is read by conditional requests: the store itself refuses once the file is another one. What it answers is
//! compared nevertheless, since not every store heeds conditions or has ETags. A local file is looked at after it was read.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStoreExt, coalesce_ranges};

use crate::error::{EngineError, ErrorCode, Result, changed};
use crate::stores::failure::{BEYOND_END, failure};
use crate::stores::identity::{Identity, Learned};
use crate::stores::links::Within;
use crate::stores::source::Source;

/// Bytes between two ranges that are rather read than asked around.
const COALESCE_GAP: u64 = 1 << 20;
/// Bytes of one request; more are asked for in several at the same time.
const REQUEST_BYTES: u64 = 8 << 20;
/// Longest range of a file whose length is not known.
const MAX_BLIND_RANGE: u64 = 1 << 30;
/// Requests of one range that run at the same time.
const RANGE_REQUESTS: usize = 8;

/// Where the size of a file comes from, which says what another one means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From a listing: the file was replaced since.
    Listed,
    /// From a table's metadata: the file is not the one meant.
    Metadata,
    /// Nobody said: the first answer tells.
    Unknown,
}

#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) source: Arc<Source>,
    pub(crate) location: Path,
    /// For messages.
    pub(crate) name: String,
    pub(crate) origin: Origin,
    /// `None`: not known, and not checked.
    pub(crate) size: Option<u64>,
    pub(crate) learned: Arc<Learned>,
    /// Of a local file that a table's metadata names.
    pub(crate) within: Option<Within>,
}

impl Reader {
    pub(crate) async fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.check(ranges, self.size)?;
        if self.source.is_local() {
            return self.local_ranges(ranges).await;
        }
        // An empty range has no request of HTTP.
        let asked: Vec<Range<u64>> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
        let mut read = coalesce_ranges(&asked, |range| self.long_range(range), COALESCE_GAP).await?.into_iter();
        let all = ranges.iter().map(|range| match range.is_empty() {
            true => Bytes::new(),
            false => read.next().unwrap_or_default(),
        });
        let all: Vec<Bytes> = all.collect();
        match all.iter().zip(ranges).all(|(bytes, range)| bytes.len() as u64 == range.end.saturating_sub(range.start)) {
            true => Ok(all),
            false => Err(EngineError::internal(format!("{}: a range was read short", self.name))),
        }
    }

    /// Offsets come from files, which may be damaged: nothing is asked or allocated for what cannot be there.
    fn check(&self, ranges: &[Range<u64>], size: Option<u64>) -> Result<()> {
        let is_inside = |range: &Range<u64>| match size {
            Some(size) => range.end <= size,
            None => range.end - range.start <= MAX_BLIND_RANGE,
        };
        let message = match ranges.iter().find(|range| range.start > range.end || !is_inside(range)) {
            Some(range) if range.start > range.end => {
                format!("{} is damaged: bytes {} to {} are wanted of it", self.name, range.start, range.end)
            }
            Some(range) => format!("{} does not reach to byte {}", self.name, range.end),
            None => return Ok(()),
        };
        Err(EngineError::new(ErrorCode::SourceInvalid, message).with_hint("an offset in it, or to it, is wrong"))
    }

    /// One range, of any length.
    pub(crate) async fn whole(&self, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        Ok(self.ranges(std::slice::from_ref(&range)).await?.into_iter().next().unwrap_or_default())
    }

    async fn long_range(&self, range: Range<u64>) -> Result<Bytes> {
        let starts = (range.start..range.end).step_by(REQUEST_BYTES as usize);
        let pieces: Vec<Range<u64>> = starts.map(|start| start..(start + REQUEST_BYTES).min(range.end)).collect();
        if let [whole] = pieces.as_slice() {
            return self.range(whole.clone()).await.map(|(bytes, _)| bytes);
        }
        let mut joined = BytesMut::with_capacity((range.end - range.start) as usize);
        let mut read = stream::iter(pieces).map(|piece| self.range(piece)).buffered(RANGE_REQUESTS);
        while let Some((bytes, _)) = read.try_next().await? {
            joined.extend_from_slice(&bytes);
        }
        Ok(joined.freeze())
    }

    /// One request of a remote file, with what it told of the file.
    pub(crate) async fn range(&self, range: Range<u64>) -> Result<(Bytes, ObjectMeta)> {
        // Waiting for the turn does not count: that is not the store's fault.
        let _permit = self.source.requests.acquire().await;
        match tokio::time::timeout(self.source.patience, self.request(range)).await {
            Ok(done) => done,
            Err(_) => {
                let message = format!("{}: the store of {} did not answer in time", self.name, self.source.prefix);
                Err(EngineError::new(ErrorCode::Unavailable, message)
                    .with_hint("the options timeout and retry-budget of the store say how long to wait"))
            }
        }
    }

    async fn request(&self, range: Range<u64>) -> Result<(Bytes, ObjectMeta)> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range.clone())),
            if_match: self.learned.get().and_then(Identity::condition),
            ..GetOptions::default()
        };
        let got = self.source.store().get_opts(&self.location, options).await.map_err(|e| self.failed(&e))?;
        self.verify(&got)?;
        let (meta, answered) = (got.meta.clone(), got.range.clone());
        let bytes = got.bytes().await.map_err(|e| self.failed(&e))?;
        let expected = answered.end - answered.start;
        if answered != range && self.origin == Origin::Metadata {
            let message = format!("{} has {} bytes and ends before byte {}", self.name, meta.size, range.end);
            return Err(EngineError::new(ErrorCode::SourceInvalid, message));
        }
        let short_at_end = self.origin == Origin::Unknown && answered.end == meta.size;
        if bytes.len() as u64 != expected || answered != range && !short_at_end {
            let message =
                format!("{}: the store of {} sent {} bytes of {expected}", self.name, self.source.prefix, bytes.len());
            return Err(EngineError::new(ErrorCode::Unavailable, message).with_hint("run it again"));
        }
        Ok((bytes, meta))
    }

    fn verify(&self, got: &GetResult) -> Result<()> {
        let same_size = self.size.is_none_or(|size| size == got.meta.size);
        if !same_size && self.origin == Origin::Metadata {
            return Err(self.wrong_size(got.meta.size));
        }
        match same_size && self.learned.agrees(Identity::of(&got.meta, false)) {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }

    fn failed(&self, error: &Error) -> EngineError {
        let made = failure(&self.source, &self.name, error);
        match (made.code, self.origin) {
            (ErrorCode::SourceChanged, _) => self.changed(),
            (ErrorCode::SourceNotFound, Origin::Listed) => self.changed(),
            (ErrorCode::SourceNotFound, Origin::Metadata) => self.gone(),
            // Shorter than the range that was asked for.
            (ErrorCode::SourceInvalid, Origin::Listed) if made.message.ends_with(BEYOND_END) => self.changed(),
            _ => made,
        }
    }

    fn changed(&self) -> EngineError {
        self.source.forget(&self.location);
        changed(self.name.strip_prefix("file ").unwrap_or(&self.name))
    }

    fn gone(&self) -> EngineError {
        self.source.forget(&self.location);
        EngineError::new(ErrorCode::SourceNotFound, format!("{} is gone", self.name))
            .with_hint("it may have expired or been cleaned up; read a newer version of the table")
    }

    fn wrong_size(&self, found: u64) -> EngineError {
        let said = self.size.unwrap_or_default();
        let message = format!("{} has {found} bytes, the table says {said}", self.name);
        EngineError::new(ErrorCode::SourceInvalid, message).with_hint("the file is not the one that the table means")
    }

    /// Reads, then looks whether the file still is the pinned one: so it was throughout.
    async fn local_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let store = self.source.store();
        if let Some(within) = &self.within {
            within.check(PathBuf::from(format!("/{}", self.location)), &self.name).await?;
        }
        if self.learned.get().is_none() || self.size.is_none() {
            let found = store.head(&self.location).await.map_err(|e| self.failed(&e))?;
            if self.origin == Origin::Metadata && self.size.is_some_and(|size| size != found.size) {
                return Err(self.wrong_size(found.size));
            }
            if self.size.is_none() {
                self.check(ranges, Some(found.size))?;
            }
            self.learned.agrees(Identity::of(&found, true));
        }
        let read = store.get_ranges(&self.location, ranges).await;
        let now = store.head(&self.location).await.map_err(|e| self.failed(&e))?;
        if self.size.is_some_and(|size| size != now.size) || !self.learned.agrees(Identity::of(&now, true)) {
            return Err(self.changed());
        }
        read.map_err(|e| self.failed(&e))
    }
}
