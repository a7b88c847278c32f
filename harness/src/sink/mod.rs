//! A sink: the outside world where effects happen, and the ground truth about them. It is not part of what is tested: no fault
//! is aimed at it, and what it has applied it never forgets.

mod ledger;

use std::cell::RefCell;
use std::rc::Rc;

use broker::{Input, Node, Now, Observation, Outputs};

pub use ledger::Ledger;

use crate::frame::{LabFrame, SinkFrame};
use crate::node::Factory;

/// A sink's state machine.
#[derive(Debug, Default)]
pub struct Sink {
    ledger: Rc<RefCell<Ledger>>,
}

impl Sink {
    /// Makes a sink. What it has applied outlives every incarnation.
    #[must_use]
    pub fn factory() -> Factory {
        let ledger = Rc::new(RefCell::new(Ledger::default()));
        Box::new(move || Box::new(Sink { ledger: Rc::clone(&ledger) }))
    }
}

impl Node for Sink {
    type Frame = LabFrame;

    fn step(&mut self, _now: Now, input: Input<LabFrame>, out: &mut Outputs<LabFrame>) {
        let Input::Frame { conn, frame: LabFrame::Sink(SinkFrame::Apply { call, id, way }) } = input else {
            return;
        };
        if self.ledger.borrow_mut().apply(id, way) {
            out.observe(Observation::Apply { id });
        }
        out.send(conn, SinkFrame::Applied { call });
    }
}
