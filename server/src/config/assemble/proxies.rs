//! The proxies that are believed.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::PROXIES_MAX;
use super::Assembly;
use pharos_front::Proxies;

impl Assembly {
    /// Takes the addresses of proxies.
    pub fn proxies(&mut self, given: &[String], at: At<'_>) -> Proxies {
        let hint = format!("use at most {PROXIES_MAX}; a network is one");
        self.few(given.len(), PROXIES_MAX, ("proxies", hint), at);
        let networks = given.iter().enumerate().filter_map(|(index, text)| self.proxy(text, at.item(index)));
        Proxies::new(networks.collect())
    }

    fn proxy(&mut self, text: &str, at: At<'_>) -> Option<IpNet> {
        let network = text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<IpAddr>().ok()?)));
        let finding = match network {
            Some(network) if network.prefix_len() > 0 => return Some(network),
            Some(_) => Finding::new(at.place(), format!("{} is everybody", at.shown()))
                .hint("name the proxies alone: whoever is believed can name any address"),
            None => Finding::new(at.place(), format!("{} is not an address or a network", at.shown()))
                .hint("write it as `10.0.0.7` or `10.0.0.0/8`; names are not looked up"),
        };
        self.findings.push(finding);
        None
    }
}
