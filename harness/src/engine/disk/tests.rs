use proptest::prelude::*;

use super::*;

const FILE: FileId = FileId(3);

fn content(disk: &SimDisk) -> Vec<u8> {
    disk.stored()
        .into_iter()
        .find(|stored| stored.file == FILE)
        .map(|stored| stored.bytes)
        .unwrap_or_default()
}

fn sync(disk: &mut SimDisk) {
    let point = disk.begin_sync(FILE);
    disk.finish_sync(point).unwrap();
}

#[test]
fn what_a_sync_found_survives_and_what_came_during_it_may_not() {
    let mut disk = SimDisk::default();
    disk.append(FILE, Bytes::from_static(b"synced")).unwrap();
    let point = disk.begin_sync(FILE);
    disk.append(FILE, Bytes::from_static(b"later")).unwrap();
    disk.finish_sync(point).unwrap();
    disk.power_loss(|_| 0);
    assert_eq!(content(&disk), b"synced");
}

#[test]
fn a_sync_that_is_overtaken_takes_nothing_back() {
    let mut disk = SimDisk::default();
    append(&mut disk, b"a");
    let slow = disk.begin_sync(FILE);
    append(&mut disk, b"b");
    sync(&mut disk);
    disk.finish_sync(slow).unwrap();
    disk.power_loss(|_| 0);
    assert_eq!(content(&disk), b"ab");
}

#[test]
fn an_unsynced_truncation_may_be_undone() {
    let mut disk = SimDisk::default();
    disk.append(FILE, Bytes::from_static(b"abc")).unwrap();
    sync(&mut disk);
    disk.truncate(FILE, 1);
    let mut other = disk.clone();
    disk.power_loss(|_| 1);
    other.power_loss(|_| 0);
    assert_eq!(content(&disk), b"abc");
    assert_eq!(content(&other), b"a");
}

fn append(disk: &mut SimDisk, text: &'static [u8]) {
    disk.append(FILE, Bytes::from_static(text)).unwrap();
}

#[test]
fn what_a_failed_sync_should_have_written_is_never_written() {
    let mut disk = SimDisk::default();
    append(&mut disk, b"ab");
    sync(&mut disk);
    append(&mut disk, b"cd");
    disk.change(DiskChange::FailSyncs(true));
    let point = disk.begin_sync(FILE);
    assert!(disk.finish_sync(point).is_err());
    disk.change(DiskChange::FailSyncs(false));
    append(&mut disk, b"ef");
    sync(&mut disk);
    assert!(!disk.durable_as_told());
    assert_eq!(content(&disk), b"abcdef", "the page cache does not know");
    disk.power_loss(|_| 0);
    assert_eq!(content(&disk), b"ab\0\0ef");
}

#[test]
fn a_lying_disk_forgets_what_it_said_it_had_until_it_is_honest_again() {
    let mut disk = SimDisk::default();
    disk.change(DiskChange::Lie(true));
    append(&mut disk, b"abc");
    sync(&mut disk);
    let mut honest = disk.clone();
    disk.power_loss(|_| 0);
    assert_eq!(content(&disk), b"");
    honest.change(DiskChange::Lie(false));
    assert!(!honest.durable_as_told(), "it owes what it said it had written");
    sync(&mut honest);
    assert!(honest.durable_as_told());
    honest.power_loss(|_| 0);
    assert_eq!(content(&honest), b"abc");
}

#[test]
fn an_honest_sync_that_began_before_a_lie_does_not_make_up_for_it() {
    let mut disk = SimDisk::default();
    append(&mut disk, b"a");
    let honest = disk.begin_sync(FILE);
    append(&mut disk, b"b");
    disk.change(DiskChange::Lie(true));
    sync(&mut disk);
    disk.change(DiskChange::Lie(false));
    disk.finish_sync(honest).unwrap();
    assert!(!disk.durable_as_told());
    sync(&mut disk);
    assert!(disk.durable_as_told());
}

#[test]
fn a_full_disk_takes_nothing_until_there_is_room() {
    let mut disk = SimDisk::default();
    append(&mut disk, b"a");
    disk.change(DiskChange::Full(true));
    assert_eq!(disk.append(FILE, Bytes::from_static(b"b")).unwrap_err().kind(), io::ErrorKind::StorageFull);
    disk.change(DiskChange::Full(false));
    append(&mut disk, b"c");
    assert_eq!(content(&disk), b"ac");
}

#[test]
fn a_torn_write_leaves_a_part_of_the_last_bytes_and_nothing_that_was_synced_is_torn() {
    let mut disk = SimDisk::default();
    append(&mut disk, b"synced");
    sync(&mut disk);
    append(&mut disk, b"late");
    disk.change(DiskChange::Tear(2));
    assert_eq!(content(&disk), b"syncedl");
    sync(&mut disk);
    disk.change(DiskChange::Tear(0));
    assert_eq!(content(&disk), b"syncedl");
}

proptest! {
    #[test]
    fn rot_flips_one_bit_for_good(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 1..6),
        synced: bool,
        drawn: u64,
    ) {
        let mut disk = SimDisk::default();
        chunks.iter().for_each(|chunk| disk.append(FILE, Bytes::from(chunk.clone())).unwrap());
        if synced {
            sync(&mut disk);
        }
        let before = content(&disk);
        disk.change(DiskChange::Rot(drawn));
        if synced {
            disk.power_loss(|_| 0);
        }
        let after = content(&disk);
        let flipped: u32 = before.iter().zip(&after).map(|(a, b)| (a ^ b).count_ones()).sum();
        prop_assert_eq!((before.len(), flipped), (after.len(), 1));
    }

    #[test]
    fn a_power_loss_keeps_what_was_synced_and_a_prefix_of_the_rest(
        synced in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 0..6),
        rest in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 0..6),
        drawn: u64,
    ) {
        let mut disk = SimDisk::default();
        synced.iter().for_each(|chunk| disk.append(FILE, Bytes::from(chunk.clone())).unwrap());
        sync(&mut disk);
        rest.iter().for_each(|chunk| disk.append(FILE, Bytes::from(chunk.clone())).unwrap());
        let before = content(&disk);
        disk.power_loss(|_| drawn);
        let after = content(&disk);
        prop_assert!(after.len() >= synced.concat().len());
        prop_assert!(before.starts_with(&after));
    }
}
