//! Whatever a log is asked to do and whenever the power goes.

use proptest::collection::vec;
use proptest::prelude::*;

use super::disk::{Loss, losses};
use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Append,
    Diverge,
    Truncate,
    Sync,
    Cut,
    StartOver(Offset),
    Crash,
    LosePower([Loss; 2]),
}

fn step() -> impl Strategy<Value = Step> {
    let loss = || (0..=100_usize, any::<bool>()).prop_map(|(kept, undone)| Loss { kept, undone });
    prop_oneof![
        6 => Just(Step::Append),
        2 => Just(Step::Diverge),
        1 => Just(Step::Truncate),
        9 => Just(Step::Sync),
        4 => Just(Step::Cut),
        2 => (1..59_u64).prop_map(Step::StartOver),
        1 => Just(Step::Crash),
        2 => (loss(), loss()).prop_map(|(one, other)| Step::LosePower([one, other])),
    ]
}

fn played(steps: &[Step], mut after_each: impl FnMut(&Host)) {
    let mut host = Host::new();
    for &step in steps {
        match step {
            Step::Append => host.append(),
            Step::Diverge => host.diverge(),
            Step::Truncate => host.truncate(),
            Step::Sync => drop(host.sync()),
            Step::Cut => host.cut(),
            Step::StartOver(at) => host.start_over(at),
            Step::Crash => host.restart(None),
            Step::LosePower(losses) => host.restart(Some(losses)),
        }
        after_each(&host);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whenever_the_power_goes_all_that_was_ever_vouched_for_is_found_and_it_does_not_look_damaged(
        steps in vec(step(), 0..60)
    ) {
        let mut lost = Vec::new();
        played(&steps, |host| lost.extend(losses().filter(|losses| !host.is_whole_after(*losses))));
        prop_assert!(lost.is_empty(), "{:?}", lost);
    }

    /// Whoever finds less than it remembers, and damage, comes back as somebody else.
    #[test]
    fn wherever_a_bit_flips_what_was_vouched_for_is_found_or_the_loss_is_noticed(
        steps in vec(step(), 0..60), at: prop::sample::Index, bit in 0..8_u8
    ) {
        let mut unnoticed = 0;
        played(&steps, |host| {
            let mut disk = host.disk.clone();
            let total: usize = disk.files.values().map(|file| file.now.len()).sum();
            if let Some(place) = (total > 0).then(|| at.index(total)) {
                let mut bytes = disk.files.values_mut().flat_map(|file| file.now.iter_mut());
                *bytes.nth(place).unwrap() ^= 1 << bit;
            }
            let (found, dropped) = disk.read();
            let noticed = dropped > 0 && found.end() < host.remembered;
            unnoticed += u32::from(!noticed && !host.holds_all(&found));
        });
        prop_assert_eq!(unnoticed, 0);
    }
}
