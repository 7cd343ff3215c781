"""A BI tool in a process of its own: `bi_client.py DATABASE` opens a release through SQLAlchemy, as Superset does.

Prints one JSON object: which DuckDB, the tables and columns that it reflects, the rows of a chart, and what it was
refused. It needs SQLAlchemy, duckdb-engine and DuckDB, of any version.
"""

import json
import sys
import warnings

import duckdb
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

# Nothing is written, no other file is read, and no query can change that.
READER = {"read_only": True, "config": {"enable_external_access": "false", "lock_configuration": "true"}}
FORBIDDEN = (
    "create table marts.mine as select 1 as one",
    "delete from marts.customer_scores_current",
    "copy marts.customer_scores_current to 'taken.csv'",
    "select * from read_csv('/etc/hostname')",
    "set enable_external_access = true",
)


def open_release(database: str) -> sa.engine.Engine:
    """A connection is opened for each query and closed after it, as Superset's are."""
    return sa.create_engine(f"duckdb:///{database}", connect_args=READER, poolclass=NullPool)


def reflected(engine: sa.engine.Engine) -> dict[str, dict[str, str]]:
    """The Python type of each column of each table of the marts, as SQLAlchemy understands it."""
    metadata = sa.MetaData()
    with warnings.catch_warnings():
        # duckdb-engine knows no indices, and says so for each table.
        warnings.simplefilter("ignore")
        metadata.reflect(engine, schema="marts")
    return {
        table.name: {column.name: column.type.python_type.__name__ for column in table.columns}
        for table in metadata.tables.values()
    }


def chart(engine: sa.engine.Engine) -> list[list]:
    """What a chart of the mean score by month asks: a query of the user's, wrapped, grouped by month and limited."""
    users = sa.text("select * from marts.customer_scores_daily").columns(
        sa.column("score_date", sa.Date), sa.column("segment", sa.String), sa.column("score", sa.Numeric)
    )
    virtual = users.subquery("virtual_table")
    month = sa.literal_column("date_trunc('month', score_date)").label("month")
    query = (
        sa.select(
            month, virtual.c.segment, sa.func.count().label("n"), sa.func.avg(virtual.c.score).label("mean_score")
        )
        .where(virtual.c.segment.in_(["resident", "prospect"]))
        .group_by(month, virtual.c.segment)
        .order_by(month, virtual.c.segment)
        .limit(1000)
    )
    with engine.connect() as connection:
        return [[str(row[0])[:10], *row[1:3], float(row[3])] for row in connection.execute(query)]


def refused(engine: sa.engine.Engine) -> list[str]:
    """Those statements that the database does not carry out."""
    found = []
    for statement in FORBIDDEN:
        with engine.connect() as connection:
            try:
                connection.execute(sa.text(statement)).fetchall()
            except sa.exc.DBAPIError:
                found.append(statement)
    return found


def main(database: str) -> None:
    engine = open_release(database)
    found = {"tables": reflected(engine), "chart": chart(engine), "refused": refused(engine)}
    print(json.dumps({"duckdb": duckdb.__version__} | found))


if __name__ == "__main__":
    main(sys.argv[1])
