"""The kind of source sfo_survey: yearly files whose headers, dates and codes differ, and the real files of two."""

import csv
from collections import Counter
from datetime import date

import pytest
from test_increments import Run, assert_equal_contents, contents, do

FIRST_DAY, AS_OF = date(2017, 5, 1), date(2017, 6, 30)
RATINGS = {
    "Q7ART": "sfo_art",
    "Q7FOOD": "sfo_restaurants",
    "Q7STORE": "sfo_shops",
    "Q7SIGN": "sfo_signs",
    "Q7WALKWAYS": "sfo_walkways",
    "Q7SCREENS": "sfo_screens",
    "Q7INFODOWN": "sfo_information_arrivals",
    "Q7INFOUP": "sfo_information_departures",
    "Q7WIFI": "sfo_wifi",
    "Q7ROADS": "sfo_roads",
    "Q7PARK": "sfo_parking",
    "Q7AIRTRAIN": "sfo_airtrain",
    "Q7LTPARKING": "sfo_long_term_parking",
    "Q7RENTAL": "sfo_rental_cars",
}


@pytest.fixture
def survey(project, tmp_path):
    """`survey(folder)`: a connection to a warehouse with that folder loaded."""
    connections = []

    def build(folder, as_of=AS_OF):
        connection = project.score(tmp_path / str(len(connections)), [folder], as_of, FIRST_DAY, "sfo_survey")
        connections.append(connection)
        return connection

    yield build
    for connection in connections:
        connection.close()


def test_dates_of_every_kind(survey, folder):
    """A day alone is of the year in the file's name and of May; a date is of its own year, whatever the name."""
    (folder / "sfo_2017.csv").write_text("RESPNUM,INTDATE\n1,13\n2,31\n3,32\n4,\n5,2016-05-09\n", encoding="utf-8")
    (folder / "sfo_2016.csv").write_text(
        "*RESPNUM,INTDATE\n1,05/11/2016 12:00:00 AM\n2,5/9/2016\n3,13/13/2016\n", encoding="utf-8"
    )
    connection = survey(folder)
    responses = connection.execute(
        "select customer_id, responded_on from intermediate.survey_responses order by 1"
    ).fetchall()
    assert responses == [
        ("2016-1", date(2016, 5, 11)),
        ("2016-2", date(2016, 5, 9)),
        ("2016-5", date(2016, 5, 9)),
        ("2017-1", date(2017, 5, 13)),
        ("2017-2", date(2017, 5, 31)),
    ]
    rejected = connection.execute("select file, file_row, reason from marts.rejected_rows order by 1, 2").fetchall()
    assert rejected == [
        ("sfo_2016.csv", 3, "unreadable_timestamp"),
        ("sfo_2017.csv", 3, "unreadable_timestamp"),
        ("sfo_2017.csv", 4, "unreadable_timestamp"),
    ]


def test_codes_of_no_answer_are_no_answers(survey, folder):
    (folder / "sfo_2017.csv").write_text(
        "RESPNUM,INTDATE,BAREA,NETPRO,Q7ART,Q7FOOD,Q7STORE,Q9FOOD,Q2PURP1,Q5TIMESFLOWN,Q16LIVE\n"
        "1,13,A,10,5,0,6,4,2,0,3\n"
        "2,13,B,11,Blank,1,,6,0,3,9\n"
        ",13,B,9,5,5,5,5,1,1,1\n"
        "4,13,B,12,5,5,5,5,1,1,1\n"
        "5,13,B,9,7,5,5,5,1,1,1\n"
        "6,13,B,9,good,5,5,5,1,1,1\n"
        "1,14,C,9,4,,,,,,\n",
        encoding="utf-8",
    )
    connection = survey(folder)
    ratings = connection.execute(
        "select customer_id, touchpoint, answer, rating, need_met, segment, property_id "
        "from intermediate.touchpoint_ratings order by 1, 2"
    ).fetchall()
    assert ratings == [
        ("2017-1", "sfo_art", "4", 4, "met", "resident", "C"),
        ("2017-2", "sfo_residence", "9", None, None, "resident", "B"),
        ("2017-2", "sfo_restaurants", "1", 1, "missed", "resident", "B"),
        ("2017-2", "sfo_times_flown", "3 to 6", None, None, "resident", "B"),
    ]
    scores = "select customer_id, score, is_promoter from intermediate.relationship_responses order by 1"
    assert connection.execute(scores).fetchall() == [("2017-1", 9, True)]
    fates = "select file_row, reason from marts.rejected_rows order by 1"
    assert connection.execute(fates).fetchall() == [
        (3, "missing_key"),
        (4, "rating_out_of_range"),
        (5, "rating_out_of_range"),
        (6, "unreadable_number"),
    ]
    summary = "select loaded, used, older_copies, rejected from marts.load_summary"
    assert connection.execute(summary).fetchall() == [(7, 2, 1, 4)]


def test_how_clean_a_place_is_follows_up_on_it(survey, folder):
    (folder / "sfo_2017.csv").write_text("RESPNUM,INTDATE,Q7FOOD,Q9FOOD,Q9RENTAL\n1,13,2,4,3\n", encoding="utf-8")
    found = survey(folder).execute(
        "select touchpoint, driver, rating, is_satisfied from intermediate.touchpoint_drivers order by 1"
    )
    assert found.fetchall() == [("sfo_rental_cars", "clean", 3, False), ("sfo_restaurants", "clean", 4, True)]


def test_an_interview_after_as_of_waits(survey, folder):
    (folder / "sfo_2017.csv").write_text("RESPNUM,INTDATE,Q7FOOD\n1,13,2\n2,14,2\n", encoding="utf-8")
    connection = survey(folder, date(2017, 5, 13))
    assert connection.execute("select customer_id from intermediate.touchpoint_ratings").fetchall() == [("2017-1",)]


def test_increments_are_what_a_rebuild_makes(project, tmp_path):
    """Corrections to an earlier and to a later day, of a rejected and of a waiting questionnaire; a day that comes."""
    header = "RESPNUM,INTDATE,BAREA,NETPRO,Q7FOOD\n"
    deliveries = {
        date(2017, 5, 14): "1,13,A,9,5\n2,13,A,9,5\n3,32,A,9,5\n4,20,A,9,5\n5,16,A,9,5\n",
        date(2017, 5, 15): "1,8,A,3,2\n2,14,B,9,5\n3,12,A,9,5\n4,21,C,9,5\n",
        date(2017, 5, 17): "1,9,A,3,2\n",
        date(2017, 5, 25): "6,18,A,9,5\n",
    }
    with project.open(tmp_path / "warehouse") as connection:
        for number, (as_of, rows) in enumerate(deliveries.items()):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "sfo_2017.csv").write_text(header + rows, encoding="utf-8")
            do(project, connection, Run((folder,), as_of), FIRST_DAY, "sfo_survey")
            caught_up = connection.execute(
                "select customer_id, started_on from intermediate.customer_segments"
            ).fetchall()
            assert len(caught_up) == {14: 2, 15: 3, 17: 4, 25: 6}[as_of.day]
            increments = contents(connection)
            project.build(connection)
            assert_equal_contents(increments, contents(connection))


def test_the_real_files_say_what_they_say(survey, sfo_survey):
    """Counted from the files themselves."""
    expected, promoters, scores = Counter(), 0, 0
    for path in sorted(sfo_survey.glob("sfo_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                for question, touchpoint in RATINGS.items():
                    if row[question].strip() in {"1", "2", "3", "4", "5"}:
                        expected[path.stem[-4:], touchpoint, row[question].strip()] += 1
                score = row.get("NETPRO", "").strip()
                scores += score.isdigit() and int(score) <= 10
                promoters += score in {"9", "10"}
    assert (scores, promoters) == (2746, 1436)
    connection = survey(sfo_survey)
    found = connection.execute(
        "select left(customer_id, 4), touchpoint, answer, count(*) from intermediate.touchpoint_ratings "
        "where measure = 'csat' group by all"
    ).fetchall()
    assert {(year, touchpoint, answer): number for year, touchpoint, answer, number in found} == expected
    assert connection.execute(
        "select count(*), count(*) filter (where is_promoter) from intermediate.relationship_responses"
    ).fetchone() == (scores, promoters)
    assert connection.execute("select count(*) from marts.rejected_rows").fetchone() == (0,)
    days = "select min(responded_on), max(responded_on) from intermediate.survey_responses group by year(responded_on)"
    assert sorted(connection.execute(days).fetchall()) == [
        (date(2016, 5, 6), date(2016, 5, 24)),
        (date(2017, 5, 5), date(2017, 5, 30)),
    ]


def test_the_days_of_2017_are_of_may(sfo_survey):
    """The weekday beside the day tells the month: of the twelve only May fits."""
    with (sfo_survey / "sfo_2017.csv").open(encoding="utf-8-sig", newline="") as file:
        days = [(int(row["INTDATE"]), row["DAY"][:3]) for row in csv.DictReader(file)]
    fits = Counter()
    for month in range(1, 13):
        for day, weekday in days:
            if day <= 28 or month != 2:
                fits[month] += date(2017, month, day).strftime("%a").upper() == weekday
    assert fits[5] == 2829
    assert max(count for month, count in fits.items() if month != 5) == 1
