//! What a search came to: what the process of one defect tells the one that asked for it.

use std::collections::BTreeMap;

use broker::Defect;
use serde::{Deserialize, Serialize};

/// One search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Search {
    /// How many seeds were run, over all rows.
    pub seeds: u64,
    /// CPU-seconds of the search, without the shrinking.
    pub core_seconds: f64,
    /// What was found first.
    pub find: Option<Find>,
    /// What else was seen and counts for nothing, and how often.
    pub aside: BTreeMap<String, u64>,
}

/// The first run in which an affected promise was broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Find {
    /// What was broken.
    pub anomaly: String,
    /// On which path.
    pub path: String,
    /// In which scenario.
    pub scenario: String,
    /// In which variant of it.
    pub variant: String,
    /// From which seed.
    pub seed: u64,
    /// How many steps its schedule has after shrinking.
    pub steps: usize,
}

/// What came of one defect; of none at all where there is no defect.
pub struct Row {
    /// The defect.
    pub defect: Option<Defect>,
    /// What came of it; `None` when its process did not live to tell.
    pub search: Option<Search>,
}

impl Row {
    /// Whether an affected promise was seen broken.
    pub fn found(&self) -> bool {
        self.search.as_ref().is_some_and(|search| search.find.is_some())
    }
}
