//! Ports for tests, also those of the other crates, which include this file.

use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

/// A free port outside the range from which the system takes the ports of outgoing connections, and those that it chooses
/// itself: nobody takes it before the test does.
pub fn free_port() -> u16 {
    static LAST: Mutex<u16> = Mutex::new(0);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if *last == 0 {
        *last = 10_000 + (std::process::id() % 220) as u16 * 100;
    }
    loop {
        *last = if *last >= 32_000 { 10_000 } else { *last + 1 };
        if TcpListener::bind(("127.0.0.1", *last)).is_ok() {
            return *last;
        }
    }
}
