//! Transactions of small histories: whether some order explains them, tried in full, and how Jepsen writes them down.

/// What a transaction does at one place.
pub trait Micro {
    /// What a store holds.
    type State: Clone;

    /// Does it; whether what a transaction of known outcome read is what was there.
    fn apply(&self, known: bool, state: &mut Self::State) -> bool;

    /// As Jepsen writes it: what was read is known only where the outcome is.
    fn told(&self, known: bool) -> String;
}

#[derive(Clone, Debug)]
pub struct Transaction<M> {
    pub micros: Vec<M>,
    /// Whether it is known to have succeeded; else it may have, and its reads say nothing.
    pub known: bool,
    pub invoked: usize,
    pub completed: usize,
}

/// Whether some order of the transactions explains every read, respecting real time where that is wanted.
pub fn serializable<M: Micro>(all: &[Transaction<M>], strict: bool, empty: M::State) -> bool {
    search(all, strict, &mut vec![false; all.len()], &empty)
}

fn search<M: Micro>(all: &[Transaction<M>], strict: bool, done: &mut Vec<bool>, state: &M::State) -> bool {
    let waits = |at: usize, done: &[bool]| !done[at] && all[at].known;
    if !(0..all.len()).any(|at| waits(at, done)) {
        return true;
    }
    (0..all.len()).filter(|&at| !done[at]).collect::<Vec<_>>().into_iter().any(|at| {
        // Whatever had ended before it began must have happened.
        let early = (0..all.len()).any(|other| waits(other, done) && all[other].completed < all[at].invoked);
        if strict && early {
            return false;
        }
        let mut after = state.clone();
        if !all[at].micros.iter().all(|micro| micro.apply(all[at].known, &mut after)) {
            return false;
        }
        done[at] = true;
        let found = search(all, strict, done, &after);
        done[at] = false;
        found
    })
}

/// A history with these transactions, one process each.
pub fn text<M: Micro>(all: &[Transaction<M>]) -> String {
    let mut events = Vec::new();
    for (process, transaction) in all.iter().enumerate() {
        let told = |known: bool| transaction.micros.iter().map(|micro| micro.told(known)).collect::<String>();
        let kind = if transaction.known { "ok" } else { "info" };
        // Of a beginning and an end at one moment the beginning comes first: they overlap.
        events.push((2 * transaction.invoked, process, "invoke", told(false)));
        events.push((2 * transaction.completed + 1, process, kind, told(transaction.known)));
    }
    events.sort();
    let line = |(_, process, kind, value)| {
        format!("{{:process {process} :type :{kind} :f :txn :value [{value}]}}\n")
    };
    events.into_iter().map(line).collect()
}
