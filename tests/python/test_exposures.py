"""Exposures: each says of itself the marts that its reader names, no more and no fewer."""

import re

import pytest
import yaml
from runner.project import MARTS, ROOT, published_marts

PATH = MARTS / "_exposures.yml"
EXPOSURES = {exposure["name"]: exposure for exposure in yaml.safe_load(PATH.read_text(encoding="utf-8"))["exposures"]}


def read_by(reader: str) -> set[str]:
    """The marts that a file names, or the files of a folder; of releases, those that they have."""
    if reader == "releases":
        return {mart.name for mart in published_marts()}
    path = ROOT / reader
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.suffix in (".py", ".sql")]
    assert files, reader
    return {name for each in files for name in re.findall(r"\bmarts\.([a-z_]+)", each.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", EXPOSURES)
def test_an_exposure_names_what_its_reader_reads(name):
    exposure = EXPOSURES[name]
    stated = re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"]))
    assert len(stated) == len(set(stated)) >= 1
    assert set(stated) == read_by(exposure["config"]["meta"]["read_by"])


def test_exposures_say_whom_to_ask():
    for exposure in EXPOSURES.values():
        assert exposure["description"]
        assert exposure["owner"]["name"]
