// The parts that everything on the page is made of. All text of the service gets into the document as text, never as markup.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Returns the element of the document with an id. */
const $ = (id) => document.getElementById(id);

/**
 * Makes an element. `attributes` are properties where the element has them (`onclick`, `className`), and attributes otherwise;
 * absent children are left out.
 */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name in element && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** Makes an icon, which says nothing to a screen reader: words stand beside it. */
function icon(name) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(NAMESPACE, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Makes a label of a state, with its icon. */
const tag = (kind, name, ...text) => h("span", { className: `tag ${kind}` }, icon(name), h("span", {}, ...text));

/** Makes text that only a screen reader has. */
const unseen = (text) => h("span", { className: "hidden" }, text);

const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** Makes a sentence in which code stands between backticks. */
const prose = (sentence) => sentence.split("`").map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));

/** Returns a value on one line, as JSON. */
const text = (value) => JSON.stringify(value);

/** Returns a value for reading at length: short ones on one line. */
function spread(value) {
  const line = text(value);
  return typeof value === "object" && value !== null && line.length > 40 ? JSON.stringify(value, null, 2) : line;
}

/** The number of characters of a value that are shown at first. */
const SHOWN = 2000;

/** Makes a value on one line, cut by its box where it is too long. */
function inline(value, className = "") {
  const whole = text(value);
  const start = whole.length > 300 ? `${whole.slice(0, 300)}…` : whole;
  return h("code", { className: `value ${className}` }, start);
}

/** Makes a value at length, with a button for the rest of a very long one. */
function block(value) {
  const whole = spread(value);
  const pre = h("pre", { className: "value", tabIndex: 0, role: "group", "aria-label": "Value" }, whole.slice(0, SHOWN));
  if (whole.length <= SHOWN) return pre;
  const more = h("button", { type: "button", className: "quiet" }, `Show all ${whole.length.toLocaleString("en")} characters`);
  more.onclick = () => {
    pre.textContent = whole;
    more.remove();
    pre.focus();
  };
  return h("div", {}, pre, more);
}

/** Returns a place as compilers write it. */
function place(origin) {
  if (origin?.source === undefined) return "";
  const { source, line, column, as_of } = origin;
  const within = [line, column].filter((part) => part !== undefined).map((part) => `:${part}`).join("");
  return `${source}${within}${as_of === undefined ? "" : ` as of generation ${as_of}`}`;
}

/** Returns a place in few characters: the name of a file and the line. */
function near({ source, line }) {
  return `${source.slice(source.lastIndexOf("/") + 1)}${line === undefined ? "" : `:${line}`}`;
}

/** Makes a place, of which the folders may be cut where there is no room. */
function placed(origin) {
  const whole = place(origin);
  const cut = whole.lastIndexOf("/");
  if (cut <= 0) return h("span", { className: "place" }, whole);
  return h("span", { className: "place", title: whole },
    h("span", { className: "folders" }, whole.slice(0, cut + 1)), h("span", { className: "file" }, whole.slice(cut + 1)));
}

const UNITS = [["day", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** Returns a length of time in its greatest unit. */
function lasting(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS[3];
  const count = Math.floor(seconds / size);
  return unit === "day" && count !== 1 ? `${count} days` : `${count} ${unit}`;
}

/** Returns how long ago a time was, or how far away it is. */
function relative(moment) {
  const seconds = (moment - Date.now()) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds < 0 ? `${lasting(-seconds)} ago` : `in ${lasting(Math.max(1, seconds))}`;
}

/** Returns how long something has been so since a time. */
const duration = (moment) => `for ${lasting(Math.max(1, (Date.now() - moment) / 1000))}`;

/** Makes a time that keeps up with the clock. */
function when(stamp, words = relative) {
  const moment = Date.parse(stamp);
  const time = h("time", { dateTime: stamp, title: new Date(moment).toLocaleString() }, words(moment));
  time.tick = () => {
    const now = words(moment);
    if (time.textContent !== now) time.textContent = now;
  };
  return time;
}

/** Makes the time for which something has been so. */
const since = (stamp) => when(stamp, duration);

setInterval(() => {
  for (const time of document.getElementsByTagName("time")) time.tick();
}, 1000);

/** Returns a duration in microseconds as people read it. */
function brief(micros) {
  if (micros < 1000) return `${micros} µs`;
  return micros < 1e6 ? `${Math.floor(micros / 1000)} ms` : `${(micros / 1e6).toFixed(1)} s`;
}

/** Says something to a screen reader, once it has said what it is at. */
function say(message) {
  $("said").textContent = "";
  requestAnimationFrame(() => { $("said").textContent = message; });
}

/** The number of items of a long list that are made at once. */
const CHUNK = 200;

/** Appends items to a list, the first ones now and more when they are asked for. */
function appendSome(list, items, make, from = 0) {
  const end = Math.min(items.length, from + CHUNK);
  const made = items.slice(from, end).map(make);
  list.append(...made);
  if (end < items.length) {
    const next = Math.min(CHUNK, items.length - end);
    const more = h("button", { type: "button", className: "more" },
      `Show ${next.toLocaleString("en")} more of ${(items.length - end).toLocaleString("en")}`);
    const item = h("li", { className: "more-item" }, more);
    more.onclick = () => {
      item.remove();
      appendSome(list, items, make, end)?.querySelector("summary")?.focus();
    };
    list.append(item);
  }
  return made[0];
}

/** Makes a line of a diff: the old value and the new one. */
function change({ key, class: kind, old, new: wanted, origin, secret }, note) {
  const hidden = () => h("span", { className: "tag secret" }, icon("lock"), h("span", {}, "secret, not shown"));
  const side = (value, name) => h("span", { className: `side ${name}` },
    unseen(name === "old" ? "from " : " to "),
    value === undefined ? h("span", { className: "absent" }, old === undefined && wanted === undefined ? "not shown" : "absent") : inline(value));
  return h("li", { className: "change" },
    h("div", { className: "change-head" }, h("code", { className: "key" }, key),
      kind === "restart" && tag("wait", "wait", "restart"), note && h("span", { className: "note" }, note)),
    secret ? hidden() : h("div", { className: "diff" }, side(old, "old"), icon("arrow"), side(wanted, "new")),
    origin && h("div", { className: "at" }, placed(origin)));
}

/** Makes a problem: the fault, its key and its place. */
function problem({ severity, key, message, ...origin }) {
  const bad = severity === "error";
  return h("li", { className: `problem ${bad ? "bad" : "warn"}` }, icon(bad ? "bad" : "warn"),
    h("div", {}, unseen(bad ? "Error: " : "Warning: "),
      key && h("code", { className: "key" }, key), h("p", {}, prose(message)),
      origin.source !== undefined && origin.source !== "default" && h("div", { className: "at" }, placed(origin))));
}
