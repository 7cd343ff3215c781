"""What-if: candidate rules beside those in force, and a warehouse that nobody touches."""

import csv
import hashlib
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from runner import what_if
from runner.demo_data import DemoOptions, write_demo
from runner.errors import InputError
from runner.warehouse import RULES, connect

DAY = date(2026, 2, 2)
# Ana's history of docs/methodology.md; Ben, of whom nobody has heard; Cleo, who moved in two days later.
SEGMENTS = """customer_id,started_on,segment,property_id
ana,2025-11-01,resident,p1
ben,2025-11-01,resident,p1
cleo,2026-02-04,resident,p1
"""
INTERACTIONS = """interaction_id,customer_id,occurred_at,direction,nature,issue_id,issue_category,sentiment
i1,ana,2026-01-05T08:10:00,inbound,grievance,t1,heating,-0.7
i2,ana,2026-01-05T18:40:00,inbound,grievance,t1,heating,-0.4
i3,ana,2026-01-12T09:00:00,inbound,request,t2,noise,
i5,ana,2026-01-19T07:30:00,inbound,request,,heating,-0.4
i6,ana,2026-01-26T16:00:00,inbound,commendation,,,0.9
i7,ana,2026-02-03T16:00:00,inbound,grievance,,,-0.9
"""
ISSUES = """issue_id,customer_id,issue_category,opened_at,resolved_at
t1,ana,heating,2026-01-05T08:10:00,2026-01-12T15:00:00
t2,ana,noise,2026-01-12T09:00:00,
"""


@pytest.fixture(scope="module")
def small(rapport, tmp_path_factory) -> Path:
    """A warehouse of Ana and Ben, scored up to two days after the compared one."""
    folder = tmp_path_factory.mktemp("small")
    raw = folder / "raw"
    raw.mkdir()
    for name, text in {"customer_segments": SEGMENTS, "interactions": INTERACTIONS, "issues": ISSUES}.items():
        (raw / f"{name}.csv").write_text(text, encoding="utf-8")
    run(rapport, raw, DAY - timedelta(days=20), DAY + timedelta(days=2), folder / "small.duckdb")
    return folder / "small.duckdb"


@pytest.fixture(scope="module")
def world(rapport, tmp_path_factory) -> Path:
    """A made-up world with outcomes."""
    folder, options = tmp_path_factory.mktemp("world"), DemoOptions(customers=300)
    write_demo(folder / "raw", options)
    run(rapport, folder / "raw", options.first_day, options.last_day, folder / "world.duckdb")
    return folder / "world.duckdb"


def run(rapport, raw: Path, first: date, as_of: date, path: Path) -> None:
    done = rapport("run", "--raw", raw, "--from", first, "--as-of", as_of, "--warehouse", path)
    assert done.returncode == 0, done.stdout + done.stderr


def candidate(folder: Path, name: str, **changes: dict) -> Path:
    """Writes a copy of a seed into a folder; changes: of which column what becomes of a row's value."""
    folder.mkdir(exist_ok=True)
    with (RULES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for column, change in changes.items():
            row[column] = change(row)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def weights(**resident: str):
    """A change of residents' weights."""
    return lambda row: resident.get(row["factor"], row["weight"]) if row["segment"] == "resident" else row["weight"]


def fingerprint(path: Path) -> tuple[str, list[str]]:
    """A file's content, and what lies beside it."""
    return hashlib.sha256(path.read_bytes()).hexdigest(), sorted(each.name for each in path.parent.iterdir())


def changes_of(comparison: what_if.Comparison) -> dict[str, tuple]:
    rows = comparison.connection.execute(
        "select customer_id, current_score, candidate_score, score_change from what_if_changes"
    ).fetchall()
    return {customer: tuple(scores) for customer, *scores in rows}


# What it says


def test_the_same_rules_move_nobody(world, rapport, target, tmp_path):
    rules = candidate(tmp_path / "rules", "factor_weights")
    candidate(rules, "score_bands")
    before, parsed = fingerprint(world), fingerprint(target / "partial_parse.msgpack")[0]
    with what_if.compare(world, rules) as comparison:
        assert comparison.rules == {}
        assert {row["segment"] for row in comparison.segments} == {"resident", "prospect"}
        for row in comparison.segments:
            assert row["customers"] > 5
            assert row["rank_correlation"] == pytest.approx(1, abs=1e-9)
            assert {row[name] for name in ("moved", "crossed_bands", "only_candidate", "only_current")} == {0}
            assert {row[name] for name in ("largest_fall", "median", "largest_rise")} == {0}
        assert {scores[2] for scores in changes_of(comparison).values()} == {0}
        assert all(row["current_band"] == row["candidate_band"] for row in comparison.bands)
        # Landmark days and cases are those of the other warehouse, and so is what the score tells of them.
        stated = {
            tuple(row[:6]): row[6]
            for row in answer(
                world,
                "select outcome, versus, segment, horizon_days, n, positives, auc from marts.score_validation "
                "where predictor = 'score'",
            )
        }
        assert len(stated) > 8
        for row in comparison.validation:
            key = tuple(row[name] for name in ("outcome", "versus", "segment", "horizon_days", "n", "positives"))
            assert row["candidate_auc"] == row["current_auc"] == stated.pop(key)
            assert (row["difference"] or 0) == 0
            assert row["verdict"] in ("no clear difference", "too little data")
        assert not stated
    assert fingerprint(world) == before
    assert fingerprint(target / "partial_parse.msgpack")[0] == parsed


def answer(path: Path, sql: str) -> list[tuple]:
    with connect(path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def points(weight: str, sub_score: float) -> Decimal:
    return Decimal(f"{100 * float(weight) * sub_score:.2f}")


def test_changed_weights_and_half_lives_move_as_by_hand(small, tmp_path):
    """Frequency and tone change places, recency is forgotten half as fast; the rest of Ana's score stays."""
    rules = candidate(tmp_path / "rules", "factor_weights", weight=weights(frequency="0.3", tone="0.15"))
    candidate(
        rules, "factor_settings", half_life_days=lambda row: 14 if row["factor"] == "recency" else row["half_life_days"]
    )
    # The sums of docs/methodology.md, with 2^(-7/14) and so on for recency.
    gain, cost = 2 ** (-7 / 30), 2 ** (-28 / 30) + 0.5 * 2 ** (-21 / 30) + 0.5 * 2 ** (-14 / 30)
    pleasant, unpleasant = 0.9 * 2 ** (-7 / 60), 0.7 * 2 ** (-28 / 60) + 0.4 * 2 ** (-14 / 60)
    lately, lately_bad = 0.9 * 2 ** (-7 / 14), 0.7 * 2 ** (-28 / 14) + 0.4 * 2 ** (-14 / 14)
    frequency = (1 + (gain - cost) / (gain + cost + 3)) / 2
    tone = (1 + (pleasant - unpleasant) / (pleasant + unpleasant + 2)) / 2
    recency = (1 + (lately - lately_bad) / (lately + lately_bad + 0.5)) / 2
    kept = Decimal("11.86") + Decimal("14.17")
    expected = kept + points("0.3", frequency) + points("0.15", tone) + points("0.15", recency)
    with what_if.compare(small, rules, DAY) as comparison:
        assert comparison.rules == {"factor_settings": 1, "factor_weights": 2}
        assert changes_of(comparison) == {
            "ana": (Decimal("57.55"), expected, expected - Decimal("57.55")),
            "ben": (70, 70, 0),
        }
        (row,) = comparison.segments
        assert (row["customers"], row["moved"], row["segment"]) == (2, 1, "resident")
        assert row["rank_correlation"] == pytest.approx(1)
    assert abs(expected - Decimal("57.55")) > Decimal("0.3")


def test_ranks_that_turn_round_and_bands_that_are_crossed(small, tmp_path):
    """All for recency: Ana, whose last word was thanks, passes Ben."""
    alone = weights(frequency="0", tone="0", variety="0", persistence="0", recency="1")
    rules = candidate(tmp_path / "rules", "factor_weights", weight=alone)
    with what_if.compare(small, rules, DAY) as comparison:
        moved = changes_of(comparison)
        assert moved["ana"][1] == Decimal("64.00")
        assert moved["ben"][1] == Decimal("50.00")
        (row,) = comparison.segments
        assert row["rank_correlation"] == pytest.approx(-1)
        assert row["crossed_bands"] == 2
        crossed = {(row["current_band"], row["candidate_band"]): row["customers"] for row in comparison.bands}
        assert crossed == {("strained", "steady"): 1, ("steady", "strained"): 1}


def test_the_command_line_shows_who_moves(world, rapport, tmp_path):
    rules = candidate(
        tmp_path / "rules", "factor_weights", weight=weights(tone="0.1", recency="0.35"), rule_version=lambda _: "v2"
    )
    before = fingerprint(world)
    done = rapport("what-if", "--rules", rules, "--top", 2, "--warehouse", world)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "factor_weights: 2 rows of other values" in done.stdout
    for words in ("Changes of scores", "rank corr.", "Bands crossed", "What the score tells beforehand"):
        assert words in done.stdout
    for title in ("Largest rises", "Largest falls"):
        _, _, tail = done.stdout.partition(title)
        lines = tail.splitlines()[2:5]
        assert tail
        assert all(" → " in row and "c0000" in row for row in lines[:2])
        assert all(row.lstrip().startswith("+" if title == "Largest rises" else "-") for row in lines[:2])
        assert " → " not in lines[2]
    assert fingerprint(world) == before


# Bad input


def refused(warehouse: Path, rules: Path, day: date | None = None) -> str:
    before = fingerprint(warehouse)
    with pytest.raises(InputError) as error, what_if.compare(warehouse, rules, day):
        pass
    assert fingerprint(warehouse) == before
    assert "\n" not in str(error.value)
    return str(error.value)


def test_rules_that_cannot_be_read_are_named(small, tmp_path):
    rules = tmp_path / "rules"
    assert "rules: no such folder" in refused(small, rules)
    rules.mkdir()
    assert "holds no files" in refused(small, rules)
    shutil.copy(RULES / "natures.csv", rules / "nature.csv")
    message = refused(small, rules)
    assert "nature.csv: no rules are called so" in message
    assert "natures.csv" in message
    (rules / "nature.csv").rename(rules / "natures.csv")
    text = (RULES / "natures.csv").read_text(encoding="utf-8")
    for wrong, words in {
        text.replace("default_tone", "tone"): "lacks the column default_tone and has the unknown column 'tone'",
        text.replace("inquiry,false,", "inquiry,"): "line 4: has 5 values for 6 columns",
        "": "lacks the column nature",
    }.items():
        (rules / "natures.csv").write_text(wrong, encoding="utf-8")
        assert words in refused(small, rules)
    (rules / "natures.csv").write_bytes(text.encode("utf-16"))
    assert "cannot be read as a CSV file in UTF-8" in refused(small, rules)


@pytest.mark.parametrize("day", [date(2026, 2, 5), date(2025, 12, 1)])
def test_a_day_that_is_not_scored_is_refused(small, tmp_path, day):
    message = refused(small, candidate(tmp_path / "rules", "natures"), day)
    assert f"--on {day}: is not scored. This warehouse scores from 2026-01-13 to 2026-02-04" in message


def test_nothing_is_scored_yet(tmp_path):
    with connect(tmp_path / "empty.duckdb"):
        pass
    assert "Nothing is scored" in refused(tmp_path / "empty.duckdb", candidate(tmp_path / "rules", "natures"))


def test_weights_that_do_not_sum_to_1_are_told_by_the_test_of_the_seed(small, tmp_path, rapport):
    rules = candidate(tmp_path / "rules", "factor_weights", weight=weights(tone="0.35"))
    message = refused(small, rules)
    assert "broken: weights sum to 1 per segment (segment resident sum_of_weights 1.0500)" in message
    done = rapport("what-if", "--rules", rules, "--warehouse", small)
    assert done.returncode == InputError.exit_code
    assert done.stdout.startswith("error: --rules ")
    assert len(done.stdout.strip().splitlines()) == 1


def test_a_value_that_is_no_number_is_told(small, tmp_path):
    rules = candidate(tmp_path / "rules", "factor_weights", weight=weights(tone="a lot"))
    message = refused(small, rules)
    assert "factor_weights cannot be read" in message
    assert "a lot" in message


def test_files_that_are_not_given_take_over_the_version(tmp_path):
    rules = candidate(tmp_path / "rules", "factor_weights", rule_version=lambda _: "v2")
    written = what_if.write_project(what_if.check_rules_folder(rules), tmp_path / "project")
    assert len(list(written.glob("*.csv"))) > 10
    for path in written.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            versions = {row.get("rule_version", "v2") for row in csv.DictReader(file)}
        assert versions == {"v2"}, path.name
