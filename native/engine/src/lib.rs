//! Bowyer's query engine: DataFusion over registered files, with limits, cancellation, and results as encoded Arrow IPC
//! messages or as a file in chunks. Start reading at [`Engine`]; the life of a statement is [`Session::prepare`] ->
//! [`Statement::execute`] -> [`Query::next`].

mod arrow_file;
mod catalog;
mod config;
mod encode;
mod engine;
mod error;
mod explain;
mod file_table;
mod functions;
mod guard;
mod ipc_input;
mod lake;
mod limit;
mod locate;
mod memory;
mod names;
mod objects;
mod once;
mod opener;
mod options;
mod parameters;
mod parts;
mod plans;
mod progress;
mod query;
mod relations;
mod repeatable;
mod results;
mod rows;
mod scan;
mod schema;
mod session;
mod show;
mod sink;
mod sizes;
mod spec;
mod statement;
mod statistics;
mod stores;
mod table;
mod temporal;
mod time_travel;
mod tokens;
mod tpch;
mod wire;
mod writer;

/// Version of the DataFusion crate inside.
pub const DATAFUSION_VERSION: &str = datafusion::DATAFUSION_VERSION;

/// Version of the Arrow crates inside.
pub const ARROW_VERSION: &str = datafusion::arrow::ARROW_VERSION;

pub use config::EngineConfig;
pub use encode::{Message, schema_message};
pub use engine::{Engine, EngineStats};
pub use error::{EngineError, ErrorCode, Position, Result};
pub use explain::ExplainFormat;
pub use guard::SqlLimits;
pub use locate::{CsvOptions, Format, TableSpec};
pub use objects::{ListSpec, ObjectInfo};
pub use options::ExecuteOptions;
pub use query::{Next, Query, QueryMetrics, Ready};
pub use session::{Session, SessionName, SessionTable, TableName};
pub use sink::OutputFormat;
pub use spec::StatementSpec;
pub use statement::{Statement, StatementKind};
pub use statistics::{ColumnStatistics, TableStatistics};
pub use stores::StoreOptions;
pub use table::{Table, TableInfo};
pub use tpch::{TpchSpec, TpchTable, generate as generate_tpch};
pub use wire::ResultTypes;
pub use writer::{RowWriter, WriterSpec};
