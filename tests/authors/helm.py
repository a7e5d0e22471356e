"""The chart of the example service, linted and rendered by Helm."""

import helm_python as helm

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
