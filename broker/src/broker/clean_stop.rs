//! Stopping in good order, and the marker that proves it (KIP-966).
//!
//! A broker that is asked to stop takes nothing in any longer, syncs every log, and then writes the marker: under which
//! registration it stopped, and where its logs ended. The next incarnation gives that registration's epoch with its own; the
//! controller takes the stop for clean only if it is the newest it knows of this broker.
//!
//! The next incarnation removes the marker, and registers when the removal is synced, hence before anything can be appended:
//! 1. Power is lost before the removal is synced: the marker may be there again, rightly, for nothing was appended.
//! 2. Power is lost between the removal and the first append: there is no marker, and the broker counts as unclean though it
//!    lost nothing. That costs it its place in the sets and no record.
//! 3. A marker that comes back all the same after the broker has registered carries an older epoch, and proves nothing.
//!
//! The ends are for what happens to a disk while its broker is stopped: a log that was cut or damaged does not end there.

use serde::{Deserialize, Serialize};

use super::Broker;
use crate::peer::Purpose;
use crate::{FileId, Offset, Outputs};

/// The marker's file. A number that no log of any configuration has.
const MARKER: FileId = FileId(u32::MAX);

/// The tokens of the syncs begun here; a log counts its own from 0.
const REMOVAL: u64 = u64::MAX - 1;
const STOP: u64 = u64::MAX;

/// What the marker says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    broker_epoch: u64,
    ends: Vec<Offset>,
}

/// Where a broker stands between two clean stops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CleanStop {
    /// The newest registration of this incarnation; before the first, the one under which the former incarnation stopped in
    /// good order.
    registration: Option<u64>,
    stage: Stage,
    /// It was asked to stop while its registration was under way.
    wanted: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Stage {
    #[default]
    Running,
    /// The former marker is being removed; there is no registration before that is synced.
    Removing,
    /// These files are being synced.
    Syncing(Vec<FileId>),
    /// The marker is being synced.
    Marking,
}

impl CleanStop {
    /// The controller registered this incarnation.
    pub(super) fn registered(&mut self, broker_epoch: u64) {
        self.registration = Some(broker_epoch);
    }

    /// What a registration tells of the stop before; only the first of an incarnation is judged by it.
    pub(super) fn stopped(&self) -> Option<u64> {
        self.registration
    }

    /// Whether the broker may register.
    pub(super) fn may_register(&self) -> bool {
        self.stage == Stage::Running
    }

    /// Whether the broker takes nothing in any longer.
    pub(super) fn is_stopping(&self) -> bool {
        matches!(self.stage, Stage::Syncing(_) | Stage::Marking)
    }
}

impl Broker {
    /// The file whose bytes [`Broker::find_marker`] is given.
    pub(super) const MARKER: FileId = MARKER;

    /// Reads the marker that the former incarnation left, and removes it. The logs have been read before.
    pub(super) fn find_marker<F>(&mut self, bytes: &[u8], out: &mut Outputs<F>) {
        if bytes.is_empty() {
            return;
        }
        let marker = postcard::from_bytes(bytes).ok().filter(|marker: &Marker| marker.ends == self.ends());
        self.clean_stop.registration = marker.map(|marker| marker.broker_epoch);
        out.truncate(MARKER, 0);
        self.clean_stop.stage = Stage::Removing;
        out.sync(MARKER, REMOVAL);
    }

    /// Begins to stop: from here on nothing is taken in, so nothing is appended behind what is synced now.
    pub(super) fn stop<F>(&mut self, out: &mut Outputs<F>) {
        if self.clean_stop.is_stopping() {
            return;
        }
        // Whether the controller has registered it already is not known: a marker of the registration before would be stale then,
        // and a stop in good order would be taken for an unclean one.
        if self.controller.as_ref().is_some_and(|link| link.awaits(Purpose::Register)) {
            self.clean_stop.wanted = true;
            return;
        }
        let files: Vec<FileId> = self.replicas.iter().flat_map(|replica| replica.files()).collect();
        files.iter().for_each(|&file| out.sync(file, STOP));
        self.clean_stop.stage = Stage::Syncing(files);
        self.mark_when_synced(out);
    }

    /// Stops if it was asked to while its registration was under way.
    pub(super) fn stop_if_wanted<F>(&mut self, out: &mut Outputs<F>) {
        if self.clean_stop.wanted {
            self.stop(out);
        }
    }

    /// A sync came back that may be one of those begun here.
    pub(super) fn stop_synced<F>(&mut self, file: FileId, token: u64, out: &mut Outputs<F>) {
        match (&mut self.clean_stop.stage, token) {
            (stage @ Stage::Removing, REMOVAL) => *stage = Stage::Running,
            (Stage::Syncing(files), STOP) => {
                files.retain(|&awaited| awaited != file);
                self.mark_when_synced(out);
            }
            (Stage::Marking, STOP) => out.exit(),
            _ => {}
        }
    }

    /// Writes the marker once all logs are synced. An incarnation that neither registered nor found a marker has none to write.
    fn mark_when_synced<F>(&mut self, out: &mut Outputs<F>) {
        if !matches!(&self.clean_stop.stage, Stage::Syncing(files) if files.is_empty()) {
            return;
        }
        let Some(broker_epoch) = self.clean_stop.registration else {
            return out.exit();
        };
        let marker = Marker { broker_epoch, ends: self.ends() };
        // Serialising plain integers into memory cannot fail; an empty marker proves nothing.
        let bytes = postcard::to_stdvec(&marker).unwrap_or_default();
        out.truncate(MARKER, 0);
        out.append(MARKER, bytes.into());
        out.sync(MARKER, STOP);
        self.clean_stop.stage = Stage::Marking;
    }

    fn ends(&self) -> Vec<Offset> {
        self.replicas.iter().map(|replica| replica.log().end()).collect()
    }
}
