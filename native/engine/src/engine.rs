//! The process-wide part: runtimes, memory, caches, stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use object_store::ObjectStore;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;

use crate::config::EngineConfig;
use crate::error::{EngineError, ErrorCode, Result};
use crate::explain::ExplainFormat;
use crate::file_table::FileTable;
use crate::functions::bounded;
use crate::guard;
use crate::lake::{DeleteCache, LakeTable};
use crate::locate::TableSpec;
use crate::memory::{Gauge, QueryPool};
use crate::objects::{self, ListSpec, ObjectInfo};
use crate::rows::RowsTable;
use crate::session::{Session, SessionName, SessionTable, TableName};
use crate::show;
use crate::spec::StatementSpec;
use crate::statement::Statement;
use crate::stores::{self, PinnedRegistry, Prefixes, Source, StoreOptions};
use crate::table::Table;

/// Stack of threads that parse, plan and compute: SQL recursion is deep, and overflow ends the process.
const STACK_BYTES: usize = 32 << 20;
/// How long a closing engine waits for its tasks.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EngineStats {
    pub memory_used: usize,
    pub memory_peak: usize,
    pub memory_limit: usize,
    /// Bytes in the spill folder now.
    pub spilled: u64,
    /// Bytes that runs which are over have written there.
    pub spilled_total: u64,
    pub active_queries: usize,
    pub metadata_cache_bytes: usize,
    /// Deleted rows of lake tables that are kept for the next scan.
    pub delete_cache_bytes: usize,
}

/// Thread-safe. Dropping it cancels all queries and waits for them, at most [`SHUTDOWN_WAIT`].
pub struct Engine {
    core: Arc<Core>,
}

/// What tables, sessions and queries share. They may outlive the [`Engine`], but nothing runs any more then.
pub(crate) struct Core {
    pub(crate) config: EngineConfig,
    pub(crate) memory: Arc<Gauge>,
    pub(crate) runtime: Arc<RuntimeEnv>,
    pub(crate) prefixes: Prefixes,
    pub(crate) shutdown: CancellationToken,
    /// Of lake tables.
    pub(crate) deletes: DeleteCache,
    registry: Arc<PinnedRegistry>,
    base: SessionState,
    active: Arc<AtomicUsize>,
    pub(crate) spilled_total: AtomicU64,
    cpu: Mutex<Option<Runtime>>,
    io: Mutex<Option<Runtime>>,
    io_handle: Handle,
}

/// Counts a running query as long as it lives.
pub(crate) struct ActiveGuard(Arc<AtomicUsize>);

impl Drop for ActiveGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Engine {
    pub fn new(config: EngineConfig) -> Result<Self> {
        let cpu = runtime("bowyer-cpu", config.cpu_threads)?;
        let io = runtime("bowyer-io", config.io_threads)?;
        let memory = Arc::new(Gauge::new(config.memory_bytes));
        let registry = Arc::new(PinnedRegistry::default());
        let env = runtime_env(&config, &memory, &registry)?;
        let base = SessionStateBuilder::new()
            .with_config(session_config(&config))
            .with_runtime_env(env.clone())
            .with_default_features()
            .build();
        let functions = bounded(&base);
        let base = SessionStateBuilder::new_from_existing(base).with_scalar_functions(functions).build();
        let prefixes = Prefixes::default();
        if config.local {
            prefixes.put(Source::implicit());
        }
        let core = Core {
            memory,
            runtime: env,
            prefixes,
            shutdown: CancellationToken::new(),
            deletes: DeleteCache::default(),
            registry,
            base,
            active: Arc::new(AtomicUsize::new(0)),
            spilled_total: AtomicU64::new(0),
            io_handle: io.handle().clone(),
            cpu: Mutex::new(Some(cpu)),
            io: Mutex::new(Some(io)),
            config,
        };
        Ok(Self { core: Arc::new(core) })
    }

    /// Runs `future` and waits: on this thread if its stack is large enough, otherwise on one of the engine's. A hop to
    /// another thread and back costs as much as planning a small statement.
    fn block_on<T: Send + 'static>(&self, future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let handle = self.core.cpu_handle()?;
        let shutdown = self.core.shutdown.clone();
        if stacker::remaining_stack().is_some_and(|left| left >= STACK_BYTES / 2) {
            return handle.block_on(async move {
                tokio::select! {
                    done = future => done,
                    () = shutdown.cancelled() => Err(closed()),
                }
            });
        }
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let task = handle.spawn(async move {
            let done = tokio::select! {
                done = future => done,
                () = shutdown.cancelled() => Err(closed()),
            };
            let _ = sender.send(done);
        });
        match receiver.recv() {
            Ok(done) => done,
            Err(_) => match handle.block_on(task) {
                Err(e) if e.is_panic() => Err(EngineError::internal(format!("planning panicked: {e}"))),
                _ => Err(closed()),
            },
        }
    }

    /// Lets tables be opened below `prefix`, for example `s3://lake/`. Replaces a store of the same prefix; tables that
    /// are open keep theirs. The store is not asked anything yet.
    pub fn put_store(&self, prefix: &str, options: &StoreOptions) -> Result<()> {
        self.core.prefixes.put(stores::build(prefix, options)?);
        Ok(())
    }

    /// Tables that are open stay readable. Says whether there was such a prefix.
    pub fn drop_store(&self, prefix: &str) -> bool {
        self.core.prefixes.drop(prefix)
    }

    /// Blocks, as the other functions over objects do.
    pub fn object_head(&self, url: &str) -> Result<ObjectInfo> {
        let (core, url) = (self.core.clone(), url.to_string());
        let shared = self.core.clone();
        self.block_on(async move { shared.on_io(async move { objects::head(&core.prefixes, &url).await }).await })
    }

    /// `length` bytes from `offset`, fewer only where the object ends.
    pub fn object_read(&self, url: &str, offset: u64, length: u64) -> Result<Bytes> {
        let (core, url) = (self.core.clone(), url.to_string());
        let shared = self.core.clone();
        self.block_on(async move {
            shared.on_io(async move { objects::read(&core.prefixes, &url, offset, length).await }).await
        })
    }

    /// Files in the order of their names.
    pub fn object_list(&self, spec: ListSpec) -> Result<Vec<ObjectInfo>> {
        let core = self.core.clone();
        let shared = self.core.clone();
        self.block_on(async move { shared.on_io(async move { objects::list(&core.prefixes, &spec).await }).await })
    }

    /// Lists the files and reads their schema. Blocks.
    pub fn open_table(&self, spec: TableSpec) -> Result<Table> {
        let core = self.core.clone();
        self.block_on(async move { FileTable::open(core, spec).await.map(Table::new) })
    }

    /// One version of a table of a table format, as its planner describes it; see `native/README.md`. Reads no file.
    pub fn open_lake(&self, header: &[u8], files: &[u8]) -> Result<Table> {
        LakeTable::open(self.core.clone(), header, files)
    }

    /// A table of the rows of an Arrow IPC stream, which it holds in memory.
    pub fn open_rows(&self, name: &str, ipc: &[u8]) -> Result<Table> {
        RowsTable::new(name, ipc).map(Table::new)
    }

    /// A newer version of `table`, or `None` when its files are the same. Blocks.
    pub fn refresh_table(&self, table: Arc<Table>) -> Result<Option<Table>> {
        self.block_on(async move { table.refresh().await })
    }

    pub fn session(&self, catalog: &str, tables: Vec<SessionTable>) -> Result<Session> {
        self.session_with_names(catalog, tables, Vec::new())
    }

    /// `names`: of tables that are listed but not open.
    pub fn session_with_names(
        &self,
        catalog: &str,
        tables: Vec<SessionTable>,
        names: Vec<SessionName>,
    ) -> Result<Session> {
        Session::new(self.core.clone(), catalog, tables, names)
    }

    /// The tables that `sql` names, after the guard has passed it. Blocks, briefly.
    pub fn tables_of(&self, sql: &str) -> Result<Vec<TableName>> {
        let core = self.core.clone();
        let sql = sql.to_string();
        self.block_on(async move {
            let statement = guard::parse(&sql, &core.config.sql_limits())?;
            let references = show::references(&core.base, &statement)?;
            Ok(references
                .into_iter()
                .map(|reference| TableName {
                    catalog: reference.catalog().map(str::to_string),
                    schema: reference.schema().map(str::to_string),
                    table: reference.table().to_string(),
                })
                .collect())
        })
    }

    /// Parses and plans. Blocks.
    pub fn prepare(&self, session: Arc<Session>, spec: impl Into<StatementSpec>) -> Result<Statement> {
        let spec = spec.into();
        self.block_on(async move { session.prepare(&spec).await })
    }

    /// Blocks; for [`ExplainFormat::Analyze`] as long as the statement runs.
    pub fn explain(
        &self,
        statement: Arc<Statement>,
        format: ExplainFormat,
        memory_limit: usize,
        timeout: Option<Duration>,
    ) -> Result<String> {
        self.block_on(async move { statement.explain(format, memory_limit, timeout).await })
    }

    pub fn stats(&self) -> EngineStats {
        let cache = self.core.runtime.cache_manager.get_file_metadata_cache();
        EngineStats {
            memory_used: self.core.memory.used(),
            memory_peak: self.core.memory.peak(),
            memory_limit: self.core.memory.limit(),
            spilled: self.core.runtime.disk_manager.used_disk_space(),
            spilled_total: self.core.spilled_total.load(Ordering::Relaxed),
            active_queries: self.core.active.load(Ordering::Acquire),
            delete_cache_bytes: self.core.deletes.bytes(),
            metadata_cache_bytes: cache.list_entries().values().map(|entry| entry.size_bytes).sum(),
        }
    }
}

impl Engine {
    /// Cancels all queries and waits for them, at most [`SHUTDOWN_WAIT`]. Idempotent.
    pub fn close(&self) {
        self.core.shutdown.cancel();
        for runtime in [self.core.cpu.lock().take(), self.core.io.lock().take()].into_iter().flatten() {
            runtime.shutdown_timeout(SHUTDOWN_WAIT);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

impl Core {
    pub(crate) fn cpu_handle(&self) -> Result<Handle> {
        self.cpu.lock().as_ref().map(|runtime| runtime.handle().clone()).ok_or_else(closed)
    }

    pub(crate) fn io_handle(&self) -> Handle {
        self.io_handle.clone()
    }

    /// Runs what asks a store where connections live, away from the threads that compute.
    pub(crate) async fn on_io<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        match self.io_handle.spawn(future).await {
            Ok(done) => done,
            Err(e) if e.is_cancelled() => Err(closed()),
            Err(e) => Err(EngineError::internal(format!("an engine task failed: {e}"))),
        }
    }

    /// Configuration and functions, without any table.
    pub(crate) fn base_state(&self) -> SessionState {
        self.base.clone()
    }

    pub(crate) fn active_guard(&self) -> ActiveGuard {
        self.active.fetch_add(1, Ordering::AcqRel);
        ActiveGuard(self.active.clone())
    }

    pub(crate) fn registry_put(&self, url: &ObjectStoreUrl, store: Arc<dyn ObjectStore>) {
        self.registry.register_store(url.as_ref(), store);
    }

    pub(crate) fn registry_drop(&self, url: &ObjectStoreUrl) {
        // Only fails when it is not there.
        let _ = self.registry.deregister_store(url.as_ref());
    }
}

fn closed() -> EngineError {
    EngineError::new(ErrorCode::Cancelled, "the engine is closed")
}

fn runtime(name: &str, threads: usize) -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(threads.max(1))
        .thread_name(name)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
        .map_err(|e| EngineError::internal(format!("cannot start threads: {e}")))
}

fn runtime_env(config: &EngineConfig, memory: &Arc<Gauge>, registry: &Arc<PinnedRegistry>) -> Result<Arc<RuntimeEnv>> {
    let mode = match &config.spill_folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|e| {
                let message = format!("spill folder {}: {e}", folder.display());
                EngineError::new(ErrorCode::InvalidArgument, message)
            })?;
            DiskManagerMode::Directories(vec![folder.clone()])
        }
        None => DiskManagerMode::OsTmpDirectory,
    };
    let disk = DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(config.spill_bytes);
    let caches = CacheManagerConfig::default()
        .with_list_files_cache_limit(0)
        .with_file_statistics_cache_limit(0)
        .with_metadata_cache_limit(config.metadata_cache_bytes);
    Ok(RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(QueryPool::new(memory.clone(), 0)))
        .with_disk_manager_builder(disk)
        .with_cache_manager(caches)
        .with_object_store_registry(registry.clone())
        .build_arc()?)
}

fn session_config(config: &EngineConfig) -> SessionConfig {
    let mut session =
        SessionConfig::new().with_target_partitions(config.cpu_threads.max(1)).with_batch_size(config.batch_rows);
    let options = session.options_mut();
    options.sql_parser.collect_spans = true;
    options.execution.collect_statistics = true;
    session
}
