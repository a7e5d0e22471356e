// The reports as they come, and the configurations that have been in force.

const VERDICTS = {
  unchanged: { word: "changed nothing", kind: "faint", symbol: "same" },
  applied: { word: "applied", kind: "ok", symbol: "ok" },
  pending_restart: { word: "waits for a restart", kind: "wait", symbol: "wait" },
  rejected: { word: "rejected", kind: "bad", symbol: "bad" },
  rolled_back: { word: "failed, taken back", kind: "bad", symbol: "back" },
  inconsistent: { word: "failed, inconsistent", kind: "bad", symbol: "warn" },
};

const CAUSES = {
  start: "the start", file: "a change of a file", signal: "a signal", admin: "the admin API", api: "the program", remote: "a remote source",
  rollback: "a rollback", expiry: "the end of an override", retry: "another try",
};

/** The details of the triggers of this API, and the words for them. */
const DEEDS = [
  [/^POST \/reload(?:: ([^]*))?$/, () => "reloaded", 1],
  [/^POST \/rollback to generation (\d+)(?:: ([^]*))?$/, (generation) => `went back to generation ${generation}`, 2],
  [/^PUT \/overrides\/(.+?)(?:: ([^]*))?$/, (key) => ["overrode ", h("code", { className: "key" }, key)], 2],
  [/^DELETE \/overrides\/(.+?)(?:: ([^]*))?$/, (key) => ["ended the override of ", h("code", { className: "key" }, key)], 2],
];

/** Returns who or what caused something, as children of an element. */
function caused({ kind, actor, detail = "" }) {
  const who = actor ? h("b", {}, actor) : CAUSES[kind] ?? kind;
  for (const [pattern, words, reason] of DEEDS) {
    const found = kind === "admin" && detail.match(pattern);
    if (found) return [who, " ", words(found[1]), found[reason] ? h("q", { className: "why" }, found[reason]) : ""].flat();
  }
  return [who, detail && ` (${detail})`, actor && kind !== "admin" ? `, ${CAUSES[kind] ?? kind}` : ""];
}

/** Returns what a report tells at length. */
function told({ changes, pending, shadowed, problems: faults, trigger }) {
  const list = (title, items, make) => items.length > 0 && [h("h3", {}, title), h("ul", { className: "changes" }, items.slice(0, CHUNK).map(make))];
  return [
    faults.length > 0 && problems(faults.slice(0, CHUNK)),
    list("In force now", changes, (one) => change({ ...one, class: undefined })),
    list("Waiting for a restart", pending, (one) => change({ ...one, class: undefined })),
    list("Without effect", shadowed, (one) => h("li", { className: "change" }, h("code", { className: "key" }, one.key),
      h("div", { className: "at" }, placed(one.origin), ` is set, but ${one.by} wins`))),
    trigger?.confirms_shrinking && h("p", { className: "note" }, "It was confirmed that a file sets far less than before."),
  ].flat().filter(Boolean);
}

/** Returns a report in one line: its first change or fault. */
function gist({ verdict, changes, pending: all, problems: faults }) {
  // Those that wait are listed with every report.
  const pending = verdict === "pending_restart" ? all : [];
  const fault = faults.find(({ severity }) => severity === "error");
  if (fault) return [fault.key && h("code", { className: "key" }, fault.key), h("span", {}, prose(fault.message))];
  const [first] = [...changes, ...pending];
  if (!first) return faults.length > 0 ? [h("span", {}, prose(faults[0].message))] : [];
  const more = changes.length + pending.length - 1;
  const value = (one) => (one === undefined ? h("span", { className: "absent" }, "absent") : inline(one));
  return [h("code", { className: "key" }, first.key),
    first.secret ? tag("secret", "lock", "secret") : h("span", { className: "mini" }, value(first.old), icon("arrow"), unseen(" to "), value(first.new)),
    more > 0 && h("span", { className: "note" }, `and ${more} more`)];
}

/** Returns a report in words, for a screen reader. */
function spoken({ id, verdict, changes, pending, problems: faults, trigger }) {
  const cause = trigger.actor ?? CAUSES[trigger.kind] ?? trigger.kind;
  const parts = [
    changes.length > 0 && plural(changes.length, "change"), pending.length > 0 && plural(pending.length, "value waits", "values wait"),
    faults.length > 0 && plural(faults.length, "problem"),
  ].filter(Boolean);
  return `Reload ${id} by ${cause}: ${[VERDICTS[verdict].word, ...parts].join(", ")}`;
}

/** The number of reports that are shown. */
const REPORTS = 100;

class Activity {
  #empty = h("li", { className: "empty" }, "Nothing was reloaded yet.");

  constructor() {
    this.clear();
  }

  clear() {
    $("activity").replaceChildren(this.#empty);
  }

  add(report, isNew) {
    this.#empty.remove();
    const { id, verdict, trigger, started_at, duration_us } = report;
    const { word, kind, symbol } = VERDICTS[verdict];
    const body = h("div", { className: "panel" });
    const details = h("details", { className: `report ${kind}` },
      h("summary", {}, icon(symbol),
        h("span", { className: "report-head" }, h("span", { className: "number" }, `#${id}`), " ", h("span", { className: "verdict" }, word), " ", when(started_at)),
        h("span", { className: "by" }, ...caused(trigger)), h("span", { className: "gist" }, gist(report).filter(Boolean))),
      body);
    details.addEventListener("toggle", () => {
      if (!details.open || body.childElementCount > 0) return;
      body.append(...told(report), h("p", { className: "note" }, `Generation ${report.generation}, took ${brief(duration_us)}, ${new Date(started_at).toLocaleString()}`));
    });
    $("activity").prepend(h("li", { className: isNew ? "new" : "" }, details));
    while ($("activity").children.length > REPORTS) $("activity").lastElementChild.remove();
  }

  /** Says why reports are missing. */
  gap(words) {
    this.#empty.remove();
    $("activity").prepend(h("li", { className: "note gap" }, words));
  }
}

function drawHistory(history, actions) {
  const newest = history.at(-1)?.generation;
  const list = $("history");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.generation : undefined;
  list.replaceChildren();
  appendSome(list, [...history].reverse(), ({ generation, accepted_at, report }) => h("li", { className: generation === newest ? "now" : "" },
    h("div", { className: "report-head" }, h("span", { className: "number" }, `Generation ${generation}`), " ",
      generation === newest ? tag("ok", "ok", "in force") : "", " ", when(accepted_at)),
    h("p", { className: "by" }, report ? [...caused(report.trigger), ": ", plural(report.changes.length, "change")] : "the start"),
    generation !== newest && h("button", { type: "button", "data-generation": String(generation), onclick: () => actions.back(generation) },
      actions.may() ? "Go back…" : "Compare…", unseen(` (generation ${generation})`))));
  if (focused) (list.querySelector(`[data-generation="${focused}"]`) ?? $("history-title")).focus();
}
