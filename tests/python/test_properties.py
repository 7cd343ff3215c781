"""What must always hold (methodology, section 8), on random histories and their changed twins.

One build scores many pairs: every customer of a random portfolio and a twin to whom one thing more happened.
"""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import histories
import oracle
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

CUSTOMERS = 40
# A portfolio comes from a seed, which does not shrink.
few = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
portfolios = st.integers(0, 10_000).map(lambda seed: histories.random_portfolio(seed, CUSTOMERS))
days = st.integers(-60, 45)
categories = st.sampled_from([None, "plumbing", "heating", "noise"])
tones = st.sampled_from([None, "-1", "-0.4", "0", "0.5", "1"])
# What is drawn for one customer: a day relative to the first scored one, a category, a tone, which of their issues.
changes = st.lists(st.tuples(days, categories, tones, st.integers(0, 5)), min_size=CUSTOMERS, max_size=CUSTOMERS)


@pytest.fixture
def score(project, tmp_path):
    """`score(portfolio)`: what `read` makes of the warehouse in which it was loaded and scored."""

    def run(portfolio: histories.Portfolio, read):
        shutil.rmtree(tmp_path / "example", ignore_errors=True)
        folders = histories.write_csv(portfolio, tmp_path / "example" / "raw")
        with project.score(
            Path(tmp_path) / "example" / "warehouse", folders, portfolio.as_of, portfolio.first_day
        ) as connection:
            return read(connection)

    return run


def daily(connection) -> dict[tuple[str, date], object]:
    return {
        (customer, day): score
        for customer, day, score in connection.execute(
            "select customer_id, score_date, score from marts.customer_scores_daily"
        ).fetchall()
    }


def with_twins(portfolio, drawn, change) -> tuple[histories.Portfolio, list[tuple[str, str, date]]]:
    """The portfolio with a changed twin of every customer, and the pairs with the day of the change."""
    pairs, more = [], {table: [] for table in portfolio.tables}
    for number, (history, (offset, *what)) in enumerate(zip(portfolio.histories, drawn, strict=True)):
        twin_id = f"twin {number}"
        day = portfolio.first_day + timedelta(days=offset)
        rows = histories.twin(portfolio.tables, history.customer_id, twin_id)
        change(rows, twin_id, day, *what)
        for table in more:
            more[table] += [row | {"customer_id": owner(row, twin_id)} for row in rows[table]]
        pairs.append((history.customer_id, twin_id, day))
    return histories.with_rows(portfolio, more), pairs


def owner(row, twin_id: str) -> str | None:
    """Copies that name somebody else would change the history of that customer: they name nobody's instead."""
    named = (row["customer_id"] or "").strip()
    return f"nobody beside {twin_id}" if named and named != twin_id else row["customer_id"]


def issue_of(rows, number: int) -> str | None:
    keys = sorted({row["issue_id"] for row in rows["issues"] if (row["issue_id"] or "").strip()})
    return keys[number % len(keys)] if keys and number else None


def adds(make):
    """A change: one more interaction."""

    def change(rows, twin_id, day, category, tone, number):
        more = make(
            f"more of {twin_id}",
            twin_id,
            f"{day}T12:00:00",
            issue_category=category,
            sentiment=tone,
            issue_id=issue_of(rows, number),
        )
        rows["interactions"].append(more)

    return change


def written_at(text: str | None) -> datetime | None:
    read = oracle.read_timestamp(text.strip()) if text and text.strip() else None
    return read and (read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read)


def resolve_earlier(rows, twin_id, day, category, tone, number):
    """A change: every issue that was not resolved by the day is."""
    for row in rows["issues"]:
        blank = not (row["resolved_at"] or "").strip()
        resolved = written_at(row["resolved_at"])
        if blank or (resolved and resolved > datetime.combine(day, datetime.min.time())):
            row["resolved_at"] = day.isoformat()


def happen_later(rows, twin_id, day, category, tone, number):
    """A change: much happens after the day."""
    for later in range(1, 40, 3):
        at = f"{day + timedelta(days=later)}T09:30:00"
        for make in (histories.commendation, histories.grievance):
            rows["interactions"].append(
                make(
                    f"{make.__name__} {later} of {twin_id}",
                    twin_id,
                    at,
                    issue_category=category,
                    issue_id=issue_of(rows, number),
                )
            )
        rows["issues"].append(
            histories.raw_row("issues", issue_id=f"issue {later} of {twin_id}", customer_id=twin_id, opened_at=at)
        )


def compare(score, portfolio, drawn, change, holds):
    portfolio, pairs = with_twins(portfolio, drawn, change)
    scores = score(portfolio, daily)
    moved = 0
    for customer, twin, changed_on in pairs:
        for day in (portfolio.first_day + timedelta(days=number) for number in range(200)):
            if day > portfolio.as_of:
                break
            before, after = scores.get((customer, day)), scores.get((twin, day))
            assert (before is None) == (after is None), (customer, day)
            if before is not None:
                assert holds(before, after, day, changed_on), (customer, twin, day, before, after)
                moved += before != after
    return moved


@few
@given(portfolio=portfolios)
def test_scores_are_within_bounds_and_points_add_up(score, portfolio):
    wrong = score(
        portfolio,
        lambda connection: connection.execute(
            "select * from marts.customer_scores_daily where score not between 0 and 100 or score <> "
            "frequency_points + tone_points + variety_points + persistence_points + recency_points"
        ).fetchall(),
    )
    assert not wrong


@few
@given(portfolio=portfolios, drawn=changes)
def test_one_more_commendation_never_lowers_a_score(score, portfolio, drawn):
    moved = compare(
        score,
        portfolio,
        drawn,
        adds(histories.commendation),
        lambda before, after, day, changed_on: after >= before and (after == before or day >= changed_on),
    )
    assert moved


@few
@given(portfolio=portfolios, drawn=changes)
def test_one_more_grievance_never_raises_a_score(score, portfolio, drawn):
    moved = compare(
        score,
        portfolio,
        drawn,
        adds(histories.grievance),
        lambda before, after, day, changed_on: after <= before and (after == before or day >= changed_on),
    )
    assert moved


@few
@given(portfolio=portfolios, drawn=changes)
def test_an_issue_resolved_earlier_never_lowers_a_score(score, portfolio, drawn):
    moved = compare(score, portfolio, drawn, resolve_earlier, lambda before, after, day, changed_on: after >= before)
    assert moved


@few
@given(portfolio=portfolios, drawn=changes)
def test_rows_dated_later_never_change_a_score(score, portfolio, drawn):
    moved = compare(
        score,
        portfolio,
        drawn,
        happen_later,
        lambda before, after, day, changed_on: after == before or day > changed_on,
    )
    assert moved


@few
@given(portfolio=portfolios, grown=st.sampled_from(["resident", "prospect"]), drawn=changes)
def test_ranks_of_a_segment_never_depend_on_the_other(score, portfolio, grown, drawn):
    def ranks(connection):
        return {
            segment: connection.execute(
                "select score_date, customer_id, portfolio_rank, percent_rank, segment_size "
                "from marts.customer_scores_daily where segment = ? order by all",
                [segment],
            ).fetchall()
            for segment in ("resident", "prospect")
        }

    newcomers = {"interactions": [], "customer_segments": []}
    for number, (offset, category, tone, _) in enumerate(drawn):
        customer, at = f"newcomer {number}", f"{portfolio.first_day + timedelta(days=offset)}T12:00:00"
        newcomers["interactions"].append(
            histories.grievance(f"of {customer}", customer, at, issue_category=category, sentiment=tone)
        )
        newcomers["customer_segments"].append(
            histories.raw_row("customer_segments", customer_id=customer, started_on="2000-01-01", segment=grown)
        )
    before, after = score(portfolio, ranks), score(histories.with_rows(portfolio, newcomers), ranks)
    same = "prospect" if grown == "resident" else "resident"
    assert after[same] == before[same]
    assert len(after[grown]) > len(before[grown])


@few
@given(portfolio=portfolios)
def test_the_same_input_gives_the_same_tables(score, portfolio):
    def marts(connection):
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('marts', 'intermediate') and table_name <> 'raw_rows' order by 1"
        ).fetchall()
        return {name: connection.execute(f"from {name} order by all").fetchall() for (name,) in names}

    assert score(portfolio, marts) == score(portfolio, marts)
