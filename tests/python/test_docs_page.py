"""`make docs`: one page that says what every model and column means, and asks no other host for anything."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from runner.project import ROOT, published_marts


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the command of `make docs` wrote the page, without a warehouse."""
    folder = tmp_path_factory.mktemp("docs")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    command = re.search(r"^docs:[^\n]*\n\t([^\n]+)\n", makefile, re.MULTILINE)[1]
    assert "target/docs" in command
    command = command.replace("$(BIN)", shlex.quote(str(Path(sys.executable).parent)))
    command = command.replace("target/docs", shlex.quote(str(folder)))
    subprocess.run(command, shell=True, cwd=ROOT, check=True)
    return folder


def test_the_page_is_one_file_with_everything_in_it(folder):
    page = (folder / "static_index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?(https?:)?//", page)
    for mart in published_marts():
        assert f"model.rapport.{mart.name}" in page
    assert "exposure.rapport.bi_tools" in page
    assert "metric.rapport.mean_score" in page
    assert "and where each point comes from" in page


def test_the_page_tells_nobody_who_reads_it(folder):
    """dbt's page asks its maker's host only where the project sends statistics of its use."""
    metadata = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["metadata"]
    assert metadata["send_anonymous_usage_stats"] is False
