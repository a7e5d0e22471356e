// The page: who is signed in, what is known, and when it is asked again.

let operator;
let status;
let statusTag;
let history = [];
let feed;
let reports = 0;
let refreshing;
let again = false;
/** The number of times that somebody signed out: an answer that comes later is for nobody. */
let session = 0;

const may = () => operator?.role === "operate";

const actions = {
  may,
  explain: async (key) => (await ask("GET", `config/${keyPath(key)}`)).body,
  override: (of) => overrideDialog(actions, of),
  end: (override) => endDialog(actions, override),
  back: (generation) => backDialog(actions, generation),
  field: (key) => tree.field(key),
  tag: () => statusTag,
  overrides: () => status.overrides,
  generation: () => status.generation,
  refresh,
  /** Returns true if an error is dealt with: nobody is signed in any more. */
  failed(error) {
    if (error.status === 401) signedOut(error.message);
    if (error.status === 403) whoAsks();
    return error.status === 401;
  },
};

const tree = new Tree(actions);
const activity = new Activity();
const fleet = new FleetView();

/** Asks who is signed in, and shows only what that one may do. */
async function whoAsks() {
  const own = session;
  const { body } = await ask("GET", "operator").catch((error) => { if (own !== session || !actions.failed(error)) throw error; return {}; });
  if (own !== session || body === undefined || (operator?.name === body.name && operator.role === body.role)) return;
  operator = body;
  $("operator-name").textContent = operator.name;
  $("operator-role").textContent = may() ? "may change things" : "may look";
  $("plan").textContent = may() ? "Plan a reload…" : "See what a reload would do…";
  if (status) {
    tree.redraw();
    draw();
  }
}

function draw() {
  const accepted = history.find(({ generation }) => generation === status.generation)?.accepted_at;
  drawState(status, { size: tree.size, accepted }, actions);
  drawHistory(history, actions);
}

async function load() {
  const own = session;
  const { body } = await ask("GET", "config");
  if (own === session) tree.load(body);
}

/** Asks what is so now. While an answer is on its way, one more is asked for at most. */
function refresh() {
  again = refreshing !== undefined;
  const own = session;
  refreshing ??= (async () => {
    do {
      again = false;
      const answer = await ask("GET", "status");
      // The tokens may be part of what was reloaded.
      await whoAsks();
      const isNew = status?.generation !== answer.body.generation || history.length === 0;
      const news = isNew ? (await ask("GET", "history")).body.history : history;
      if (own !== session) return;
      history = news;
      ({ body: status, tag: statusTag } = answer);
      // The program is another one.
      if (!tree.update(status)) await load();
      if (own !== session) return;
      draw();
    } while (again);
  })().catch((error) => {
    // The state of the connection tells of the others.
    if (own === session && !actions.failed(error) && !(error instanceof Refused)) throw error;
  }).finally(() => { refreshing = undefined; });
  return refreshing;
}

function connection(kind, symbol, words) {
  $("connection").className = `connection ${kind}`;
  $("connection").replaceChildren(icon(symbol), h("span", {}, words));
}

let isLost = false;

const listener = {
  open() {
    connection("ok", "live", "Live");
    if (isLost) say("The connection is there again");
    isLost = false;
    refresh();
  },
  lost(pause, error) {
    const stopped = error?.status > 0 ? error.message : `Connection lost, next try in ${pause} s`;
    connection("bad", "away", stopped);
    if (!isLost) say("The connection is lost. What is shown may be old.");
    isLost = true;
  },
  denied(error) {
    signedOut(error.message);
  },
  missed({ restarted }) {
    if (!restarted) return activity.gap("Earlier reports are not kept any more.");
    // The numbers begin anew with the process.
    activity.clear();
    activity.gap("The service was started anew. What it reported before is not kept.");
    say("The service was started anew");
    reports = 0;
    load().then(refresh, () => {});
  },
  report(report) {
    const isNew = report.id > reports;
    reports = Math.max(reports, report.id);
    activity.add(report, isNew);
    if (isNew) {
      say(spoken(report));
      refresh();
      fleet.look();
    }
  },
};

async function signedIn() {
  $("where").textContent = location.host;
  await load();
  await refresh();
  if (operator === undefined) return;
  if (status === undefined) throw new Refused(0);
  reports = status.last_report?.id ?? 0;
  $("gate").hidden = true;
  $("token").value = "";
  for (const id of ["app", "who", "nav"]) $(id).hidden = false;
  connection("wait", "wait", "Connecting");
  feed = new Feed(listener);
  if (IS_NODE) fleet.start();
  $("headline").focus();
}

/** Forgets the token and all data. */
function signedOut(reason) {
  session += 1;
  feed?.stop();
  fleet.stop();
  closeAll();
  keepToken(undefined);
  operator = status = feed = undefined;
  history = [];
  activity.clear();
  tree.load({ sections: [], fields: [] });
  $("search").reset();
  for (const id of ["eyebrow", "headline", "lead", "facts", "attention", "history", "where", "operator-name", "operator-role"]) $(id).replaceChildren();
  for (const id of ["app", "who", "nav"]) $(id).hidden = true;
  gate(reason);
}

function gate(reason) {
  $("gate").hidden = false;
  $("sign-in-error").hidden = reason === undefined;
  $("sign-in-error").textContent = reason ?? "";
  $("token").value = "";
  $("token").focus();
}

async function enter() {
  try {
    await whoAsks();
    if (operator) await signedIn();
  } catch (error) {
    keepToken(undefined);
    gate(error.message);
  }
}

$("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = $("token").value.trim();
  const submit = $("sign-in").querySelector("button");
  if (given === "") return gate("Paste your token first.");
  // A header takes no other characters.
  if (!/^[\x21-\x7e]+$/.test(given)) return gate("This is no token: it has characters that none has.");
  keepToken(given, $("keep").checked);
  submit.disabled = true;
  await enter();
  submit.disabled = false;
});

$("sign-out").onclick = () => signedOut();
$("plan").onclick = () => planDialog(actions);

// A service may know its operators without a token of this page, by a session of theirs. Without one, nobody is asked for.
if (token !== undefined) enter();
else ask("GET", "operator").then(enter, (error) => gate(error.status === 401 ? undefined : error.message));
