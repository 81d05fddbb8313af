//! The schema of an Arrow IPC file or stream. DataFusion's own look at it assumes that the first message starts right
//! behind the magic, which is not so in files whose writer aligns to more than 8 bytes.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::convert::fb_to_schema;
use datafusion::arrow::ipc::reader::read_footer_length;
use datafusion::arrow::ipc::{root_as_footer, root_as_message};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::error::{EngineError, Result, store_error};

const MAGIC: &[u8] = b"ARROW1";
/// Length and magic at the end of a file.
const TRAILER: u64 = 10;
const CONTINUATION: [u8; 4] = [0xFF; 4];
/// Largest schema message or footer that is read.
const MAX_METADATA: u64 = 256 << 20;

pub(crate) async fn schema_of(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta) -> Result<SchemaRef> {
    let start = read(store, meta, 0, 8).await?;
    let schema = match start.starts_with(MAGIC) {
        true => from_footer(store, meta).await?,
        false => from_first_message(store, meta, &start).await?,
    };
    Ok(Arc::new(schema))
}

async fn from_footer(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta) -> Result<Schema> {
    let trailer = read(store, meta, meta.size.saturating_sub(TRAILER), TRAILER).await?;
    let trailer: [u8; TRAILER as usize] = trailer.as_ref().try_into().map_err(|_| truncated())?;
    let length = read_footer_length(trailer).map_err(ipc_error)? as u64;
    let from = meta.size.checked_sub(TRAILER + length).ok_or_else(truncated)?;
    let bytes = read(store, meta, from, length).await?;
    let footer = root_as_footer(&bytes).map_err(|e| damaged(&e.to_string()))?;
    footer.schema().map(fb_to_schema).ok_or_else(|| damaged("the footer has no schema"))
}

async fn from_first_message(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, start: &[u8]) -> Result<Schema> {
    let (start, continuation) = match start.get(..4) {
        Some(first) if first == CONTINUATION => (start.get(4..8).ok_or_else(truncated)?, 8),
        _ => (start.get(..4).ok_or_else(truncated)?, 4),
    };
    let length = u32::from_le_bytes(start.try_into().map_err(|_| truncated())?);
    let bytes = read(store, meta, continuation, length.into()).await?;
    let message = root_as_message(&bytes).map_err(|e| damaged(&e.to_string()))?;
    message.header_as_schema().map(fb_to_schema).ok_or_else(|| damaged("the first message is not a schema"))
}

async fn read(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, from: u64, length: u64) -> Result<bytes::Bytes> {
    let end = from.saturating_add(length);
    if length > MAX_METADATA || end > meta.size {
        return Err(truncated());
    }
    store.get_range(&meta.location, from..end).await.map_err(|e| store_error(&e))
}

fn truncated() -> EngineError {
    damaged("it is truncated, or not an Arrow file")
}

fn damaged(reason: &str) -> EngineError {
    ipc_error(ArrowError::IpcError(reason.to_string()))
}

fn ipc_error(error: ArrowError) -> EngineError {
    EngineError::from(datafusion::error::DataFusionError::ArrowError(Box::new(error), None))
}
