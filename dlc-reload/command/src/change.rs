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
    events::{Follower, News},
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
        let generation = status(session)?.generation;
        ask.expected = Some(generation);
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
    let (report, json) = change(session, &ask, &detail("POST /reload", why))?;
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
        let status = status(session)?;
        let now = status.generation;
        ask.expected = Some(now);
        let answer = session.client.ask(&Ask::get(format!("/history/{now}/diff/{to}")))?;
        let mut page = Page::default();
        show::rollback(&mut page, To::Messages.fit(), &status, to, &answer.read::<Differences>()?);
        confirm(&page, "Roll back now?")?;
    }
    let why = why
        .map_or_else(|| format!("to generation {to}"), |why| format!("to generation {to}: {why}"));
    let (report, json) = change(session, &ask, &detail("POST /rollback", Some(&why)))?;
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
    let told = change(session, &ask, &detail(&format!("PUT /overrides/{key}"), why))?;
    tell(session, &told.0, &told.1)
}

pub(crate) fn unset(session: &Session, key: &Key, why: Option<&str>) -> Result<Exit, Failure> {
    let mut path = format!("/overrides/{}", encoded(&key.to_string()));
    if let Some(why) = why {
        path += &format!("?why={}", encoded(why));
    }
    let ask = Ask { method: "DELETE", path, body: None, expected: None };
    let told = change(session, &ask, &detail(&format!("DELETE /overrides/{key}"), why))?;
    tell(session, &told.0, &told.1)
}

fn body(mut body: Value, why: Option<&str>) -> Value {
    if let Some(why) = why {
        body["why"] = why.into();
    }
    body
}

/// Returns the detail of the trigger that the service makes of a request, by which its report is known.
fn detail(route: &str, why: Option<&str>) -> String {
    match why.map(str::trim).filter(|why| !why.is_empty()) {
        Some(why) => format!("{route}: {why}"),
        None => route.to_owned(),
    }
}

fn status(session: &Session) -> Result<Status, Failure> {
    session.client.ask(&Ask::get("/status"))?.read()
}

/// Asks for a change, and waits for its report as long as `--timeout` says.
fn change(session: &Session, ask: &Ask, detail: &str) -> Result<Told, Failure> {
    let deadline = Instant::now().checked_add(session.timeout);
    let before = status(session)?.last_report.as_ref().map_or(0, Report::id);
    let answer = session.client.ask(ask)?;
    if answer.status != 202 {
        return Ok((answer.read()?, answer.json));
    }
    let Unfinished { running } = answer.read()?;
    let at = running.map_or_else(String::new, |running| format!(" ({} runs)", running.step));
    note(Tone::Quiet, &format!("· it takes longer{at}; Ctrl-C ends the wait, and not the change"));
    let mut follower = Follower::new(&session.client, before, true);
    let told = follower.follow(deadline, |news| match news {
        News::Report(json, report) if report.trigger().detail_text() == Some(detail) => {
            ControlFlow::Break(Ok((*report, json)))
        }
        News::Report(_, report) if ask.expected.is_some_and(|one| one != report.generation()) => {
            let message = format!(
                "another change came first: generation {} is in force now, so nothing was done",
                report.generation()
            );
            ControlFlow::Break(Err(Failure::new(Fault::Superseded, message)))
        }
        News::Missed { after, next } if after >= next => {
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
