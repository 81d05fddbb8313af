//! Handles: numbers that stand for objects, safe to use wrongly.
//!
//! A handle is an index with a generation, so one that was freed is told from the one that took its place.

use std::sync::Arc;

use bowyer_engine::{Engine, EngineError, ErrorCode, Message, Query, Result, RowWriter, Session, Statement, Table};
use parking_lot::{Mutex, RwLock};

use crate::queries::Segment;

#[derive(Clone)]
pub(crate) enum Object {
    Engine(Arc<Engine>),
    Table(Arc<Table>),
    Session(Arc<Session>),
    Statement(Arc<Statement>),
    Query(Arc<Query>),
    /// Only held, for the memory that the transport reads.
    Message(#[expect(dead_code, reason = "released by dropping it")] Arc<HeldMessage>),
    Writer(Arc<Mutex<Option<RowWriter>>>),
}

/// A message with the list of its segments in the layout of the C struct.
pub(crate) struct HeldMessage {
    pub(crate) message: Message,
    pub(crate) segments: Vec<Segment>,
}

// SAFETY: the pointers point into buffers that `message` owns and nobody writes.
unsafe impl Send for HeldMessage {}
// SAFETY: as above.
unsafe impl Sync for HeldMessage {}

struct Slot {
    generation: u32,
    /// The engine it belongs to; 0 for engines and writers.
    owner: u64,
    object: Option<Object>,
}

#[derive(Default)]
struct Slab {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

static SLAB: RwLock<Slab> = RwLock::new(Slab { slots: Vec::new(), free: Vec::new() });

fn handle(index: u32, generation: u32) -> u64 {
    (u64::from(generation) << 32) | u64::from(index + 1)
}

pub(crate) fn insert(owner: u64, object: Object) -> u64 {
    let mut slab = SLAB.write();
    match slab.free.pop() {
        Some(index) => {
            let slot = &mut slab.slots[index as usize];
            slot.owner = owner;
            slot.object = Some(object);
            handle(index, slot.generation)
        }
        None => {
            let index = slab.slots.len() as u32;
            slab.slots.push(Slot { generation: 1, owner, object: Some(object) });
            handle(index, 1)
        }
    }
}

fn find(slab: &Slab, handle: u64) -> Result<usize> {
    let index = (handle & u64::from(u32::MAX)).wrapping_sub(1) as usize;
    let generation = (handle >> 32) as u32;
    match slab.slots.get(index) {
        Some(slot) if slot.generation == generation && slot.object.is_some() => Ok(index),
        _ => Err(stale(handle)),
    }
}

fn stale(handle: u64) -> EngineError {
    EngineError::new(ErrorCode::Internal, format!("stale handle {handle:#x}"))
}

/// The object and its owner.
pub(crate) fn get(handle: u64) -> Result<(Object, u64)> {
    let slab = SLAB.read();
    let slot = &slab.slots[find(&slab, handle)?];
    slot.object.clone().map(|object| (object, slot.owner)).ok_or_else(|| stale(handle))
}

/// Takes the object out if it is of the wanted kind. Dropping it is for the caller, outside of the lock.
pub(crate) fn remove(handle: u64, wanted: impl FnOnce(&Object) -> bool) -> Result<Object> {
    let mut slab = SLAB.write();
    let index = find(&slab, handle)?;
    let slot = &mut slab.slots[index];
    match slot.object.take() {
        Some(object) if wanted(&object) => {
            slot.generation = slot.generation.wrapping_add(1).max(1);
            slab.free.push(index as u32);
            Ok(object)
        }
        other => {
            slot.object = other;
            Err(stale(handle))
        }
    }
}

/// Takes out what belongs to an engine, messages excepted: those are in the hands of the transport.
pub(crate) fn remove_owned(owner: u64) -> Vec<Object> {
    let mut slab = SLAB.write();
    let mut removed = Vec::new();
    for index in 0..slab.slots.len() {
        let slot = &mut slab.slots[index];
        if slot.owner == owner && !matches!(slot.object, None | Some(Object::Message(_))) {
            removed.extend(slot.object.take());
            slot.generation = slot.generation.wrapping_add(1).max(1);
            slab.free.push(index as u32);
        }
    }
    removed
}

pub(crate) fn count_owned(owner: u64) -> usize {
    SLAB.read().slots.iter().filter(|slot| slot.owner == owner && slot.object.is_some()).count()
}

/// `get` for one kind of object.
macro_rules! getter {
    ($name:ident, $kind:ident, $type:ty) => {
        pub(crate) fn $name(handle: u64) -> Result<$type> {
            match get(handle)?.0 {
                Object::$kind(object) => Ok(object),
                _ => Err(stale(handle)),
            }
        }
    };
}

getter!(engine, Engine, Arc<Engine>);
getter!(table, Table, Arc<Table>);
getter!(session, Session, Arc<Session>);
getter!(statement, Statement, Arc<Statement>);
getter!(query, Query, Arc<Query>);
getter!(writer, Writer, Arc<Mutex<Option<RowWriter>>>);

/// The engine that a table, session, statement or query belongs to, with its handle.
pub(crate) fn owner_of(handle: u64) -> Result<(Arc<Engine>, u64)> {
    let owner = get(handle)?.1;
    Ok((engine(owner)?, owner))
}
