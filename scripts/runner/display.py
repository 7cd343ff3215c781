"""What a person sees: the small pictures that the commands share."""

from collections.abc import Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

console = Console(highlight=False)
TICKS = "▁▂▃▄▅▆▇█"


@contextmanager
def progress_bar(title: str):
    """A bar that is gone when it is done; yields `progress(name, done, total)`. Silent where nobody watches."""
    columns = (TextColumn(title), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    columns += (TextColumn("[dim]{task.description}"),)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(task, description=name, completed=done, total=total)


def sparkline(values: Sequence[float | None]) -> str:
    """One tick a value, between the least and the greatest of them; a blank where there is none."""
    present = [value for value in values if value is not None]
    if not present:
        return ""
    low, high = min(present), max(present)
    width = high - low or 1
    return "".join(
        " " if value is None else TICKS[min(int((value - low) / width * len(TICKS)), len(TICKS) - 1)] for value in values
    )


def bar(share: float, width: int = 24) -> str:
    """A bar of `width` characters, filled up to a share between 0 and 1."""
    filled = round(share * width)
    return "█" * filled + "░" * (width - filled)


def signed(value: object) -> str:
    """A change with its sign; a dash where there is none."""
    return "–" if value is None else f"{value:+.2f}"


def count(number: int, noun: str) -> str:
    """A number with its thousands and the noun that goes with it."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
