"""What the benchmarks measure with. That their results are right, `make bench-small` says."""

import os
from pathlib import Path

from suite.measuring import folder_bytes


def test_a_folder_that_is_removed_while_it_is_measured_takes_nothing(tmp_path, monkeypatch):
    (tmp_path / "removed").mkdir()
    (tmp_path / "file").write_bytes(b"four")
    look = os.scandir

    def removed(path):
        if Path(path).name == "removed":
            raise FileNotFoundError(path)
        return look(path)

    monkeypatch.setattr(os, "scandir", removed)
    assert folder_bytes(tmp_path) == len(b"four")
    assert folder_bytes(tmp_path / "never there") == 0
