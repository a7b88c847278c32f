//! One life of a handler: what the factory that makes it is told, and what outlives it.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A life begins when a consumer starts, and ends when its process does, or when its group takes the record away that it works
/// on. A consumer that works on several records at once has several.
#[derive(Clone, Debug)]
pub struct Life {
    pub(crate) group: &'static str,
    pub(crate) consumer: u32,
    pub(crate) incarnation: u32,
    pub(crate) seed: u64,
    pub(crate) kept: Kept,
}

/// What a run keeps for a group, by its type. It is empty when a run begins.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    things: Rc<RefCell<Vec<Thing>>>,
}

type Thing = (TypeId, Arc<dyn Any + Send + Sync>);

impl Life {
    /// Its group.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// Which consumer of the group it is: 1 is the first.
    #[must_use]
    pub fn consumer(&self) -> u32 {
        self.consumer
    }

    /// How often this consumer's process was started before: 0 in its first life.
    #[must_use]
    pub fn incarnation(&self) -> u32 {
        self.incarnation
    }

    /// Draws of one's own may begin here: it differs from incarnation to incarnation and from run to run, and is the same when a run
    /// is run again.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What outlives crashes of every consumer of the group, and no run: a table of one's own, say. `make` makes it the first
    /// time that its type is asked for.
    ///
    /// No fault strikes it and no call to it takes time, so it is kinder than any database.
    pub fn kept<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let found = self.kept.find::<T>();
        found.unwrap_or_else(|| {
            let made = Arc::new(make());
            let thing: Arc<dyn Any + Send + Sync> = made.clone();
            self.kept.things.borrow_mut().push((TypeId::of::<T>(), thing));
            made
        })
    }
}

impl Kept {
    fn find<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let things = self.things.borrow();
        let (_, thing) = things.iter().find(|(of, _)| *of == TypeId::of::<T>())?;
        Arc::clone(thing).downcast().ok()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} things", self.things.borrow().len())
    }
}
