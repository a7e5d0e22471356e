// The state in one line, and what needs attention.

const WORST = ["bad", "warn", "wait", "pin", "ok"];

const STEPS = {
  read_source: ({ name }) => `it reads ${name}`,
  validate: () => "it validates a configuration",
  tell_observer: ({ name }) => `it tells the observer ${name}`,
  prepare: ({ key }) => `it asks the hook of ${key}`,
  run_commit: ({ key }) => `it runs the commit of ${key}`,
  undo: ({ key }) => `it takes back the change of ${key}`,
  check_health: () => "it asks the health check",
  write_files: () => "it writes files",
};

/** The time after which a step of the reload thread is worth a word, in microseconds. */
const SLOW = 5e6;

const problems = (list) => h("ul", { className: "problems" }, list.map(problem));

/** Returns what there is to say of a status, the worst first. */
function findings(status, actions) {
  const { next_boot: next, last_report: last, last_known_good: good, pending, overrides } = status;
  const found = [];
  const add = (kind, symbol, line, title, ...body) => found.push({ kind, symbol, line, title, body });
  if (!status.consistent) {
    add("bad", "bad", "The service has to be restarted", "A change failed and could not be undone",
      h("p", {}, "The service is in a state that no configuration describes. Nothing is reloaded by itself until it is restarted."));
  }
  if (good) {
    add("bad", "back", "The last known good configuration is in force", "The sources were refused at the start",
      h("p", {}, "The service started with its last known good configuration, accepted ", when(good.accepted_at), "."), problems(good.problems));
  }
  if (next.outcome !== "starts") {
    add("bad", "bad", "The sources are refused", next.outcome === "fails" ? "The next start would fail" : "The next start would fall back to the last known good",
      h("p", {}, "What was in force stays in force. It has been so ", since(next.since), "."), problems(next.problems));
  } else {
    if (last?.verdict === "rejected") add("warn", "bad", "The last reload was rejected", `Reload #${last.id} was rejected`, h("p", {}, "Everything stays as it was."), problems(last.problems));
    if (next.problems.length > 0) add("warn", "warn", "The sources have warnings", "The next start would warn", problems(next.problems));
  }
  if (last?.verdict === "rolled_back") add("bad", "back", "The last reload failed", `Reload #${last.id} failed and was taken back`, problems(last.problems));
  for (const { name, reason, since: begin } of status.sources.filter(({ state }) => state === "stale")) {
    add("warn", "warn", "A source is stale", "A source cannot be reached", h("p", {}, h("span", { className: "place" }, name), " ", since(begin), reason && `: ${reason}`));
  }
  if (status.watching.state === "degraded") add("warn", "warn", "Changes of files are noticed late", "Watching is degraded", h("p", {}, prose(status.watching.reason)));
  if (status.unwritten?.length > 0) add("warn", "warn", "Files could not be written", "Some files are not up to date", problems(status.unwritten));
  if (status.running?.duration_us > SLOW) {
    const { step, duration_us, ...of } = status.running;
    add("wait", "wait", "A reload takes long", "The reload thread is busy", h("p", {}, `For ${brief(duration_us)}: ${STEPS[step]?.(of) ?? step}.`));
  }
  if (status.next_retry) add("wait", "wait", "What was refused is tried again", "Another try", h("p", {}, when(status.next_retry.at), " by itself."));
  if (status.probation) {
    add("wait", "wait", `Generation ${status.probation.generation} is on probation`, "Probation", h("p", {}, "It counts as proven ", when(status.probation.until), "."));
  }
  if (pending.length > 0) {
    add("wait", "wait", `${plural(pending.length, "value waits", "values wait")} for a restart`, "Waiting for a restart",
      h("ul", { className: "changes" }, pending.slice(0, 5).map((one) => change({ ...one, class: undefined, origin: undefined }))),
      pending.length > 5 && h("p", {}, `and ${pending.length - 5} more: show those that are waiting among the fields`));
  }
  for (const override of overrides) {
    add("pin", "pin", "An override is in force", "Override",
      h("ul", { className: "changes" }, h("li", { className: "change" }, h("div", { className: "change-head" }, h("code", { className: "key" }, override.key)), inline(override.value))),
      h("p", {}, ...caused(override.by), ". ", override.until ? ["It ends ", when(override.until), "."] : "It has no end."),
      actions.may() && h("button", { type: "button", onclick: () => actions.end(override) }, "End it…", unseen(` (${override.key})`)));
  }
  return found.sort((one, other) => WORST.indexOf(one.kind) - WORST.indexOf(other.kind));
}

/** Returns the one line that tells most. */
function headline(found) {
  const [worst] = found;
  if (!worst) return "Everything is as the sources say";
  if (worst.kind !== "pin") return worst.line;
  const count = found.filter(({ kind }) => kind === "pin").length;
  return count === 1 ? "An override is in force" : `${count} overrides are in force`;
}

function drawState(status, { size, accepted }, actions) {
  const found = findings(status, actions);
  const worst = found[0]?.kind ?? "ok";
  const { last_report: last, watching, next_boot: next, sources } = status;
  $("eyebrow").replaceChildren(`Generation ${status.generation}`, ...(accepted ? [", in force ", since(accepted)] : []));
  $("headline").replaceChildren(icon(found[0]?.symbol ?? "ok"), h("span", {}, headline(found)));
  $("headline").className = worst;
  $("lead").replaceChildren(...(last
    ? [`Last reload: #${last.id} ${VERDICTS[last.verdict].word}, `, when(last.started_at), ". ", ...caused(last.trigger), "."]
    : ["Nothing was reloaded since the start."]));
  const fact = (name, kind, symbol, value, note) => h("div", {}, h("dt", {}, name), h("dd", { className: kind }, icon(symbol), h("span", {}, value)),
    note && h("dd", { className: "note" }, note));
  const fresh = sources.filter(({ state }) => state === "fresh").length;
  const missing = sources.filter(({ state }) => state === "missing").length;
  const boots = { starts: ["ok", "ok", "starts"], last_known_good: ["bad", "back", "falls back"], fails: ["bad", "bad", "fails"] };
  const watch = { active: ["ok", "live", "active"], degraded: ["warn", "warn", "degraded"], off: ["faint", "away", "off"] };
  $("facts").replaceChildren(
    fact("Fields", "ok", "same", size.toLocaleString("en")),
    fact("Sources", fresh + missing === sources.length ? "ok" : "warn", fresh + missing === sources.length ? "ok" : "warn",
      `${fresh} fresh`, missing > 0 && `${missing} absent`),
    fact("Files watched", ...watch[watching.state], watching.reason && prose(watching.reason)),
    fact("Next start", ...boots[next.outcome]));
  const focused = $("attention").contains(document.activeElement) ? document.activeElement.textContent : undefined;
  $("attention").replaceChildren(...found.map(({ kind, symbol, title, body }) =>
    h("li", { className: `finding ${kind}` }, icon(symbol), h("div", {}, h("h2", {}, title), ...body))));
  $("attention").hidden = found.length === 0;
  if (focused) ([...$("attention").querySelectorAll("button")].find((button) => button.textContent === focused) ?? $("headline")).focus();
}
