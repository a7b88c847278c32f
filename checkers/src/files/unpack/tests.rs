//! What is packed comes out as it went in, or is refused in words; never a panic.

use std::io::{BufReader, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::super::{Problem, ReadError, check, check_on, read};
use super::{Damage, unpack};
use crate::Judge;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKERS: [Pack; 2] = [gzip, zstd];

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    // A buffer of one byte: nothing may be taken for granted of a pipe.
    let mut input = unpack(BufReader::with_capacity(1, bytes))?;
    input.read_to_end(&mut out)?;
    Ok(out)
}

/// A history of our own of so many operations.
fn history(operations: usize) -> String {
    let line = |index: usize| {
        format!(
            "{{\"index\":{index},\"time\":{index},\"process\":\"p\",\"type\":\"info\",\"f\":\"intent\",\"value\":{{\"id\":\"p1-{index}\",\"key\":0}}}}\n"
        )
    };
    format!("{{\"history\":1}}\n{}", (0..operations).map(line).collect::<String>())
}

#[test]
fn several_members_or_frames_are_one_file() {
    for pack in PACKERS {
        let whole = [pack(b"one "), pack(b""), pack(b"two"), pack(b" three")].concat();
        assert_eq!(unpacked(&whole).unwrap(), b"one two three");
    }
    let skipped = [
        &[0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9][..],
        &zstd(b"one"),
        &[0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0],
    ]
    .concat();
    assert_eq!(unpacked(&skipped).unwrap(), b"one");
}

#[test]
fn a_packed_history_is_judged_like_the_plain_one() {
    let text = history(5_000);
    let plain = check(text.as_bytes()).unwrap().report;
    assert_eq!(plain.operations, 5_000);
    for pack in PACKERS {
        let packed = pack(text.as_bytes());
        assert!(packed.len() < text.len() / 2);
        assert_eq!(check(&packed[..]).unwrap().report, plain);
        assert_eq!(read(&packed[..]).unwrap().1.len(), 5_000);
        let several = |bytes: &[u8]| check_on(2, Judge::thorough, || Ok(bytes)).map(|checked| checked.report);
        assert_eq!(several(&packed).unwrap(), plain);
        assert!(matches!(several(&packed[..packed.len() - 9]).unwrap_err().problem, Problem::Packed(_)));
    }
}

#[test]
fn a_packed_history_of_jepsens_is_read() {
    let text = "0\t:invoke\t:enqueue\t1\n0\t:ok\t:enqueue\t1\n";
    for pack in PACKERS {
        assert_eq!(crate::jepsen::read(&pack(text.as_bytes())[..]).unwrap().operations.len(), 2);
    }
}

#[test]
fn a_window_that_is_too_large_is_no_damage() {
    // A frame header without flags, and a window of 2^31 bytes.
    let frame = [0x28, 0xB5, 0x2F, 0xFD, 0, 21 << 3, 1, 0, 0];
    let error = unpacked(&frame).unwrap_err();
    assert!(matches!(error, Problem::Packed(Damage::Refused { .. })), "{error}");
    assert!(error.to_string().contains("a window of 2147483648 bytes"), "{error}");
    assert_eq!(unpacked(&[0x28, 0xB5, 0x2F, 0xFD, 0, 17 << 3, 1, 0, 0]).unwrap(), b"");
}

#[test]
fn what_was_cut_short_anywhere_says_so() {
    for pack in PACKERS {
        let packed = pack(history(40).as_bytes());
        for length in 4..packed.len() {
            let error = check(&packed[..length]).unwrap_err();
            let short = matches!(error, ReadError { problem: Problem::Packed(Damage::CutShort(_)), .. });
            assert!(short, "{length} of {}: {error}", packed.len());
        }
    }
}

#[test]
fn what_is_damaged_says_so_with_the_line() {
    for pack in PACKERS {
        let mut packed = pack(history(20_000).as_bytes());
        let at = packed.len() - 6;
        packed[at] ^= 0x55;
        let error = check(&packed[..]).err().unwrap_or_else(|| panic!("{:?}", &packed[..4]));
        assert!(error.to_string().contains(" file "), "{error}");
        assert!(error.line > 1, "{error}");
    }
    let garbage = [gzip(b"one"), b"what nobody packed".to_vec()].concat();
    assert!(unpacked(&garbage).unwrap_err().to_string().contains("gzip file is damaged"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_behind_the_first_are_unpacked_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for magic in [&[0x1F, 0x8B, 8][..], &[0x28, 0xB5, 0x2F, 0xFD], &[0x51, 0x2A, 0x4D, 0x18]] {
            let _ = unpacked(&[magic, &bytes].concat());
        }
    }

    #[test]
    fn a_byte_that_was_changed_never_brings_it_down(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        for pack in PACKERS {
            let mut packed = pack(history(200).as_bytes());
            let at = at.index(packed.len());
            packed[at] ^= flip;
            let _ = unpacked(&packed);
        }
    }
}
