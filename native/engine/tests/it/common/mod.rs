//! A small lake in a temporary folder, and queries over it drained to record batches.

pub mod s3;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bowyer_engine::{
    Engine, EngineConfig, EngineError, ExecuteOptions, Message, Next, Query, Session, SessionTable, Statement,
    StatementSpec, Table, TableSpec, TpchSpec, generate_tpch, schema_message,
};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::parquet::arrow::ArrowWriter;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a test waits for what should come at once.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub type Outcome<T> = Result<T, EngineError>;

pub fn engine() -> Engine {
    Engine::new(EngineConfig { cpu_threads: 2, ..EngineConfig::default() }).unwrap()
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub fn tpch(scale: f64) -> TempDir {
    let folder = folder();
    generate_tpch(&TpchSpec { scale, folder: folder.path().to_path_buf(), threads: 2 }).unwrap();
    folder
}

pub fn spec(name: &str, location: impl AsRef<Path>) -> TableSpec {
    with(name, location.as_ref(), json!({}))
}

pub fn open(engine: &Engine, name: &str, location: impl AsRef<Path>) -> Outcome<Arc<Table>> {
    engine.open_table(spec(name, location)).map(Arc::new)
}

pub fn session(engine: &Engine, tables: &[(&str, &Arc<Table>)]) -> Arc<Session> {
    let tables = tables
        .iter()
        .map(|(name, table)| SessionTable { schema: "public".into(), name: name.to_string(), table: Arc::clone(table) })
        .collect();
    Arc::new(engine.session("bowyer", tables).unwrap())
}

/// A session over every TPC-H table of a folder.
pub fn tpch_session(engine: &Engine, folder: &Path) -> Arc<Session> {
    let names = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];
    let tables: Vec<_> =
        names.iter().map(|name| open(engine, name, folder.join(format!("{name}.parquet"))).unwrap()).collect();
    session(engine, &names.iter().copied().zip(&tables).collect::<Vec<_>>())
}

pub fn parquet(path: PathBuf, batch: &RecordBatch) -> PathBuf {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    path
}

pub fn ids(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let column: ArrayRef = Arc::new(Int64Array::from_iter_values(values));
    RecordBatch::try_from_iter([("id", column)]).unwrap()
}

pub fn write(path: impl AsRef<Path>, text: &str) {
    std::fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A table specification with more than name and location.
pub fn with(name: &str, location: &Path, extra: Value) -> TableSpec {
    let mut json = json!({ "name": name, "location": location });
    json.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    serde_json::from_value(json).unwrap()
}

/// An Arrow IPC stream of one batch.
pub fn ipc(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

/// Plans what a statement specification in JSON says.
pub fn prepare(engine: &Engine, session: &Arc<Session>, spec: Value) -> Outcome<Arc<Statement>> {
    let spec: StatementSpec = serde_json::from_value(spec).unwrap();
    engine.prepare(session.clone(), spec).map(Arc::new)
}

/// The rows of a whole run as text.
pub fn rows_of(statement: &Arc<Statement>, parameters: &[u8]) -> Outcome<Vec<String>> {
    let batches = start_prepared(statement.clone(), parameters, ExecuteOptions::default())?.drain()?;
    Ok(lines(&batches))
}

/// A started query and the channel that its callback rings.
pub struct Running {
    pub query: Query,
    bell: Receiver<()>,
    statement: Arc<Statement>,
}

pub fn start(engine: &Engine, session: &Arc<Session>, sql: &str, options: ExecuteOptions) -> Outcome<Running> {
    let statement = Arc::new(engine.prepare(Arc::clone(session), sql)?);
    start_prepared(statement, &[], options)
}

pub fn start_prepared(statement: Arc<Statement>, parameters: &[u8], options: ExecuteOptions) -> Outcome<Running> {
    let (ring, bell) = channel();
    let query = statement.execute(parameters, options, Box::new(move || ring.send(()).unwrap_or_default()))?;
    Ok(Running { query, bell, statement })
}

impl Running {
    /// The next message, or `None` at the end.
    pub fn message(&self) -> Outcome<Option<Message>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.query.next()? {
                Next::Message(message) => return Ok(Some(message)),
                Next::End => return Ok(None),
                Next::Pending => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    self.bell.recv_timeout(left).expect("the engine did not ring");
                }
            }
        }
    }

    pub fn drain(&self) -> Outcome<Vec<RecordBatch>> {
        let mut messages = Vec::new();
        while let Some(message) = self.message()? {
            messages.push(message);
        }
        Ok(decode(&self.statement.schema(), &messages))
    }
}

pub fn run(engine: &Engine, session: &Arc<Session>, sql: &str) -> Outcome<Vec<RecordBatch>> {
    start(engine, session, sql, ExecuteOptions::default())?.drain()
}

/// One value as text, for queries that give one.
pub fn value(engine: &Engine, session: &Arc<Session>, sql: &str) -> Outcome<String> {
    let batches = run(engine, session, sql)?;
    let column = batches[0].column(0);
    Ok(datafusion::arrow::util::display::array_value_to_string(column, 0).unwrap())
}

/// Rows as text, a line each, values parted by commas.
pub fn rows(engine: &Engine, session: &Arc<Session>, sql: &str) -> Outcome<Vec<String>> {
    Ok(lines(&run(engine, session, sql)?))
}

pub fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let values = batch
                .columns()
                .iter()
                .map(|column| datafusion::arrow::util::display::array_value_to_string(column, row).unwrap());
            lines.push(values.collect::<Vec<_>>().join(","));
        }
    }
    lines
}

/// Messages back into the stream format, as any reader expects it.
pub fn decode(schema: &Schema, messages: &[Message]) -> Vec<RecordBatch> {
    let mut bytes = Vec::new();
    frame(&mut bytes, &schema_message(schema).unwrap());
    for message in messages {
        frame(&mut bytes, &message.header);
        for segment in &message.segments {
            bytes.extend_from_slice(segment);
        }
    }
    StreamReader::try_new(bytes.as_slice(), None).unwrap().map(|batch| batch.unwrap()).collect()
}

fn frame(bytes: &mut Vec<u8>, header: &[u8]) {
    let padded = header.len().next_multiple_of(8);
    bytes.extend_from_slice(&[0xFF; 4]);
    bytes.extend_from_slice(&(padded as u32).to_le_bytes());
    bytes.extend_from_slice(header);
    bytes.resize(bytes.len() + padded - header.len(), 0);
}

/// Waits until `condition` holds; panics with `what` when it never does.
pub fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}
