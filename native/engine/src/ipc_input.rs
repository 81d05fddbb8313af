//! Arrow IPC streams from outside, read with nothing taken on trust: the reader of Arrow allocates what a header says and
//! panics where buffers lie outside of the body, so lengths are compared with what is there before it sees any.

use std::panic::{AssertUnwindSafe, catch_unwind};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::{Message, MessageHeader, RecordBatch as BatchHeader, root_as_message};

use crate::error::{EngineError, ErrorCode, Result};

/// Rows of a dictionary, and elements of a list, that one parameter may have.
const MAX_PARAMETER_VALUES: i64 = 1 << 20;
/// The same of a table that is sent as rows.
const MAX_TABLE_VALUES: i64 = 1 << 26;
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// Whose stream it is, for messages, and what it may hold.
#[derive(Clone, Copy)]
struct Input<'a> {
    name: &'a str,
    max_values: i64,
}

/// The only row of a stream of parameters. `None`: a stream without columns, whatever its rows.
pub(crate) fn one_row(ipc: &[u8]) -> Result<Option<RecordBatch>> {
    let input = Input { name: "parameters", max_values: MAX_PARAMETER_VALUES };
    let (schema, batches) = input.read(ipc)?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    match (schema.fields().len(), rows) {
        (0, _) => Ok(None),
        (_, 1) => Ok(batches.into_iter().find(|batch| batch.num_rows() > 0)),
        _ => Err(invalid(format!("parameters: {rows} rows (expected: 1)"))),
    }
}

/// All of a stream, by the name of the table that it is of.
pub(crate) fn batches(name: &str, ipc: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    Input { name, max_values: MAX_TABLE_VALUES }.read(ipc)
}

fn invalid(message: impl Into<String>) -> EngineError {
    EngineError::new(ErrorCode::InvalidArgument, message)
}

impl Input<'_> {
    fn damaged(&self, what: &str) -> EngineError {
        invalid(format!("{}: not an Arrow IPC stream: {what}", self.name))
    }

    fn cut(&self) -> EngineError {
        self.damaged("it ends in the middle of a message")
    }

    fn read(&self, ipc: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        self.check(ipc)?;
        let read = || {
            let reader = StreamReader::try_new(ipc, None)?;
            let schema = reader.schema();
            Ok::<_, ArrowError>((schema, reader.collect::<std::result::Result<Vec<_>, _>>()?))
        };
        catch_unwind(AssertUnwindSafe(read))
            .map_err(|_| self.damaged("its schema or a buffer is not valid"))?
            .map_err(|e| self.damaged(&e.to_string()))
    }

    fn check(&self, ipc: &[u8]) -> Result<()> {
        let mut rest = ipc;
        loop {
            if rest.is_empty() {
                return Ok(());
            }
            let marked = rest.starts_with(&CONTINUATION);
            let (length, after) = rest[if marked { 4 } else { 0 }..].split_at_checked(4).ok_or_else(|| self.cut())?;
            let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
            if length == 0 {
                return Ok(());
            }
            let (header, after) = after.split_at_checked(length).ok_or_else(|| self.cut())?;
            let message = root_as_message(header).map_err(|e| self.damaged(&e.to_string()))?;
            let body = usize::try_from(message.bodyLength()).map_err(|_| self.cut())?;
            rest = after.split_at_checked(body).ok_or_else(|| self.cut())?.1;
            self.check_message(&message)?;
        }
    }

    fn check_message(&self, message: &Message) -> Result<()> {
        let body = message.bodyLength();
        match message.header_type() {
            MessageHeader::Schema => Ok(()),
            MessageHeader::RecordBatch => {
                let batch =
                    message.header_as_record_batch().ok_or_else(|| self.damaged("a record batch without a header"))?;
                self.check_batch(&batch, body)
            }
            MessageHeader::DictionaryBatch => {
                let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
                self.check_batch(&dictionary.ok_or_else(|| self.damaged("a dictionary without values"))?, body)
            }
            other => Err(self.damaged(&format!("a message of kind {other:?}"))),
        }
    }

    fn check_batch(&self, batch: &BatchHeader, body: i64) -> Result<()> {
        if batch.compression().is_some() {
            let message = format!("{}: the record batch is compressed", self.name);
            return Err(invalid(message).with_hint("turn compression off"));
        }
        let max = self.max_values;
        let sane = |count: i64| (0..=max).contains(&count);
        let nodes = batch.nodes().into_iter().flatten();
        if !sane(batch.length()) || nodes.into_iter().any(|node| !sane(node.length()) || !sane(node.null_count())) {
            return Err(invalid(format!("{}: more than {max} values, or fewer than none", self.name)));
        }
        let mut buffers = batch.buffers().into_iter().flatten();
        let inside = |offset: i64, length: i64| {
            offset >= 0 && length >= 0 && offset.checked_add(length).is_some_and(|end| end <= body)
        };
        match buffers.all(|buffer| inside(buffer.offset(), buffer.length())) {
            true => Ok(()),
            false => Err(self.damaged("a buffer lies outside of its message")),
        }
    }
}
