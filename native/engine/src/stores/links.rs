//! Links in local folders. What a table's metadata names lies, as text, below a folder that may be read; a link may lead out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{EngineError, ErrorCode, Result};

/// The folders that a file must lie below, once all links are followed.
#[derive(Clone, Debug)]
pub(crate) struct Within {
    folders: Arc<[PathBuf]>,
    /// Of one file, whose later reads prove that it is the same.
    is_proven: Arc<AtomicBool>,
}

impl Within {
    pub(crate) fn new(folders: Arc<[PathBuf]>) -> Self {
        Self { folders, is_proven: Arc::default() }
    }

    /// `path` is absolute. `name`: as messages call it.
    pub(crate) async fn check(&self, path: PathBuf, name: &str) -> Result<()> {
        if self.is_proven.load(Ordering::Acquire) {
            return Ok(());
        }
        let folders = self.folders.clone();
        let checked = tokio::task::spawn_blocking(move || lies_below(&path, &folders)).await;
        match checked.map_err(|e| EngineError::internal(format!("{name}: {e}")))? {
            true => {
                self.is_proven.store(true, Ordering::Release);
                Ok(())
            }
            false => {
                let message = format!("{name} is a link to a place outside of the table's folder");
                Err(EngineError::new(ErrorCode::SourceInvalid, message)
                    .with_hint("register the folder that it leads to as a store, if it may be read"))
            }
        }
    }
}

fn lies_below(path: &Path, folders: &[PathBuf]) -> bool {
    // What is not there is told by reading it.
    let Ok(real) = path.canonicalize() else {
        return true;
    };
    folders.iter().any(|folder| folder.canonicalize().is_ok_and(|folder| real.starts_with(folder)))
}
