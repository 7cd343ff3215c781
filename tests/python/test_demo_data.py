"""The demo data: the same from the same seed, true to what docs/demo-data.md says of it, and full of its stories."""

import csv
import itertools
import re
import time
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pytest
import yaml
from runner import demo_data
from runner.demo_data import DemoOptions, make_world, write_demo
from runner.errors import InputError
from runner.project import ROOT

DEMO = DemoOptions()
SMALL = DemoOptions(customers=400)
KEYS = {
    "interactions": ("interaction_id",),
    "customer_segments": ("customer_id", "started_on"),
    "customers": ("customer_id",),
    "properties": ("property_id",),
    "issues": ("issue_id",),
    "survey_responses": ("response_id",),
    "survey_answers": ("response_id", "touchpoint", "driver"),
    "outcomes": ("outcome_id",),
    "initiatives": ("initiative_id",),
}
DRAWN_TABLES = KEYS.keys() - {"initiatives"}
FIRST_INITIATIVE = "2026-03-16"
WHEN = {
    "interactions": "occurred_at",
    "issues": "opened_at",
    "survey_responses": "responded_at",
    "outcomes": "occurred_at",
}


def read(directory: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the tables as they are in the files, everything text."""
    connection = duckdb.connect()
    for table in KEYS:
        connection.execute(f"create table {table} as from read_csv('{directory}/{table}.csv', all_varchar = true)")
    return connection


def values(connection: duckdb.DuckDBPyConnection, sql: str) -> list:
    """The first column of a query."""
    return [row[0] for row in connection.execute(sql).fetchall()]


def value(connection: duckdb.DuckDBPyConnection, sql: str):
    (only,) = values(connection, sql)
    return only


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    directory = tmp_path_factory.mktemp("demo")
    write_demo(directory, DEMO)
    with read(directory) as connection:
        yield connection


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    directory = tmp_path_factory.mktemp("twin")
    write_demo(directory, replace(DEMO, initiatives=False))
    with read(directory) as connection:
        yield connection


@pytest.fixture(scope="module")
def world() -> duckdb.DuckDBPyConnection:
    """Ten times the demo's customers, with what is hidden in the files."""
    with make_world(replace(DEMO, customers=30_000)) as connection:
        yield connection


# The same world from the same seed


def test_two_runs_write_the_same_bytes_on_any_number_of_threads(tmp_path, monkeypatch):
    write_demo(tmp_path / "one", DEMO)
    monkeypatch.setattr(demo_data.duckdb, "connect", partial(duckdb.connect, config={"threads": 1}))
    write_demo(tmp_path / "two", DEMO)
    for table in KEYS:
        assert (tmp_path / "one" / f"{table}.csv").read_bytes() == (tmp_path / "two" / f"{table}.csv").read_bytes()


def test_another_seed_is_another_world(tmp_path):
    write_demo(tmp_path / "seven", replace(SMALL, seed=7))
    write_demo(tmp_path / "eight", replace(SMALL, seed=8))
    for table in DRAWN_TABLES:
        seven, eight = (tmp_path / name / f"{table}.csv" for name in ("seven", "eight"))
        assert seven.read_bytes() != eight.read_bytes(), table


def test_blocks_of_customers_add_up_to_the_whole(tmp_path, monkeypatch):
    options = replace(SMALL, file_format="parquet")
    whole = write_demo(tmp_path / "whole", options)
    monkeypatch.setattr(demo_data, "CUSTOMERS_PER_BLOCK", 150)
    assert write_demo(tmp_path / "blocks", options) == whole
    for table in demo_data.LIVES_TABLES:
        assert len(list((tmp_path / "blocks" / table).glob("part-*.parquet"))) == 3
        one, many = f"'{tmp_path}/whole/{table}.parquet'", f"'{tmp_path}/blocks/{table}/*.parquet'"
        with duckdb.connect() as connection:
            for left, right in ((one, many), (many, one)):
                assert value(connection, f"select count(*) from (from {left} except all from {right})") == 0, table


def test_a_run_takes_the_place_of_an_earlier_one(tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_text("mine")
    with monkeypatch.context() as patched:
        patched.setattr(demo_data, "CUSTOMERS_PER_BLOCK", 150)
        write_demo(tmp_path, SMALL)
    write_demo(tmp_path, SMALL)
    assert {path.name for path in tmp_path.iterdir()} == {f"{table}.csv" for table in KEYS} | {
        "notes.txt",
        demo_data.MARK,
    }


def test_the_demo_takes_seconds(tmp_path):
    started = time.monotonic()
    write_demo(tmp_path, DEMO)
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("wanted", [8, 30])
def test_a_number_of_interactions_is_met(tmp_path, wanted):
    options = replace(DEMO, customers=6000, interactions_per_customer=wanted, stories=False)
    assert write_demo(tmp_path, options)["interactions"] / 6000 == pytest.approx(wanted, rel=0.06)


@pytest.mark.parametrize(
    "impossible",
    [
        {"customers": 0},
        {"last_day": date(2025, 9, 30)},
        {"properties": 11},
        {"last_day": date(2026, 3, 31)},
        {"file_format": "xlsx"},
        {"interactions_per_customer": 0.1},
    ],
)
def test_options_that_make_no_world_write_nothing(tmp_path, impossible):
    with pytest.raises(InputError):
        write_demo(tmp_path / "demo", replace(SMALL, **impossible))
    assert not (tmp_path / "demo").exists()


def test_another_first_day_moves_the_stories(tmp_path):
    write_demo(tmp_path, replace(SMALL, first_day=date(2024, 10, 1), last_day=date(2025, 6, 30)))
    with read(tmp_path) as connection:
        assert value(connection, "select min(started_on) from initiatives") == "2025-03-16"
        assert value(connection, "select max(occurred_at) from outcomes") < "2025-07-01"
        assert value(connection, "select min(opened_at) from issues where issue_id = 't0000001-s1'") > "2024-11-01"


# The contract


def test_the_columns_are_those_of_the_raw_contract(demo):
    sources = yaml.safe_load((ROOT / "models/staging/files/_files__sources.yml").read_text(encoding="utf-8"))
    contract = {table["name"]: [each["name"] for each in table["columns"]] for table in sources["sources"][0]["tables"]}
    assert contract.keys() == KEYS.keys()
    for table, columns in contract.items():
        written = values(demo, f"select column_name from (describe {table})")
        assert [name for name in columns if name in written] == written, table
        assert set(columns) - set(written) <= {"updated_at", "_deleted", "_load_id", "_loaded_at", "_file", "_row"}


def test_keys_come_twice_only_where_a_row_is_corrected(demo):
    copies = {
        table: values(demo, f"select concat_ws(' ', {', '.join(key)}) from {table} group by all having count(*) > 1")
        for table, key in KEYS.items()
    }
    assert {table: sorted(keys) for table, keys in copies.items() if keys} == {
        "interactions": ["i0000008-01", "i0000008-02"],
        "issues": ["t0000008-1"],
    }


@pytest.mark.parametrize(
    ("table", "column", "parent"),
    [
        ("customer_segments", "customer_id", "customers"),
        ("customer_segments", "property_id", "properties"),
        ("interactions", "customer_id", "customers"),
        ("interactions", "issue_id", "issues"),
        ("issues", "customer_id", "customers"),
        ("survey_responses", "customer_id", "customers"),
        ("survey_answers", "response_id", "survey_responses"),
        ("outcomes", "customer_id", "customers"),
        ("initiatives", "property_id", "properties"),
    ],
)
def test_foreign_keys_resolve(demo, table, column, parent):
    assert value(demo, f"select count({column}) from {table}") > 0
    assert value(demo, f"select count(*) from {table} where {column} not in (select {column} from {parent})") == 0


def test_an_issue_and_its_messages_have_one_customer(demo):
    assert not values(
        demo,
        """
        select issues.issue_id
        from interactions join issues using (issue_id)
        where interactions.customer_id <> issues.customer_id
        """,
    )


def test_touchpoints_and_ratings_fit_the_rules(demo):
    with (ROOT / "seeds/rules/touchpoints.csv").open(encoding="utf-8", newline="") as file:
        rules = {row["touchpoint"]: row for row in csv.DictReader(file)}
    used = """
        select touchpoint from interactions union select touchpoint from survey_responses
        union select touchpoint from survey_answers
    """
    of_homes = {name for name in rules if not name.startswith("sfo_") and name != "support"}
    assert set(values(demo, used)) - {None} == of_homes - {"fixed_first_time"}
    rated = demo.execute("""
        select touchpoint, measure, min(score::int), max(score::int)
        from survey_responses where survey = 'touchpoint' group by all
    """).fetchall()
    scales = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
    for touchpoint, measure, lowest, highest in rated:
        assert measure == rules[touchpoint]["measure"]
        assert scales[measure][0] <= lowest < int(rules[touchpoint]["met_from"])
        assert int(rules[touchpoint]["exceeded_from"]) <= highest <= scales[measure][1]


def test_a_drawn_customer_writes_only_while_in_a_segment(demo):
    assert not values(
        demo,
        """
        select interaction_id
        from interactions
        where customer_id > 'c0000008' and not exists (
            from customer_segments s
            where s.customer_id = interactions.customer_id
                and interactions.occurred_at >= s.started_on
                and (s.ended_on is null or interactions.occurred_at < s.ended_on)
        )
        """,
    )


def test_every_message_has_words_and_no_slot_is_left(demo):
    assert not values(demo, "select interaction_id from interactions where body is null or body similar to '.*[{}].*'")
    assert value(demo, "select count(distinct body) from interactions") > 1000


def test_what_is_wrong_is_wrong_on_purpose(demo):
    readable = "try_cast(occurred_at as timestamp)"
    wrong = f"""
        select interaction_id from interactions
        where {readable} is null or customer_id is null or abs(sentiment::double) > 1
    """
    waiting = f"select interaction_id from interactions where {readable} >= '2026-07-01'"
    assert sorted(values(demo, wrong)) == ["i0000008-03", "i0000008-04", "i0000008-05"]
    assert sorted(values(demo, waiting)) == ["i0000008-06", "i0000008-07"]
    late = "select count(*) from interactions where left(updated_at, 10) > left(occurred_at, 10)"
    assert 5 <= value(demo, late) <= 60


# The stories, as docs/demo-data.md tells them


def test_story_the_boiler_fails(demo):
    affected = demo.execute("""
        select s.property_id, count(distinct i.customer_id) as customers
        from interactions i
        join customer_segments s
            on i.customer_id = s.customer_id and s.segment = 'resident' and i.occurred_at >= s.started_on
        where i.issue_category = 'heating' and i.nature = 'grievance'
            and i.occurred_at >= '2026-01-05' and i.occurred_at < '2026-01-15'
        group by all order by customers desc
    """).fetchall()
    assert affected[0][0] == "p05"
    assert affected[0][1] > 5 * affected[1][1]
    repaired = "select distinct left(resolved_at, 10) from issues where issue_id like '%-boiler'"
    assert values(demo, repaired) == ["2026-01-14"]


def test_story_1_the_chronic_leak(demo):
    tickets = demo.execute("""
        select opened_at::date, resolved_at::date, issue_category
        from issues where customer_id = 'c0000001' order by opened_at
    """).fetchall()
    assert len(tickets) == 6
    assert {category for _, _, category in tickets} == {"plumbing"}
    for (opened, resolved, _), (opened_next, _, _) in itertools.pairwise(tickets):
        assert resolved < opened_next
        assert (opened_next - opened).days <= 45


def test_story_2_six_messages_in_one_day(demo):
    chat = demo.execute("""
        select count(*), count(distinct issue_id)
        from interactions
        where customer_id = 'c0000002' and direction = 'inbound' and channel = 'chat' and occurred_at like '2026-02-11%'
    """).fetchone()
    assert chat == (6, 1)


def test_story_3_won_back(demo):
    natures = demo.execute("""
        select count(*) filter (where nature = 'grievance' and occurred_at < '2026-01-01'),
            count(*) filter (where nature = 'grievance' and occurred_at >= '2026-01-01'),
            count(*) filter (where nature = 'commendation')
        from interactions where customer_id = 'c0000003'
    """).fetchone()
    assert natures == (5, 0, 4)
    nps = "select score::int from survey_responses where customer_id = 'c0000003' order by responded_at"
    assert values(demo, nps) == [3, 9]


def test_story_4_and_5_a_prospect_signs_and_another_vanishes(demo):
    stays = "select segment, started_on, ended_on from customer_segments where customer_id = ? order by started_on"
    signed = demo.execute(stays, ["c0000004"]).fetchall()
    vanished = demo.execute(stays, ["c0000005"]).fetchall()
    assert [segment for segment, _, _ in signed] == ["prospect", "resident"]
    assert signed[0][2] == signed[1][1]
    assert [segment for segment, _, _ in vanished] == ["prospect"]
    assert vanished[0][2] is not None
    conversions = "select customer_id from outcomes where outcome = 'conversion' and customer_id < 'c0000009'"
    assert values(demo, conversions) == ["c0000004"]


def test_drawn_prospects_sign_on_the_day_the_residence_begins(demo):
    assert not values(
        demo,
        """
        select p.customer_id
        from customer_segments p
        join customer_segments r on p.customer_id = r.customer_id and r.segment = 'resident'
        where p.segment = 'prospect' and p.ended_on is distinct from r.started_on
        """,
    )
    assert value(demo, "select count(*) from outcomes where outcome = 'conversion'") > 100


def test_story_6_and_7_one_moves_and_one_never_writes(demo):
    homes = "select property_id from customer_segments where customer_id = 'c0000006' order by started_on"
    assert values(demo, homes) == ["p04", "p08"]
    assert value(demo, "select count(*) from customer_segments where customer_id = 'c0000007'") == 1
    assert value(demo, "select count(*) from interactions where customer_id = 'c0000007'") == 0


def test_story_8_the_file_that_is_a_mess(demo):
    resolved = "select resolved_at from issues where issue_id = 't0000008-1' order by updated_at nulls first"
    first, second = values(demo, resolved)
    assert first < second
    assert values(demo, "select issue_id from issues where resolved_at < opened_at") == ["t0000008-2"]
    assert values(demo, "select interaction_id from interactions where _deleted = 'true'") == ["i0000008-02"]


def test_without_stories_there_are_none(tmp_path):
    write_demo(tmp_path, replace(DEMO, stories=False))
    with read(tmp_path) as connection:
        told = "select count(*) from issues where issue_id like '%-boiler' or issue_id like '%-s%'"
        assert value(connection, told) == 0
        assert value(connection, "select count(updated_at) + count(_deleted) from interactions") == 0
        wrong = "customer_id is null or try_cast(occurred_at as timestamp) is null or occurred_at >= '2026-07-01'"
        assert value(connection, f"select count(*) from interactions where {wrong}") == 0


# The twin world, in which the initiatives do nothing


def test_the_twin_is_the_same_until_the_first_initiative(demo, twin):
    for table, when in WHEN.items():
        # What an issue comes to lies after the day it opens.
        kept = "* exclude (resolved_at)" if table == "issues" else "*"
        before = f"select {kept} from {table} where {when} < '{FIRST_INITIATIVE}' order by all"
        rows = demo.execute(before).fetchall()
        assert len(rows) > 100
        assert rows == twin.execute(before).fetchall(), table
    for table in ("customers", "properties", "initiatives"):
        assert demo.execute(f"from {table}").fetchall() == twin.execute(f"from {table}").fetchall()


def test_the_twin_has_more_grievances_at_the_renovated_properties_only(demo, twin):
    per_customer = """
        select
            initiatives.initiative_name,
            count(*) filter (where interactions.nature = 'grievance') / count(distinct stays.customer_id)
        from initiatives
        join customer_segments as stays using (property_id)
        left join interactions
            on stays.customer_id = interactions.customer_id and interactions.occurred_at >= initiatives.started_on
        where stays.segment = 'resident' and (stays.ended_on is null or stays.ended_on > '2026-06-30')
        group by all
    """
    with_it, without_it = dict(demo.execute(per_customer).fetchall()), dict(twin.execute(per_customer).fetchall())
    assert without_it["Kitchens and lobby renovated"] > 1.2 * with_it["Kitchens and lobby renovated"]
    assert without_it["Parcel lockers"] == with_it["Parcel lockers"]


def test_an_initiative_prevents_messages_and_makes_none(demo, twin):
    last_days = "select customer_id, list(ended_on order by started_on)::varchar from customer_segments group by all"
    stays = (set(connection.execute(last_days).fetchall()) for connection in (demo, twin))
    same = {customer for customer, _ in set.intersection(*stays)}
    messages = "select customer_id, interaction_id, occurred_at from interactions"
    with_it, without_it = (
        {row for row in connection.execute(messages).fetchall() if row[0] in same} for connection in (demo, twin)
    )
    assert with_it < without_it


# The planted truth


def test_outcomes_follow_the_experience(world):
    terciles = """
        select outcome, third, avg(is_yes::int), avg(probability), count(*)
        from (select *, ntile(3) over (partition by outcome order by experience) as third from decisions)
        group by outcome, third order by outcome, third
    """
    shares = {}
    for outcome, _, share, probability, number in world.execute(terciles).fetchall():
        shares.setdefault(outcome, []).append(share)
        assert share == pytest.approx(probability, abs=4 * (0.25 / number) ** 0.5)
    assert shares.keys() == {"conversion", "renewal"}
    for low, middle, high in shares.values():
        assert low + 0.1 < middle < high - 0.1


def test_conversions_in_the_files_are_those_decided(world):
    assert not values(
        world,
        """
        select customer_id from raw.outcomes where outcome = 'conversion' and customer_id > 'c0000008'
        except
        select customer_key(customer_no) from decisions where outcome = 'conversion' and is_yes
        """,
    )


# A draw used twice would tie what is asked to what is answered.


@pytest.mark.parametrize("known", ["touchpoint", "ratings.need", "touchpoint || ratings.need"])
def test_advocates_follow_the_ratings_whatever_is_known_of_one(world, known):
    groups = world.execute(f"""
        with scores as (
            select response_id, (need = 'exceeded')::int as is_advocate, logistic(log_odds) as probability
            from relationship_scores
        )
        select {known}, avg(is_advocate - probability), sqrt(avg(probability * (1 - probability)) / count(*))
        from touchpoint_ratings as ratings join scores using (response_id)
        group by all
    """).fetchall()
    assert len(groups) >= 3
    for name, difference, standard_error in groups:
        assert abs(difference) < 4 * standard_error, name


def test_the_drivers_make_the_need_exceeded(world):
    groups = world.execute("""
        with predicted as (
            select response_id, any_value(logistic(response_base + coalesce(weights, 0))) as probability
            from (
                select response_id, touchpoint, sum(weight) filter (where is_satisfied)::double as weights
                from driver_answers group by all
            )
            join truth_touchpoints using (touchpoint)
            group by response_id
        )
        select driver, is_satisfied, is_asked,
            avg((need = 'exceeded')::int - probability), sqrt(avg(probability * (1 - probability)) / count(*)), count(*)
        from touchpoint_scores join predicted using (response_id) join driver_answers using (response_id)
        group by all
    """).fetchall()
    assert len(groups) > 100
    for driver, satisfied, asked, difference, standard_error, number in groups:
        if number >= 100:
            assert abs(difference) < 4.5 * standard_error, (driver, satisfied, asked)


def test_the_score_on_file_says_what_was_drawn(world):
    for scores in ("touchpoint_scores", "relationship_scores"):
        assert not values(
            world,
            f"""
            select r.response_id
            from raw.survey_responses r join {scores} s using (response_id)
            where (s.need = 'exceeded')
                <> (r.score >= case r.measure when 'nps' then 9 when 'csat' then 5 when 'ces' then 7 end)
            """,
        )


def test_a_better_experience_reads_better(world):
    tones = world.execute("""
        select third, avg(sentiment) from (
            select customer_no, ntile(3) over (order by level) as third from people
        ) join raw.interactions on customer_key(customer_no) = customer_id
        where abs(sentiment) <= 1 group by third order by third
    """).fetchall()
    low, middle, high = (float(tone) for _, tone in tones)
    assert low + 0.05 < middle < high - 0.05


# What docs/demo-data.md says


def documented(heading: str) -> list[dict[str, str]]:
    """The rows of the first table under a heading of the page."""
    text = (ROOT / "docs/demo-data.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1]
    lines = [line for line in re.split(r"\n#", text)[0].splitlines() if line.startswith("|")]
    header, _, *rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_page_names_the_planted_constants(world):
    names = world.execute("select * from truth").description
    truth = dict(zip([each[0] for each in names], world.execute("select * from truth").fetchone(), strict=True))
    page = {row["constant"]: float(row["value"]) for row in documented("What comes of it")}
    assert page.keys() >= {"renewal_base", "renewal_slope", "conversion_base", "conversion_slope", "advocate_base"}
    assert page == {name: truth[name] for name in page}


def test_the_page_names_the_hierarchy_of_wants(world):
    planted = world.execute("""
        select segment, touchpoint, advocate_missed::double, advocate_exceeded::double
        from truth_touchpoints where segment is not null
    """).fetchall()
    page = [
        (row["segment"], row["touchpoint"], float(row["missed"]), float(row["exceeded"]))
        for row in documented("What makes advocates")
    ]
    assert sorted(page) == sorted(planted)


def test_the_page_names_the_drivers(world):
    planted = world.execute("select touchpoint, driver, weight::double from truth_drivers").fetchall()
    page = [
        (row["touchpoint"], driver, float(weight))
        for row in documented("What to fix")
        for driver, weight in re.findall(r"(\w+) (\d\.\d+)", row["drivers and weights"])
    ]
    assert sorted(page) == sorted(planted)


def test_files_of_somebody_else_are_left_alone(tmp_path):
    mine = tmp_path / "interactions.csv"
    mine.write_text("interaction_id,customer_id,occurred_at\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not of the demo"):
        write_demo(tmp_path, DemoOptions(customers=20))
    assert mine.exists()
