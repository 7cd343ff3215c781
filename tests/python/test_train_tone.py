"""Training the table of tone through the command line: what it writes, that it repeats itself, and what it refuses."""

import csv
import sys

import pytest
from harness import ROOT
from typer.testing import CliRunner

sys.path.insert(0, str(ROOT / "scripts"))
import rapport
from runner.errors import InputError

GOOD, BAD, PLAIN = "what a glorp day", "such a blick mess", "the parcel is here"


def write(path, rows, header=("text", "label")):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def labelled_rows(labels=("positive", "negative", "neutral")):
    texts = (GOOD, BAD, PLAIN)
    return [(f"{texts[number % 3]} no{number}", labels[number % 3]) for number in range(60)]


def train(*arguments):
    result = CliRunner().invoke(rapport.app, ["train-tone", *map(str, arguments)])
    if isinstance(result.exception, InputError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def weights(folder, kind="valence"):
    with (folder / "tone_terms.csv").open(encoding="utf-8", newline="") as file:
        return {row["term"]: row for row in csv.DictReader(file) if row["kind"] == kind}


def test_words_that_only_these_texts_know_are_learned(tmp_path):
    train(write(tmp_path / "mine.csv", labelled_rows()), "--out", tmp_path / "out", "--version", "v9")
    learned = weights(tmp_path / "out")
    assert float(learned["glorp"]["weight"]) > 0
    assert float(learned["blick"]["weight"]) < 0
    assert learned["glorp"]["origin"] == "learned"
    assert {row["rule_version"] for row in learned.values()} == {"v9"}
    assert weights(tmp_path / "out", "negator").keys() == weights(ROOT / "seeds" / "rules", "negator").keys()
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert all(f"| mine | 60 | {way} |" in report for way in ("these tables", "VADER", "most frequent class"))
    assert "bag of words" in report


def test_the_same_texts_give_the_same_files(tmp_path):
    file = write(tmp_path / "mine.csv", labelled_rows())
    for out in ("one", "two"):
        train(file, "--out", tmp_path / out, "--from-scratch")
    for name in ("tone_terms.csv", "text_settings.csv", "report.md"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert "glorp" in weights(tmp_path / "one")
    assert "horrible" not in weights(tmp_path / "one")


def test_ratings_are_cut_where_the_user_says(tmp_path):
    file = write(tmp_path / "stars.csv", labelled_rows(("5", "1", "3")))
    train(file, "--out", tmp_path / "out", "--negative-to", 2, "--positive-from", 4)
    assert "20 negative, 20 neutral, 20 positive" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rows", "header", "arguments", "said"),
    [
        (labelled_rows(), ("body", "label"), (), "no column text. There are body, label"),
        (labelled_rows(("good", "bad", "so so")), ("text", "label"), (), "labels such as bad, good, so so"),
        (labelled_rows(("5", "1", "3")), ("text", "label"), (), "are ratings. Say what they mean"),
        (labelled_rows()[:9], ("text", "label"), (), "9 different labelled texts"),
        (labelled_rows(("positive",) * 3), ("text", "label"), (), "negative and positive ones"),
        (labelled_rows(("5", "1", "3")), ("text", "label"), ("--negative-to", 2), "give both"),
        (labelled_rows(("5", "1", "3")), ("text", "label"), ("--negative-to", 4, "--positive-from", 2), "less than"),
        (labelled_rows(), ("text", "label"), ("--rules", "nowhere"), "no tone_terms.csv there"),
    ],
)
def test_what_cannot_be_learned_from_is_said(tmp_path, rows, header, arguments, said):
    file = write(tmp_path / "mine.csv", rows, header)
    with pytest.raises(InputError, match=said):
        train(file, "--out", tmp_path / "out", *arguments)
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        train(tmp_path / "none.csv", "--out", tmp_path / "out")
