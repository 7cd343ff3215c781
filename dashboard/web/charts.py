"""Charts: Vega-Lite specifications, drawn as SVG on the server, so that pages need no script."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import vl_convert
from markupsafe import Markup

from web.text import plain

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ElementTree.register_namespace("", SVG)
# The drawing library takes a link that begins with # as one to its own site.
LIBRARY_SITE = "https://vega.github.io/vega-datasets/"
# Drawn twice, because letters must be readable on a telephone too: the style sheet shows one.
WIDTHS = {"wide": 620, "narrow": 330}
# Of small charts side by side, on a page of full width.
WIDTH_OF_ALL = 1080
BLUE, GREEN, RED, GREY, LIGHT = "#1f5fa8", "#1a7f4b", "#b3261e", "#5f6b7a", "#c9d1da"
BANDS = {"at_risk": RED, "strained": "#c77700", "steady": "#8a94a3", "content": "#5b93d0", "delighted": GREEN}
CONFIG = {
    "background": None,
    # What the library measures letters by; wider ones may stand out to the left.
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "padding": {"left": 14, "right": 10, "top": 5, "bottom": 5},
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": "#333c47",
        "titleColor": "#333c47",
        "gridColor": "#e3e7ec",
        "domainColor": "#8a94a3",
        "tickColor": "#8a94a3",
        "labelLimit": 160,
    },
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "orient": "bottom", "labelColor": "#333c47"},
    "header": {"labelFontSize": 12, "labelColor": "#333c47", "labelFontWeight": "bold"},
}
NARROW = {
    "legend": CONFIG["legend"] | {"columns": 3},
    "header": CONFIG["header"] | {"labelFontSize": 11, "labelLimit": 140},
}


@dataclass(frozen=True)
class Chart:
    """A chart and what stands beside it.

    columns, rows: the same as a table, for who does not see the chart. spec: Vega-Lite without width.
    columns_of_facets: how many small charts stand side by side, None where it is one chart.
    """

    title: str
    description: str
    spec: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]] = field(default_factory=list)
    columns_of_facets: int | None = None

    def svg(self, size: str) -> Markup:
        """The chart in one of two widths."""
        return Markup(_draw(json.dumps(self._sized(WIDTHS[size], size)), plain(self.title), plain(self.description)))

    def _sized(self, width: int, size: str) -> dict[str, Any]:
        spec = {**self.spec, "config": CONFIG | (NARROW if size == "narrow" else {})}
        if not self.columns_of_facets:
            return {**spec, "width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
        side_by_side, width = (self.columns_of_facets, WIDTH_OF_ALL) if size == "wide" else (2, width)
        inner = {**self.spec["spec"], "width": width // side_by_side - 34}
        return {**spec, "columns": side_by_side, "spec": inner}


def warm_up() -> None:
    """The first chart takes a second, in which the library starts; better before the first reader comes."""
    _draw(json.dumps({"data": {"values": []}, "mark": "point"}), "", "")


@lru_cache(maxsize=256)
def _draw(spec: str, title: str, description: str) -> str:
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))
    root.attrib.pop("width", None), root.attrib.pop("height", None)
    root.set("role", "group")
    root.set("aria-label", f"{title}. {description}")
    root.set("class", "chart")
    for element in root.iter():
        # The policy of the pages forbids styles in attributes, and the library's words for machines say little.
        element.attrib.pop("style", None)
        if element is not root and "aria-roledescription" in element.attrib:
            element.attrib.pop("aria-roledescription")
        if element.tag == f"{{{SVG}}}a":
            _tell_link(element)
    return ElementTree.tostring(root, encoding="unicode")


def _tell_link(link: ElementTree.Element) -> None:
    target = link.attrib.pop(f"{{{XLINK}}}href", "").removeprefix(LIBRARY_SITE)
    if re.fullmatch(r"#line-\d+", target):
        link.set("href", target)
    said = link[0].attrib.pop("aria-label", "") if len(link) else ""
    link.set("aria-label", said)
    ElementTree.SubElement(link, f"{{{SVG}}}title").text = said


def number(value: Any) -> float | None:
    """A decimal as the drawing library takes it."""
    return None if value is None else round(float(value), 6)


def midnight(value: Any) -> str:
    """A day as the drawing library takes it: at midnight where it draws, not in Greenwich."""
    return f"{value:%Y-%m-%dT00:00:00}"
