//! What people are told: what is unclear and how to say it, what was guessed, and the lines that show what is wrong.

use crate::plain::{Mapped, Mapping, Promises, check};

fn mapping(said: &[&str]) -> Promises {
    let mapping = Mapping(said.iter().map(|said| said.parse::<Mapped>().unwrap()).collect());
    Promises { mapping, ..Promises::default() }
}

fn refused(text: &str, said: &[&str]) -> String {
    let error = check(text.as_bytes(), &mapping(said)).unwrap_err();
    format!("line {}, column {}: {}", error.line, error.column, error.problem)
}

#[test]
fn what_is_unclear_is_refused_with_its_place_and_how_to_say_it() {
    let told = [
        refused("who;what;message\nw;pub;7\n", &[]),
        refused("who;op;id\nw;publish;7\n", &[]),
        refused("worker,op,id\nw,publish,7\nw,processed,7\n", &[]),
        refused("worker,op,id,status\nw,publish,7,meh\n", &[]),
        refused("worker,op,id,msgid\nw,publish,7,8\n", &[]),
        refused("worker,op,id\nw,publish,7\n", &["key=shard"]),
        refused("worker,op,id,status\nw,publish,7,ok\nw,publish,8,\n", &[]),
        refused("worker,op,id,at\nw,publish,7,noon\n", &[]),
        refused("{\"worker\":1,\"op\":\"publish\",\"id\":{\"a\":1}}\n", &[]),
        refused("{\"worker\":1,\"op\":\"publish\",\"id\":1}\n\n{\"worker\":1,,}\n", &[]),
        refused("{\"worker\":1,\"op\":\"publish\",\"id\":1}\n[1]\n", &[]),
        refused("nothing here\n", &[]),
        refused("[{\"worker\":1}]\n", &[]),
        refused("worker,op,id\nw,publish,7\n\"a\nb\",\"x\ny\", 7\n", &[]),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
        line 2, column 1: nothing tells the operation of this line; say --map operation=COLUMN with one of: who, what, message
        line 2, column 1: nothing tells the client of this line; say --map client=COLUMN with one of: who, op, id
        line 3, column 3: unknown operation `processed`; say what it is: --map processed=MEANING with one of: enqueue, dequeue, ack, nack, effect, drop, ignore
        line 2, column 13: unknown outcome `meh`; say what it is: --map meh=MEANING with one of: invoke, ok, fail, info
        line 2, column 1: the id may be any of id, msgid; say which: --map id=COLUMN
        line 1, column 1: no column `shard`, which was to be key; there are: worker, op, id
        line 3, column 1: nothing tells the outcome where other lines do (to leave it out: --map outcome=); say --map outcome=COLUMN with one of: worker, op, id, status
        line 2, column 13: `noon` is no time: a number since any moment, or a date as in 2026-11-26T19:09:41.5Z; leave it out with --map time=
        line 1, column 33: the id is neither a text nor a number
        line 3, column 13: key must be a string
        line 2, column 1: not a JSON object
        line 1, column 1: neither a line of JSON nor the header of a table whose columns are separated by `,`, `;` or tab
        line 1, column 1: a JSON array: write each of its elements on a line of its own, as `jq -c '.[]'` does
        line 4, column 4: unknown operation `x y`; say what it is: --map x y=MEANING with one of: enqueue, dequeue, ack, nack, effect, drop, ignore
        "#);
}

fn said(text: &str, said: &[&str]) -> Vec<String> {
    check(text.as_bytes(), &mapping(said)).unwrap().said
}

#[test]
fn what_was_guessed_is_told_and_what_was_said_is_not() {
    let text = "Worker;Action;order;at;note\nw;Publish;7;1764184181;x\nw;processed;7;1764184182;y\n";
    insta::assert_snapshot!(said(text, &["id=order", "processed=ack"]).join("\n"), @r#"
        a table whose columns are separated by `;`
        took `Publish` for enqueue
        read `Action` as operation
        read `Worker` as client
        read `at` as time
        took times for seconds since 1970, by their size
        no line tells an outcome: each is taken for an operation that succeeded
        left alone: `note`
        "#);
    let text = "{\"client\":\"a\",\"operation\":\"enqueue\",\"m\":{\"id\":7},\"outcome\":\"ok\"}\n";
    insta::assert_snapshot!(said(text, &["id=m.id"]).join("\n"), @r#"
        no line tells a time: the order of the lines is taken for that of time
        "#);
}

#[test]
fn an_excerpt_shows_the_lines_of_the_first_witness_with_their_numbers() {
    let text = "client,operation,id\nweb,enqueue,1\n\nweb,enqueue,2\nw,dequeue,2\nw,ack,2\n";
    let checked = check(text.as_bytes(), &Promises { drained: true, ..Promises::default() }).unwrap();
    let excerpts = checked.excerpts(text.as_bytes()).unwrap();
    assert_eq!(excerpts, [["     2  web,enqueue,1"]]);
    assert_eq!(checked.report.anomalies[0].entries[0].operations, [2]);
}
