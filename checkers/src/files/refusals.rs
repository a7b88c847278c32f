//! Examples of what is refused: whoever reads garbage is told where it is, shortly and on one line.

use std::io::{self, BufRead, BufReader, Read};

use super::{Problem, ReadError, check, read};
use crate::plain::{self, Promises};

const HEADER: &str = "{\"history\":1}\n";

fn told(error: &ReadError) -> String {
    format!("{}:{} {}", error.line, error.column, error.problem)
}

/// What our own reader says about a second line.
fn refused(line: &[u8]) -> ReadError {
    read(&[HEADER.as_bytes(), line, b"\n"].concat()[..]).expect_err("this is no history")
}

/// The line of a halt, with such a reason.
fn halted(reason: &str) -> String {
    format!(
        r#"{{"index":0,"time":1,"process":"b","type":"info","f":"halted","value":{{"reason":"{reason}"}}}}"#
    )
}

#[test]
fn what_is_no_text_is_refused_at_its_first_byte_that_is_none() {
    let line = [br#"{"index":0,"process":"caf"#, &b"\xe9\"}"[..]].concat();
    assert_eq!(told(&refused(&line)), "2:26 not UTF-8");
    let utf16: Vec<u8> = "\u{feff}{\"history\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16 = "1:1 UTF-16, not UTF-8: convert it, as `iconv -f utf-16 -t utf-8` does";
    assert_eq!(told(&read(&utf16[..]).unwrap_err()), utf_16);
    assert_eq!(told(&plain::check(&utf16[..], &Promises::default()).unwrap_err()), utf_16);
}

#[test]
fn what_does_not_fit_is_refused_where_it_stands() {
    let at = |line: &str, what: &str| line.find(what).unwrap() + 1;
    let line = halted("").replace("halted", "hlated");
    let place = at(&line, "hlated");
    assert_eq!(told(&refused(line.as_bytes())), format!("2:{place} unknown f `hlated`"));
    let line = halted("").replace("\"info\"", "\"ok\"");
    let place = at(&line, "halted");
    let wrong = format!("2:{place} type `ok` does not go with f `halted`");
    assert_eq!(told(&refused(line.as_bytes())), wrong);
    let line = halted("").replace("{\"reason\":\"\"}", "[]");
    let place = at(&line, "[]");
    assert_eq!(told(&refused(line.as_bytes())), format!("2:{place} not a JSON object"));
    let twice = format!("{0}\n{0}", halted(""));
    assert_eq!(told(&refused(twice.as_bytes())), "3:2 index 0 is not higher than the one before");
}

#[test]
fn a_file_without_lines_says_so_and_nothing_else() {
    assert_eq!(read(&b""[..]).unwrap_err().to_string(), "line 1, column 1: the file is empty");
    let report = plain::check(&b"\n\n"[..], &Promises::default()).unwrap().report;
    assert_eq!(report.unknown[0], "the log has no lines");
}

#[test]
fn lines_of_megabytes_are_read_and_longer_ones_are_refused() {
    let long = "x".repeat(5 << 20);
    let (_, entries) = read(format!("{HEADER}{}", halted(&long)).as_bytes()).unwrap();
    assert_eq!(entries.len(), 1);
    let log = format!("client,operation,id\nweb,enqueue,{long}\nweb,enqueue,\"{long}\n\"\n");
    assert_eq!(plain::check(log.as_bytes(), &Promises::default()).unwrap().report.operations, 2);
    let longer = "x".repeat(17 << 20);
    assert!(matches!(refused(halted(&longer).as_bytes()).problem, Problem::TooLong(_)));
    for log in [format!("client,operation,id\nweb,enqueue,{longer}"), format!("{{\"id\":\"{longer}\"}}")] {
        let error = plain::check(log.as_bytes(), &Promises::default()).unwrap_err();
        assert!(matches!(error.problem, Problem::TooLong(_)));
        assert!(error.text.len() < 200);
    }
}

#[test]
fn of_a_long_line_is_shown_what_stands_around_the_place_and_on_one_line() {
    let line = halted(&"x".repeat(1_000)).replace("\"}}", "\",\"more\u{1b}[2J\":7}}");
    let error = refused(line.as_bytes());
    assert_eq!(error.line, 2);
    assert!(error.text.starts_with("...xxx") && error.text.len() < 200, "{}", error.text);
    let line = halted("").replace("reason", "raisin \u{202e}").replace(',', "\t,");
    assert!(!refused(line.as_bytes()).text.contains('\t'));
}

/// Gives some bytes, and then fails as a disk does.
struct Fails(&'static [u8]);

impl Read for Fails {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk is gone")),
            length => Ok(length),
        }
    }
}

#[test]
fn a_source_that_cannot_be_read_on_says_why_and_where() {
    let failing = |bytes: &'static [u8]| BufReader::new(Fails(bytes));
    let own = check(failing(b"{\"history\":1}\n{\"ind")).unwrap_err();
    assert_eq!(told(&own), "2:1 cannot read: the disk is gone");
    let mut log = failing(b"client,operation,id\nweb,enqueue,1\nweb");
    let plain = plain::check(&mut log as &mut dyn BufRead, &Promises::default()).unwrap_err();
    assert_eq!(told(&plain), "3:1 cannot read: the disk is gone");
}
