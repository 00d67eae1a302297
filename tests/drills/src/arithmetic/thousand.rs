//! How long the core takes over a change of 1,000 components.

use std::fs;

use anyhow::{Context, Result, ensure};
use pharos_engine::Input;
use pharos_model::{ComponentId, Status};

use crate::world::{self, World};

const COMPONENTS: u32 = 1_000;
/// Changes that are timed; the median counts.
const ROUNDS: usize = 5;

/// The median of how many milliseconds of a processor the core takes until all of 1,000 components are out, or well again, each
/// by a look of its own. When `sluggish`, a second passes after each look.
///
/// # Errors
/// When the core does not show the change.
pub fn change_ms(sluggish: bool) -> Result<f64> {
    let ids: Vec<ComponentId> = (0..COMPONENTS)
        .map(|number| ComponentId::new(&format!("c{number}")))
        .collect::<Result<_, _>>()
        .context("a name of a component")?;
    let mut world = World::begin(world::config(ids.iter(), |_| true));
    change(&mut world, &ids, Status::Operational, false)?;
    let mut took_ms = Vec::new();
    for round in 0..ROUNDS {
        let status = if round % 2 == 0 { Status::MajorOutage } else { Status::Operational };
        world.pass_ms(1_000);
        took_ms.push(change(&mut world, &ids, status, sluggish)?);
    }
    took_ms.sort_by(f64::total_cmp);
    Ok(took_ms[ROUNDS / 2])
}

fn change(world: &mut World, ids: &[ComponentId], status: Status, sluggish: bool) -> Result<f64> {
    let began_ms = on_cpu_ms()?;
    for id in ids {
        world.look(id, status);
        if sluggish {
            world.pass_ms(1_000);
            world.step(Input::Tick);
        }
    }
    let took_ms = on_cpu_ms()? - began_ms;
    let changed = world.engine.fold().board.components.iter().filter(|known| known.status == status).count();
    ensure!(sluggish || changed == ids.len(), "only {changed} of {} components are {status:?}", ids.len());
    Ok(took_ms)
}

/// How long this thread has had a processor: what else the machine does makes nothing longer.
fn on_cpu_ms() -> Result<f64> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").context("the time of this thread")?;
    let nanoseconds: f64 =
        told.split(' ').next().unwrap_or_default().parse().context("the time of this thread")?;
    Ok(nanoseconds / 1e6)
}
