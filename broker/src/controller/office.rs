//! Which of several controllers decides. One takes office when it is elected and all that was decided before has come to count; it leaves it
//! with its reign, and forgets what did not come to count.
//!
//! 1. Controller A decides, and is cut off from B and C. B is elected and takes office.
//! 2. Broker 1 is replaced as leader by B, and does not reach B. It asks A whether it still leads.
//! 3. A knows nothing of B yet. If it answered from what it knows, broker 1 would believe it.
//!
//! So a broker that must know is answered only after a majority of controllers has fetched from A once more, since it asked.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Controller, Session};
use crate::wire::authority::Request;
use crate::{ConnId, Frame, Micros, Outputs, RequestId};

/// A question that must not be answered by who decides no longer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    conn: ConnId,
    id: RequestId,
    request: Request,
    /// The others were asked after it came.
    asked: bool,
}

impl Controller {
    /// Takes office, or leaves it, where the reign has changed.
    pub(super) fn change_office<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let reign = self.journal.reign();
        if reign == self.office || reign.is_none() && defect!(OfficeNeverLeft) {
            return;
        }
        self.leave_office(out);
        if reign.is_some() {
            self.take_office(now);
        }
        self.office = reign;
    }

    /// Goes on from the newest catalogue. Nobody was heard while another decided, or none did; everybody who was alive gets the time of one
    /// session to speak.
    pub(super) fn take_office(&mut self, now: Micros) {
        let newest = self.journal.newest().filter(|_| !defect!(CatalogueForgotten));
        self.catalogue = newest.unwrap_or_else(|| self.first_catalogue());
        self.recorded_version = self.journal.version();
        self.written = VecDeque::from([(self.journal.end(), Arc::new(self.catalogue.clone()))]);
        let living = self.catalogue.brokers.iter().filter(|broker| broker.alive);
        self.sessions = living.map(|broker| Session { node: broker.node, conn: None, heard: now }).collect();
        self.first_elections_at = Some(now + self.config.timing.broker_session);
    }

    /// Whoever waits for an answer, or for news, looks for the one that decides.
    fn leave_office<F>(&mut self, out: &mut Outputs<F>) {
        let mut conns: Vec<ConnId> = self.sessions.iter().filter_map(|session| session.conn).collect();
        conns.extend(self.answers.drain(..).map(|answer| answer.conn));
        conns.extend(self.questions.drain(..).map(|question| question.conn));
        conns.sort_unstable();
        conns.dedup();
        conns.into_iter().for_each(|conn| out.close(conn));
        self.sessions.clear();
        self.written.clear();
        self.published = Arc::default();
        self.first_elections_at = None;
    }

    /// A connection is gone: nobody waits on it.
    pub(super) fn forget_questions(&mut self, conn: ConnId) {
        self.questions.retain(|question| question.conn != conn);
    }

    /// Keeps a question until it is known that this controller still decides.
    pub(super) fn keep_question(&mut self, conn: ConnId, id: RequestId, request: Request) {
        self.questions.push(Question { conn, id, request, asked: false });
    }

    /// Has the other controllers asked, one question at a time, and answers once they have confirmed.
    pub(super) fn answer_questions<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let Some(quorum) = self.journal.quorum() else { return };
        if !self.questions.is_empty() && self.questions.iter().all(|question| !question.asked) {
            self.questions.iter_mut().for_each(|question| question.asked = true);
            quorum.replica.ask_whether_it_leads(out);
        }
        if quorum.replica.is_confirmed() {
            let confirmed: Vec<Question> = self.questions.extract_if(.., |question| question.asked).collect();
            for question in confirmed {
                self.answer_request(now, question.conn, question.id, question.request, out);
            }
        }
    }
}
