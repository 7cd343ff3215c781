"""`backfill`: days before the first scored one, scored in chunks that are each a build of their own.

A chunk moves the first scored day back. Whatever was finished stays; a killed backfill is called again and goes on.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from runner.errors import InputError
from runner.runs import Begun
from runner.warehouse import Built, ScoreWindow, check_overflow

# Scores of a chunk: rows are held in memory before they are written, a few gigabytes of them at the most.
ROWS_PER_CHUNK = 20_000_000


def plan_chunks(built: Built | None, first: date, last: date | None, customers: int) -> list[ScoreWindow]:
    """The windows to score, one after the other, each reaching further back than the one before.

    `customers`: how many are scored on a day. Raises InputError where nothing is scored yet, or days would be left out.
    """
    if built is None:
        raise InputError(
            "backfill extends the days that are scored, and nothing is scored yet: "
            f"run `rapport.py run --from {first}` instead."
        )
    day_before = built.first_scored_on - timedelta(days=1)
    if last and last > built.as_of:
        raise InputError(
            f"--to {last}: lies after the last scored day, {built.as_of}. "
            f"`rapport.py run --as-of {last}` scores later days."
        )
    if last and last < day_before:
        raise InputError(
            f"--to {last}: would leave the days up to {day_before} without scores. Name that day, or leave --to out."
        )
    if first > (last or first):
        raise InputError(f"--from {first}: lies after --to {last}. Name an earlier day.")
    check_overflow(first, built.as_of)
    return [ScoreWindow(day, built.as_of) for day in _chunk_starts(first, built.first_scored_on, customers)]


def _chunk_starts(first: date, scored_from: date, customers: int) -> Iterator[date]:
    days = max(1, ROWS_PER_CHUNK // max(customers, 1))
    while scored_from > first:
        scored_from -= timedelta(days=min(days, (scored_from - first).days))
        yield scored_from


def selector(chunks: list[ScoreWindow], number: int, begun: Begun) -> str:
    """What one chunk builds, a name of selectors.yml.

    The last one has the tests that a day gets. News, and another project, have to reach all tables in the build that
    takes them in.
    """
    if number == len(chunks) - 1:
        return "daily"
    return "scores" if begun.is_same_project and not begun.has_news else "tables"


def chunk_progress(
    progress: Callable[[str, int, int], None], chunks: list[ScoreWindow], number: int
) -> Callable[[str, int, int], None]:
    """The progress of one chunk's build as that of the whole backfill."""
    first = chunks[number].first_scored_on

    def report(_name: str, done: int, total: int) -> None:
        progress(f"back to {first}", number * total + done, len(chunks) * total)

    return report
