//! Which files the engine can reach, and the guarantee that a scan reads the very files it was planned over.
//!
//! Two layers. [`Prefixes`] holds the object stores by registered URL prefix and is only asked when a table is opened.
//! Plans see neither those stores nor their paths: each table version registers a [`PinnedStore`] under a URL of its own
//! in [`PinnedRegistry`], which answers for the files of that version alone, under the table's name.

mod build;
mod connector;
mod failure;
mod identity;
mod links;
mod listing;
mod options;
mod pinned;
mod prefixes;
mod profile;
mod read;
mod registry;
mod s3;
mod source;
mod url;

pub(crate) use build::build;
pub(crate) use failure::BEYOND_END;
pub(crate) use identity::Learned;
pub use options::StoreOptions;
pub(crate) use pinned::{PinnedFile, PinnedStore, UNKNOWN_SIZE};
pub(crate) use prefixes::Prefixes;
pub(crate) use read::{Origin, Reader};
pub(crate) use registry::PinnedRegistry;
pub(crate) use source::{Kind, Source};
pub(crate) use url::{key, location_url, object_url, store_path};
