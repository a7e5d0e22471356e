// The fleet that the service is a node of: where the rollout stands, and each node that has something to tell.

/** True if the service is a node of a fleet; it says so in the document. */
const IS_NODE = "fleet" in document.body.dataset;

/** The time between two looks at the fleet while the page is in sight, in milliseconds. */
const LOOK = 3000;

const PHASES = {
  running: { kind: "wait", symbol: "wait", line: (version, stage) => `Version ${version} is on its way, ${stage}` },
  paused: { kind: "warn", symbol: "warn", line: (version, stage) => `Version ${version} is paused in ${stage}` },
  halted: { kind: "bad", symbol: "bad", line: (version, stage) => `Version ${version} has halted in ${stage}` },
  aborted: { kind: "warn", symbol: "back", line: (version) => `Version ${version} was taken back` },
  promoted: { kind: "ok", symbol: "ok", line: (version) => `Version ${version} is on every node` },
};

const REFUSALS = {
  rejected: (version) => `Rejects version ${version}`,
  ill: (version) => `Was made ill by version ${version}, and went back`,
  killed: (version) => `Was ended by version ${version} twice`,
  untrusted: (version) => `Does not trust version ${version}`,
};

/** Returns who did something, when, and why. */
const done = (by, why, since) => [h("b", {}, by), since && [" ", when(since)], why ? h("q", { className: "why" }, why) : ""].flat();

const labelled = (labels = {}) => Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(", ");

/** Returns what a stage reaches, in words. */
function reaches({ reach, where }) {
  const nodes = reach.count === undefined ? `${Math.round(reach.share * 1000) / 10} %` : plural(reach.count, "node");
  return where === undefined ? nodes : `${nodes} of ${labelled(where)}`;
}

/** Returns where a fleet stands, with its tone. */
function stands({ stable, rollout }) {
  if (rollout === undefined) {
    return stable === undefined ? { kind: "faint", symbol: "same", line: "No version was started yet" }
      : { kind: "ok", symbol: "ok", line: `Version ${stable} is on every node` };
  }
  const { kind, symbol, line } = PHASES[rollout.phase];
  return { kind, symbol, line: line(rollout.candidate, `stage ${rollout.stage + 1} of ${rollout.plan.stages.length}`) };
}

/** Makes one stage: what it reaches, and how far it has come. */
function stageOf({ stage, has_begun: hasBegun, reached, running, proved, refused, noted }, number, isCurrent) {
  const lost = noted?.lost ?? 0;
  const words = hasBegun ? `${proved} of ${reached} proved` : "not begun";
  return h("li", { className: `stage ${isCurrent ? "current" : ""}`, "aria-current": isCurrent && "step" },
    h("p", { className: "stage-head" }, h("span", { className: "number" }, `${number}. `, reaches(stage)), " ", h("span", { className: "note" }, `well for ${stage.bake}`)),
    h("progress", { max: Math.max(1, reached), value: hasBegun ? proved : 0, "aria-label": `Stage ${number}: nodes that have proved it` }),
    h("p", { className: "stage-foot" }, h("span", {}, words), hasBegun && running > proved && tag("wait", "wait", `${running - proved} on trial`),
      refused > 0 && tag("bad", "bad", `${refused} refused`), lost > 0 && tag("bad", "away", `${lost} lost`)));
}

/** Makes a problem of a node: it has a key and a place, and no value. */
const nodeProblem = ({ key, place: at, message }) => h("li", { className: "problem bad" }, icon("bad"),
  h("div", {}, unseen("Error: "), key && h("code", { className: "key" }, key), h("p", {}, prose(message)), at && h("div", { className: "at" }, h("span", { className: "place" }, at))));

/** Returns what a node has to tell, the worst first, each as a tone, a symbol and words. */
function notes({ wanted, running, namesake, refused, refuses, consistent, stale, trouble, pending = [], drift = [], leaving }) {
  return [
    refuses && ["bad", "bad", [REFUSALS[refused.because](refused.version)], h("ul", { className: "problems" }, (refused.problems ?? []).map(nodeProblem))],
    namesake && ["bad", "warn", [`Another process, ${namesake}, has its name and is not seen. Give each its own.`]],
    !consistent && ["bad", "warn", ["Inconsistent: a change failed and could not be undone. Restart it."]],
    stale && ["warn", "away", ["Without the store since ", when(stale.since), `: ${stale.reason}`]],
    trouble && ["warn", "warn", [prose(trouble)]],
    pending.length > 0 && ["wait", "wait", [`Waits for a restart: ${pending.join(", ")}`]],
    drift.length > 0 && ["pin", "pin", [`Has its own: ${drift.join(", ")}`]],
    leaving && ["faint", "away", ["Is leaving"]],
    !refuses && wanted !== undefined && running !== wanted && ["wait", "wait", [`Is to run version ${wanted}`]],
  ].filter(Boolean);
}

/** Makes a node that has something to tell. */
const telling = ([name, node]) => h("li", { className: `finding ${notes(node)[0][0]}` }, icon(notes(node)[0][1]),
  h("div", {}, h("h3", {}, h("code", {}, name)), notes(node).map(([, , words, more]) => [h("p", {}, words), more])));

/** Makes a node in the list of all. */
function nodeRow([name, node], own) {
  const { running, trial, build, labels, since: at } = node;
  const [worst] = notes(node);
  return h("li", { className: "node" }, h("span", {}, h("code", { className: "key" }, name), name === own && h("span", { className: "note" }, " this one")),
    h("span", {}, running === undefined ? "no version" : `version ${running}`, " ", h("span", { className: "note" }, when(at))),
    h("span", { className: "tags" }, worst ? tag(worst[0], worst[1], worst[0] === "bad" ? "needs a look" : "has a note") : trial === "applied" ? tag("wait", "wait", "on trial") : tag("ok", "ok", "proved")),
    h("span", { className: "note" }, [build, labelled(labels)].filter(Boolean).join(" · ")));
}

class FleetView {
  #timer;
  #shown;
  #phase;
  #fleet;

  constructor() {
    $("all-nodes").addEventListener("toggle", () => this.#drawAll());
    document.addEventListener("visibilitychange", () => this.#timer !== undefined && this.look());
  }

  start() {
    for (const id of ["fleet", "fleet-link"]) $(id).hidden = false;
    this.#timer = setInterval(() => this.look(), LOOK);
    return this.look();
  }

  /** Forgets all data. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = this.#shown = this.#phase = this.#fleet = undefined;
    for (const id of ["fleet", "fleet-link"]) $(id).hidden = true;
    for (const id of ["fleet-count", "fleet-standing", "fleet-stages", "fleet-facts", "fleet-nodes", "all-nodes-list"]) $(id).replaceChildren();
    $("all-nodes").open = false;
  }

  /** Asks how the fleet is, and draws what has changed. */
  async look() {
    const timer = this.#timer;
    if (document.hidden || timer === undefined) return;
    let found;
    try {
      ({ body: found } = await ask("GET", "fleet"));
    } catch (error) {
      // The state of the connection tells of the others.
      if (!(error instanceof Refused)) throw error;
      if (error.status !== 503 || this.#timer !== timer) return;
      found = { failure: error.message };
    }
    if (this.#timer !== timer) return;
    const { read_at: _, ...rest } = found;
    const text = JSON.stringify(rest);
    if (text === this.#shown) return;
    this.#shown = text;
    if (found.failure) $("fleet-standing").replaceChildren(this.#notice("warn", "away", found.failure));
    else this.#draw(found);
  }

  #notice(kind, symbol, ...words) {
    return h("div", { className: `notice ${kind}` }, icon(symbol), h("div", {}, ...words));
  }

  #draw(found) {
    this.#fleet = found;
    const { fleet, node, target, stages, versions, nodes, unreadable = {}, out_of_reach: lost } = found;
    const { rollout, stable, frozen, pins = {} } = target;
    const { kind, symbol, line } = stands(target);
    $("fleet-count").textContent = `${fleet}, of which this is node ${node}`;
    $("fleet-standing").replaceChildren(
      h("p", { className: `fleet-line ${kind}` }, icon(symbol), h("span", {}, line)),
      ...(rollout ? [h("p", { className: "lead" }, `Rollout ${rollout.id}, plan ${rollout.plan.name}, by `, ...done(rollout.by, rollout.why, rollout.since))] : []),
      ...(rollout?.halted ? [this.#notice("bad", "bad", prose(rollout.halted))] : []),
      ...(frozen ? [this.#notice("pin", "lock", "Frozen until ", new Date(frozen.until).toLocaleString(), " by ", ...done(frozen.by, frozen.why), ". No node takes another version.")] : []),
      ...(lost ? [this.#notice("warn", "away", "The store is out of reach since ", when(lost.since), `: ${lost.reason}. What is shown is from before.`)] : []));
    const current = rollout && !["aborted", "promoted"].includes(rollout.phase) ? rollout.stage : undefined;
    $("fleet-stages").replaceChildren(...stages.map((stage, at) => stageOf(stage, at + 1, at === current)));
    $("fleet-stages").hidden = stages.length === 0;
    const fact = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
    const divided = Object.entries(versions).map(([version, count]) => `${plural(count, "node runs", "nodes run")} version ${version}`);
    $("fleet-facts").replaceChildren(fact("Nodes in sight", Object.keys(nodes).length.toLocaleString("en")),
      ...(stable === undefined ? [] : [fact("Stable version", String(stable))]), ...(divided.length ? [fact("In force", divided.join(", "))] : []),
      ...Object.entries(pins).map(([name, version]) => fact("Pinned", h("code", {}, name), ` to version ${version}`)));
    // What a rollout that is held up asks for no more is refused all the same.
    const held = ["paused", "halted"].includes(rollout?.phase) ? rollout.candidate : undefined;
    for (const one of Object.values(nodes)) one.refuses = one.refused !== undefined && [one.wanted, held].includes(one.refused.version);
    const tells = Object.entries(nodes).filter(([, one]) => notes(one).length > 0);
    const worst = ([, one]) => WORST.indexOf(notes(one)[0][0]);
    tells.sort((one, other) => worst(one) - worst(other));
    const unread = Object.entries(unreadable).map(([name, reason]) => [name, { consistent: true, trouble: `What it says cannot be read: ${reason}` }]);
    $("fleet-nodes").replaceChildren();
    appendSome($("fleet-nodes"), [...tells, ...unread], telling);
    $("fleet-nodes").hidden = tells.length + unread.length === 0;
    $("all-nodes-title").textContent = `All nodes (${Object.keys(nodes).length.toLocaleString("en")})`;
    this.#drawAll();
    const phase = rollout && `${rollout.id} ${rollout.phase} ${rollout.stage}`;
    if (this.#phase !== undefined && this.#phase !== phase) say(`Fleet: ${line}`);
    this.#phase = phase ?? "";
  }

  #drawAll() {
    if (!$("all-nodes").open || !this.#fleet) return;
    const { nodes, node } = this.#fleet;
    $("all-nodes-list").replaceChildren();
    // This one first, then the others by name.
    const all = Object.entries(nodes).sort(([one], [other]) => (other === node) - (one === node));
    appendSome($("all-nodes-list"), all, (one) => nodeRow(one, node));
  }
}
