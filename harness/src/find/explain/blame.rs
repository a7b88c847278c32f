//! What an anomaly needs. Steps are left out until none is left without which it would still come, first under the draws of the run
//! itself and then under other draws of the network; what remains is needed, or nothing remains, and it is the configuration.
//!
//! A step of the run itself can be needed there by accident: it delays a frame by so much as another draw of the network would have
//! done. So a step counts as needed only if under other draws, too, the anomaly hardly ever comes without it; where it does, the search
//! goes on in such a draw, without the step.
//!
//! This is done on `direct`, where leaving a step out moves no draw of the others. What was found elsewhere is created again there
//! first, and where that does not succeed, nobody is blamed.
//!
//! A step that was withheld did nothing and is left out at once, but where another is timed behind it: that one would strike at another
//! moment without it. Such a step stays as long as it is withheld again.

use broker::Micros;

use super::culprit::{Alone, Culprit, Faults, Needed};
use super::experiment::Share;
use super::lives;
use super::words::words;
use crate::chaos::fault::FaultKind;
use crate::chaos::nemesis::Hit;
use crate::chaos::schedule::{Expect, Moment, Schedule};
use crate::engine::{Engine, EngineError};
use crate::run::{Keep, Report, run};
use crate::scenario::{Scenario, Variant};
use crate::stop::Stop;

/// So many other draws of the network.
const DRAWS: u64 = 60;

/// A step is needed where the anomaly comes without it in so many of them at the most. One in twenty is what is meant; of sixty draws
/// three can be one in ten.
const AT_MOST: u64 = 1;

/// What comes in less than one draw in so many might as well come without whatever it was tried without.
const SELDOM: u64 = 10;

/// With fewer draws than this in which no step was withheld, nothing is said.
const AT_LEAST: u64 = 20;

/// What other engines found is tried under so many draws of `direct`.
const AGAIN: u64 = 50;

/// What is to be blamed for what.
#[derive(Clone, Copy)]
pub struct Blame<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its variant.
    pub variant: &'a Variant,
    /// The anomaly in question.
    pub expect: Expect,
    /// So many runs at the most; with fewer than are needed, the culprit is not determined.
    pub budget: u64,
    /// Ends it early, with nobody blamed.
    pub stop: &'a Stop,
}

/// So many runs are enough for nearly everything that a seed draws.
pub const BUDGET: u64 = 4_000;

/// Some steps of the first schedule, under some draws.
#[derive(Clone)]
struct Subset {
    /// Their places in the first schedule.
    steps: Vec<usize>,
    seed: u64,
}

impl Blame<'_> {
    /// Finds out what the anomaly needs in the run of this schedule, on whatever engine that was.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when `direct` cannot run the variant.
    pub fn culprit(&self, schedule: &Schedule) -> Result<Culprit, EngineError> {
        let first = Schedule {
            engine: Engine::Direct.name().to_owned(),
            expect: Some(self.expect),
            ..schedule.clone()
        };
        let whole = Subset { steps: Vec::new(), seed: first.seed };
        let here = schedule.engine == Engine::Direct.name();
        let (idle, hits) = (Vec::new(), Vec::new());
        let mut search = Search { blame: *self, first, here, whole, idle, hits, record: None, runs: 0 };
        if !search.again()? {
            return Ok(Culprit::NotDetermined { why: search.not_again() });
        }
        let culprit = search.least()?;
        Ok(if search.is_over() { Culprit::NotDetermined { why: search.why() } } else { culprit })
    }
}

struct Search<'a> {
    blame: Blame<'a>,
    first: Schedule,
    /// Whether the first run was on `direct`.
    here: bool,
    /// The first run again: its steps without those that were withheld, and its draws.
    whole: Subset,
    /// The withheld steps that stay, because others are timed behind them.
    idle: Vec<usize>,
    /// Whom they struck in it, by their places in that.
    hits: Vec<Hit>,
    /// The record that the anomaly is about in it.
    record: Option<String>,
    runs: u64,
}

impl Search<'_> {
    fn is_over(&self) -> bool {
        self.runs >= self.blame.budget || self.blame.stop.stopped()
    }

    fn not_again(&self) -> String {
        let expect = self.blame.expect;
        match self.here {
            true => format!("{expect} does not come again when the run is repeated"),
            false => format!("{expect} does not come on direct, under {AGAIN} draws of the network"),
        }
    }

    fn why(&self) -> String {
        match self.blame.stop.stopped() {
            true => "interrupted".to_owned(),
            false => format!("{} runs were not enough", self.runs),
        }
    }

    /// The steps as a schedule. Those that are timed behind one that is left out keep their moment.
    fn schedule(&self, some: &Subset) -> Schedule {
        let left_out = (0..self.first.steps.len()).filter(|step| !some.steps.contains(step)).enumerate();
        let schedule =
            left_out.fold(self.first.clone(), |schedule, (gone, step)| schedule.without(step - gone));
        Schedule { seed: some.seed, ..schedule }
    }

    fn run(&mut self, some: &Subset) -> Result<Report, EngineError> {
        self.runs += 1;
        run(self.blame.scenario, self.blame.variant, Engine::Direct, self.schedule(some), Keep::default())
    }

    /// Whether exactly those steps were withheld that were so in the first run; else it is another schedule than was asked for.
    fn is_as_asked(&self, some: &Subset, report: &Report) -> bool {
        let withheld = report.withheld.iter().map(|&place| some.steps[place]);
        withheld.eq(some.steps.iter().copied().filter(|step| self.idle.contains(step)))
    }

    /// Whether the anomaly comes; nothing where another schedule ran than was asked for.
    fn shows(&mut self, some: &Subset) -> Result<Option<bool>, EngineError> {
        let report = self.run(some)?;
        Ok(self.is_as_asked(some, &report).then(|| report.shows(self.blame.expect)))
    }

    /// Whether it comes to the same record as in the first run.
    fn shows_there(&mut self, some: &Subset) -> Result<bool, EngineError> {
        let report = self.run(some)?;
        let mut found = report.found(self.blame.expect);
        Ok(self.is_as_asked(some, &report)
            && found.any(|anomaly| anomaly.messages.first() == self.record.as_ref()))
    }

    /// The record that the first of the anomalies in question is about.
    fn record(&self, report: &Report) -> Option<String> {
        report.found(self.blame.expect).next()?.messages.first().cloned()
    }

    /// Finds the whole schedule without what is withheld, under draws with which the anomaly comes: its own, or those of another seed
    /// where another engine found it. Whether there are any.
    fn again(&mut self) -> Result<bool, EngineError> {
        for number in 0..=if self.here { 0 } else { AGAIN } {
            let seed = self.first.seed.wrapping_add(number);
            let all = Subset { steps: (0..self.first.steps.len()).collect(), seed };
            let mut report = self.run(&all)?;
            let whole = Subset { steps: self.without_idlers(&report.withheld), seed };
            self.idle = report.withheld.iter().copied().filter(|step| whole.steps.contains(step)).collect();
            if whole.steps.len() < all.steps.len() {
                report = self.run(&whole)?;
            }
            if self.is_as_asked(&whole, &report) && report.shows(self.blame.expect) {
                (self.whole, self.record, self.hits) = (whole, self.record(&report), report.hits);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All steps but those that were withheld and time no other.
    fn without_idlers(&self, withheld: &[usize]) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::new();
        for step in (0..self.first.steps.len()).rev() {
            let next = kept.last().filter(|next| **next == step + 1);
            let times = next.is_some_and(|&next| self.first.steps[next].at.is_behind());
            if times || !withheld.contains(&step) {
                kept.push(step);
            }
        }
        kept.reverse();
        kept
    }

    /// Leaves out what can be left out, until every step that remains is needed.
    ///
    /// Several records can be lost for several reasons; whoever reads the story of one wants that one's.
    fn least(&mut self) -> Result<Culprit, EngineError> {
        let of_the_record = self.fewer(self.whole.clone(), &mut Self::shows_there)?;
        let mut found = of_the_record.clone();
        loop {
            found = self.fewer(found, &mut |search, fewer| Ok(search.shows(fewer)? == Some(true)))?;
            match self.without_each(&found)? {
                Ok(shares) => return self.conclude(&found, &of_the_record, shares),
                Err(fewer) => found = fewer,
            }
            if self.is_over() {
                return Ok(Culprit::NotDetermined { why: self.why() });
            }
        }
    }

    /// Leaves out halves, quarters and so on down to single steps, as long as the anomaly comes under the same draws.
    fn fewer(
        &mut self,
        mut found: Subset,
        comes: &mut dyn FnMut(&mut Self, &Subset) -> Result<bool, EngineError>,
    ) -> Result<Subset, EngineError> {
        let mut chunk = found.steps.len();
        while chunk > 0 && !self.is_over() {
            let (mut from, mut helped) = (0, false);
            while from < found.steps.len() {
                let mut fewer = found.clone();
                fewer.steps.drain(from..(from + chunk).min(found.steps.len()));
                if comes(self, &fewer)? {
                    (found, helped) = (fewer, true);
                } else {
                    from += chunk;
                }
            }
            chunk = if helped && chunk == 1 { 1 } else { chunk / 2 };
        }
        Ok(found)
    }

    /// How often it comes without each of the steps under other draws; or fewer steps with which it comes too often.
    fn without_each(&mut self, found: &Subset) -> Result<Result<Vec<Share>, Subset>, EngineError> {
        let mut shares = Vec::new();
        for at in 0..found.steps.len() {
            let mut without = found.clone();
            without.steps.remove(at);
            let mut seeds = Vec::new();
            let share = self.share(&without, AT_MOST, &mut seeds)?;
            if let (true, Some(&seed)) = (share.came > AT_MOST, seeds.first()) {
                return Ok(Err(Subset { seed, ..without }));
            }
            shares.push(share);
        }
        Ok(Ok(shares))
    }

    /// In how many of other draws it comes, and which; ends early where it comes more often than asked.
    fn share(&mut self, some: &Subset, at_most: u64, seeds: &mut Vec<u64>) -> Result<Share, EngineError> {
        let mut share = Share::default();
        for number in 1..=2 * DRAWS {
            if share.of == DRAWS || share.came > at_most || self.is_over() {
                break;
            }
            let seed = self.first.seed.wrapping_add(number);
            // The draws in which it was found say nothing new.
            if seed == some.seed {
                continue;
            }
            let Some(came) = self.shows(&Subset { seed, ..some.clone() })? else { continue };
            share.of += 1;
            if came {
                share.came += 1;
                seeds.push(seed);
            }
        }
        Ok(share)
    }

    /// Each of the steps in words, in the order in which they strike.
    fn needed(&mut self, found: &Subset, without: Vec<Share>) -> Result<Vec<Needed>, EngineError> {
        let told = self.told(&found.steps);
        let mut needed = Vec::new();
        for ((&step, without), (time, words)) in found.steps.iter().zip(without).zip(told) {
            let by_others = self.shows(&self.all_but(&[step]))? == Some(true);
            needed.push((time, Needed { step, words, without, by_others }));
        }
        needed.sort_by_key(|(time, _)| *time);
        Ok(needed.into_iter().map(|(_, needed)| needed).collect())
    }

    /// Steps in words, with whom they struck in the first run, and when.
    fn told(&self, steps: &[usize]) -> Vec<(Option<Micros>, String)> {
        let kind = |hit: &Hit| self.first.steps[self.whole.steps[hit.step]].inject.kind();
        let struck: Vec<(FaultKind, &Hit)> = self.hits.iter().map(|hit| (kind(hit), hit)).collect();
        let hit = |step: usize| {
            let at = self.hits.iter().position(|hit| self.whole.steps[hit.step] == step)?;
            Some(Hit { undone: lives::over(at, &struck), ..self.hits[at].clone() })
        };
        let told = steps.iter().map(|&step| (step, hit(step)));
        told.map(|(step, hit)| (hit.as_ref().map(|hit| hit.time), self.words(step, hit.as_ref(), steps)))
            .collect()
    }

    /// One of the steps that are told, in words.
    fn words(&self, step: usize, hit: Option<&Hit>, told: &[usize]) -> String {
        let mut of = self.first.steps[step].clone();
        let before_is_told = step.checked_sub(1).is_none_or(|before| told.contains(&before));
        if let (Some(hit), true, false) = (hit, of.at.is_behind(), before_is_told) {
            // Nobody would know behind what.
            of.at = Moment::Ms(hit.time / 1_000);
        }
        let withheld = match self.idle.contains(&step) {
            true => ", which was withheld and only times the next",
            false => "",
        };
        format!("{}{withheld}", words(&of, hit))
    }

    /// The first run without some of its steps.
    fn all_but(&self, steps: &[usize]) -> Subset {
        let others = self.whole.steps.iter().copied().filter(|step| !steps.contains(step));
        Subset { steps: others.collect(), ..self.whole }
    }

    fn conclude(
        &mut self,
        found: &Subset,
        of_the_record: &Subset,
        without: Vec<Share>,
    ) -> Result<Culprit, EngineError> {
        if without.iter().any(|share| share.of < AT_LEAST) {
            let why = "without one of its steps others are withheld that struck in this run, or strike that were withheld";
            return Ok(Culprit::NotDetermined { why: why.to_owned() });
        }
        let other_draws = self.share(found, DRAWS, &mut Vec::new())?;
        if other_draws.came * SELDOM < other_draws.of {
            let why = format!(
                "what is left of its faults brings it in {other_draws} other draws: too seldom to tell what it needs"
            );
            return Ok(Culprit::NotDetermined { why });
        }
        let schedule = self.schedule(found);
        let record = self.run(found).map(|report| self.record(&report))?;
        let record = record.filter(|record| Some(record) != self.record.as_ref());
        if found.steps.is_empty() {
            return Ok(Culprit::Configuration(Alone { schedule, other_draws, record }));
        }
        let needed = self.needed(found, without)?;
        let by_others = Subset { seed: found.seed, ..self.all_but(&found.steps) };
        let by_others = self.share(&by_others, DRAWS, &mut Vec::new())?;
        let here = if record.is_some() { self.told(&of_the_record.steps) } else { Vec::new() };
        let here = here.into_iter().map(|(_, words)| words).collect();
        let recreated = !self.here;
        Ok(Culprit::Faults(Faults { schedule, needed, other_draws, by_others, record, here, recreated }))
    }
}
