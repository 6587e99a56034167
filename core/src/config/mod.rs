//! One configuration for every language: plain data with defaults, validated once by `open`.

mod proxy;

use std::path::PathBuf;
use std::time::Duration;

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

/// How a [`Node`](crate::Node) is opened.
///
/// Only `platform` (or `name`), `store` and usually `platforms` need to be given:
///
/// ```
/// use integrador::Config;
/// let config = Config::new("RustChat", "rust-chat.db").platforms("platforms.json").listen("127.0.0.1:5001");
/// ```
///
/// Durations are in seconds where they are read from JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The platform that embeds this node. Empty for a standalone node.
    pub platform: String,
    /// The name of a standalone node; ignored when `platform` is given. Default `integrador`.
    pub name: String,
    /// The file of the store, made if it isn't there. Several processes of one machine may share it.
    pub store: PathBuf,
    /// The registry file (`platforms.json`), followed while running. None: an empty registry.
    pub platforms: Option<PathBuf>,
    /// `HOST:PORT` for the node's own listener; none when the app mounts the node in its web framework.
    pub listen: Option<String>,
    /// `open` fails while another process of this store listens, instead of waiting for its end: for a program that is one
    /// process, as `integrador serve` is. Default: false.
    pub only_process: bool,
    /// Who may read the directory. Default: holders of a token.
    pub directory: DirectoryAccess,
    /// What this process does. Default: everything.
    pub role: Role,
    /// How many events may wait for one destination; beyond it they are dead letters. Default 1,000,000.
    pub max_pending: u64,
    /// How many events may wait for the app; beyond it senders get 503. Default 1,000,000.
    pub max_inbox: u64,
    /// How long an event is tried, and how long a message waits for its room, before it is a dead letter. Default 30 days.
    #[serde(with = "seconds")]
    pub retention: Duration,
    /// How long `delivery` answers after the end. Default 24 h, and never more than the last million.
    #[serde(with = "seconds")]
    pub receipt_retention: Duration,
    /// How often all users are imported. Default 24 h. Zero: only at open and after a reconnect.
    #[serde(with = "seconds")]
    pub sync_interval: Duration,
    /// How long a request to another platform may stand still: the time counts from the last byte that moved, in either
    /// direction. Default 15 s.
    #[serde(with = "seconds")]
    pub request_timeout: Duration,
    /// An event that one platform answers with 500 ten times over at least this time, while it answers otherwise, is a dead
    /// letter: it must not stop what waits behind it. Default 15 min.
    #[serde(with = "seconds")]
    pub poison_after: Duration,
    /// The proxy through which other platforms are reached: `system`, or its URL. None: directly.
    pub proxy: Option<Proxy>,
    /// Whether the proxy is also for loopback, link-local and private addresses. Default: no.
    pub proxy_local: bool,
    /// How many requests to one plain platform may be under way at once, each of another room. Default 8.
    pub in_flight: usize,
    /// How often a silent peer is pinged. Default 30 s.
    #[serde(with = "seconds")]
    pub ping_interval: Duration,
    /// How often an event is handed to a failing handler before it is a dead letter. Default 10.
    pub max_handler_attempts: u32,
    /// After how long without `ack` an event counts as failed. Default 10 min.
    #[serde(with = "seconds")]
    pub handler_timeout: Duration,
    /// How long `close` waits for what is in flight. Default 20 s: longer than `request_timeout`, so that what a plain platform
    /// is being sent is answered before; cut off, it would be sent again when the node is opened.
    #[serde(with = "seconds")]
    pub close_timeout: Duration,
    /// Requests per second that one platform may make; over it 429. None: no limit.
    pub rate_limit: Option<u32>,
    /// How many connections the node's own listener holds at once; beyond it the oldest that has not sent a whole request
    /// makes room. Default 1,024.
    pub max_connections: usize,
    /// The limits of what may come in.
    pub limits: Limits,
    /// For tests of a full disk: how many pages of 8 KiB the store may have. None: what the disk holds.
    pub max_store_pages: Option<u32>,
}

/// The limits of what may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the body of a plain platform's post; a peer's may have twice as many. Default 1 MiB.
    pub body: usize,
    /// Characters of an id or a name. Default 255.
    pub name: usize,
    /// Bytes (UTF-8) of a text. Default 256 KiB.
    pub text: usize,
    /// Members of a room, over all platforms. Default 100,000.
    pub members: usize,
    /// Users of one other platform that are remembered, those who are gone included, and that are taken from one list (`GET
    /// users`). A new one beyond it is refused with 403, as with the next two; none of the three holds for the app's own.
    /// Default 200,000, some 40 MB of memory.
    pub users: usize,
    /// Rooms that one other platform may have. Default 100,000, some 100 MB of memory.
    pub rooms: usize,
    /// Members that one other platform may list, over all rooms. Default 1,000,000, some 70 MB of memory.
    pub memberships: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body: 1 << 20,
            name: 255,
            text: 256 << 10,
            members: 100_000,
            users: 200_000,
            rooms: 100_000,
            memberships: 1_000_000,
        }
    }
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
            max_store_pages: None,
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

    pub(crate) fn validate(&self) -> Result<()> {
        let field = if self.is_standalone() { "name" } else { "platform" };
        crate::model::name::check_name(self.node_name()).map_err(|e| e.into_config().within(field))?;
        if self.store.as_os_str().is_empty() {
            return Err(Error::config("give the path of a file").within("store"));
        }
        let positive = [
            ("request_timeout", self.request_timeout),
            ("retention", self.retention),
            ("handler_timeout", self.handler_timeout),
            ("ping_interval", self.ping_interval),
        ];
        for (name, value) in positive {
            if value.is_zero() {
                return Err(Error::config("must be more than zero").within(name));
            }
        }
        let at_least_1 = [
            ("max_handler_attempts", self.max_handler_attempts == 0),
            ("max_connections", self.max_connections == 0),
            ("in_flight", self.in_flight == 0),
            ("rate_limit", self.rate_limit == Some(0)),
        ];
        for (name, is_zero) in at_least_1 {
            if is_zero {
                return Err(Error::config("must be at least 1").within(name));
            }
        }
        Ok(())
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
