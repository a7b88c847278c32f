//! Whether a file is a plain log, by its beginning.

use super::promises::Promises;
use super::reader::first;
use super::said::Said;
use super::source::Source;

/// What a file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Its first row has columns that are usually a client, an operation and a message, and the operation is a known word.
    Plain,
    /// It is a table or JSON lines, and may be a plain log once it is said what its columns are.
    Perhaps,
    /// It is neither.
    Otherwise,
}

/// What the beginning of a file looks like, of which this was said.
#[must_use]
pub fn looks(start: &[u8], promises: &Promises) -> Looks {
    match first(start, promises) {
        Ok(Some(_)) => Looks::Plain,
        _ if has_rows(start) => Looks::Perhaps,
        _ => Looks::Otherwise,
    }
}

fn has_rows(start: &[u8]) -> bool {
    let source = Source::new(start, &mut Said::default());
    let row = source.and_then(|source| source.map(|mut source| source.next()).transpose());
    matches!(row, Ok(Some(Some(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(start: &str) -> Looks {
        looks(start.as_bytes(), &Promises::default())
    }

    #[test]
    fn only_what_can_be_nothing_else_is_plain_unasked() {
        let plain = [
            "client,op,id\nweb,publish,7\nweb,pub",
            "Worker;Action;Message ID\r\nw1;acked;7\r\n",
            r#"{"process":0,"type":"invoke","f":"enqueue","value":1}"#,
            "{\"worker\":\"a\",\"event\":\"dequeue\",\"id\":7,\"status\":\"ok\"}\n{\"wor",
        ];
        plain.iter().for_each(|start| assert_eq!(judged(start), Looks::Plain, "{start}"));
        let perhaps = ["a,b,c\n1,2,3\n", "client,op,id\nweb,frobnicate,7\n", "{\"user\":1}\n"];
        perhaps.iter().for_each(|start| assert_eq!(judged(start), Looks::Perhaps, "{start}"));
        let otherwise =
            ["", "client,op,id\n", "{:type :ok, :f :enqueue}", "no table at all", "[1, 2]", "\u{0}\u{1}"];
        otherwise.iter().for_each(|start| assert_eq!(judged(start), Looks::Otherwise, "{start}"));
        // Lines of our own history whose header was lost.
        let own = r#"{"index":0,"time":1,"process":"p","type":"ok","f":"send","value":{"id":"p1-0"}}"#;
        assert_eq!(judged(own), Looks::Perhaps);
    }
}
