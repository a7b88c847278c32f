//! Times of a log: numbers in a unit that is told or guessed by their size, or dates. All that is judged by them is their order.

use super::date;
use super::problem::{Problem, shown};
use super::said::Said;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// A row of the table of units.
struct UnitRow {
    unit: TimeUnit,
    name: &'static str,
    about: &'static str,
    /// So many digits behind the point are whole nanoseconds.
    digits: u32,
}

const UNITS: &[UnitRow] = &[
    UnitRow { unit: TimeUnit::Seconds, name: "s", about: "seconds", digits: 9 },
    UnitRow { unit: TimeUnit::Milliseconds, name: "ms", about: "milliseconds", digits: 6 },
    UnitRow { unit: TimeUnit::Microseconds, name: "us", about: "microseconds", digits: 3 },
    UnitRow { unit: TimeUnit::Nanoseconds, name: "ns", about: "nanoseconds", digits: 0 },
];

/// The first and the last second since 1970 that is taken for a date: from 2001 to 2286, when all have ten digits.
const DATES: std::ops::Range<i64> = 1_000_000_000..10_000_000_000;

impl TimeUnit {
    /// The names of all, on the command line.
    pub const NAMES: [&str; 4] = ["s", "ms", "us", "ns"];

    /// The unit of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<TimeUnit> {
        UNITS.iter().find(|row| row.name == name).map(|row| row.unit)
    }

    fn row(self) -> &'static UnitRow {
        &UNITS[self as usize]
    }

    /// The unit in which a whole number is a date of these centuries.
    fn of_a_date(whole: i64) -> Option<TimeUnit> {
        let in_seconds = |row: &&UnitRow| 10_i64.pow(9 - row.digits);
        UNITS.iter().find(|row| DATES.contains(&(whole / in_seconds(row)))).map(|row| row.unit)
    }
}

/// What the times of a log are, once the first of them was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number { unit: TimeUnit, dated: bool },
    Date { zoned: bool },
}

/// Reads the times of one log, all in one way.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    told: Option<TimeUnit>,
    kind: Option<Kind>,
}

impl Clock {
    /// A clock whose unit was told, or has to be guessed.
    pub(super) fn new(told: Option<TimeUnit>) -> Self {
        Clock { told, kind: None }
    }

    /// A time in nanoseconds.
    pub(super) fn read(&mut self, text: &str, said: &mut Said) -> Result<i64, Problem> {
        let text = text.trim();
        let decimal = Decimal::read(text);
        let date = if decimal.is_none() { date::read(text) } else { None };
        let met = match (&decimal, &date) {
            (Some(decimal), _) => self.unit(decimal.whole),
            (None, Some(date)) => Kind::Date { zoned: date.zoned },
            (None, None) => return Err(Problem::NotATime(shown(text))),
        };
        let kind = *self.kind.get_or_insert_with(|| {
            said.note(told(met, self.told.is_some()));
            met
        });
        let other = |how| Err(Problem::OtherTime(shown(text), how));
        match (kind, met) {
            (Kind::Number { unit, .. }, Kind::Number { dated, .. }) if self.told.is_none() => {
                if dated && kind != met {
                    return other("of another size than the first time");
                }
                nanoseconds(decimal, unit, text)
            }
            (Kind::Number { unit, .. }, Kind::Number { .. }) => nanoseconds(decimal, unit, text),
            (Kind::Date { zoned }, Kind::Date { zoned: also }) if zoned == also => {
                date.map(|date| date.nanoseconds).ok_or_else(|| Problem::FarTime(shown(text)))
            }
            (Kind::Date { .. }, Kind::Date { .. }) => other("with a zone where others have none, or without"),
            _ => other("a number where others are dates, or a date where others are numbers"),
        }
    }

    fn unit(&self, whole: i64) -> Kind {
        let guessed = TimeUnit::of_a_date(whole);
        // What is too small for a date counts from a moment of its own, and its unit changes no verdict.
        let unit = self.told.or(guessed).unwrap_or(TimeUnit::Milliseconds);
        Kind::Number { unit, dated: self.told.is_none() && guessed.is_some() }
    }
}

fn nanoseconds(decimal: Option<Decimal>, unit: TimeUnit, text: &str) -> Result<i64, Problem> {
    let counted = decimal.and_then(|decimal| decimal.nanoseconds(unit.row().digits));
    counted.ok_or_else(|| Problem::FarTime(shown(text)))
}

fn told(kind: Kind, unit_was_told: bool) -> String {
    match kind {
        Kind::Number { unit, .. } if unit_was_told => format!("times are {}, as was said", unit.row().about),
        Kind::Number { unit, dated: true } => {
            format!("took times for {} since 1970, by their size", unit.row().about)
        }
        Kind::Number { .. } => {
            "times are too small for dates: taken for milliseconds, which no verdict depends on".to_owned()
        }
        Kind::Date { zoned: true } => "took times for dates".to_owned(),
        Kind::Date { zoned: false } => "took times for dates of one zone, for they tell none".to_owned(),
    }
}

/// A number as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decimal {
    whole: i64,
    /// The digits behind the point.
    fraction: String,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = whole.strip_prefix('-').unwrap_or(whole);
        let plain = !unsigned.is_empty() && digits(unsigned) && digits(fraction);
        // More digits than a number of 64 bits has are no time.
        plain
            .then(|| whole.parse().ok())
            .flatten()
            .map(|whole| Decimal { whole, fraction: fraction.to_owned() })
    }

    /// The whole, and so many digits behind the point; a finer rest is cut.
    fn nanoseconds(&self, digits: u32) -> Option<i64> {
        let scale = 10_i64.checked_pow(digits)?;
        let places = self.fraction.chars().chain(std::iter::repeat('0')).take(digits as usize);
        let rest: i64 = places.collect::<String>().parse().unwrap_or(0);
        let rest = if self.whole < 0 { -rest } else { rest };
        self.whole.checked_mul(scale)?.checked_add(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(told: Option<TimeUnit>, texts: &[&str]) -> Result<(Vec<i64>, Vec<String>), Problem> {
        let (mut clock, mut said) = (Clock::new(told), Said::default());
        let times = texts.iter().map(|text| clock.read(text, &mut said)).collect::<Result<_, _>>()?;
        Ok((times, said.into_sentences()))
    }

    #[test]
    fn the_unit_is_guessed_by_size_and_told() {
        let second = 1_764_184_181_i64;
        for (row, scale) in UNITS.iter().zip([1, 1_000, 1_000_000, 1_000_000_000_i64]) {
            let (times, said) = read(None, &[&(second * scale).to_string()]).unwrap();
            assert_eq!(times, [second * 1_000_000_000]);
            assert_eq!(said, [format!("took times for {} since 1970, by their size", row.about)]);
        }
        assert_eq!(read(None, &["1764184181.25"]).unwrap().0, [second * 1_000_000_000 + 250_000_000]);
        assert_eq!(read(None, &["0", "7", "-1.5"]).unwrap().0, [0, 7_000_000, -1_500_000]);
        assert_eq!(read(Some(TimeUnit::Nanoseconds), &["7", "1764184181"]).unwrap().0, [7, second]);
        assert_eq!(
            TimeUnit::NAMES.map(TimeUnit::named),
            UNITS.iter().map(|row| Some(row.unit)).collect::<Vec<_>>()[..]
        );
    }

    #[test]
    fn times_of_two_kinds_in_one_log_are_refused() {
        for texts in [
            ["1764184181", "1764184181000"],
            ["1764184181", "2025-11-26T19:09:41Z"],
            ["2025-11-26T19:09:41Z", "2025-11-26T19:09:41"],
            ["2025-11-26T19:09:41Z", "12"],
        ] {
            assert!(matches!(read(None, &texts), Err(Problem::OtherTime(..))), "{texts:?}");
        }
        assert!(matches!(read(None, &["yesterday"]), Err(Problem::NotATime(_))));
        assert!(matches!(read(None, &["1e9"]), Err(Problem::NotATime(_))));
        let far = read(Some(TimeUnit::Seconds), &["99999999999999"]);
        assert!(matches!(far, Err(Problem::FarTime(_))));
    }
}
