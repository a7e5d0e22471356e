"""The chart of the example service, linted and rendered by Helm."""

from pathlib import Path

import helm_python as helm

# What the page for authors shows of the first wrong value.
SHOWN = Path("docs/authors/helm.md").read_text().split("\nError: ")[1].split("\n```")[0]
CHART = "examples/coach/chart"
RIGHT = [
    {},
    {"config": {"logging": {"level": "debug"}}, "global": {"of": ["another", "chart"]}, "other": 1},
    {"config": {"auth": {"jwt": {"ttl": "12h"}}}},
]
WRONG = [
    ({"config": {"logging": {"level": "verbose"}}}, "/config/logging/level"),
    ({"config": {"logging": {"levle": "info"}}}, "levle"),
    ({"config": {"server": {"port": 70000}}}, "/config/server/port"),
    ({"config": {"loging": {}}}, "loging"),
]

with helm.Chart.load(CHART) as chart:
    try:
        chart.render(WRONG[0][0], name="coach")
    except helm.HelmValuesError as error:
        assert SHOWN in str(error), f"the page shows\n{SHOWN}\nand Helm says\n{error}"

linted = helm.lint(CHART)
assert not linted["errors"], linted
assert not [said for said in linted["messages"] if said["severity"] > 1], linted
with helm.Chart.load(CHART) as chart:
    for values in RIGHT:
        rendered = chart.render(values, name="coach")
        level = values.get("config", {}).get("logging", {}).get("level", "info")
        assert f"level: {level}" in rendered["coach/templates/configmap.yaml"], rendered
    for values, said in WRONG:
        try:
            chart.render(values, name="coach")
        except helm.HelmValuesError as error:
            assert said in str(error), error
        else:
            raise SystemExit(f"Helm took {values}")
print(f"Helm {helm.helm_sdk_version()}: {len(RIGHT)} right values, {len(WRONG)} refused")
