"""docs/bring-your-own-data.md does what it says: its examples are loaded, its third kind of source is built and run.

What the document prints is compared with what the commands print, blanks at the ends of lines and line breaks apart.
"""

import os
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal

import duckdb
import oracle
import pytest
from runner import summary
from runner.building import DBT
from runner.project import ROOT

DOCUMENT = (ROOT / "docs" / "bring-your-own-data.md").read_text(encoding="utf-8")
# A line that begins with a path and ends with a colon stands before every file.
FILE = re.compile(r"^`([^`\n]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n\$ ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = FILE.findall(DOCUMENT)
PRINTED = dict(CONSOLE.findall(DOCUMENT))
KIND = "callcenter"
FIRST_DAY, AS_OF = date(2026, 3, 2), date(2026, 3, 8)


def words(text):
    """But for the blanks between them, and for the seconds that a run took."""
    return re.sub(r"; [\d.]+ s\b", "; … s", " ".join(text.split()))


def printed(*options):
    """What the document prints of the one command with these options."""
    (output,) = (text for command, text in PRINTED.items() if all(option in command for option in options))
    return output


def files_of(folder):
    return [(path, text) for path, text in FILES if path.startswith(f"{folder}/")]


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def test_every_file_of_the_document_is_found():
    assert len(FILES) == DOCUMENT.count("```csv\n") + DOCUMENT.count("```yaml\n") + DOCUMENT.count("-- stg_")
    assert len(files_of("my_data")) == 11
    assert len(files_of(f"models/staging/{KIND}")) == 5


def test_examples_of_the_contract_end_as_printed(scored, tmp_path, capsys):
    """The files of my_data in their order, each a delivery of its own."""
    folders = []
    for number, (path, text) in enumerate(files_of("my_data")):
        folders.append(tmp_path / "deliveries" / str(number))
        write(folders[-1], path.removeprefix("my_data/"), text)
    connection = scored(folders, date(2026, 7, 1), date(2026, 4, 2))
    summary.print_run(connection)
    lines = [words(line) for line in capsys.readouterr().out.splitlines()]
    shown = printed("--raw my_data", "2026-07-01").splitlines()
    parts = [words(line) for line in shown if re.match(r"interactions |\d+ rows loaded|\d+ customers| +1 ", line)]
    assert len(parts) == 5
    for part in parts:
        assert part in lines, [line for line in lines if part[:6] == line[:6]]
    fates = connection.execute(
        "select record_key, file, file_row, reason from marts.rejected_rows order by record_key"
    ).fetchall()
    for key, file, row, reason in fates:
        assert f"| interactions | {key} | {file} | {row} | {reason} |" in DOCUMENT
    assert len(fates) == 3


@pytest.fixture(scope="module")
def third_source(copy_project, tmp_path_factory):
    """The project with the document's folder and line: where it is, its warehouse, and what its run printed."""
    root = copy_project(tmp_path_factory.mktemp("third") / "project")
    for path, text in [*files_of(f"models/staging/{KIND}"), *files_of("call_logs")]:
        write(root, path, text)
    settings = root / "dbt_project.yml"
    before = settings.read_text(encoding="utf-8")
    (line,) = (text for path, text in FILES if path == "dbt_project.yml")
    settings.write_text(before.replace("  source_kinds:\n", f"  source_kinds:\n{line}"), encoding="utf-8")
    assert settings.read_text(encoding="utf-8") != before

    warehouse = root / "mine.duckdb"
    command = f"--source {KIND} --raw call_logs --as-of {AS_OF}"
    done = subprocess.run(
        [sys.executable, "scripts/rapport.py", "run", *command.split(), "--warehouse", str(warehouse), "--no-publish"],
        cwd=root,
        env=environment(warehouse) | {"COLUMNS": "118"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root, warehouse, done.stdout


def environment(warehouse):
    """Without a target folder of other tests: the copy has its own."""
    return {name: value for name, value in os.environ.items() if name != "DBT_TARGET_PATH"} | {
        "RAPPORT_WAREHOUSE": str(warehouse)
    }


def query(warehouse, sql):
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_third_source_prints_what_the_document_shows(third_source):
    assert words(third_source[2]) == words(printed(f"--source {KIND}"))


def test_third_source_scores_as_the_oracle_does(third_source):
    interactions = [
        (1, "+15550100", "2026-03-02", "grievance", -0.5),
        (2, "+15550101", "2026-03-02", "inquiry", None),
        (3, "+15550102", "2026-03-03", "request", 0),
        (4, "+15550100", "2026-03-04", "commendation", 1),
    ]
    rows = [
        {
            "interaction_id": str(key),
            "customer_id": customer,
            "occurred_at": day,
            "nature": nature,
            "sentiment": None if sentiment is None else str(sentiment),
            "_load_id": 1,
            "_file": "interactions.csv",
            "_row": key,
        }
        for key, customer, day, nature, sentiment in interactions
    ]
    expected = oracle.score_portfolio({"interactions": rows}, AS_OF, FIRST_DAY)
    found = query(
        third_source[1],
        "select score_date, customer_id, segment, score, portfolio_rank from marts.customer_scores_daily order by all",
    )
    assert found == [(s.score_date, s.customer_id, s.segment, s.score, s.portfolio_rank) for s in expected]
    assert (AS_OF, "+15550101", "resident", Decimal("70.00"), 2) in found


def test_third_source_rejects_with_reasons(third_source):
    rejected = query(
        third_source[1],
        "select record_key, file, file_row, reason, json_extract_string(original_row, '$.disposition') "
        "from marts.rejected_rows order by file_row",
    )
    assert rejected == [
        ("4715", "calls.csv", 6, "missing_customer", "question"),
        ("4716", "calls.csv", 7, "unreadable_timestamp", "complaint"),
        ("4717", "calls.csv", 8, "rating_out_of_range", "question"),
        ("4718", "calls.csv", 9, "unknown_nature", "mischief"),
    ]


def test_third_source_accounts_for_every_row(third_source):
    (fates,) = query(
        third_source[1],
        "select source_kind, raw_table, loaded, used, waiting, older_copies, withdrawn, rejected "
        "from marts.load_summary",
    )
    assert fates == (KIND, "callcenter_calls", 10, 4, 1, 1, 0, 4)
    assert query(third_source[1], "select count(*) from raw.callcenter_calls") == [(10,)]


def test_third_source_passes_dbt_build_with_unit_tests(third_source):
    root, warehouse, _ = third_source
    done = subprocess.run(
        [*DBT, "build"], cwd=root, env=environment(warehouse), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "ERROR=0 SKIP=0" in done.stdout
    assert "PASS stg_callcenter__calls::calls_rating_becomes_a_sentiment" in done.stdout
    assert "PASS assert_every_raw_row_has_one_fate" in done.stdout
