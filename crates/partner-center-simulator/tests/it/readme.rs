//! What the README tells a stranger to do, done.

#[allow(clippy::print_stdout, reason = "the README's program shows what it found")]
mod start {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/start.rs"));

    pub fn run() -> Result<(), Box<dyn std::error::Error>> {
        main()
    }
}

#[test]
fn the_first_program_of_the_readme_runs() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(include_str!("../../doc/start.rs")), "README.md and doc/start.rs differ");
    // A stranger's reqwest brings a provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    start::run().unwrap();
}
