//! A sink: the outside world where effects happen, and the ground truth about them. It is not part of what is tested: it can be
//! slow, and it can refuse, but what it has applied it never forgets.

mod ledger;

use std::cell::RefCell;
use std::rc::Rc;

use broker::{Input, Load, Mark, MessageId, Node, Now, Observation, Outputs};

pub use ledger::Ledger;

use crate::system::frame::{LabFrame, SinkFrame, Way};
use crate::system::node::Factory;

/// A sink's state machine.
#[derive(Debug, Default)]
pub struct Sink {
    ledger: Rc<RefCell<Ledger>>,
    refuses: bool,
    poison: Poison,
}

/// The one record that is never accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Poison {
    #[default]
    None,
    /// The next that was not applied before.
    Next,
    Is(MessageId),
}

impl Sink {
    /// Makes a sink. What it has applied outlives every incarnation.
    #[must_use]
    pub fn factory() -> Factory {
        let ledger = Rc::new(RefCell::new(Ledger::default()));
        Box::new(move || Box::new(Sink { ledger: Rc::clone(&ledger), ..Sink::default() }))
    }

    fn accepts(&mut self, id: MessageId) -> bool {
        if self.poison == Poison::Next && self.ledger.borrow().times(id) == 0 {
            self.poison = Poison::Is(id);
        }
        !self.refuses && self.poison != Poison::Is(id)
    }

    fn apply(&mut self, call: u32, id: MessageId, way: Way, out: &mut Outputs<LabFrame>) -> SinkFrame {
        if !self.accepts(id) {
            out.mark(Mark::RefuseEffect);
            return SinkFrame::Refused { call };
        }
        if self.ledger.borrow_mut().apply(id, way) {
            out.observe(Observation::Apply { id });
        }
        SinkFrame::Applied { call }
    }
}

impl Node for Sink {
    type Frame = LabFrame;

    fn step(&mut self, _now: Now, input: Input<LabFrame>, out: &mut Outputs<LabFrame>) {
        match input {
            Input::Frame { conn, frame: LabFrame::Sink(SinkFrame::Apply { call, id, way }) } => {
                let answer = self.apply(call, id, way, out);
                out.send(conn, answer);
            }
            Input::Load(Load::Refuse(refuses)) => self.refuses = refuses,
            Input::Load(Load::Poison(poisons)) => {
                self.poison = if poisons { Poison::Next } else { Poison::None };
            }
            // What it has applied is kept beside it.
            Input::Stop => out.exit(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use broker::{Action, ConnId};

    use super::*;

    const CONN: ConnId = ConnId(1);

    /// Whether the sink takes this record now.
    fn takes(sink: &mut Sink, number: u32) -> bool {
        let id = MessageId { producer: 1, number };
        let frame = LabFrame::Sink(SinkFrame::Apply { call: number, id, way: Way::Inbox });
        let mut out = Outputs::new();
        sink.step(Now::default(), Input::Frame { conn: CONN, frame }, &mut out);
        let applied = LabFrame::Sink(SinkFrame::Applied { call: number });
        out.actions == [Action::Send { conn: CONN, frame: applied }]
    }

    fn told(sink: &mut Sink, load: Load) {
        sink.step(Now::default(), Input::Load(load), &mut Outputs::new());
    }

    #[test]
    fn a_sink_that_refuses_does_nothing_until_it_takes_again() {
        let mut sink = Sink::default();
        told(&mut sink, Load::Refuse(true));
        assert!(!takes(&mut sink, 1) && !takes(&mut sink, 2));
        assert_eq!(sink.ledger.borrow().times(MessageId { producer: 1, number: 1 }), 0);
        told(&mut sink, Load::Refuse(false));
        assert!(takes(&mut sink, 1));
    }

    #[test]
    fn a_poison_record_is_refused_however_often_it_comes_and_no_other_is() {
        let mut sink = Sink::default();
        assert!(takes(&mut sink, 1));
        told(&mut sink, Load::Poison(true));
        assert!(takes(&mut sink, 1), "what was applied before is not new");
        assert!(!takes(&mut sink, 2) && takes(&mut sink, 3) && !takes(&mut sink, 2));
        told(&mut sink, Load::Poison(false));
        assert!(takes(&mut sink, 2));
    }
}
