//! The valid name that comes nearest to a wrong one, for messages.

/// Names that are less alike than this have nothing to do with each other: `turmiol` and `turmoil` have 0.97, `kafka` and `tokio` 0.6.
const NEAR: f64 = 0.8;

/// The nearest of the valid names; `None` when none is near.
pub fn nearest<'a>(given: &str, valid: impl Iterator<Item = &'a str>) -> Option<String> {
    let likeness = |name: &str| strsim::jaro_winkler(given, name);
    let nearest = valid.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(nearest) >= NEAR).then(|| nearest.to_owned())
}

/// The end of a message about an unknown name.
pub fn hint(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_is_near_was_meant() {
        let engines = || ["direct", "turmoil", "madsim", "tokio"].into_iter();
        assert_eq!(nearest("turmiol", engines()).as_deref(), Some("turmoil"));
        assert_eq!(nearest("tokyo", engines()).as_deref(), Some("tokio"));
        for far in ["kafka", "x", "", "rabbitmq"] {
            assert_eq!(nearest(far, engines()), None, "{far}");
        }
    }
}
