"""What each page shows: from a release and the query of the address to the values of its template."""

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import duckdb
from starlette.exceptions import HTTPException

from web import figures
from web.releases import Release
from web.text import safe_cell, words

ROWS, LONGEST_SEARCH, MOST_LINES, MOST_ROWS = 50, 200, 1000, 100
WEEK = 7
FACTORS = {
    "frequency": "Do they seek us out, or do they have to chase us?",
    "tone": "How did all contacts feel, on balance?",
    "variety": "How many different things went wrong?",
    "persistence": "Do problems stay?",
    "recency": "How did it feel lately?",
}
CUSTOMER_ORDERS = {
    "score": "score",
    "change_7d": "change_7d",
    "change_30d": "change_30d",
    "rank": "segment desc, portfolio_rank",
    "confidence": "confidence",
    "name": "{customer_scores_current.customer_name}",
    "property": "property_name",
    "open_issues": "open_issues",
    "last_contact": "last_contact_on",
}
PROPERTY_ORDERS = {
    "rank": "property_rank",
    "score": "adjusted_score",
    "mean": "mean_score",
    "change_30d": "change_30d",
    "at_risk": "at_risk_share",
    "customers": "customers",
    "name": "property_name",
}
NO_FILTERS: dict[str, str | None] = dict.fromkeys(("segment", "band", "property", "search", "alert"))
# Of customers: all, or those with an alert that is open.
ALERTS = {"": "All", "open": "Open"}
SPANS = {"30": 30, "90": 90, "365": 365, "all": None}


class Query:
    """The query of an address: what the page shows is all in it, so that an address can be shared."""

    def __init__(self, path: str, parameters: Mapping[str, str]):
        self.path = path
        self.values = {name: value for name, value in parameters.items() if value != ""}

    def text(self, name: str, longest: int = LONGEST_SEARCH) -> str | None:
        """A text, None where there is none."""
        value = self.values.get(name)
        if value is not None and len(value) > longest:
            raise HTTPException(400, f"{name} may have {longest} characters.")
        return value

    def one_of(self, name: str, allowed: Mapping[str, Any], default: str) -> str:
        """One of some words. Raises HTTPException, which names them, for any other."""
        value = self.values.get(name, default)
        if value not in allowed:
            raise HTTPException(400, f"{name} is one of {', '.join(allowed)}.")
        return value

    def page(self) -> int:
        """The number of the page, from 1."""
        value = self.values.get("page", "1")
        if not value.isascii() or not value.isdigit() or not 1 <= len(value) <= 7 or int(value) < 1:
            raise HTTPException(400, "page is a number from 1 on.")
        return int(value)

    def link(self, path: str | None = None, **changes: Any) -> str:
        """This address with other values; None takes one away."""
        values = {name: value for name, value in (self.values | changes).items() if value is not None}
        return (path or self.path) + (f"?{urlencode(values)}" if values else "")

    def fresh(self, path: str, **values: Any) -> str:
        """Another address."""
        return f"{path}?{urlencode({name: value for name, value in values.items() if value is not None})}"

    def order(self, orders: Mapping[str, str], default: str, is_down: bool = False) -> tuple[str, bool, str]:
        """The column to sort by, whether downward, and the SQL for it."""
        sort = self.one_of("sort", orders, default)
        down = self.one_of("dir", {"asc": 0, "desc": 1}, "desc" if is_down else "asc") == "desc"
        direction = "desc" if down else "asc"
        return sort, down, ", ".join(f"{column} {direction} nulls last" for column in _columns(orders[sort]))


def _columns(order: str) -> list[str]:
    return [column.split()[0] for column in order.split(", ")]


def _pages(query: Query, found: int) -> dict[str, int]:
    page, last = query.page(), max(1, -(-found // ROWS))
    if page > last:
        raise HTTPException(404, f"There are {last:,} pages, and this would be number {page:,}.")
    return {"page": page, "last_page": last, "found": found, "first": (page - 1) * ROWS + 1}


def customers(release: Release, query: Query) -> dict[str, Any]:
    """The list of customers: a page of it, its filters, and how many there are by band."""
    filters = _filters(query)
    sort, down, order_by = query.order(CUSTOMER_ORDERS, "score")
    (count,) = release.known("customers_count", **filters)
    pages = _pages(query, count["customers"])
    rows = release.rows("customers", order_by, **filters, limit=ROWS, offset=pages["first"] - 1)
    bands = release.known("bands")
    return pages | {
        "rows": rows,
        "filters": filters,
        "sort": sort,
        "down": down,
        "bands": bands,
        "segments": list(dict.fromkeys(each["segment"] for each in sorted(bands, key=lambda row: row["segment"]))),
        "band_names": list(dict.fromkeys(each["band"] for each in bands)),
        "properties": release.known("properties_known"),
        "alert_choices": ALERTS,
        "alerts": release.known("alerts_count")[0]["alerts"],
        "has_names": "customer_name" in release.columns.get("customer_scores_current", ()),
    }


def _filters(query: Query) -> dict[str, str | None]:
    return {name: query.text(name) for name in NO_FILTERS} | {"alert": query.one_of("alert", ALERTS, "") or None}


def matching_customers(release: Release, query: Query) -> duckdb.DuckDBPyConnection:
    """All customers who match, to be fetched bit by bit."""
    _, _, order_by = query.order(CUSTOMER_ORDERS, "score")
    return release.execute("customers", order_by, **_filters(query), limit=None, offset=0)


def csv_line(cells: Any) -> str:
    """A line of CSV that no spreadsheet executes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()


def customer(release: Release, query: Query) -> dict[str, Any]:
    """One customer: the score, its course, what happened, and what moved it in the last week."""
    customer_id = query.text("id", 1000)
    who = customer_id and (
        release.row("customer", customer=customer_id) or release.row("customer_before", customer=customer_id)
    )
    if not who:
        raise HTTPException(404, "No customer of this id was ever scored. Look for them in the list of customers.")
    span = query.one_of("days", SPANS, "90")
    last_day = who["score_date"]
    first = last_day - timedelta(days=SPANS[span] - 1) if SPANS[span] else date.min
    days = release.rows("customer_days", customer=customer_id, first=first)
    week_ago = last_day - timedelta(days=WEEK)
    since = min(first, week_ago) if SPANS[span] else first
    lines = release.rows("customer_lines", customer=customer_id, first=since, limit=MOST_LINES + 1)
    shown = [line for line in lines if line["statement_on"] >= first][:MOST_LINES]
    rules = release.known("rules")
    floors = {rule["rule_name"]: rule["rule_value"] for rule in rules if rule["rule_kind"] == "band_floor"}
    return {
        "who": who,
        "left": last_day < _latest(release),
        "span": span,
        "spans": SPANS,
        "chart": figures.score_course(days, shown, floors),
        "lines": shown,
        "has_more": len(lines) > MOST_LINES,
        "since_last_line": _since(who, shown),
        "week": _week(who, lines, week_ago),
        "factors": _factors(who, rules),
        "alerts": release.rows("customer_alerts", customer=customer_id),
        "outcomes": release.rows("customer_journey", customer=customer_id),
        "needs": {each["touchpoint"]: each["core_need"] for each in release.known("advocacy")},
    }


def _latest(release: Release) -> date:
    return release.known("latest")[0]["score_date"]


def _since(who: dict, lines: list[dict]) -> Decimal | None:
    """What time alone did since the last line; no line says it yet."""
    return who["score"] - lines[0]["score_after"] if lines else None


def _week(who: dict, lines: list[dict], week_ago: date) -> dict[str, Any] | None:
    """What moved the score in the last 7 days: the events, the largest first, and time, which is the rest."""
    if who["change_7d"] is None:
        return None
    events = [line for line in lines if line["statement_on"] > week_ago and line["line_kind"] in figures.EVENTS]
    moved = [line for line in events if line["score_change"]]
    return {
        "before": who["score"] - who["change_7d"],
        "events": sorted(moved, key=lambda line: -abs(line["score_change"])),
        "time": who["change_7d"] - sum((line["score_change"] for line in events), Decimal(0)),
    }


def _factors(who: dict, rules: list[dict]) -> list[dict]:
    weights = {
        (rule["rule_name"], rule["segment"]): rule["rule_value"] for rule in rules if rule["rule_kind"] == "weight"
    }
    return [
        {
            "name": factor,
            "question": question,
            "points": who[f"{factor}_points"],
            "possible": round(100 * weights.get((factor, who["segment"]), 0), 2),
        }
        for factor, question in FACTORS.items()
    ]


def properties(release: Release, query: Query) -> dict[str, Any]:
    """The properties of a segment, ranked, with their trends and bands, and the initiatives."""
    segments = {each["segment"]: each for each in release.known("property_segments")}
    initiatives = release.known("initiatives", property=None)
    if not segments:
        return {"segments": {}, "rows": [], "initiatives": initiatives, "impact": None}
    segment = query.one_of("segment", segments, next(iter(segments)))
    sort, down, order_by = query.order(PROPERTY_ORDERS, "rank")
    pages = _pages(query, segments[segment]["properties"])
    rows = release.rows("properties", order_by, segment=segment, property=None, limit=ROWS, offset=pages["first"] - 1)
    chosen = [each["property_id"] for each in rows[: figures.SMALL_CHARTS]]
    first = rows[0]["score_date"] - timedelta(days=SPANS["90"])
    days = release.rows("properties_days", segment=segment, properties=chosen, first=first)
    days.sort(key=lambda each: (chosen.index(each["property_id"]), each["score_date"]))
    return pages | {
        "segments": segments,
        "segment": segment,
        "rows": rows,
        "sort": sort,
        "down": down,
        "ranking": figures.ranking(rows),
        "trends": figures.property_trends(days),
        "bands": figures.band_shares(rows),
        "is_by_chance": len({each["adjusted_score"] for each in rows}) == 1 and len(rows) > 1,
        "initiatives": initiatives,
        "impact": _impact(initiatives),
    }


def _impact(initiatives: list[dict]) -> figures.Chart | None:
    """One line per programme: its initiatives share one effect."""
    measured = [each for each in initiatives if each["effect"] is not None]
    programmes = {each["initiative_name"] or each["initiative_id"]: each for each in measured}
    if not programmes:
        return None
    return figures.intervals(
        "Effect of each initiative",
        "In standard units of tone and problems, with 95 % intervals; right of the dashed line is better.",
        [(name, each["effect"], each["effect_low"], each["effect_high"]) for name, each in programmes.items()],
    )


def one_property(release: Release, query: Query) -> dict[str, Any]:
    """One property: its score over time, its bands, who fell there, and its initiatives."""
    property_id = query.text("id", 1000)
    segments = {each["segment"]: each for each in release.known("property_segments")}
    values = {
        segment: release.rows("properties", "property_rank", segment=segment, property=property_id, limit=1, offset=0)
        for segment in segments
    }
    there = {segment: rows[0] for segment, rows in values.items() if rows}
    if property_id is None or not there:
        raise HTTPException(
            404, "No property of this id has customers who are scored. Look for it among the properties."
        )
    segment = query.one_of("segment", there, next(iter(there)))
    span = query.one_of("days", SPANS, "90")
    row = there[segment]
    first = row["score_date"] - timedelta(days=SPANS[span] - 1) if SPANS[span] else date.min
    days = release.rows("properties_days", segment=segment, properties=[property_id], first=first)
    filters = NO_FILTERS | {"segment": segment, "property": property_id}
    fallers = release.rows("customers", "change_7d asc nulls last", **filters, limit=10, offset=0)
    return {
        "row": row,
        "segment": segment,
        "segments": there,
        "span": span,
        "spans": SPANS,
        "course": figures.property_course(days),
        "bands": figures.band_shares([row]),
        "fallers": [each for each in fallers if each["change_7d"] is not None and each["change_7d"] < 0],
        "initiatives": release.rows("initiatives", property=property_id),
    }


def journey(release: Release, query: Query) -> dict[str, Any]:
    """The four answers of the journey."""
    needs = release.known("needs")
    latest = max((each["month"] for each in needs), default=None)
    fixes, advocacy, advocates = (release.known(name) for name in ("fixes", "advocacy", "advocates"))
    worth = [each for each in fixes if each["verdict"] == "worth fixing" and not each["is_exceeding"]]
    outcomes = list(dict.fromkeys(each["outcome"] for each in advocacy))
    outcome = query.one_of("outcome", dict.fromkeys(outcomes), outcomes[0]) if outcomes else None
    wants = [each for each in advocacy if each["outcome"] == outcome]
    return {
        "latest": latest,
        "needs": [each for each in needs if each["month"] == latest],
        "needs_chart": figures.needs_course(needs) if needs else None,
        "fixes": fixes,
        "worth": worth,
        "fixes_chart": worth
        and figures.intervals(
            "What fixing it would gain",
            "The share of answers that would exceed the need in addition, with 95 % intervals.",
            [
                (f"{words(r['touchpoint'])}: {words(r['driver'])}", r["gain"], r["gain_lower"], r["gain_upper"])
                for r in worth
            ],
            figures.percent,
        ),
        "outcome": outcome,
        "outcomes": outcomes,
        "wants": wants,
        "wants_chart": wants
        and figures.intervals(
            "Importance of each touchpoint",
            "The share of what ratings tell about the outcome that the touchpoint accounts for, with 95 % intervals.",
            [(words(r["touchpoint"]), r["importance"], r["importance_lower"], r["importance_upper"]) for r in wants],
            figures.percent,
        ),
        "advocates": list(reversed(advocates)),
        "nps_chart": _advocates_chart(
            advocates, "nps", "nps_finding", "Net promoter score by the month", "With 95 % intervals."
        ),
        "created_chart": _advocates_chart(
            advocates,
            "created_per_100",
            "created_finding",
            "Advocates created by the month",
            "Of 100 who were asked before and were no advocates, with 95 % intervals.",
        ),
    }


def _advocates_chart(rows: list[dict], column: str, finding: str, title: str, said: str) -> figures.Chart | None:
    enough = [each for each in rows if each[finding] != "too few"]
    return figures.advocates_course(enough, column, title, said) if enough else None


def how_it_is_made(release: Release, query: Query) -> dict[str, Any]:
    """Rules in force, how far the scores can be trusted, how fresh the data are, and what was rejected."""
    validation = release.known("validation")
    questions = {_question(each): each for each in validation}
    asked = query.one_of("question", questions, next(iter(questions))) if questions else None
    answers = [each for each in validation if _question(each) == asked]
    calibration = release.known("journey_calibration")
    rules = release.known("rules")
    return {
        "rules": {
            kind: [rule for rule in rules if rule["rule_kind"] == kind]
            for kind in {rule["rule_kind"] for rule in rules}
        },
        "factors": FACTORS,
        "questions": questions,
        "asked": asked,
        "answers": answers,
        "validation_chart": answers
        and figures.intervals(
            "How well each figure told it beforehand",
            "The chance that of two customers the one with the outcome was ranked rightly, with 95 % intervals. On the "
            "dashed line it would be a coin's.",
            [(words(r["predictor"]), r["auc"], r["auc_lower"], r["auc_upper"]) for r in answers],
            zero=0.5,
        ),
        "quality": release.known("journey_quality"),
        "calibration_chart": figures.calibration(calibration) if calibration else None,
        "loads": release.known("loads"),
        "reasons": release.known("rejected_reasons"),
        "rejected": release.known("rejected_rows", limit=MOST_ROWS),
        "runs": release.known("runs", limit=10),
    }


def _question(row: dict) -> str:
    return ".".join(str(row[name]) for name in ("outcome", "versus", "segment", "horizon_days"))
