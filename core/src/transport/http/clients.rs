//! The HTTP clients, by the way that a request takes: with or without TLS, directly or through a proxy.
//!
//! A client is used for [`GREATEST_AGE`] and then replaced; what it has under way is finished. So no connection is used for
//! longer, and a host name that has moved to another server is followed even under steady traffic. What is costly is kept:
//! the system's certificates are read once, when an https address is asked for the first time. Without any the node works all
//! the same, over http.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls_platform_verifier::Verifier;
use tokio::time::Instant;
use url::{Host, Url};

use super::guard::{Guard, Guarded};
use crate::config::Proxy;
use crate::transport::NoAnswer;
use crate::util::fork;
use crate::util::lock::MutexExt;
use crate::util::threads::spawn_blocking;

/// How long a connection may be used.
pub(super) const GREATEST_AGE: Duration = Duration::from_secs(60);

/// What the clients are made by.
pub(super) struct Manner {
    pub proxy: Option<Proxy>,
    /// Through the proxy even where the address is this machine's or a private one.
    pub proxy_local: bool,
    pub greatest_age: Duration,
    /// In place of the system's, for tests.
    #[cfg(test)]
    pub resolver: Option<Arc<dyn reqwest::dns::Resolve>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Way {
    tls: bool,
    proxied: bool,
    guard: Guard,
}

struct Made {
    client: Client,
    at: Instant,
}

pub(super) struct Clients {
    manner: Manner,
    made: Mutex<HashMap<Way, Made>>,
    tls: tokio::sync::Mutex<Option<Arc<ClientConfig>>>,
}

impl Clients {
    pub(super) fn new(manner: Manner) -> Self {
        Clients { manner, made: Mutex::default(), tls: tokio::sync::Mutex::default() }
    }

    /// The client for this address, which is looked at in this way.
    pub(super) async fn for_url(&self, url: &Url, guard: Guard) -> Result<Client, NoAnswer> {
        let way = self.way(url, guard);
        if let Some(why) = guard.refuses_url(url) {
            return Err(NoAnswer::Forbidden(why.into()));
        }
        if way.proxied && guard.private {
            let why = "a token would travel in plain text through the proxy: use https there, or open this node with `insecure`";
            return Err(NoAnswer::Forbidden(why.into()));
        }
        let fresh = |made: &&Made| made.at.elapsed() < self.manner.greatest_age;
        if let Some(made) = self.made.hold().get(&way).filter(fresh) {
            return Ok(made.client.clone());
        }
        let tls = if way.tls { Some(self.tls().await?) } else { None };
        let client = self.make(way, tls).map_err(|e| NoAnswer::Failed(format!("no client can be made: {e}")))?;
        let mut made = self.made.hold();
        // Several may have made one at once: the first counts.
        let made = match made.get(&way).filter(fresh) {
            Some(made) => made.client.clone(),
            None => {
                made.insert(way, Made { client: client.clone(), at: Instant::now() });
                client
            }
        };
        Ok(made)
    }

    fn way(&self, url: &Url, guard: Guard) -> Way {
        let proxied = self.manner.proxy.is_some() && (self.manner.proxy_local || !is_local(url));
        let to_proxy = match &self.manner.proxy {
            Some(Proxy::Url(proxy)) => proxied && proxy.scheme() == "https",
            _ => false,
        };
        Way { tls: url.scheme() == "https" || to_proxy, proxied, guard }
    }

    /// What https needs, made at its first use. That it can't be had is said to whoever needs it, and tried again.
    async fn tls(&self) -> Result<Arc<ClientConfig>, NoAnswer> {
        let mut kept = self.tls.lock().await;
        if let Some(tls) = &*kept {
            return Ok(tls.clone());
        }
        let made = spawn_blocking(tls_config).await;
        let tls = made.map_err(|_| NoAnswer::Failed("the runtime is shutting down".into()))?.map_err(|e| {
            NoAnswer::Failed(format!(
                "https is not possible here: the system's CA certificates can't be used ({e}); install them (on Linux the \
                 package ca-certificates) or name a file of them in SSL_CERT_FILE"
            ))
        })?;
        let tls = Arc::new(tls);
        *kept = Some(tls.clone());
        Ok(tls)
    }

    /// In place of the system's.
    fn resolver(&self, way: Way) -> Option<Arc<dyn reqwest::dns::Resolve>> {
        #[cfg(test)]
        let resolver = self.manner.resolver.clone();
        #[cfg(not(test))]
        let resolver = None;
        if way.guard.is_none() || way.proxied {
            return resolver;
        }
        Some(Arc::new(Guarded { guard: way.guard, resolver }))
    }

    fn make(&self, way: Way, tls: Option<Arc<ClientConfig>>) -> reqwest::Result<Client> {
        // What is set up once for the whole process is not half done in a child that is forked.
        let _pass = fork::pass();
        let builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(5))
            // Shorter than servers keep an idle connection (a node 10 s, many others 5), so that none is reused while it is
            // being closed.
            .pool_idle_timeout(Duration::from_secs(4))
            .pool_max_idle_per_host(8)
            .tcp_nodelay(true)
            .user_agent(concat!("integrador/", env!("CARGO_PKG_VERSION")));
        // What a proxy connects to is its own affair.
        let builder = match self.resolver(way) {
            Some(resolver) => builder.dns_resolver(resolver),
            None => builder,
        };
        let builder = match tls {
            Some(tls) => builder.tls_backend_preconfigured(ClientConfig::clone(&tls)),
            // No certificate is loaded for what never needs one.
            None => builder.tls_certs_only([]),
        };
        let builder = match self.manner.proxy.as_ref().filter(|_| way.proxied) {
            None => builder.no_proxy(),
            Some(Proxy::System) => builder,
            Some(Proxy::Url(url)) => builder.proxy(reqwest::Proxy::all(url.clone())?),
        };
        builder.build()
    }
}

fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let _pass = fork::pass();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(provider.clone())?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Whether this address is this machine's or of a private network. A name is not resolved for it.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => is_local_ip(ip.into()),
        Some(Host::Ipv6(ip)) => is_local_ip(ip.into()),
        None => false,
    }
}

fn is_local_ip(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_private_networks_are_told_from_the_rest() {
        for (url, local) in [
            ("http://localhost:5000/", true),
            ("http://api.LOCALHOST./", true),
            ("http://127.0.0.1/", true),
            ("http://[::1]/", true),
            ("http://[::ffff:10.1.2.3]/", true),
            ("http://10.1.2.3/", true),
            ("http://172.31.0.1/", true),
            ("http://192.168.1.1/", true),
            ("http://169.254.1.1/", true),
            ("http://[fd00::1]/", true),
            ("http://[fe80::1]/", true),
            ("http://172.32.0.1/", false),
            ("http://8.8.8.8/", false),
            ("http://[2001:db8::1]/", false),
            ("http://localhost.example/", false),
            ("http://chat.example/", false),
        ] {
            assert_eq!(is_local(&url.parse().unwrap()), local, "{url}");
        }
    }
}
