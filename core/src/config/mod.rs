//! One configuration for every language: plain data with defaults, validated once by `open`.

mod check;
mod limits;
mod proxy;

use std::path::PathBuf;
use std::time::Duration;

pub use limits::Limits;
pub use proxy::Proxy;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Who may read the directory (`GET platforms`, `GET users`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectoryAccess {
    /// Whoever holds a token of this node's registry.
    #[default]
    Token,
    /// Everybody, as in the original design.
    Public,
}

/// What this process does with the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends, receives, hands events to the app.
    #[default]
    App,
    /// Looks and repairs (command lines): takes no lane, no room and no port.
    Admin,
}

/// What becomes of it when a peer introduces a platform that is not known here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Introductions {
    /// It takes part at once.
    #[default]
    On,
    /// It waits in [`status`](crate::Node::status) until [`accept_introduction`](crate::Node::accept_introduction) is called.
    Ask,
    /// It is refused.
    Off,
}

/// How a [`Node`](crate::Node) is opened.
///
/// Only `platform` (or `name`), `store` and usually `platforms` need to be given:
///
/// ```
/// use integrador::Config;
/// let config = Config::new("RustChat", "rust-chat.db").platforms("platforms.json").listen("127.0.0.1:5001");
/// ```
///
/// Durations are seconds where they are read from JSON, whole ones or fractions; none may be longer than 100 years. What is out
/// of its range is an error of kind `config` when the node is opened, and names the field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The platform that embeds this node: 1 to 64 characters, no `:`. Empty, the default: a standalone node.
    pub platform: String,
    /// The name of a standalone node: 1 to 64 characters, no `:`; ignored when `platform` is given. Default
    /// `integrador`.
    pub name: String,
    /// The file of the store, made if it isn't there; on a local file system. Several processes of one machine may
    /// share it. Must be given.
    pub store: PathBuf,
    /// The registry file (`platforms.json`), followed while running. None, the default: an empty registry.
    pub platforms: Option<PathBuf>,
    /// `HOST:PORT` for the node's own listener; port 0 is any that is free. None, the default: the app mounts the node
    /// in its web framework.
    pub listen: Option<String>,
    /// `open` fails while another process of this store listens, instead of waiting for its end: for a program that is
    /// one process. Default: false; with `integrador serve`, true.
    pub only_process: bool,
    /// Who may read the directory. Default: holders of a token.
    pub directory: DirectoryAccess,
    /// What becomes of it when a peer introduces a platform that joined there. Default: it takes part at once.
    pub introductions: Introductions,
    /// Whether a token may be sent over plain http to any address. Default: only to loopback and private ones, else by https.
    pub insecure: bool,
    /// What this process does. Default: everything.
    pub role: Role,
    /// How many events may wait for one destination, at least 1. One more becomes a dead letter `full` for that
    /// destination; its other destinations get it. Default 1,000,000.
    pub max_pending: u64,
    /// How many events may wait for the app, at least 1. While that many do, senders get 503 and try again. Default
    /// 1,000,000.
    pub max_inbox: u64,
    /// How long an event is tried, and how long a message waits for its room, in time of running; more than zero. After
    /// that it is a dead letter. Default 30 days.
    #[serde(with = "seconds")]
    pub retention: Duration,
    /// How long [`delivery`](crate::Node::delivery) answers after the last destination has the event; after that it
    /// knows nothing of it. In time of running; zero: it is forgotten at the next look, within about a minute. Default
    /// 24 h. However long this is, the last million publications are all that is kept.
    #[serde(with = "seconds")]
    pub receipt_retention: Duration,
    /// How often the users of each platform are imported. Zero: only at open and after it was away. Default 24 h.
    #[serde(with = "seconds")]
    pub sync_interval: Duration,
    /// How long a request to another platform may stand still, more than zero: the time counts from the last byte that
    /// moved, in either direction; for what the system has taken to send, a second more for each 32 KiB. After that the
    /// try has failed, and is repeated later; a batch is halved, and grows again. Default 15 s.
    #[serde(with = "seconds")]
    pub request_timeout: Duration,
    /// An event that one platform answers with 500 ten times over at least this time, while it answers otherwise, is a
    /// dead letter: it must not stop what waits behind it. Zero: ten answers are enough. Default 15 min.
    #[serde(with = "seconds")]
    pub poison_after: Duration,
    /// The HTTP proxy through which other platforms are reached: its URL, or `system` for what `HTTP_PROXY`,
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say. A user and a password in the URL are sent to the proxy and shown
    /// nowhere. None, the default: directly.
    pub proxy: Option<Proxy>,
    /// Whether the proxy is also for `localhost` and for loopback, link-local and private addresses; names are not
    /// resolved for this. Default: no.
    pub proxy_local: bool,
    /// How many requests to one plain platform may be under way at once, each of another room; at least 1. What is
    /// beyond it waits. Default 8.
    pub in_flight: usize,
    /// How long a peer may be silent before it is pinged, more than zero. Default 30 s.
    #[serde(with = "seconds")]
    pub ping_interval: Duration,
    /// How often an event is handed to a failing handler, at least 1. After that it is a dead letter, and the next one
    /// of its room proceeds. Default 10.
    pub max_handler_attempts: u32,
    /// How long the app may take for an event, more than zero. After that it has failed, and comes again. Default 10 min.
    #[serde(with = "seconds")]
    pub handler_timeout: Duration,
    /// How long `close` waits for what is in flight; zero: not at all. After that it is cut off, and sent again when
    /// the node is opened. Default 20 s: longer than `request_timeout`, so that what a plain platform is being sent is
    /// answered before. What is cut off may reach a plain platform twice.
    #[serde(with = "seconds")]
    pub close_timeout: Duration,
    /// Requests per second that one platform may make, at least 1, and as many at once; over it 429. None, the default:
    /// no limit.
    pub rate_limit: Option<u32>,
    /// How many connections the node's own listener holds at once, at least 1; beyond it the one that has not got on
    /// for longest makes room, and while all are being answered further ones wait. Default 1,024.
    pub max_connections: usize,
    /// The limits of what may come in.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            platform: String::new(),
            name: "integrador".into(),
            store: PathBuf::new(),
            platforms: None,
            listen: None,
            only_process: false,
            directory: DirectoryAccess::Token,
            introductions: Introductions::On,
            insecure: false,
            role: Role::App,
            max_pending: 1_000_000,
            max_inbox: 1_000_000,
            retention: Duration::from_secs(30 * 86_400),
            receipt_retention: Duration::from_secs(86_400),
            sync_interval: Duration::from_secs(86_400),
            request_timeout: Duration::from_secs(15),
            poison_after: Duration::from_secs(15 * 60),
            proxy: None,
            proxy_local: false,
            in_flight: 8,
            ping_interval: Duration::from_secs(30),
            max_handler_attempts: 10,
            handler_timeout: Duration::from_secs(600),
            close_timeout: Duration::from_secs(20),
            rate_limit: None,
            max_connections: 1024,
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// For an app: its platform's name, as the others' registries spell it, and the file of its store.
    pub fn new(platform: impl Into<String>, store: impl Into<PathBuf>) -> Self {
        Config { platform: platform.into(), store: store.into(), ..Config::default() }
    }

    /// For a standalone node, which has no users of its own and hosts plain platforms.
    pub fn standalone(name: impl Into<String>, store: impl Into<PathBuf>) -> Self {
        Config { name: name.into(), store: store.into(), ..Config::default() }
    }

    /// From JSON: each option under its name, durations in seconds, and what is missing has its default.
    ///
    /// ```
    /// let error = integrador::Config::from_json(r#"{"platform": "BuasApp", "limits": {"text": "long"}}"#).unwrap_err();
    /// assert_eq!((error.kind().as_str(), error.field()), ("config", Some("limits.text")));
    /// ```
    ///
    /// # Errors
    /// `config`: it is no JSON, or an option is unknown or of the wrong type; [`Error::field`] names it.
    pub fn from_json(text: &str) -> Result<Config> {
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|e| Error::config(format!("the configuration is not JSON: {e}")).caused_by(e))?;
        serde_path_to_error::deserialize(value).map_err(|e| {
            let (path, error) = (e.path().to_string(), e.into_inner());
            let at_an_option = path != ".";
            let error = Error::config(error.to_string()).caused_by(error);
            if at_an_option { error.within(path) } else { error }
        })
    }

    /// The registry file.
    pub fn platforms(mut self, path: impl Into<PathBuf>) -> Self {
        self.platforms = Some(path.into());
        self
    }

    /// The address of the node's own listener. Needs the crate's feature `axum`.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = Some(address.into());
        self
    }

    /// Opens the directory to all.
    pub fn public_directory(mut self) -> Self {
        self.directory = DirectoryAccess::Public;
        self
    }

    /// Opens as an administrator: takes no lane, no room and no port.
    pub fn admin(mut self) -> Self {
        self.role = Role::Admin;
        self
    }

    /// The name of the node: its platform's, or its own.
    pub(crate) fn node_name(&self) -> &str {
        if self.is_standalone() { &self.name } else { &self.platform }
    }

    pub(crate) fn is_standalone(&self) -> bool {
        self.platform.is_empty()
    }
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(d: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(d.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}
