//! The `levante` program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    levante::cli::run()
}
