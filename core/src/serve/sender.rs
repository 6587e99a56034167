//! From whom something comes, as far as it is known: bounds are kept for each of them apart.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

#[cfg(feature = "axum")]
use crate::store::PlatformNum;

/// The address of who sends a request; the web server that takes it in puts it among the request's extensions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address(pub IpAddr);

/// Who sends something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    /// It has shown that it is this platform.
    #[cfg(feature = "axum")]
    Platform(PlatformNum),
    /// Not known yet, at this address. Of IPv6 it is a network: one host has all of its addresses.
    Stranger(IpAddr),
    /// Not known yet, and the web framework in between does not say from where.
    Nameless,
}

impl Sender {
    pub(super) fn at(address: Option<IpAddr>) -> Self {
        match address.map(|ip| ip.to_canonical()) {
            None => Sender::Nameless,
            Some(IpAddr::V6(ip)) => {
                let network = ip.to_bits() & (u128::MAX << 64);
                Sender::Stranger(IpAddr::V6(Ipv6Addr::from_bits(network)))
            }
            Some(ip) => Sender::Stranger(ip),
        }
    }

    #[cfg(feature = "axum")]
    pub(super) fn is_known(self) -> bool {
        matches!(self, Sender::Platform(_))
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "axum")]
            Sender::Platform(num) => write!(f, "platform {num}"),
            Sender::Stranger(ip) => write!(f, "{ip}"),
            Sender::Nameless => f.write_str("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_sender_whichever_of_its_addresses_it_uses() {
        let at = |text: &str| Sender::at(Some(text.parse().unwrap()));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
        assert_ne!(at("10.0.0.2"), at("10.0.0.1"));
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8:0:1::1"), at("2001:db8::1"));
    }
}
