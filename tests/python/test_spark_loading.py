"""Raw files by Spark's readers: rows are numbered and files known as on DuckDB. `make test-spark` runs it."""

import pytest
from runner import on_spark
from runner.errors import InputError
from runner.project import raw_tables

pytest.importorskip("pyspark")
pytestmark = pytest.mark.spark

BAD_FILES = {
    "not utf-8": ("interactions.csv", "interaction_id,customer_id,occurred_at\n1,é,2026-01-01\n".encode("latin-1")),
    "a column twice": ("interactions.csv", b"interaction_id,interaction_id\n1,1\n"),
    "a needed column missing": ("interactions.csv", b"interaction_id,occurred_at\n1,2026-01-01\n"),
    "empty": ("interactions.csv", b""),
    "too many values": ("interactions.csv", b"interaction_id,customer_id,occurred_at\n1,a,2026-01-01,x\n"),
    "no json": ("interactions.jsonl", b'{"interaction_id": "1", "customer_id": "a", "occurred_at": "x"}\n{"a\n'),
    "no parquet": ("interactions.parquet", b"PAR1 and no more"),
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A session over an empty warehouse, with its raw tables."""
    with on_spark.session(tmp_path_factory.mktemp("spark") / "warehouse") as session:
        on_spark.create_tables(session)
        yield session


@pytest.mark.parametrize(("name", "content"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_named_and_nothing_is_loaded(spark, folder, name, content):
    (folder / name).write_bytes(content)
    (folder / "customers.csv").write_text("customer_id\na\n", encoding="utf-8")
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        on_spark.load(spark, raw_tables("files"), "files", folder)
    assert spark.table("raw.customers").count() == 0
    assert spark.table("control.loads").count() == 0


def test_rows_are_numbered_in_their_files_and_a_file_that_is_the_same_is_not_loaded_again(spark, folder):
    (folder / "interactions").mkdir()
    texts = ['"two\nlines, one ""record"""', "x", ""]
    lines = [f"{number},a,2026-01-0{number},{text}" for number, text in enumerate(texts, start=1)]
    header = "interaction_id,customer_id,occurred_at,body"
    (folder / "interactions" / "a.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    (folder / "interactions" / "b.jsonl").write_text(
        '{"interaction_id": 4, "customer_id": "a", "occurred_at": "2026-01-04", "colour": "red"}\n', encoding="utf-8"
    )
    report = on_spark.load(spark, raw_tables("files"), "files", folder)
    assert report.rows == {"interactions": 4}
    assert report.ignored_columns == {"interactions/b.jsonl": ["colour"]}
    loaded = spark.sql("select interaction_id, _file, _row, body from raw.interactions order by interaction_id")
    assert [tuple(row) for row in loaded.collect()] == [
        ("1", "interactions/a.csv", 1, 'two\nlines, one "record"'),
        ("2", "interactions/a.csv", 2, "x"),
        ("3", "interactions/a.csv", 3, None),
        ("4", "interactions/b.jsonl", 1, None),
    ]
    again = on_spark.load(spark, raw_tables("files"), "files", folder)
    assert again.load_id is None
    assert again.unchanged == ["interactions/a.csv", "interactions/b.jsonl"]


@pytest.mark.parametrize(
    ("command", "given"),
    [
        (("run",), ("--alerts-to", "alerts.jsonl", "--published", "published", "--without-pii")),
        (("demo",), ("--published", "published")),
    ],
)
def test_what_spark_does_not_do_is_refused(rapport, tmp_path, monkeypatch, command, given):
    monkeypatch.chdir(tmp_path)
    done = rapport(*command, "--target", "spark", "--warehouse", "spark", *given)
    assert done.returncode == InputError.exit_code
    options = ", ".join(option for option in given if option.startswith("--"))
    assert f"{options}: with --target spark there is no such thing" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_process_opens_one_warehouse(spark, tmp_path):
    with pytest.raises(RuntimeError, match="One process opens one warehouse"), on_spark.session(tmp_path / "another"):
        pass
