//! Memory of operators, counted for the process and for each query.
//!
//! Greedy at first: a fair pool gives each spilling operator a fixed share, which starves wide plans. But among greedy
//! sorts the first ones take all and the last has nothing of its own to spill, so the second attempt of a query that ran
//! out of memory is fair.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

/// A counter with a limit and the highest value it ever had.
#[derive(Debug)]
pub(crate) struct Gauge {
    limit: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
}

impl Gauge {
    /// `limit` 0 means none.
    pub(crate) fn new(limit: usize) -> Self {
        let limit = if limit == 0 { usize::MAX } else { limit };
        Self { limit, used: AtomicUsize::new(0), peak: AtomicUsize::new(0) }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Relaxed)
    }

    fn add(&self, bytes: usize) {
        let now = self.used.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(now, Relaxed);
    }

    fn try_add(&self, bytes: usize) -> bool {
        let added = self
            .used
            .fetch_update(Relaxed, Relaxed, |used| used.checked_add(bytes).filter(|total| *total <= self.limit));
        match added {
            Ok(before) => {
                self.peak.fetch_max(before + bytes, Relaxed);
                true
            }
            Err(_) => false,
        }
    }

    fn subtract(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }
}

/// The pool of one query: its own limit first, then the process's.
#[derive(Debug)]
pub(crate) struct QueryPool {
    process: Arc<Gauge>,
    query: Gauge,
    /// Decides how much of the limit each operator that can spill may take.
    shares: Option<FairSpillPool>,
}

impl QueryPool {
    pub(crate) fn new(process: Arc<Gauge>, limit: usize) -> Self {
        Self { process, query: Gauge::new(limit), shares: None }
    }

    /// Of the same limits, with equal shares for the operators that can spill.
    pub(crate) fn fair(process: Arc<Gauge>, limit: usize) -> Self {
        let query = Gauge::new(limit);
        let shares = FairSpillPool::new(query.limit().min(process.limit()));
        Self { process, query, shares: Some(shares) }
    }

    pub(crate) fn peak(&self) -> usize {
        self.query.peak()
    }
}

impl Drop for QueryPool {
    fn drop(&mut self) {
        self.process.subtract(self.query.used());
    }
}

impl fmt::Display for QueryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query pool ({} of {} bytes)", self.query.used(), self.query.limit())
    }
}

impl MemoryPool for QueryPool {
    fn name(&self) -> &str {
        "query"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if let Some(shares) = &self.shares {
            shares.register(consumer);
        }
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        if let Some(shares) = &self.shares {
            shares.unregister(consumer);
        }
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        if let Some(shares) = &self.shares {
            shares.grow(reservation, additional);
        }
        self.query.add(additional);
        self.process.add(additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        if let Some(shares) = &self.shares {
            shares.shrink(reservation, shrink);
        }
        self.query.subtract(shrink);
        self.process.subtract(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        if additional == 0 {
            // Granted also where `grow`, which cannot be refused, has gone past the limit.
            return Ok(());
        }
        match &self.shares {
            // The shares add up to the limit of the query; a few bytes that could not be refused may come on top.
            Some(shares) => {
                let refusal = |_| refused("query-memory", reservation, additional, &self.query);
                shares.try_grow(reservation, additional).map_err(refusal)?;
                self.query.add(additional);
            }
            None if self.query.try_add(additional) => {}
            None => return Err(refused("query-memory", reservation, additional, &self.query)),
        }
        if self.process.try_add(additional) {
            return Ok(());
        }
        self.query.subtract(additional);
        if let Some(shares) = &self.shares {
            shares.shrink(reservation, additional);
        }
        Err(refused("total-memory", reservation, additional, &self.process))
    }

    fn reserved(&self) -> usize {
        self.query.used()
    }

    fn memory_limit(&self) -> MemoryLimit {
        match self.query.limit().min(self.process.limit()) {
            usize::MAX => MemoryLimit::Infinite,
            limit => MemoryLimit::Finite(limit),
        }
    }
}

fn refused(limit: &str, reservation: &MemoryReservation, additional: usize, gauge: &Gauge) -> DataFusionError {
    DataFusionError::ResourcesExhausted(format!(
        "limit {limit} of {} bytes: {} asked for {additional} bytes more while {} are in use",
        gauge.limit(),
        reservation.consumer().name(),
        gauge.used(),
    ))
}
