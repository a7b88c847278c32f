//! Consistency models, and what each proscribes: the names, and what they mean, are those of `elle.consistency-model`.
//!
//! A model proscribes what it says, what the models say that it includes, and every anomaly that is a case of those. Left out are
//! anomalies of predicates, which no history here can show, and models by which Elle proscribes nothing (`linearizable`,
//! `sequential`, `causal`, `PRAM` and their parts, `view-serializable`, `1SR`): every history would be valid.

use super::order::Order;

/// What is known of a model.
#[derive(Debug)]
struct Known {
    /// Its name, and others for the same.
    names: &'static [&'static str],
    /// Models that hold wherever it does.
    includes: &'static [&'static str],
    /// What it proscribes beyond theirs.
    proscribes: &'static [&'static str],
}

const fn known(
    names: &'static [&'static str],
    includes: &'static [&'static str],
    proscribes: &'static [&'static str],
) -> Known {
    Known { names, includes, proscribes }
}

/// Every model, each behind those that it includes.
#[rustfmt::skip]
const KNOWN: &[Known] = &[
    known(&["read-uncommitted", "PL-1"], &[], &["G0", "cyclic-versions", "duplicate-elements"]),
    known(&["read-committed", "PL-2"], &["read-uncommitted"], &["G1"]),
    known(&["cursor-stability", "PL-CS"], &["read-committed"], &["lost-update"]),
    known(&["monotonic-view", "PL-2L"], &["read-committed"], &[]),
    known(&["monotonic-snapshot-read", "PL-MSR"], &["read-committed"], &[]),
    known(&["monotonic-atomic-view"], &["read-committed"], &[]),
    known(&["consistent-view", "PL-2+"], &["cursor-stability", "monotonic-view"], &["G-single-item"]),
    known(&["forward-consistent-view", "PL-FCV"], &["consistent-view"], &[]),
    known(&["update-serializable", "PL-3U"], &["forward-consistent-view"], &[]),
    known(&["repeatable-read", "PL-2.99"], &["cursor-stability", "monotonic-atomic-view"], &["G2-item"]),
    known(&["read-atomic"], &["monotonic-atomic-view"], &["internal", "future-read"]),
    known(&["causal-cerone"], &["read-atomic"], &[]),
    known(&["prefix"], &["causal-cerone"], &[]),
    known(&["update-atomic"], &["read-atomic"], &["lost-update"]),
    known(&["parallel-snapshot-isolation"], &["causal-cerone", "update-atomic"], &[]),
    known(&["snapshot-isolation", "PL-SI"], SNAPSHOT, &["G-nonadjacent-item"]),
    known(&["serializable", "PL-3", "conflict-serializable"], SERIAL, &["G2-item"]),
    known(&["strong-session-read-uncommitted", "strong-session-PL-1"], &["read-uncommitted"], &["G0-process"]),
    known(&["strong-session-read-committed", "strong-session-PL-2"], &["read-committed"], &["G1c-process"]),
    known(&["strong-session-snapshot-isolation"], &["snapshot-isolation"], &["G1-process", "G-nonadjacent-item-process"]),
    known(&["strong-session-serializable"], &["serializable"], &["G1-process", "G2-item-process"]),
    known(&["strong-read-uncommitted", "strong-PL-1"], &["read-uncommitted"], &["G0-realtime"]),
    known(&["strong-read-committed", "strong-PL-2"], &["read-committed"], &["G1c-realtime"]),
    known(&["strong-snapshot-isolation"], &["snapshot-isolation"], &["G1-realtime", "G-nonadjacent-item-realtime"]),
    known(&["strict-serializable", "PL-SS", "strong-serializable"], &["serializable"], &["G1-realtime", "G2-item-realtime"]),
];

const SNAPSHOT: &[&str] =
    &["forward-consistent-view", "monotonic-snapshot-read", "parallel-snapshot-isolation", "prefix"];

const SERIAL: &[&str] = &["repeatable-read", "snapshot-isolation", "update-serializable"];

/// What is a case of what: whoever proscribes the first proscribes the others. So it is within any order beside the data.
const CASES: &[(&str, &[&str])] = &[
    ("G1", &["G1a", "G1b", "G1c"]),
    ("G1a", &["dirty-update", "incompatible-order"]),
    ("G1c", &["G0", "future-read"]),
    ("G-nonadjacent-item", &["G-single-item"]),
    ("G2-item", &["G-nonadjacent-item", "lost-update"]),
];

/// A consistency model; by default `strict-serializable`, as in Elle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model(usize);

impl Default for Model {
    fn default() -> Self {
        Model(KNOWN.len() - 1)
    }
}

impl Model {
    /// The names of every model, the weakest first.
    pub fn all() -> impl Iterator<Item = &'static [&'static str]> {
        KNOWN.iter().map(|known| known.names)
    }

    /// The model of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        KNOWN.iter().position(|known| known.names.contains(&name)).map(Model)
    }

    /// Its first name.
    #[must_use]
    pub fn name(self) -> &'static str {
        KNOWN[self.0].names[0]
    }

    /// Whether an anomaly may be where this model holds.
    #[must_use]
    pub fn tolerates(self, anomaly: &str) -> bool {
        !self.proscribed().into_iter().any(|proscribed| covers(proscribed, anomaly))
    }

    /// Which order beside that of the data it keeps.
    pub(super) fn order(self) -> Order {
        self.proscribed().into_iter().map(|anomaly| Order::of(anomaly).1).max().unwrap_or_default()
    }

    /// What it proscribes, itself and by what it includes.
    fn proscribed(self) -> Vec<&'static str> {
        let Known { includes, proscribes, .. } = &KNOWN[self.0];
        let included = includes.iter().filter_map(|name| Model::named(name));
        proscribes.iter().copied().chain(included.flat_map(Model::proscribed)).collect()
    }
}

/// Whether one anomaly is a case of the other.
fn covers(proscribed: &str, anomaly: &str) -> bool {
    let ((kind, order), (its, its_order)) = (Order::of(proscribed), Order::of(anomaly));
    let cases = CASES.iter().filter(|(of, _)| *of == kind).flat_map(|(_, cases)| *cases);
    its_order <= order && (kind == its || cases.into_iter().any(|case| covers(case, its)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerated<'a>(model: &str, anomalies: &[&'a str]) -> Vec<&'a str> {
        let model = Model::named(model).unwrap();
        anomalies.iter().copied().filter(|anomaly| model.tolerates(anomaly)).collect()
    }

    const ALL: &[&str] = &[
        "G0",
        "G0-process",
        "G0-realtime",
        "G1a",
        "G1b",
        "G1c",
        "G1c-process",
        "G1c-realtime",
        "G-single-item",
        "G-single-item-process",
        "G-single-item-realtime",
        "G-nonadjacent-item",
        "G-nonadjacent-item-process",
        "G-nonadjacent-item-realtime",
        "G2-item",
        "G2-item-process",
        "G2-item-realtime",
        "internal",
        "future-read",
        "dirty-update",
        "incompatible-order",
        "lost-update",
        "duplicate-elements",
        "cyclic-versions",
    ];

    /// What Elle's own functions say of each model (elle 0.2.8), but for anomalies that no history here can show.
    #[test]
    fn each_model_tolerates_what_it_does_in_elle() {
        let realtime = |from: &str| -> Vec<&str> {
            let rest = ALL.iter().copied().filter(|anomaly| anomaly.ends_with(from));
            rest.collect()
        };
        assert_eq!(tolerated("strict-serializable", ALL), Vec::<&str>::new());
        assert_eq!(tolerated("strong-session-serializable", ALL), realtime("-realtime"));
        let orders = |anomaly: &&str| anomaly.ends_with("-process") || anomaly.ends_with("-realtime");
        assert_eq!(tolerated("serializable", ALL), ALL.iter().copied().filter(orders).collect::<Vec<_>>());
        let data: Vec<&str> = ALL.iter().copied().filter(|anomaly| !orders(anomaly)).collect();
        assert_eq!(tolerated("snapshot-isolation", &data), ["G2-item"]);
        assert_eq!(tolerated("repeatable-read", &data), ["internal"]);
        assert_eq!(tolerated("consistent-view", &data), ["G-nonadjacent-item", "G2-item", "internal"]);
        assert_eq!(
            tolerated("read-atomic", &data),
            ["G-single-item", "G-nonadjacent-item", "G2-item", "lost-update"]
        );
        assert_eq!(tolerated("causal-cerone", &data), tolerated("read-atomic", &data));
        assert_eq!(
            tolerated("parallel-snapshot-isolation", &data),
            ["G-single-item", "G-nonadjacent-item", "G2-item"]
        );
        let items = ["G-single-item", "G-nonadjacent-item", "G2-item", "internal", "lost-update"];
        assert_eq!(tolerated("read-committed", &data), items);
        assert_eq!(
            tolerated("read-uncommitted", &data),
            [
                &["G1a", "G1b", "G1c"][..],
                &items[..4],
                &["future-read", "dirty-update", "incompatible-order", "lost-update"]
            ]
            .concat()
        );
        let process: Vec<&str> = realtime("-process");
        assert_eq!(tolerated("strong-session-snapshot-isolation", &process), ["G2-item-process"]);
        assert_eq!(tolerated("strong-session-read-uncommitted", &process)[0], "G1c-process");
        assert_eq!(tolerated("strong-read-committed", &realtime("-realtime"))[0], "G-single-item-realtime");
        assert_eq!(tolerated("strong-snapshot-isolation", &realtime("-realtime")), ["G2-item-realtime"]);
    }

    #[test]
    fn every_name_is_a_model_of_its_own_and_every_model_proscribes_something() {
        let mut names: Vec<&str> = Model::all().flatten().copied().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for known in KNOWN {
            assert!(known.includes.iter().all(|name| Model::named(name).is_some()), "{known:?}");
            assert!(!Model::named(known.names[0]).unwrap().tolerates("G0"), "{known:?}");
        }
        assert_eq!(Model::default().name(), "strict-serializable");
        assert_eq!(Model::named("serialisable"), None);
    }
}
