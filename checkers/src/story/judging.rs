//! What the checkers say of a story.

use super::Story;
use crate::{Checker, Finding, Judge, Kind, Path, Validity, Verdict};

impl Story {
    pub(crate) fn verdict(&self) -> Verdict {
        let mut judge = Judge::new();
        self.entries.iter().for_each(|entry| judge.see(entry));
        judge.finish(&self.names)
    }

    /// With one checker more.
    pub(crate) fn verdict_with(&self, checker: Box<dyn Checker>) -> Verdict {
        let mut checkers = crate::property::all();
        checkers.push(checker);
        let mut judge = Judge::with(checkers);
        self.entries.iter().for_each(|entry| judge.see(entry));
        judge.finish(&self.names)
    }

    /// What stands beyond the verdict, a line each.
    pub(crate) fn beyond(&self) -> String {
        let mut judge = Judge::thorough();
        self.entries.iter().for_each(|entry| judge.see(entry));
        let told = |finding: &Finding| {
            let path = finding.path.map_or("", Path::name);
            let first = finding.entries.first().map_or("", |witness| witness.sentence.as_str());
            format!("{}/{path} x{}: {first}", finding.kind, finding.count)
        };
        let lines: Vec<String> = judge.report(&self.names).beyond.iter().map(told).collect();
        lines.join("\n")
    }

    /// Every checker is content.
    pub(crate) fn valid(self) {
        let verdict = self.verdict();
        assert_eq!(verdict.validity, Validity::Valid, "{verdict:#?}");
    }

    /// This is found, and nothing else.
    pub(crate) fn invalid(self, kind: Kind, path: Path) {
        let verdict = self.verdict();
        assert_eq!(verdict.classes(), [(kind, path)].into(), "{verdict:#?}");
        assert_eq!(verdict.validity, Validity::Invalid);
    }
}
