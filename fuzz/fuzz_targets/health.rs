//! Every format of health documents, feeds among them: the first byte says how the answer is read, the rest is its body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pharos_probe::health::{Format, Given, broken_rule};

const MEDIA_TYPES: [&str; 4] =
    ["application/json", "text/plain; version=0.0.4", "application/atom+xml", "application/health+json"];

fuzz_target!(|data: &[u8]| {
    let Some((how, body)) = data.split_first() else { return };
    let how = usize::from(*how);
    // Without a format it is recognised.
    let format = Format::ALL.get(how % (Format::ALL.len() + 1)).copied();
    let media_type = MEDIA_TYPES[how / (Format::ALL.len() + 1) % MEDIA_TYPES.len()];
    let given = Given { status: 200, media_type, body, format, now_s: 1_700_000_000 };
    if let Some(broken) = broken_rule(&given) {
        panic!("{broken}");
    }
});
