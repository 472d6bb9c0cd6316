//! What the README tells a stranger to do, done.

mod start {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/start.rs"));

    pub fn run() -> Result<(), Box<dyn std::error::Error>> {
        main()
    }
}

#[test]
fn the_first_program_of_the_readme_is_the_example_and_runs() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(include_str!("../../examples/start.rs")), "README.md and examples/start.rs differ");
    // A stranger's reqwest brings a provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    start::run().unwrap();
}
