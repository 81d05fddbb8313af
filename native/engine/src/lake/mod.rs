//! Tables of table formats, Iceberg and Delta: one version each, planned whole by the server and read here.
//!
//! [`header`] and [`files`] are what the planner sends. A scan leaves files out by [`statistics`], and reads the others
//! with DataFusion's own Parquet source ([`source`]), to which [`opening`] gives three things for each file: its deleted rows
//! ([`deletes`]) as a selection of rows, its own place for each column ([`mapping`], [`adapter`]), and its name on errors.
//! Equality deletes are joins above that ([`equality`]).

mod adapter;
mod buckets;
mod cache;
mod casts;
mod convert;
mod deletes;
mod equality;
mod fields;
mod files;
mod header;
mod mapping;
mod opening;
mod scan;
mod shape;
mod source;
mod statistics;
mod table;
mod vectors;

pub(crate) use cache::DeleteCache;
pub(crate) use table::LakeTable;
