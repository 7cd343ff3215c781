"""What the documents say: the worked example, the rule tables and the contracts, compared with what they describe."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from runner import errors
from runner.project import ROOT, raw_tables, source_kinds
from runner.warehouse import read_seed

METHODOLOGY, CONTRACTS = ROOT / "docs" / "methodology.md", ROOT / "docs" / "contracts.md"
PAGES = [
    path
    for path in (*(ROOT / name for name in ("README.md", "DECISIONS.md", "CONTRIBUTING.md")), *ROOT.glob("docs/*.md"))
    if path.exists()
]
FACTORS = ("frequency", "tone", "variety", "persistence", "recency")
SEGMENTS = ("resident", "prospect")
FIRST_DAY, SCORE_DATE = date(2026, 1, 4), date(2026, 2, 2)
# Half of the last decimal that a page gives, and a little for the doubles themselves.
FOUR_DECIMALS = 0.000051


def section(path: Path, heading: str) -> str:
    """The text under a heading, up to the next heading of any level."""
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{path.name}: no heading {heading}"
    return found[1]


def table(path: Path, heading: str, number: int = 1) -> list[dict[str, str]]:
    """A table under a heading, the first if not said otherwise, as rows by column; code marks are taken off."""
    return nth_table(section(path, heading), number)


def first_table(text: str) -> list[dict[str, str]]:
    """The first table of a text, as rows by column; code marks are taken off."""
    return nth_table(text, 1)


def nth_table(text: str, number: int) -> list[dict[str, str]]:
    """A table of a text, as rows by column; code marks are taken off."""
    lines = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)[number - 1].splitlines()
    header, _, *rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]


def value(expression: str) -> float:
    """A sum as it is written on a page."""
    assert re.fullmatch(r"[0-9.+\-*/^() ]+", expression), expression
    return eval(expression.replace("^", "**"), {"__builtins__": {}})


# The worked example


@pytest.fixture
def example(scored, folder):
    """A warehouse of the rows that the page shows."""
    text = METHODOLOGY.read_text(encoding="utf-8")
    files = re.findall(r"^`(\w+\.csv)`\n\n```csv\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in files] == ["customer_segments.csv", "interactions.csv", "issues.csv"]
    for name, content in files:
        (folder / name).write_text(content, encoding="utf-8")
    return scored([folder], SCORE_DATE, FIRST_DAY)


def scores(connection) -> dict[date, dict[str, object]]:
    cursor = connection.execute("select * from marts.customer_scores_daily")
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return {row["score_date"]: row for row in rows}


def test_example_score_and_points(example):
    made = scores(example)[SCORE_DATE]
    stated = table(METHODOLOGY, "The score")
    assert tuple(row["factor"] for row in stated) == FACTORS
    weights = {
        row["factor"]: float(row["weight"]) for row in read_seed("factor_weights") if row["segment"] == "resident"
    }
    for row in stated:
        factor = row["factor"]
        assert made[f"{factor}_points"] == Decimal(row["points"])
        assert float(row["times"]) == pytest.approx(100 * weights[factor])
        sub_score = float(row["sub-score"])
        assert value(row["sub-score, written out"]) == pytest.approx(sub_score, abs=FOUR_DECIMALS)
        # Points are rounded to a hundredth of 15 to 30.
        assert float(made[f"{factor}_points"]) / float(row["times"]) == pytest.approx(sub_score, abs=0.0005)
    words = section(METHODOLOGY, "The score")
    points = " + ".join(row["points"] for row in stated)
    assert f"{points} = **{made['score']}**, which is `{made['band']}`" in words
    assert made["score"] == sum(Decimal(row["points"]) for row in stated)
    confidence = re.search(r"The confidence is (.*?) = ([\d.]+)\.", words)
    assert made["confidence"] == Decimal(confidence[2])
    assert value(confidence[1]) == pytest.approx(float(confidence[2]), abs=FOUR_DECIMALS)


def test_example_statement(example):
    changes = [f"{factor}_change" for factor in FACTORS]
    made = example.execute(
        f"select line_number, statement_on, line_kind, {', '.join(changes)}, score_change, score_after "
        "from marts.score_statement order by line_number"
    ).fetchall()
    columns = ("frequency", "tone", "variety", "persistence", "recency", "change", "score after")
    stated = [
        (int(row["line"]), date.fromisoformat(row["day"]), row["kind"], *(Decimal(row[column]) for column in columns))
        for row in table(METHODOLOGY, "Ana's statement")
    ]
    assert stated == made


def test_example_sums(example):
    balances = {
        ("frequency", "E"): "frequency_resident_gain * frequency_decay",
        ("frequency", "L"): "frequency_resident_cost * frequency_decay",
        ("tone", "P"): "tone_pleasant * tone_decay",
        ("tone", "N"): "tone_unpleasant * tone_decay",
        ("variety", "V"): "variety_categories * variety_decay",
        (
            "persistence",
            "B",
        ): "persistence_open_issues + (persistence_repeats - persistence_opened) * persistence_decay",
        ("recency", "P"): "recency_pleasant * recency_decay",
        ("recency", "N"): "recency_unpleasant * recency_decay",
        ("confidence", "n"): "tone_contacts * tone_decay",
    }
    stated = table(METHODOLOGY, "The sums")
    assert [(row["factor"], row["balance"]) for row in stated] == list(balances)
    made = example.execute(
        f"select {', '.join(balances.values())} from ledger.balances inner join intermediate.scoring_days "
        "on score_date >= valid_from and score_date < coalesce(valid_to, date '9999-12-31') "
        "where score_date = ? and segment = 'resident'",
        [SCORE_DATE],
    ).fetchone()
    for row, amount in zip(stated, made, strict=True):
        assert value(row["sum"]) == pytest.approx(amount), row
        assert float(row["worth"]) == pytest.approx(amount, abs=FOUR_DECIMALS), row


def test_example_contacts(example):
    stated = table(METHODOLOGY, "What counts")
    made = example.execute(
        "select string_agg(interaction_id, ' and ' order by interaction_id), ? - occurred_on "
        "from intermediate.interactions where contact_id is not null group by contact_id, occurred_on order by 2 desc",
        [SCORE_DATE],
    ).fetchall()
    assert [(row["contact"], int(row["age, days"])) for row in stated] == made


def test_example_day_by_day(example):
    made = scores(example)
    stated = table(METHODOLOGY, "How it came there")
    assert (stated[0]["day"], stated[-1]["day"]) == (str(FIRST_DAY), str(SCORE_DATE))
    for row in stated:
        day = made[date.fromisoformat(row["day"])]
        for factor in FACTORS:
            assert day[f"{factor}_points"] == Decimal(row[factor]), (row["day"], factor)
        assert (day["score"], day["confidence"]) == (Decimal(row["score"]), Decimal(row["confidence"])), row["day"]
        assert day["band"] == row["band"], row["day"]


# The rules


def test_factors_are_those_of_the_seeds():
    half_lives = {row["factor"]: float(row["half_life_days"]) for row in read_seed("factor_settings")}
    rules = {(row["segment"], row["factor"]): row for row in read_seed("factor_weights")}
    stated = table(METHODOLOGY, "Factors")
    assert [row["factor"] for row in stated] == list(half_lives)
    assert len(rules) == len(stated) * len(SEGMENTS)
    for row in stated:
        assert float(row["half-life, days"]) == half_lives[row["factor"]]
        for segment in SEGMENTS:
            rule = rules[segment, row["factor"]]
            assert float(row[f"k {segment}"]) == float(rule["saturation"]), (segment, row["factor"])
            assert float(row[f"weight {segment}"]) == float(rule["weight"]), (segment, row["factor"])


@pytest.mark.parametrize(
    ("heading", "seed", "columns"),
    [
        (
            "Natures",
            "natures",
            {
                "nature": "nature",
                "is a problem": "is_problem",
                "default tone": "default_tone",
                "effect, resident": "resident_effect",
                "effect, prospect": "prospect_effect",
            },
        ),
        ("Settings", "rule_settings", {"setting": "setting", "value": "value"}),
        ("Bands", "score_bands", {"band": "band", "floor": "floor"}),
    ],
)
def test_rules_are_those_of_the_seeds(heading, seed, columns):
    expected = [{name: row[column] for name, column in columns.items()} for row in read_seed(seed)]
    assert table(METHODOLOGY, heading) == expected


# The contracts


@pytest.mark.parametrize(
    "raw_table", [table for kind in source_kinds() for table in raw_tables(kind)], ids=lambda table: table.name
)
def test_raw_tables_are_those_of_the_contract(raw_table):
    stated = {row["column"]: row["needed"] == "yes" for row in table(CONTRACTS, raw_table.name)}
    for_every_table = {"updated_at", "_deleted"}
    expected = {column: column in raw_table.needed_columns for column in raw_table.data_columns}
    assert stated == {column: needed for column, needed in expected.items() if column not in for_every_table}


def marts() -> list[dict]:
    paths = sorted((ROOT / "models" / "marts").glob("*/*models.yml"))
    return [model for path in paths for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]]


@pytest.mark.parametrize("mart", marts(), ids=lambda mart: mart["name"])
def test_marts_are_those_of_the_contract(mart):
    stated = [(row["column"], row["type"]) for row in table(CONTRACTS, mart["name"])]
    assert stated == [(column["name"], column["data_type"]) for column in mart["columns"]]


def test_reasons_are_those_of_the_seed():
    stated = [row["reason"] for row in table(CONTRACTS, "Why a row is rejected")]
    assert stated == [row["reason"] for row in read_seed("reject_reasons")]


def test_exit_codes_are_those_of_the_errors():
    stated = {int(row["code"]) for row in table(CONTRACTS, "Exit codes of the runner")}
    kinds = [errors.RapportError, *errors.RapportError.__subclasses__()]
    # 0 is success, and 2 what the command line itself gives.
    assert stated >= {0, 2} | {kind.exit_code for kind in kinds}


def test_tones_of_a_help_desk_are_those_of_the_seed():
    heading = "A help desk's log becomes contacts and issues"
    stated = {
        (row["event"], row["nature"], impact): float(row[f"impact {impact}"])
        for row in table_at_first(ROOT / "DECISIONS.md", heading, rows=2)
        for impact in "123"
    }
    seed = read_seed("servicenow_tones")
    assert stated == {(row["event"], row["nature"], row["impact"]): float(row["sentiment"]) for row in seed}


def table_at_first(path: Path, heading: str, rows: int) -> list[dict[str, str]]:
    """The first rows of the first table of a section that has several tables."""
    lines = [line for line in section(path, heading).splitlines() if line.startswith("|")][: rows + 2]
    cells = [line.strip("| ").replace("| ---", "|---").split("|") for line in lines]
    header, _, *body = [[cell.strip() for cell in line] for line in cells]
    return [dict(zip(header, row, strict=True)) for row in body]


# Links and commands


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)", without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(path), f"{page.name}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_make_commands_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w.-]+):(?!=)", makefile, re.MULTILINE))
    blocks = re.findall(r"^```(?:sh|bash|shell|console)?\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    commands = re.findall(r"^(?:\$ )?make ([a-z][\w-]*)", "\n".join(blocks), re.MULTILINE)
    assert set(commands) <= targets, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_csv_examples_are_regular(page):
    """Every row of a csv block has as many values as its header."""
    for block in re.findall(r"^```csv\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        header, *rows = csv.reader(io.StringIO(block))
        assert all(len(row) == len(header) for row in rows), page.name
