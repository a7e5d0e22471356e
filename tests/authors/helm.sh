#!/usr/bin/env bash
# Asks Helm itself about the chart of the example service: right values, and wrong ones that it has to refuse.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/helm
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
# Helm 4 as a library, without a program of its own.
"$venv/bin/pip" install --quiet --disable-pip-version-check helm-python-sdk==0.2.2
"$venv/bin/python" tests/authors/helm.py
