//! What the command line needs beside queries: sample data and files of rows.

use std::sync::Arc;

use bowyer_engine::{EngineError, ErrorCode, Result, RowWriter, TpchSpec, WriterSpec, generate_tpch};
use parking_lot::Mutex;
use serde_json::json;

use crate::boundary::{Bytes, bytes, guarded, json, put, put_json};
use crate::handles::{self, Object};

/// # Safety
/// Pointers as `native/README.md` says; true of every function below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_tpch_generate(spec: *const u8, length: u64, out: *mut Bytes, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let spec: TpchSpec = unsafe { json("TPC-H specification", spec, length) }?;
        let tables = generate_tpch(&spec)?;
        unsafe { put_json(out, &json!({ "tables": tables })) }
    })
}

/// # Safety
/// See [`bowyer_tpch_generate`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_writer_open(spec: *const u8, length: u64, writer: *mut u64, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let spec: WriterSpec = unsafe { json("writer specification", spec, length) }?;
        let opened = Object::Writer(Arc::new(Mutex::new(Some(RowWriter::open(&spec)?))));
        unsafe { put(writer, handles::insert(0, opened)) };
        Ok(())
    })
}

/// # Safety
/// See [`bowyer_tpch_generate`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_writer_write(writer: u64, ipc: *const u8, length: u64, error: *mut Bytes) -> i32 {
    guarded(error, || {
        let writer = handles::writer(writer)?;
        let mut writer = writer.lock();
        writer.as_mut().ok_or_else(closed)?.write(unsafe { bytes(ipc, length) })
    })
}

/// # Safety
/// See [`bowyer_tpch_generate`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_writer_close(writer: u64, error: *mut Bytes) -> i32 {
    guarded(error, || take(writer)?.close())
}

/// # Safety
/// See [`bowyer_tpch_generate`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bowyer_writer_abort(writer: u64, error: *mut Bytes) -> i32 {
    guarded(error, || take(writer).map(RowWriter::abort))
}

fn take(writer: u64) -> Result<RowWriter> {
    let object = handles::remove(writer, |object| matches!(object, Object::Writer(_)))?;
    let Object::Writer(writer) = object else {
        return Err(closed());
    };
    let taken = writer.lock().take();
    taken.ok_or_else(closed)
}

fn closed() -> EngineError {
    EngineError::new(ErrorCode::Internal, "the writer is closed")
}
