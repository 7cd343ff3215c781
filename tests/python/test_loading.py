"""The raw contract: what is loaded, what is skipped, what stops a load before anything is written."""

import gzip
from pathlib import Path

import duckdb
import pytest
from runner.errors import BusyError, InputError
from runner.loading import load
from runner.project import raw_tables
from runner.warehouse import check_path, connect

HEADER = "interaction_id,customer_id,occurred_at,sentiment,body\n"
ROW = "1,a,2024-01-05,0.5,hello\n"
ROWS = "select interaction_id, customer_id, occurred_at, sentiment, body, _load_id, _file, _row from raw.interactions"


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def load_files(connection, folder: Path, encoding: str = "utf-8"):
    return load(connection, raw_tables("files"), "files", folder, encoding)


def write(folder: Path, content: str | bytes, name: str = "interactions.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        HEADER + ROW,
        b"\xef\xbb\xbf" + (HEADER + ROW).encode(),
        (HEADER + ROW).replace(",", ";"),
        (HEADER + ROW).replace(",", "\t"),
        (HEADER + ROW).replace("\n", "\r\n"),
        " Interaction_ID ,CUSTOMER_ID,occurred_at,sentiment,body\n" + ROW,
        "occurred_at,body,sentiment,customer_id,interaction_id\n2024-01-05,hello,0.5,a,1\n",
    ],
    ids=["plain", "byte-order mark", "semicolon", "tab", "crlf", "header in capitals", "columns in another order"],
)
def test_spellings_of_one_csv_load_alike(connection, folder, content):
    write(folder, content)
    load_files(connection, folder)
    assert connection.execute(ROWS).fetchall() == [("1", "a", "2024-01-05", "0.5", "hello", 1, "interactions.csv", 1)]


def test_formats_load_alike(connection, folder):
    write(folder, HEADER + ROW)
    write(folder, gzip.compress((HEADER + ROW).encode()), "interactions/b.csv.gz")
    write(
        folder,
        '{"interaction_id": 1, "customer_id": "a", "occurred_at": "2024-01-05", "sentiment": 0.5, "body": "hello"}\n',
        "interactions/c.jsonl",
    )
    duckdb.sql(
        "select 1 as interaction_id, 'a' as customer_id, date '2024-01-05' as occurred_at, 0.5::double as sentiment, "
        "'hello' as body"
    ).write_parquet(str(folder / "interactions" / "d.parquet"))
    report = load_files(connection, folder)
    assert report.rows["interactions"] == 4
    rows = connection.execute(ROWS + " order by _file").fetchall()
    assert {row[:5] for row in rows} == {("1", "a", "2024-01-05", "0.5", "hello")}
    assert [row[6] for row in rows] == [
        "interactions.csv",
        "interactions/b.csv.gz",
        "interactions/c.jsonl",
        "interactions/d.parquet",
    ]


def test_timestamps_of_parquet_keep_their_offset(connection, folder):
    duckdb.sql(
        "select 1 as interaction_id, 'a' as customer_id, timestamptz '2024-01-05 23:30:00+00' as occurred_at"
    ).write_parquet(str(folder / "interactions.parquet"))
    connection.execute("set TimeZone = 'UTC'")
    load_files(connection, folder)
    assert connection.execute("select occurred_at from raw.interactions").fetchone() == ("2024-01-05 23:30:00+00",)


def test_nothing_is_cast(connection, folder):
    write(folder, HEADER + "1,a,yesterday,seven,\n,,,,\n")
    load_files(connection, folder)
    assert connection.execute(ROWS).fetchall() == [
        ("1", "a", "yesterday", "seven", None, 1, "interactions.csv", 1),
        (None, None, None, None, None, 1, "interactions.csv", 2),
    ]


def test_quoted_line_breaks_are_one_record(connection, folder):
    write(folder, HEADER + '1,a,2024-01-05,,"two\nlines, ""quoted"""\n2,b,2024-01-06,,x\n')
    load_files(connection, folder)
    assert connection.execute("select body, _row from raw.interactions order by _row").fetchall() == [
        ('two\nlines, "quoted"', 1),
        ("x", 2),
    ]


def test_rows_are_numbered_as_in_the_file(connection, folder):
    write(folder, HEADER + "".join(f"{number},a,2024-01-05,,\n" for number in range(1, 200_001)))
    load_files(connection, folder)
    assert (
        connection.execute("select count(*) from raw.interactions where interaction_id <> _row::varchar").fetchone()[0]
        == 0
    )


def test_unchanged_file_is_skipped_and_changed_one_is_appended(connection, folder):
    path = write(folder, HEADER + ROW)
    load_files(connection, folder)
    again = load_files(connection, folder)
    assert again.unchanged == ["interactions.csv"]
    assert again.load_id is None
    path.write_text(HEADER + ROW + "2,b,2024-01-06,,\n", encoding="utf-8")
    load_files(connection, folder)
    assert connection.execute("select _load_id, count(*) from raw.interactions group by 1 order by 1").fetchall() == [
        (1, 1),
        (2, 2),
    ]


def test_content_of_an_earlier_load_is_loaded_again_after_another(connection, folder):
    for content in (ROW, "1,b,2024-01-05,,\n", ROW):
        write(folder, HEADER + content)
        load_files(connection, folder)
    assert connection.execute("select customer_id from raw.interactions order by _load_id").fetchall() == [
        ("a",),
        ("b",),
        ("a",),
    ]


def test_latin_1_loads_when_named(connection, folder):
    write(folder, (HEADER + "1,a,2024-01-05,,café\n").encode("latin-1"))
    load_files(connection, folder, "latin-1")
    assert connection.execute("select body from raw.interactions").fetchone() == ("café",)


def test_unknown_columns_and_files_are_reported(connection, folder):
    write(folder, "interaction_id,customer_id,occurred_at,mood\n1,a,2024-01-05,fine\n")
    write(folder, "x", "notes.txt")
    report = load_files(connection, folder)
    assert report.ignored_columns == {"interactions.csv": ["mood"]}
    assert report.ignored_files == ["notes.txt"]


def load_survey(connection, folder: Path):
    return load(connection, raw_tables("sfo_survey"), "sfo_survey", folder)


def test_files_named_by_a_pattern_are_of_one_table_whatever_their_headers(connection, folder):
    write(folder, "*RESPNUM,INTDATE,Q7WALKWAY,Q13 COUNTY\n7,05/11/2016 12:00:00 AM,4,5\n", "sfo_2016.csv")
    write(folder, " RESPNUM ,INTDATE,Q7WALKWAYS,NETPRO\n7,13,5,9\n", "sfo_2017.csv")
    write(folder, "RESPNUM,INTDATE\n8,14\n", "sfo_survey/later.csv")
    write(folder, "RESPNUM,INTDATE\n9,14\n", "sfo_notes.csv")
    report = load_survey(connection, folder)
    assert report.ignored_columns == {"sfo_2016.csv": ["Q13 COUNTY"]}
    assert report.ignored_files == ["sfo_notes.csv"]
    rows = connection.execute("select respnum, q7walkways, netpro, _file from raw.sfo_survey order by _file").fetchall()
    assert rows == [
        ("7", "4", None, "sfo_2016.csv"),
        ("7", "5", "9", "sfo_2017.csv"),
        ("8", None, None, "sfo_survey/later.csv"),
    ]


def test_two_names_of_one_column_in_a_file_are_twice_that_column(connection, folder):
    write(folder, "RESPNUM,INTDATE,Q7WALKWAYS,Q7WALKWAY\n7,13,5,4\n", "sfo_2017.csv")
    with pytest.raises(InputError, match="has the column q7walkways twice"):
        load_survey(connection, folder)


STOPS = {
    "empty": ("interactions.csv", b"", "is empty, without even a header"),
    "other delimiter": (
        "interactions.csv",
        (HEADER + ROW).replace(",", "#"),
        "needs the columns interaction_id, customer_id",
    ),
    "missing column": ("interactions.csv", "interaction_id,customer_id,when\n1,a,x\n", "needs the column occurred_at"),
    "column twice": ("interactions.csv", HEADER.strip() + ",body\n", "has the column body twice"),
    "latin-1": ("interactions.csv", (HEADER + "1,a,2024-01-05,,café\n").encode("latin-1"), "is not UTF-8"),
    "latin-1 far down": (
        "interactions.csv",
        (HEADER + "1,a,2024-01-05,,x\n" * 100_000 + "1,a,2024-01-05,,café\n").encode("latin-1"),
        "is not UTF-8",
    ),
    "broken quote": (
        "interactions.csv",
        HEADER + '1,a,2024-01-05,,"open\n2,b,2024-01-06,,x\n',
        "line 2: .*unterminated quote",
    ),
    "too many values": (
        "interactions.csv",
        HEADER + "1,a,2024-01-05,,x,y,z\n",
        "line 2: .*Expected Number of Columns: 5",
    ),
    "too few values": ("interactions.csv", HEADER + ROW + "2,b\n", "line 3: .*Found: 2"),
    "no csv": ("interactions.csv", bytes(range(256)) * 20, "interactions.csv: is no"),
    "text with zeros": ("interactions.csv", b"a\0b,c\n", "is no text, so no CSV"),
    "no parquet": ("interactions.parquet", b"PAR?" * 100, "cannot be read as parquet"),
    "no gzip": ("interactions.csv.gz", b"plain", "is no gzip file"),
    "broken json": (
        "interactions.jsonl",
        '{"interaction_id": "1", "customer_id": "a", "occurred_at": "2024-01-05"}\n{broken\n',
        "line 2: cannot be read as jsonl",
    ),
    "json without a needed key": (
        "interactions.jsonl",
        '{"interaction_id": "1"}\n',
        "needs the columns customer_id, occurred_at",
    ),
    "no file of a table": ("notes.txt", "x", "holds no file that can be loaded"),
    "needed table missing": ("customers.csv", "customer_id\na\n", "the table interactions is missing"),
}


@pytest.mark.parametrize(("name", "content", "message"), STOPS.values(), ids=STOPS.keys())
def test_stops_with_a_clear_message_and_nothing_written(connection, folder, name, content, message):
    good = folder.parent / "good"
    write(good, HEADER + ROW)
    load_files(connection, good)
    before = connection.execute(ROWS).fetchall(), connection.execute("from control.loads").fetchall()
    if name == "customers.csv":
        connection.execute("delete from raw.interactions")
        before = [], before[1]
    elif not name.startswith("notes"):
        # A good file beside the bad one, read before it: it must not be loaded either.
        write(folder, "customer_id\nx\n", "customers.csv")
    write(folder, content, name)
    with pytest.raises(InputError, match=message):
        load_files(connection, folder)
    assert (connection.execute(ROWS).fetchall(), connection.execute("from control.loads").fetchall()) == before
    assert connection.execute("select count(*) from raw.customers").fetchone() == (0,)


def test_missing_folder_is_named(connection, folder):
    with pytest.raises(InputError, match="no such folder"):
        load_files(connection, folder / "nowhere")


def test_needed_table_may_be_missing_once_it_was_loaded(connection, folder):
    path = write(folder, HEADER + ROW)
    load_files(connection, folder)
    path.unlink()
    write(folder, "customer_id,customer_name\na,Ann\n", "customers.csv")
    assert load_files(connection, folder).rows == {"customers": 1}


def test_header_alone_loads_no_rows(connection, folder):
    write(folder, HEADER)
    assert load_files(connection, folder).rows["interactions"] == 0


@pytest.mark.parametrize("name", ["marts.duckdb", "raw.duckdb", "main.db"])
def test_warehouse_named_like_a_schema_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="may not be named like the schema"):
        check_path(tmp_path / name)


def test_file_that_is_no_warehouse_is_refused(tmp_path):
    path = write(tmp_path, "no database " * 1000, "x.duckdb")
    with pytest.raises(InputError, match="cannot be opened"), connect(path):
        pass


def test_busy_warehouse_names_its_holder(tmp_path, rapport, folder):
    write(folder, HEADER + ROW)
    path = tmp_path / "held.duckdb"
    with connect(path):
        done = rapport("load", folder, "--warehouse", path)
    assert done.returncode == BusyError.exit_code
    assert "holds the warehouse" in done.stdout
