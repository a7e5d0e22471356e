// The dialogs: each shows what will happen before it does, and what did after.

let number = 0;

/** Opens a dialog. It closes with Escape, and gives the focus back to where it was. */
function open(title) {
  const id = `dialog-${number += 1}`;
  const opener = document.activeElement;
  const heading = h("h2", { id, tabIndex: -1 }, title);
  const body = h("div", { className: "dialog-body" });
  // So that Enter in a field does what the button does.
  const form = h("form", { noValidate: true }, body, h("button", { type: "submit", hidden: true }));
  const foot = h("div", { className: "dialog-foot" });
  const close = h("button", { type: "button", className: "quiet close", "aria-label": "Dismiss" }, icon("close"));
  const element = h("dialog", { "aria-labelledby": id }, h("div", { className: "dialog-head" }, heading, close), form, foot);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    foot.querySelector(".primary:enabled")?.click();
  });
  const dialog = {
    element,
    body,
    /** Shows something else, with buttons below. A screen reader goes on at the heading. */
    show(heading_, content, buttons = []) {
      heading.textContent = heading_;
      body.replaceChildren(...content.flat().filter(Boolean));
      foot.replaceChildren(...buttons.filter(Boolean));
      foot.hidden = buttons.length === 0;
      if (!element.contains(document.activeElement) || document.activeElement === element) heading.focus();
    },
    focusHeading: () => heading.focus(),
    close: () => element.close(),
  };
  close.onclick = dialog.close;
  element.addEventListener("close", () => {
    element.remove();
    if (opener?.isConnected) opener.focus();
    else $("headline").focus();
  });
  document.body.append(element);
  element.showModal();
  heading.focus();
  return dialog;
}

function closeAll() {
  for (const element of document.querySelectorAll("dialog")) element.close();
}

const button = (label, onclick, className = "") => h("button", { type: "button", className, onclick }, label);

const notice = (kind, symbol, ...content) => h("div", { className: `notice ${kind}`, role: "alert" }, icon(symbol), h("div", {}, ...content));

const reason = () => h("input", { id: "why", type: "text", maxLength: 1000, autocomplete: "off" });

const field = (label, input, note) => h("div", { className: "control" }, h("label", { htmlFor: input.id }, label), input,
  note && h("p", { className: "note", id: `${input.id}-note` }, note));

const WHY = "Stands in the report and in the audit.";

const list = (title, items, make = change) =>
  items.length > 0 && [h("h3", {}, title), appended(h("ul", { className: "changes" }), items, make)];

function appended(element, items, make) {
  appendSome(element, items, (item) => make(item));
  return element;
}

/** Shows what came of a change. */
function outcome(dialog, { status, body }) {
  const done = [button("Close", dialog.close, "primary")];
  if (status === 202) {
    dialog.show("It is still running", [h("p", {}, body.detail)], done);
  } else {
    const { word, kind, symbol } = VERDICTS[body.verdict];
    dialog.show(`Reload #${body.id} ${word}`, [
      h("div", { className: `notice ${kind}` }, icon(symbol), h("div", {}, body.verdict === "rejected"
        ? "Nothing has changed: everything stays as it was."
        : `Generation ${body.generation} is in force. It took ${brief(body.duration_us)}.`)),
      ...told(body)], done);
  }
  dialog.focusHeading();
}

/**
 * Sends a change, and shows what came of it. Where another generation is in force than the operator has seen, `again` shows the
 * change anew, with the reason why above it: he decides once more, and knows what has changed.
 */
async function send(dialog, api, change, again) {
  const buttons = [...dialog.element.querySelectorAll("button, input, select, textarea")].filter((control) => !control.disabled);
  const enable = (on) => buttons.forEach((control) => { control.disabled = !on; });
  dialog.element.querySelector(".notice[role=alert]")?.remove();
  enable(false);
  dialog.focusHeading();
  try {
    const answer = await change();
    enable(true);
    outcome(dialog, answer);
  } catch (error) {
    enable(true);
    if (error.status === 412) {
      await api.refresh();
      const { generation, expected } = error.details;
      await again(notice("warn", "warn", h("b", {}, "Somebody was faster."), ` Generation ${generation} is in force, and you looked at ${expected ?? "another one"}. `
        + "Nothing was done. This is how it looks now:"));
      return;
    }
    if (api.failed(error)) return;
    dialog.body.prepend(notice("bad", "bad", error.message, error.details?.problems && problems(error.details.problems)));
    dialog.body.scrollTop = 0;
  }
}

/** Shows what a reload would do, and reloads once that is confirmed. */
async function planDialog(api) {
  const dialog = open("Plan a reload");
  const draw = async (above) => {
    dialog.show("Plan a reload", [above, h("p", { className: "note" }, "Reading the sources…")]);
    let plan, tag, refused;
    try {
      ({ body: plan, tag } = await ask("POST", "plan"));
    } catch (error) {
      if (api.failed(error)) return;
      if (error.status !== 422) return dialog.show("Plan a reload", [above, notice("bad", "bad", error.message)], [button("Try again", () => draw(), "primary")]);
      refused = error.details;
      tag = undefined;
    }
    const why = reason();
    const shrinking = h("input", { type: "checkbox", id: "shrinking" });
    const run = button("Reload", () => send(dialog, api, () => ask("POST", "reload", {
      match: tag, body: { why: why.value || undefined, confirm_shrinking: shrinking.checked },
    }), draw), "primary");
    const may = api.may();
    let content;
    if (refused) {
      run.disabled = true;
      shrinking.onchange = () => { run.disabled = !shrinking.checked; };
      content = [notice("bad", "bad", "A reload would be rejected, and everything would stay as it is."), problems(refused.problems),
        may && h("label", { className: "check" }, shrinking, " A file may set far less than before: reload if that is the only problem")];
    } else {
      const { changes, pending, shadowed, warnings } = plan;
      const nothing = changes.length + pending.length === 0;
      if (nothing) run.textContent = "Reload all the same";
      const parts = [changes.length > 0 && `${plural(changes.length, "value takes", "values take")} effect at once`,
        pending.length > 0 && `${plural(pending.length, "value waits", "values wait")} for a restart`].filter(Boolean);
      content = [h("p", { className: "lead" }, nothing ? "Nothing would change: the sources say what is in force." : `${parts.join(", ")}.`),
        list("Takes effect at once", changes), list("Waits for a restart", pending),
        list("Without effect", shadowed, (one) => h("li", { className: "change" }, h("code", { className: "key" }, one.key),
          h("div", { className: "at" }, placed(one.origin), ` is set, but ${one.by} wins`))),
        warnings.length > 0 && [h("h3", {}, "Warnings"), problems(warnings)]];
    }
    dialog.show("Plan a reload", [above, ...content, may && field("Why (optional)", why, WHY)], [button(may ? "Cancel" : "Close", dialog.close), may && run]);
  };
  await draw();
}

/** Adds the overrides to the changes of a rollback, which ends all of them: the diff of two generations knows nothing of them. */
function withOverrides(changes, api) {
  const all = changes.map((one) => ({ ...one }));
  for (const { key, value } of api.overrides()) {
    const own = all.find((one) => one.key === key);
    const isInside = (one) => [".", "["].some((next) => one.key.startsWith(key + next));
    if (own) Object.assign(own, { old: value, ends: true });
    else if (!all.some(isInside)) all.push({ key, old: value, new: api.field(key)?.desired ?? value, ends: true });
    else all.filter(isInside).forEach((one) => { one.ends = true; });
  }
  return all;
}

/** Returns true for a change by which the admin API has a token that it does not have now. */
function isOfTokens({ key, new: wanted }) {
  const isToken = (item) => item?.sha256 !== undefined && item.role !== undefined;
  return wanted !== undefined && (key.endsWith(".sha256") || [wanted].flat().some(isToken));
}

/** Shows what an earlier generation had otherwise, and goes back to it once that is confirmed. */
async function backDialog(api, generation) {
  const may = api.may();
  const title = may ? `Go back to generation ${generation}` : `Generation ${generation}, compared with now`;
  const dialog = open(title);
  const draw = async (above) => {
    const now = api.generation();
    const tag = api.tag();
    let changes;
    try {
      ({ changes } = (await ask("GET", `history/${now}/diff/${generation}`)).body);
    } catch (error) {
      if (!api.failed(error)) dialog.show(title, [above, notice("bad", "bad", error.message)], [button("Close", dialog.close)]);
      return;
    }
    const hot = withOverrides(changes.filter((one) => one.class === "hot"), api);
    const rest = changes.filter((one) => one.class !== "hot");
    const why = reason();
    const run = button("Roll back", () => send(dialog, api, () => ask("POST", "rollback", {
      match: tag, body: { generation, why: why.value || undefined },
    }), draw), "primary danger");
    dialog.show(title, [above,
      h("p", { className: "lead" }, changes.length + hot.length === 0 ? "It says what is in force now." : `${plural(hot.length, "hot value", "hot values")} would be as then. The files stay as they are.`),
      list("From now to then", hot, (one) => change(one, one.ends && "its override ends")),
      hot.some(isOfTokens) && notice("warn", "warn", "Operators are let in as then: a token that was revoked since counts again."),
      list("Stays as it is", rest, (one) => change(one, "needs a restart: change the source")),
      may && field("Why (optional)", why, WHY)], [button(may ? "Cancel" : "Close", dialog.close), may && run]);
  };
  await draw();
}

/** Returns the choices of a field that has some, each as JSON. */
function choices({ type, words }) {
  if (type === "boolean") return ["true", "false"];
  return words?.map(({ value }) => JSON.stringify(value));
}

/**
 * Returns the JSON that a text stands for: text where the field has text, and otherwise what JSON makes of it. An integer that the
 * browser would change is sent as text, of which the field makes the same.
 */
function meant(input, { type, words, effective, desired }) {
  if (choices({ type, words })) return parsed(input);
  const isText = [effective, desired].some((value) => typeof value === "string");
  if (isText || type === "string") return input;
  try {
    const value = parsed(input);
    return isUnsafe(value) ? input.trim() : value;
  } catch {
    return input;
  }
}

const PERIODS = [["5m", "5 minutes"], ["15m", "15 minutes"], ["1h", "1 hour"], ["4h", "4 hours"], ["1d", "1 day"], ["other", "another time…"], ["", "until somebody ends it"]];

/** Gives a field another value for a while. */
function overrideDialog(api, of) {
  const title = "Override a value";
  const dialog = open(title);
  const current = of.effective;
  const options = choices(of);
  const start = typeof current === "string" && !options ? current : current === undefined ? "" : spread(current);
  const value = options
    ? h("select", { id: "value" }, options.map((option) => h("option", { value: option, selected: option === start }, option)))
    : h("textarea", { id: "value", rows: Math.min(10, start.split("\n").length), spellcheck: false, autocapitalize: "off" }, start);
  value.setAttribute("aria-describedby", "value-note");
  const lasts = h("select", { id: "lasts" }, PERIODS.map(([period, words]) => h("option", { value: period, selected: period === "15m" }, words)));
  const other = h("input", { id: "other", type: "text", placeholder: "1h 30m", autocomplete: "off", spellcheck: false });
  const otherField = field("For how long exactly", other);
  const why = reason();
  const sent = h("p", { className: "note", id: "value-note", role: "status" });
  const preview = () => {
    const json = meant(value.value, of);
    const kind = typeof json === "string" ? "text" : "JSON";
    sent.replaceChildren(`Sent as ${kind}: `, h("code", {}, text(json).slice(0, 200)));
    otherField.hidden = lasts.value !== "other";
  };
  const form = h("div", { className: "controls" },
    h("div", { className: "control" }, h("label", { htmlFor: "value" }, "Value ", !options && h("span", { className: "note" }, prose(of.type))), value, sent),
    field("For", lasts), otherField, field("Why (optional)", why, WHY));
  form.addEventListener("input", preview);
  preview();
  let match;
  const run = () => send(dialog, api, () => ask("PUT", `overrides/${keyPath(of.key)}`, {
    match,
    body: { value: meant(value.value, of), for: (lasts.value === "other" ? other.value.trim() : lasts.value) || undefined, why: why.value || undefined },
  }), draw);
  const draw = (above) => {
    // Of what the operator sees from here on.
    match = api.tag();
    const facts = [h("p", { className: "lead" }, h("code", { className: "key" }, of.key)),
      h("ul", { className: "changes" }, h("li", { className: "change" }, h("div", { className: "change-head" }, h("span", { className: "note" }, "in force now")),
        of.effective === undefined ? h("span", { className: "absent" }, "no value") : inline(of.effective)))];
    dialog.show(title, [above, ...facts, form], [button("Cancel", dialog.close), button("Override", run, "primary")]);
    value.focus();
  };
  draw();
}

/** Ends an override before its time. */
function endDialog(api, override) {
  const title = "End an override";
  const dialog = open(title);
  const draw = (above) => {
    const now = api.field(override.key);
    if (!now?.override) return dialog.show(title, [above, h("p", {}, "It has ended already.")], [button("Close", dialog.close, "primary")]);
    const match = api.tag();
    const why = reason();
    const run = button("End the override", () => {
      const query = why.value ? `?why=${encodeURIComponent(why.value)}` : "";
      return send(dialog, api, () => ask("DELETE", `overrides/${keyPath(override.key)}${query}`, { match }), draw);
    }, "primary");
    dialog.show(title, [above, h("p", { className: "lead" }, "The field has what the sources ask for again."),
      h("ul", { className: "changes" }, change({ key: override.key, old: now.effective, new: now.desired ?? now.effective })),
      field("Why (optional)", why, WHY)], [button("Cancel", dialog.close), run]);
  };
  draw();
}
