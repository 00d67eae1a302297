//! How often somebody may try to sign in: by address and by name, with slow recovery and never a lock for good.

use std::collections::HashSet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter, clock::DefaultClock};

use super::people::check_name;
use crate::limits::{KNOWN_PLACES_MAX, THROTTLE_KEYS_MAX};

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

/// From one address: ten at once, then one every six seconds.
const PER_ADDRESS: (u32, Duration) = (10, Duration::from_secs(6));
/// For one name, from addresses where it never signed in: ten at once, then one every thirty seconds.
const PER_NAME: (u32, Duration) = (10, Duration::from_secs(30));

/// What every name counts as that nobody can have: such names are without number, and as long as a request.
const NAMELESS: &str = "?";

/// Counts attempts.
#[derive(Debug)]
pub struct Throttle {
    addresses: Limiter<IpAddr>,
    names: Limiter<String>,
    /// Where whom signed in: an outsider who tries a name keeps nobody out who is known there.
    known: Mutex<HashSet<(String, IpAddr)>>,
}

fn limiter<K: std::hash::Hash + Eq + Clone>((burst, period): (u32, Duration)) -> Limiter<K> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(period).unwrap_or(Quota::per_minute(burst));
    RateLimiter::hashmap(quota.allow_burst(burst))
}

/// Of a network of the sixth version, the part that one customer has.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// What a name counts as.
fn counted(name: &str) -> String {
    if check_name(name).is_ok() { name } else { NAMELESS }.to_owned()
}

impl Default for Throttle {
    fn default() -> Self {
        Self { addresses: limiter(PER_ADDRESS), names: limiter(PER_NAME), known: Mutex::default() }
    }
}

impl Throttle {
    /// Counts an attempt; `false` when there were too many.
    pub fn admits(&self, name: &str, address: IpAddr) -> bool {
        let address = network(address);
        self.forget();
        let key = (counted(name), address);
        let is_known = self.known.lock().is_ok_and(|known| known.contains(&key));
        self.addresses.check_key(&address).is_ok() && (is_known || self.names.check_key(&key.0).is_ok())
    }

    /// Counts an attempt of which nobody knows yet whose it is; `false` when there were too many.
    pub fn admits_address(&self, address: IpAddr) -> bool {
        self.forget();
        self.addresses.check_key(&network(address)).is_ok()
    }

    /// Somebody signed in here.
    pub fn knows(&self, name: &str, address: IpAddr) {
        if let Ok(mut known) = self.known.lock() {
            if known.len() >= KNOWN_PLACES_MAX {
                known.clear();
            }
            known.insert((counted(name), network(address)));
        }
    }

    /// Lets go of those who have recovered, where there are many.
    fn forget(&self) {
        if self.addresses.len() + self.names.len() > THROTTLE_KEYS_MAX {
            self.addresses.retain_recent();
            self.names.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn admitted(throttle: &Throttle, name: &str, from: impl Fn(u8) -> IpAddr) -> usize {
        (0..50).filter(|number| throttle.admits(name, from(*number))).count()
    }

    #[test]
    fn an_address_that_tries_many_names_is_stopped() {
        let throttle = Throttle::default();
        let admitted = (0..50).filter(|number| throttle.admits(&format!("user{number}"), address(1))).count();
        assert_eq!(admitted, 10);
    }

    #[test]
    fn a_name_that_is_tried_from_many_addresses_is_protected() {
        assert_eq!(admitted(&Throttle::default(), "anna", address), 10);
    }

    #[test]
    fn names_that_nobody_can_have_count_as_one_and_are_not_kept() {
        let throttle = Throttle::default();
        let long = |number: u8| format!("{number}{}", "X".repeat(1024 * 1024));
        let admitted = (0..50).filter(|number| throttle.admits(&long(*number), address(*number))).count();
        assert_eq!((admitted, throttle.names.len()), (10, 1));
        throttle.knows(&long(1), address(1));
        let known = throttle.known.lock().unwrap();
        assert!(known.iter().all(|(name, _)| name.len() < 10), "long names are kept");
    }

    #[test]
    fn outsiders_keep_nobody_out_who_is_known_where_they_are() {
        let throttle = Throttle::default();
        throttle.knows("anna", address(200));
        admitted(&throttle, "anna", address);
        assert!(throttle.admits("anna", address(200)));
        assert!(!throttle.admits("anna", address(201)));
    }

    #[test]
    fn one_customer_of_a_network_counts_as_one() {
        let of = |last: u16| IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, last));
        let throttle = Throttle::default();
        let admitted =
            (0..50).filter(|number| throttle.admits(&format!("user{number}"), of(*number))).count();
        assert_eq!(admitted, 10);
    }
}
