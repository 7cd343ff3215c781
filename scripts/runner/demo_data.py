"""The demo data: a made world of residents and prospects, written as files of the raw contract.

The world is made by the SQL in demo_sql/, in the order of the file names; docs/demo-data.md tells its stories and the
truth planted in it. Customers are made in blocks that do not depend on each other: a million of them need no more
memory than a block does.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from runner.errors import InputError
from runner.warehouse import literal

SQL_FOLDER = Path(__file__).parent / "demo_sql"
SETTING = ("01_draws", "02_truth", "03_words", "04_properties")
LIVES = ("05_people", "06_happenings", "07_matters", "08_experiences", "09_stays", "10_messages", "11_surveys")
STORIES = ("12_stories", "13_imperfections")

CUSTOMERS_PER_BLOCK = 50_000
SAMPLE = 5_000
PROPERTIES_IN_STORIES = 12
DAYS_IN_STORIES = 273

# Total orders, so that two runs write the same bytes. What grows over time lies as a system would have appended it.
SETTING_TABLES = {
    "properties": "property_id",
    "initiatives": "initiative_id",
}
LIVES_TABLES = {
    "customers": "customer_id",
    "customer_segments": "customer_id, started_on",
    "issues": "coalesce(updated_at, opened_at), issue_id",
    "interactions": "coalesce(updated_at, occurred_at), interaction_id",
    "survey_responses": "responded_at, response_id",
    "survey_answers": "response_id, touchpoint, driver nulls first",
    "outcomes": "occurred_at, outcome_id",
}
# Says that a folder's files are made up, and may be made anew.
MARK = ".rapport-demo"
COPY_OPTIONS = {"csv": "format csv, header true", "parquet": "format parquet, compression zstd"}


@dataclass(frozen=True)
class DemoOptions:
    """Which world to make.

    initiatives: False is the twin: the same draws and the same initiative rows, without their effect.
    stories: False leaves out what is told and not drawn: the boiler, 12_stories and 13_imperfections.
    interactions_per_customer: their mean, met within a few per cent; None leaves it to 02_truth.
    file_format: csv or parquet.
    """

    customers: int = 3000
    properties: int = 12
    first_day: date = date(2025, 10, 1)
    last_day: date = date(2026, 6, 30)
    seed: int = 7
    initiatives: bool = True
    stories: bool = True
    interactions_per_customer: float | None = None
    file_format: str = "csv"

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day) // timedelta(days=1) + 1


def write_demo(directory: Path, options: DemoOptions) -> dict[str, int]:
    """Write the nine raw tables into `directory`, in place of an earlier run's, and return their numbers of rows.

    A table is a file, or a folder of files where there is more than one block of customers.
    Raises InputError for options that make no world.
    """
    with open_setting(options) as connection:
        clear(directory)
        rows = {
            table: write_table(connection, options, table, order, directory / table)
            for table, order in SETTING_TABLES.items()
        }
        blocks = range(1, options.customers + 1, CUSTOMERS_PER_BLOCK)
        for number, first_customer in enumerate(blocks, start=1):
            make_lives(connection, first_customer, min(first_customer + CUSTOMERS_PER_BLOCK - 1, options.customers))
            if options.stories and first_customer == 1:
                run(connection, STORIES)
            for table, order in LIVES_TABLES.items():
                path = directory / table if len(blocks) == 1 else directory / table / f"part-{number:04d}"
                rows[table] = rows.get(table, 0) + write_table(connection, options, table, order, path)
    return rows


def make_world(options: DemoOptions) -> duckdb.DuckDBPyConnection:
    """The world in memory, with its hidden tables (experiences, decisions, ...), for checking models against."""
    connection = open_setting(options)
    make_lives(connection, 1, options.customers)
    if options.stories:
        run(connection, STORIES)
    return connection


def open_setting(options: DemoOptions) -> duckdb.DuckDBPyConnection:
    """A connection in which everything is ready for customers: chance, the truth, words, properties."""
    check(options)
    connection = duckdb.connect()
    connection.execute(f"""
        set variable seed = {options.seed};
        set variable customers = {options.customers};
        set variable properties = {options.properties};
        set variable first_day = date '{options.first_day}';
        set variable last_day = date '{options.last_day}';
        set variable initiatives = {options.initiatives};
        set variable stories = {options.stories};
        set variable scale = 1::double;
    """)
    run(connection, SETTING)
    if options.interactions_per_customer is not None:
        scale = scale_for(connection, options.interactions_per_customer)
        connection.execute(f"set variable scale = {scale}::double")
    return connection


def check(options: DemoOptions) -> None:
    if options.file_format not in COPY_OPTIONS:
        raise InputError(f"file_format is {options.file_format!r}: give one of {', '.join(COPY_OPTIONS)}")
    if options.customers < 1 or options.properties < 1 or options.days < 1:
        raise InputError("A world needs at least one customer, one property and one day")
    if options.stories and (options.properties < PROPERTIES_IN_STORIES or options.days < DAYS_IN_STORIES):
        raise InputError(
            f"The stories need {PROPERTIES_IN_STORIES} properties and {DAYS_IN_STORIES} days: "
            f"give them, or leave the stories out"
        )


def scale_for(connection: duckdb.DuckDBPyConnection, interactions_per_customer: float) -> float:
    """How many times more must happen for this many interactions: a straight line through two samples.

    The sample is the same for every number of customers. Raises InputError below what always happens.
    """
    means = []
    for scale in (0, 1):
        connection.execute(f"set variable scale = {scale}::double")
        make_lives(connection, 1, SAMPLE)
        (interactions,) = connection.execute("select count(*) from raw.interactions").fetchone()
        means.append(interactions / SAMPLE)
    always, usually = means
    if interactions_per_customer < always:
        raise InputError(f"interactions_per_customer is at least {always:.2f} over these days")
    return (interactions_per_customer - always) / (usually - always)


def make_lives(connection: duckdb.DuckDBPyConnection, first_customer: int, last_customer: int) -> None:
    """Make the lives of a block of customers, in place of the block before."""
    connection.execute(f"""
        set variable first_customer = {first_customer};
        set variable last_customer = {last_customer};
    """)
    run(connection, LIVES)


def run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    for name in names:
        connection.execute((SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))


def write_table(connection: duckdb.DuckDBPyConnection, options: DemoOptions, table: str, order: str, path: Path) -> int:
    """Write raw.<table> to `path` with the format's ending. Returns the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_name(f"{path.name}.{options.file_format}")
    (rows,) = connection.execute(
        f"copy (select * from raw.{table} order by {order}) to {literal(file)} ({COPY_OPTIONS[options.file_format]})"
    ).fetchone()
    return rows


def clear(directory: Path) -> None:
    """Remove what an earlier run wrote, and nothing else.

    Raises InputError where there are such files that no earlier run wrote: somebody's own data.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = [
        file
        for table in SETTING_TABLES | LIVES_TABLES
        for pattern in (f"{table}.csv", f"{table}.parquet", f"{table}/part-*.csv", f"{table}/part-*.parquet")
        for file in directory.glob(pattern)
    ]
    if written and not (directory / MARK).exists():
        raise InputError(f"{written[0]}: is not of the demo, and would be overwritten. Choose another --directory.")
    for file in written:
        file.unlink()
    for table in LIVES_TABLES:
        if (directory / table).is_dir() and not any((directory / table).iterdir()):
            (directory / table).rmdir()
    (directory / MARK).touch()
