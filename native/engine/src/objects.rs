//! Single objects, for callers that read the metadata of table formats themselves.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::ObjectMeta;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::error::{EngineError, ErrorCode, Result};
use crate::stores::{BEYOND_END, Kind, Learned, Origin, Prefixes, Reader, Source, key, object_url, store_path};

/// Most bytes of one read.
pub(crate) const MAX_READ: u64 = 256 << 20;
/// Most objects of one listing, and how many if nobody says.
const MAX_LISTED: usize = 1_000_000;
const DEFAULT_LISTED: usize = 100_000;
/// Bytes asked for at once.
const CHUNK: u64 = 16 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectInfo {
    pub url: String,
    pub size: u64,
    pub modified_millis: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListSpec {
    pub folder: String,
    /// Names before this one are left out.
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub recursive: bool,
    /// More objects than this are an error.
    #[serde(default)]
    pub limit: Option<usize>,
}

fn place(prefixes: &Prefixes, url: &str) -> Result<(Arc<Source>, Path, String)> {
    let url = object_url(url)?;
    let source = prefixes.find(&url)?;
    let path = store_path(&url)?;
    Ok((source, path, url))
}

fn info(url: String, meta: &ObjectMeta) -> ObjectInfo {
    let modified_millis = meta.last_modified.timestamp_millis();
    ObjectInfo { url, size: meta.size, modified_millis, etag: meta.e_tag.clone() }
}

pub(crate) async fn head(prefixes: &Prefixes, url: &str) -> Result<ObjectInfo> {
    let (source, path, normal) = place(prefixes, url)?;
    let meta = source.head(&path, &normal).await?;
    Ok(info(url.to_string(), &meta))
}

/// `length` bytes from `offset`; fewer only where the object ends. All are of one state of the object.
pub(crate) async fn read(prefixes: &Prefixes, url: &str, offset: u64, length: u64) -> Result<Bytes> {
    if length > MAX_READ {
        let message = format!("{url}: a read of {length} bytes (limit object-read-bytes of {MAX_READ})");
        return Err(EngineError::new(ErrorCode::LimitReached, message).with_hint("read it in several parts"));
    }
    let (source, path, normal) = place(prefixes, url)?;
    let learned = Arc::new(Learned::new());
    let (origin, size, within) = (Origin::Unknown, None, None);
    let mut reader = Reader { source, location: path, name: normal, origin, size, learned, within };
    let end = offset.saturating_add(length);
    if reader.source.is_local() {
        let meta = reader.source.head(&reader.location, &reader.name).await?;
        let range = offset.min(meta.size)..end.min(meta.size);
        reader.size = Some(meta.size);
        return reader.whole(range).await;
    }
    if length == 0 {
        return Ok(Bytes::new());
    }
    // The first answer tells the size, which saves asking for it.
    let first = reader.range(offset..end.min(offset.saturating_add(CHUNK))).await;
    let (bytes, meta) = match first {
        Err(error) if error.message.ends_with(BEYOND_END) => return Ok(Bytes::new()),
        other => other?,
    };
    let (from, to) = (offset + bytes.len() as u64, end.min(meta.size));
    if from >= to {
        return Ok(bytes);
    }
    reader.origin = Origin::Listed;
    reader.size = Some(meta.size);
    let rest = reader.whole(from..to).await?;
    let mut joined = BytesMut::with_capacity(bytes.len() + rest.len());
    joined.extend_from_slice(&bytes);
    joined.extend_from_slice(&rest);
    Ok(joined.freeze())
}

pub(crate) async fn list(prefixes: &Prefixes, spec: &ListSpec) -> Result<Vec<ObjectInfo>> {
    let limit = spec.limit.unwrap_or(DEFAULT_LISTED);
    if limit > MAX_LISTED {
        let message = format!("limit: {limit} (expected: at most {MAX_LISTED})");
        return Err(EngineError::new(ErrorCode::InvalidArgument, message));
    }
    let mut folder = spec.folder.clone();
    if !folder.ends_with('/') {
        folder.push('/');
    }
    let (source, root, normal) = place(prefixes, &folder)?;
    let is_http = source.kind == Kind::Http;
    let from = spec.from.as_deref().filter(|from| !from.is_empty() && !is_http);
    let metas = match from {
        // Starts in front of `from`, which the store itself would leave out.
        Some(from) => {
            let mut before = from.to_string();
            before.pop();
            let offset = Path::parse(format!("{}{before}", key(&normal))).unwrap_or_else(|_| root.clone());
            source.collect(&normal, limit, source.store().list_with_offset(Some(&root), &offset)).await?
        }
        None if spec.recursive || is_http => source.collect(&normal, limit, source.store().list(Some(&root))).await?,
        None => source.children(&root, limit, &normal).await?,
    };
    let mut found: Vec<(String, ObjectMeta)> = Vec::with_capacity(metas.len());
    for meta in metas {
        let Some(parts) = meta.location.prefix_match(&root) else {
            continue;
        };
        let parts: Vec<String> = parts.map(|part| part.as_ref().to_string()).collect();
        let name = parts.join("/");
        let wanted = !name.is_empty() && (spec.recursive || parts.len() == 1);
        if wanted && from.is_none_or(|from| name.as_str() >= from) {
            found.push((name, meta));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found.into_iter().map(|(name, meta)| info(format!("{folder}{}", written(&source, &name)), &meta)).collect())
}

/// A name as its URL has it: local URLs are decoded when they are read, those of buckets are not.
fn written(source: &Source, name: &str) -> String {
    if source.is_local() { name.replace('%', "%25") } else { name.to_string() }
}
