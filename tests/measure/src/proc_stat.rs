//! What the kernel says of a process and of the machine: CPU time and resident memory.

use std::fs;

use anyhow::{Context, Result};

/// Clock ticks in a second, as `/proc` counts them on every Linux architecture in use.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds that a process has used, of all its threads, and of its children when `with_children` is set.
///
/// # Errors
/// When the process is gone.
pub fn cpu_seconds(pid: u32, with_children: bool) -> Result<f64> {
    let mut ticks = ticks_of(pid)?;
    if with_children {
        let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        for child in listed.split_whitespace().filter_map(|word| word.parse().ok()) {
            // One that ended in between counts no more.
            ticks += ticks_of(child).unwrap_or(0.0);
        }
    }
    Ok(ticks / TICKS_PER_SECOND)
}

fn ticks_of(pid: u32) -> Result<f64> {
    let stat =
        fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    user_and_system_ticks(&stat).with_context(|| format!("cannot read the times of process {pid}"))
}

/// The name of a program may hold spaces and brackets: fields are counted from the last bracket.
fn user_and_system_ticks(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Resident memory of a process in bytes.
///
/// # Errors
/// When the process is gone.
pub fn resident_bytes(pid: u32) -> Result<f64> {
    status_bytes(pid, "VmRSS:")
}

/// The most memory that was ever resident, in bytes.
///
/// # Errors
/// When the process is gone.
pub fn resident_bytes_peak(pid: u32) -> Result<f64> {
    status_bytes(pid, "VmHWM:")
}

fn status_bytes(pid: u32, field: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} is gone"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kibibytes.with_context(|| format!("/proc/{pid}/status has no {field}"))? * 1024.0)
}

/// CPU seconds that the whole machine has been busy since it started.
///
/// # Errors
/// When there is no `/proc`.
pub fn busy_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/stat").context("cannot read /proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    let ticks: Vec<f64> =
        line.split_whitespace().skip(1).take(8).filter_map(|word| word.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok((ticks.iter().sum::<f64>() - idle) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 1 0";
        assert_eq!(user_and_system_ticks(stat), Some(300.0));
    }

    #[test]
    fn our_own_process_is_there() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid, true).unwrap() >= 0.0);
        assert!(resident_bytes(pid).unwrap() > 100_000.0);
        assert!(resident_bytes_peak(pid).unwrap() >= resident_bytes(pid).unwrap() * 0.5);
        assert!(busy_seconds().unwrap() > 0.0);
    }
}
