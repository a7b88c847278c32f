//! Reading a large history on several cores: whole lines in chunks, each read by a worker with names of its own; put together in
//! order, so that everything is as if one had read alone.
//!
//! A worker's names are in the order in which its chunk first has them. Whoever interns them chunk by chunk gives every name the
//! number that one reader would have given it, and the entries of the chunk are renamed by that.
//!
//! Where anything is not as it should be the caller reads again, alone, and is told where.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::reader::{LONGEST, Reader};
use crate::{Entry, Judge, Names};

/// So much is read at a time, in bytes; more where a line is longer.
pub(super) const CHUNK: usize = 1 << 20;

/// So many chunks may wait for each worker, and as many for being judged.
const WAITING: usize = 2;

/// What a worker made of a chunk.
struct Piece {
    names: Names,
    entries: Vec<Entry>,
    /// The first index and the last, where there is any entry.
    indices: Option<(u64, u64)>,
}

/// What a worker hands on; nothing where it refused its chunk.
type Taken = Option<Piece>;

/// Shows a judge the entries behind the header of a history, which workers read. Hands back the names; `None` where anything is not
/// as it should be.
pub(super) fn judge(
    judge: &mut Judge,
    input: impl BufRead + Send,
    workers: usize,
    chunk: usize,
) -> Option<Names> {
    thread::scope(|scope| {
        let (chunks, pieces): (Vec<_>, Vec<_>) = (0..workers.max(1))
            .map(|_| {
                let (chunk, chunks) = sync_channel::<Vec<u8>>(WAITING);
                let (piece, pieces) = sync_channel::<Taken>(WAITING);
                scope.spawn(move || work(&chunks, &piece));
                (chunk, pieces)
            })
            .unzip();
        let dealt = scope.spawn(move || deal(input, &chunks, chunk));
        let names = join(judge, &pieces);
        // Whoever still deals or reads finds that nobody takes any more.
        drop(pieces);
        let whole = matches!(dealt.join(), Ok(Ok(())));
        names.filter(|_| whole)
    })
}

/// Cuts the input into chunks of whole lines and deals them to the workers in turn.
fn deal(mut input: impl BufRead, workers: &[SyncSender<Vec<u8>>], size: usize) -> io::Result<()> {
    for worker in workers.iter().cycle() {
        let mut chunk = Vec::with_capacity(size + size / 8);
        input.by_ref().take(size as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(());
        }
        if chunk.last() != Some(&b'\n') {
            // A line that is longer than any may be is refused by its reader.
            input.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut chunk)?;
        }
        if worker.send(chunk).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn work(chunks: &Receiver<Vec<u8>>, pieces: &SyncSender<Taken>) {
    for chunk in chunks {
        if pieces.send(read(&chunk)).is_err() {
            return;
        }
    }
}

fn read(chunk: &[u8]) -> Taken {
    let mut reader = Reader::behind_the_header(chunk);
    let (mut entries, mut indices) = (Vec::with_capacity(chunk.len() / 100), None);
    while let Some(entry) = reader.next_entry().ok()? {
        let last = reader.index().unwrap_or_default();
        indices = Some((indices.map_or(last, |(first, _)| first), last));
        entries.push(entry);
    }
    Some(Piece { names: reader.into_names(), entries, indices })
}

/// Judges the pieces in their order.
fn join(judge: &mut Judge, pieces: &[Receiver<Taken>]) -> Option<Names> {
    let (mut names, mut last) = (Names::default(), None);
    for pieces in pieces.iter().cycle() {
        // A worker that is gone has had no more chunks, and neither has whoever would be next.
        let Ok(piece) = pieces.recv() else { break };
        let piece = piece?;
        if let Some((first, its_last)) = piece.indices {
            if last.is_some_and(|last| first <= last) {
                return None;
            }
            last = Some(its_last);
        }
        let renamed: Vec<u32> = piece.names.texts().map(|text| names.intern(text).0).collect();
        for mut entry in piece.entries {
            entry.rename(&renamed);
            judge.see(&entry);
        }
    }
    Some(names)
}
