//! What befalls a simulated world, drawn by its seed.

use pharos_engine::simulator::Random;

use super::message::Ms;

/// Nodes of a world.
pub const NODES: usize = 5;
/// When the last fault is over.
pub const CALM: Ms = 90_000;
/// When the world ends.
pub const END: Ms = CALM + 40_000;

/// Whom a fault befalls.
#[derive(Clone, Copy, Debug)]
pub enum Whom {
    /// Whoever led last.
    Leader,
    /// This one.
    Node(usize),
}

/// One fault. Those that last tell until when.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// A node is stopped, while time goes on.
    Pause(Whom, Ms),
    /// A node dies, and starts again.
    Crash(Whom, Ms),
    /// A node's line is cut; of what is said meanwhile half arrives afterwards.
    Cut(Whom, Ms),
    /// Of a million messages so many are lost.
    Loss(u64, Ms),
    /// Messages take up to so long.
    Slow(Ms, Ms),
    /// The database does nothing.
    Freeze(Ms),
    /// The standby takes over.
    Failover(Failover),
    /// A node gives up the lead of itself.
    Resign(Whom),
}

/// How a standby takes over.
#[derive(Clone, Copy, Debug)]
pub struct Failover {
    /// How much the standby has not heard of; `None`: all since the last election.
    pub lag: Option<Ms>,
    /// Until when the new primary is not ready.
    pub ready: Ms,
    /// Until when the old primary goes on for those who have not heard of the new one.
    pub old_until: Ms,
}

/// The faults of a world and when each begins.
pub fn draw(random: &mut Random) -> Vec<(Ms, Fault)> {
    let count = random.between(2, 9);
    let mut script: Vec<(Ms, Fault)> = (0..count).map(|_| one(random)).collect();
    script.sort_by_key(|(at, _)| *at);
    script
}

fn one(random: &mut Random) -> (Ms, Fault) {
    let at = random.between(2_000, CALM - 5_000);
    let whom = if random.chance(700_000) { Whom::Leader } else { Whom::Node(random.index(NODES - 1)) };
    let until = (at + random.around(12_000)).min(CALM);
    let fault = match random.between(0, 9) {
        0 | 1 => Fault::Pause(whom, until),
        2 => Fault::Crash(whom, (at + random.around(3_000)).min(CALM)),
        3 => Fault::Cut(whom, until),
        4 => Fault::Loss(random.between(20_000, 500_000), until),
        5 => Fault::Slow(random.around(8_000), until),
        6 => Fault::Freeze((at + random.around(6_000)).min(CALM)),
        7 => Fault::Resign(whom),
        _ => Fault::Failover(Failover {
            lag: random.chance(500_000).then(|| random.around(5_000)),
            ready: (at + random.between(0, 3_000)).min(CALM),
            old_until: if random.chance(500_000) { at } else { until },
        }),
    };
    (at, fault)
}
