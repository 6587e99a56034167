//! The program `integrador`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(integrador_cli::run(std::env::args_os()))
}
