//! A page that is large: what a stream begins with is more than two systems take in for one who does not read.

use std::fmt::Write;

use crate::cluster::upstream::Upstream;

/// Characters of what is said of each component.
const ABOUT_CHARS: usize = 460;

/// The configuration: targets that are looked at every four seconds and believed at once, and open no incidents.
pub fn yaml(upstream: &Upstream, targets: usize) -> String {
    let mut text = String::from("page: { name: Large }\ncomponents:\n");
    let about = "Serves what nobody reads. ".repeat(ABOUT_CHARS.div_ceil(26));
    for target in 0..targets {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  - id: t{target}\n    name: t{target}\n    description: '{about}'\n    incidents: {{ auto: off }}\n    checks:\n      \
             - http: {{ url: 'http://{}/t/{target}' }}\n        interval: 4s\n        timeout: 900ms\n        down_after: 1\n        \
             up_after: 1",
            upstream.address
        );
    }
    text
}
