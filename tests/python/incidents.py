"""The incident log, read once more: in plain Python, from its README and docs/bring-your-own-data.md."""

import csv
import gzip
from collections import defaultdict
from datetime import date, datetime

STATES = {"New", "Active", "Resolved", "Closed"} | {
    f"Awaiting {what}" for what in ("User Info", "Problem", "Vendor", "Evidence")
}
RESOLVED = {"Resolved", "Closed"}
TONES = {("opening", "1"): "-0.5", ("opening", "2"): "-0.2", ("opening", "3"): "0"}
TONES |= {("reopening", "1"): "-0.8", ("reopening", "2"): "-0.6", ("reopening", "3"): "-0.5"}

CHANNELS = {"Phone": "phone", "IVR": "phone", "Email": "email", "Self service": "portal", "Direct opening": "in_person"}


def read_time(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - the log names no zone


def contract_rows(folder, as_of: date) -> dict[str, list[dict]]:
    """The log as tables of the contract, as it was known on a day."""
    updates: dict[str, dict[int, tuple]] = defaultdict(dict)
    with gzip.open(folder / "incident_event_log.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            known = read_time(row["sys_updated_at"])
            if row["caller_id"] == "?" or row["incident_state"] not in STATES:
                continue
            modification = int(row["sys_mod_count"])
            earlier = updates[row["number"]].get(modification)
            # The newest copy counts, also where it is not known yet.
            if earlier is None or (known, number) > earlier[:2]:
                updates[row["number"]][modification] = (known, number, row)
    tables: dict[str, list[dict]] = {"interactions": [], "issues": [], "customer_segments": []}
    calls: dict[str, list] = defaultdict(list)
    for incident, copies in updates.items():
        known_updates = sorted(
            (known, modification, row) for modification, (known, _, row) in copies.items() if known.date() <= as_of
        )
        if known_updates:
            follow_incident(incident, known_updates, tables, calls)
    for caller, openings in calls.items():
        follow_caller(caller, openings, tables)
    for table, rows in tables.items():
        for number, row in enumerate(rows, start=1):
            row |= {"_load_id": 1, "_file": f"{table}.csv", "_row": number}
    return tables


def follow_incident(incident, updates, tables, calls):
    first = updates[0][2]
    opened = read_time(first["opened_at"])
    calls[first["caller_id"]].append((opened, incident, first["location"]))
    tables["interactions"].append(interaction(incident, incident, first, "opening", opened))
    openings, reopened, was_resolved = [[opened, None, first]], 0, None
    for known, _, row in updates:
        if int(row["reopen_count"]) > reopened:
            reopened = int(row["reopen_count"])
            tables["interactions"].append(interaction(f"{incident}#{reopened}", incident, row, "reopening", known))
        resolved = row["incident_state"] in RESOLVED
        if was_resolved and not resolved:
            openings.append([known, None, row])
        if resolved and openings[-1][1] is None:
            openings[-1][1] = known
        was_resolved = resolved
    for number, (opened_at, resolved_at, row) in enumerate(openings, start=1):
        tables["issues"].append(
            {
                "issue_id": incident if number == 1 else f"{incident}/{number}",
                "customer_id": row["caller_id"],
                "issue_category": category(row),
                "opened_at": opened_at.isoformat(),
                "resolved_at": resolved_at.isoformat() if resolved_at else None,
            }
        )


def interaction(key, incident, row, event, at) -> dict:
    return {
        "interaction_id": key,
        "customer_id": row["caller_id"],
        "issue_id": incident,
        "issue_category": category(row),
        "channel": CHANNELS.get(row["contact_type"], "other"),
        "touchpoint": event,
        "nature": {"opening": "request", "reopening": "grievance"}[event],
        "sentiment": TONES[event, row["impact"]],
        "occurred_at": at.isoformat(),
    }


def category(row) -> str | None:
    return None if row["category"] == "?" else row["category"]


def follow_caller(caller, openings, tables):
    location, by_day = None, {}
    for opened, _, place in sorted(openings):
        location = location if place == "?" else place
        by_day[opened.date()] = location
    previous = object()
    for day, place in by_day.items():
        if place != previous:
            tables["customer_segments"].append(
                {"customer_id": caller, "started_on": day.isoformat(), "segment": "resident", "property_id": place}
            )
        previous = place
