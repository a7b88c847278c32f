//! What separates the columns of a table: `,`, `;` or tab.

/// Every separator, and what it is called.
pub(super) const SEPARATORS: &[(u8, &str)] = &[(b',', "`,`"), (b';', "`;`"), (b'\t', "tab")];

/// The separator that cuts a header into the most columns, outside quotes; `None` where none cuts it at all.
pub(super) fn sniff(header: &[u8]) -> Option<u8> {
    let columns = |separator: u8| {
        let mut quoted = false;
        let outside = header.iter().filter(|&&byte| {
            quoted ^= byte == b'"';
            byte == separator && !quoted
        });
        outside.count()
    };
    // Of two that cut alike the first in the table wins.
    let best = SEPARATORS.iter().rev().max_by_key(|(separator, _)| columns(*separator));
    best.map(|(separator, _)| *separator).filter(|&separator| columns(separator) > 0)
}

/// What it is called.
pub(super) fn called(separator: u8) -> &'static str {
    SEPARATORS.iter().find(|(byte, _)| *byte == separator).map_or("?", |(_, called)| called)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_one_that_cuts_the_header_and_is_not_looked_for_in_quotes() {
        assert_eq!(sniff(b"client,operation,id"), Some(b','));
        assert_eq!(sniff(b"client;operation;id"), Some(b';'));
        assert_eq!(sniff(b"client\toperation\tid, or key"), Some(b'\t'));
        assert_eq!(sniff(b"\"a,b,c\";d"), Some(b';'));
        assert_eq!(sniff(b"client operation"), None);
    }
}
