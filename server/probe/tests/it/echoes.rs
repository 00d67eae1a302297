//! Echoes of this machine itself, which answers wherever the system lets us ask.

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::json;

use crate::{assert_reason, probe};

fn icmp(host: &str) -> Spec {
    Spec::Icmp(serde_json::from_value(json!({ "host": host })).unwrap())
}

#[tokio::test]
async fn this_machine_echoes_or_says_that_it_does_not_let_us_ask() {
    for host in ["127.0.0.1", "::1", "localhost"] {
        let result = probe(&icmp(host)).await;
        if result.outcome == Outcome::Good {
            assert!(result.stages.first_byte_us.is_some() && result.facts.address.is_some(), "{result:?}");
            continue;
        }
        let sentence = "Could not look: the system lets Pharos ask for no echo; give it the capability CAP_NET_RAW, or let its group in by the sysctl net.ipv4.ping_group_range";
        assert_reason(&result, Outcome::Unknown, ReasonKind::CouldNotLook, sentence);
    }
}

#[tokio::test]
async fn a_host_that_no_check_may_look_at_is_not_asked() {
    let sentence = "Address: 169.254.169.254 is 169.254.169.254, which no check may look at";
    let result = probe(&icmp("169.254.169.254")).await;
    assert_reason(&result, Outcome::Down, ReasonKind::AddressForbidden, sentence);
}
