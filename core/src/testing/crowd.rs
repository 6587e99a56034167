//! [`Crowd`]: any number of platforms in one thread, which come one by one, and what goes on between them, counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use super::hold::{MeshClock, pause};
use super::opened::Opened;
use crate::registry::Registry;
use crate::store::memory::Disk;
use crate::transport::memory::{Network, Plain, There, Traffic};
use crate::util::alone;
use crate::util::lock::MutexExt;
use crate::{Config, Error, ErrorKind, Node, Result};

/// The least that time moves while it is looked whether all has been delivered.
const LEAST: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_secs(1);
/// How far time moves at most until what can be delivered is.
const LONGEST: Duration = Duration::from_secs(600);

/// Platforms in memory, for a simulation of many: nodes that know nobody when they are opened, and platforms without the library.
///
/// Unlike in a [`Mesh`](super::Mesh), one thread does everything, and what is random comes from a seed: the same calls with the
/// same seed make the same requests. Time is the runtime's, and leaps to what falls due next whenever there is nothing to do;
/// a call that waits for no time takes none of it.
///
/// ```
/// use integrador::testing::Crowd;
/// use integrador::Config;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> integrador::Result<()> {
/// let crowd = Crowd::new(1)?;
/// let first = crowd.open(Config::new("BuasApp", "buas.db")).await?;
/// let second = crowd.open(Config::new("RustChat", "rust.db")).await?;
/// let invite = first.invite(Some(&crowd.url("BuasApp"))).await?;
/// second.join(invite.text(), Some(&crowd.url("RustChat"))).await?;
/// crowd.settle(&["RustChat"]).await?;
/// assert_eq!(crowd.traffic()["join"].requests, 1);
/// # Ok(())
/// # }
/// ```
pub struct Crowd {
    network: Arc<Network>,
    clock: Arc<MeshClock>,
    places: Mutex<BTreeMap<String, Place>>,
}

struct Place {
    config: Config,
    disk: Disk,
    open: Option<Opened>,
}

impl std::fmt::Debug for Crowd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crowd").field("platforms", &self.places.hold().len()).finish_non_exhaustive()
    }
}

impl Crowd {
    /// Nobody yet. From now on this thread, in whose runtime it is called, does everything itself.
    ///
    /// # Errors
    /// `config`: the runtime has several threads.
    pub fn new(seed: u64) -> Result<Crowd> {
        pause()?;
        alone::begin(seed);
        Ok(Crowd { network: Arc::default(), clock: Arc::new(MeshClock::new()), places: Mutex::default() })
    }

    /// Opens the node of a platform, which knows nobody.
    ///
    /// # Errors
    /// `config`: something in it is wrong; `conflict`: there is a platform of this name.
    pub async fn open(&self, config: Config) -> Result<Node> {
        config.validate()?;
        let name = config.node_name().to_owned();
        if self.places.hold().contains_key(&name) {
            return Err(Error::new(ErrorKind::Conflict, format!("there is a platform called {name} already")));
        }
        self.network.host(name.to_ascii_lowercase(), name.clone());
        self.places.hold().insert(name.clone(), Place { config, disk: Disk::default(), open: None });
        self.start(&name).await
    }

    /// A platform without the library comes: one that takes all that it is posted.
    pub fn plain(&self, name: &str) -> Arc<PlainPlatform> {
        let plain = Arc::new(PlainPlatform::default());
        self.network.host(name.to_ascii_lowercase(), name.to_owned());
        self.network.joins(name, There::Plain(plain.clone()));
        plain
    }

    /// Where others reach the platform of this name, which must be one that can be a host.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/", name.to_ascii_lowercase())
    }

    /// Cuts a platform off: nobody reaches it, and it reaches nobody.
    pub fn down(&self, name: &str) {
        self.network.cut_off(name, true);
    }

    /// Lets it be reached again.
    pub fn up(&self, name: &str) {
        self.network.cut_off(name, false);
    }

    /// Has the process of a platform die and opens its node again, on what it had stored.
    ///
    /// # Errors
    /// `unknown_platform`, and as [`open`](Crowd::open).
    pub async fn crash(&self, name: &str) -> Result<Node> {
        let opened = self.places.hold().get_mut(name).and_then(|place| place.open.take());
        if let Some(opened) = opened {
            opened.crash().await;
        }
        self.start(name).await
    }

    /// Closes the node of a platform, which does not come back.
    ///
    /// # Errors
    /// As [`Node::close`].
    pub async fn leave(&self, name: &str) -> Result<()> {
        self.network.leaves(name);
        let place = self.places.hold().remove(name);
        match place.and_then(|place| place.open) {
            Some(opened) => opened.node.close().await,
            None => Ok(()),
        }
    }

    /// Moves time on.
    pub async fn advance(&self, span: Duration) {
        sleep(span).await;
    }

    /// Returns when nothing is on its way between these nodes and those that they know, who see each other; of those that
    /// can't be reached nothing is expected. Time moves on as far as that takes.
    ///
    /// # Errors
    /// `transport`: something does not arrive within ten minutes; `unknown_platform`.
    pub async fn settle(&self, names: &[&str]) -> Result<()> {
        let (mut passed, mut step) = (Duration::ZERO, LEAST);
        loop {
            let before = self.network.requests();
            sleep(step).await;
            passed += step;
            match self.under_way(names)? {
                None if self.network.requests() == before => return Ok(()),
                None => step = LEAST,
                Some(what) if passed >= LONGEST => return Err(Error::new(ErrorKind::Transport, what)),
                Some(_) => step = (step * 2).min(MOST),
            }
        }
    }

    /// What has gone over the network so far, by path.
    pub fn traffic(&self) -> BTreeMap<&'static str, Traffic> {
        self.network.traffic()
    }

    /// A platform without the library posts to its gateway; the status of the answer.
    ///
    /// # Errors
    /// `unknown_platform`: there is no such gateway, or it can't be reached.
    pub async fn post(&self, gateway: &str, path: &'static str, body: impl Into<Bytes>) -> Result<u16> {
        let Some(There::Node(node)) = self.network.reachable(gateway) else { return Err(unknown(gateway)) };
        Ok(self.network.post(&node, path, body.into()).await.as_u16())
    }

    async fn start(&self, name: &str) -> Result<Node> {
        let (config, disk) = {
            let places = self.places.hold();
            let place = places.get(name).ok_or_else(|| unknown(name))?;
            (place.config.clone(), place.disk.clone())
        };
        let opened = Opened::open(config, Registry::default(), &disk, &self.network, &self.clock).await?;
        let node = opened.node.clone();
        if let Some(place) = self.places.hold().get_mut(name) {
            place.open = Some(opened);
        }
        Ok(node)
    }

    /// Something that is still on its way to or from these, in words.
    fn under_way(&self, names: &[&str]) -> Result<Option<String>> {
        for name in names {
            let node = match self.network.reachable(name) {
                Some(There::Node(node)) => node,
                Some(There::Plain(_)) => return Err(unknown(name)),
                None => continue,
            };
            let others: Vec<_> = {
                let directory = node.shared().directory.read();
                directory.lanes().map(|num| (num, directory.name(num))).collect()
            };
            for (num, other) in others {
                let Some(there) = self.network.reachable(&other) else { continue };
                let back = match &there {
                    There::Node(there) => {
                        let num = there.shared().directory.read().resolve(name);
                        num.filter(|num| there.shared().directory.read().is_lane(*num)).map(|num| (there, num))
                    }
                    There::Plain(_) => None,
                };
                if waits(&node, num) || back.is_some_and(|(there, num)| waits(there, num)) {
                    return Ok(Some(format!("between {name} and {other} something does not arrive")));
                }
            }
        }
        Ok(None)
    }
}

/// Whether something waits in this lane, or its platform is not seen to be up.
fn waits(node: &Node, num: u32) -> bool {
    let directory = node.shared().directory.read();
    let unsent = directory.waiting(num) > 0 || directory.telling(num).is_some();
    drop(directory);
    unsent || !node.peers().presence.is_up(num)
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::UnknownPlatform, format!("there is no node called {name}, or it can't be reached"))
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for opened in self.places.hold().values_mut().filter_map(|place| place.open.take()) {
            opened.kill();
        }
        self.network.end();
    }
}

/// A platform without the library, as its gateway sees it: it takes everything, and lists no users.
#[derive(Debug, Default)]
pub struct PlainPlatform {
    messages: Mutex<Vec<Bytes>>,
}

impl PlainPlatform {
    /// The bodies of the messages that came since this was last called, in the order in which they came.
    pub fn messages(&self) -> Vec<Bytes> {
        std::mem::take(&mut *self.messages.hold())
    }
}

impl Plain for PlainPlatform {
    fn answer(&self, request: &http::Request<Bytes>) -> (u16, Bytes) {
        match request.uri().path() {
            "/users" => (200, Bytes::from_static(b"[]")),
            "/ping" => (404, Bytes::new()),
            path => {
                if path == "/message" {
                    self.messages.hold().push(request.body().clone());
                }
                (200, Bytes::from_static(b"{\"status\": 200, \"message\": \"ok\"}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventBody, NewMessage, RoomKind};

    /// Three nodes join one after another, and one speaks; what went over the network.
    fn played(seed: u64) -> BTreeMap<&'static str, Traffic> {
        let play = move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let crowd = Crowd::new(seed).unwrap();
                let first = crowd.open(Config::new("a", "a.db")).await.unwrap();
                for name in ["b", "c"] {
                    let node = crowd.open(Config::new(name, "store.db")).await.unwrap();
                    let invite = first.invite(Some(&crowd.url("a"))).await.unwrap();
                    node.join(invite.text(), Some(&crowd.url(name))).await.unwrap();
                    crowd.settle(&[name]).await.unwrap();
                }
                let members = vec![("a".to_owned(), vec![1.into()]), ("c".to_owned(), vec![1.into()])];
                first.publish_room(1, "Plaza", RoomKind::Private, members).await.unwrap();
                first.publish_message(NewMessage::new(1, 1, "hola")).await.unwrap();
                crowd.settle(&["a"]).await.unwrap();
                let Some(There::Node(last)) = crowd.network.reachable("c") else { panic!("it is there") };
                let mut texts = Vec::new();
                loop {
                    let events = last.next_events(100, Duration::ZERO).await.unwrap();
                    if events.is_empty() {
                        break;
                    }
                    last.ack(&events.iter().map(|event| event.id).collect::<Vec<_>>()).await.unwrap();
                    texts.extend(events.into_iter().filter_map(|event| match event.body {
                        EventBody::Message(message) => Some(message.text),
                        _ => None,
                    }));
                }
                assert_eq!(texts, ["hola"]);
                crowd.traffic()
            })
        };
        std::thread::scope(|scope| scope.spawn(play).join().unwrap())
    }

    #[test]
    fn who_joins_a_crowd_one_by_one_is_told_what_is_said_and_what_it_took_is_counted() {
        let traffic = played(1);
        assert_eq!(traffic["join"].requests, 2);
        assert!(traffic["batch"].bytes > 1_000, "{traffic:?}");
    }
}
