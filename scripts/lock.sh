#!/usr/bin/env bash
# New pins from pyproject.toml: the runtime's are those of development, so that both are tested.
set -euo pipefail
cd "$(dirname "$0")/.."
compile=(.venv/bin/pip-compile --quiet --strip-extras --no-header --no-annotate
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host)
"${compile[@]}" --upgrade --extra dev --extra bench --extra dashboard --extra train --output-file requirements-dev.lock pyproject.toml
"${compile[@]}" --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml
"${compile[@]}" --constraint requirements-dev.lock --extra spark --extra train --extra test --output-file requirements-spark.lock pyproject.toml
