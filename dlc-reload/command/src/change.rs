//! The commands that change.

use std::{ops::ControlFlow, time::Instant};

use dlc_reload::{
    Key, Plan, Report, Status, Verdict,
    cli::shared::{
        client::{Ask, encoded},
        failure::{Failure, Fault},
        screen::{Page, To, Tone, note, print_json},
        show::{plan as add_plan, problems},
    },
};
use serde_json::{Value, json};

use crate::{
    cli::Override,
    events::{Follower, Missed, News},
    exit::Exit,
    session::{Session, confirm},
    show,
    view::{Differences, Unfinished},
};

/// A report, and the JSON that it was read from.
type Told = (Report, String);

pub(crate) fn reload(
    session: &Session,
    why: Option<&str>,
    confirm_shrinking: bool,
) -> Result<Exit, Failure> {
    let mut body = body(json!({}), why);
    if confirm_shrinking {
        body["confirm_shrinking"] = true.into();
    }
    let mut ask = Ask::post("/reload", body);
    let mut shown = None;
    if !session.yes {
        session.can_ask("reload")?;
        ask.expected = session.client.ask(&Ask::get("/status"))?.tag;
        let mut page = Page::default();
        match session.client.ask(&Ask::post("/plan", json!({}))) {
            Ok(answer) => {
                let plan: Plan = answer.read()?;
                add_plan(&mut page, To::Messages.fit(), &plan);
                if plan.changes.is_empty() && plan.pending.is_empty() && !session.json {
                    page.print(To::Messages)?;
                    return Ok(Exit::Done);
                }
                shown = Some(plan);
            }
            // What is confirmed may be all that the plan has against it.
            Err(refused) if refused.fault == Fault::Invalid && confirm_shrinking => {
                page.line(Tone::Heading, "without `--confirm-shrinking`, it would be rejected");
                problems(&mut page, To::Messages.fit(), &refused.problems);
            }
            Err(failure) => return Err(failure),
        }
        confirm(&page, "Reload now?")?;
    }
    let (report, json) = change(session, &ask)?;
    let exit = tell(session, &report, &json)?;
    if shown.is_some_and(|plan| report.verdict().is_success() && plan.changes != report.changes()) {
        note(
            Tone::Waiting,
            "? this is not quite the plan that was shown: a source was edited since",
        );
    }
    Ok(exit)
}

pub(crate) fn roll_back(session: &Session, to: u64, why: Option<&str>) -> Result<Exit, Failure> {
    let mut ask = Ask::post("/rollback", body(json!({ "generation": to }), why));
    if !session.yes {
        session.can_ask("rollback")?;
        let answer = session.client.ask(&Ask::get("/status"))?;
        let status: Status = answer.read()?;
        let now = status.generation;
        ask.expected = answer.tag;
        let answer = session.client.ask(&Ask::get(format!("/history/{now}/diff/{to}")))?;
        let mut page = Page::default();
        show::rollback(&mut page, To::Messages.fit(), &status, to, &answer.read::<Differences>()?);
        confirm(&page, "Roll back now?")?;
    }
    let (report, json) = change(session, &ask)?;
    tell(session, &report, &json)
}

pub(crate) fn put_override(session: &Session, asked: &Override) -> Result<Exit, Failure> {
    let Override { key, value, lasts, why, .. } = asked;
    let why = why.reason.as_deref();
    let mut body = body(json!({ "value": value }), why);
    if let Some(lasts) = lasts {
        body["for"] = lasts.to_string().into();
    }
    let path = format!("/overrides/{}", encoded(&key.to_string()));
    let ask = Ask { method: "PUT", path, body: Some(body), expected: None };
    let (report, json) = change(session, &ask)?;
    tell(session, &report, &json)
}

pub(crate) fn unset(session: &Session, key: &Key, why: Option<&str>) -> Result<Exit, Failure> {
    let mut path = format!("/overrides/{}", encoded(&key.to_string()));
    if let Some(why) = why {
        path += &format!("?why={}", encoded(why));
    }
    let ask = Ask { method: "DELETE", path, body: None, expected: None };
    let (report, json) = change(session, &ask)?;
    tell(session, &report, &json)
}

fn body(mut body: Value, why: Option<&str>) -> Value {
    if let Some(why) = why {
        body["why"] = why.into();
    }
    body
}

/// Asks for a change, and waits for its report as long as `--timeout` says.
fn change(session: &Session, ask: &Ask) -> Result<Told, Failure> {
    let deadline = Instant::now().checked_add(session.timeout);
    let answer = session.client.ask(ask)?;
    if answer.status != 202 {
        return Ok((answer.read()?, answer.json));
    }
    let Unfinished { request, after, running } = answer.read()?;
    let at = running.map_or_else(String::new, |running| format!(" ({} runs)", running.step));
    note(Tone::Quiet, &format!("· it takes longer{at}; Ctrl-C ends the wait, and not the change"));
    let expected = ask.expected.as_deref().and_then(generation);
    let mut follower = Follower::new(&session.client, after, true);
    let told = follower.follow(deadline, |news| match news {
        News::Report(json, report) if report.trigger().request() == Some(&*request) => {
            ControlFlow::Break(Ok((*report, json)))
        }
        News::Report(_, report) if expected.is_some_and(|one| one != report.generation()) => {
            let message = format!(
                "another change came first: generation {} is in force now, so nothing was done",
                report.generation()
            );
            ControlFlow::Break(Err(Failure::new(Fault::Superseded, message)))
        }
        News::Missed(Missed { restarted: true, .. }) => {
            let message =
                "the service was started anew before the change ended: see `dlc-reload status`";
            ControlFlow::Break(Err(Failure::new(Fault::Unfinished, message)))
        }
        _ => ControlFlow::Continue(()),
    })?;
    told.unwrap_or_else(|| {
        let message = "the change has not ended within `--timeout`, and goes on: `dlc-reload status` says what runs, and `dlc-reload watch` shows its report";
        Err(Failure::new(Fault::Unfinished, message))
    })
}

/// Returns the generation that a tag names.
fn generation(tag: &str) -> Option<u64> {
    tag.trim_matches('"').split('-').next()?.parse().ok()
}

/// Prints a report, and returns the exit code of its verdict.
fn tell(session: &Session, report: &Report, json: &str) -> Result<Exit, Failure> {
    if session.json {
        print_json(json)?;
    } else {
        let mut page = Page::default();
        show::report(&mut page, To::Output.fit(), report);
        if report.verdict() == Verdict::Inconsistent {
            page.marked("  × restart the service: no configuration describes what runs now");
        }
        page.print(To::Output)?;
    }
    Ok(Exit::of(report.verdict()))
}
