//! What transactions are held to.

use checkers::jepsen::{Keys, MODES, Mode, Model, Options};

use super::super::{LabError, UnknownName};

/// What transactions are held to, in the modes that judge them.
#[derive(Debug, clap::Args)]
pub struct Isolation {
    /// With the checkers of transactions: hold them to this consistency model of Elle's, as in read-committed, snapshot-isolation,
    /// serializable or strong-session-serializable. What it does not proscribe is tolerated. [default: strict-serializable]
    #[arg(long, value_name = "MODEL", requires = "jepsen")]
    model: Option<String>,
    /// With rw-register: take it for granted that within a transaction a write follows what it read of the register.
    #[arg(long, requires = "jepsen")]
    wfr_keys: bool,
    /// With rw-register: take it for granted that each register by itself is sequentially consistent.
    #[arg(long, requires = "jepsen")]
    sequential_keys: bool,
    /// With rw-register: take it for granted that each register by itself is linearizable.
    #[arg(long, requires = "jepsen")]
    linearizable_keys: bool,
}

impl Isolation {
    /// The options of a checker.
    pub fn options(&self, mode: &Mode, ww_deps: bool) -> Result<Options, LabError> {
        let (wfr, sequential, linearizable) = (self.wfr_keys, self.sequential_keys, self.linearizable_keys);
        let keys = Keys { wfr, sequential, linearizable };
        if keys != Keys::default() && mode.name != "rw-register" {
            let what = "--wfr-keys, --sequential-keys and --linearizable-keys go with rw-register";
            return Err(LabError::Usage(format!("{what}, and {} knows no such registers", mode.name)));
        }
        let Some(name) = &self.model else { return Ok(Options { ww_deps, keys, ..Options::default() }) };
        if !mode.models {
            let modes: Vec<&str> = MODES.iter().filter(|mode| mode.models).map(|mode| mode.name).collect();
            return Err(LabError::Usage(format!(
                "--model goes with {}, and {} knows no consistency models",
                modes.join(" and "),
                mode.name
            )));
        }
        let model = Model::named(name).ok_or_else(|| unknown(name))?;
        Ok(Options { ww_deps, model, keys })
    }
}

/// A name that is no model's, with all that are.
fn unknown(name: &str) -> LabError {
    let error = UnknownName::among("consistency model", name, Model::all().flatten().copied());
    let all: Vec<String> = Model::all().map(|names| names.join(" or ")).collect();
    LabError::Usage(format!("{error}\nThere are, from the weakest: {}", all.join(", ")))
}
