"""What a person sees of a what-if: how far scores move, who moves most, which bands are crossed, what it predicts."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from runner.display import console, count, signed, titled_table
from runner.warehouse import rows_of
from runner.what_if import Comparison, Row

QUANTILES = {
    "least": "largest_fall",
    "5 %": "fifth_percentile",
    "25 %": "lower_quartile",
    "median": "median",
    "75 %": "upper_quartile",
    "95 %": "ninety_fifth_percentile",
    "most": "largest_rise",
}


def print_comparison(comparison: Comparison, rules: Path, top: int) -> None:
    """Prints what candidate rules change; of each end the `top` customers who move most."""
    console.print(f"[bold]{comparison.day}[/] by the rules in {escape(str(rules))}, beside those in force")
    for name, rows in comparison.rules.items():
        console.print(f"  {name}: {count(rows, 'row')} of other values")
    if not comparison.rules:
        console.print("  no rule differs")
    _print_segments(comparison.segments)
    _print_ends(comparison, top)
    _print_bands(comparison.bands)
    _print_validation(comparison.validation)


def _table(title: str, *columns: str, words: tuple[str, ...] = ()) -> Table:
    table = titled_table(title)
    for name in columns:
        table.add_column(name, justify="left" if name in words else "right", overflow="fold")
    return table


def _print_segments(segments: list[Row]) -> None:
    columns = ("segment", "customers", "move", "mean", *QUANTILES, "rank corr.", "cross")
    table = _table("Changes of scores", *columns, words=("segment",))
    for row in _by_segment(segments):
        correlation = row["rank_correlation"]
        table.add_row(
            row["segment"],
            f"{row['customers']:,}",
            f"{row['moved']:,}",
            signed(_difference(row["candidate_mean"], row["current_mean"])),
            *(signed(row[name]) for name in QUANTILES.values()),
            "–" if correlation is None else f"{correlation:.4f}",
            f"{row['crossed_bands']:,}",
        )
    console.print()
    console.print(table)
    for side, words in {"only_candidate": "the candidate rules", "only_current": "the rules in force"}.items():
        if number := sum(row[side] for row in segments):
            console.print(f"[yellow]{count(number, 'customer')}[/] scored by {words} alone")


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _by_segment(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["segment"], reverse=True)


def _print_ends(comparison: Comparison, top: int) -> None:
    for title, sign in (("Largest rises", ">"), ("Largest falls", "<")):
        rows = rows_of(
            comparison.connection.execute(
                f"from what_if_changes where score_change {sign} 0 "
                f"order by abs(score_change) desc, customer_id limit {top}"
            )
        )
        if rows:
            console.print(_ends(title, rows))


def _ends(title: str, rows: list[Row]) -> Table:
    table = _table(
        title, "change", "customer", "property", "segment", "score", "rank", words=("customer", "property", "segment")
    )
    for row in rows:
        table.add_row(
            signed(row["score_change"]),
            escape(" ".join(filter(None, (row["customer_id"], row["customer_name"])))),
            escape(row["property_name"] or ""),
            row["segment"],
            f"{row['current_score']} → {row['candidate_score']}",
            f"{row['current_rank']:,} → {row['candidate_rank']:,}",
        )
    return table


def _print_bands(bands: list[Row]) -> None:
    crossed = [row for row in bands if row["current_band"] != row["candidate_band"]]
    if not crossed:
        console.print("Nobody crosses from one band to another.")
        return
    table = _table("Bands crossed", "segment", "from", "to", "customers", words=("segment", "from", "to"))
    by_score = sorted(crossed, key=lambda row: (row["lowest_current_score"], row["lowest_candidate_score"]))
    for row in _by_segment(by_score):
        table.add_row(row["segment"], row["current_band"], row["candidate_band"], f"{row['customers']:,}")
    console.print(table)


def _print_validation(validation: list[Row]) -> None:
    judged = [row for row in validation if row["verdict"] != "too little data"]
    if not judged:
        console.print("No outcome has enough cases to say which rules tell it better (docs/validation.md).")
        return
    names = ("outcome", "versus", "segment")
    numbers = ("days", "cases", "in force", "candidate", "difference")
    words = ("95 %", "candidate is")
    title = "What the score tells beforehand (AUC, docs/validation.md)"
    table = _table(title, *names, *numbers, *words, words=names + words)
    for row in sorted(judged, key=lambda row: (row["outcome"], row["versus"], row["segment"], row["horizon_days"])):
        table.add_row(
            row["outcome"],
            row["versus"],
            row["segment"],
            f"{row['horizon_days']}",
            f"{row['positives']:,} of {row['n']:,}",
            f"{row['current_auc']:.3f}",
            f"{row['candidate_auc']:.3f}",
            _signed(row["difference"]),
            f"{_signed(row['difference_lower'])} to {_signed(row['difference_upper'])}",
            row["verdict"],
        )
    console.print(table)


def _signed(value: float) -> str:
    """With its sign; what rounds to nothing has none of its own."""
    return f"{round(value, 3) + 0.0:+.3f}"
