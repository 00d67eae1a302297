//! Every format of health documents, feeds among them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pharos_fuzz::given;
use pharos_probe::health::broken_rule;

fuzz_target!(|data: &[u8]| {
    if let Some(broken) = given(data).as_ref().and_then(broken_rule) {
        panic!("{broken}");
    }
});
