"""The command line from end to end: what a user types, what they see, and that dbt makes what the harness makes."""

import csv
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import duckdb
import histories
import pytest
from runner.building import DBT
from runner.errors import BuildError, InputError, RulesError
from runner.project import ROOT
from runner.warehouse import connect, read_seed

TABLES = (
    "select table_schema || '.' || table_name from information_schema.tables "
    "where table_schema in ('intermediate', 'marts') and table_name not in ('raw_rows', 'runs', 'run_log') order by 1"
)


def contents(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute(TABLES).fetchall()]
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in names}


@pytest.fixture(scope="module")
def portfolio():
    return histories.random_portfolio(11, 60, loads=2)


@pytest.fixture(scope="module")
def run_twice(portfolio, rapport, tmp_path_factory):
    """A warehouse after two loads, each with a run; and what the second run printed."""
    folder = tmp_path_factory.mktemp("run")
    path = folder / "run.duckdb"
    for raw_folder in histories.write_csv(portfolio, folder / "raw"):
        done = rapport(
            "run", "--raw", raw_folder, "--as-of", portfolio.as_of, "--from", portfolio.first_day, "--warehouse", path
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return path, done.stdout


def test_dbt_makes_what_the_harness_makes(run_twice, project, portfolio, tmp_path):
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    with project.score(tmp_path / "warehouse", folders, portfolio.as_of, portfolio.first_day):
        pass
    expected, built = contents(tmp_path / "warehouse" / "warehouse.duckdb"), contents(run_twice[0])
    assert expected["marts.customer_scores_daily"]
    assert built == expected


def test_run_prints_what_became_of_the_rows(run_twice):
    path, printed = run_twice
    with connect(path, read_only=True) as connection:
        loaded, used = connection.execute("select sum(loaded), sum(used) from marts.load_summary").fetchone()
        customers = connection.execute("select count(*) from marts.customer_scores_current").fetchone()[0]
    assert f"{loaded:,} rows loaded = {used:,} used + " in printed
    assert f"{customers} customers scored on " in printed
    for words in (
        "Residents, best and worst of",
        "Prospects, best and worst of",
        "Biggest falls of the week",
        "rejected",
        "waiting",
    ):
        assert words in printed


def test_a_run_without_news_changes_nothing(run_twice, rapport, portfolio):
    path, _ = run_twice
    before = contents(path)
    done = rapport("run", "--as-of", portfolio.as_of, "--warehouse", path)
    assert done.returncode == 0, done.stdout
    assert contents(path) == before


def test_what_waited_counts_on_its_day_though_nothing_is_loaded(run_twice, rapport, project, portfolio, tmp_path):
    path, later = tmp_path / "run.duckdb", portfolio.as_of + timedelta(days=40)
    shutil.copy(run_twice[0], path)
    for day, settles in ((later, True), (later + timedelta(days=1), False)):
        done = rapport("run", "--as-of", day, "--warehouse", path, "--verbose")
        assert done.returncode == 0, done.stdout
        assert ("model staging.stg_files__interactions" in done.stderr) == settles
    folders = histories.write_csv(portfolio, tmp_path / "raw")
    with project.score(tmp_path / "warehouse", folders, day, portfolio.first_day) as connection:
        waited = "select count(*) from marts.customer_scores_current where last_contact_on > ?"
        assert connection.execute(waited, [portfolio.as_of]).fetchone()[0] > 0
    assert contents(path) == contents(tmp_path / "warehouse" / "warehouse.duckdb")


def test_explain_shows_score_factors_and_events(run_twice, rapport):
    path, _ = run_twice
    with connect(path, read_only=True) as connection:
        customer, score, contacts = connection.execute(
            "select customer_id, score, count(*) from marts.customer_scores_current inner join marts.score_statement "
            "using (customer_id) where line_kind = 'contact' and length(customer_id) < 50 "
            "group by all order by 3 desc, 1 limit 1"
        ).fetchone()
    done = rapport("explain", customer, "--days", 36_500 * 5, "--warehouse", path)
    assert done.returncode == 0, done.stdout
    assert f"{score} of 100" in done.stdout
    for words in ("frequency", "tone", "variety", "persistence", "recency", " of 30", "█"):
        assert words in done.stdout
    dated = [line for line in done.stdout.splitlines() if line[:2] in ("19", "20") and line[4] == "-"]
    natures = {row["nature"] for row in read_seed("natures")}
    assert sum(not natures.isdisjoint(line.split()[:6]) for line in dated) == contacts


def test_explain_of_nobody_names_who_is_near(run_twice, rapport):
    done = rapport("explain", "C1x", "--warehouse", run_twice[0])
    assert done.returncode == InputError.exit_code
    assert "Customer C1x is not known. Did you mean" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "fax"], "no such kind of source. There are files, servicenow"),
        (["--encoding", "ebcdic"], "There are utf-8, utf-16, latin-1"),
        (["--from", "2001-01-01"], "this warehouse scores from"),
        (["--as-of", "2001-01-01"], "is scored up to"),
    ],
)
def test_options_that_make_no_sense_stop_a_run(run_twice, rapport, tmp_path, arguments, message):
    before = contents(run_twice[0])
    done = rapport("run", "--raw", tmp_path, "--warehouse", run_twice[0], *arguments)
    assert done.returncode == InputError.exit_code
    assert message in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1
    assert contents(run_twice[0]) == before


def edit_seed(project, name, change):
    path = project / "seeds" / "rules" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(change(dict(zip(header, row, strict=True))) for row in rows)])


def run_copy(project, path, portfolio, *arguments):
    """A run of a copy of the project, on a warehouse."""
    command = [sys.executable, project / "scripts" / "rapport.py", "run", "--as-of", portfolio.as_of]
    return subprocess.run(
        [*map(str, command), "--warehouse", str(path), *arguments],
        env=os.environ | {"COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_other_rules_stop_a_run_until_it_rebuilds(run_twice, project_copy, portfolio, tmp_path):
    path = tmp_path / "mine.duckdb"
    shutil.copy(run_twice[0], path)
    before = contents(path)

    for name in (
        "factor_settings",
        "factor_weights",
        "natures",
        "score_bands",
        "rule_settings",
        "alert_settings",
        "touchpoints",
        "servicenow_states",
        "servicenow_tones",
        "issue_categories",
        "text_settings",
        "tone_terms",
        "zendesk_ratings",
        "zendesk_states",
    ):
        edit_seed(project_copy, name, lambda row: [*list(row.values())[:-1], "v2"])
    edit_seed(
        project_copy,
        "natures",
        lambda row: [
            *list(row.values())[:2],
            "-1" if row["nature"] == "grievance" else row["default_tone"],
            *list(row.values())[3:],
        ],
    )
    stopped = run_copy(project_copy, path, portfolio)
    assert stopped.returncode == RulesError.exit_code
    assert "rule version v2, but the stored scores are of v1" in stopped.stdout
    assert "--rebuild" in stopped.stdout
    assert contents(path) == before

    rebuilt = run_copy(project_copy, path, portfolio, "--rebuild")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    after = contents(path)["marts.customer_scores_daily"]
    assert {row[-1] for row in after} == {"v2"}
    assert [row[:4] for row in after] == [row[:4] for row in before["marts.customer_scores_daily"]]
    assert [row[4] for row in after] != [row[4] for row in before["marts.customer_scores_daily"]]

    # Weights that do not sum to 1: a test of the seed fails, and no score is touched.
    edit_seed(project_copy, "factor_weights", lambda row: [*list(row.values())[:2], "0.25", *list(row.values())[3:]])
    stopped = run_copy(project_copy, path, portfolio)
    assert stopped.returncode == RulesError.exit_code
    assert "say something else than when the stored scores were made" in stopped.stdout
    failed = run_copy(project_copy, path, portfolio, "--rebuild")
    assert failed.returncode == BuildError.exit_code
    assert "failed" in failed.stdout
    assert contents(path)["marts.customer_scores_daily"] == after


def test_views_and_seeds_are_made_anew_when_the_project_changes_and_only_then(
    run_twice, project_copy, portfolio, tmp_path
):
    path = tmp_path / "mine.duckdb"
    shutil.copy(run_twice[0], path)

    def made():
        done = run_copy(project_copy, path, portfolio, "--verbose")
        assert done.returncode == 0, done.stdout
        return "created sql view model marts.run_log" in done.stderr, "loaded seed file rules.channels" in done.stderr

    assert made() == (False, False)
    model = project_copy / "models" / "marts" / "operations" / "run_log.sql"
    edited = model.read_text(encoding="utf-8").replace("select * from final", "select * from final where run_id > 1")
    model.write_text(edited, encoding="utf-8")
    assert made() == (True, True)
    with connect(path, read_only=True) as connection:
        assert connection.execute("select min(run_id) from marts.run_log").fetchone() == (2,)
    assert made() == (False, False)
    # dbt without the runner may have made others.
    environment = os.environ | {"RAPPORT_WAREHOUSE": str(path)}
    subprocess.run([*DBT, "--quiet", "seed", "--select", "channels"], cwd=project_copy, env=environment, check=True)
    assert made() == (True, True)


def test_statements_made_in_batches_are_the_same(run_twice, project_copy, portfolio, tmp_path):
    settings = project_copy / "dbt_project.yml"
    in_batches, changes = re.subn(
        r"statement_batch_customers: \d+", "statement_batch_customers: 5", settings.read_text(encoding="utf-8")
    )
    assert changes == 1
    settings.write_text(in_batches, encoding="utf-8")
    path = tmp_path / "mine.duckdb"
    for raw_folder in histories.write_csv(portfolio, tmp_path / "raw"):
        done = run_copy(project_copy, path, portfolio, "--raw", str(raw_folder), "--from", str(portfolio.first_day))
        assert done.returncode == 0, done.stdout + done.stderr
    assert contents(path) == contents(run_twice[0])


def test_dbt_build_passes_on_no_data_and_without_the_runner(tmp_path, target):
    """With the unit tests, which the runner leaves out."""
    environment = os.environ | {"RAPPORT_WAREHOUSE": str(tmp_path / "none.duckdb"), "DBT_TARGET_PATH": str(target)}
    done = subprocess.run(
        [*DBT, "--warn-error", "build"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "ERROR=0 SKIP=0" in done.stdout


def test_demo_scores_its_stories(rapport, tmp_path):
    path = tmp_path / "demo.duckdb"
    done = rapport("demo", "--directory", tmp_path / "raw", "--customers", 300, "--warehouse", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 waiting + 3 older copies + 1 withdrawn + 3 rejected" in done.stdout
    assert " customers scored on 2026-06-30: " in done.stdout
    assert "explain c0000001" in done.stdout
    with connect(path, read_only=True) as connection:
        won_back = connection.execute(
            "select max(score) filter (where score_date = '2025-12-31') < 50, "
            "max(score) filter (where score_date = '2026-05-31') > 72 "
            "from marts.customer_scores_daily where customer_id = 'c0000003'"
        ).fetchone()
        boiler = connection.execute(
            "select avg(score) filter (where score_date = '2026-01-14') "
            "< avg(score) filter (where score_date = '2026-01-04') - 5 "
            "from marts.customer_scores_daily where property_id = 'p05' and segment = 'resident'"
        ).fetchone()
    assert won_back == (True, True)
    assert boiler == (True,)


def test_query_answers_and_changes_nothing(run_twice, rapport):
    path, _ = run_twice
    done = rapport("query", "select count(*) as scores from marts.customer_scores_daily", "--warehouse", path)
    assert done.returncode == 0
    assert "scores" in done.stdout
    for statement in ("drop table marts.customer_scores_daily", "select nonsense"):
        done = rapport("query", statement, "--warehouse", path)
        assert done.returncode == InputError.exit_code
        assert len(done.stdout.strip().splitlines()) == 1
