"""The customers of docs/worked-examples.md: the rows that the page shows, scored, give every line and figure on it."""

import gzip
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from runner.demo_data import DemoOptions, write_demo
from runner.project import ROOT
from test_docs import FACTORS, first_table, value

PAGE = (ROOT / "docs" / "worked-examples.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+): [^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
OF_THE_DEMO = [customer for customer, text in SECTIONS.items() if "```csv" in text]
OF_THE_LOG = [customer for customer in SECTIONS if customer not in OF_THE_DEMO]
FIRST_DAYS = {"files": date(2025, 10, 1), "servicenow": date(2016, 3, 1)}
CHANGES = ("frequency", "tone", "variety", "persistence", "recency", "change", "score after")
# An expression in code marks, and what it comes to: in the next cell of a table, or after an equals sign.
WORTHS = re.compile(r"`([0-9.+\-*/^() ]+)`(?: =| \|) (-?[0-9.]+[0-9])")


def files(customer: str) -> dict[str, list[str]]:
    """The raw rows of a section, by file, header first."""
    found = re.findall(r"^`([\w.]+\.csv)`\n\n```csv\n(.*?)^```", SECTIONS[customer], re.MULTILINE | re.DOTALL)
    return {name: rows.splitlines() for name, rows in found}


def stated_lines(customer: str) -> list[tuple]:
    """The statement of a section."""
    return [
        (
            int(row["line"]),
            date.fromisoformat(row["day"]),
            row["kind"],
            row["about"],
            *(Decimal(row[name]) for name in CHANGES),
        )
        for row in first_table(SECTIONS[customer].split(f"### Statement of {customer}\n")[1])
    ]


def test_the_page_has_three_of_each():
    assert (len(OF_THE_DEMO), len(OF_THE_LOG)) == (3, 3)


def assert_statement(customer: str, source: str, raw: Path, project, warehouse: Path) -> None:
    stated = stated_lines(customer)
    as_of = stated[-1][1] + timedelta(days=1)
    with project.score(warehouse, [raw], as_of, FIRST_DAYS[source], source=source) as connection:
        changes = ", ".join(f"{factor}_change" for factor in FACTORS)
        made = connection.execute(
            "select line_number, statement_on, line_kind, case line_kind when 'contact' "
            f"then concat_ws(' ', nature, issue_category) else coalesce(issue_id, '') end, {changes}, score_change, "
            "score_after from marts.score_statement where customer_id = ? order by line_number",
            [customer],
        ).fetchall()
        assert stated == made
        scores = dict(
            connection.execute(
                "select score_date, score from marts.customer_scores_daily where customer_id = ?", [customer]
            ).fetchall()
        )
        assert {day: after for _, day, *_, after in stated}.items() <= scores.items()


@pytest.mark.parametrize("customer", OF_THE_DEMO)
def test_rows_of_the_page_make_the_statement(customer, project, folder, tmp_path):
    for name, rows in files(customer).items():
        (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert_statement(customer, "files", folder, project, tmp_path / "warehouse")


@pytest.mark.parametrize("customer", OF_THE_LOG)
def test_rows_of_the_log_make_the_statement(customer, log, project, folder, tmp_path):
    header, rows = log
    caller = header.split(",").index("caller_id")
    of_caller = [row for row in rows if row.split(",")[caller] == customer]
    (folder / "incident_event_log.csv").write_text("\n".join([header, *of_caller]) + "\n", encoding="utf-8")
    assert_statement(customer, "servicenow", folder, project, tmp_path / "warehouse")
    updates = [dict(zip(header.split(","), row.split(","), strict=True)) for row in of_caller]
    shown = first_table(SECTIONS[customer])
    assert len(shown) >= 4
    for row in shown:
        state, *_ = row["what the log says"].split(",")
        assert any(
            (update["number"], update["sys_updated_at"], update["incident_state"])
            == (row["incident"], row["update"], state)
            for update in updates
        ), row


@pytest.mark.parametrize("customer", SECTIONS)
def test_sums_are_right(customer):
    found = WORTHS.findall(SECTIONS[customer])
    assert len(found) >= 1
    for expression, worth in found:
        places = len(worth.split(".")[1])
        assert value(expression) == pytest.approx(float(worth), abs=0.51 * 10**-places), expression


def test_rows_are_those_of_the_demo(tmp_path):
    write_demo(tmp_path, DemoOptions())
    for customer in OF_THE_DEMO:
        for name, rows in files(customer).items():
            header, *all_rows = (tmp_path / name).read_text(encoding="utf-8").splitlines()
            of_customer = [row for row in all_rows if customer in row.split(",")[:2]]
            assert (rows[0], sorted(rows[1:])) == (header, sorted(of_customer)), (customer, name)


@pytest.fixture(scope="module")
def log(incident_log) -> tuple[str, list[str]]:
    """The incident log's header and rows."""
    with gzip.open(incident_log / "incident_event_log.csv.gz", "rt", encoding="utf-8") as file:
        header, *rows = file.read().splitlines()
    return header, rows
