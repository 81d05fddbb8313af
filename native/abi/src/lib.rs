//! `libbowyer`: the C ABI over [`bowyer_engine`]. The table of functions, their arguments and the rules of ownership
//! stand in `native/README.md`; this crate only converts, and turns panics into errors.

mod boundary;
mod engines;
mod handles;
mod objects;
mod queries;
mod statements;
mod tables;
mod tools;

/// The engine frees and allocates in bulk from many threads; the system's allocator is slower at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use boundary::{Bytes, bowyer_bytes_free};
pub use engines::*;
pub use objects::*;
pub use queries::*;
pub use statements::*;
pub use tables::*;
pub use tools::*;

/// Grows with every change of a signature or a struct.
pub const ABI_VERSION: u32 = 4;
