//! Which addresses may be called: looked at where a name is resolved, so that the address that was looked at is the one that is
//! connected to, and where an address is written out.
//!
//! An endpoint that somebody else told could lead to what is only there for this machine: link-local addresses, and those
//! under which clouds tell machines their secrets. A token goes in plain text to this machine and to private networks only.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// What is asked of the address of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Guard {
    /// The endpoint was told by somebody else.
    pub told: bool,
    /// Only this machine and private networks.
    pub private: bool,
}

/// Services of a single machine that have addresses beyond link-local ones: AWS by IPv6, Alibaba, Oracle, Azure's host.
const METADATA: [IpAddr; 4] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
];

impl Guard {
    pub(crate) fn is_none(self) -> bool {
        self == Guard::default()
    }

    /// Why this address is not called; None: it may be.
    pub(crate) fn refuses(self, ip: IpAddr) -> Option<&'static str> {
        let ip = inner(ip);
        if self.told && is_forbidden(ip) {
            return Some("its endpoint leads to an address that is only for this machine (link-local or metadata)");
        }
        if self.private && !is_private(ip) {
            return Some(
                "a token would travel in plain text to a public address: use https there, or open this node with `insecure`",
            );
        }
        None
    }

    /// The same for a URL, as far as it shows; a name is looked at when it is resolved.
    pub(crate) fn refuses_url(self, url: &Url) -> Option<&'static str> {
        match url.host()? {
            Host::Ipv4(ip) => self.refuses(ip.into()),
            Host::Ipv6(ip) => self.refuses(ip.into()),
            Host::Domain(_) => None,
        }
    }
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, or by NAT64 and 6to4.
fn inner(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = ip else { return ip };
    let four = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match six.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => four(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high > 0 => four(high, low),
        [0x2002, high, low, ..] => four(high, low),
        _ => ip,
    }
}

fn is_forbidden(ip: IpAddr) -> bool {
    METADATA.contains(&ip)
        || ip.is_unspecified()
        || ip.is_multicast()
        || match ip {
            IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast() || ip.octets()[0] == 0,
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// Resolves names, and keeps of their addresses those that may be called.
pub(super) struct Guarded {
    pub guard: Guard,
    /// In place of the system's, for tests.
    pub resolver: Option<Arc<dyn Resolve>>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, resolver) = (self.guard, self.resolver.clone());
        Box::pin(async move {
            let found: Vec<SocketAddr> = match resolver {
                Some(resolver) => resolver.resolve(name).await?.collect(),
                None => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
            };
            let why = found.first().and_then(|address| guard.refuses(address.ip()));
            let allowed: Vec<SocketAddr> =
                found.into_iter().filter(|address| guard.refuses(address.ip()).is_none()).collect();
            if allowed.is_empty() {
                let why = why.unwrap_or("its name has no address");
                return Err(Box::new(Refused(why)) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Why no address of a name is called.
#[derive(Debug)]
pub(super) struct Refused(pub &'static str);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> io::Error {
        io::Error::other(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_was_told_is_not_called_where_only_this_machine_is_meant() {
        let guard = Guard { told: true, private: false };
        for (ip, refused) in [
            ("169.254.169.254", true),
            ("169.254.1.1", true),
            ("::ffff:169.254.169.254", true),
            ("::169.254.169.254", true),
            ("64:ff9b::a9fe:a9fe", true),
            ("2002:a9fe:a9fe::1", true),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("100.100.100.200", true),
            ("0.0.0.0", true),
            ("0.1.2.3", true),
            ("::", true),
            ("255.255.255.255", true),
            ("224.0.0.1", true),
            ("ff02::1", true),
            ("127.0.0.1", false),
            ("::1", false),
            ("10.0.0.1", false),
            ("192.168.1.1", false),
            ("fd00::1", false),
            ("93.184.216.34", false),
            ("2606:2800:220:1::1", false),
        ] {
            assert_eq!(guard.refuses(ip.parse().unwrap()).is_some(), refused, "{ip}");
            assert!(Guard::default().refuses(ip.parse().unwrap()).is_none(), "{ip}");
        }
        assert!(guard.refuses_url(&"http://[fe80::1]:5000/".parse().unwrap()).is_some());
        assert!(guard.refuses_url(&"http://metadata.example/".parse().unwrap()).is_none(), "when it is resolved");
    }

    #[test]
    fn a_token_goes_in_plain_text_to_this_machine_and_to_private_networks_only() {
        let guard = Guard { told: false, private: true };
        for (ip, refused) in [
            ("127.0.0.1", false),
            ("::1", false),
            ("10.9.8.7", false),
            ("172.16.0.1", false),
            ("192.168.0.1", false),
            ("fd12::1", false),
            ("::ffff:10.0.0.1", false),
            ("8.8.8.8", true),
            ("::ffff:8.8.8.8", true),
            ("2001:db8::1", true),
            ("169.254.1.1", true),
            ("172.32.0.1", true),
        ] {
            assert_eq!(guard.refuses(ip.parse().unwrap()).is_some(), refused, "{ip}");
        }
    }
}
