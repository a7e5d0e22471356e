//! The line of `systemctl status` about the configuration.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use crate::{
    place::{beginning, on_one_line},
    report::{Report, Verdict},
    time::rfc3339,
    trigger::{Trigger, TriggerKind},
};

/// The number of characters of a status. systemd throws away a message of more than 4096 bytes, with the `READY=1` in
/// it.
const LONGEST: usize = 500;

/// Returns the status while a reload runs.
pub(super) fn during(trigger: &Trigger, since: SystemTime) -> String {
    short(&format!("reloading since {} by {trigger}", to_the_second(since)))
}

/// Returns the status after a report. It names places and messages of the first problem, in which secrets are taken
/// out, and no value.
pub(super) fn after(report: &Report) -> String {
    let at = to_the_second(report.started_at());
    let (trigger, verdict) = (report.trigger(), report.verdict());
    let mut text = match (trigger.kind(), verdict) {
        (TriggerKind::Start, Verdict::Rejected) => {
            format!("started at {at} on the last known good")
        }
        (TriggerKind::Start, _) => format!("started at {at}"),
        _ => format!("{} at {at} by {trigger}", verdict.as_str().replace('_', " ")),
    };
    let _ = write!(text, ", generation {} in force", report.generation());
    match report.pending().len() {
        0 => {}
        1 => text.push_str(", 1 value waits for a restart"),
        count => {
            let _ = write!(text, ", {count} values wait for a restart");
        }
    }
    if let [first, more @ ..] = report.problems() {
        if !more.is_empty() {
            let _ = write!(text, ", {} problems", report.problems().len());
        }
        let _ = write!(text, ": {first}");
    }
    short(&text)
}

fn short(text: &str) -> String {
    beginning(&on_one_line(text), LONGEST).into_owned()
}

fn to_the_second(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    rfc3339::displayed(SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{after, during};
    use crate::{
        error::Problem,
        report::{Report, Verdict},
        trigger::{Trigger, TriggerKind},
    };

    fn report(kind: TriggerKind, verdict: Verdict, problems: Vec<Problem>) -> Report {
        Report {
            id: 3,
            generation: 8,
            trigger: Trigger::new(kind),
            verdict,
            changes: Vec::new(),
            pending: Vec::new(),
            shadowed: Vec::new(),
            problems,
            sources: Vec::new(),
            started_at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_500),
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn a_status_is_one_sentence() {
        let wrong = || Problem::error("must not be 0").with_key("rate");
        for (kind, verdict, problems, expected) in [
            (
                TriggerKind::Start,
                Verdict::Applied,
                vec![],
                "started at 1970-01-01T00:00:01Z, generation 8 in force",
            ),
            (
                TriggerKind::Start,
                Verdict::Rejected,
                vec![wrong()],
                "started at 1970-01-01T00:00:01Z on the last known good, generation 8 in force: rate: must not be 0",
            ),
            (
                TriggerKind::Signal,
                Verdict::PendingRestart,
                vec![],
                "pending restart at 1970-01-01T00:00:01Z by signal, generation 8 in force",
            ),
            (
                TriggerKind::Api,
                Verdict::Rejected,
                vec![wrong(), wrong()],
                "rejected at 1970-01-01T00:00:01Z by api, generation 8 in force, 2 problems: rate: must not be 0",
            ),
        ] {
            assert_eq!(after(&report(kind, verdict, problems)), expected);
        }
    }

    #[test]
    fn a_status_is_one_short_line_whatever_is_in_it() {
        let long = "ö\nREADY=1\r".repeat(4096);
        let trigger = Trigger::api(long.clone()).actor("\nSTOPPING=1");
        let problem = Problem::error(long).with_key("\nERRNO=2");
        let mut refused = report(TriggerKind::Api, Verdict::Rejected, vec![problem]);
        refused.trigger = trigger.clone();
        for status in [during(&trigger, SystemTime::UNIX_EPOCH), after(&refused)] {
            assert!(!status.contains(char::is_control), "{status}");
            assert!(status.len() < 3000, "{} bytes: {status}", status.len());
        }
    }
}
