//! A table of rows held in memory: what is known of a table of a table format, as its snapshots.

use std::hash::Hasher;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use siphasher::sip::SipHasher24;

use crate::error::{EngineError, ErrorCode, Result};
use crate::ipc_input;
use crate::table::{TableInfo, TableSource, hash_text};

/// Largest stream of rows.
const MAX_ROWS_BYTES: usize = 256 << 20;

pub(crate) struct RowsTable {
    name: String,
    rows: MemTable,
    count: u64,
    bytes: usize,
    /// Of the stream, which is all that tells one version from another.
    content: u64,
}

impl RowsTable {
    /// `ipc`: an Arrow IPC stream of any number of batches.
    pub(crate) fn new(name: &str, ipc: &[u8]) -> Result<Self> {
        if ipc.len() > MAX_ROWS_BYTES {
            let message = format!("{name}: {} bytes of rows (limit rows-bytes of {MAX_ROWS_BYTES})", ipc.len());
            return Err(EngineError::new(ErrorCode::LimitReached, message));
        }
        let (schema, batches) = ipc_input::batches(name, ipc)?;
        let mut hasher = SipHasher24::new();
        hasher.write(ipc);
        let count = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        let bytes = batches.iter().map(|batch| batch.get_array_memory_size()).sum();
        let rows = MemTable::try_new(schema, vec![batches])?;
        Ok(Self { name: name.to_string(), rows, count, bytes, content: hasher.finish() })
    }
}

#[async_trait]
impl TableSource for RowsTable {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    fn info(&self) -> TableInfo {
        let (rows, bytes) = (Some(self.count), self.bytes as u64);
        TableInfo { format: "rows", files: 0, bytes, rows, partitions: Vec::new() }
    }

    fn hash(&self, hasher: &mut dyn Hasher) {
        hash_text(hasher, &self.name);
        hasher.write_u64(self.content);
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        self.rows.scan(state, Some(&projection.to_vec()), filters, limit).await
    }

    fn pieces(&self) -> Option<u64> {
        None
    }
}
