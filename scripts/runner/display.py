"""What a person sees: the small pictures that the commands share."""

from collections.abc import Sequence
from contextlib import contextmanager

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)
TICKS = "▁▂▃▄▅▆▇█"


@contextmanager
def progress_bar(title: str, with_time_left: bool = False):
    """A bar that is gone when it is done; yields `progress(name, done, total)`. Silent where nobody watches."""
    columns = (TextColumn(title), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    if with_time_left:
        columns += (TextColumn("[dim]left"), TimeRemainingColumn())
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
        " " if value is None else TICKS[min(int((value - low) / width * len(TICKS)), len(TICKS) - 1)]
        for value in values
    )


def bar(share: float, width: int = 24) -> str:
    """A bar of `width` characters, filled up to a share between 0 and 1."""
    filled = round(share * width)
    return "█" * filled + "░" * (width - filled)


def titled_table(title: str) -> Table:
    """A table without lines, for columns to be added to."""
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))


def signed(value: object) -> str:
    """A change with its sign; a dash where there is none."""
    return "–" if value is None else f"{value:+.2f}"


def count(number: int, noun: str) -> str:
    """A number with its thousands and the noun that goes with it."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_columns(rows: Sequence[Sequence[str | None]]) -> None:
    """Rows in columns, a line each: cut to a terminal's width, whole in a file."""
    texts = [[cell or "" for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        line = "  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True) if width)
        console.print(
            Text(line.rstrip()),
            no_wrap=True,
            overflow="ellipsis" if console.is_terminal else "ignore",
            crop=console.is_terminal,
        )
