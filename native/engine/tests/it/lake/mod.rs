//! Lake tables: data and delete files written here, planned by hand, read by the engine, compared with plain code.

mod deletes;
mod evolution;
mod model;
mod pruning;
mod random;
mod refused;
pub mod table;
mod values;
