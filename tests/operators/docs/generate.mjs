// Compares the names of metrics in docs/operators with those that are exported, and generates what promtool and tsc check:
//   node tests/operators/docs/generate.mjs OUT
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [out] = process.argv.slice(2);
const read = (path) => readFileSync(join(import.meta.dirname, "../../..", path), "utf8");
const write = (name, text) => writeFileSync(join(out, name), text);
mkdirSync(join(out, "broken"), { recursive: true });

const exposition = ["metrics.txt", "node_metrics.txt"].map((name) => read(`tests/operators/${name}`)).join("\n");
const families = [...exposition.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
const samples = [...exposition.matchAll(/^(config_\w+)(\{.*\})? (\S+)$/gm)];
const dashboard = JSON.parse(read("docs/operators/dashboard.json"));

const mistakes = [];

// Names: those that are used are exported, and those that are exported are explained and shown.
const known = new Set([...families, ...samples.map(([, name]) => name)]);
const texts = Object.fromEntries(
    ["metrics.md", "alerts.yml", "alerts.test.yml", "dashboard.json"].map((name) => [name, read(`docs/operators/${name}`)]),
);
for (const [file, text] of Object.entries(texts)) {
    for (const name of new Set(text.match(/\bconfig_\w+/g))) {
        if (!known.has(name)) mistakes.push(`docs/operators/${file} names ${name}, which is not exported`);
    }
}
for (const name of families) {
    if (!texts["metrics.md"].includes(`\`${name}\``)) mistakes.push(`docs/operators/metrics.md does not explain ${name}`);
    if (!new RegExp(`\\b${name}(_sum|_count)?\\b`).test(texts["dashboard.json"])) {
        mistakes.push(`docs/operators/dashboard.json does not show ${name}`);
    }
}

// Expressions: each is one of PromQL and finds a series among those that are exported.
const expressions = new Set();
const collect = (value) => {
    if (typeof value !== "object" || value === null) return;
    if (typeof value.expr === "string") expressions.add(value.expr);
    const selector = /^label_values\((.*), \w+\)$/.exec(value.query)?.[1];
    if (selector) expressions.add(selector);
    Object.values(value).forEach(collect);
};
collect({ ...dashboard, templating: { list: dashboard.templating.list.map(({ query }) => query) } });
const variables = { $job: ".+", $instance: ".+", $__interval: "5m", $__range: "1h" };
const replaced = [...expressions].map((text) => text.replace(/\$\w+/g, (name) => variables[name] ?? name));
for (const text of replaced.filter((text) => text.includes("$"))) mistakes.push(`a variable is not defined: ${text}`);
for (const [selector] of texts["alerts.yml"].matchAll(/\bconfig_\w+(\{[^}]*\})?/g)) replaced.push(selector);

// JSON is YAML.
const rules = replaced.map((expr, index) => ({ record: `checked:${index}`, expr }));
write("expressions.yml", JSON.stringify({ groups: [{ name: "expressions", rules }] }, null, 1));
const series = ([, name, labels = "{}"]) => name + labels.replace(/,?\}$/, (end) => (labels === "{}" ? "" : ",") + 'job="shop",instance="a"}');
const input_series = samples.map((sample) => ({ series: series(sample), values: "1+1x60" }));
const promql_expr_test = replaced.map((expr) => ({
    expr: `count(${expr}) > bool 0`,
    eval_time: "60m",
    exp_samples: [{ labels: "{}", value: 1 }],
}));
const tests = [{ name: "each expression finds a series", interval: "1m", input_series, promql_expr_test }];
write("expressions.test.yml", JSON.stringify({ rule_files: ["expressions.yml"], tests }, null, 1));

// Types: the dashboard has those of Grafana, and one with a mistake has not, or nothing would be checked.
const typed = (value, types) =>
    `import type { WrittenDashboard } from "${types}";\n` +
    `export const dashboard: WrittenDashboard = ${JSON.stringify(value, null, 2)};\n`;
const broken = (change) => {
    const copy = structuredClone(dashboard);
    change(copy, (kind) => copy.panels.find(({ type }) => type === kind));
    return copy;
};
const wrong = {
    "a kind of panel that is not there": (_, panel) => (panel("stat").type = "stats"),
    "a word that an option does not have": (_, panel) => (panel("stat").options.colorMode = "backgroud"),
    "an option of another kind of panel": (_, panel) => (panel("stat").options.rowHeight = 1),
    "an option that is missing": (_, panel) => delete panel("bargauge").options.sizing,
    "a style of drawing that is not there": (_, panel) => (panel("timeseries").fieldConfig.defaults.custom.drawStyle = "bar"),
    "a number for a unit": (_, panel) => (panel("timeseries").fieldConfig.defaults.unit = 5),
    "a mapping of another type": (_, panel) => (panel("state-timeline").fieldConfig.defaults.mappings[0].type = "values"),
    "a threshold without a color": (_, panel) => delete panel("stat").fieldConfig.defaults.thresholds.steps[0].color,
    "a query without an expression": (_, panel) => delete panel("timeseries").targets[0].expr,
    "a text for a width": (_, panel) => (panel("timeseries").gridPos.w = "12"),
    "a name that is misspelled": (_, panel) => (panel("timeseries").titel = "Generation"),
    "a refresh that is not there": (all) => (all.templating.list[1].refresh = 7),
    "a kind of variable that is not there": (all) => (all.templating.list[1].type = "label"),
    "a text for the version": (all) => (all.schemaVersion = "39"),
};
write("dashboard.ts", typed(dashboard, "./types/dashboard"));
Object.entries(wrong).forEach(([name, change]) => {
    write(`broken/${name.replaceAll(" ", "-")}.ts`, typed(broken(change), "../types/dashboard"));
});

mistakes.forEach((mistake) => console.error(mistake));
process.exitCode = mistakes.length ? 1 : 0;
