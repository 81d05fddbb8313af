//! The tests of the crate from outside, in one program: each program more would be linked with all of DataFusion again.
//! `memory.rs` has its own, since it measures the process.

mod bad_files;
mod common;
mod formats;
mod joins;
mod lake;
mod limits;
mod metadata;
mod objects;
mod parameters;
mod parts;
mod progress;
mod queries;
mod result_types;
mod scans;
mod statistics;
mod store_options;
mod stores;
mod tables;
mod versions;
mod writer;
