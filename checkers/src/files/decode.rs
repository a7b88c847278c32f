//! From the words of a line to a typed event.

use serde::Deserialize;

use super::error::Problem;
use super::shape;
use crate::{Event, Names, Phase, TopicPartition};

/// What stands under `f` in a line.
pub const OPERATIONS: &[&str] = &[
    "send",
    "poll",
    "settle",
    "effect",
    "intent",
    "answered",
    "append",
    "watermark",
    "lead",
    "truncate",
    "recover",
    "apply",
    "grant",
    "revoke",
    "drop",
    "dead-letter",
    "logged",
    "digest",
    "audited",
    "fault",
    "healed",
    "halted",
];

/// What is wrong with a value: the whole, or a place in its JSON.
pub(super) enum Wrong {
    Line(Problem),
    Value(serde_json::Error),
}

impl From<serde_json::Error> for Wrong {
    fn from(error: serde_json::Error) -> Self {
        Wrong::Value(error)
    }
}

/// Reads the value of a line whose `f` and `type` are known.
pub(super) fn decode(f: &str, phase: Phase, value: &str, names: &mut Names) -> Result<Event, Wrong> {
    let Some(&f) = OPERATIONS.iter().find(|known| **known == f) else {
        return Err(Wrong::Line(Problem::UnknownOperation(f.to_owned())));
    };
    check_type(f, phase)?;
    Ok(match f {
        "send" | "settle" | "effect" | "poll" => operation(f, phase, value, names)?,
        "append" | "watermark" | "lead" | "truncate" | "recover" | "logged" | "digest" => {
            log_event(f, value, names)?
        }
        "intent" | "answered" | "apply" | "drop" | "dead-letter" => message_event(f, value, names)?,
        _ => other(f, value, names)?,
    })
}

/// An observation is always `info`, a delivery always `ok`.
fn check_type(f: &'static str, phase: Phase) -> Result<(), Wrong> {
    let fits = match f {
        "send" | "settle" | "effect" => true,
        "poll" => phase == Phase::Ok,
        _ => phase == Phase::Info,
    };
    let found = match phase {
        Phase::Invoke => "invoke",
        Phase::Ok => "ok",
        Phase::Fail => "fail",
        Phase::Info => "info",
    };
    if fits {
        Ok(())
    } else {
        Err(Wrong::Line(Problem::WrongType { f, found }))
    }
}

fn operation(f: &str, phase: Phase, value: &str, names: &mut Names) -> Result<Event, Wrong> {
    Ok(match f {
        "send" => {
            let shape::Send {
                topic,
                partition,
                offset,
                id,
            } = object(value)?;
            let (log, id) = (log(&topic, partition, names), names.identify(&id));
            Event::Send {
                phase,
                id,
                log,
                offset,
            }
        }
        "settle" => {
            let shape::Settle {
                group,
                topic,
                partition,
                upto,
                generation,
            } = object(value)?;
            let (group, log) = (names.intern(&group), log(&topic, partition, names));
            Event::Settle {
                phase,
                group,
                log,
                upto,
                generation,
            }
        }
        "effect" => {
            let shape::Effect { sink, id } = object(value)?;
            let (sink, id) = (names.intern(&sink), names.identify(&id));
            Event::Effect { phase, sink, id }
        }
        _ => {
            let shape::Poll {
                group,
                topic,
                partition,
                offset,
                id,
            } = object(value)?;
            let (group, log) = (names.intern(&group), log(&topic, partition, names));
            Event::Poll {
                group,
                log,
                offset,
                id: names.identify(&id),
            }
        }
    })
}

fn log_event(f: &str, value: &str, names: &mut Names) -> Result<Event, Wrong> {
    Ok(match f {
        "append" => {
            let shape::Append {
                topic,
                partition,
                offset,
                epoch,
                id,
            } = object(value)?;
            let (log, id) = (log(&topic, partition, names), names.identify(&id));
            Event::Append {
                log,
                offset,
                epoch,
                id,
            }
        }
        "watermark" => {
            let shape::Watermark {
                topic,
                partition,
                offset,
            } = object(value)?;
            Event::Watermark {
                log: log(&topic, partition, names),
                offset,
            }
        }
        "lead" => {
            let shape::Lead {
                topic,
                partition,
                epoch,
            } = object(value)?;
            Event::Lead {
                log: log(&topic, partition, names),
                epoch,
            }
        }
        "truncate" => {
            let shape::Truncate {
                topic,
                partition,
                from,
                to,
            } = object(value)?;
            Event::Truncate {
                log: log(&topic, partition, names),
                from,
                to,
            }
        }
        "recover" => {
            let shape::Recover {
                topic,
                partition,
                end,
                dropped_bytes,
            } = object(value)?;
            Event::Recover {
                log: log(&topic, partition, names),
                end,
                dropped_bytes,
            }
        }
        "logged" => {
            let shape::Logged {
                topic,
                partition,
                offset,
                id,
                stamp,
            } = object(value)?;
            let (log, id) = (log(&topic, partition, names), names.identify(&id));
            Event::Logged {
                log,
                offset,
                id,
                stamp,
            }
        }
        _ => {
            let shape::Digest {
                topic,
                partition,
                watermark,
                hash,
            } = object(value)?;
            Event::Digest {
                log: log(&topic, partition, names),
                watermark,
                hash,
            }
        }
    })
}

fn message_event(f: &str, value: &str, names: &mut Names) -> Result<Event, Wrong> {
    Ok(match f {
        "intent" => {
            let shape::Intent { id, key } = object(value)?;
            Event::Intent {
                id: names.identify(&id),
                key,
            }
        }
        "answered" => {
            let shape::Id { id } = object(value)?;
            Event::Answered {
                id: names.identify(&id),
            }
        }
        "apply" => {
            let shape::Id { id } = object(value)?;
            Event::Apply {
                id: names.identify(&id),
            }
        }
        "drop" => {
            let shape::Drop { id, reason } = object(value)?;
            Event::Drop {
                id: names.identify(&id),
                reason,
            }
        }
        _ => {
            let shape::DeadLetter { group, id } = object(value)?;
            let (group, id) = (names.intern(&group), names.identify(&id));
            Event::DeadLetter { group, id }
        }
    })
}

fn other(f: &str, value: &str, names: &mut Names) -> Result<Event, Wrong> {
    Ok(match f {
        "grant" | "revoke" => {
            let shape::Hold {
                group,
                topic,
                partition,
                generation,
            } = object(value)?;
            let (group, log) = (names.intern(&group), log(&topic, partition, names));
            match f {
                "grant" => Event::Grant {
                    group,
                    log,
                    generation,
                },
                _ => Event::Revoke {
                    group,
                    log,
                    generation,
                },
            }
        }
        "fault" => {
            let shape::Fault {
                fault,
                target,
                healed,
            } = object(value)?;
            let (fault, target) = (names.intern(&fault), names.intern(&target));
            Event::Fault {
                fault,
                target,
                healed,
            }
        }
        "halted" => {
            let shape::Halted { reason } = object(value)?;
            Event::Halted {
                reason: reason.into_owned(),
            }
        }
        "audited" => {
            let shape::Nothing {} = object(value)?;
            Event::Audited
        }
        _ => {
            let shape::Nothing {} = object(value)?;
            Event::Healed
        }
    })
}

/// Reads an object. A struct would also be read from an array of its fields, but that is not the format.
pub(super) fn object<'a, V: Deserialize<'a>>(text: &'a str) -> Result<V, Wrong> {
    if text.trim_ascii_start().starts_with('{') {
        Ok(serde_json::from_str(text)?)
    } else {
        Err(Wrong::Line(Problem::NotAnObject))
    }
}

fn log(topic: &str, partition: u32, names: &mut Names) -> TopicPartition {
    TopicPartition {
        topic: names.intern(topic),
        partition,
    }
}
