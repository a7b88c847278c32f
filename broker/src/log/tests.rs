//! The laws of the log: what is encoded is read back, and what is damaged is never taken for whole.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::{Action, MessageId, ProducerStamp, Record};

const FILE: FileId = FileId(4);

type Shape = (Epoch, Option<ProducerStamp>, Vec<(Vec<u8>, Vec<u8>)>);

/// Batches that one log could hold: epochs do not fall, offsets follow each other.
fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let stamp = (any::<u64>(), any::<u16>(), any::<u32>());
    let stamp = proptest::option::of(stamp.prop_map(|(producer, epoch, sequence)| ProducerStamp {
        producer,
        epoch,
        sequence,
    }));
    let record = (vec(any::<u8>(), 0..6), vec(any::<u8>(), 0..20));
    vec((0..3_u32, stamp, vec(record, 1..4)), 0..8).prop_map(|shapes| chain(&shapes))
}

fn chain(shapes: &[Shape]) -> Vec<Batch> {
    let (mut base, mut epoch) = (0, 1);
    let next = |(rise, stamp, records): &Shape| {
        epoch += rise;
        let record = |(number, (key, payload)): (u32, &(Vec<u8>, Vec<u8>))| Record {
            id: MessageId { producer: 1, number },
            key: Bytes::from(key.clone()),
            payload: Bytes::from(payload.clone()),
        };
        let batch = Batch::new(base, epoch, *stamp, (0..).zip(records).map(record).collect());
        base = batch.end();
        batch
    };
    shapes.iter().map(next).collect()
}

fn bytes(batches: &[Batch]) -> Vec<u8> {
    batches.iter().flat_map(|batch| batch.encoded().to_vec()).collect()
}

fn recovered(bytes: Vec<u8>) -> (Log, u64) {
    Log::recover(FILE, Flush::BeforeAck, bytes)
}

/// How many of these batches lie wholly within the first `length` bytes.
fn whole_within(batches: &[Batch], length: usize) -> usize {
    let ends = batches.iter().scan(0, |end, batch| {
        *end += batch.encoded().len();
        Some(*end)
    });
    ends.take_while(|&end| end <= length).count()
}

proptest! {
    #[test]
    fn a_batch_is_read_back_as_it_was_written(batches in batches()) {
        for batch in batches {
            prop_assert_eq!(&Batch::decode(batch.encoded()).unwrap(), &batch);
            let json = serde_json::to_vec(&batch).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Batch>(&json).unwrap(), batch);
        }
    }

    #[test]
    fn after_any_truncation_the_whole_batches_are_there_and_the_rest_is_accounted_for(
        batches in batches(),
        cut: prop::sample::Index,
    ) {
        let mut bytes = bytes(&batches);
        let length = cut.index(bytes.len() + 1);
        bytes.truncate(length);
        let (log, dropped) = recovered(bytes);
        let whole = whole_within(&batches, length);
        prop_assert!(log.batches().eq(&batches[..whole]));
        let kept: usize = batches[..whole].iter().map(|batch| batch.encoded().len()).sum();
        prop_assert_eq!(dropped as usize, length - kept);
    }

    #[test]
    fn after_any_bit_flip_the_batches_before_it_are_there_and_nothing_else(
        batches in batches(),
        at: prop::sample::Index,
        bit in 0..8_u8,
    ) {
        let mut bytes = bytes(&batches);
        prop_assume!(!bytes.is_empty());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let (log, _) = recovered(bytes);
        prop_assert!(log.batches().eq(&batches[..whole_within(&batches, at)]));
    }

    #[test]
    fn bytes_that_never_were_a_log_are_dropped(bytes in vec(any::<u8>(), 0..200)) {
        let length = bytes.len() as u64;
        let (log, dropped) = recovered(bytes);
        prop_assert_eq!((log.end(), dropped), (0, length));
    }

    #[test]
    fn what_a_truncation_leaves_is_what_a_restart_finds(batches in batches(), to in 0..30_u64) {
        let (mut log, _) = recovered(bytes(&batches));
        let mut out = Outputs::<String>::new();
        log.truncate(to, &mut out);
        let mut file = bytes(&batches);
        for action in &out.actions {
            if let Action::Truncate { length, .. } = action {
                file.truncate(*length as usize);
            }
        }
        let (again, dropped) = recovered(file);
        prop_assert_eq!(dropped, 0);
        prop_assert!(again.batches().eq(log.batches()));
        prop_assert!(log.end() <= to || log.batches().count() == batches.len());
    }

    /// KIP-101: the end of the newest epoch that is not newer than the one asked for.
    #[test]
    fn lineage_names_the_newest_epoch_not_newer_and_where_it_ends(batches in batches(), epoch in 0..20_u32) {
        let (log, _) = recovered(bytes(&batches));
        let last = batches.iter().rfind(|batch| batch.epoch() <= epoch);
        let expected = last.map_or((0, 0), |batch| (batch.epoch(), batch.end()));
        let lineage = log.lineage(epoch);
        prop_assert_eq!((lineage.epoch, lineage.end), expected);
    }
}

#[test]
fn a_batch_that_does_not_continue_the_one_before_it_ends_the_log() {
    let record: Shape = (1, None, vec![(vec![], vec![1])]);
    let batches = chain(&[record.clone(), record.clone(), record]);
    let gap = [batches[0].clone(), batches[2].clone()];
    assert_eq!(recovered(bytes(&gap)).0.end(), 1);
    let older = Batch::new(1, 1, None, batches[1].records().clone());
    assert_eq!(recovered(bytes(&[batches[0].clone(), older])).0.end(), 1);
}

#[test]
fn a_sync_under_way_does_not_vouch_for_what_a_truncation_let_be_replaced() {
    let (mut log, _) = recovered(Vec::new());
    let mut out = Outputs::<String>::new();
    let record: Shape = (0, None, vec![(vec![], vec![1])]);
    let batches = chain(&[record.clone(), record]);
    batches.iter().for_each(|batch| log.append(0, batch.clone(), &mut out));
    let token = out.actions.iter().find_map(|action| match action {
        Action::Sync { token, .. } => Some(*token),
        _ => None,
    });
    log.truncate(0, &mut out);
    log.append(0, Batch::new(0, 9, None, batches[0].records().clone()), &mut out);
    log.synced(0, token.unwrap(), &mut out);
    assert_eq!((log.end(), log.synced_end(), log.held()), (1, 0, 0));
}

#[test]
fn a_damaged_tail_is_cut_off_the_file_before_anything_is_appended_behind_it() {
    let record: Shape = (0, None, vec![(vec![], vec![1])]);
    let whole = bytes(&chain(&[record]));
    let (mut log, dropped) = recovered([&whole[..], &[7; 3]].concat());
    let mut out = Outputs::<String>::new();
    log.cut_damage(dropped, &mut out);
    assert_eq!(out.actions.first(), Some(&Action::Truncate { file: FILE, length: whole.len() as u64 }));
}

#[test]
fn what_replaces_a_synced_record_that_was_cut_is_not_synced() {
    let (mut log, _) = recovered(Vec::new());
    let mut out = Outputs::<String>::new();
    let record: Shape = (0, None, vec![(vec![], vec![1])]);
    let batches = chain(&[record]);
    log.append(0, batches[0].clone(), &mut out);
    let token = out.actions.iter().find_map(|action| match action {
        Action::Sync { token, .. } => Some(*token),
        _ => None,
    });
    log.synced(0, token.unwrap(), &mut out);
    assert_eq!(log.held(), 1);
    log.truncate(0, &mut out);
    log.append(0, Batch::new(0, 9, None, batches[0].records().clone()), &mut out);
    assert_eq!((log.end(), log.held()), (1, 0));
}
