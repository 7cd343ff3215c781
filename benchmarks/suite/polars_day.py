"""The scores of one day in Polars: the whole history read and summed up, as sql/from_scratch.sql does it.

Run as `python polars_day.py INPUTS DAY RESULT REPEATS`, in a process of its own, because Polars settles its threads
when it is imported. It reads INPUTS/*.parquet, writes RESULT (parquet), and prints the median of its seconds, without
the writing.
"""

import statistics
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl

FACTORS = ("frequency", "tone", "variety", "persistence", "recency")


def main(inputs: Path, day: date, result: Path, repeats: int) -> None:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        scores = scores_of(inputs, day)
        seconds.append(time.perf_counter() - start)
    scores.write_parquet(result)
    print(statistics.median(seconds))


def scores_of(inputs: Path, day: date) -> pl.DataFrame:
    """One row per customer in a segment on the day, with points and scores in hundredths."""
    half_lives = pl.read_parquet(inputs / "half_lives.parquet").row(0, named=True)
    settings = pl.read_parquet(inputs / "settings.parquet").row(0, named=True)
    contacts = _until(pl.scan_parquet(inputs / "contacts.parquet"), "contact_on", day)
    problems = _until(pl.scan_parquet(inputs / "contact_problems.parquet"), "contact_on", day)
    issues = _until(pl.scan_parquet(inputs / "issues.parquet"), "opened_on", day)

    def weight(column: str, factor: str) -> pl.Expr:
        """2^(-(age in days) / half-life)."""
        return pl.lit(2.0).pow((pl.col(column) - day).dt.total_days() / half_lives[factor])

    burdens = pl.concat(
        [
            _repeats(contacts, problems, settings["quiet_days"]).select(
                "customer_id", burden=weight("contact_on", "persistence")
            ),
            issues.filter(pl.col("closed_on").is_null() | (pl.col("closed_on") > day)).select(
                "customer_id", burden=1 - weight("opened_on", "persistence")
            ),
        ]
    )
    amounts = (
        _in_a_segment(inputs, day)
        .join(_contact_sums(contacts, weight), on="customer_id", how="left")
        .join(_variety_sums(problems, weight), on="customer_id", how="left")
        .join(burdens.group_by("customer_id").agg(pl.col("burden").sum()), on="customer_id", how="left")
        .join(pl.scan_parquet(inputs / "weights.parquet"), on="segment")
        .with_columns(pl.col(pl.Float64).fill_null(0.0))
    )
    return _ranked(_points(amounts, settings["confidence_contacts"]), inputs).collect(engine="streaming")


def _until(rows: pl.LazyFrame, column: str, day: date) -> pl.LazyFrame:
    return rows.filter(pl.col(column) <= day)


def _in_a_segment(inputs: Path, day: date) -> pl.LazyFrame:
    return (
        pl.scan_parquet(inputs / "segments.parquet")
        .filter((pl.col("started_on") <= day) & (pl.col("ended_on").is_null() | (pl.col("ended_on") > day)))
        .select("customer_id", "segment", "property_id")
    )


def _contact_sums(contacts: pl.LazyFrame, weight) -> pl.LazyFrame:
    effects = ("resident_gain", "resident_cost", "prospect_gain", "prospect_cost")
    return (
        contacts.with_columns(
            by_frequency=weight("contact_on", "frequency"),
            by_tone=weight("contact_on", "tone"),
            by_recency=weight("contact_on", "recency"),
        )
        .group_by("customer_id")
        .agg(
            *((pl.col(effect) * pl.col("by_frequency")).sum() for effect in effects),
            (pl.col("pleasant") * pl.col("by_tone")).sum(),
            (pl.col("unpleasant") * pl.col("by_tone")).sum(),
            contacts=pl.col("by_tone").sum(),
            lately_pleasant=(pl.col("pleasant") * pl.col("by_recency")).sum(),
            lately_unpleasant=(pl.col("unpleasant") * pl.col("by_recency")).sum(),
        )
    )


def _variety_sums(problems: pl.LazyFrame, weight) -> pl.LazyFrame:
    return (
        problems.group_by("customer_id", "issue_category")
        .agg(pl.col("contact_on").max())
        .group_by("customer_id")
        .agg(categories=weight("contact_on", "variety").sum())
    )


def _repeats(contacts: pl.LazyFrame, problems: pl.LazyFrame, quiet_days: float) -> pl.LazyFrame:
    """The contacts that repeat an earlier day's, by their issue or by their category."""
    about_issues = contacts.filter(pl.col("issue_id").is_not_null() & ~pl.col("is_commendation"))
    first_contacts = about_issues.group_by("customer_id", "issue_id").agg(first_on=pl.col("contact_on").min())
    by_issue = about_issues.join(first_contacts, on=["customer_id", "issue_id"]).filter(
        pl.col("first_on") < pl.col("contact_on")
    )
    told = problems.filter(pl.col("issue_category").is_not_null())
    keys = ["customer_id", "issue_category", "contact_on"]
    repeated_days = (
        told.select(keys)
        .unique()
        .sort(keys)
        .filter(
            (pl.col("customer_id") == pl.col("customer_id").shift())
            & (pl.col("issue_category") == pl.col("issue_category").shift())
            & ((pl.col("contact_on") - pl.col("contact_on").shift()).dt.total_days() <= quiet_days)
        )
    )
    by_category = told.join(repeated_days, on=keys, how="semi")
    columns = ["contact_id", "customer_id", "contact_on"]
    return pl.concat([by_issue.select(columns), by_category.select(columns)]).unique()


def _points(amounts: pl.LazyFrame, confidence_contacts: float) -> pl.LazyFrame:
    """Points in hundredths, confidence in ten-thousandths."""

    def share_of_gain(gain: pl.Expr, cost: pl.Expr, factor: str) -> pl.Expr:
        return (1 + (gain - cost) / (gain + cost + pl.col(f"{factor}_k"))) / 2

    def share_of_relief(burden: pl.Expr, factor: str) -> pl.Expr:
        return pl.col(f"{factor}_k") / (pl.col(f"{factor}_k") + burden)

    def points(factor: str, sub_score: pl.Expr) -> pl.Expr:
        return _rounded(100 * pl.col(f"{factor}_weight") * sub_score, 2).alias(f"{factor}_points")

    is_resident = pl.col("segment") == "resident"
    gain = pl.when(is_resident).then("resident_gain").otherwise("prospect_gain")
    cost = pl.when(is_resident).then("resident_cost").otherwise("prospect_cost")
    more_categories = (pl.col("categories") - 1).clip(lower_bound=0)
    contacts = pl.col("contacts")
    return amounts.select(
        "customer_id",
        "segment",
        "property_id",
        points("frequency", share_of_gain(gain, cost, "frequency")),
        points("tone", share_of_gain(pl.col("pleasant"), pl.col("unpleasant"), "tone")),
        points("variety", share_of_relief(more_categories, "variety")),
        points("persistence", share_of_relief(pl.col("burden"), "persistence")),
        points("recency", share_of_gain(pl.col("lately_pleasant"), pl.col("lately_unpleasant"), "recency")),
        _rounded(contacts / (contacts + confidence_contacts), 4).alias("confidence"),
        "rule_version",
    ).with_columns(score=pl.sum_horizontal(f"{factor}_points" for factor in FACTORS))


def _rounded(value: pl.Expr, decimals: int) -> pl.Expr:
    """A number that is not negative in units of its last decimal: nine decimals first, a half away from zero."""
    unit = 10 ** (9 - decimals)
    billionths = (value * 1e9).round().cast(pl.Int64)
    return (billionths + unit // 2) // unit


def _ranked(scores: pl.LazyFrame, inputs: Path) -> pl.LazyFrame:
    band = None
    for name, floor, _ in pl.read_parquet(inputs / "bands.parquet").sort("band_from", descending=True).iter_rows():
        reached = pl.col("score") >= int(floor * 100)
        band = (pl if band is None else band).when(reached).then(pl.lit(name))
    size = pl.len().over("segment")
    below = pl.col("score").rank("min").over("segment").cast(pl.Int64) - 1
    return scores.with_columns(
        band=band,
        portfolio_rank=pl.col("score").rank("min", descending=True).over("segment").cast(pl.Int64),
        segment_size=size.cast(pl.Int64),
        percent_rank=pl.when(size > 1).then(below / (size - 1)).otherwise(0.0),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
