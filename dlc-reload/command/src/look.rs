//! The commands that look.

use std::ops::ControlFlow;

use dlc_reload::{
    Key, Plan, Report, Status,
    cli::shared::{
        client::{Answer, Ask, encoded},
        failure::Failure,
        fields,
        screen::{Page, To, Tone, note, print_json},
        show::plan as add_plan,
        view::{Config, Explained},
    },
};
use serde_json::json;

use crate::{
    events::{Follower, Missed, News},
    exit::Exit,
    session::Session,
    show,
    view::{Differences, History},
};

/// Prints an answer: as it is, or as a page.
fn show(
    session: &Session,
    answer: &Answer,
    draw: impl FnOnce(&mut Page) -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    if session.json {
        print_json(&answer.json)?;
        return Ok(Exit::Done);
    }
    let mut page = Page::default();
    draw(&mut page)?;
    page.print(To::Output)?;
    Ok(Exit::Done)
}

pub(crate) fn status(session: &Session) -> Result<Exit, Failure> {
    let answer = session.client.ask(&Ask::get("/status"))?;
    show(session, &answer, |page| {
        show::status(page, To::Output.fit(), &answer.read::<Status>()?);
        Ok(())
    })
}

pub(crate) fn config(session: &Session, key: Option<&Key>) -> Result<Exit, Failure> {
    let Some(key) = key else {
        let answer = session.client.ask(&Ask::get("/config"))?;
        return show(session, &answer, |page| {
            fields::config(page, To::Output.fit(), &answer.read::<Config>()?);
            Ok(())
        });
    };
    let path = format!("/config/{}", encoded(&key.to_string()));
    let answer = session.client.ask(&Ask::get(path))?;
    show(session, &answer, |page| {
        fields::explained(page, To::Output.fit(), &answer.read::<Explained>()?);
        Ok(())
    })
}

pub(crate) fn plan(session: &Session) -> Result<Exit, Failure> {
    let answer = session.client.ask(&Ask::post("/plan", json!({})))?;
    show(session, &answer, |page| {
        add_plan(page, To::Output.fit(), &answer.read::<Plan>()?);
        Ok(())
    })
}

pub(crate) fn history(session: &Session) -> Result<Exit, Failure> {
    let answer = session.client.ask(&Ask::get("/history"))?;
    show(session, &answer, |page| {
        show::history(page, To::Output.fit(), &answer.read::<History>()?);
        Ok(())
    })
}

pub(crate) fn diff(session: &Session, a: u64, b: u64) -> Result<Exit, Failure> {
    let answer = session.client.ask(&Ask::get(format!("/history/{a}/diff/{b}")))?;
    show(session, &answer, |page| {
        show::differences(page, To::Output.fit(), a, b, &answer.read::<Differences>()?);
        Ok(())
    })
}

/// Prints each report as it comes, for ever.
pub(crate) fn watch(session: &Session) -> Result<Exit, Failure> {
    let status: Status = session.client.ask(&Ask::get("/status"))?.read()?;
    let seen = status.last_report.as_ref().map_or(0, Report::id);
    if To::Messages.is_terminal() {
        let (url, generation) = (session.client.url(), status.generation);
        let text = format!("· {url}: generation {generation} is in force; Ctrl-C ends");
        note(Tone::Quiet, &text);
    }
    let mut follower = Follower::new(&session.client, seen.to_string(), false);
    let stopped = follower.follow(None, |news| match tell(session, news) {
        Ok(()) => ControlFlow::Continue(()),
        Err(failure) => ControlFlow::Break(failure),
    })?;
    stopped.map_or(Ok(Exit::Done), Err)
}

fn tell(session: &Session, news: News) -> Result<(), Failure> {
    match news {
        News::Report(json, _) if session.json => print_json(&json),
        News::Report(_, report) => {
            let mut page = Page::default();
            show::report(&mut page, To::Output.fit(), &report);
            page.print(To::Output)
        }
        News::Missed(Missed { after, next, restarted }) => {
            let text = if restarted {
                "? the service was started anew: what it reported before that and was not seen is lost; see `dlc-reload status`".to_owned()
            } else {
                let missed = next.saturating_sub(after + 1);
                format!("? {missed} reports are not kept any more: see `dlc-reload history`")
            };
            note(Tone::Waiting, &text);
            Ok(())
        }
    }
}
