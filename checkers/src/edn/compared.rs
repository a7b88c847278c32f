//! Our tokens beside the registry's reader, on everything that both can read.

use clojure_reader::edn::{Edn, read};
use proptest::prelude::*;

use super::{Bracket, Forms, Token, Tokens};

/// A value, whoever read it. Maps and sets are lists here, in the order of the registry's reader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tree {
    Atom(String),
    Text(String),
    Map(Vec<(Tree, Tree)>),
    Set(Vec<Tree>),
    Vector(Vec<Tree>),
    List(Vec<Tree>),
}

/// Random values, with keys that differ.
fn tree() -> impl Strategy<Value = Tree> {
    let atom = prop_oneof![
        // The smallest of all integers is the one that the other reader refuses.
        (i64::MIN + 1..=i64::MAX).prop_map(|number| number.to_string()),
        "[a-z][a-z0-9-]{0,6}".prop_map(|name| format!(":{name}")),
        "[a-z][a-z0-9.-]{0,6}",
        prop::sample::select(vec!["nil", "true", "false", "1.5", "-0.25"]).prop_map(str::to_owned),
    ];
    let text = "[ -~\\n\\té]{0,12}".prop_map(Tree::Text);
    let leaf = prop_oneof![4 => atom.prop_map(Tree::Atom), 1 => text];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..6);
        let pairs = prop::collection::btree_map(inner.clone(), inner, 0..5);
        prop_oneof![
            many.clone().prop_map(Tree::Vector),
            many.clone().prop_map(Tree::List),
            many.prop_map(|all| Tree::Set(sorted(all))),
            pairs.prop_map(|pairs| Tree::Map(pairs.into_iter().collect())),
        ]
    })
}

fn sorted(mut all: Vec<Tree>) -> Vec<Tree> {
    all.sort();
    all.dedup();
    all
}

/// As Clojure prints it, with blanks, commas, comments and discarded forms strewn in.
fn print(tree: &Tree, noise: &mut impl Iterator<Item = u8>, text: &mut String) {
    match noise.next().unwrap_or(0) % 12 {
        0 => text.push_str(",,"),
        1 => text.push_str(" ; so it is }\n"),
        2 => text.push_str(" #_ [1 {2 3}] "),
        _ => text.push(' '),
    }
    let mut all = |open: &str, all: &[Tree], close: &str, text: &mut String| {
        text.push_str(open);
        all.iter().for_each(|tree| print(tree, &mut *noise, text));
        text.push_str(close);
    };
    match tree {
        Tree::Atom(atom) => text.push_str(atom),
        Tree::Text(words) => {
            let escaped = words.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            text.push_str(&format!("\"{escaped}\""));
        }
        Tree::Vector(trees) => all("[", trees, "]", text),
        Tree::List(trees) => all("(", trees, ")", text),
        Tree::Set(trees) => all("#{", trees, "}", text),
        Tree::Map(pairs) => {
            let flat: Vec<Tree> =
                pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect();
            all("{", &flat, "}", text);
        }
    }
}

fn theirs(edn: &Edn<'_>) -> Tree {
    let all = |edns: &[Edn<'_>]| edns.iter().map(theirs).collect();
    match edn {
        Edn::Vector(edns) => Tree::Vector(all(edns)),
        Edn::List(edns) => Tree::List(all(edns)),
        Edn::Set(edns) => Tree::Set(sorted(edns.iter().map(theirs).collect())),
        Edn::Map(pairs) => {
            let mut pairs: Vec<_> = pairs.iter().map(|(key, value)| (theirs(key), theirs(value))).collect();
            pairs.sort();
            Tree::Map(pairs)
        }
        Edn::Str(text) => Tree::Text(text.to_string()),
        Edn::Tagged(_, edn) => theirs(edn),
        atom => Tree::Atom(atom.to_string()),
    }
}

fn ours(tokens: &mut Tokens<'_>, first: Token<'_>) -> Tree {
    let rest = |tokens: &mut Tokens<'_>| {
        let mut all = Vec::new();
        loop {
            match tokens.some().unwrap() {
                Token::Close => return all,
                first => all.push(ours(tokens, first)),
            }
        }
    };
    match first {
        Token::Open(Bracket::Vector) => Tree::Vector(rest(tokens)),
        Token::Open(Bracket::List) => Tree::List(rest(tokens)),
        Token::Open(Bracket::Set) => Tree::Set(sorted(rest(tokens))),
        Token::Open(Bracket::Map) => {
            let flat = rest(tokens);
            let mut pairs: Vec<_> = flat.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
            pairs.sort();
            Tree::Map(pairs)
        }
        Token::Close => unreachable!("a value does not begin with a closing bracket"),
        Token::Nil => Tree::Atom("nil".to_owned()),
        Token::Bool(value) => Tree::Atom(value.to_string()),
        Token::Int(value) => Tree::Atom(value.to_string()),
        Token::Keyword(name) => Tree::Atom(format!(":{name}")),
        Token::Text(text) => Tree::Text(text.into_owned()),
        Token::Other(text) => Tree::Atom(text.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_see_the_same_values(
        trees in prop::collection::vec(tree(), 1..5), noise in prop::collection::vec(any::<u8>(), 0..60), wrapped in any::<bool>(),
    ) {
        // Every form is a collection, as every operation is.
        let forms: Vec<Tree> = trees.into_iter().map(|tree| Tree::Map(vec![(Tree::Atom(":value".to_owned()), tree)])).collect();
        let (mut text, mut noise) = (String::new(), noise.into_iter());
        forms.iter().for_each(|form| print(form, &mut noise, &mut text));
        let stream = if wrapped { format!("[{text}]") } else { text.clone() };
        let mut split = Forms::at(stream.as_bytes(), 1, 1);
        let mut rest = text.as_str();
        while let Some(form) = split.next_form().unwrap() {
            let form = std::str::from_utf8(form).unwrap();
            let mut tokens = Tokens::new(form);
            let first = tokens.some().unwrap();
            let (edn, after) = read(rest).unwrap();
            rest = after;
            prop_assert_eq!(ours(&mut tokens, first), theirs(&edn));
        }
        prop_assert!(read(rest).is_err(), "a form was left: {}", rest);
    }
}
