//! A mode: a product as people run it, as it comes and as its documentation recommends it. A row of settings, and what each of the two
//! promises under all faults there are; what it does not promise has a witness.

mod setting;

use std::time::Duration;

pub use setting::{FASTER, Product, Setting, SettingError, Values};

use checkers::Path;

use crate::chaos::absent::Absent;
use crate::chaos::cast::Target;
use crate::chaos::coverage::{Item, Outstanding};
use crate::chaos::fault::{Fault, FaultKind, FaultModel};
use crate::chaos::schedule::{Moment, Step};
use crate::scenario::{Exclusion, Scenario, Unpromised, Variant};

/// How long faults may strike: as long as a broker of a product that is set like this needs to be missed, several times.
const CHAOS: Duration = Duration::from_millis(3_200);

/// At most so many faults strike in one run.
const MOST: u64 = 10;

/// A product as people run it.
#[derive(Clone, Debug)]
pub struct Mode {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What it is and what it costs, in one sentence.
    pub about: &'static str,
    /// The product.
    pub product: &'static Product,
    /// As it comes.
    pub defaults: Profile,
    /// As it is meant to be used where nothing may get lost.
    pub recommended: Profile,
}

/// One way in which a product is set, and what it promises then.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The settings that differ from how the product comes, or that the mode is about.
    pub settings: &'static [(&'static str, &'static str)],
    /// Without whom everybody is served all the same, each alone.
    pub serves_through: &'static [Absent],
    /// The faults that it does not survive.
    pub excluded: Vec<Exclusion>,
    /// The anomalies that it does not keep out.
    pub unpromised: Vec<Unpromised>,
    /// What a sweep must have seen.
    pub must_see: Vec<Item>,
}

/// The process that leads is killed while its producers send.
fn leader_dies() -> Step {
    let leader = Target::leader("payments", 0);
    Step::new(Moment::event("append", 40), Fault::crash(leader)).heal_after_ms(1_200)
}

impl Mode {
    /// The name of the variant as the product comes.
    pub const DEFAULTS: &str = "defaults";
    /// The name of the variant as it is recommended.
    pub const RECOMMENDED: &str = "recommended";

    /// Both profiles as variants that must keep what they promise.
    ///
    /// # Errors
    ///
    /// [`SettingError`] where the product cannot be set like that.
    pub fn scenario(&self) -> Result<Scenario, SettingError> {
        let faults = FaultModel { most: MOST, ..FaultModel::with(FaultModel::STORAGE) };
        Ok(Scenario::named(self.name, Path::Broker, self.about)
            .faults(faults)
            .chaos(CHAOS)
            .must_see(Item::strike(FaultKind::Crash, Outstanding::Unsettled, 500))
            .in_real_time(vec![leader_dies()])
            .variant(self.variant(Self::DEFAULTS, &self.defaults)?)
            .variant(self.variant(Self::RECOMMENDED, &self.recommended)?))
    }

    fn variant(&self, name: &'static str, profile: &Profile) -> Result<Variant, SettingError> {
        let cluster = self.product.with(profile.settings)?.of_this_size();
        let mut variant = Variant::holds(name, cluster);
        variant.settings = profile.settings.to_vec();
        variant.serves_through = profile.serves_through.to_vec();
        variant.excluded.clone_from(&profile.excluded);
        variant.unpromised.clone_from(&profile.unpromised);
        variant.must_see.clone_from(&profile.must_see);
        Ok(variant)
    }
}
