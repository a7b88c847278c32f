//! Which defects are searched for.

use broker::Defect;

use super::Asked;
use super::alone::one;
use crate::lab::LabError;
use crate::trace::hash_bytes;

/// Those that were asked for, in the order of the list.
pub fn chosen(asked: &Asked) -> Result<Vec<Defect>, LabError> {
    if let (Some(count), Some(seed)) = (asked.sample, &asked.seed) {
        return Ok(drawn(count, seed));
    }
    let named = asked.only.iter().map(|name| one(name)).collect::<Result<Vec<_>, _>>()?;
    let asked = |defect: &Defect| named.is_empty() || named.contains(&Some(*defect));
    Ok(Defect::ALL.iter().copied().filter(asked).collect())
}

/// The highest hashes of seed and name win, so that a new defect takes at most one other's place.
fn drawn(count: usize, seed: &str) -> Vec<Defect> {
    let hash = |defect: &Defect| hash_bytes(format!("{seed} {}", defect.name()).as_bytes());
    let mut all = Defect::ALL.to_vec();
    all.sort_by_cached_key(|defect| std::cmp::Reverse(hash(defect)));
    all.truncate(count);
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_depends_on_its_seed_and_on_nothing_else() {
        assert_eq!(drawn(6, "a"), drawn(6, "a"));
        assert_ne!(drawn(6, "a"), drawn(6, "b"));
        assert_eq!(drawn(6, "a").len(), 6);
        assert_eq!(drawn(usize::MAX, "a"), Defect::ALL);
    }
}
