"""What the charts show: one function per chart, from rows of a query to a Vega-Lite specification."""

from typing import Any

from web.charts import BANDS, BLUE, GREEN, GREY, LIGHT, RED, Chart, midnight, number
from web.text import day, figure, percent, plain, signed, span, told, words

SMALL_CHARTS = 12
EVENTS = ("contact", "resolution", "segment", "property")
MONTHS = {"field": "month", "type": "temporal", "title": None, "axis": {"format": "%b %y", "tickCount": 5}}


def score_course(days: list[dict], lines: list[dict], band_floors: dict[str, float]) -> Chart:
    """A customer's score by the day, with a mark for each line of the statement that is an event, linked to it."""
    scores = {each["score_date"]: number(each["score"]) for each in days}
    marks = [
        {
            "day": midnight(line["statement_on"]),
            "score": scores[line["statement_on"]],
            "direction": _direction(line["score_change"]),
            "link": f"#line-{line['line_number']}",
            "said": f"{day(line['statement_on'])}: {_event(line)}, {signed(line['score_change'])} points",
        }
        for line in reversed(lines)
        if line["line_kind"] in EVENTS and line["statement_on"] in scores
    ]
    values = [{"day": midnight(each["score_date"]), "score": number(each["score"])} for each in days]
    bottom = max(0, 5 * int(min(scores.values()) / 5 - 1))
    top = min(100, 5 * int(max(scores.values()) / 5 + 2))
    y = {"field": "score", "type": "quantitative", "title": None, "scale": {"domain": [bottom, top], "zero": False}}
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d %b", "tickCount": 6, "grid": False}}
    directions = {"up": ("triangle-up", GREEN), "down": ("triangle-down", RED), "no change": ("circle", GREY)}
    return Chart(
        "Score by the day",
        f"From {figure(scores[min(scores)])} on {day(min(scores))} to {figure(scores[max(scores)])} on "
        f"{day(max(scores))}. Each of the {len(marks)} marks is an event and leads to it in the history.",
        {
            "height": 230,
            "layer": [
                {
                    "data": {"values": [{"floor": floor} for floor in band_floors.values() if bottom < floor < top]},
                    "mark": {"type": "rule", "color": LIGHT, "strokeDash": [4, 4]},
                    "encoding": {"y": {"field": "floor", "type": "quantitative"}},
                },
                {
                    "data": {"values": values},
                    "mark": {"type": "line", "color": BLUE, "strokeWidth": 2, "interpolate": "step-after"},
                    "encoding": {"x": x, "y": y},
                },
                {
                    "data": {"values": marks},
                    "mark": {"type": "point", "filled": True, "size": 190, "opacity": 1, "stroke": "white"},
                    "encoding": {
                        "x": x,
                        "y": y,
                        "shape": _scale("direction", {name: shape for name, (shape, _) in directions.items()}),
                        "color": _scale("direction", {name: color for name, (_, color) in directions.items()}),
                        "href": {"field": "link"},
                        "description": {"field": "said"},
                    },
                },
            ],
        },
        ("Day", "Score", "Band"),
        [(day(each["score_date"]), figure(each["score"]), words(each["band"])) for each in reversed(days)],
    )


def _direction(change: Any) -> str:
    return "no change" if not change else "up" if change > 0 else "down"


def _event(line: dict) -> str:
    what = told(line) if line["line_kind"] != "contact" else words(line["nature"])
    about = words(line["issue_category"]) if line["issue_category"] else ""
    return plain(f"{what} {about}".strip())


def _scale(name: str, values: dict[str, str]) -> dict:
    scale = {"domain": list(values), "range": list(values.values())}
    return {"field": name, "type": "nominal", "scale": scale, "legend": None}


def ranking(properties: list[dict]) -> Chart:
    """Properties' adjusted scores, beside the portfolio's mean and the quartiles over properties."""
    first = properties[0]
    values = [{"name": _name(each), "score": number(each["adjusted_score"])} for each in properties]
    marks = {"portfolio mean": "portfolio_mean", "quartiles": "lower_quartile", " quartiles": "upper_quartile"}
    rules = [{"what": what.strip(), "score": number(first[column])} for what, column in marks.items()]
    return Chart(
        "Adjusted score by property",
        f"{len(properties)} properties. The portfolio's mean is {figure(first['portfolio_mean'])}, the quartiles over "
        f"properties are {figure(first['lower_quartile'])} and {figure(first['upper_quartile'])}.",
        {
            "layer": [
                {
                    "data": {"values": rules},
                    "mark": {"type": "rule", "strokeWidth": 1.5},
                    "encoding": {
                        "x": _quantity("score", {"zero": False}),
                        "color": _legend("what", {"portfolio mean": "#333c47", "quartiles": "#9aa5b1"}),
                        "strokeDash": _legend("what", {"portfolio mean": [1, 0], "quartiles": [4, 4]}),
                    },
                },
                {
                    "data": {"values": values},
                    "mark": {"type": "point", "filled": True, "size": 90, "color": BLUE, "opacity": 1},
                    "encoding": {"x": _quantity("score", {"zero": False}), "y": _names("name")},
                },
            ]
        },
        ("Property", "Adjusted score"),
        [(each["property_name"] or each["property_id"], figure(each["adjusted_score"])) for each in properties],
    )


def _legend(name: str, values: dict) -> dict:
    scale = {"domain": list(values), "range": list(values.values())}
    return {"field": name, "type": "nominal", "scale": scale, "title": None}


def _quantity(name: str, scale: dict | None = None, axis: dict | None = None) -> dict:
    return {"field": name, "type": "quantitative", "title": None, "scale": scale or {}, "axis": axis or {}}


def _facets(values: list[dict]) -> dict:
    order = list(dict.fromkeys(each["name"] for each in values))
    return {"field": "name", "type": "nominal", "sort": order, "title": None}


def _names(name: str) -> dict:
    return {"field": name, "type": "nominal", "sort": None, "title": None, "axis": {"grid": True}}


def _name(row: dict) -> str:
    return plain(row["property_name"] or row["property_id"], 24)


def property_trends(days: list[dict]) -> Chart:
    """Properties' adjusted scores over time, side by side, each with the portfolio's mean."""
    values = [
        {"name": _name(each), "day": midnight(each["score_date"])}
        | {"score": number(each["adjusted_score"]), "mean": number(each["portfolio_mean"])}
        for each in days
    ]
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%b", "tickCount": 3, "grid": False}}
    last = {each["property_id"]: each for each in days}
    return Chart(
        "Adjusted score over time",
        "Blue is the property, grey the mean of the portfolio; all on one scale.",
        {
            "data": {"values": values},
            "facet": _facets(values),
            "spec": {
                "height": 74,
                "layer": [
                    {
                        "mark": {"type": "line", "color": color, "strokeWidth": width},
                        "encoding": {"x": x, "y": _quantity(line, {"zero": False}, {"tickCount": 3})},
                    }
                    for line, color, width in (("mean", "#9aa5b1", 1.5), ("score", BLUE, 2))
                ],
            },
        },
        ("Property", "Day", "Adjusted score", "Portfolio mean"),
        [
            (
                each["property_name"],
                day(each["score_date"]),
                figure(each["adjusted_score"]),
                figure(each["portfolio_mean"]),
            )
            for each in last.values()
        ],
        columns_of_facets=4,
    )


def band_shares(properties: list[dict]) -> Chart:
    """How much of each property's customers is in which band."""
    values = [
        {"name": _name(each), "band": words(band), "share": number(each[f"{band}_share"]), "order": order}
        for each in properties
        for order, band in enumerate(BANDS)
    ]
    return Chart(
        "Customers by band",
        "The share of each property's customers in each band, from at risk on the left to delighted on the right.",
        {
            "data": {"values": values},
            "mark": "bar",
            "encoding": {
                "y": _names("name"),
                "x": {**_quantity("share", {"domain": [0, 1]}, {"format": ".0%", "tickCount": 5}), "stack": True},
                "color": _legend("band", {words(band): color for band, color in BANDS.items()}),
                "order": {"field": "order"},
            },
        },
        ("Property", *(words(band) for band in BANDS)),
        [
            (each["property_name"] or each["property_id"], *(percent(each[f"{band}_share"], 1) for band in BANDS))
            for each in properties
        ],
    )


def property_course(days: list[dict]) -> Chart:
    """One property's score over time, within the quartiles over properties."""
    values = [
        {"day": midnight(each["score_date"])}
        | {
            name: number(each[name])
            for name in ("adjusted_score", "portfolio_mean", "lower_quartile", "upper_quartile")
        }
        for each in days
    ]
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d %b", "tickCount": 6, "grid": False}}
    y = {"type": "quantitative", "title": None, "scale": {"zero": False}}
    return Chart(
        "Adjusted score by the day",
        "Blue is the property, the dashed line the mean of the portfolio, the grey area the middle half of properties.",
        {
            "data": {"values": values},
            "height": 210,
            "layer": [
                {
                    "mark": {"type": "area", "color": LIGHT, "opacity": 0.5},
                    "encoding": {"x": x, "y": {**y, "field": "lower_quartile"}, "y2": {"field": "upper_quartile"}},
                },
                {
                    "mark": {"type": "line", "color": GREY, "strokeDash": [4, 4], "strokeWidth": 1.5},
                    "encoding": {"x": x, "y": {**y, "field": "portfolio_mean"}},
                },
                {
                    "mark": {"type": "line", "color": BLUE, "strokeWidth": 2},
                    "encoding": {"x": x, "y": {**y, "field": "adjusted_score"}},
                },
            ],
        },
        ("Day", "Adjusted score", "Portfolio mean", "Quartiles"),
        [
            (
                day(each["score_date"]),
                figure(each["adjusted_score"]),
                figure(each["portfolio_mean"]),
                span(each["lower_quartile"], each["upper_quartile"]),
            )
            for each in reversed(days)
        ],
    )


def needs_course(needs: list[dict]) -> Chart:
    """How often each need was exceeded, by the month, with its interval and its target."""
    rows = [
        {
            "name": plain(f"{words(each['touchpoint'])} · {each['segment']}", 34),
            "month": midnight(each["month"]),
            "share": number(each["exceeded_share"]),
            "lower": number(each["exceeded_lower"]),
            "upper": number(each["exceeded_upper"]),
            "target": number(each["target"]),
        }
        for each in needs
    ]
    share = _quantity("share", {"domain": [0, 1]}, {"format": ".0%", "tickCount": 3})
    return Chart(
        "How often the need was exceeded, by the month",
        "The line is the share of answers that say so, the band its 95 % interval, the dashed line the target.",
        {
            "data": {"values": rows},
            "facet": _facets(rows),
            "spec": {
                "height": 80,
                "layer": [
                    {
                        "mark": {"type": "area", "color": BLUE, "opacity": 0.18},
                        "encoding": {"x": MONTHS, "y": {**share, "field": "lower"}, "y2": {"field": "upper"}},
                    },
                    {
                        "mark": {"type": "line", "color": GREY, "strokeDash": [4, 3], "strokeWidth": 1.5},
                        "encoding": {"x": MONTHS, "y": {**share, "field": "target"}},
                    },
                    {
                        "mark": {"type": "line", "color": BLUE, "strokeWidth": 2, "point": {"size": 22, "color": BLUE}},
                        "encoding": {"x": MONTHS, "y": share},
                    },
                ],
            },
        },
        ("Touchpoint", "Segment", "Month", "Answers", "Exceeded", "95 % interval", "Target"),
        [
            (
                words(each["touchpoint"]),
                each["segment"],
                f"{each['month']:%b %Y}",
                f"{each['responses']:,}",
                percent(each["exceeded_share"]),
                span(each["exceeded_lower"], each["exceeded_upper"], percent),
                percent(each["target"]),
            )
            for each in needs
        ],
        columns_of_facets=3,
    )


def intervals(title: str, description: str, rows: list[tuple[str, Any, Any, Any]], shown=figure, zero=0.0) -> Chart:
    """Estimates with their intervals, one below the other, and a line where nothing would be.

    rows: name, estimate, lower, upper.
    """
    names = ("value", "lower", "upper")
    values = [{"name": plain(name, 40)} | dict(zip(names, map(number, rest), strict=True)) for name, *rest in rows]
    axis = {"format": ".0%" if shown is percent else "~f", "tickCount": 5}
    return Chart(
        title,
        description,
        {
            "data": {"values": values},
            "layer": [
                {
                    "data": {"values": [{"zero": zero}]},
                    "mark": {"type": "rule", "color": GREY, "strokeDash": [4, 4]},
                    "encoding": {"x": {"field": "zero", "type": "quantitative"}},
                },
                {
                    "mark": {"type": "rule", "color": BLUE, "strokeWidth": 2},
                    "encoding": {
                        "y": _names("name"),
                        "x": _quantity("lower", {"zero": False}, axis),
                        "x2": {"field": "upper"},
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "color": BLUE, "size": 70, "opacity": 1},
                    "encoding": {"y": _names("name"), "x": _quantity("value", {"zero": False}, axis)},
                },
            ],
        },
        ("", "Estimate", "95 % interval"),
        [(name, shown(value), span(lower, upper, shown)) for name, value, lower, upper in rows],
    )


def advocates_course(rows: list[dict], column: str, title: str, description: str) -> Chart:
    """A figure of the advocates by the month, with its interval, for each segment that was measured."""
    measured = [each for each in rows if each[column] is not None and each[f"{column}_lower"] is not None]
    values = [
        {"segment": each["segment"], "month": midnight(each["month"]), "value": number(each[column])}
        | {"lower": number(each[f"{column}_lower"]), "upper": number(each[f"{column}_upper"])}
        for each in measured
    ]
    y = _quantity("value", {"zero": False})
    color = _legend("segment", {"resident": BLUE, "prospect": "#b35c00"})
    return Chart(
        title,
        description,
        {
            "data": {"values": values},
            "height": 190,
            "layer": [
                {
                    "mark": {"type": "area", "opacity": 0.15},
                    "encoding": {"x": MONTHS, "y": {**y, "field": "lower"}, "y2": {"field": "upper"}, "color": color},
                },
                {
                    "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 40}},
                    "encoding": {"x": MONTHS, "y": y, "color": color},
                },
            ],
        },
        ("Month", "Segment", "Estimate", "95 % interval"),
        [
            (
                f"{each['month']:%b %Y}",
                each["segment"],
                figure(each[column], 0),
                span(each[f"{column}_lower"], each[f"{column}_upper"], figure, 0),
            )
            for each in measured
        ],
    )


def calibration(rows: list[dict]) -> Chart:
    """Predicted against observed, by tenths of the customers."""
    values = [
        {name: number(each[name]) for name in ("predicted", "observed", "observed_lower", "observed_upper")}
        for each in rows
    ]
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5}}
    x = {**share, "field": "predicted", "title": "predicted"}
    return Chart(
        "Predicted and observed",
        "Each point is a tenth of those with a later outcome. On the dashed line as many became advocates as foretold.",
        {
            "height": 220,
            "layer": [
                {
                    "data": {"values": [{"predicted": 0, "observed": 0}, {"predicted": 1, "observed": 1}]},
                    "mark": {"type": "line", "color": GREY, "strokeDash": [4, 4]},
                    "encoding": {"x": x, "y": {**share, "field": "observed", "title": "observed"}},
                },
                {
                    "data": {"values": values},
                    "mark": {"type": "rule", "color": BLUE},
                    "encoding": {"x": x, "y": {**share, "field": "observed_lower"}, "y2": {"field": "observed_upper"}},
                },
                {
                    "data": {"values": values},
                    "mark": {"type": "point", "filled": True, "color": BLUE, "size": 60, "opacity": 1},
                    "encoding": {"x": x, "y": {**share, "field": "observed"}},
                },
            ],
        },
        ("Tenth", "Customers", "Predicted", "Observed", "95 % interval"),
        [
            (
                each["decile"],
                f"{each['n']:,}",
                percent(each["predicted"]),
                percent(each["observed"]),
                span(each["observed_lower"], each["observed_upper"], percent),
            )
            for each in rows
        ],
    )
