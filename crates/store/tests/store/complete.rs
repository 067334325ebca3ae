//! Nothing checks SQL when it is compiled: so every function of the store is called by a test
//! here, which runs it on both engines.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// `events::hold(` for a `pub async fn hold` in `events.rs` or in a file of the folder `events`.
fn calls(source: &Path, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(source).unwrap();
    let module = inside.components().next().unwrap().as_os_str().to_string_lossy();
    let module = module.trim_end_matches(".rs");
    let text = fs::read_to_string(file).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
    let names = names.map(|rest| rest.split_once('(').unwrap().0);
    names.map(|name| format!("{module}::{name}(")).collect()
}

#[test]
fn every_function_is_called_on_both_engines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = root.join("src");
    let mut tests = String::new();
    for file in rust_files(&root.join("tests")) {
        tests.write_str(&fs::read_to_string(file).unwrap()).unwrap();
    }
    let mut wanted: Vec<_> =
        rust_files(&source).iter().flat_map(|file| calls(&source, file)).collect();
    assert!(wanted.len() > 80, "the functions were not found: {wanted:?}");
    wanted.retain(|call| !tests.contains(call.as_str()));
    assert!(wanted.is_empty(), "no test calls {wanted:?}");
}
