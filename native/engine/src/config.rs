//! What an engine may use.

use std::path::PathBuf;

use serde::Deserialize;

use crate::guard::SqlLimits;

/// Every field has a default, so that `{}` is a working configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EngineConfig {
    /// Threads that plan and compute; also the number of partitions of a plan. Default: the machine's cores.
    pub cpu_threads: usize,
    /// Threads that wait for object stores.
    pub io_threads: usize,
    /// Memory of all operators that count theirs, in bytes.
    pub memory_bytes: usize,
    /// Folder for spilled data, made when it is missing. Default: the system's folder for temporary files.
    pub spill_folder: Option<PathBuf>,
    /// Size of all spilled data, in bytes.
    pub spill_bytes: u64,
    /// Rows of a batch inside the engine.
    pub batch_rows: usize,
    /// Memory of the cache of Parquet footers, in bytes.
    pub metadata_cache_bytes: usize,
    /// Size up to which a message is filled, in bytes of its body; a message is never twice as large unless one row is.
    pub message_bytes: usize,
    /// Longest statement, in bytes.
    pub sql_bytes: usize,
    /// Most tokens of a statement.
    pub sql_tokens: usize,
    /// Deepest nesting of parentheses, brackets and CASE.
    pub sql_nesting: usize,
    /// Most operators in a row without a parenthesis, comma or clause between them.
    pub sql_chain: usize,
    /// Whether local files may be registered.
    pub local: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            cpu_threads: cores,
            io_threads: 2,
            memory_bytes: 2 << 30,
            spill_folder: None,
            spill_bytes: 64 << 30,
            batch_rows: 8192,
            metadata_cache_bytes: 256 << 20,
            message_bytes: 1 << 20,
            sql_bytes: 256 << 10,
            sql_tokens: 50_000,
            sql_nesting: 100,
            sql_chain: 500,
            local: true,
        }
    }
}

impl EngineConfig {
    pub(crate) fn sql_limits(&self) -> SqlLimits {
        SqlLimits { bytes: self.sql_bytes, tokens: self.sql_tokens, nesting: self.sql_nesting, chain: self.sql_chain }
    }
}
