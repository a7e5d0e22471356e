//! The screens of a fleet.

use std::collections::BTreeMap;

use dlc_reload::{
    cli::shared::{
        screen::{Fit, Grid, Page, Tone, moment, stamp},
        show::count,
    },
    fleet::{
        Log, NodeView, Overview, Phase, Published, Record, Refused, Rollout, StageView, Target,
        TargetChange, Trial,
    },
};

/// The nodes of one kind that are listed at most, unless all are asked for.
const MOST_NODES: usize = 20;

/// Adds a fleet: where the rollout stands, and each node that has something to tell.
pub(super) fn overview(page: &mut Page, fit: Fit, overview: &Overview, all: bool) {
    let target = &overview.target;
    page.wrapped(tone(target), fit, &headline(&overview.fleet, target));
    summary(page, fit, overview);
    if !overview.stages.is_empty() {
        stages(page, fit, target, &overview.stages);
    }
    let most = if all { usize::MAX } else { MOST_NODES };
    refused(page, fit, overview, most);
    noted(page, fit, overview, most);
    if all {
        nodes(page, fit, &overview.nodes);
    }
    next(page, fit, target);
}

/// Returns the tone of a rollout.
fn tone(target: &Target) -> Tone {
    match target.rollout.as_ref().map(|rollout| rollout.phase) {
        Some(Phase::Halted) => Tone::Bad,
        Some(Phase::Paused | Phase::Aborted) => Tone::Waiting,
        _ => Tone::Heading,
    }
}

/// Returns where a fleet stands, in a line.
fn headline(fleet: &str, target: &Target) -> String {
    let stands = match (&target.rollout, target.stable) {
        (Some(rollout), _) => {
            let Rollout { candidate, stage, plan, .. } = rollout;
            let of = format!("stage {} of {}", stage + 1, plan.stages.len());
            match rollout.phase {
                Phase::Running => format!("version {candidate} is on its way, {of}"),
                Phase::Paused => format!("version {candidate} is paused in {of}"),
                Phase::Halted => format!("version {candidate} has halted in {of}"),
                Phase::Aborted => format!("version {candidate} was taken back"),
                Phase::Promoted => format!("version {candidate} is on every node"),
                phase => format!("version {candidate} is {}, {of}", phase.as_str()),
            }
        }
        (None, Some(stable)) => format!("version {stable} is on every node"),
        (None, None) => "no version was started yet".to_owned(),
    };
    format!("{fleet}: {stands}")
}

fn summary(page: &mut Page, fit: Fit, overview: &Overview) {
    let Target { stable, rollout, frozen, pins, .. } = &overview.target;
    let mut rows = Vec::new();
    if let Some(rollout) = rollout {
        let Rollout { id, plan, since, .. } = rollout;
        let by = reason(&rollout.by, &rollout.why);
        rows.push(("rollout", format!("{id}, {}, {}, {by}", plan.name, moment(*since))));
    }
    if let Some(halted) = rollout.as_ref().and_then(|rollout| rollout.halted.as_ref()) {
        rows.push(("halted", halted.clone()));
    }
    if let Some(stable) = stable {
        rows.push(("stable", format!("version {stable}")));
    }
    if let Some(freeze) = frozen {
        let (until, by) = (moment(freeze.until), reason(&freeze.by, &freeze.why));
        rows.push(("frozen", format!("until {until}, {by}")));
    }
    let versions: Vec<_> = overview
        .versions
        .iter()
        .map(|(version, nodes)| format!("{nodes} run version {version}"))
        .collect();
    let in_sight = count(overview.nodes.len(), "in sight", "in sight");
    let all =
        if versions.is_empty() { in_sight } else { format!("{in_sight}: {}", versions.join(", ")) };
    rows.push(("nodes", all));
    for (node, version) in pins {
        rows.push(("pinned", format!("{node} to version {version}")));
    }
    let mut grid = Grid::new(fit);
    for (name, text) in rows {
        grid.row([format!("  {name}"), text]);
    }
    grid.add_to(page);
}

/// Returns who did something, and why.
fn reason(by: &str, why: &str) -> String {
    if why.is_empty() { format!("by {by}") } else { format!("by {by}: {why}") }
}

fn stages(page: &mut Page, fit: Fit, target: &Target, stages: &[StageView]) {
    page.gap();
    let rollout = target.rollout.as_ref();
    let current = rollout.filter(|rollout| !rollout.phase.is_over()).map(|rollout| rollout.stage);
    let mut grid = Grid::new(fit).marked(2).header(&[
        "",
        "STAGE",
        "REACHED",
        "RUN IT",
        "PROVED",
        "REFUSED",
        "LOST",
        "MUST BE WELL FOR",
    ]);
    for (at, view) in stages.iter().enumerate() {
        let mark = if current == Some(at) { ">" } else { "" };
        let name = format!("{} {}{}", at + 1, view.stage.reach, labels(&view.stage.labels));
        let bake = view.stage.bake.to_string();
        let numbers = [view.reached, view.running, view.proved, view.refused];
        let lost = view.noted.map_or(0, |noted| noted.lost);
        let cells = match view.has_begun {
            true => numbers.into_iter().chain([lost]).map(|number| number.to_string()).collect(),
            false => vec!["–".to_owned(); 5],
        };
        grid.row([mark.to_owned(), name].into_iter().chain(cells).chain([bake]));
    }
    grid.add_to(page);
}

fn labels(labels: &BTreeMap<String, String>) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!(" of {}", labels.join(", "))
}

fn refused(page: &mut Page, fit: Fit, overview: &Overview, most: usize) {
    let refused: Vec<_> = overview.refused().collect();
    if refused.is_empty() {
        return;
    }
    page.heading("nodes that refuse");
    let mut grid = Grid::new(fit).marked(2);
    for (node, refused) in refused.iter().take(most) {
        refusal(&mut grid, node, refused);
    }
    grid.add_to(page);
    more(page, refused.len(), most);
}

/// Adds the reasons of a node.
fn refusal(grid: &mut Grid, node: &str, refused: &Refused) {
    let Refused { version, because, problems, .. } = refused;
    let first =
        ["×".to_owned(), node.to_owned(), format!("version {version} {}", because.as_str())];
    let mut first = Some(first);
    for problem in problems {
        let [mark, node, what] = first.take().unwrap_or_default();
        grid.row([mark, node, what, problem.to_string()]);
    }
    if let Some(first) = first {
        grid.row(first);
    }
}

/// Adds the nodes that have something else to tell.
fn noted(page: &mut Page, fit: Fit, overview: &Overview, most: usize) {
    let mut told: Vec<[String; 3]> = Vec::new();
    for (name, view) in &overview.nodes {
        let notes = notes(view).into_iter();
        told.extend(notes.map(|(mark, note)| [mark.to_owned(), name.clone(), note]));
    }
    let unreadable = overview.unreadable.iter();
    told.extend(unreadable.map(|(name, why)| {
        ["?".to_owned(), name.clone(), format!("what it says cannot be read: {why}")]
    }));
    if told.is_empty() {
        return;
    }
    page.heading("nodes with something to tell");
    let (mut grid, all) = (Grid::new(fit).marked(2), told.len());
    told.into_iter().take(most).for_each(|row| grid.row(row));
    grid.add_to(page);
    more(page, all, most);
}

/// Returns what a node has to tell beside its refusals, each with a mark.
fn notes(view: &NodeView) -> Vec<(&'static str, String)> {
    let state = &view.state;
    let mut notes = Vec::new();
    if let Some(process) = &view.namesake {
        let note =
            format!("another process, {process}, has its name and is not seen: give each its own");
        notes.push(("×", note));
    }
    if !state.consistent {
        notes.push((
            "×",
            "inconsistent: a change failed and could not be undone, restart it".to_owned(),
        ));
    }
    if let Some(stale) = &state.stale {
        let since = moment(stale.since);
        notes.push(("?", format!("without the store since {since}: {}", stale.reason)));
    }
    if let Some(trouble) = &state.trouble {
        notes.push(("?", trouble.clone()));
    }
    if !state.pending.is_empty() {
        notes.push(("!", format!("waits for a restart: {}", state.pending.join(", "))));
    }
    if !state.drift.is_empty() {
        notes.push(("»", format!("has its own: {}", state.drift.join(", "))));
    }
    if state.leaving {
        notes.push(("·", "is leaving".to_owned()));
    }
    notes
}

fn more(page: &mut Page, all: usize, most: usize) {
    if all > most {
        page.line(Tone::Quiet, format!("  and {} more: add `--nodes`", all - most));
    }
}

/// Adds every node.
fn nodes(page: &mut Page, fit: Fit, nodes: &BTreeMap<String, NodeView>) {
    page.gap();
    let header = ["NODE", "RUNS", "IS TO RUN", "TRIAL", "SINCE", "BUILD", "LABELS"];
    let mut grid = Grid::new(fit).header(&header);
    let version =
        |number: Option<u64>| number.map_or("–".to_owned(), |number| number.to_string());
    for (name, NodeView { wanted, state, .. }) in nodes {
        let trial = match state.trial {
            Trial::Applied => "on trial",
            Trial::Proved => "proved",
            _ => "–",
        };
        let labels = state.labels.iter().map(|(name, value)| format!("{name}={value}"));
        grid.row([
            name.clone(),
            version(state.running),
            version(*wanted),
            trial.to_owned(),
            moment(state.since),
            state.build.clone(),
            labels.collect::<Vec<_>>().join(", "),
        ]);
    }
    grid.add_to(page);
}

/// Adds what may be done now.
fn next(page: &mut Page, fit: Fit, target: &Target) {
    let phase = target.rollout.as_ref().map(|rollout| rollout.phase);
    let text = match (phase, target.stable) {
        (Some(Phase::Running), _) => {
            "`dlc-reload fleet wait` waits for its end; `pause` stops it for now, `abort` takes it back"
        }
        (Some(Phase::Paused), _) => {
            "`dlc-reload fleet resume` lets it go on, `abort` takes it back"
        }
        (Some(Phase::Halted), _) => {
            "`dlc-reload fleet abort` takes it back; `resume` lets it go on, after `retry` if the cause is gone from the nodes"
        }
        (None, None) => "`dlc-reload fleet publish FILES… -m REASON` makes the first version",
        _ => return,
    };
    page.gap();
    page.wrapped(Tone::Quiet, fit, &format!("· {text}"));
}

/// Adds the pointer after a change of it: the change, where the rollout stands, and what may be done.
pub(super) fn changed(page: &mut Page, fit: Fit, target: &Target) {
    if let Some(change) = target.changes.last() {
        page.wrapped(
            Tone::Good,
            fit,
            &format!("{}, {}", change.what, reason(&change.by, &change.why)),
        );
    }
    if let Some(freeze) = &target.frozen {
        let text =
            format!("! frozen until {}: no node takes another version", moment(freeze.until));
        page.marked(text);
    }
    next(page, fit, target);
}

/// Returns where a fleet stands, in a line that changes whenever something worth a look has.
pub(super) fn line(overview: &Overview) -> String {
    let target = &overview.target;
    let mut line = headline(&overview.fleet, target);
    let rollout = target.rollout.as_ref();
    let current = rollout.and_then(|rollout| overview.stages.get(rollout.stage));
    if let Some(view) = current.filter(|_| rollout.is_some_and(|rollout| !rollout.phase.is_over()))
    {
        let StageView { reached, running, proved, refused, .. } = view;
        line += &format!(": {reached} reached, {running} run it, {proved} proved");
        if *refused > 0 {
            line += &format!(", {refused} refused");
        }
    }
    if let Some(halted) = rollout.and_then(|rollout| rollout.halted.as_ref()) {
        line += &format!(": {halted}");
    }
    if target.frozen.is_some() {
        line += ", frozen";
    }
    let versions: Vec<_> =
        overview.versions.iter().map(|(version, nodes)| format!("{nodes} on {version}")).collect();
    let nodes = count(overview.nodes.len(), "node", "nodes");
    format!("{line}; {nodes}{}{}", if versions.is_empty() { "" } else { ", " }, versions.join(", "))
}

/// Adds why a node refused a version, once it did.
pub(super) fn one_refused(page: &mut Page, fit: Fit, node: &str, refused: &Refused) {
    let mut grid = Grid::new(fit).marked(2);
    refusal(&mut grid, node, refused);
    grid.add_to(page);
}

/// Adds what was done with a fleet, the newest first: the rollouts that are over, and the last changes.
pub(super) fn log(page: &mut Page, fit: Fit, log: &Log) {
    if log.changes.is_empty() && log.rollouts.is_empty() && log.unreadable.is_empty() {
        page.line(Tone::Quiet, "nothing was done with this fleet yet");
        return;
    }
    if !log.rollouts.is_empty() {
        page.line(Tone::Heading, "rollouts that are over");
        let header = ["STARTED", "ROLLOUT", "VERSION", "PLAN", "END", "PROVED IT", "BY", "WHY"];
        let mut grid = Grid::new(fit).header(&header);
        for Record { rollout, .. } in &log.rollouts {
            let Rollout { id, candidate, plan, phase, counts, by, why, since, .. } = rollout;
            let last = counts.last().copied().unwrap_or_default();
            let (version, proved) =
                (candidate.to_string(), format!("{} of {}", last.proved, last.reached));
            let cells =
                [stamp(*since), id.clone(), version, plan.name.clone(), phase.as_str().to_owned()];
            grid.row(cells.into_iter().chain([proved, by.clone(), why.clone()]));
        }
        grid.add_to(page);
    }
    for (id, reason) in &log.unreadable {
        page.wrapped(Tone::Waiting, fit, &format!("? the record of {id} cannot be read: {reason}"));
    }
    page.heading("the last changes");
    let mut grid = Grid::new(fit).header(&["TIME", "CHANGE", "BY", "WHY"]);
    for TargetChange { what, by, why, at, .. } in &log.changes {
        grid.row([stamp(*at), what.clone(), by.clone(), why.clone()]);
    }
    grid.add_to(page);
}

/// Adds versions.
pub(super) fn versions(page: &mut Page, fit: Fit, stable: Option<u64>, versions: &[Published]) {
    if versions.is_empty() {
        page.line(Tone::Quiet, "nothing was published yet");
        return;
    }
    let header = ["", "VERSION", "PUBLISHED", "BY", "DOCUMENTS", "WHY"];
    let mut grid = Grid::new(fit).marked(0).header(&header);
    for Published { number, version, trouble, .. } in versions {
        let mark = match (trouble, stable == Some(*number)) {
            (Some(_), _) => "×",
            (None, true) => ">",
            (None, false) => "",
        };
        let cells = match version {
            Some(version) => {
                let names = version.documents.iter().map(|document| document.name.as_str());
                let names = names.collect::<Vec<_>>().join(", ");
                [stamp(version.created_at), version.author.clone(), names, version.message.clone()]
            }
            None => {
                let trouble = trouble.clone().unwrap_or_default();
                [String::new(), String::new(), String::new(), trouble]
            }
        };
        grid.row([mark.to_owned(), number.to_string()].into_iter().chain(cells));
    }
    grid.add_to(page);
}
