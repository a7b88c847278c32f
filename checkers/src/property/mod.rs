//! The properties, one file each. A new one is a file here and a line in [`all`].

mod attempted;
mod delivery_order;
mod dirty_read;
mod diverged;
mod duplicates;
mod effect_order;
mod log_order;
mod loss;
mod ownership;
mod panicked;
mod phantom;
mod stuck;
mod unprocessed;

use crate::Checker;

/// Every checker of this crate, each fresh.
#[must_use]
pub fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(attempted::Attempted),
        Box::new(loss::Loss),
        Box::new(unprocessed::Unprocessed),
        Box::new(duplicates::Duplicates),
        Box::new(log_order::LogOrder),
        Box::new(delivery_order::DeliveryOrder::default()),
        Box::new(effect_order::EffectOrder),
        Box::new(phantom::Phantom),
        Box::new(dirty_read::DirtyRead),
        Box::new(diverged::Diverged),
        Box::new(ownership::Ownership::default()),
        Box::new(stuck::Stuck),
        Box::new(panicked::Panicked),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_this_folder_is_listed_under_its_own_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/property");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|stem| stem != "mod")
            .collect();
        let listed: BTreeSet<String> =
            super::all().iter().map(|checker| checker.name().replace('-', "_")).collect();
        assert_eq!(files, listed);
    }
}
