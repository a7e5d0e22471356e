// The tests of the admin page, in a real browser against a real service. `page.sh` installs what they need and runs them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

const { SERVICE, TOOLS, BROWSER, SCREENSHOTS } = process.env;
const require = createRequire(`${TOOLS}/`);
const { chromium } = require("playwright-core");
const { AxeBuilder } = require("@axe-core/playwright");

const PLANTED = "pl4nted-s3cret-0f-th3-d4tab4se";

/** The time that a test waits for anything, in milliseconds. */
const PATIENCE = 60_000;

let service, origin, file, start, olga, rita, browser;
let contexts = [];
let found = [];

before(async () => {
  service = spawn(SERVICE, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: service.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  origin = await next();
  file = `${await next()}/service.yaml`;
  olga = await next();
  rita = await next();
  start = readFileSync(file, "utf8");
  browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  service?.stdin.end();
});

// Holds for every page of every test: it asked nobody else, nothing was forbidden to it, and no secret is on it.
afterEach(async () => {
  for (const context of contexts) {
    for (const page of context.pages()) {
      const all = await page.evaluate(() => [
        document.documentElement.outerHTML, ...[...document.querySelectorAll("input, textarea")].map(({ value }) => value), document.title,
        JSON.stringify(localStorage), location.href,
      ].join("\n"));
      if (all.includes(PLANTED)) found.push("the planted secret is on the page");
      if (all.includes(olga) || all.includes(rita)) found.push("a token is on the page");
      if (await page.evaluate(() => localStorage.length) > 0) found.push("something is in the local storage");
    }
    await context.close();
  }
  const wrong = found;
  contexts = [];
  found = [];
  await settle();
  assert.deepEqual(wrong, []);
});

/** Asks the API as another client, who may change things, and returns the text of the answer. */
async function told(method, path, body) {
  const headers = { authorization: `Bearer ${olga}`, "content-type": "application/json" };
  const response = await fetch(`${origin}/admin/config/${path}`, { method, headers, body: body && JSON.stringify(body) });
  return response.text();
}

const ask = async (...request) => JSON.parse(await told(...request));

/** Changes the file. */
function write(...replacements) {
  let text = start;
  for (const [old, wanted] of replacements) {
    assert.ok(text.includes(old), old);
    text = text.replace(old, wanted);
  }
  writeFileSync(file, text);
}

/** Puts everything back as it was at the start. */
async function settle() {
  write();
  for (const { key } of (await ask("GET", "overrides")).overrides) await ask("DELETE", `overrides/${encodeURIComponent(key)}`);
  await ask("POST", "reload");
}

/** Opens the page, and writes down what must not happen. */
async function open({ path = "/admin/config", theme = "light", width = 1280, motion = "no-preference" } = {}) {
  const viewport = { width, height: 800 };
  const context = await browser.newContext({ colorScheme: theme, viewport, reducedMotion: motion });
  contexts.push(context);
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== "data:") found.push(`a request to ${url}`);
    if (url.href.includes(olga) || url.href.includes(rita)) found.push("a token in an address");
  });
  page.on("pageerror", (error) => found.push(`an error: ${error.stack}`));
  page.on("console", (message) => {
    // A browser writes down each answer of the API that is a refusal.
    const isAnswer = /^Failed to load resource: the server responded with a status of 4(00|01|12|22)/.test(message.text());
    const isWanted = page.breaks && message.text().includes("ERR_FAILED");
    if (["error", "warning"].includes(message.type()) && !isAnswer && !isWanted) found.push(`the console: ${message.text()}`);
  });
  await page.exposeBinding("violated", (_, directive) => found.push(`a violation of ${directive}`));
  await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) => violated(event.effectiveDirective)));
  await page.goto(origin + path);
  await page.locator("#token").waitFor();
  return page;
}

async function signIn(page, token = olga) {
  await page.locator("#token").fill(token);
  await page.keyboard.press("Enter");
  await page.locator("#app").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  return page;
}

const visit = async (options = {}) => signIn(await open(options), options.token);

/** Waits until there are so many of something. A page may make them a moment after it was told to. */
async function are(locator, number) {
  const end = Date.now() + PATIENCE;
  for (let found; (found = await locator.count()) !== number; await delay(20)) assert.ok(Date.now() < end, `${found} in place of ${number}`);
}

/** The row of a field, which is found by its key. */
async function row(page, key) {
  await page.locator("#query").fill(key);
  const found = page.locator(`details.field[data-key="${key}"]`);
  await found.waitFor();
  return found;
}

const dialog = (page) => page.locator("dialog");
const heading = (page, text) => dialog(page).getByRole("heading", { name: text }).waitFor();
const press = (page, name) => dialog(page).getByRole("button", { name, exact: true }).click();
const contains = async (locator, ...texts) => {
  for (const text of texts) await locator.filter({ hasText: text }).first().waitFor();
};

test("the page needs no token, and the data does", async () => {
  for (const path of ["/admin/config", "/admin/config/", "/a/b/wide"]) {
    const answer = await fetch(origin + path);
    assert.equal(answer.status, 200);
    const policy = answer.headers.get("content-security-policy");
    for (const part of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
      assert.ok(policy.includes(part), policy);
    }
    assert.ok(!policy.includes("unsafe"), policy);
    const text = await answer.text();
    assert.ok(!text.includes("limits") && !text.includes("olga"), "data is in the page itself");
  }
  assert.equal((await fetch(`${origin}/admin/config/config`)).status, 401);
});

test("a wrong token is refused with a reason, and the right one lets in", async () => {
  const page = await open({ path: "/admin/config/" });
  await page.locator("#token").fill("wrong");
  await page.keyboard.press("Enter");
  await contains(page.getByRole("alert"), "does not accept this token", "not known, or is revoked");
  assert.equal(await page.evaluate(() => document.activeElement.id), "token");
  await signIn(page);
  await contains(page.locator("#who"), "olga");
  assert.equal(await page.evaluate(() => document.activeElement.id), "headline");
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.reload();
  await page.locator("#token").waitFor();
  await page.locator("#keep").check();
  await page.locator("#token").focus();
  await signIn(page);
  await page.reload();
  await page.locator("#app").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#token").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  assert.equal(await page.locator("#tree .key").count(), 0, "data is left behind");
});

test("the fields are a tree that can be searched", async () => {
  const markup = `<img src=x onerror="document.title=1">`;
  write(["banner: Welcome back", `banner: ${JSON.stringify(markup)}`]);
  await ask("POST", "reload", { why: markup });
  const page = await visit();
  const section = page.locator("details.section").filter({ has: page.locator("[data-key='logging.level']") });
  await contains(section.locator("> summary"), "How the service logs.");
  assert.equal(await section.getAttribute("open"), "");
  await section.locator("> summary").click();
  await section.locator("[data-key='logging.level']").waitFor({ state: "hidden" });
  await section.locator("> summary").click();
  await section.locator("[data-key='logging.level']").waitFor();

  await page.locator("#query").fill("rack of shelves");
  await contains(page.locator("#tree"), "No field has these words");
  await page.locator("#query").fill("number CONNECTIONS");
  await contains(page.locator("#count"), "2 of 24 fields");
  await contains(page.locator("#tree"), "database.pool.idle", "database.pool.most");

  const workers = await row(page, "server.workers");
  await contains(workers.locator("summary"), "8", "restart");
  await workers.locator("summary").click();
  await contains(workers, "The number of threads.", "a new value takes effect at the next start", "integer, 0 to 65535", "service.yaml:4:12", "wins");
  const password = await row(page, "database.password");
  await password.locator("summary").click();
  await contains(password, "hidden", "secret, never shown");
  assert.equal(await password.getByRole("button").count(), 0);

  const banner = await row(page, "banner");
  await contains(banner.locator("summary"), "<img src=x onerror=");
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.title(), "Configuration");
});

test("a plan is shown, and carried out once it is confirmed", async () => {
  const page = await visit();
  write(["rate: 100", "rate: 120"], ["workers: 8", "workers: 16"]);
  await page.getByRole("button", { name: "Plan a reload…" }).click();
  await contains(dialog(page), "1 value takes effect at once, 1 value waits for a restart.", "limits.rate", "server.workers");
  assert.equal((await ask("GET", "config/limits.rate")).fields[0].effective, 100, "a plan changes nothing");
  await dialog(page).getByLabel("Why (optional)").fill("more requests");
  const [request] = await Promise.all([page.waitForRequest("**/reload"), press(page, "Reload")]);
  assert.match((await request.allHeaders())["if-match"], /^"\d+"$/);
  await heading(page, /^Reload #\d+ applied$/);
  await contains(dialog(page), "limits.rate", "server.workers");
  await press(page, "Close");
  await contains(page.locator("#headline"), "1 value waits for a restart");
  await contains(page.locator("#attention"), "server.workers");
  await contains(page.locator("#activity > li").first(), "applied", "more requests", "limits.rate");
  await contains(await row(page, "limits.rate"), "120");
  await contains((await row(page, "server.workers")).locator("summary"), "8", "16", "waits");
  await page.locator("#query").fill("");
  await page.getByLabel("Waiting", { exact: true }).check();
  await contains(page.locator("#count"), "1 of 24 fields");
});

test("a reload that is rejected tells the key and the line", async () => {
  const page = await visit();
  write(["rate: 100", "rate: 120"]);
  await page.getByRole("button", { name: "Plan a reload…" }).click();
  await contains(dialog(page), "limits.rate");
  // The file is broken after the plan.
  write(["burst: 400", "burst: 40"]);
  await press(page, "Reload");
  await heading(page, /^Reload #\d+ rejected$/);
  await contains(dialog(page), "Nothing has changed", "limits.burst", "must not be less than limits.rate", "service.yaml:22:10");
  await press(page, "Close");
  await contains(page.locator("#headline"), "The sources are refused");
  await contains(page.locator("#attention"), "The next start would fail", "limits.burst", "service.yaml:22:10");
  await contains(page.locator("#activity > li").first(), "rejected", "limits.burst");
  await page.getByRole("button", { name: "Plan a reload…" }).click();
  await contains(dialog(page), "A reload would be rejected", "limits.burst", "service.yaml:22:10");
  assert.ok(await dialog(page).getByRole("button", { name: "Reload", exact: true }).isDisabled());
});

test("a rollback shows its diff before it runs", async () => {
  const page = await visit();
  const before = (await ask("GET", "status")).generation;
  write(["rate: 100", "rate: 130"], ["workers: 8", "workers: 16"]);
  await ask("POST", "reload");
  await ask("PUT", "overrides/logging.level", { value: "debug" });
  await contains(page.locator("#headline"), "1 value waits for a restart");
  await contains(page.locator("#attention"), "logging.level");
  await page.getByRole("button", { name: `Go back… (generation ${before})` }).click();
  await heading(page, `Go back to generation ${before}`);
  const change = dialog(page).locator(".change").filter({ hasText: "limits.rate" });
  assert.equal(await change.locator(".old .value").innerText(), "130");
  assert.equal(await change.locator(".new .value").innerText(), "100");
  const ended = dialog(page).locator(".change").filter({ hasText: "logging.level" });
  await contains(ended, "its override ends");
  assert.equal(await ended.locator(".new .value").innerText(), `"info"`);
  await press(page, "Roll back");
  await heading(page, /^Reload #\d+ applied$/);
  await press(page, "Close");
  await contains(await row(page, "limits.rate"), "100");
  await contains(page.locator("#activity > li").first(), `went back to generation ${before}`);
});

test("an override has an end, and can be ended before", async () => {
  const page = await visit();
  const level = await row(page, "logging.level");
  await level.locator("summary").click();
  await level.getByRole("button", { name: "Override…" }).click();
  await dialog(page).getByLabel("Value").selectOption(`"debug"`);
  await dialog(page).getByLabel("Why (optional)").fill("slow logins");
  const [request] = await Promise.all([page.waitForRequest("**/overrides/*"), press(page, "Override")]);
  assert.deepEqual(request.postDataJSON(), { value: "debug", for: "15m", why: "slow logins" });
  assert.match((await request.allHeaders())["if-match"], /^"\d+"$/);
  await heading(page, /^Reload #\d+ applied$/);
  await press(page, "Close");
  await contains(level.locator("summary"), "debug", "overridden, ends in 14 min");
  await contains(page.locator("#attention"), "logging.level", "slow logins", "It ends in 14 min");
  await page.getByRole("button", { name: "End it… (logging.level)" }).click();
  await contains(dialog(page), "logging.level", "debug", "info");
  await press(page, "End the override");
  await heading(page, /^Reload #\d+ applied$/);
  await press(page, "Close");
  await contains(page.locator("#headline"), "Everything is as the sources say");
  await contains(page.locator("#activity > li").first(), "ended the override of logging.level");
  await contains((await row(page, "logging.level")).locator("summary"), "info");

  const rate = await row(page, "limits.rate");
  await rate.locator("summary").click();
  await rate.getByRole("button", { name: "Override…" }).click();
  await dialog(page).getByLabel("Value").fill("401");
  await dialog(page).getByLabel("For", { exact: true }).selectOption("another time…");
  await dialog(page).getByLabel("For how long exactly").fill("2s");
  await press(page, "Override");
  await heading(page, /^Reload #\d+ rejected$/);
  await contains(dialog(page), "limits.burst");
  await press(page, "Close");
  await rate.getByRole("button", { name: "Override…" }).click();
  await dialog(page).getByLabel("Value").fill("200");
  await dialog(page).getByLabel("For", { exact: true }).selectOption("another time…");
  await dialog(page).getByLabel("For how long exactly").fill("soon");
  await press(page, "Override");
  await contains(dialog(page).getByRole("alert"), "a duration such as");
  await dialog(page).getByLabel("For how long exactly").fill("2s");
  await press(page, "Override");
  await heading(page, /^Reload #\d+ applied$/);
  await press(page, "Close");
  await contains(page.locator("#activity > li").first(), "the end of an override", "200", "100");
  await contains(rate.locator("summary"), "100");
});

test("a large integer is shown and sent as it is", async () => {
  const page = await visit();
  const seed = await row(page, "features.seed");
  await contains(seed.locator("summary"), "9007199254740993");
  await seed.locator("summary").click();
  await seed.getByRole("button", { name: "Override…" }).click();
  assert.equal(await dialog(page).getByLabel("Value").inputValue(), "9007199254740993");
  await dialog(page).getByLabel("Value").fill("18446744073709551615");
  await contains(dialog(page), "Sent as JSON: 18446744073709551615");
  await press(page, "Override");
  await heading(page, /^Reload #\d+ applied$/);
  await contains(dialog(page), "9007199254740993", "18446744073709551615");
  await press(page, "Close");
  await contains(seed.locator("summary"), "18446744073709551615");
  const now = await told("GET", "config/features.seed");
  assert.ok(now.includes(`"effective":18446744073709551615`), now);

  // A browser that cannot keep a number as it is written sends the text, of which the service makes the same.
  await page.evaluate(() => { delete JSON.rawJSON; });
  await seed.getByRole("button", { name: "Override otherwise…" }).click();
  await dialog(page).getByLabel("Value").fill("9007199254740995");
  const [request] = await Promise.all([page.waitForRequest("**/overrides/*"), press(page, "Override")]);
  assert.equal(request.postDataJSON().value, "9007199254740995");
  await heading(page, /^Reload #\d+ applied$/);
  assert.ok((await told("GET", "config/features.seed")).includes(`"effective":9007199254740995`));
});

test("the feed tells of what others do, and is read out", async () => {
  const page = await visit();
  write(["rate: 100", "rate: 140"]);
  await ask("POST", "reload", { why: "from elsewhere" });
  await contains(page.locator("#activity > li").first(), "applied", "olga", "from elsewhere", "limits.rate", "140");
  await contains(page.locator("#said"), "by olga: applied, 1 change");
  await contains(await row(page, "limits.rate"), "140");
  const report = page.locator("#activity > li").first();
  await report.locator("summary").click();
  await contains(report, "In force now", "service.yaml:21:9");
});

test("a feed that breaks goes on where it was", async () => {
  const page = await open();
  page.breaks = true;
  await page.route("**/events", (route) => route.abort());
  await page.locator("#token").fill(olga);
  await page.keyboard.press("Enter");
  await contains(page.locator("#connection"), "Connection lost");
  write(["rate: 100", "rate: 150"]);
  const { id } = await ask("POST", "reload");
  await page.unroute("**/events");
  await contains(page.locator("#connection"), "Live");
  await contains(page.locator("#activity > li").first(), `#${id}`, "150");
  await contains(await row(page, "limits.rate"), "150");
});

test("a reader sees nothing that would be refused, and is signed out once revoked", async () => {
  await ask("PUT", "overrides/logging.level", { value: "debug", for: "15m" });
  const page = await visit({ token: rita });
  await contains(page.locator("#who"), "rita", "may look");
  await page.getByRole("button", { name: "See what a reload would do…" }).click();
  await contains(dialog(page), "Nothing would change");
  assert.deepEqual(await dialog(page).locator(".dialog-foot button").allInnerTexts(), ["Close"]);
  await press(page, "Close");
  await page.locator("#history button").first().click();
  await contains(dialog(page), "compared with now");
  assert.equal(await dialog(page).getByRole("button", { name: "Roll back" }).count(), 0);
  await page.keyboard.press("Escape");
  const level = await row(page, "logging.level");
  await level.locator("summary").click();
  await contains(level, "Overridden", "wins");
  assert.equal(await level.getByRole("button").count(), 0);
  assert.equal(await page.locator("#attention button").count(), 0);

  write(["name: rita, role: read", "name: rita, role: operate"]);
  await ask("POST", "reload");
  await level.getByRole("button", { name: "End the override…" }).waitFor();
  const last = start.trimEnd().split("\n").at(-1);
  write([`${last}\n`, ""]);
  await ask("POST", "reload");
  await contains(page.getByRole("alert"), "does not accept this token");
  assert.equal(await page.locator("#tree .key").count(), 0, "data is left behind");
});

test("who was too late is told, and decides again", async () => {
  const page = await visit();
  write(["rate: 100", "rate: 160"]);
  await page.getByRole("button", { name: "Plan a reload…" }).click();
  await contains(dialog(page), "limits.rate");
  await ask("PUT", "overrides/features.export", { value: true, for: "15m" });
  await press(page, "Reload");
  await contains(dialog(page).getByRole("alert"), "Somebody was faster.", "Nothing was done.");
  assert.equal((await ask("GET", "config/limits.rate")).fields[0].effective, 100);
  await contains(page.locator("#attention"), "features.export");
  await press(page, "Reload");
  await heading(page, /^Reload #\d+ applied$/);
  await press(page, "Close");

  const banner = await row(page, "banner");
  await banner.locator("summary").click();
  await banner.getByRole("button", { name: "Override…" }).click();
  await dialog(page).getByLabel("Value").fill("Closed");
  await ask("DELETE", "overrides/features.export");
  await press(page, "Override");
  await contains(dialog(page).getByRole("alert"), "Somebody was faster.");
  assert.equal(await dialog(page).getByLabel("Value").inputValue(), "Closed", "what was typed stays");
  await press(page, "Override");
  await heading(page, /^Reload #\d+ applied$/);
});

test("the keyboard is enough, and the focus is seen", async () => {
  const page = await visit();
  const focused = () => page.evaluate(() => document.activeElement.innerText?.trim() || document.activeElement.id);
  /** Waits until the focus is at what has this text: it comes back a moment after a dialog is closed. */
  const comesBack = async (pattern) => {
    const end = Date.now() + PATIENCE;
    for (let at; !pattern.test(at = await focused()); await delay(20)) assert.ok(Date.now() < end, `the focus is at ${at}`);
  };
  /** Presses a key until the focus is at what has this text, and sees it on the way. */
  const reach = async (wanted, key = "Tab") => {
    for (let presses = 0; presses < 80; presses += 1) {
      await page.keyboard.press(key);
      const outlined = await page.evaluate(() => {
        const at = document.activeElement;
        const seen = (element) => element && getComputedStyle(element).outlineStyle !== "none";
        return at === document.body || seen(at) || seen(at.nextElementSibling);
      });
      assert.ok(outlined, `the focus at ${await focused()} is not seen`);
      if ((await focused()).includes(wanted)) return;
    }
    assert.fail(`${wanted} is not reached`);
  };
  await reach("Plan a reload…");
  await page.keyboard.press("Enter");
  await contains(dialog(page), "Nothing would change");
  await reach("Reload all the same");
  await page.keyboard.press("Escape");
  await comesBack(/^Plan a reload…$/);
  await reach("query");
  await page.keyboard.type("features.search");
  await contains(page.locator("#count"), "1 of 24 fields");
  await reach("features.search");
  await page.keyboard.press("Enter");
  await contains(page.locator("#tree"), "The new search.", "wins");
  await reach("Override…");
  await page.keyboard.press("Enter");
  await heading(page, "Override a value");
  assert.equal(await focused(), await page.locator("#value").innerText().then((text) => text.trim()));
  await page.keyboard.press("ArrowDown");
  await contains(page.locator("#value-note"), "false");
  await reach("why");
  await page.keyboard.type("by keyboard");
  await page.keyboard.press("Enter");
  await heading(page, /^Reload #\d+ applied$/);
  await reach("Close");
  await page.keyboard.press("Enter");
  await contains(page.locator("#tree"), "overridden");
  await page.keyboard.press("Tab");
  await reach("Go back…");
  await page.keyboard.press("Enter");
  await heading(page, /^Go back to generation/);
  await reach("Cancel");
  await page.keyboard.press("Enter");
  await comesBack(/^Go back…/);
});

for (const theme of ["light", "dark"]) {
  for (const width of [1280, 360]) {
    test(`axe finds nothing, and nothing is wider than the window (${theme}, ${width} px)`, async () => {
      write(["workers: 8", "workers: 16"], ["rate: 100", "rate: 170"]);
      await ask("POST", "reload", { why: "a reason of some length, so that it has to be broken into lines" });
      await ask("PUT", "overrides/logging.level", { value: "debug", for: "15m", why: "slow logins" });
      write(["burst: 400", "burst: 40"]);
      await ask("POST", "reload");
      const page = await open({ theme, width });
      const check = async (what) => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        const told = violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes.map(({ html }) => html.slice(0, 150)).join(" | ")}`);
        assert.deepEqual(told, []);
        const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= window, `${what}: ${wide} px`);
        const cut = await page.evaluate(() => [...document.querySelectorAll("dialog, .dialog-body")].some((one) => one.scrollWidth > one.clientWidth));
        assert.ok(!cut, `${what}: the dialog is too wide`);
      };
      await check("signing in");
      await signIn(page);
      await check("the page");
      for (const report of (await page.locator("#activity summary").all()).slice(0, 3)) await report.click();
      for (const key of ["server.workers", "tokens", "logging.level"]) {
        const field = await row(page, key);
        await field.locator("summary").click();
        await contains(field, "wins");
        await check(key);
      }
      await page.getByRole("button", { name: "Override otherwise…" }).click();
      await check("an override");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Plan a reload…" }).click();
      await contains(dialog(page), "limits.burst");
      await check("a plan that is refused");
      await page.keyboard.press("Escape");
      await page.locator("#history button").first().click();
      await contains(dialog(page), "From now to then");
      await check("a rollback");
    });
  }
}

test("nothing moves for those who want it so", async () => {
  const page = await visit({ motion: "reduce" });
  write(["rate: 100", "rate: 180"]);
  await ask("POST", "reload");
  await page.locator(".new .report summary").first().waitFor();
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
});

test("a node shows its fleet: stages, refusals with their places, and every node", async () => {
  const page = await visit({ path: "/fleet" });
  const fleet = page.locator("#fleet");
  await contains(fleet, "Version 2 has halted in stage 2 of 3", "coach/dev, of which this is node n1", "alice@desk", "<b>for the night</b>");
  assert.equal(await fleet.locator("q b").count(), 0, "a reason is no markup");
  assert.equal(await fleet.locator(".stage").count(), 3);
  await contains(fleet.locator("[aria-current=step]"), "2. 50 %", "1 refused");
  await contains(fleet.locator("#fleet-facts"), "305", "n5 to version 1");
  const refusing = fleet.locator(".finding").first();
  await contains(refusing, "n3", "Rejects version 2", "rate", "too much, write 8 or less", "coach.yaml@2:1:7");
  await contains(fleet.locator("#fleet-nodes"), "n2", "Waits for a restart: server.port", "n4", "Without the store", "127.0.0.1:2379", "n5", "Has its own: rate");
  assert.equal(await fleet.locator("#fleet-nodes > li").count(), 4, "others have nothing to tell");
  // With the keyboard alone.
  await page.getByRole("link", { name: "Fleet", exact: true }).press("Enter");
  assert.ok(page.url().endsWith("#fleet-title"));
  const all = fleet.locator("#all-nodes > summary");
  await all.focus();
  await page.keyboard.press("Enter");
  await contains(fleet.locator("#all-nodes-list"), "more-000", "version 2", "region=us", "n1 this one");
  await fleet.getByRole("button", { name: "Show 105 more of 105" }).waitFor();
  // It stays open, and with the focus, over looks that find nothing new.
  await page.waitForResponse((response) => response.url().endsWith("/fleet/fleet"));
  assert.equal(await page.evaluate(() => document.activeElement.closest("details")?.id), "all-nodes");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#token").waitFor();
  assert.equal(await fleet.locator("code").count(), 0, "data is left behind");
});

for (const theme of ["light", "dark"]) {
  for (const width of [1280, 360]) {
    test(`axe finds nothing on the page of a fleet (${theme}, ${width} px)`, async () => {
      const page = await visit({ path: "/fleet", theme, width });
      await contains(page.locator("#fleet"), "Version 2 has halted");
      await page.locator("#all-nodes > summary").click();
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 150)).join(" | ")}`), []);
      const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= window, `${wide} px`);
    });
  }
}

test("a fleet out of reach is said, and what is known stays", async () => {
  const page = await visit({ path: "/fleet" });
  await contains(page.locator("#fleet"), "Version 2 has halted");
  const lost = { since: new Date().toISOString(), reason: "the cable was pulled" };
  await page.route("**/fleet/fleet", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), out_of_reach: lost } });
  });
  await contains(page.locator("#fleet"), "out of reach", "the cable was pulled", "from before", "Version 2 has halted");
});

test("a service in no fleet has no such section, and asks for none", async () => {
  const page = await open();
  let asked = false;
  page.on("request", (request) => { asked ||= request.url().endsWith("/fleet"); });
  await signIn(page);
  assert.ok(await page.locator("#fleet").isHidden());
  assert.ok(await page.locator("#fleet-link").isHidden());
  assert.equal(asked, false);
});

test("10 000 fields stay usable", async () => {
  const page = await open({ path: "/a/b/wide" });
  await signIn(page);
  await contains(page.locator("#count"), "10,000 fields");
  const rows = page.locator("#tree details");
  await are(rows, 10); // Only what is looked at is made.
  for (let opened = 1; opened <= 3; opened += 1) {
    await page.locator("#tree details.section:not([open]) > summary").first().click();
    await are(rows, 10 + 10 * opened);
  }
  await contains(page.locator("#tree"), "f9");
  await page.locator("#query").fill("f9.f9.f9.f9");
  await contains(page.locator("#count"), "1 of 10,000 fields");
  await contains(page.locator("#tree"), "9999");
  await page.locator("#query").fill("f");
  await contains(page.locator("#count"), "10,000 of 10,000 fields");
  await are(rows, 200);
  await page.getByRole("button", { name: "Show 200 more of 9,800" }).click();
  await are(rows, 400);
  const field = await row(page, "f1.f2.f3.f4");
  await field.locator("summary").click();
  await field.getByRole("button", { name: "Override…" }).click();
  await dialog(page).getByLabel("Value").fill("7");
  await press(page, "Override");
  await heading(page, /^Reload #\d+ applied$/);
  await press(page, "Close");
  await contains(field.locator("summary"), "7", "overridden");
});

test("screenshots in both themes and two widths", { skip: !SCREENSHOTS && "only page.sh --screenshots takes them" }, async () => {
  write(["rate: 100", "rate: 120"], ["workers: 8", "workers: 16"]);
  await ask("POST", "reload", { why: "more requests" });
  await ask("PUT", "overrides/logging.level", { value: "debug", for: "15m", why: "slow logins" });
  for (const theme of ["light", "dark"]) {
    for (const width of [1280, 360]) {
      const page = await visit({ theme, width });
      await page.locator("details.field[data-key='limits.rate'] > summary").click();
      // Where the head of the page is.
      await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
      await page.screenshot({ path: `${SCREENSHOTS}/${theme}-${width}.png`, fullPage: true });
    }
  }
});
