//! Dates as RFC 3339 writes them, and as logs do: a blank for the `T`, a comma before the fraction, no zone.

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    /// Nanoseconds since 1970, in UTC where it tells its zone.
    pub(super) nanoseconds: i64,
    /// Whether it tells its zone.
    pub(super) zoned: bool,
}

/// Reads a date; `None` for any other text, and for a date that cannot be counted in nanoseconds.
pub(super) fn read(text: &str) -> Option<Date> {
    let mut rest = text;
    let (year, month, day) = parts(&mut rest, [4, 2, 2], '-')?;
    rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, minute, second) = parts(&mut rest, [2, 2, 2], ':')?;
    // A leap second is the one after it.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let fraction = fraction(&mut rest)?;
    let zone = zone(rest)?;
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second;
    let seconds = seconds - zone.unwrap_or(0) * 60;
    let nanoseconds = seconds.checked_mul(1_000_000_000)?.checked_add(fraction)?;
    Some(Date { nanoseconds, zoned: zone.is_some() })
}

/// Three numbers of so many digits, with this between them.
fn parts(rest: &mut &str, digits: [usize; 3], between: char) -> Option<(i64, i64, i64)> {
    let first = number(rest, digits[0])?;
    *rest = rest.strip_prefix(between)?;
    let second = number(rest, digits[1])?;
    *rest = rest.strip_prefix(between)?;
    Some((first, second, number(rest, digits[2])?))
}

fn number(rest: &mut &str, digits: usize) -> Option<i64> {
    let (number, after) = rest.split_at_checked(digits)?;
    *rest = after;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

/// The nanoseconds behind the point, if there is one; a finer rest is cut.
fn fraction(rest: &mut &str) -> Option<i64> {
    let Some(behind) = rest.strip_prefix(['.', ',']) else { return Some(0) };
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, after) = behind.split_at_checked(digits)?;
    *rest = after;
    let nanoseconds: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    (digits > 0).then(|| nanoseconds.parse().ok()).flatten()
}

/// Minutes ahead of UTC; the inner `None` where no zone is told.
fn zone(rest: &str) -> Option<Option<i64>> {
    let ahead = match rest.as_bytes() {
        [] => return Some(None),
        [b'Z' | b'z'] => return Some(Some(0)),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let mut rest = &rest[1..];
    let hours = number(&mut rest, 2)?;
    rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = if rest.is_empty() { 0 } else { number(&mut rest, 2)? };
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(Some(ahead * (hours * 60 + minutes)))
}

/// Days since 1970 of a day of the Gregorian calendar. Years are counted from March, so that a leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=length).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719,468 days lie between the first of March of the year 0 and 1970.
    Some(before + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanoseconds(text: &str) -> Option<i64> {
        read(text).map(|date| date.nanoseconds)
    }

    #[test]
    fn dates_are_counted_from_1970_in_utc() {
        assert_eq!(nanoseconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(nanoseconds("2000-03-01T00:00:00Z"), Some(951_868_800_000_000_000));
        assert_eq!(nanoseconds("2025-11-26T19:09:41.25Z"), Some(1_764_184_181_250_000_000));
        assert_eq!(nanoseconds("2025-11-26 21:09:41,250+02:00"), nanoseconds("2025-11-26T19:09:41.25Z"));
        assert_eq!(nanoseconds("2025-11-26T13:39:41-0530"), nanoseconds("2025-11-26T19:09:41Z"));
        assert_eq!(nanoseconds("1969-12-31T23:59:59.999999999Z"), Some(-1));
        assert_eq!(read("2025-11-26T19:09:41").map(|date| date.zoned), Some(false));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:00:00.Z",
            "2025-01-01T00:00:00+2",
            "2025-01-01T00:00:00 Z",
            "2025-01-01",
            "9999-01-01T00:00:00Z",
            "2025-é1-01T00:00:00Z",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
