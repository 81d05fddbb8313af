//! Arrow IPC streams from outside, read with nothing taken on trust: the reader of Arrow allocates what a header says and
//! panics where buffers lie outside of the body, so lengths are compared with what is there before it sees any.

use std::panic::{AssertUnwindSafe, catch_unwind};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::{Message, MessageHeader, RecordBatch as BatchHeader, root_as_message};

use crate::error::{EngineError, ErrorCode, Result};

/// Rows of a dictionary, and elements of a list, that one parameter may have.
const MAX_ELEMENTS: i64 = 1 << 20;
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// The only row of a stream. `None`: a stream without columns, whatever its rows.
pub(crate) fn one_row(ipc: &[u8]) -> Result<Option<RecordBatch>> {
    check(ipc)?;
    let read = || {
        let mut row: Option<RecordBatch> = None;
        let mut rows = 0;
        let reader = StreamReader::try_new(ipc, None)?;
        let columns = reader.schema().fields().len();
        for batch in reader {
            let batch = batch?;
            rows += batch.num_rows();
            if batch.num_rows() > 0 {
                row = Some(batch);
            }
        }
        Ok::<_, datafusion::arrow::error::ArrowError>((columns, rows, row))
    };
    let (columns, rows, row) = catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| damaged("its schema or a buffer is not valid"))?
        .map_err(|e| damaged(&e.to_string()))?;
    match (columns, rows) {
        (0, _) => Ok(None),
        (_, 1) => Ok(row),
        _ => Err(invalid(format!("parameters: {rows} rows (expected: 1)"))),
    }
}

fn invalid(message: impl Into<String>) -> EngineError {
    EngineError::new(ErrorCode::InvalidArgument, message)
}

fn damaged(what: &str) -> EngineError {
    invalid(format!("parameters: not an Arrow IPC stream: {what}"))
}

fn check(ipc: &[u8]) -> Result<()> {
    let mut rest = ipc;
    loop {
        if rest.is_empty() {
            return Ok(());
        }
        let marked = rest.starts_with(&CONTINUATION);
        let (length, after) = rest[if marked { 4 } else { 0 }..].split_at_checked(4).ok_or_else(cut)?;
        let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
        if length == 0 {
            return Ok(());
        }
        let (header, after) = after.split_at_checked(length).ok_or_else(cut)?;
        let message = root_as_message(header).map_err(|e| damaged(&e.to_string()))?;
        let body = usize::try_from(message.bodyLength()).map_err(|_| cut())?;
        rest = after.split_at_checked(body).ok_or_else(cut)?.1;
        check_message(&message)?;
    }
}

fn cut() -> EngineError {
    damaged("it ends in the middle of a message")
}

fn check_message(message: &Message) -> Result<()> {
    let body = message.bodyLength();
    match message.header_type() {
        MessageHeader::Schema => Ok(()),
        MessageHeader::RecordBatch => {
            let batch = message.header_as_record_batch().ok_or_else(|| damaged("a record batch without a header"))?;
            check_batch(&batch, body)
        }
        MessageHeader::DictionaryBatch => {
            let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
            check_batch(&dictionary.ok_or_else(|| damaged("a dictionary without values"))?, body)
        }
        other => Err(damaged(&format!("a message of kind {other:?}"))),
    }
}

fn check_batch(batch: &BatchHeader, body: i64) -> Result<()> {
    if batch.compression().is_some() {
        let hint = "turn compression off for parameters";
        return Err(invalid("parameters: the record batch is compressed").with_hint(hint));
    }
    let sane = |count: i64| (0..=MAX_ELEMENTS).contains(&count);
    let nodes = batch.nodes().into_iter().flatten();
    if !sane(batch.length()) || nodes.into_iter().any(|node| !sane(node.length()) || !sane(node.null_count())) {
        return Err(invalid(format!("parameters: more than {MAX_ELEMENTS} values, or fewer than none")));
    }
    let mut buffers = batch.buffers().into_iter().flatten();
    let inside = |offset: i64, length: i64| {
        offset >= 0 && length >= 0 && offset.checked_add(length).is_some_and(|end| end <= body)
    };
    match buffers.all(|buffer| inside(buffer.offset(), buffer.length())) {
        true => Ok(()),
        false => Err(damaged("a buffer lies outside of its message")),
    }
}
