//! The list of faults is the folder of faults.

use super::*;

#[test]
fn every_file_of_this_folder_is_a_fault_of_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/chaos/fault");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").replace('_', "-"))
        .filter(|name| !["mod", "dice", "model", "scene", "struck", "tests"].contains(&name.as_str()))
        .collect();
    files.sort();
    let mut listed: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

#[test]
fn a_fault_has_the_name_in_files_that_the_list_says() {
    let fault = Fault::crash(Target::Controller);
    let json = serde_json::to_value(&fault).unwrap();
    assert_eq!(json, serde_json::json!({ "crash": { "target": "controller" } }));
    for kind in FaultKind::ALL {
        let text = format!("{{\"{}\":{{\"no-such-field\":1}}}}", kind.name());
        let error = serde_json::from_str::<Fault>(&text).unwrap_err().to_string();
        assert!(error.contains("no-such-field"), "{}: {error}", kind.name());
    }
}
