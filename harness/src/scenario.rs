//! A scenario: one loss path as a plain value, with a configuration that loses and one that holds.

use std::sync::Arc;
use std::time::Duration;

use checkers::{Kind, Path};

use crate::chaos::absent::Absent;
use crate::chaos::cast::{Part, Target};
use crate::chaos::coverage::Item;
use crate::chaos::fault::{FaultKind, FaultModel};
use crate::chaos::schedule::{Expect, Step};
use crate::system::{AnySystem, System};

/// One loss path.
#[derive(Clone)]
pub struct Scenario {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What it teaches, in one sentence.
    pub about: &'static str,
    /// On which path things go wrong.
    pub path: Path,
    /// What may strike, on every variant alike.
    pub faults: FaultModel,
    /// How long faults may strike.
    pub chaos: Duration,
    /// How long everything may take to come to rest after healing.
    pub drain: Duration,
    /// What must be seen over a sweep of any variant.
    pub must_see: Vec<Item>,
    /// What strikes in runs that take real time, where no variant has a witness for that.
    pub in_real_time: Vec<Step>,
    /// Its variants, the unsafe one first.
    pub variants: Vec<Variant>,
}

/// One configuration of a scenario.
#[derive(Clone)]
pub struct Variant {
    /// `unsafe`, `safe`, or what else tells it from its siblings.
    pub name: &'static str,
    /// What runs.
    pub system: Arc<dyn AnySystem>,
    /// The anomaly it must produce; `None` when it must keep every promise.
    pub expect: Option<Expect>,
    /// What may follow from the same cause.
    pub also: Vec<Expect>,
    /// The shortest schedule that always produces what it expects, and that alone.
    pub witness: Option<Witness>,
    /// What must be seen over a sweep of this variant, beside what its scenario names.
    pub must_see: Vec<Item>,
    /// The fault kinds that this variant does not promise to survive, each with a proof that it would not.
    pub excluded: Vec<Exclusion>,
    /// The anomalies that it does not promise to keep out, each with a proof that it comes.
    pub unpromised: Vec<Unpromised>,
    /// The settings that make it, by the names of the product that has them; empty where it is no product's.
    pub settings: Vec<(&'static str, &'static str)>,
    /// Without whom everybody is served all the same, each alone; said of products.
    pub serves_through: Vec<Absent>,
    /// Whether the controller is struck by what it does not survive, if it is the only one; otherwise the budget for data withholds that.
    pub spends_the_controller: bool,
    /// After so many seeds it is a finding of its own that it has not shown what it must.
    pub found_within: u64,
}

/// What an unsafe variant must show, chance brings within so many seeds, unless more is said.
pub const FOUND_WITHIN: u64 = 4_000;

/// A schedule written by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// How many records each producer sends.
    pub records: u64,
    /// What happens.
    pub steps: Vec<Step>,
}

/// A fault kind beyond what a variant promises.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// The fault kind.
    pub fault: FaultKind,
    /// Whom it must not strike; without it, anybody. The budget for data withholds what this part does not survive.
    pub of: Option<Part>,
    /// Why it is beyond the promise.
    pub reason: &'static str,
    /// What it breaks.
    pub breaks: Expect,
    /// What may follow from the same cause.
    pub also: Vec<Expect>,
    /// How.
    pub witness: Witness,
}

/// An anomaly beyond what a variant promises, whatever strikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Unpromised {
    /// What is not kept out.
    pub anomaly: Expect,
    /// What follows from the same cause, and is not kept out either.
    pub also: Vec<Expect>,
    /// Why it is beyond the promise.
    pub reason: &'static str,
    /// How it comes.
    pub witness: Witness,
}

impl Scenario {
    /// A scenario without variants yet; faults may strike for 1.6 seconds, and everything must come to rest within thirty.
    #[must_use]
    pub fn named(name: &'static str, path: Path, about: &'static str) -> Self {
        Scenario {
            name,
            about,
            path,
            faults: FaultModel::default(),
            chaos: Duration::from_millis(1_600),
            drain: Duration::from_secs(30),
            must_see: Vec::new(),
            in_real_time: Vec::new(),
            variants: Vec::new(),
        }
    }

    /// What may strike.
    #[must_use]
    pub fn faults(mut self, faults: FaultModel) -> Self {
        self.faults = faults;
        self
    }

    /// How long faults may strike.
    #[must_use]
    pub fn chaos(mut self, chaos: Duration) -> Self {
        self.chaos = chaos;
        self
    }

    /// What must be seen over a sweep of any variant.
    #[must_use]
    pub fn must_see(mut self, item: Item) -> Self {
        self.must_see.push(item);
        self
    }

    /// What strikes in runs that take real time.
    #[must_use]
    pub fn in_real_time(mut self, steps: Vec<Step>) -> Self {
        self.in_real_time = steps;
        self
    }

    /// Whether it shows how something goes wrong, and not only what holds.
    #[must_use]
    pub fn is_loss_path(&self) -> bool {
        self.variants.iter().any(|variant| variant.expect.is_some())
    }

    /// Everything that must be seen over a sweep of a variant.
    pub fn coverage<'a>(&'a self, variant: &'a Variant) -> impl Iterator<Item = &'a Item> {
        self.must_see.iter().chain(&variant.must_see)
    }

    /// Adds a variant.
    #[must_use]
    pub fn variant(mut self, variant: Variant) -> Self {
        self.variants.push(variant);
        self
    }

    /// The variant of that name.
    #[must_use]
    pub fn find(&self, variant: &str) -> Option<&Variant> {
        self.variants.iter().find(|candidate| candidate.name == variant)
    }
}

impl Variant {
    /// A configuration that must keep every promise, whatever of its numbers the promise leaves open.
    #[must_use]
    pub fn holds(name: &'static str, system: impl System) -> Self {
        Self::new(name, system.widened())
    }

    fn new(name: &'static str, system: impl System) -> Self {
        Variant {
            name,
            system: Arc::new(system),
            expect: None,
            also: Vec::new(),
            witness: None,
            must_see: Vec::new(),
            excluded: Vec::new(),
            unpromised: Vec::new(),
            settings: Vec::new(),
            serves_through: Vec::new(),
            spends_the_controller: false,
            found_within: FOUND_WITHIN,
        }
    }

    /// A configuration people really use, and what it does to them.
    #[must_use]
    pub fn breaks(name: &'static str, system: impl System, anomaly: Kind, path: Path) -> Self {
        Variant { expect: Some(Expect { anomaly, path }), ..Self::new(name, system) }
    }

    /// An anomaly that may follow from the same cause.
    #[must_use]
    pub fn also(mut self, anomaly: Kind, path: Path) -> Self {
        self.also.push(Expect { anomaly, path });
        self
    }

    /// The shortest schedule that always produces what is expected.
    #[must_use]
    pub fn witness(mut self, records: u64, steps: Vec<Step>) -> Self {
        self.witness = Some(Witness { records, steps });
        self
    }

    /// What it must show is what becomes of it when its one controller loses what nobody else has.
    #[must_use]
    pub fn spends_the_controller(mut self) -> Self {
        self.spends_the_controller = true;
        self
    }

    /// What it must show takes so many strikes in a row that chance brings it once in thousands of runs; its witness always does.
    #[must_use]
    pub fn found_within(mut self, seeds: u64) -> Self {
        self.found_within = seeds;
        self
    }

    /// What must be seen over a sweep of this variant.
    #[must_use]
    pub fn must_see(mut self, item: Item) -> Self {
        self.must_see.push(item);
        self
    }

    /// A fault kind that is beyond the promise, with its proof.
    #[must_use]
    pub fn excludes(mut self, exclusion: Exclusion) -> Self {
        self.excluded.push(exclusion);
        self
    }

    /// An anomaly that is beyond the promise, with its proof.
    #[must_use]
    pub fn without(mut self, unpromised: Unpromised) -> Self {
        self.unpromised.push(unpromised);
        self
    }

    /// Whether an anomaly is beyond what this variant promises to keep out.
    #[must_use]
    pub fn leaves_open(&self, anomaly: Kind, path: Path) -> bool {
        let found = Expect { anomaly, path };
        self.unpromised.iter().any(|open| open.anomaly == found || open.also.contains(&found))
    }

    /// What may strike this variant: the scenario's faults without what is beyond its promise.
    #[must_use]
    pub fn faults(&self, model: &FaultModel) -> FaultModel {
        let mut model = model.clone();
        let beyond = |exclusion: &&Exclusion| exclusion.of.is_none();
        model.kinds.retain(|kind| self.excluded.iter().filter(beyond).all(|beyond| beyond.fault != *kind));
        model
    }

    /// Whether a step is within what this variant promises to survive under this model, as far as it can be told before it strikes.
    #[must_use]
    pub fn survives(&self, model: &FaultModel, step: &Step) -> bool {
        let kind = step.inject.kind();
        let spared = |exclusion: &Exclusion| {
            let controller = exclusion.of == Some(Part::Controller);
            exclusion.fault == kind && controller && step.inject.targets().contains(&&Target::Controller)
        };
        self.faults(model).kinds.contains(&kind) && !self.excluded.iter().any(spared)
    }

    /// Whether an anomaly is what this variant is expected to produce, follows from it, or is beyond what it promises.
    #[must_use]
    pub fn foresees(&self, anomaly: Kind, path: Path) -> bool {
        let found = Expect { anomaly, path };
        self.expect == Some(found) || self.also.contains(&found) || self.leaves_open(anomaly, path)
    }
}
