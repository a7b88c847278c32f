//! Where decisions are written down, and when they count: in the one controller's own log once that is synced, or in a log that several
//! controllers keep once a majority of them has it.

use bytes::Bytes;

use super::quorum::Quorum;
use crate::log::{Batch, Log};
use crate::{
    Catalogue, ClusterConfig, ConnId, Epoch, FileId, Frame, MessageId, Micros, NodeId, Offset, Outputs,
    Policies, Record, StoredFile,
};

/// The file of the log.
pub(super) const LOG: FileId = FileId(0);

/// The file of the ballots, where there are several controllers.
pub(super) const BALLOTS: FileId = FileId(1);

/// The other file of the log, where there are several controllers. One alone keeps all that it wrote.
const OTHER: FileId = FileId(2);

/// The log of decisions. Each of its records is a whole catalogue, so the newest says everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Journal {
    /// Of the one controller there is.
    Alone(Log),
    /// Of several.
    Shared(Box<Quorum>),
}

impl Journal {
    /// A log in which nothing stands yet.
    pub(super) fn empty() -> Self {
        Journal::Alone(Log::recover(LOG, Policies::VOTERS.flush, Vec::new()).0)
    }

    /// As it stands after a start.
    pub(super) fn recover<F>(
        now: Micros,
        config: &ClusterConfig,
        node: NodeId,
        (mut files, seed): (Vec<StoredFile>, u64),
        out: &mut Outputs<F>,
    ) -> Self {
        let mut take = |file: FileId| {
            let stored = files.iter_mut().find(|stored| stored.file == file);
            stored.map(|stored| std::mem::take(&mut stored.bytes)).unwrap_or_default()
        };
        if config.controllers.len() > 1 {
            let [log, other, ballots] = [LOG, OTHER, BALLOTS].map(|file| (file, take(file)));
            let quorum = Quorum::recover(now, config, node, seed, [log, other], ballots, out);
            return Journal::Shared(Box::new(quorum));
        }
        let (mut log, dropped) = Log::recover(LOG, Policies::VOTERS.flush, take(LOG));
        log.cut_damage(dropped, out);
        Journal::Alone(log)
    }

    /// Whether nobody else could take a decision back, or take it as well.
    pub(super) fn is_alone(&self) -> bool {
        matches!(self, Journal::Alone(_))
    }

    fn log(&self) -> &Log {
        match self {
            Journal::Alone(log) => log,
            Journal::Shared(quorum) => quorum.replica.log(),
        }
    }

    /// The term in which this controller decides, once all that was decided before it has come to count.
    pub(super) fn reign(&self) -> Option<Epoch> {
        match self {
            Journal::Alone(_) => Some(0),
            Journal::Shared(quorum) => {
                let replica = &quorum.replica;
                replica.is_established().then(|| replica.epoch())
            }
        }
    }

    /// Who decides, as far as this controller knows.
    pub(super) fn leader(&self) -> Option<NodeId> {
        match self {
            Journal::Alone(_) => None,
            Journal::Shared(quorum) => quorum.replica.knows_leader(),
        }
    }

    /// The newest catalogue that stands in it.
    pub(super) fn newest(&self) -> Option<Catalogue> {
        let records = self.log().batches().filter(|batch| !batch.is_control());
        let newest = records.last().and_then(|batch| batch.records().last());
        newest.and_then(|record| postcard::from_bytes(&record.payload).ok())
    }

    /// The version of the newest catalogue in it, read or not; 0 when there is none.
    pub(super) fn version(&self) -> u32 {
        match self {
            // Of the one controller there is, every batch has it for its epoch.
            Journal::Alone(log) => log.last_epoch(),
            Journal::Shared(_) => self.newest().map_or(0, |newest| newest.version),
        }
    }

    /// Where it ends.
    pub(super) fn end(&self) -> Offset {
        self.log().end()
    }

    /// What stands below counts.
    pub(super) fn safe_end(&self) -> Offset {
        match self {
            Journal::Alone(log) => log.held(),
            Journal::Shared(quorum) => {
                defect!(ToldByOneAlone: quorum.replica.log().held(), quorum.replica.watermark())
            }
        }
    }

    /// Writes down the bytes of a catalogue of this version; returns where it ends.
    pub(super) fn write<F: From<Frame>>(
        &mut self,
        now: Micros,
        version: u32,
        payload: Bytes,
        out: &mut Outputs<F>,
    ) -> Offset {
        let record = Record { id: MessageId::INTERNAL, key: Bytes::new(), payload };
        match self {
            Journal::Alone(log) => {
                log.append(now, Batch::new(log.end(), version, None, [record].into()), out);
                log.end()
            }
            // Only who decides writes.
            Journal::Shared(quorum) => quorum.replica.write(now, record, out).unwrap_or(Offset::MAX),
        }
    }

    /// A sync of one of its files came back.
    pub(super) fn synced<F: From<Frame>>(
        &mut self,
        now: Micros,
        file: FileId,
        token: u64,
        out: &mut Outputs<F>,
    ) {
        match self {
            Journal::Alone(log) => log.synced(now, token, out),
            Journal::Shared(quorum) => quorum.replica.synced(now, file, token, out),
        }
    }

    /// The other controllers, where there are any.
    pub(super) fn quorum(&mut self) -> Option<&mut Quorum> {
        match self {
            Journal::Alone(_) => None,
            Journal::Shared(quorum) => Some(quorum),
        }
    }

    /// When something will be due.
    pub(super) fn deadline(&self) -> Option<Micros> {
        match self {
            Journal::Alone(_) => None,
            Journal::Shared(quorum) => quorum.deadline(),
        }
    }

    /// A connection is gone.
    pub(super) fn closed(&mut self, now: Micros, conn: ConnId) {
        if let Some(quorum) = self.quorum() {
            quorum.closed(now, conn);
        }
    }
}
