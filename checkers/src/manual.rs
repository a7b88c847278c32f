//! What histories are made of, for people: `HISTORY.md`, and what `lab check --fields` prints.

/// All that can stand in a history of our own, and in a plain log. It is made of the tables that the readers go by.
#[must_use]
pub fn manual() -> String {
    format!(
        "# Histories\n\nMade by `cargo lab check --fields`; a test holds it to the reader's own tables.\n\n## Our own\n\n{}\n## Plain logs\n\n{}",
        crate::files::manual(),
        crate::plain::manual()
    )
}
