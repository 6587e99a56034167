//! What the system says of a process: CPU time and resident memory.

use std::fs;

use crate::Failed;

/// Of `/proc/PID/stat`; the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds that a process has used, in itself and in the kernel.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64, Failed> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold blanks; what follows it begins with the third field.
    let fields: Vec<&str> = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').collect();
    match (fields.get(11), fields.get(12)) {
        (Some(user), Some(system)) => Ok((user.parse::<f64>()? + system.parse::<f64>()?) / TICKS_PER_SECOND),
        _ => Err(format!("/proc/{pid}/stat can't be read").into()),
    }
}

/// Resident memory now, MiB.
pub(crate) fn rss_mib(pid: u32) -> Result<f64, Failed> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    let kib: f64 = kib.ok_or("VmRSS is missing")?.parse()?;
    Ok(kib / 1024.0)
}
