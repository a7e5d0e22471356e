// The language server of taplo over standard input and output: what the extension for TOML of VS Code runs, and speaks to over another pipe.

import { promises } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute } from "node:path";

const { TaploLsp } = createRequire(`${process.env.TOOLS}/`)("@taplo/lsp");

// The catalogue of schemas is elsewhere, and no test needs it.
globalThis.fetch = () => Promise.reject(new Error("nothing is fetched"));

const send = (message) => {
  const text = Buffer.from(JSON.stringify(message));
  process.stdout.write(`Content-Length: ${text.length}\r\n\r\n`);
  process.stdout.write(text);
};

const taplo = await TaploLsp.initialize(
  {
    cwd: () => process.cwd(),
    envVar: (name) => process.env[name],
    envVars: () => Object.entries(process.env),
    findConfigFile: () => undefined,
    glob: () => [],
    isAbsolute,
    now: () => new Date(),
    readFile: (path) => promises.readFile(path),
    stdErrAtty: () => false,
    stderr: process.stderr,
    stdin: process.stdin,
    stdout: process.stdout,
    // Not only of files: it asks about its own address of no workspace, too.
    urlToFilePath: (url) => decodeURI(new URL(url).pathname),
    writeFile: (path, bytes) => promises.writeFile(path, bytes),
  },
  { onMessage: send },
);

let received = Buffer.alloc(0);
process.stdin.on("data", (data) => {
  received = Buffer.concat([received, data]);
  for (;;) {
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const end = head + 4 + Number(/content-length: *(\d+)/i.exec(received.subarray(0, head))[1]);
    if (received.length < end) return;
    const message = JSON.parse(received.subarray(head + 4, end));
    received = received.subarray(end);
    taplo.send(message);
  }
});
process.stdin.on("end", () => process.exit());
