//! A running query: a task that fills a short channel with encoded messages, and the side that empties it.
//!
//! Nobody blocks. The task waits for room in the channel, which is the back-pressure; the consumer asks with
//! [`Query::next`] and, having heard [`Next::Pending`], is called through [`Ready`] once asking again is worth it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::encode::{Message, SMALL_BATCH, combined, renamed};
use crate::engine::ActiveGuard;
use crate::error::{EngineError, ErrorCode, Result};
use crate::limit::{Limited, at_most};
use crate::memory::QueryPool;
use crate::options::ExecuteOptions;
use crate::parts::Part;
use crate::plans::{QueryResources, SpillCount, frugal, stoppable};
use crate::progress::Progress;
use crate::results::ResultEncoder;
use crate::sizes::sliced_size;
use crate::statement::Statement;
use crate::wire::flattened;

/// Encoded messages that wait for the consumer.
const CHANNEL_MESSAGES: usize = 2;

/// Called from an engine thread when [`Query::next`] is worth calling again. Must return at once.
pub type Ready = Box<dyn Fn() + Send + Sync>;

#[derive(Debug)]
pub enum Next {
    Message(Message),
    /// Nothing yet; [`Ready`] will be called.
    Pending,
    End,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryMetrics {
    pub state: &'static str,
    pub rows: u64,
    pub bytes: u64,
    pub messages: u64,
    pub memory_peak: u64,
    pub spilled: u64,
    pub planning_micros: u64,
    pub elapsed_micros: u64,
    pub retried: bool,
    /// Share of the planned input that was read, 0 to 1, never falling; `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
}

/// Dropping it cancels the run.
pub struct Query {
    shared: Arc<Shared>,
    receiver: Mutex<mpsc::Receiver<Message>>,
}

/// What the task and the consumer both touch.
struct Shared {
    statement: Arc<Statement>,
    options: ExecuteOptions,
    part: Part,
    /// Most rows, where the plan does not say so itself.
    limit: Option<usize>,
    progress: Progress,
    ready: Ready,
    /// Set while the consumer waits to be called.
    waiting: AtomicBool,
    cancel: CancellationToken,
    /// Ends what computes: on cancellation, at the deadline, or when nobody wants the result.
    stop: CancellationToken,
    /// Why the run was ended from outside: the consumer hears it at once, before the task has stopped.
    aborted: OnceLock<EngineError>,
    /// How the run ended; set before the channel closes.
    outcome: Mutex<Option<Result<()>>>,
    resources: QueryResources,
    /// Those of the second attempt.
    second: OnceLock<QueryResources>,
    started: Instant,
    elapsed_micros: AtomicU64,
    planning_micros: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    messages: AtomicU64,
    spilled: AtomicU64,
    /// Whether the consumer may have seen rows, after which nothing can be started again.
    sent: AtomicBool,
    retried: AtomicBool,
}

impl Query {
    pub(crate) fn start(
        statement: Arc<Statement>,
        plan: LogicalPlan,
        options: ExecuteOptions,
        ready: Ready,
    ) -> Result<Self> {
        let part = Part::new(options.part, options.parts)?;
        if !part.is_whole() && !statement.is_dividable() {
            let message = format!("the statement cannot be run in {} parts", options.parts);
            return Err(EngineError::new(ErrorCode::InvalidArgument, message).with_hint("run it as a whole"));
        }
        options.format.check(&statement.schema_as(options.format))?;
        let Limited { plan, rest } = Limited::new(plan, &options, part)?;
        let core = statement.core().clone();
        let (sender, receiver) = mpsc::channel(CHANNEL_MESSAGES);
        let shared = Arc::new(Shared {
            resources: QueryResources::new(&core, options.memory_limit),
            second: OnceLock::new(),
            statement,
            options,
            part,
            limit: rest,
            progress: Progress::default(),
            ready,
            waiting: AtomicBool::new(false),
            cancel: core.shutdown.child_token(),
            stop: core.shutdown.child_token(),
            aborted: OnceLock::new(),
            outcome: Mutex::new(None),
            started: Instant::now(),
            elapsed_micros: AtomicU64::new(0),
            planning_micros: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            spilled: AtomicU64::new(0),
            sent: AtomicBool::new(false),
            retried: AtomicBool::new(false),
        });
        let run = core.cpu_handle()?.spawn(shared.clone().run(plan, sender));
        // Not among the threads that compute: deadline and cancellation must be heard while all of those are busy.
        core.io_handle().spawn(shared.clone().supervise(run, core.active_guard()));
        Ok(Self { shared, receiver: Mutex::new(receiver) })
    }

    /// Never blocks. For one thread at a time.
    pub fn next(&self) -> Result<Next> {
        if let Some(error) = self.shared.aborted.get() {
            return Err(error.clone());
        }
        let mut receiver = self.receiver.lock();
        match self.poll(&mut receiver) {
            Ok(Next::Pending) => {}
            other => return other,
        }
        self.shared.waiting.store(true, Ordering::SeqCst);
        // Again, for what came between the look and the mark.
        let found = match self.shared.aborted.get() {
            Some(error) => Err(error.clone()),
            None => self.poll(&mut receiver),
        };
        if !matches!(found, Ok(Next::Pending)) {
            self.shared.waiting.store(false, Ordering::SeqCst);
        }
        found
    }

    fn poll(&self, receiver: &mut mpsc::Receiver<Message>) -> Result<Next> {
        match receiver.try_recv() {
            Ok(message) => {
                self.shared.rows.fetch_add(message.rows, Ordering::Relaxed);
                let bytes = message.header.len() as u64 + message.body_length();
                self.shared.bytes.fetch_add(bytes, Ordering::Relaxed);
                self.shared.messages.fetch_add(1, Ordering::Relaxed);
                Ok(Next::Message(message))
            }
            Err(mpsc::error::TryRecvError::Empty) => Ok(Next::Pending),
            Err(mpsc::error::TryRecvError::Disconnected) => match self.shared.outcome.lock().as_ref() {
                Some(Ok(())) => Ok(Next::End),
                Some(Err(error)) => Err(error.clone()),
                // Ended from outside, which may only be about to be said.
                None => Err(self.shared.aborted.get().cloned().unwrap_or_else(cancelled)),
            },
        }
    }

    /// From any thread. [`Query::next`] fails with `Cancelled` from now on.
    pub fn cancel(&self) {
        if self.shared.outcome.lock().is_none() {
            self.shared.abort(cancelled());
        }
    }

    pub fn metrics(&self) -> QueryMetrics {
        let shared = &self.shared;
        let state = match (shared.outcome.lock().as_ref(), shared.aborted.get()) {
            (_, Some(error)) if error.code == ErrorCode::Cancelled => "cancelled",
            (_, Some(_)) | (Some(Err(_)), None) => "failed",
            (None, None) => "running",
            (Some(Ok(())), None) => "finished",
        };
        let elapsed = match shared.elapsed_micros.load(Ordering::Relaxed) {
            0 => shared.started.elapsed().as_micros() as u64,
            done => done,
        };
        QueryMetrics {
            state,
            rows: shared.rows.load(Ordering::Relaxed),
            bytes: shared.bytes.load(Ordering::Relaxed),
            messages: shared.messages.load(Ordering::Relaxed),
            memory_peak: [Some(&shared.resources), shared.second.get()]
                .into_iter()
                .flatten()
                .map(|r| r.pool.peak())
                .max()
                .unwrap_or(0) as u64,
            spilled: shared.spilled.load(Ordering::Relaxed),
            planning_micros: shared.planning_micros.load(Ordering::Relaxed),
            elapsed_micros: elapsed,
            retried: shared.retried.load(Ordering::Relaxed),
            progress: if state == "finished" { Some(1.0) } else { shared.progress.share() },
        }
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        self.shared.cancel.cancel();
    }
}

fn cancelled() -> EngineError {
    EngineError::new(ErrorCode::Cancelled, "the query was cancelled")
}

impl Shared {
    fn wake(&self) {
        if self.waiting.swap(false, Ordering::SeqCst) {
            (self.ready)();
        }
    }

    fn abort(&self, error: EngineError) {
        // The first reason stays.
        let _ = self.aborted.set(error);
        self.cancel.cancel();
        self.wake();
    }

    /// Ends the run early on cancellation or at its deadline.
    async fn supervise(self: Arc<Self>, mut run: JoinHandle<()>, _active: ActiveGuard) {
        let timeout = match self.options.timeout_millis {
            0 => Duration::from_secs(u32::MAX.into()),
            millis => Duration::from_millis(millis),
        };
        let error = tokio::select! {
            biased;
            done = &mut run => {
                if let Err(panic) = done {
                    self.abort(EngineError::internal(format!("the query's task failed: {panic}")));
                }
                return;
            }
            () = self.cancel.cancelled() => cancelled(),
            () = tokio::time::sleep(timeout) => {
                let message = format!("the query ran past its timeout of {} ms", self.options.timeout_millis);
                EngineError::new(ErrorCode::Timeout, message)
            }
        };
        self.abort(error);
        self.stop.cancel();
        run.abort();
        // Until the task has reached its next yield and let go of everything.
        let _ = run.await;
    }

    async fn run(self: Arc<Self>, plan: LogicalPlan, sender: mpsc::Sender<Message>) {
        let outcome = self.attempts(plan, &sender).await;
        self.progress.end();
        self.elapsed_micros.store(self.started.elapsed().as_micros() as u64, Ordering::Relaxed);
        *self.outcome.lock() = Some(outcome);
        drop(sender);
        self.wake();
    }

    async fn attempts(&self, plan: LogicalPlan, sender: &mpsc::Sender<Message>) -> Result<()> {
        let state = self.part.of(self.statement.state());
        let state = state.as_ref();
        let first = self.attempt(state, &self.resources, plan.clone(), sender).await;
        match first {
            // Only possible while nothing has been sent.
            Err(error) if error.code == ErrorCode::MemoryLimit && !self.sent.load(Ordering::Acquire) => {
                self.retried.store(true, Ordering::Relaxed);
                let state = frugal(state, &plan);
                let core = self.statement.core();
                let fair = QueryPool::fair(core.memory.clone(), self.options.memory_limit);
                let resources = self.second.get_or_init(|| QueryResources::over(core, fair));
                self.attempt(&state, resources, plan, sender).await
            }
            other => other,
        }
    }

    async fn attempt(
        &self,
        state: &SessionState,
        resources: &QueryResources,
        plan: LogicalPlan,
        sender: &mpsc::Sender<Message>,
    ) -> Result<()> {
        let planning = Instant::now();
        let physical = state.create_physical_plan(&plan).await?;
        let schema = self.statement.schema_as(self.options.format);
        let physical = stoppable(flattened(at_most(physical, self.limit), &schema)?, &self.stop)?;
        let counters = [&self.spilled, &self.statement.core().spilled_total];
        let _spilled = SpillCount { plan: physical.clone(), counters };
        self.progress.follow(&physical);
        self.planning_micros.store(planning.elapsed().as_micros() as u64, Ordering::Relaxed);
        let mut stream = execute_stream(physical.clone(), resources.task_context(state))?;
        let message_bytes = self.statement.core().config.message_bytes;
        let pool = resources.pool.clone();
        let mut encoder = ResultEncoder::new(self.options.format, &schema, message_bytes, pool)?;
        let mut held = Vec::new();
        let mut held_bytes = 0;
        let outcome = loop {
            let next = match held.is_empty() {
                true => stream.next().await,
                // A small batch waits for more only if that is there already.
                false => match futures::poll!(stream.next()) {
                    std::task::Poll::Ready(next) => next,
                    std::task::Poll::Pending => {
                        held_bytes = 0;
                        self.send(&mut encoder, combined(&schema, std::mem::take(&mut held)), sender).await?;
                        continue;
                    }
                },
            };
            let batch = match next {
                Some(Ok(batch)) => renamed(&schema, batch)?,
                Some(Err(error)) => break Err(EngineError::from(error)),
                None => break Ok(()),
            };
            held_bytes += sliced_size(&batch);
            held.push(batch);
            if held_bytes >= SMALL_BATCH {
                held_bytes = 0;
                self.send(&mut encoder, combined(&schema, std::mem::take(&mut held)), sender).await?;
            }
        };
        outcome?;
        if !held.is_empty() {
            self.send(&mut encoder, combined(&schema, held), sender).await?;
        }
        // The plan has given all it has: what it holds is not held while the reader takes the end of a file.
        drop(stream);
        self.hand_out(encoder.finish()?, sender).await
    }

    async fn send(
        &self,
        encoder: &mut ResultEncoder,
        batches: Vec<datafusion::arrow::array::RecordBatch>,
        sender: &mpsc::Sender<Message>,
    ) -> Result<()> {
        for batch in batches {
            for piece in encoder.pieces(batch) {
                self.hand_out(encoder.encode(piece)?, sender).await?;
            }
        }
        Ok(())
    }

    async fn hand_out(&self, messages: Vec<Message>, sender: &mpsc::Sender<Message>) -> Result<()> {
        for message in messages {
            self.sent.store(true, Ordering::Release);
            sender.send(message).await.map_err(|_| cancelled())?;
            self.wake();
        }
        Ok(())
    }
}
