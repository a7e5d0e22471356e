// The tests of what editors show of a configuration file, against the language servers that they run. `editors.sh` installs these
// and runs the tests.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Editor } from "./editor.mjs";

const { COACH, AUTHORED } = process.env;

/** The directory that the editors have open; `below` is one for drop-ins. */
const root = mkdtempSync(join(tmpdir(), "dlc-reload-editors-"));
const conf_d = join(root, "conf.d");

/** Writes a file, and has it name its schema. */
function installed(program, name, text) {
  const path = join(root, name);
  writeFileSync(path, text);
  execFileSync(program, ["config", "schema", "--install", path], { cwd: root });
  return { path, mark: readFileSync(path, "utf8").slice(0, -text.length) };
}

/** The texts that say the same in each language. */
const LANGUAGES = {
  yaml: {
    right: `motd: hello
session: 1h 30m
cache: 64 MiB
workers: 4
store:
  kind: disk
  path: /srv
tls:
  certificate: /etc/tls.pem
  oldest: "1.3"
services:
  mail:
    addr: mail:25
    weight: 2
peers:
  - name: east
    port: 7001
licence: in-the-file
`,
    dropIn: "motd: hello\nworkers: 4\n",
    old: "threads: 4\n",
    deprecated: "lines: 4\n",
    word: "tls:\n  certificate: x\n  oldest: '1.1'\n",
    kind: "store:\n  kind: dusk\n",
    key: "services:\n  mail: {addr: x, wieght: 1}\n",
    type: "peers:\n  - name: east\n    port: near\n",
    duration: "session: 90 minutes\n",
    rootKey: "|",
    sectionKey: "tls:\n  |",
    words: "tls:\n  oldest: |",
    kinds: "store:\n  kind: |",
    entryKey: "services:\n  mail:\n    |",
    itemKey: "peers:\n  - |",
  },
  toml: {
    right: `motd = "hello"
session = "1h 30m"
cache = "64 MiB"
workers = 4
licence = "in-the-file"

[store]
kind = "disk"
path = "/srv"

[tls]
certificate = "/etc/tls.pem"
oldest = "1.3"

[services.mail]
addr = "mail:25"
weight = 2

[[peers]]
name = "east"
port = 7001
`,
    dropIn: 'motd = "hello"\nworkers = 4\n',
    old: "threads = 4\n",
    deprecated: "lines = 4\n",
    word: "[tls]\ncertificate = 'x'\noldest = '1.1'\n",
    kind: "[store]\nkind = 'dusk'\n",
    key: "[services.mail]\naddr = 'x'\nwieght = 1\n",
    type: "[[peers]]\nname = 'east'\nport = 'near'\n",
    duration: "session = '90 minutes'\n",
    rootKey: "|\n",
    sectionKey: "[tls]\n|\n",
    words: "[tls]\noldest = |\n",
    kinds: "[store]\nkind = |\n",
    entryKey: "[services.mail]\n|\n",
    itemKey: "[[peers]]\n|\n",
  },
  json: {
    right: `{
  "motd": "hello",
  "session": "1h 30m",
  "cache": "64 MiB",
  "workers": 4,
  "store": { "kind": "disk",
    "path": "/srv" },
  "tls": { "certificate": "/etc/tls.pem",
    "oldest": "1.3" },
  "services": { "mail": {
    "addr": "mail:25",
    "weight": 2 } },
  "peers": [{
    "name": "east",
    "port": 7001 }],
  "licence": "in-the-file"
}
`,
    dropIn: '{\n  "motd": "hello",\n  "workers": 4\n}\n',
    old: '{\n  "threads": 4 }\n',
    deprecated: '{\n  "lines": 4 }\n',
    word: '{\n  "tls": { "certificate": "x",\n  "oldest": "1.1" } }\n',
    kind: '{\n  "store": {\n  "kind": "dusk" } }\n',
    key: '{\n  "services": {\n  "mail": { "addr": "x", "wieght": 1 } } }\n',
    type: '{\n  "peers": [{ "name": "east",\n  "port": "near" }] }\n',
    duration: '{\n  "session": "90 minutes" }\n',
    rootKey: '{ "|" }',
    sectionKey: '{ "tls": { "|" } }',
    words: '{ "tls": { "oldest": | } }',
    kinds: '{ "store": { "kind": | } }',
    entryKey: '{ "services": { "mail": { "|" } } }',
    itemKey: '{ "peers": [{ "|" }] }',
  },
};

for (const [language, texts] of Object.entries(LANGUAGES)) {
  describe(language, () => {
    let editor, file;

    /** Opens a text that names the schema. */
    let opened = 0;
    const path = () => join(root, `${language}-${++opened}.${language}`);
    const named = (text) => text.replace(/^\{\s*/, (start) => `${start}"$schema": "./authored.schema.json", `);
    const open = (text) => editor.open(path(), language === "json" ? named(text) : file.mark + text);
    const offered = (text) => (language === "json" ? editor.offered(path(), "", named(text)) : editor.offered(path(), file.mark, text));

    before(async () => {
      file = installed(AUTHORED, `every.${language}`, texts.right);
      editor = await Editor.start(language, root);
    });
    after(() => editor.stop());

    test("a right file has no problem, and none has a file that sets two keys", async () => {
      assert.deepEqual((await editor.open(file.path, readFileSync(file.path, "utf8"))).problems, []);
      assert.deepEqual((await open(texts.dropIn)).problems, []);
    });

    test("a key shows its doc comment and when it takes effect", async () => {
      const page = await open(texts.right);
      const shown = {
        motd: ["Shown on the front page.", "Changes live."],
        session: ["The time after which a session ends.", "Changes live."],
        cache: ["The memory of the cache.", "Takes effect at the next start."],
        workers: ["The number of workers.", "Takes effect at the next start."],
        store: ["The store of what is uploaded.", "Takes effect at the next start."],
        path: ["The path of the directory.", "Takes effect at the next start."],
        tls: ["without this section there is no TLS."],
        certificate: ["The path of the certificate.", "Takes effect at the next start."],
        oldest: ["The oldest version that is spoken.", "Changes live."],
        services: ["The services behind this one, by name."],
        addr: ["The address of the service.", "Changes live."],
        weight: ["The share of requests.", "Changes live."],
        licence: ["The key of the licence.", "Takes effect at the next start.", "Secret."],
      };
      // Of the items of a list, taplo shows nothing over a key.
      if (language !== "toml") shown.port = ["The port of the machine.", "Changes live."];
      for (const [key, sentences] of Object.entries(shown)) {
        const hover = await page.hover(key);
        for (const sentence of sentences) assert.ok(hover.includes(sentence), `${key}: ${hover}`);
      }
    });

    test("the keys that may stand there are offered, and no old ones", async () => {
      const keys = await offered(texts.rootKey);
      assert.match(keys.get("motd"), /Shown on the front page\.[^]*Changes live\./);
      assert.match(keys.get("workers"), /Takes effect at the next start\./);
      // Taplo offers these all the same.
      if (language !== "toml") for (const old of ["banner", "threads", "lines"]) assert.ok(!keys.has(old), old);
      assert.match((await offered(texts.sectionKey)).get("oldest"), /The oldest version that is spoken\./);
      assert.match((await offered(texts.entryKey)).get("weight"), /The share of requests\.[^]*Changes live\./);
      assert.match((await offered(texts.itemKey)).get("port"), /The port of the machine\.[^]*Changes live\./);
    });

    test("the words of an enum are offered, each with its doc comment", async () => {
      const words = await offered(texts.words);
      assert.match(words.get("1.2"), /Version 1\.2, of 2008\./);
      assert.match(words.get("1.3"), /Version 1\.3, of 2018\./);
      const kinds = await offered(texts.kinds);
      for (const kind of ["memory", "disk", "bucket"]) assert.ok(kinds.has(kind), `${kind}: ${[...kinds.keys()]}`);
    });

    test("mistakes are underlined where they are", async () => {
      const underlined = async (name, line, pattern) => {
        const { problems } = await open(texts[name]);
        assert.ok(problems.length > 0, `${name} has no problem`);
        // The mark is a line of its own but in JSON.
        const lines = new Set(problems.map((problem) => problem.line - (language === "json" ? 0 : 1)));
        assert.ok(lines.has(line), `${name}: ${JSON.stringify(problems)}`);
        assert.ok(problems.some(({ message }) => pattern.test(message)), `${name}: ${JSON.stringify(problems)}`);
      };
      await underlined("word", 3, /"1\.2",.*"1\.3"/);
      await underlined("kind", language === "yaml" ? 2 : language === "json" ? 3 : 1, /memory|anyOf|oneOf/);
      await underlined("key", { yaml: 2, toml: 1, json: 3 }[language], /wieght/);
      await underlined("type", 3, /integer/);
      await underlined("duration", language === "json" ? 2 : 1, /pattern|match/);
    });

    test("an old name says the new one, and a deprecated key says why", async () => {
      const said = async (name) => {
        const page = await open(texts[name]);
        return [await page.hover(name === "old" ? "threads" : "lines"), ...page.problems.map(({ message }) => message)].join("\n");
      };
      assert.match(await said("old"), /`workers`/);
      assert.match(await said("deprecated"), /the log keeps all of them/);
      if (language === "toml") return;
      assert.equal((await open(texts.old)).problems.length, 1);
    });
  });
}

describe("coach", () => {
  const shipped = new URL("../../examples/coach/config.yaml", import.meta.url);
  const text = readFileSync(shipped, "utf8").replace(/^# yaml-language-server.*\n/, "");
  let editor, file;

  before(async () => {
    file = installed(COACH, "config.yaml", text);
    editor = await Editor.start("yaml", root);
  });
  after(() => editor.stop());

  test("the shipped file has no problem, and shows the class of each key", async () => {
    const page = await editor.open(file.path, file.mark + text);
    assert.deepEqual(page.problems, []);
    assert.match(await page.hover("level: info"), /Least severe level that is written\.[^]*Changes live\./);
    assert.match(await page.hover("port: 8080"), /takes any free one\.[^]*Takes effect at the next start\./);
    assert.match(await page.hover("type: parent"), /The kind of sampler\.[^]*Changes live\./);
  });

  test("the words of the level are offered, and another one is underlined", async () => {
    const offered = await editor.offered(join(root, "level.yaml"), file.mark, "logging:\n  level: |");
    for (const level of ["trace", "debug", "info", "warn", "error"]) assert.ok(offered.has(level), level);
    assert.match(offered.get("warn"), /Conditions that an operator should look at\./);
    const { problems } = await editor.open(join(root, "verbose.yaml"), `${file.mark}logging:\n  level: verbose\n`);
    assert.equal(problems.length, 1);
    assert.equal(problems[0].line, 3);
    assert.match(problems[0].message, /"trace", "debug", "info", "warn", "error"/);
  });
});

describe("a file to come", () => {
  let settings;

  before(() => {
    mkdirSync(conf_d, { recursive: true });
    execFileSync(AUTHORED, ["config", "schema", "--install", conf_d, "--workspace", root], { cwd: root });
    settings = JSON.parse(readFileSync(join(root, ".vscode/settings.json"), "utf8"));
  });

  for (const [language, texts] of Object.entries(LANGUAGES)) {
    test(`has the schema that the settings of VS Code give it: ${language}`, async () => {
      const editor = await Editor.start(language, root, settings);
      try {
        const page = await editor.open(join(conf_d, `20-site.${language}`), texts.dropIn);
        assert.match(await page.hover("motd"), /Shown on the front page\.[^]*Changes live\./);
        assert.deepEqual(page.problems, []);
      } finally {
        editor.stop();
      }
    });
  }
});

after(() => rmSync(root, { recursive: true }));
