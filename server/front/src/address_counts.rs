//! How many of something each address holds, with a bound on all and on each.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts by address. This machine's own addresses count only towards the whole: behind them stands a proxy with
/// everybody's visitors.
#[derive(Debug)]
pub struct AddressCounts {
    total_max: usize,
    each_max: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    each: HashMap<IpAddr, usize>,
}

/// One of the counted; it leaves the count when dropped.
#[derive(Debug)]
pub struct Place {
    counts: Arc<AddressCounts>,
    address: Option<IpAddr>,
}

/// Who is counted as one: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer is given; `None` for this machine's
/// own addresses.
pub fn key(address: IpAddr) -> Option<IpAddr> {
    let address = address.to_canonical();
    if address.is_loopback() {
        return None;
    }
    match address {
        IpAddr::V4(_) => Some(address),
        IpAddr::V6(v6) => {
            let network = v6.to_bits() & (u128::MAX << 64);
            Some(IpAddr::V6(Ipv6Addr::from_bits(network)))
        }
    }
}

impl AddressCounts {
    /// Counts up to `total_max` in all and `each_max` from one address.
    pub fn new(total_max: usize, each_max: usize) -> Arc<Self> {
        Arc::new(Self { total_max, each_max, counts: Mutex::default() })
    }

    /// Takes a place; `None` when there is none left.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        self.take(key(address))
    }

    /// Takes a place for somebody who stands for many, and counts only towards the whole; `None` when there is none left.
    pub fn enter_for_many(self: &Arc<Self>) -> Option<Place> {
        self.take(None)
    }

    fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= self.total_max {
            return None;
        }
        if let Some(address) = address {
            let each = counts.each.entry(address).or_default();
            if *each >= self.each_max {
                return None;
            }
            *each += 1;
        }
        counts.total += 1;
        Some(Place { counts: Arc::clone(self), address })
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total = counts.total.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(each) = counts.each.get_mut(&address) {
            *each = each.saturating_sub(1);
            if *each == 0 {
                counts.each.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_cannot_take_all_places() {
        let counts = AddressCounts::new(10, 2);
        let places: Vec<_> = (0..3).map(|_| counts.enter(address("192.0.2.1"))).collect();
        assert!(places[1].is_some() && places[2].is_none());
        assert!(counts.enter(address("192.0.2.2")).is_some());
        drop(places);
        assert_eq!(counts.total(), 0);
        assert!(counts.enter(address("192.0.2.1")).is_some());
    }

    #[test]
    fn an_ipv6_network_counts_as_one_and_a_mapped_address_as_what_it_maps() {
        let counts = AddressCounts::new(10, 1);
        let _first = counts.enter(address("2001:db8::1")).unwrap();
        assert!(counts.enter(address("2001:db8::2")).is_none());
        assert!(counts.enter(address("2001:db8:0:1::2")).is_some());
        let _fourth = counts.enter(address("192.0.2.1")).unwrap();
        assert!(counts.enter(address("::ffff:192.0.2.1")).is_none());
    }

    #[test]
    fn a_proxy_on_this_machine_is_bound_by_the_whole_only() {
        let counts = AddressCounts::new(3, 1);
        let places: Vec<_> = (0..4).map(|_| counts.enter(address("127.0.0.1"))).collect();
        assert_eq!(places.iter().filter(|place| place.is_some()).count(), 3);
    }
}
