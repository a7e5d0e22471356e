// The fields, as a tree of sections. A section makes its rows when it is opened first, so that a large configuration costs no
// more than what is looked at.

/** The number of fields up to which all sections are open at first. */
const FEW = 60;

/** The number of fields up to which all sections may be opened at once. */
const MANY = 1000;

const STANDINGS = {
  wins: "wins", merged: "part of the value", erases: "erases what was before", unset: "does not set it", absent: "does not exist",
  rolled_back: "in force again since a rollback",
};

function standing(outcome) {
  if (typeof outcome === "string") return STANDINGS[outcome] ?? outcome;
  if (outcome.shadowed) return "without effect";
  if (outcome.refused) return `refused since reload #${outcome.refused.since}`;
  return "not known";
}

/** Returns true if a source sets a field. */
const isSet = (field) => field.origin.source !== "default";

const ONLY = {
  all: () => true,
  set: isSet,
  waiting: (field) => field.pending.length > 0,
  overridden: (field) => field.override !== undefined,
};

class Tree {
  #root;
  #all = [];
  #byKey = new Map();
  #rows = new Map();
  #words = [];
  #only = "all";

  /** `may` tells if the operator may override; the actions open dialogs; `explain` asks for what each source says. */
  constructor(actions) {
    this.actions = actions;
    const again = () => this.#find();
    $("query").addEventListener("input", again);
    $("search").addEventListener("change", ({ target }) => { if (target.name === "only") again(); });
    $("search").addEventListener("submit", (event) => {
      event.preventDefault();
      again();
    });
    $("all-open").onclick = () => this.#openAll();
  }

  get size() {
    return this.#all.length;
  }

  field(key) {
    return this.#byKey.get(key);
  }

  /** Takes a configuration: its sections, its fields, and what is said of them. */
  load({ sections, fields }) {
    const root = { key: "", name: "", fields: [], sections: [], size: 0 };
    const nodes = new Map([["", root]]);
    const around = (key) => {
      for (let end = key.lastIndexOf("."); end > 0; end = key.lastIndexOf(".", end - 1)) {
        const node = nodes.get(key.slice(0, end));
        if (node) return node;
      }
      return root;
    };
    const name = (key, node) => (node === root ? key : key.slice(node.key.length + 1));
    for (const section of sections) {
      const parent = around(section.key);
      const node = { ...section, name: name(section.key, parent), parent, fields: [], sections: [], size: 0 };
      parent.sections.push(node);
      nodes.set(section.key, node);
    }
    this.#all = fields.map((field) => {
      const section = around(field.key);
      const own = { pending: [], ...field, name: name(field.key, section), section };
      section.fields.push(own);
      for (let node = section; node; node = node.parent) node.size += 1;
      return own;
    });
    this.#root = root;
    this.#byKey = new Map(this.#all.map((field) => [field.key, field]));
    const few = this.#all.length <= FEW;
    for (const node of nodes.values()) node.open = few;
    this.#find();
  }

  /** Takes what is so now of the same fields, and returns false if they are others. */
  update({ fields, pending, overrides }) {
    if (fields.length !== this.#all.length) return false;
    const overridden = new Map(overrides.map((override) => [override.key, override]));
    const waiting = new Map();
    for (const one of pending) {
      // A value inside of a field is the field's; its key goes on with `.`, `[` or nothing.
      let key = one.key;
      while (key && !this.#byKey.has(key)) key = key.slice(0, Math.max(key.lastIndexOf("."), key.lastIndexOf("["), 0));
      waiting.set(key, [...(waiting.get(key) ?? []), one]);
    }
    for (const now of fields) {
      const field = this.#byKey.get(now.key);
      if (field === undefined) return false;
      const next = {
        effective: now.effective, desired: now.desired, origin: now.origin, secret: now.secret, class: now.class,
        override: overridden.get(now.key), pending: waiting.get(now.key) ?? [],
      };
      if (text(next) === text(Object.fromEntries(Object.keys(next).map((name) => [name, field[name]])))) continue;
      const moved = text(field.effective) !== text(next.effective);
      Object.assign(field, next, { searched: undefined });
      this.#rows.get(field.key)?.draw(moved);
    }
    if (this.#isList()) this.#count(this.#found().length);
    this.#drawCounts();
    return true;
  }

  /** Draws all rows again, for an operator who may do something else by now. */
  redraw() {
    for (const row of this.#rows.values()) row.draw(false);
  }

  /** Shows one field. */
  reveal(key) {
    $("query").value = key;
    $("search").elements.only.value = "all";
    this.#find();
    const row = this.#rows.get(key);
    if (row === undefined) return $("query").focus();
    row.details.open = true;
    row.details.querySelector("summary").focus();
    row.details.scrollIntoView({ block: "center" });
  }

  #isList() {
    return this.#words.length > 0 || this.#only !== "all";
  }

  #found() {
    return this.#all.filter((field) => ONLY[this.#only](field) && this.#words.every((word) => this.#text(field).includes(word)));
  }

  #text(field) {
    const value = text(field.effective) ?? "";
    field.searched ??= `${field.key} ${value.slice(0, SHOWN)} ${text(field.desired) ?? ""} ${field.description ?? ""}`.toLowerCase();
    return field.searched;
  }

  #count(found) {
    const all = plural(this.#all.length, "field");
    const line = this.#isList() ? `${found.toLocaleString("en")} of ${all}` : all;
    if ($("count").textContent !== line) $("count").textContent = line;
  }

  #find() {
    this.#words = $("query").value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#only = $("search").elements.only.value;
    this.#rows.clear();
    const list = h("ul", { className: "rows" });
    if (this.#isList()) {
      const found = this.#found();
      this.#count(found.length);
      appendSome(list, found, (field) => this.#row(field, true));
      const nothing = this.#words.length > 0 ? "No field has these words in its key, value or description." : "No field is like that now.";
      $("tree").replaceChildren(found.length > 0 ? list : h("p", { className: "empty" }, nothing));
      this.#drawAllOpen();
      return;
    }
    this.#count();
    this.#fill(list, this.#root);
    $("tree").replaceChildren(list);
    this.#drawCounts();
    this.#drawAllOpen();
  }

  #closed() {
    return [...$("tree").querySelectorAll("details.section:not([open])")];
  }

  #drawAllOpen() {
    const sections = $("tree").querySelector("details.section");
    $("all-open").hidden = !sections || this.#all.length > MANY;
    $("all-open").textContent = this.#closed().length > 0 ? "Expand all" : "Collapse all";
  }

  #openAll() {
    let closed = this.#closed();
    if (closed.length === 0) {
      for (const section of $("tree").querySelectorAll("details.section")) section.open = false;
    }
    for (; closed.length > 0; closed = this.#closed()) {
      for (const section of closed) {
        section.open = true;
        // What is in it may have sections, too.
        section.fill?.();
      }
    }
    this.#drawAllOpen();
  }

  #fill(list, node) {
    appendSome(list, [...node.fields, ...node.sections],
      (child) => (child.sections === undefined ? this.#row(child, false) : this.#section(child)));
  }

  #section(node) {
    node.summary = h("span", { className: "section-tags" });
    const list = h("ul", { className: "rows" });
    const details = h("details", { className: "section" },
      h("summary", {}, icon("right"), h("code", { className: "key" }, node.name),
        h("span", { className: "about" }, node.description ?? ""), node.summary),
      list);
    details.fill = () => {
      details.fill = undefined;
      this.#fill(list, node);
      this.#drawCounts();
    };
    details.addEventListener("toggle", () => {
      node.open = details.open;
      this.#drawAllOpen();
      if (details.open) details.fill?.();
    });
    details.open = node.open;
    if (node.open) details.fill();
    return h("li", {}, details);
  }

  /** Draws what the sections say of the fields in them. */
  #drawCounts() {
    const counts = new Map();
    const add = (node, name) => {
      for (; node; node = node.parent) {
        if (!counts.has(node)) counts.set(node, { waiting: 0, overridden: 0 });
        counts.get(node)[name] += 1;
      }
    };
    for (const field of this.#all) {
      if (field.pending.length > 0) add(field.section, "waiting");
      if (field.override) add(field.section, "overridden");
    }
    const draw = (node) => {
      const { waiting, overridden } = counts.get(node) ?? {};
      node.summary?.replaceChildren(...[
        waiting && tag("wait", "wait", `${waiting} waiting`), overridden && tag("pin", "pin", `${overridden} overridden`),
        h("span", { className: "size" }, node.size.toLocaleString("en"), unseen(" fields")),
      ].filter(Boolean));
      if (node === this.#root || node.summary) node.sections.forEach(draw);
    };
    draw(this.#root);
  }

  #row(field, isFound) {
    const summary = h("summary", {});
    const panel = h("div", { className: "panel" });
    const details = h("details", { className: "field", "data-key": field.key }, summary, panel);
    const row = {
      details,
      draw: (moved) => {
        details.classList.toggle("unset", !isSet(field));
        summary.replaceChildren(icon("right"), this.#name(field, isFound), shown(field), tags(field),
          h("span", { className: `class ${field.class}` }, field.class));
        if (moved) {
          details.classList.remove("moved");
          requestAnimationFrame(() => details.classList.add("moved"));
        }
        if (details.open) this.#panel(panel, field);
      },
    };
    details.addEventListener("toggle", () => {
      field.open = details.open;
      if (details.open) this.#panel(panel, field);
    });
    this.#rows.set(field.key, row);
    row.draw(false);
    details.open = field.open ?? false;
    return h("li", {}, details);
  }

  /** Makes the name of a field; of one that was found, the whole key with the first word in it marked. */
  #name(field, isFound) {
    if (!isFound) return h("code", { className: "key" }, field.name);
    const at = this.#words.map((word) => [field.key.toLowerCase().indexOf(word), word.length]).find(([at]) => at >= 0);
    if (!at) return h("code", { className: "key" }, field.key);
    const [start, length] = at;
    return h("code", { className: "key" }, field.key.slice(0, start), h("mark", {}, field.key.slice(start, start + length)),
      field.key.slice(start + length));
  }

  #panel(panel, field) {
    const focused = panel.contains(document.activeElement) ? document.activeElement.textContent : undefined;
    const sources = h("ol", { className: "sources" }, h("li", { className: "note" }, "Asking…"));
    const fact = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
    const { override, pending } = field;
    const actions = this.actions.may() && field.class === "hot" && !field.secret && h("div", { className: "row-actions" },
      h("button", { type: "button", onclick: () => this.actions.override(field) }, override ? "Override otherwise…" : "Override…"),
      override && h("button", { type: "button", onclick: () => this.actions.end(override) }, "End the override…"));
    panel.replaceChildren(...[
      field.description && h("p", { className: "description" }, prose(field.description)),
      field.deprecated && h("p", { className: "notice warn" }, icon("warn"), h("span", {}, "Deprecated: ", prose(field.deprecated))),
      override && h("p", { className: "notice pin" }, icon("pin"), h("span", {}, "Overridden ", since(override.since), ": ", ...caused(override.by), ". It ",
        override.until ? ["ends ", when(override.until)] : "has no end", ". The sources ask for ",
        field.desired === undefined ? "the same" : inline(field.desired), ".")),
      ...pending.map((one) => h("div", { className: "notice wait" }, icon("wait"),
        h("div", {}, "Has waited for a restart ", since(one.since), ": ", ...caused(one.by), ".",
          h("ul", { className: "changes" }, change({ ...one, class: undefined }))))),
      h("dl", { className: "about-field" },
        fact("In force", field.secret ? tag("secret", "lock", "secret, never shown") : field.effective === undefined ? "no value" : block(field.effective)),
        fact("Class", field.class === "hot" ? "hot: a new value takes effect at once" : "restart: a new value takes effect at the next start"),
        fact("Type", ...prose(field.type)),
        field.default !== undefined && fact("Default", block(field.default)),
        fact("Set in", isSet(field) ? placed(field.origin) : "no source: the default holds")),
      h("h3", {}, "What each source says"), sources, actions,
    ].filter(Boolean));
    if (focused) [...panel.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
    this.actions.explain(field.key).then(({ explanation }) => {
      sources.replaceChildren(...explanation.rows.map(({ value, from = [], standing: outcome, ...origin }) =>
        h("li", { className: outcome === "wins" ? "wins" : "" }, placed(origin),
          value !== undefined && inline(value), from.length > 0 && h("span", { className: "note" }, `from ${from.join(", ")}`),
          h("span", { className: "standing" }, outcome === "wins" && icon("ok"), standing(outcome)))));
    }, (error) => sources.replaceChildren(h("li", { className: "note" }, error.message)));
  }
}

/** Makes the value of a field as its row shows it. */
function shown(field) {
  if (field.secret) return h("span", { className: "cell" }, h("span", { className: "tag secret" }, icon("lock"), h("span", {}, "hidden")));
  const value = field.effective === undefined ? h("span", { className: "absent" }, "no value") : inline(field.effective);
  if (field.desired === undefined || field.override) return h("span", { className: "cell" }, value);
  value.classList.add("old");
  return h("span", { className: "cell" }, value, icon("arrow"), unseen(" to "), inline(field.desired, "new"));
}

function tags(field) {
  const { override, pending, deprecated } = field;
  return h("span", { className: "tags" },
    override && h("span", { className: "tag pin" }, icon("pin"), h("span", {}, "overridden", override.until && [", ends ", when(override.until)])),
    pending.length > 0 && tag("wait", "wait", "waits"),
    deprecated && tag(isSet(field) ? "warn" : "faint", "warn", "deprecated"),
    h("span", { className: "from", title: place(field.origin) }, unseen("set in "), near(field.origin)));
}
