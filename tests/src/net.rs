//! A folder with the stores and the registry files of one test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use integrador::{Config, ExternalId, Id};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::watch::{LONGEST, Watch};

/// The token that two platforms share, whoever asks.
pub fn token(one: &str, other: &str) -> String {
    format!("token-of-{}-and-{}", one.min(other), one.max(other))
}

/// The files of one test; gone when it ends.
pub struct Net {
    folder: TempDir,
    _watch: Watch,
}

impl Default for Net {
    fn default() -> Self {
        Self::new()
    }
}

impl Net {
    /// An empty folder, for a test that may take [`LONGEST`].
    pub fn new() -> Net {
        Net::that_lasts(LONGEST)
    }

    /// An empty folder, for a test that may take this long. `RUST_LOG` shows what the nodes of this process log.
    pub fn that_lasts(longest: Duration) -> Net {
        if std::env::var_os("RUST_LOG").is_some() {
            let filter = tracing_subscriber::EnvFilter::from_default_env();
            let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
        }
        Net { folder: tempfile::tempdir().expect("a folder for the test"), _watch: Watch::over_this_test(longest) }
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the registry file of `own`: the others, by name and URL, with the token that each shares with it.
    pub fn registry(&self, own: &str, others: &[(&str, &str)]) -> PathBuf {
        let entry = |(i, (name, url)): (usize, &(&str, &str))| {
            let images = "supportImage";
            json!({"id": i + 1, "name": name, "endpoint": url, "token": token(own, name), images: true, "supportAudio": true})
        };
        self.registry_of(own, &others.iter().enumerate().map(entry).collect::<Vec<_>>())
    }

    /// Writes the registry file of `own` with these entries; who reads it meanwhile sees the old one or the new one whole.
    pub fn registry_of(&self, own: &str, entries: &[Value]) -> PathBuf {
        let path = self.path(format!("{own}.platforms.json"));
        let new = self.path(format!("{own}.platforms.json.new"));
        std::fs::write(&new, serde_json::to_string_pretty(entries).expect("JSON"))
            .expect("the registry file is written");
        std::fs::rename(&new, &path).expect("the registry file is put in its place");
        path
    }

    /// The configuration of a node that is an app's: its store and registry file are named after it.
    pub fn config(&self, own: &str, port: u16) -> Config {
        let listen = format!("127.0.0.1:{port}");
        Config::new(own, self.path(format!("{own}.db")))
            .platforms(self.path(format!("{own}.platforms.json")))
            .listen(listen)
    }
}

/// A configuration with something changed.
pub fn with(mut config: Config, change: impl FnOnce(&mut Config)) -> Config {
    change(&mut config);
    config
}

/// An external id, from its text.
pub fn ext(text: &str) -> ExternalId {
    text.parse().expect("an external id")
}

/// The members of a room, by platform, as `publish_room` takes them.
pub fn members(list: &[(&str, &[i64])]) -> Vec<(String, Vec<Id>)> {
    list.iter().map(|(name, ids)| ((*name).to_owned(), ids.iter().map(|id| Id::from(*id)).collect())).collect()
}
