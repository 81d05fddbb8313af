//! How one run of a statement is wanted.

use serde::Deserialize;

use crate::sink::OutputFormat;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExecuteOptions {
    /// For the caller's own use: handed to its callback.
    pub cookie: u64,
    pub query_id: String,
    /// Bytes; 0: only the engine's limit.
    pub memory_limit: usize,
    /// From start until the last message is made, waiting for the reader included; 0: none.
    pub timeout_millis: u64,
    /// The part to run, from 0.
    pub part: u32,
    /// Into how many the statement is divided, each row in exactly one; 0 or 1: it is run as a whole. Every run of one
    /// statement must be given the same number.
    pub parts: u32,
    /// What the messages hold.
    pub format: OutputFormat,
    /// Most rows; only of a run as a whole.
    pub limit: Option<usize>,
}
