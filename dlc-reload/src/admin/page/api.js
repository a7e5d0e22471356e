// The API, asked with the token. The token is in this module's memory, and in the storage of the tab if its owner wants that:
// never in an address, which ends up in logs, nor in the storage of the browser, which outlives the tab.

const KEPT = "dlc-reload token";

/** The address of the API, whether the page's own ends with a slash or not. */
const BASE = `${location.origin}${location.pathname.replace(/\/+$/, "")}/`;

let token = sessionStorage.getItem(KEPT) ?? undefined;

function keepToken(value, inTab) {
  token = value;
  if (value !== undefined && inTab) sessionStorage.setItem(KEPT, value);
  else sessionStorage.removeItem(KEPT);
}

/**
 * Reads JSON. An integer that a number of JavaScript does not hold exactly stays as it is written, where the browser can keep it so.
 */
const parsed = (json) => JSON.parse(json, (_, value, context) =>
  (isUnsafe(value) && JSON.rawJSON && context?.source ? JSON.rawJSON(context.source) : value));

const isUnsafe = (value) => Number.isInteger(value) && !Number.isSafeInteger(value);

/** A request that was refused, or was not answered at all: then its status is 0. */
class Refused extends Error {
  constructor(status, details) {
    super(explained(status, details));
    this.status = status;
    this.details = details;
  }
}

/** Returns a refusal in words. The service's own stand in them; only it knows the reason. */
function explained(status, { title, detail, retry } = {}) {
  const own = detail ?? title ?? `status ${status}`;
  switch (status) {
    case 0: return "The service does not answer. It may be restarting, or the network between is down.";
    case 401: return `The service does not accept this token: ${own}.`;
    case 403: return `You may not do this: ${own}.`;
    case 412: return `Somebody was faster: ${own}.`;
    case 421: return `This address is none of the service's: ${own}.`;
    case 429: return `${own[0].toUpperCase()}${own.slice(1)}${retry ? ` (in ${retry} s)` : ""}.`;
    default: return `${own[0].toUpperCase()}${own.slice(1)}.`;
  }
}

/** Sends a request with the token. */
async function request(method, path, { headers = {}, ...rest } = {}) {
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    return await fetch(BASE + path, { method, cache: "no-store", redirect: "error", headers: { ...bearer, ...headers }, ...rest });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0);
  }
}

async function refusal(response) {
  const details = await response.text().then(parsed).catch(() => ({ title: `status ${response.status}` }));
  return new Refused(response.status, { ...details, retry: response.headers.get("retry-after") });
}

/** Asks the API and returns the JSON of the answer, with the generation that it is about as `tag`. */
async function ask(method, path, { body, match } = {}) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (match) headers["if-match"] = match;
  const response = await request(method, path, { headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (response.ok) return { status: response.status, body: parsed(await response.text()), tag: response.headers.get("etag") };
  const refused = await refusal(response.clone());
  // A report of a reload that was rejected is an answer, too.
  if (refused.details.verdict !== undefined) return { status: response.status, body: refused.details };
  throw refused;
}

const keyPath = (key) => encodeURIComponent(key);

/** The time without a word from the service after which the stream counts as lost; it says something every 15 seconds. */
const SILENCE = 40_000;

/** The pauses before the stream is opened again, in seconds. */
const PAUSES = [1, 2, 4, 8, 15];

/**
 * Follows the reports until it is stopped, and goes on where it was when a connection breaks. `EventSource` would do that, but
 * sends no token.
 */
class Feed {
  #stop = new AbortController();
  #wake = () => {};
  #seen = "0";
  #failures = 0;

  constructor(listener) {
    this.listener = listener;
    addEventListener("online", () => this.#wake(), { signal: this.#stop.signal });
    this.#run();
  }

  stop() {
    this.#stop.abort();
    this.#wake();
  }

  async #run() {
    while (!this.#stop.signal.aborted) {
      let error;
      try {
        await this.#read();
      } catch (caught) {
        error = caught;
      }
      if (this.#stop.signal.aborted) return;
      if (error?.status === 401 || error?.status === 403) return this.listener.denied(error);
      const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
      this.#failures += 1;
      this.listener.lost(pause, error);
      await new Promise((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, pause * 1000);
      });
    }
  }

  async #read() {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE);
    const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
    try {
      const response = await request("GET", "events", { signal, headers: { "last-event-id": this.#seen } });
      if (!response.ok) throw await refusal(response);
      this.#failures = 0;
      this.listener.open();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE);
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) this.#take(block);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take(block) {
    const event = {};
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
    }
    if (event.id !== undefined) this.#seen = event.id;
    if (event.event === "missed") {
      this.listener.missed(parsed(event.data));
    } else if (event.event === "report") {
      this.listener.report(parsed(event.data));
    }
  }
}
