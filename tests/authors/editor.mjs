// Editors without a window: each gives a text to a language server, and asks it what an editor asks.

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const { TOOLS } = process.env;
const require = createRequire(`${TOOLS}/`);

/** The time that an editor waits for anything, in milliseconds. */
const PATIENCE = 120_000;

/** The key that no configuration has. A server that finds fault with it has read the schema, and has looked at all of the text. */
const UNKNOWN = "zz";

/** A server that is a process of its own, spoken to over its standard input and output. */
class Server {
  #child;
  #calls = new Map();
  #published = new Map();
  #heard = () => {};
  #received = Buffer.alloc(0);

  constructor(command, root, settings) {
    this.root = root;
    this.settings = settings;
    this.#child = spawn(command[0], command.slice(1), { cwd: root, stdio: ["pipe", "pipe", process.env.VERBOSE ? "inherit" : "ignore"] });
    this.#child.stdout.on("data", (data) => this.#receive(data));
    this.#child.on("exit", (code) => this.#fail(new Error(`${command.join(" ")} ended with ${code}`)));
  }

  async start() {
    const uri = pathToFileURL(this.root).href;
    const folders = [{ uri, name: "workspace" }];
    await this.request("initialize", {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: folders,
      initializationOptions: { configurationSection: "evenBetterToml" },
      capabilities: {
        workspace: { configuration: true, workspaceFolders: true, didChangeConfiguration: { dynamicRegistration: true } },
        textDocument: {
          hover: { contentFormat: ["markdown", "plaintext"] },
          completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown", "plaintext"] } },
          publishDiagnostics: {},
        },
      },
    });
    this.notify("initialized", {});
    this.notify("workspace/didChangeConfiguration", { settings: this.settings });
  }

  stop() {
    this.#child.removeAllListeners("exit");
    this.#child.kill();
  }

  request(method, params) {
    const id = this.#calls.size + 1;
    const answer = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return within(answer, method);
  }

  notify(method, params) {
    this.#send({ method, params });
  }

  /** Returns the diagnostics of a document once they fit. */
  async diagnostics(uri, fit) {
    const found = async () => {
      for (;;) {
        const last = this.#published.get(uri);
        if (last && fit(last)) return last;
        await new Promise((resolve) => (this.#heard = resolve));
      }
    };
    return within(found(), () => `diagnostics of ${uri}, which has ${JSON.stringify(this.#published.get(uri))}`);
  }

  /** Forgets the diagnostics of a document, so that the next ones are awaited. */
  forget(uri) {
    this.#published.delete(uri);
  }

  #send(message) {
    const text = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#child.stdin.write(`Content-Length: ${text.length}\r\n\r\n`);
    this.#child.stdin.write(text);
  }

  #receive(data) {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const head = this.#received.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(this.#received.subarray(0, head))[1]);
      const end = head + 4 + length;
      if (this.#received.length < end) return;
      const message = JSON.parse(this.#received.subarray(head + 4, end));
      this.#received = this.#received.subarray(end);
      this.#hear(message);
    }
  }

  #hear({ id, method, params, result, error }) {
    if (method === "workspace/configuration") {
      const section = (name) => name.split(".").reduce((settings, part) => settings?.[part], this.settings) ?? null;
      this.#send({ id, result: params.items.map((item) => (item.section ? section(item.section) : this.settings)) });
    } else if (method !== undefined && id !== undefined) {
      this.#send({ id, result: null });
    } else if (method === "textDocument/publishDiagnostics") {
      this.#published.set(params.uri, params.diagnostics);
      this.#heard();
    } else if (id !== undefined) {
      const call = this.#calls.get(id);
      if (error) call.reject(new Error(error.message));
      else call.resolve(result);
    }
  }

  #fail(error) {
    for (const { reject } of this.#calls.values()) reject(error);
  }
}

/** The JSON service of VS Code, which its server and those of other editors only wrap. */
class Service {
  constructor(root, schemas) {
    const { getLanguageService } = require("vscode-json-languageservice");
    this.#service = getLanguageService({
      schemaRequestService: (uri) => readFile(fileURLToPath(uri), "utf8"),
      workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
    });
    this.#service.configure({ validate: true, schemas });
  }

  #service;

  open(uri, text) {
    const { TextDocument } = require("vscode-json-languageservice");
    const document = TextDocument.create(uri, "json", 1, text);
    const parsed = this.#service.parseJSONDocument(document);
    return {
      hover: (position) => this.#service.doHover(document, position, parsed),
      complete: (position) => this.#service.doComplete(document, position, parsed),
      diagnostics: () => this.#service.doValidation(document, parsed),
    };
  }
}

/** Returns what a promise does, or fails once the patience is at its end. */
function within(promise, what) {
  let timer;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${typeof what === "function" ? what() : what}`)), PATIENCE);
  });
  return Promise.race([promise, over]).finally(() => clearTimeout(timer));
}

/** An open file. */
class Page {
  constructor(text, added, asked, diagnostics) {
    this.text = text;
    this.added = added;
    this.asked = asked;
    const is_own = ({ message }) => new RegExp(`\\b${UNKNOWN}\\b`).test(message);
    const found = diagnostics.filter((diagnostic) => !is_own(diagnostic));
    /** The problems that the editor underlines, by their lines in the text from 1. */
    this.problems = found.map(({ range, message }) => ({ line: range.start.line - (range.start.line >= added.line ? added.lines : 0) + 1, message }));
  }

  /** Returns the text that appears over a piece of the text. */
  async hover(piece) {
    const at = this.text.indexOf(piece);
    if (at < 0) throw new Error(`there is no ${piece} in the text`);
    const found = await this.asked.hover(this.#position(at + 1));
    const contents = [found?.contents ?? ""].flat().map((content) => content.value ?? content);
    return contents.join("\n");
  }

  /** Returns what is offered at an offset of the text: each word, without quotation marks, with its documentation. */
  async complete(offset) {
    const found = await this.asked.complete(this.#position(offset));
    const items = found?.items ?? found ?? [];
    return new Map(items.map(({ label, documentation }) => [label.replaceAll('"', ""), documentation?.value ?? documentation ?? ""]));
  }

  #position(offset) {
    const before = this.text.slice(0, offset).split("\n");
    const line = before.length - 1;
    return { line: line + (line >= this.added.line ? this.added.lines : 0), character: before.at(-1).length };
  }
}

/** An editor for one kind of file, in a directory. */
export class Editor {
  #server;
  #language;

  constructor(server, language) {
    this.#server = server;
    this.#language = language;
  }

  /** Starts one with the settings of the workspace, as VS Code reads them. */
  static async start(language, root, workspace = {}) {
    if (language === "json") {
      // What VS Code itself does with them.
      const absolute = ({ fileMatch, url }) => ({ fileMatch, uri: new URL(url, `${pathToFileURL(root).href}/`).href });
      return new Editor(new Service(root, (workspace["json.schemas"] ?? []).map(absolute)), language);
    }
    const here = dirname(fileURLToPath(import.meta.url));
    const commands = {
      yaml: [join(TOOLS, "node_modules/.bin/yaml-language-server"), "--stdio"],
      toml: [process.execPath, join(here, "taplo.mjs")],
    };
    const settings = {
      // Nothing is fetched from elsewhere.
      yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false }, schemas: workspace["yaml.schemas"] ?? {} },
      evenBetterToml: {
        schema: { enabled: true, catalogs: [], associations: workspace["evenBetterToml.schema.associations"] ?? {}, links: false },
        completion: { maxKeys: 5 },
        taplo: { configFile: { enabled: false } },
        syntax: { semanticTokens: false },
        formatter: {},
      },
    };
    const server = new Server(commands[language], root, settings);
    await server.start();
    return new Editor(server, language);
  }

  stop() {
    this.#server.stop?.();
  }

  /** Opens a text as the file at a path. */
  async open(path, text) {
    const uri = pathToFileURL(path).href;
    if (this.#language === "json") {
      const asked = this.#server.open(uri, text);
      return new Page(text, { line: 0, lines: 0 }, asked, await asked.diagnostics());
    }
    const { line, whole } = this.#withUnknown(text);
    this.#server.notify("textDocument/didOpen", { textDocument: { uri, languageId: this.#language, version: 1, text: whole } });
    const diagnostics = await this.#server.diagnostics(uri, (found) => found.some(({ message }) => message.includes(UNKNOWN)));
    const ask = (method) => (position) => this.#server.request(`textDocument/${method}`, { textDocument: { uri }, position });
    return new Page(text, { line, lines: 1 }, { hover: ask("hover"), complete: ask("completion") }, diagnostics);
  }

  /** Returns what is offered at the `|` of a text that is being typed, in the file at a path, with this mark above it. */
  async offered(path, mark, text) {
    const typed = mark + text.replace("|", "");
    const at = mark.length + text.indexOf("|");
    if (this.#language === "json") return (await this.open(path, typed)).complete(at);
    // Of a text with a gap, servers do not say whether they have looked at it by the schema. So it begins as another one.
    const page = await this.open(path, mark);
    const uri = pathToFileURL(path).href;
    this.#server.forget(uri);
    const { whole } = this.#withUnknown(typed);
    this.#server.notify("textDocument/didChange", { textDocument: { uri, version: 2 }, contentChanges: [{ text: whole }] });
    await this.#server.diagnostics(uri, () => true);
    return new Page(typed, page.added, page.asked, []).complete(at);
  }

  /** Puts a line with the unknown key below the mark of the schema. */
  #withUnknown(text) {
    const line = /^#.*schema/.test(text) ? 1 : 0;
    const lines = text.split("\n");
    lines.splice(line, 0, this.#language === "toml" ? `${UNKNOWN} = 1` : `${UNKNOWN}: 1`);
    return { line, whole: lines.join("\n") };
  }
}
