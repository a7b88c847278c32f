//! JUnit XML, as CI systems read it: a suite for each scenario, a case for each variant on each engine.

use quick_junit::{NonSuccessKind, NonSuccessReruns, Report, TestCase, TestCaseStatus, TestSuite};

use super::RowOutcome;
use crate::lab::{Exit, LabError, output};

/// The report as XML.
pub fn xml(rows: &[RowOutcome<'_>]) -> Result<Vec<u8>, LabError> {
    let mut report = Report::new("lab");
    let mut suites: Vec<&str> = rows.iter().map(|row| row.row.scenario.name).collect();
    suites.dedup();
    for name in suites {
        let mut suite = TestSuite::new(name);
        let cases = rows.iter().filter(|row| row.row.scenario.name == name).map(case);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    let failed = |error: quick_junit::SerializeError| LabError::Io {
        what: "cannot write JUnit XML".to_owned(),
        error: std::io::Error::other(error),
    };
    let mut bytes = Vec::new();
    report.serialize(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn case(row: &RowOutcome<'_>) -> TestCase {
    let name = format!("{} on {}", row.row.variant.name, row.row.engine.name());
    let mut case = TestCase::new(name, status(row));
    case.set_classname(row.row.scenario.name);
    case.set_system_out(format!("{} over {} runs; seen {}", row.outcome(), row.summary.runs, row.seen()));
    case
}

/// A broken promise is a failure; what was not proven is an error.
fn status(row: &RowOutcome<'_>) -> TestCaseStatus {
    let (kind, message) = match row.exit {
        Exit::Promised => return TestCaseStatus::success(),
        Exit::Violated => (NonSuccessKind::Failure, again(row)),
        _ => (NonSuccessKind::Error, row.doubts().join("; ")),
    };
    TestCaseStatus::NonSuccess {
        kind,
        message: Some(message.into()),
        ty: Some(row.outcome().into()),
        description: None,
        reruns: NonSuccessReruns::default(),
    }
}

fn again(row: &RowOutcome<'_>) -> String {
    let told = row.evidence.iter().map(|evidence| {
        let signature = evidence.signature.as_deref().unwrap_or_default();
        let culprit = evidence.culprit.as_ref().map(|culprit| format!("; culprit: {}", culprit.brief()));
        let command = output::again("replay", &evidence.schedule);
        format!("{signature}: {command}{}", culprit.unwrap_or_default())
    });
    told.collect::<Vec<_>>().join("; ")
}
