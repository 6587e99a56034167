//! What Java holds by a number: nodes, their consumers, meshes. A number that was given back names nothing, so closing twice and
//! using what is closed are plain errors.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use integrador::blocking::{Node, Stream, Tickets};
use integrador::testing::blocking::Mesh;
use integrador::{Error, ErrorKind, Result};
use tokio::sync::Notify;

/// A node, and what was handed in to it.
pub(crate) struct Open {
    pub(crate) node: Node,
    /// Each answers with bytes.
    pub(crate) tickets: Tickets<Vec<u8>>,
}

/// The events of a node, one by one.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) stream: Stream,
    /// Ends the wait for the next one.
    pub(crate) wake: Notify,
}

#[derive(Clone)]
enum Held {
    Node(Arc<Open>),
    Events(Arc<Events>),
    Mesh(Arc<Mesh>),
}

static HELD: LazyLock<RwLock<HashMap<i64, Held>>> = LazyLock::new(RwLock::default);
static LAST: AtomicI64 = AtomicI64::new(0);

fn read() -> RwLockReadGuard<'static, HashMap<i64, Held>> {
    HELD.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, HashMap<i64, Held>> {
    HELD.write().unwrap_or_else(PoisonError::into_inner)
}

fn keep(held: Held) -> i64 {
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    write().insert(number, held);
    number
}

/// Keeps a node; its number.
pub(crate) fn keep_node(node: Node) -> Result<i64> {
    let tickets = node.tickets()?;
    Ok(keep(Held::Node(Arc::new(Open { node, tickets }))))
}

/// Keeps a consumer; its number.
pub(crate) fn keep_events() -> i64 {
    keep(Held::Events(Arc::default()))
}

/// Keeps a mesh; its number.
pub(crate) fn keep_mesh(mesh: Mesh) -> i64 {
    keep(Held::Mesh(Arc::new(mesh)))
}

/// Lets go of what has this number. What is under way keeps it until it has ended.
pub(crate) fn release(number: i64) {
    let held = write().remove(&number);
    drop(held);
}

fn closed(what: &str) -> Error {
    Error::new(ErrorKind::Closed, format!("the {what} is closed: open it again"))
}

pub(crate) fn node(number: i64) -> Result<Arc<Open>> {
    match read().get(&number) {
        Some(Held::Node(node)) => Ok(node.clone()),
        _ => Err(closed("node")),
    }
}

pub(crate) fn events(number: i64) -> Result<Arc<Events>> {
    match read().get(&number) {
        Some(Held::Events(events)) => Ok(events.clone()),
        _ => Err(closed("consumer")),
    }
}

pub(crate) fn mesh(number: i64) -> Result<Arc<Mesh>> {
    match read().get(&number) {
        Some(Held::Mesh(mesh)) => Ok(mesh.clone()),
        _ => Err(closed("mesh")),
    }
}
