//! The answers that a peer owes.

use std::collections::VecDeque;

use crate::{Micros, RequestId};

/// The requests that are not answered yet, the oldest first. Ids go on over all connections, so a late answer meets nobody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Owed<T> {
    next_id: RequestId,
    requests: VecDeque<Request<T>>,
    /// When the first of these is due. It is asked for after every step, so it is not sought every time.
    first_due: Option<Micros>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Request<T> {
    id: RequestId,
    due: Micros,
    about: T,
}

impl<T> Default for Owed<T> {
    fn default() -> Self {
        Owed { next_id: 0, requests: VecDeque::new(), first_due: None }
    }
}

impl<T> Owed<T> {
    pub(super) fn number(&mut self) -> RequestId {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        id
    }

    pub(super) fn push(&mut self, id: RequestId, due: Micros, about: T) {
        self.requests.push_back(Request { id, due, about });
        self.first_due = Some(self.first_due.map_or(due, |first| first.min(due)));
    }

    pub(super) fn take(&mut self, id: RequestId) -> Option<T> {
        let at = self.requests.iter().position(|request| request.id == id)?;
        let request = self.requests.remove(at)?;
        self.first_due = self.requests.iter().map(|request| request.due).min();
        Some(request.about)
    }

    pub(super) fn take_all(&mut self) -> Vec<T> {
        self.first_due = None;
        self.requests.drain(..).map(|request| request.about).collect()
    }

    pub(super) fn abouts(&self) -> impl ExactSizeIterator<Item = &T> {
        self.requests.iter().map(|request| &request.about)
    }

    pub(super) fn first_due(&self) -> Option<Micros> {
        self.first_due
    }
}
