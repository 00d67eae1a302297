//! Who asks, when a proxy asks for them.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// Where a proxy says for whom it asks: each adds the address that it sees at the end.
pub const FORWARDED_FOR: &str = "x-forwarded-for";
/// Addresses that are looked at, from the end.
const HOPS_MAX: usize = 16;

/// The proxies that are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Those of these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether the address is that of a proxy.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who asks: the one at the other end of the connection, or whom a chain of proxies names. What stands before the first that is
    /// no proxy was written by whoever asks, and is not believed.
    pub fn asker(&self, peer: IpAddr, fields: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.has(peer) {
            return peer;
        }
        let said: Vec<&str> =
            fields.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        let mut asker = peer;
        for hop in said.iter().rev().flat_map(|value| value.rsplit(',')).take(HOPS_MAX) {
            let Some(address) = address(hop.trim()) else { break };
            asker = address;
            if !self.has(address) {
                break;
            }
        }
        asker
    }
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(text, |(inner, _)| inner);
    let parsed = plain.parse().ok().or_else(|| Some(plain.parse::<std::net::SocketAddr>().ok()?.ip()));
    parsed.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(peer: &str, said: &[&'static str]) -> String {
        let proxies = ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut fields = HeaderMap::new();
        for value in said {
            fields.append(FORWARDED_FOR, value.parse().unwrap());
        }
        Proxies::new(proxies.to_vec()).asker(peer.parse().unwrap(), &fields).to_string()
    }

    #[test]
    fn who_is_no_proxy_speaks_for_nobody_else() {
        assert_eq!(asker("192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(asker("::ffff:192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
    }

    #[test]
    fn a_proxy_says_for_whom_it_asks() {
        assert_eq!(asker("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(asker("::ffff:10.1.1.1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(asker("10.1.1.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(asker("10.1.1.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(asker("10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn of_a_chain_the_first_that_is_no_proxy_counts_from_the_end() {
        assert_eq!(asker("10.1.1.1", &["198.51.100.1, 10.2.2.2"]), "198.51.100.1");
        assert_eq!(asker("10.1.1.1", &["198.51.100.1", "fd00::2, 10.2.2.2"]), "198.51.100.1");
        assert_eq!(asker("10.1.1.1", &["10.3.3.3, 10.2.2.2"]), "10.3.3.3");
    }

    #[test]
    fn what_whoever_asks_wrote_themselves_is_not_believed() {
        assert_eq!(asker("10.1.1.1", &["203.0.113.9, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(asker("10.1.1.1", &["203.0.113.9", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(asker("10.1.1.1", &["198.51.100.1, unknown"]), "10.1.1.1");
        assert_eq!(asker("10.1.1.1", &["198.51.100.1, "]), "10.1.1.1");
    }
}
