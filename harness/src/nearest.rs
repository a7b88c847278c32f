//! The valid name that comes nearest to a wrong one, for messages.

/// The nearest of the valid names; `None` when there are none.
pub fn nearest<'a>(given: &str, valid: impl Iterator<Item = &'a str>) -> Option<String> {
    let likeness = |name: &str| strsim::jaro_winkler(given, name);
    valid.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).map(str::to_owned)
}

/// The end of a message about an unknown name.
pub fn hint(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
