//! The answers that a peer owes.

use std::collections::VecDeque;

use crate::{Micros, RequestId};

/// The requests that are not answered yet, the oldest first, so in the order of their ids. Ids go on over all connections: a late answer
/// meets nobody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Owed<T> {
    next_id: RequestId,
    requests: VecDeque<Request<T>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Request<T> {
    id: RequestId,
    due: Micros,
    /// When the first is due of this one and all younger ones. The first of all is asked for after every step, so it is not sought
    /// every time.
    first_due: Micros,
    about: T,
}

impl<T> Default for Owed<T> {
    fn default() -> Self {
        Owed { next_id: 0, requests: VecDeque::new() }
    }
}

impl<T> Owed<T> {
    pub(super) fn number(&mut self) -> RequestId {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        id
    }

    pub(super) fn push(&mut self, id: RequestId, due: Micros, about: T) {
        let place = self.requests.len();
        self.requests.push_back(Request { id, due, first_due: due, about });
        self.correct(place);
    }

    pub(super) fn take(&mut self, id: RequestId) -> Option<T> {
        // How far behind the oldest, since ids begin anew some time.
        let oldest = self.requests.front()?.id;
        let behind = |id: RequestId| id.wrapping_sub(oldest);
        let place = self.requests.binary_search_by_key(&behind(id), |request| behind(request.id)).ok()?;
        let request = self.requests.remove(place)?;
        self.correct(place);
        Some(request.about)
    }

    pub(super) fn take_all(&mut self) -> Vec<T> {
        self.requests.drain(..).map(|request| request.about).collect()
    }

    pub(super) fn abouts(&self) -> impl ExactSizeIterator<Item = &T> {
        self.requests.iter().map(|request| &request.about)
    }

    pub(super) fn first_due(&self) -> Option<Micros> {
        self.requests.front().map(|oldest| oldest.first_due)
    }

    /// Something changed at this place: what the older ones say of the younger may be true no longer. What is younger is mostly due later,
    /// and the oldest mostly answered first, so seldom is more than one of them looked at.
    fn correct(&mut self, place: usize) {
        let mut younger = self.requests.get(place).map_or(Micros::MAX, |request| request.first_due);
        for request in self.requests.range_mut(..place).rev() {
            younger = younger.min(request.due);
            if std::mem::replace(&mut request.first_due, younger) == younger {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn answers_find_their_requests_and_the_first_due_is_that_of_a_look_at_all(
            first in prop_oneof![Just(0), Just(RequestId::MAX - 5)],
            steps in prop::collection::vec((any::<bool>(), 0..50_u64, 0..20_u32), 0..80),
        ) {
            let (mut owed, mut all) = (Owed { next_id: first, ..Owed::default() }, Vec::new());
            for (asks, due, which) in steps {
                if asks {
                    let id = owed.number();
                    owed.push(id, due, id);
                    all.push((id, due));
                } else {
                    let id = first.wrapping_add(which);
                    let known = all.iter().position(|&(known, _)| known == id);
                    prop_assert_eq!(owed.take(id), known.map(|place| all.remove(place).0));
                }
                prop_assert_eq!(owed.first_due(), all.iter().map(|&(_, due)| due).min());
            }
            prop_assert_eq!(owed.take_all(), all.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
        }
    }
}
