//! Record batches to Arrow IPC messages, without copying what is large.

use std::iter::Peekable;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions, StreamEncoder};
use datafusion::arrow::ipc::{MetadataVersion, root_as_message};

use crate::error::{EngineError, ErrorCode, Result};
use crate::sizes::{compacted, shares, sliced_size};

/// Body buffers below this many bytes are joined: many small buffers cost the transport more than a copy.
const JOIN_BELOW: usize = 16 << 10;
/// Batches below this many bytes wait for the next one, if that is there already.
pub(crate) const SMALL_BATCH: usize = 64 << 10;
/// Continuation marker and length in front of a message of the stream format.
const PREFIX: usize = 8;
/// Alignment of body buffers.
const ALIGNMENT: usize = 8;

/// One encoded record batch or dictionary, which shares memory with the batch it was made from; or the next chunk of a
/// file.
#[derive(Debug)]
pub struct Message {
    /// The bare `Message` flatbuffer; empty with a chunk.
    pub header: Buffer,
    /// The body in wire order, padding included; the chunk.
    pub segments: Vec<Buffer>,
    /// 0 for a dictionary. Of a chunk, the rows that are complete with it.
    pub rows: u64,
}

impl Message {
    pub(crate) fn chunk(bytes: Vec<u8>) -> Self {
        Self { header: Buffer::from_vec(Vec::<u8>::new()), segments: vec![Buffer::from_vec(bytes)], rows: 0 }
    }

    pub fn body_length(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len() as u64).sum()
    }
}

fn options() -> Result<IpcWriteOptions> {
    IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5).map_err(|e| EngineError::internal(e.to_string()))
}

/// The bare `Message` flatbuffer of a schema.
pub fn schema_message(schema: &Schema) -> Result<Vec<u8>> {
    let mut tracker = DictionaryTracker::new(false);
    let encoded =
        IpcDataGenerator::default().schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, &options()?);
    Ok(encoded.ipc_message)
}

/// Encodes the batches of one stream.
pub(crate) struct Encoder {
    encoder: StreamEncoder,
    /// Whether the schema message, which comes with the first batch and travels another way, is still to come.
    has_schema: bool,
    message_bytes: usize,
    /// Whether arrays may share buffers or values with other rows, and with how many cannot be seen from their rows.
    shares: bool,
}

impl Encoder {
    pub(crate) fn new(schema: &SchemaRef, message_bytes: usize) -> Result<Self> {
        let encoder = StreamEncoder::try_new_with_options(schema, options()?)
            .map_err(|e| EngineError::new(ErrorCode::Unsupported, e.to_string()))?;
        let shares = schema.fields().iter().any(|field| shares(field.data_type()));
        Ok(Self { encoder, has_schema: true, message_bytes, shares })
    }

    /// Messages of at most twice the wanted size, except where a single row is larger. Dictionaries come as messages
    /// without rows before the batch that needs them.
    pub(crate) fn encode(&mut self, batch: RecordBatch) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        let mut pending = vec![batch];
        while let Some(batch) = pending.pop() {
            let rows = batch.num_rows();
            if rows > 1 && sliced_size(&batch) > self.message_bytes + self.message_bytes / 2 {
                let half = rows / 2;
                pending.push(batch.slice(half, rows - half));
                pending.push(batch.slice(0, half));
                continue;
            }
            if rows > 0 {
                let batch = if self.shares { compacted(batch, self.message_bytes)? } else { batch };
                self.messages(&batch, &mut messages)?;
            }
        }
        Ok(messages)
    }

    fn messages(&mut self, batch: &RecordBatch, messages: &mut Vec<Message>) -> Result<()> {
        let buffers = self.encoder.encode(batch).map_err(|e| EngineError::internal(format!("encoding failed: {e}")))?;
        let mut buffers = buffers.into_iter().peekable();
        if std::mem::take(&mut self.has_schema) {
            message(&mut buffers)?;
        }
        while buffers.peek().is_some() {
            messages.push(message(&mut buffers)?);
        }
        match messages.last_mut() {
            Some(last) => last.rows = batch.num_rows() as u64,
            None => return Err(EngineError::internal("the encoder gave no message")),
        }
        Ok(())
    }
}

/// Takes the buffers of one message, as the stream format has them: prefix, header, padding, body.
fn message(buffers: &mut Peekable<impl Iterator<Item = Buffer>>) -> Result<Message> {
    let prefix = buffers.next().filter(|prefix| prefix.len() == PREFIX);
    let (Some(prefix), Some(header)) = (prefix, buffers.next()) else {
        return Err(EngineError::internal("the encoder gave no message header"));
    };
    let padded = u32::from_le_bytes([prefix[4], prefix[5], prefix[6], prefix[7]]) as usize;
    let mut padding = padded.saturating_sub(header.len());
    let declared = root_as_message(&header).map(|m| m.bodyLength()).unwrap_or(-1);
    let mut body: Vec<Buffer> = Vec::new();
    let mut length = 0;
    while padding > 0 || length < declared {
        let Some(buffer) = buffers.next() else {
            break;
        };
        if padding > 0 {
            padding = padding.saturating_sub(buffer.len());
            continue;
        }
        length += buffer.len() as i64;
        body.push(buffer);
    }
    while buffers.next_if(|buffer| buffer.is_empty()).is_some() {}
    if declared != length {
        return Err(EngineError::internal(format!("message body of {length} bytes declared as {declared}")));
    }
    Ok(Message { header, segments: joined(body), rows: 0 })
}

/// Small neighbours become one buffer.
fn joined(buffers: Vec<Buffer>) -> Vec<Buffer> {
    let mut out: Vec<Buffer> = Vec::new();
    let mut small: Vec<u8> = Vec::new();
    for buffer in buffers {
        if buffer.len() < JOIN_BELOW {
            small.extend_from_slice(&buffer);
            continue;
        }
        if !small.is_empty() {
            out.push(Buffer::from_vec(std::mem::take(&mut small)));
        }
        out.push(buffer);
    }
    if !small.is_empty() {
        out.push(Buffer::from_vec(small));
    }
    out
}

/// Several small batches as one; as they are where dictionaries together have more values than their keys can count.
pub(crate) fn combined(schema: &SchemaRef, batches: Vec<RecordBatch>) -> Vec<RecordBatch> {
    match batches.len() {
        1 => batches,
        _ => concat_batches(schema, &batches).map_or(batches, |whole| vec![whole]),
    }
}

/// `batch` under exactly `schema`: names and nullability of the plan, not of the operators.
pub(crate) fn renamed(schema: &SchemaRef, batch: RecordBatch) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let options = datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), batch.columns().to_vec(), &options)
        .map_err(|e| EngineError::internal(format!("the result does not fit its schema: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{ArrayRef, Int64Array, ListArray, StringArray};
    use datafusion::arrow::datatypes::Float64Type;
    use datafusion::arrow::ipc::reader::StreamReader;

    fn batch(rows: usize) -> RecordBatch {
        let ids: ArrayRef = Arc::new((0..rows as i64).map(Some).collect::<Int64Array>());
        let names: ArrayRef =
            Arc::new((0..rows).map(|i| (i % 7 != 0).then(|| format!("row {i}"))).collect::<StringArray>());
        RecordBatch::try_from_iter([("id", ids), ("name", names)]).unwrap()
    }

    /// Puts messages back into the stream format, as a reader expects it.
    fn decode(schema: &Schema, messages: &[Message]) -> Vec<RecordBatch> {
        let mut bytes = Vec::new();
        let mut put = |header: &[u8], body: &[Buffer]| {
            let padded = header.len().next_multiple_of(8);
            bytes.extend_from_slice(&[0xFF; 4]);
            bytes.extend_from_slice(&(padded as u32).to_le_bytes());
            bytes.extend_from_slice(header);
            bytes.resize(bytes.len() + padded - header.len(), 0);
            for segment in body {
                bytes.extend_from_slice(segment);
            }
        };
        put(&schema_message(schema).unwrap(), &[]);
        for message in messages {
            put(&message.header, &message.segments);
        }
        StreamReader::try_new(bytes.as_slice(), None).unwrap().map(|batch| batch.unwrap()).collect()
    }

    #[test]
    fn a_batch_survives_splitting_and_encoding() {
        let whole = batch(100_000);
        let mut encoder = Encoder::new(&whole.schema(), 64 << 10).unwrap();
        let messages = encoder.encode(whole.clone()).unwrap();
        assert!(messages.len() > 10, "{} messages", messages.len());
        assert!(messages.iter().all(|message| message.body_length() < 128 << 10));
        let back = decode(&whole.schema(), &messages);
        assert_eq!(concat_batches(&whole.schema(), &back).unwrap(), whole);
    }

    #[test]
    fn slices_send_only_their_rows() {
        let slice = batch(100_000).slice(99_990, 10);
        let mut encoder = Encoder::new(&slice.schema(), 1 << 20).unwrap();
        let messages = encoder.encode(slice.clone()).unwrap();
        assert_eq!(messages.len(), 1);
        assert!(messages[0].body_length() < 1024, "{} bytes", messages[0].body_length());
        assert_eq!(decode(&slice.schema(), &messages), vec![slice]);
    }

    #[test]
    fn lists_are_split_by_what_their_rows_hold() {
        let row: Vec<Option<f64>> = (0..100).map(|i| Some(f64::from(i))).collect();
        let lists = ListArray::from_iter_primitive::<Float64Type, _, _>((0..20_000).map(|_| Some(row.clone())));
        let batch = RecordBatch::try_from_iter([("list", Arc::new(lists) as ArrayRef)]).unwrap();
        let mut encoder = Encoder::new(&batch.schema(), 1 << 20).unwrap();
        let messages = encoder.encode(batch.clone()).unwrap();
        assert!((10..40).contains(&messages.len()), "{} messages of 16 MB", messages.len());
        let back = decode(&batch.schema(), &messages);
        assert_eq!(concat_batches(&batch.schema(), &back).unwrap(), batch);
    }

    #[test]
    fn one_huge_row_is_one_message() {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(5 << 20)]));
        let batch = RecordBatch::try_from_iter([("text", text)]).unwrap();
        let mut encoder = Encoder::new(&batch.schema(), 1 << 20).unwrap();
        assert_eq!(encoder.encode(batch).unwrap().len(), 1);
    }
}
