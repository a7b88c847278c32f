//! Transactions read and judged by us and, in the same process and minute, by the crate `adya`, which somebody else wrote after Elle.
//! That both come to the same is a test (`tests/beside_adya.rs`).

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use adya::{Opts, Valid, Workload};
use checkers::Validity;
use checkers::jepsen::{MODES, Options, read};

use super::jepsen::{list_append, put};
use super::{Steps, cost, open};

/// So many operations at most: the other keeps a tree of every one of them.
const MOST: usize = 1_000_000;

/// Measures both modes.
pub fn measure(operations: usize, folder: &Path) {
    let operations = operations.min(MOST);
    one(operations, folder, "list-append", Workload::ListAppend, list_append);
    one(operations, folder, "rw-register", Workload::RwRegister, registers);
}

fn one(operations: usize, folder: &Path, mode: &str, workload: Workload, make: fn(usize, &mut dyn Write)) {
    let file = folder.join("beside.edn");
    let mut output = BufWriter::new(File::create(&file).unwrap());
    make(operations, &mut output);
    output.flush().unwrap();
    let checker = MODES.iter().find(|its| its.name == mode).unwrap();
    let mut steps = Steps::new(operations, &format!("{mode}, {operations} operations"));
    let ours = cost(|| {
        let report = checker.check(&read(open(&file)).unwrap(), Options::default());
        assert_eq!(report.verdict, Validity::Valid);
    });
    steps.add("ours, reading and judging", ours);
    let history = read(open(&file)).unwrap();
    steps.add("ours, judging", cost(|| checker.check(&history, Options::default())));
    let theirs = cost(|| {
        let history = adya::History::from_edn(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(adya::check(&history, workload, &Opts::default()).valid, Valid::True);
    });
    steps.add("adya, reading and judging", theirs);
    let history = adya::History::from_edn(&fs::read_to_string(&file).unwrap()).unwrap();
    steps.add("adya, judging", cost(|| adya::check(&history, workload, &Opts::default())));
    println!("{}", steps.table);
    println!("ours takes {:.2} of the other's time\n", ours.seconds / theirs.seconds);
}

/// Registers of up to eight values, which each transaction reads and overwrites.
fn registers(operations: usize, output: &mut dyn Write) {
    for number in 0..operations / 2 {
        let (register, value) = (number / 8, number % 8);
        let read = value.checked_sub(1).map_or("nil".to_owned(), |before| before.to_string());
        let asked = format!("[[:r {register} nil] [:w {register} {value}]]");
        let told = format!("[[:r {register} {read}] [:w {register} {value}]]");
        put(output, 2 * number, number % 8, "invoke", "txn", &asked);
        put(output, 2 * number + 1, number % 8, "ok", "txn", &told);
    }
}
