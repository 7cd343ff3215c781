"""How values are written. Text from customers is text: escaped by the templates, cut where it is long, isolated."""

import math
import unicodedata
from datetime import date
from typing import Any

CUT = 280
# A spreadsheet takes a cell that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
WORDS_OF_LINES = {
    "opening": "The score before that day's events",
    "fading": "Time: all that happened counts less",
    "waiting": "Time: open issues grow older",
    "segment": "Now in segment {segment}",
    "property": "Moved to {property_id}",
    "resolution": "Resolved",
}


def plain(text: Any, length: int = 60) -> str:
    """Text for a chart or an attribute, where nothing isolates it: one line, short, without marks of direction."""
    kept = "".join(" " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each for each in str(text))
    kept = "".join(each for each in kept if unicodedata.category(each) not in ("Cf", "Cs", "Co", "Cn"))
    kept = " ".join(kept.split())
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def words(name: Any) -> str:
    """A name of the rules, such as at_risk, as a person reads it."""
    return "–" if name in (None, "") else str(name).replace("_", " ")


def signed(value: Any, decimals: int = 2) -> str:
    """A change, with a sign; a dash where there is none."""
    return "–" if value is None else f"{float(value):+.{decimals}f}".replace("-", "−")


def figure(value: Any, decimals: int = 2) -> str:
    """A number with so many decimals; a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{float(value):,.{decimals}f}".replace("-", "−")


def percent(share: Any, decimals: int = 0) -> str:
    """A share in per cent; a dash where there is none."""
    return "–" if share is None else f"{100 * float(share):.{decimals}f} %".replace("-", "−")


def span(lower: Any, upper: Any, shown=figure, *arguments: Any) -> str:
    """An interval; a dash where it is not known."""
    return "–" if lower is None or upper is None else f"{shown(lower, *arguments)} to {shown(upper, *arguments)}"


def day(value: date | None) -> str:
    """A day as a person reads it."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


def told(line: dict[str, Any]) -> str:
    """What a line of the statement says where no message is quoted."""
    values = {name: value or "none" for name, value in line.items()}
    return WORDS_OF_LINES.get(line["line_kind"], "").format(**values)


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula. Numbers stay as they are: only text comes from others."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS) else value
