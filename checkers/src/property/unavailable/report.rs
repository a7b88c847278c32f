//! A wait that was too long, in words.

use super::{Found, Subject, Unavailable, Wait};
use crate::{Case, Evidence, Findings, Kind, Path};

impl Unavailable {
    /// Whether a producer waited while everybody did who sends to that log: then that is told, and told once.
    pub(super) fn is_part_of_another(&self, found: &Found) -> bool {
        let Subject::Producer(place, _) = found.by else { return false };
        let meets = |wait: &Wait| wait.from <= found.wait.to && found.wait.from <= wait.to;
        self.found
            .iter()
            .any(|other| matches!(other.by, Subject::Log(log) if log == place) && meets(&other.wait))
    }

    pub(super) fn report(&self, case: &Case<'_>, found: &Found, findings: &mut Findings) {
        let &Found { by, wait: Wait { from, to, lost, bound }, send } = found;
        let (path, what) = match by {
            Subject::Log(place) => {
                (Path::Broker, format!("{} acknowledged nothing", case.names.log(self.cluster.id(place))))
            }
            Subject::Producer(place, at) => {
                let (log, producer) =
                    (case.names.log(self.cluster.id(place)), self.logs[place].producers[at].0);
                (Path::Producer, format!("{log} acknowledged nothing of {}", case.names.text(producer)))
            }
            Subject::Read(at, read) => {
                let group = &self.groups[at];
                let log = case.names.log(self.cluster.id(group.reads[read].place));
                (Path::Consumer, format!("{} settled nothing of {log}", case.names.text(group.name)))
            }
        };
        findings.report(case, Kind::Unavailable, path, || Evidence {
            messages: send.map(|id| case.names.message(id)).into_iter().collect(),
            sentence: format!(
                "{what} for {} ms, from {} ms on, though something waited; {} ms are allowed {}",
                (to - from) / 1_000,
                from / 1_000,
                bound / 1_000,
                lost.told()
            ),
            fault: case.faults.until(from).filter(|_| lost.is_something()),
            moment: Some(from),
        });
    }
}
