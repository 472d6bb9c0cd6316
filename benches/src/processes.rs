//! What Linux tells about processes and the machine: time used, memory, load.

use anyhow::Context;
use std::fs::read_to_string;

/// What `/proc` counts time in: hundredths of a second on every Linux (USER_HZ).
const TICK_MS: f64 = 10.0;

/// Processes whose time is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// One process alone.
    One(u32),
    /// A process, its children, and those of its children that have ended.
    WithChildren(u32),
}

struct Stat {
    parent: u32,
    own: u64,
    ended_children: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold blanks and parentheses.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |n: usize| fields.get(n).and_then(|f| f.parse::<u64>().ok());
    Some(Stat { parent: number(1)? as u32, own: number(11)? + number(12)?, ended_children: number(13)? + number(14)? })
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return vec![] };
    let pids = entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|s| s.parent == parent)).collect()
}

/// The parent of a process.
pub fn parent(pid: u32) -> Option<u32> {
    stat(pid).map(|s| s.parent)
}

impl Family {
    fn members(self) -> Vec<u32> {
        match self {
            Family::One(pid) => vec![pid],
            Family::WithChildren(pid) => [vec![pid], children(pid)].concat(),
        }
    }

    /// Processor time used so far, in milliseconds.
    pub fn cpu_ms(self) -> f64 {
        let own: u64 = self.members().into_iter().filter_map(stat).map(|s| s.own).sum();
        let ended = match self {
            Family::One(_) => 0,
            Family::WithChildren(pid) => stat(pid).map_or(0, |s| s.ended_children),
        };
        (own + ended) as f64 * TICK_MS
    }

    /// Memory in MB, shared pages counted by their share (PSS).
    pub fn pss_mb(self) -> f64 {
        let kb = |pid: u32| -> Option<u64> {
            let text = read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            text.lines().find_map(|l| l.strip_prefix("Pss:"))?.split_whitespace().next()?.parse().ok()
        };
        self.members().into_iter().filter_map(kb).sum::<u64>() as f64 / 1024.0
    }
}

/// The machine's time so far: (busy, all), in milliseconds over all processors.
pub fn machine_ms() -> (f64, f64) {
    let text = read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let times: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|f| f.parse().ok()).collect();
    let all: u64 = times.iter().sum();
    let idle = times.get(3).unwrap_or(&0) + times.get(4).unwrap_or(&0);
    ((all - idle) as f64 * TICK_MS, all as f64 * TICK_MS)
}

/// `/proc/loadavg` without its process numbers.
pub fn load_average() -> String {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Processors and their model, and the kernel.
pub fn machine() -> String {
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|l| l.strip_prefix("model name")?.split_once(':')).map_or("?", |(_, m)| m.trim());
    let count = cpu.lines().filter(|l| l.starts_with("processor")).count();
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{count} × {model}, Linux {}", kernel.trim())
}

/// The server process of a connection's backend.
///
/// # Errors
/// When the backend is not on this machine.
pub fn postmaster(backend: u32) -> anyhow::Result<Family> {
    parent(backend).map(Family::WithChildren).context("PostgreSQL does not run on this machine")
}
