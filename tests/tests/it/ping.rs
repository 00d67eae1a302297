//! The sign of life that is sent elsewhere while all is well.

use pharos_tests::{Setup, Target, wait_for};

use crate::one_component;

#[test]
fn a_server_that_is_well_sends_a_sign_of_life_and_tells_nobody_where() {
    let (target, switch) = (Target::start().unwrap(), Target::start().unwrap());
    let secret = format!("http://{}/a-secret-address", switch.address);
    let config = format!("{}ping: {{ url: \"{secret}\", every: 10s }}\n", one_component(&target));
    let setup = Setup::new(&config).unwrap();
    let pharos = setup.start().unwrap();
    wait_for("a sign of life", || (switch.asked() > 0).then_some(()));
    // One that is not taken is no reason to be silent, nor to say where it went.
    switch.answer(500);
    let asked = switch.asked();
    wait_for("another", || (switch.asked() > asked).then_some(()));
    wait_for("the log to tell of it", || {
        pharos.log().contains("the sign of life could not be sent").then_some(())
    });
    assert!(!pharos.log().contains("a-secret-address"), "{}", pharos.log());
}
