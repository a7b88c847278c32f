//! The tokens of one form. Tags are passed over, so a tagged value is its value; what `#_` discards is passed over too.

use std::borrow::Cow;

/// Deeper nesting than this is refused: no history needs it.
pub(super) const DEEPEST: usize = 512;

/// A collection's kind, by its opening bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bracket {
    Map,
    Vector,
    List,
    Set,
}

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Open(Bracket),
    Close,
    Nil,
    Bool(bool),
    Int(i64),
    /// A keyword without its colon.
    Keyword(&'a str),
    Text(Cow<'a, str>),
    /// A symbol, a character, or a number that is no 64-bit integer, as it is written.
    Other(&'a str),
}

/// What is wrong, and how many bytes from the beginning of the form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// What is wrong where a form ends too early.
pub(super) const MISSING: &str = "a value is missing";

/// A walk over the tokens of a form.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Bracket>,
    /// Whether the text is JSON, which is read as the EDN that it stands for.
    json: bool,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Tokens { text, at: 0, open: Vec::new(), json: false }
    }

    /// The tokens of a map with keywords for keys, in EDN or in JSON: there a string is a keyword, for JSON has none, and a key that
    /// is a number is one.
    pub(crate) fn of_map(text: &'a str) -> Self {
        let inside = text.strip_prefix('{').unwrap_or_default();
        Tokens { json: inside.trim_start().starts_with('"'), ..Tokens::new(text) }
    }

    /// How many bytes were read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The text between two places.
    pub(crate) fn between(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    /// The next token; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Token<'a>>, Wrong> {
        loop {
            self.skip_blank();
            let Some(&byte) = self.bytes().get(self.at) else { return Ok(None) };
            return match byte {
                b'{' => self.open(Bracket::Map, 1),
                b'[' => self.open(Bracket::Vector, 1),
                b'(' => self.open(Bracket::List, 1),
                b'}' | b']' | b')' => self.close(byte).map(Some),
                b'"' => self.string().map(Some),
                b'#' => match self.bytes().get(self.at + 1) {
                    Some(b'{') => self.open(Bracket::Set, 2),
                    Some(b'_') => {
                        self.at += 2;
                        self.skip()?;
                        continue;
                    }
                    // `##Inf` and `##NaN`.
                    Some(b'#') => {
                        self.at += 2;
                        Ok(Some(Token::Other(self.word())))
                    }
                    Some(b'"') => {
                        self.at += 1;
                        continue;
                    }
                    _ => {
                        self.word();
                        continue;
                    }
                },
                b'\\' => Ok(Some(self.character())),
                b':' => self.keyword().map(Some),
                _ => match self.word() {
                    "null" if self.json => Ok(Some(Token::Nil)),
                    word => Ok(Some(atom(word))),
                },
            };
        }
    }

    /// The next token, which must be there.
    pub(crate) fn some(&mut self) -> Result<Token<'a>, Wrong> {
        let at = self.at;
        self.next()?.ok_or(Wrong { at, what: MISSING })
    }

    /// Whether a closing bracket comes next.
    pub(crate) fn closes(&mut self) -> bool {
        self.skip_blank();
        matches!(self.bytes().get(self.at), Some(b'}' | b']' | b')'))
    }

    /// Passes over one whole value.
    pub(crate) fn skip(&mut self) -> Result<(), Wrong> {
        let token = self.some()?;
        self.skip_rest(&token)
    }

    /// Passes over what is left of a value whose first token was read.
    pub(crate) fn skip_rest(&mut self, first: &Token<'_>) -> Result<(), Wrong> {
        match first {
            Token::Open(_) => {
                let outside = self.open.len() - 1;
                while self.open.len() > outside {
                    self.some()?;
                }
                Ok(())
            }
            Token::Close => Err(self.wrong("a bracket closes where a value is missing")),
            _ => Ok(()),
        }
    }

    /// An error at the place that was reached.
    pub(crate) fn wrong(&self, what: &'static str) -> Wrong {
        Wrong { at: self.at, what }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn skip_blank(&mut self) {
        let bytes = self.bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b' ' | b',' | b'\n' | b'\t' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b':' if self.json => self.at += 1,
                b';' => {
                    let rest = &bytes[self.at..];
                    self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    fn open(&mut self, bracket: Bracket, width: usize) -> Result<Option<Token<'a>>, Wrong> {
        if self.open.len() == DEEPEST {
            return Err(self.wrong("nested too deeply"));
        }
        self.open.push(bracket);
        self.at += width;
        Ok(Some(Token::Open(bracket)))
    }

    fn close(&mut self, byte: u8) -> Result<Token<'a>, Wrong> {
        let fits = match self.open.pop() {
            Some(Bracket::Map | Bracket::Set) => byte == b'}',
            Some(Bracket::Vector) => byte == b']',
            Some(Bracket::List) => byte == b')',
            None => false,
        };
        if !fits {
            return Err(self.wrong("this bracket does not close the one that is open"));
        }
        self.at += 1;
        Ok(Token::Close)
    }

    /// What stands up to the next delimiter.
    fn word(&mut self) -> &'a str {
        let bytes = &self.bytes()[self.at..];
        let length =
            bytes.iter().skip(1).position(|&byte| delimits(byte)).map_or(bytes.len(), |more| 1 + more);
        let word = &self.text[self.at..self.at + length];
        self.at += length;
        word
    }

    fn keyword(&mut self) -> Result<Token<'a>, Wrong> {
        let word = self.word();
        if word.len() == 1 {
            Err(self.wrong("a keyword without a name"))
        } else {
            Ok(Token::Keyword(&word[1..]))
        }
    }

    /// A backslash and at least one character, whatever that is.
    fn character(&mut self) -> Token<'a> {
        let from = self.at;
        self.at += 1;
        self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let rest = &self.bytes()[self.at..];
        self.at += rest.iter().position(|&byte| delimits(byte)).unwrap_or(rest.len());
        Token::Other(&self.text[from..self.at])
    }

    fn string(&mut self) -> Result<Token<'a>, Wrong> {
        let from = self.at + 1;
        let bytes = self.bytes();
        let (mut at, mut escaped) = (from, false);
        loop {
            match bytes.get(at) {
                None => return Err(self.wrong("a string without an end")),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 1;
                }
                Some(_) => {}
            }
            at += 1;
        }
        let Some(raw) = self.text.get(from..at) else { return Err(self.wrong("a string without an end")) };
        self.at = at + 1;
        if self.json && !escaped {
            let is_key = self.text[self.at..].trim_start().starts_with(':');
            let number = raw.parse().ok().filter(|_| is_key);
            return Ok(number.map_or(Token::Keyword(raw), Token::Int));
        }
        Ok(Token::Text(if escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) }))
    }
}

fn delimits(byte: u8) -> bool {
    DELIMITS[byte as usize]
}

/// The bytes that end a word.
const DELIMITS: [bool; 256] = {
    let (mut delimits, mut at, all) = ([false; 256], 0, *b" ,\n\t\r\x0b\x0c{}[]()\";");
    while at < all.len() {
        delimits[all[at] as usize] = true;
        at += 1;
    }
    delimits
};

fn atom(word: &str) -> Token<'_> {
    match word {
        "nil" => Token::Nil,
        "true" => Token::Bool(true),
        "false" => Token::Bool(false),
        _ => {
            if let Some(number) = plain_number(word.as_bytes()) {
                return Token::Int(number);
            }
            let digits = word.strip_suffix('N').unwrap_or(word);
            // Rust reads `+5` as Clojure does, and neither reads `5.0` as an integer.
            digits.parse().map_or(Token::Other(word), Token::Int)
        }
    }
}

/// A number of so few digits that it cannot overflow: nearly every one.
fn plain_number(digits: &[u8]) -> Option<i64> {
    let few = (1..=18).contains(&digits.len());
    let value = |sum: Option<i64>, digit: &u8| {
        digit.is_ascii_digit().then(|| sum.map(|sum| sum * 10 + i64::from(digit - b'0')))?
    };
    few.then(|| digits.iter().fold(Some(0), value))?
}

/// Every escape that Clojure writes; an unknown one stands for its own character.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            text.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                text.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Token<'_>>, Wrong> {
        let mut tokens = Tokens::new(text);
        std::iter::from_fn(|| tokens.next().transpose()).collect()
    }

    #[test]
    fn a_tagged_operation_reads_like_a_plain_one() {
        let plain = all("{:f :send, :value [nil true -5 \"a\\n\\u0041\"]}").unwrap();
        let text = Token::Text(Cow::Owned("a\nA".to_owned()));
        let (open, close) = (Token::Open(Bracket::Map), Token::Close);
        let list =
            [Token::Open(Bracket::Vector), Token::Nil, Token::Bool(true), Token::Int(-5), text, Token::Close];
        let mut expected = vec![open, Token::Keyword("f"), Token::Keyword("send"), Token::Keyword("value")];
        expected.extend(list);
        expected.push(close);
        assert_eq!(plain, expected);
        let tagged =
            "#jepsen.history.Op{:f :send #_ {:no 1} :value ; list\n[nil true -5N #x/y \"a\\n\\u0041\"]}";
        assert_eq!(all(tagged).unwrap(), expected);
    }

    #[test]
    fn what_is_no_64_bit_integer_stays_as_it_is_written() {
        let others = ["99999999999999999999", "1.5M", "1/2", "\\a", "\\}", "##NaN", "foo/bar", "-"];
        let text = others.join(" ");
        let expected: Vec<Token<'_>> =
            others.iter().map(|other| Token::Other(other.trim_start_matches('#'))).collect();
        assert_eq!(all(&text).unwrap(), expected);
    }

    #[test]
    fn wrong_brackets_open_strings_and_deep_nests_are_refused_where_they_are() {
        assert_eq!(all("{:a ]").unwrap_err().at, 4);
        assert_eq!(all("[1 \"abc").unwrap_err().at, 3);
        assert_eq!(all("[:]").unwrap_err().what, "a keyword without a name");
        assert_eq!(all(&"[".repeat(1_000_000)).unwrap_err().at, DEEPEST);
    }

    #[test]
    fn a_value_is_passed_over_as_a_whole() {
        let mut tokens = Tokens::new("[{:a [1 #{2}]} \"x]\" \\] 7]");
        tokens.next().unwrap();
        for _ in 0..3 {
            tokens.skip().unwrap();
        }
        assert_eq!(tokens.some().unwrap(), Token::Int(7));
        assert_eq!(tokens.some().unwrap(), Token::Close);
        assert_eq!(tokens.next().unwrap(), None);
    }
}
