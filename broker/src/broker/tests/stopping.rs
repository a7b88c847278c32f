//! A stop in good order leaves a marker, and the marker proves nothing more than that.

use super::*;

/// What the files hold of a broker that was registered with epoch 9 and stopped in good order.
fn stopped() -> BTreeMap<FileId, Vec<u8>> {
    let mut broker = OnDisk::start(BTreeMap::new());
    assert_eq!(broker.registered, [None]);
    broker.register(9);
    broker.stop()
}

#[test]
fn a_broker_that_is_asked_to_stop_syncs_its_logs_then_its_marker_and_takes_nothing_in() {
    let mut broker = OnDisk::start(BTreeMap::new());
    broker.register(9);
    broker.step(Input::Stop);
    assert_eq!(broker.syncs.len(), 3, "one for each log");
    let before = broker.broker.clone();
    broker.step(Input::Frame { conn: PRODUCER, frame: client::Request::InitProducer.frame(0) });
    assert_eq!(broker.broker, before);
    broker.sync();
    broker.sync();
    assert!(broker.marker().is_empty());
    broker.sync();
    assert!(!broker.marker().is_empty() && !broker.exited);
    broker.sync();
    assert!(broker.exited);
}

#[test]
fn a_broker_registers_with_its_marker_only_once_that_is_removed_for_certain() {
    let mut broker = OnDisk::start(stopped());
    assert!(broker.marker().is_empty());
    assert_eq!(broker.registered, []);
    broker.sync();
    assert_eq!(broker.registered, [Some(9)]);
}

#[test]
fn a_broker_that_dies_after_it_removed_its_marker_is_not_taken_for_a_clean_one() {
    let broker = OnDisk::start(OnDisk::start(stopped()).files);
    assert_eq!(broker.registered, [None]);
}

#[test]
fn a_broker_that_stops_before_it_is_registered_anew_stopped_under_the_registration_before() {
    let mut broker = OnDisk::start(OnDisk::start(stopped()).stop());
    broker.sync();
    assert_eq!(broker.registered, [Some(9)]);
}

#[test]
fn a_broker_that_is_asked_to_stop_while_it_registers_stops_under_its_new_registration() {
    let mut broker = OnDisk::start(stopped());
    broker.sync();
    broker.step(Input::Stop);
    assert!(broker.syncs.is_empty() && !broker.exited, "the controller may have registered it already");
    broker.register(12);
    while !broker.exited {
        broker.sync();
    }
    let mut next = OnDisk::start(broker.files);
    next.sync();
    assert_eq!(next.registered, [Some(12)]);
}

#[test]
fn a_marker_proves_nothing_where_a_log_does_not_end_as_it_says() {
    let record = Record { id: MessageId::INTERNAL, key: Bytes::new(), payload: Bytes::new() };
    let batch = crate::log::Batch::new(0, 1, None, [record].into());
    let mut files = stopped();
    files.insert(FileId(0), batch.encoded().to_vec());
    let mut broker = OnDisk::start(files);
    broker.sync();
    assert_eq!(broker.registered, [None]);
}
