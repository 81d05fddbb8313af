//! The messages of a run, in the format that was asked for: Arrow as it is, or a file in chunks.

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use parking_lot::Mutex;

use crate::encode::{Encoder, Message};
use crate::error::{EngineError, ErrorCode, Result};
use crate::sink::{OutputFormat, Sink};
use crate::sizes::sliced_size;
use crate::temporal;

/// Most values that are written at once: a value that takes no memory, a NULL for example, still takes text.
const CELLS_AT_ONCE: usize = 64 << 10;

pub(crate) enum ResultEncoder {
    Arrow(Box<Encoder>),
    File(Box<FileEncoder>),
}

impl ResultEncoder {
    /// `pool` is asked for what a file holds back.
    pub(crate) fn new(
        format: OutputFormat,
        schema: &SchemaRef,
        message_bytes: usize,
        pool: Arc<dyn MemoryPool>,
    ) -> Result<Self> {
        Ok(match format {
            OutputFormat::Arrow => Self::Arrow(Box::new(Encoder::new(schema, message_bytes)?)),
            file => Self::File(Box::new(FileEncoder::new(file, schema, message_bytes, pool)?)),
        })
    }

    /// `batch` in pieces that are encoded, and sent, one after another.
    pub(crate) fn pieces(&self, batch: RecordBatch) -> Vec<RecordBatch> {
        match self {
            Self::Arrow(_) => vec![batch],
            Self::File(file) => file.pieces(batch),
        }
    }

    pub(crate) fn encode(&mut self, piece: RecordBatch) -> Result<Vec<Message>> {
        match self {
            Self::Arrow(encoder) => encoder.encode(piece),
            Self::File(file) => file.encode(&piece),
        }
    }

    /// What is still held back, and what ends the file. After all rows, and never after a failure.
    pub(crate) fn finish(self) -> Result<Vec<Message>> {
        match self {
            Self::Arrow(_) => Ok(Vec::new()),
            Self::File(file) => file.finish(),
        }
    }
}

/// Bytes of a file, in chunks of the size of a message.
struct Chunks {
    size: usize,
    full: Vec<Vec<u8>>,
    /// The last one, which has room.
    last: Vec<u8>,
}

/// The side that the file is written to.
#[derive(Clone)]
struct Out(Arc<Mutex<Chunks>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut chunks = self.0.lock();
        let taken = bytes.len().min(chunks.size - chunks.last.len());
        chunks.last.extend_from_slice(&bytes[..taken]);
        if chunks.last.len() == chunks.size {
            let full = std::mem::take(&mut chunks.last);
            chunks.full.push(full);
        }
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Chunks come as soon as there are rows: a run that found no memory before that can be started again.
pub(crate) struct FileEncoder {
    format: OutputFormat,
    message_bytes: usize,
    sink: Sink<Out>,
    chunks: Arc<Mutex<Chunks>>,
    /// Of the row group that is held until it is whole.
    held: MemoryReservation,
    rows: u64,
    /// Of which a message was made.
    told: u64,
}

impl FileEncoder {
    fn new(format: OutputFormat, schema: &SchemaRef, message_bytes: usize, pool: Arc<dyn MemoryPool>) -> Result<Self> {
        let size = message_bytes.max(1);
        let chunks = Arc::new(Mutex::new(Chunks { size, full: Vec::new(), last: Vec::new() }));
        let sink = Sink::new(Out(chunks.clone()), format, schema).map_err(|e| failed(format, e))?;
        let held = MemoryConsumer::new("row group of the result").register(&pool);
        Ok(Self { format, message_bytes, sink, chunks, held, rows: 0, told: 0 })
    }

    fn pieces(&self, batch: RecordBatch) -> Vec<RecordBatch> {
        let most = (CELLS_AT_ONCE / batch.num_columns().max(1)).max(1);
        let mut pieces = Vec::new();
        let mut pending = vec![batch];
        while let Some(batch) = pending.pop() {
            let rows = batch.num_rows();
            if rows > most || rows > 1 && sliced_size(&batch) > self.message_bytes {
                let half = rows / 2;
                pending.push(batch.slice(half, rows - half));
                pending.push(batch.slice(0, half));
            } else if rows > 0 {
                pieces.push(batch);
            }
        }
        pieces
    }

    fn encode(&mut self, piece: &RecordBatch) -> Result<Vec<Message>> {
        if self.format != OutputFormat::Parquet {
            temporal::check(piece)?;
        }
        self.sink.write(piece).map_err(|e| failed(self.format, e))?;
        self.rows += piece.num_rows() as u64;
        match &mut self.sink {
            Sink::Parquet(writer) => {
                if self.held.try_resize(writer.memory_size()).is_err() {
                    // A smaller row group, then.
                    writer.flush().map_err(|e| failed(self.format, e.into()))?;
                    self.held.try_resize(writer.memory_size())?;
                }
                let complete = self.rows - writer.in_progress_rows() as u64;
                // Nothing leaves before there are rows in it.
                if complete == self.told {
                    return Ok(Vec::new());
                }
                writer.sync().map_err(|e| failed(self.format, e.into()))?;
                Ok(self.messages(complete))
            }
            _ => Ok(self.messages(self.rows)),
        }
    }

    /// Of all chunks. The rows are told with the last one, where all of them surely are complete.
    fn messages(&mut self, complete: u64) -> Vec<Message> {
        let mut chunks = self.chunks.lock();
        let mut found = std::mem::take(&mut chunks.full);
        if !chunks.last.is_empty() {
            found.push(std::mem::take(&mut chunks.last));
        }
        drop(chunks);
        let mut messages: Vec<Message> = found.into_iter().map(Message::chunk).collect();
        if let Some(last) = messages.last_mut() {
            last.rows = complete - self.told;
            self.told = complete;
        }
        messages
    }

    fn finish(mut self) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        if let Sink::Parquet(writer) = &mut self.sink {
            writer.flush().and_then(|()| Ok(writer.sync()?)).map_err(|e| failed(self.format, e.into()))?;
            messages = self.messages(self.rows);
        }
        self.sink.finish().map_err(|e| failed(self.format, e))?;
        messages.extend(self.messages(self.rows));
        Ok(messages)
    }
}

fn failed(format: OutputFormat, error: ArrowError) -> EngineError {
    EngineError::new(ErrorCode::InvalidValue, format!("the result cannot be written as {}: {error}", format.name()))
}
