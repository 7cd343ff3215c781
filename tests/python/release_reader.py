"""A reader of releases in a process of its own: `release_reader.py FOLDER STOP` reads until the file STOP is there.

Prints one JSON object: how many reads, which generations were seen, and what did not fit together. It needs DuckDB
alone, of any version.
"""

import json
import os
import sys

import duckdb

READER = {"enable_external_access": "false", "lock_configuration": "true"}
# What a table says of the last day that it holds.
LAST_DAYS = {
    "customer_scores_daily": "max(score_date)",
    "customer_scores_current": "max(score_date)",
    "score_distribution_daily": "max(score_date)",
    "property_scores_daily": "max(score_date)",
    "run_log": "max(as_of)",
    "release": "max(as_of)",
}


def read(folder: str) -> tuple[int, list[str]]:
    """The generation of the current release, and what in it does not belong to it."""
    release = os.path.realpath(os.path.join(folder, "current"))
    with open(os.path.join(release, "release.json"), encoding="utf-8") as file:
        said = json.load(file)
    wrong = []
    connection = duckdb.connect(os.path.join(release, "rapport.duckdb"), read_only=True, config=READER)
    for table, last_day in LAST_DAYS.items():
        day, rows = connection.execute(f"select {last_day}, count(*) from rapport.marts.{table}").fetchone()
        if str(day) != said["as_of"] or rows != said["row_counts"].get(table, 1):
            wrong.append(f"{table}: {rows} rows until {day} in {said['release_id']}")
    (generation,) = connection.execute("select generation from marts.release").fetchone()
    connection.close()
    if generation != said["generation"]:
        wrong.append(f"generation {generation} in {said['release_id']}")
    for table in ("customer_scores_daily/*", "customer_scores_current"):
        files = os.path.join(release, f"{table}.parquet")
        (day,) = duckdb.execute(f"select max(score_date) from read_parquet('{files}')").fetchone()
        if str(day) != said["as_of"]:
            wrong.append(f"{table}.parquet: until {day} in {said['release_id']}")
    return generation, wrong


def main(folder: str, stop: str) -> None:
    reads, seen, wrong = 0, set(), []
    while not os.path.exists(stop):
        try:
            generation, misfits = read(folder)
        except (duckdb.Error, OSError) as error:
            wrong.append(repr(error))
            continue
        reads += 1
        seen.add(generation)
        wrong += misfits
    print(json.dumps({"reads": reads, "seen": sorted(seen), "wrong": wrong[:10]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
