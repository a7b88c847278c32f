//! A stream of top-level forms: those of the file, or those inside the one vector or list that holds them all.
//!
//! Only brackets, strings, comments and character literals are looked at, so a form is found at the speed of a byte scan and
//! memory holds one form at a time.

use std::io::BufRead;

use super::extent::Extent;
use super::tokens::DEEPEST;
use crate::files::{Problem, ReadError};

/// The longest form there may be, in bytes.
const LONGEST: usize = 64 << 20;

/// Reads forms one at a time.
#[derive(Debug)]
pub(crate) struct Forms<R> {
    input: R,
    form: Vec<u8>,
    /// The line of the next byte, from 1.
    line: usize,
    /// The line on which the form begins.
    begins: usize,
    /// The column of the next byte, from 1.
    column: usize,
    begins_at: usize,
    wrapped: Wrapped,
}

/// Whether the forms lie in one collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapped {
    /// Nothing was read yet.
    Unknown,
    No,
    Yes,
    /// The collection was closed.
    Closed,
}

/// What the byte before leaves the scanner in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    Text,
    TextEscape,
    Comment,
    /// After a backslash: whatever follows is a character.
    Character,
}

/// Where a scan of some bytes ended.
enum Scan {
    /// All bytes were taken and the form goes on.
    More,
    /// The form ends before this byte.
    Ends(usize),
    /// This byte nests it too deeply.
    TooDeep(usize),
}

impl<R: BufRead> Forms<R> {
    /// Forms of an input whose next byte stands there.
    pub(crate) fn at(input: R, line: usize, column: usize) -> Self {
        let (form, wrapped) = (Vec::new(), Wrapped::Unknown);
        Forms { input, form, line, begins: line, column, begins_at: column, wrapped }
    }

    /// The bytes of the next form; `None` at the end. What is discarded as a whole is passed over.
    pub(crate) fn next_form(&mut self) -> Result<Option<&[u8]>, ReadError> {
        loop {
            self.form.clear();
            let Some(first) = self.begin()? else { return Ok(None) };
            if matches!(first, b'}' | b']' | b')') {
                return Err(self.error(0, Problem::Edn("a bracket that closes nothing")));
            }
            self.scan_form()?;
            if self.finish()? {
                return Ok(Some(&self.form));
            }
        }
    }

    /// Goes on until the form is a value with all that is discarded before it; false should it be nothing but discarded.
    fn finish(&mut self) -> Result<bool, ReadError> {
        loop {
            match Extent::of(&self.form) {
                Extent::Value => return Ok(true),
                Extent::Discarded => return Ok(false),
                Extent::Short => self.scan_on()?,
            }
        }
    }

    /// Adds what follows to the form.
    fn scan_on(&mut self) -> Result<(), ReadError> {
        while let Some(byte) = self.peek()?.filter(|byte| byte.is_ascii_whitespace() || *byte == b',') {
            self.form.push(byte);
            self.take(byte);
        }
        if self.peek()?.is_none() {
            return Err(self.error(usize::MAX, Problem::Edn("the form was cut short")));
        }
        self.scan_form()
    }

    /// An error in the form that was read last, `at` bytes from its beginning.
    pub(crate) fn error(&self, at: usize, problem: Problem) -> ReadError {
        let before = &self.form[..at.min(self.form.len())];
        let line = self.begins + before.iter().filter(|&&byte| byte == b'\n').count();
        let since = before.iter().rposition(|&byte| byte == b'\n');
        let column = since.map_or(self.begins_at + before.len(), |newline| before.len() - newline);
        ReadError::new(line, column, &self.form, problem)
    }

    /// Skips what stands before a form, and tells its first byte.
    fn begin(&mut self) -> Result<Option<u8>, ReadError> {
        let mut comment = false;
        loop {
            let Some(byte) = self.peek()? else { return self.end() };
            let blank = byte.is_ascii_whitespace() || byte == b',';
            if comment || blank || byte == b';' {
                comment = (comment || byte == b';') && byte != b'\n';
            } else if self.wrapped == Wrapped::Unknown && matches!(byte, b'[' | b'(') {
                self.wrapped = Wrapped::Yes;
            } else if self.wrapped == Wrapped::Yes && matches!(byte, b']' | b')') {
                self.wrapped = Wrapped::Closed;
            } else if self.wrapped == Wrapped::Closed {
                return Err(self.here(Problem::Edn("something after the history's end")));
            } else {
                (self.begins, self.begins_at) = (self.line, self.column);
                if self.wrapped == Wrapped::Unknown {
                    self.wrapped = Wrapped::No;
                }
                return Ok(Some(byte));
            }
            self.take(byte);
        }
    }

    fn end(&self) -> Result<Option<u8>, ReadError> {
        match self.wrapped {
            Wrapped::Yes => {
                Err(self.here(Problem::Edn("the history was cut short: its vector is not closed")))
            }
            Wrapped::Unknown | Wrapped::No | Wrapped::Closed => Ok(None),
        }
    }

    fn scan_form(&mut self) -> Result<(), ReadError> {
        let (mut depth, mut state, mut before) = (0, State::Code, None);
        loop {
            let bytes = self
                .input
                .fill_buf()
                .map_err(|error| ReadError::new(self.line, self.column, &self.form, error.into()))?;
            if bytes.is_empty() {
                let whole = depth == 0 && matches!(state, State::Code | State::Comment);
                return if whole {
                    Ok(())
                } else {
                    Err(self.error(usize::MAX, Problem::Edn("the form was cut short")))
                };
            }
            let (taken, over, deep) = match scan(bytes, before, &mut depth, &mut state) {
                Scan::More => (bytes.len(), false, false),
                Scan::Ends(at) => (at, true, false),
                Scan::TooDeep(at) => (at, true, true),
            };
            self.form.extend_from_slice(&bytes[..taken]);
            before = self.form.last().copied();
            let newlines = bytes[..taken].iter().filter(|&&byte| byte == b'\n').count();
            let last = bytes[..taken].iter().rposition(|&byte| byte == b'\n');
            self.line += newlines;
            self.column = last.map_or(self.column + taken, |newline| taken - newline);
            self.input.consume(taken);
            if self.form.len() > LONGEST {
                return Err(self.error(0, Problem::TooLong(LONGEST)));
            }
            if deep {
                return Err(self.error(usize::MAX, Problem::Edn("nested too deeply")));
            }
            if over {
                return Ok(());
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        let (line, column) = (self.line, self.column);
        let bytes = self.input.fill_buf();
        let bytes = bytes.map_err(|error| ReadError::new(line, column, &[], error.into()))?;
        Ok(bytes.first().copied())
    }

    fn take(&mut self, byte: u8) {
        self.input.consume(1);
        self.column += 1;
        if byte == b'\n' {
            (self.line, self.column) = (self.line + 1, 1);
        }
    }

    fn here(&self, problem: Problem) -> ReadError {
        ReadError::new(self.line, self.column, &[], problem)
    }
}

/// Scans on until the form ends. A form that is no collection ends before the next blank; one that is ends after its last
/// bracket. A tag belongs to the form that follows it.
fn scan(bytes: &[u8], before: Option<u8>, depth: &mut usize, state: &mut State) -> Scan {
    let mut closed = before.is_some_and(|last| *depth == 0 && *state == State::Code && closes(last));
    let mut at = 0;
    while at < bytes.len() {
        if closed {
            return Scan::Ends(at);
        }
        if *state == State::Code {
            // Most bytes of a form decide nothing.
            at += bytes[at..].iter().position(|&byte| DECIDES[byte as usize]).unwrap_or(bytes.len() - at);
            if at == bytes.len() {
                break;
            }
        }
        let byte = bytes[at];
        match *state {
            State::Comment => {
                if byte == b'\n' {
                    *state = State::Code;
                }
            }
            State::TextEscape => *state = State::Text,
            State::Character => *state = State::Code,
            State::Text => match byte {
                b'\\' => *state = State::TextEscape,
                b'"' => {
                    *state = State::Code;
                    closed = *depth == 0;
                }
                _ => {}
            },
            State::Code => match byte {
                b'"' => *state = State::Text,
                b';' => *state = State::Comment,
                b'\\' => *state = State::Character,
                b'{' | b'[' | b'(' if *depth == DEEPEST => return Scan::TooDeep(at),
                b'{' | b'[' | b'(' => *depth += 1,
                b'}' | b']' | b')' => {
                    // At depth 0 this bracket closes what wraps all forms.
                    let Some(outer) = depth.checked_sub(1) else { return Scan::Ends(at) };
                    *depth = outer;
                    closed = outer == 0;
                }
                b'\n' if *depth == 0 => return Scan::Ends(at),
                _ => {}
            },
        }
        at += 1;
    }
    Scan::More
}

/// The bytes that decide anything outside strings and comments.
const DECIDES: [bool; 256] = {
    let (mut decides, mut at, all) = ([false; 256], 0, *b"\";\\{[(}])\n");
    while at < all.len() {
        decides[all[at] as usize] = true;
        at += 1;
    }
    decides
};

fn closes(byte: u8) -> bool {
    matches!(byte, b'}' | b']' | b')' | b'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Result<Vec<String>, ReadError> {
        // A buffer of three bytes lets every form cross the border of a read.
        let mut forms = Forms::at(std::io::BufReader::with_capacity(3, text.as_bytes()), 1, 1);
        let mut all = Vec::new();
        while let Some(form) = forms.next_form()? {
            all.push(String::from_utf8_lossy(form).trim().to_owned());
        }
        Ok(all)
    }

    #[test]
    fn forms_stand_one_per_line_or_in_one_vector_or_list() {
        let expected = ["{:a 1}", "{:b [2 {}]}"];
        for text in ["{:a 1}\n{:b [2 {}]}\n", "[{:a 1} {:b [2 {}]}]", "; a history\n({:a 1},\n{:b [2 {}]})\n"]
        {
            assert_eq!(forms(text).unwrap(), expected, "{text}");
        }
        assert_eq!(forms(" \n; nothing\n").unwrap(), Vec::<String>::new());
        assert_eq!(forms("[]").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn brackets_in_strings_comments_and_characters_are_none() {
        let text = "{:a \"}\\\"]\" ; }\n :b \\} :c #{1}}\n#jepsen.history.Op{:d 1}";
        assert_eq!(
            forms(text).unwrap(),
            ["{:a \"}\\\"]\" ; }\n :b \\} :c #{1}}", "#jepsen.history.Op{:d 1}"]
        );
    }

    #[test]
    fn what_is_discarded_is_no_form_wherever_it_stands() {
        for text in
            ["{:a 1}\n#_ {:b 1}\n", "[{:a 1} #_{:b 1}]", "#_\n{:b 1}\n{:a 1}", "{:a 1} #_ #_ {:b 1}\n{:c 1}"]
        {
            assert_eq!(forms(text).unwrap(), ["{:a 1}"], "{text}");
        }
        assert_eq!(forms("#_ x {:a 1}\n#_").unwrap_err().line, 2);
        assert_eq!(forms("#tag\n{:a 1}").unwrap(), ["#tag\n{:a 1}"]);
        assert_eq!(forms("#_ {:b 1} #tag {:a 1}").unwrap(), ["#tag {:a 1}"]);
    }

    #[test]
    fn what_was_cut_short_or_goes_on_behind_the_end_is_refused_where_it_is() {
        let place = |text| forms(text).map_err(|error| (error.line, error.column)).unwrap_err();
        assert_eq!(place("{:a 1}\n{:b"), (2, 4));
        assert_eq!(place("[{:a 1}\n"), (2, 1));
        assert_eq!(place("[{:a 1}]\n {:b 1}"), (2, 2));
        assert_eq!(place("{:a 1}\n }"), (2, 2));
    }
}
