//! `list-append` and `rw-register` beside another reading of Elle: the crate `adya`, which somebody else wrote after the same sources.
//! Both judge the same random histories of a store that is isolated now and then.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::fmt::Write;

use adya::{Opts, Valid, Workload};
use checkers::jepsen::{self, Keys, MODES, Model, Options};
use checkers::{Report, Validity};

/// Numbers that look random (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % bound
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

const KEYS: usize = 3;

/// Lists, or registers as the lists of what they held.
type State = Vec<Vec<usize>>;

/// A transaction that reads what was there some transactions ago, mostly none, and writes what comes out some way.
fn transaction(dice: &mut Dice, states: &mut Vec<State>, next: &mut usize, lists: bool) -> [String; 3] {
    let lag = if dice.one_in(2) { dice.below(6) } else { 0 };
    let mut seen = states[states.len() - 1 - lag.min(states.len() - 1)].clone();
    let mut state = states.last().unwrap().clone();
    let kind = ["ok", "ok", "ok", "ok", "ok", "ok", "info", "fail"][dice.below(8)];
    let happens = kind == "ok" || dice.one_in(if kind == "info" { 2 } else { 5 });
    let [mut asked, mut told] = [String::new(), String::new()];
    for _ in 0..=dice.below(3) {
        let key = dice.below(KEYS);
        if dice.one_in(2) {
            *next += 1;
            let verb = if lists { "append" } else { "w" };
            [&mut asked, &mut told]
                .into_iter()
                .for_each(|text| write!(text, "[:{verb} {key} {next}]").unwrap());
            seen[key].push(*next);
            // Now and then it comes to stand before what was there.
            let at = state[key].len() - usize::from(!state[key].is_empty() && dice.one_in(12));
            state[key].insert(at, *next);
            continue;
        }
        write!(asked, "[:r {key} nil]").unwrap();
        match (lists, seen[key].last()) {
            (true, _) => write!(told, "[:r {key} {:?}]", seen[key]).unwrap(),
            (false, Some(last)) => write!(told, "[:r {key} {last}]").unwrap(),
            (false, None) => write!(told, "[:r {key} nil]").unwrap(),
        }
    }
    if happens {
        states.push(state);
    }
    if kind != "ok" {
        told.clone_from(&asked);
    }
    [kind.to_owned(), asked, told]
}

/// A history, as EDN.
fn history(seed: u64, lists: bool) -> String {
    let mut dice = Dice(seed);
    let (mut states, mut next) = (vec![vec![Vec::new(); KEYS]], 0);
    let mut events = Vec::new();
    let mut free = [0; 4];
    for at in 0..4 + dice.below(10) {
        let process = dice.below(free.len());
        // It takes effect at ten times its number; around that it begins and ends.
        let effect = 10 * (at + 4);
        // A process has to end one before it begins another.
        if free[process] > effect {
            continue;
        }
        let [kind, asked, told] = transaction(&mut dice, &mut states, &mut next, lists);
        let begins = (effect - dice.below(30)).max(free[process]).min(effect);
        let ends = effect + 1 + dice.below(30);
        free[process] = ends + 1;
        events.push((begins, events.len(), process, "invoke".to_owned(), asked));
        events.push((ends, events.len(), process, kind, told));
    }
    events.sort();
    let mut text = String::new();
    for (index, (_, _, process, kind, value)) in events.iter().enumerate() {
        writeln!(text, "{{:index {index} :process {process} :type :{kind} :f :txn :value [{value}]}}")
            .unwrap();
    }
    text
}

fn ours(text: &str, lists: bool, model: &str, keys: Keys) -> Report {
    let name = if lists { "list-append" } else { "rw-register" };
    let mode = MODES.iter().find(|mode| mode.name == name).unwrap();
    let options = Options { model: Model::named(model).unwrap(), keys, ..Options::default() };
    mode.check(&jepsen::read(text.as_bytes()).unwrap(), options)
}

fn theirs(text: &str, lists: bool, model: &str, keys: Keys) -> adya::Report {
    let opts = Opts {
        models: vec![model.to_owned()],
        wfr_keys: keys.wfr,
        sequential_keys: keys.sequential,
        linearizable_keys: keys.linearizable,
        ..Opts::default()
    };
    let workload = if lists { Workload::ListAppend } else { Workload::RwRegister };
    adya::check(&adya::History::from_edn(text).unwrap(), workload, &opts)
}

/// Where nothing but real time relates anything, and that to operations that failed, Elle has a relation and so have we; the other has
/// none, and says that it does not know.
fn same(ours: Validity, theirs: &adya::Report) -> bool {
    if ours == Validity::Valid && theirs.anomaly_types == ["empty-transaction-graph"] {
        return true;
    }
    matches!(
        (ours, theirs.valid),
        (Validity::Valid, Valid::True)
            | (Validity::Invalid, Valid::False)
            | (Validity::Unknown, Valid::Unknown)
    )
}

/// The anomalies that a model proscribes, those of the order of processes under the name of real time where that is kept.
fn kinds<'a>(all: impl Iterator<Item = &'a str>, model: &str) -> BTreeSet<String> {
    let cycles = all.filter(|kind| !kind.ends_with("-cycle-exists") && *kind != "empty-transaction-graph");
    let strict = model.starts_with("strict") || model.starts_with("strong-snapshot");
    cycles.map(|kind| if strict { kind.replace("-process", "-realtime") } else { kind.to_owned() }).collect()
}

/// Whether a transaction read nothing of a register that it then wrote. To Elle, and so to us, the write is the first that it saw
/// there; to the other it is the nothing.
fn overwrites_nothing(text: &str) -> bool {
    let both = |line: &str, key: usize| {
        line.contains(&format!("[:r {key} nil]")) && line.contains(&format!("[:w {key} "))
    };
    text.lines().filter(|line| line.contains(":ok")).any(|line| (0..KEYS).any(|key| both(line, key)))
}

const MODELS: &[&str] = &[
    "strict-serializable",
    "serializable",
    "snapshot-isolation",
    "strong-session-serializable",
    "strong-snapshot-isolation",
    "repeatable-read",
    "read-atomic",
    "read-committed",
    "read-uncommitted",
];

#[test]
fn both_come_to_the_same_verdicts() {
    let (mut judged, mut invalid, mut alike) = (0, 0, 0);
    for seed in 0..1_500 {
        for lists in [true, false] {
            let text = history(seed, lists);
            // Nothing can be told of reads of nothing; the other calls them valid.
            if !text.contains("[:w ") && !text.contains("[:append ") {
                continue;
            }
            let bit = |bit: u64| !lists && seed & bit != 0;
            let promised = |order: u64| bit(order) && !overwrites_nothing(&text);
            let keys = Keys { wfr: bit(1), sequential: promised(2), linearizable: promised(4) };
            for model in MODELS {
                let (ours, theirs) = (ours(&text, lists, model, keys), theirs(&text, lists, model, keys));
                // Which of two contradicting reads of one length stands for a list is anybody's choice.
                let contradicted = ours.anomalies.iter().any(|finding| finding.kind == "incompatible-order");
                if contradicted && (ours.verdict != Validity::Invalid || theirs.valid == Valid::True) {
                    continue;
                }
                let told = ours.anomalies.iter().filter(|finding| !finding.allowed);
                let ours_found = kinds(told.map(|finding| finding.kind.as_str()), model);
                let theirs_found = kinds(theirs.anomaly_types.iter().map(String::as_str), model);
                assert!(
                    same(ours.verdict, &theirs),
                    "{model} {keys:?}, ours {} {ours_found:?}, theirs {:?} {:?}\n{text}",
                    ours.verdict,
                    theirs.valid,
                    theirs.anomaly_types
                );
                judged += 1;
                invalid += usize::from(ours.verdict == Validity::Invalid);
                alike += usize::from(ours_found == theirs_found);
            }
        }
    }
    println!("{judged} judged, {invalid} invalid, {alike} with the same anomalies");
    assert!(judged / 5 < invalid && invalid < judged * 4 / 5, "{invalid} of {judged} are invalid");
    assert!(alike * 100 > judged * 90, "{alike} of {judged} have the same anomalies");
}
