//! Rows into a file of any of the formats that the command line offers.

use std::fs::File;
use std::io::BufWriter;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result};
use crate::sink::{OutputFormat, Sink};

/// Either a path or the process's standard output.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriterSpec {
    pub format: OutputFormat,
    /// An existing file is replaced when the writer is closed, and stays as it is until then.
    #[serde(default)]
    pub path: Option<PathBuf>,
    #[serde(default)]
    pub stdout: bool,
}

/// Takes Arrow IPC streams, all of one schema. The file appears with [`RowWriter::close`]; whoever cannot get there calls
/// [`RowWriter::abort`].
pub struct RowWriter {
    format: OutputFormat,
    target: Target,
    sink: Option<(SchemaRef, Sink<BufWriter<File>>)>,
}

enum Target {
    Stdout,
    /// Written beside its final place and renamed.
    File {
        path: PathBuf,
        temporary: PathBuf,
    },
    /// A pipe, a device: nothing that could be renamed over.
    Device(PathBuf),
}

impl Target {
    fn of(spec: &WriterSpec) -> Result<Self> {
        let path = match (&spec.path, spec.stdout) {
            (None, true) => return Ok(Target::Stdout),
            (Some(path), false) => path,
            _ => {
                let message = "writer: either a path or stdout is expected";
                return Err(EngineError::new(ErrorCode::InvalidArgument, message));
            }
        };
        // Through a link to what it points at, so that the link stays.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        if path.exists() && !path.is_file() {
            return Ok(Target::Device(path));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        Ok(Target::File { path, temporary })
    }

    fn open(&self) -> std::io::Result<File> {
        match self {
            Target::Stdout => std::io::stdout().as_fd().try_clone_to_owned().map(File::from),
            Target::File { temporary, .. } => File::create(temporary),
            Target::Device(path) => File::options().write(true).open(path),
        }
    }

    fn shown(&self) -> String {
        match self {
            Target::Stdout => "standard output".to_string(),
            Target::File { path, .. } | Target::Device(path) => path.display().to_string(),
        }
    }
}

impl RowWriter {
    pub fn open(spec: &WriterSpec) -> Result<Self> {
        Ok(Self { format: spec.format, target: Target::of(spec)?, sink: None })
    }

    /// `ipc`: one complete Arrow IPC stream; the first call creates the file. Blocks.
    pub fn write(&mut self, ipc: &[u8]) -> Result<()> {
        let reader = StreamReader::try_new(ipc, None)
            .map_err(|e| EngineError::new(ErrorCode::InvalidArgument, format!("rows: not an Arrow IPC stream: {e}")))?;
        let schema = reader.schema();
        if self.sink.is_none() {
            self.sink = Some((schema.clone(), self.create(&schema)?));
        }
        let path = self.target.shown();
        let Some((expected, sink)) = &mut self.sink else {
            return Err(EngineError::internal("no sink"));
        };
        if *expected != schema {
            return Err(EngineError::new(ErrorCode::InvalidArgument, "rows: the schema changed between two writes"));
        }
        for batch in reader {
            sink.write(&batch.map_err(|e| failed(&path, e))?).map_err(|e| failed(&path, e))?;
        }
        Ok(())
    }

    /// Finishes the file and puts it into its place. Blocks. A writer that was given nothing leaves nothing.
    pub fn close(self) -> Result<()> {
        let shown = self.target.shown();
        let Some((_, mut sink)) = self.sink else {
            return Ok(());
        };
        let mut closed = sink.finish();
        drop(sink);
        if let Target::File { path, temporary } = &self.target {
            closed = closed.and_then(|()| Ok(std::fs::rename(temporary, path)?));
            if closed.is_err() {
                remove(temporary);
            }
        }
        closed.map_err(|e| failed(&shown, e))
    }

    /// Gives up. A file that was there before is still there.
    pub fn abort(self) {
        if let (Some(_), Target::File { temporary, .. }) = (self.sink, &self.target) {
            remove(temporary);
        }
    }

    fn create(&self, schema: &SchemaRef) -> Result<Sink<BufWriter<File>>> {
        self.format.check(schema)?;
        let path = self.target.shown();
        let file = self.target.open().map_err(|e| failed(&path, ArrowError::from(e)))?;
        Sink::new(BufWriter::new(file), self.format, schema).map_err(|e| failed(&path, e))
    }
}

fn remove(temporary: &Path) {
    // If that fails, the caller could do no more about it.
    let _ = std::fs::remove_file(temporary);
}

fn failed(path: &str, error: ArrowError) -> EngineError {
    EngineError::new(ErrorCode::InvalidArgument, format!("writing {path}: {error}"))
}
