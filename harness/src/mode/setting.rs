//! What products call their settings, and what the lab makes of them.
//!
//! Products live in minutes and a run in seconds, so all times that are set go [`FASTER`] times as fast; the network and the disks are as
//! they are.

use thiserror::Error;

use crate::nearest::{hint, nearest};
use crate::system::cluster::Cluster;

/// So many times as fast as in the product a time goes that is set: a second is fifty milliseconds.
pub const FASTER: u64 = 20;

/// A setting of a product.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The product's own name for it.
    pub name: &'static str,
    /// What the product takes where nobody sets it.
    pub default: &'static str,
    /// What may be set, and what it does.
    pub values: Values,
}

/// What may be set, and what it does.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// A number.
    Number(RangeOf, fn(Cluster, u64) -> Cluster),
    /// A time in milliseconds; what it does is told in microseconds of the lab.
    Millis(fn(Cluster, u64) -> Cluster),
    /// `true` or `false`.
    Flag(fn(Cluster, bool) -> Cluster),
    /// One of these words.
    Word(&'static [Word]),
}

/// From the least to the most.
pub type RangeOf = (u64, u64);

/// A word, and what it does.
pub type Word = (&'static str, fn(Cluster) -> Cluster);

/// A product, as far as the lab models it: its settings, and what is the same whatever they are.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Its name.
    pub name: &'static str,
    /// What its settings are applied to.
    pub cluster: fn() -> Cluster,
    /// Its settings, each after those that it changes further.
    pub settings: &'static [Setting],
}

/// Why a product cannot be set like that.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingError {
    /// It has no such setting, or the lab does not model it.
    #[error("{product} has no setting `{name}` that the lab models{}", hint(.nearest.as_ref()))]
    Unknown {
        /// The product.
        product: &'static str,
        /// The name given.
        name: String,
        /// Which of its settings comes nearest.
        nearest: Option<String>,
    },
    /// The setting takes no such value.
    #[error("{product}'s `{name}` cannot be `{value}`: it is {takes}")]
    Value {
        /// The product.
        product: &'static str,
        /// The setting.
        name: &'static str,
        /// The value given.
        value: String,
        /// What it takes.
        takes: String,
    },
}

impl Product {
    /// The product with these settings, and everything else as it comes.
    ///
    /// # Errors
    ///
    /// [`SettingError`] for the first that it does not have, or that does not take this value.
    pub fn with(&self, settings: &[(&str, &str)]) -> Result<Cluster, SettingError> {
        for (name, _) in settings {
            self.require(name)?;
        }
        self.settings.iter().try_fold((self.cluster)(), |cluster, setting| {
            let given = settings.iter().rev().find(|(name, _)| *name == setting.name);
            let value = given.map_or(setting.default, |(_, value)| value);
            setting.values.apply(cluster, value).ok_or_else(|| SettingError::Value {
                product: self.name,
                name: setting.name,
                value: value.to_owned(),
                takes: setting.values.told(),
            })
        })
    }

    fn require(&self, name: &str) -> Result<(), SettingError> {
        let mut names = self.settings.iter().map(|setting| setting.name);
        if names.any(|known| known == name) {
            return Ok(());
        }
        let nearest = nearest(name, self.settings.iter().map(|setting| setting.name));
        Err(SettingError::Unknown { product: self.name, name: name.to_owned(), nearest })
    }
}

impl Values {
    /// What this value makes of a cluster; `None` where it is none of them.
    fn apply(&self, cluster: Cluster, value: &str) -> Option<Cluster> {
        match self {
            Values::Number((least, most), apply) => {
                let number = value.parse().ok().filter(|number| (*least..=*most).contains(number))?;
                Some(apply(cluster, number))
            }
            Values::Millis(apply) => {
                let millis: u64 = value.parse().ok()?;
                Some(apply(cluster, millis.saturating_mul(1_000) / FASTER))
            }
            Values::Flag(apply) => value.parse().ok().map(|flag| apply(cluster, flag)),
            Values::Word(words) => {
                let (_, apply) = words.iter().find(|(word, _)| *word == value)?;
                Some(apply(cluster))
            }
        }
    }

    /// Which values there are, in words.
    fn told(&self) -> String {
        match self {
            Values::Number((least, most), _) => format!("a number from {least} to {most}"),
            Values::Millis(_) => "a number of milliseconds".to_owned(),
            Values::Flag(_) => "`true` or `false`".to_owned(),
            Values::Word(words) => {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
                words.join(" or ")
            }
        }
    }
}
