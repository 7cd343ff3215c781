"""The laws of the house, read off the project itself: dbt's manifest and the files."""

import json
import re
from pathlib import Path

import pytest
import yaml
from runner.project import ROOT

CLOCK_OR_CHANCE = re.compile(
    r"\b(current_date|current_timestamp|now|getdate|today|localtimestamp|random|rand|uuid|gen_random_uuid|run_started_at)\b",
    re.IGNORECASE,
)
TRACKED_TEXT = (".sql", ".py", ".yml", ".yaml", ".toml", ".md", ".csv", ".lock", ".cfg", ".sh")
SQL_FOLDERS = ("models", "macros", "tests/data", "tests/generic", "analyses", "scripts")


@pytest.fixture(scope="module")
def manifest(project, target) -> dict:
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest) -> dict[str, dict]:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def room(node: dict) -> str:
    """The folder below models that a model lives in."""
    return node["fqn"][1]


def parents(models: dict, node: dict) -> list[dict]:
    by_id = {model["unique_id"]: model for model in models.values()}
    return [by_id[name] for name in node["depends_on"]["nodes"] if name in by_id]


def sql_files() -> list[Path]:
    return [path for folder in SQL_FOLDERS for path in sorted((ROOT / folder).rglob("*.sql"))]


def without_comments(text: str) -> str:
    return re.sub(r"\{#.*?#\}|--[^\n]*|'[^'\n]*'", "", text, flags=re.DOTALL)


def test_staging_alone_reads_sources(models):
    readers = {
        name for name, node in models.items() if any(each.startswith("source.") for each in node["depends_on"]["nodes"])
    }
    assert readers
    assert {room(models[name]) for name in readers} == {"staging"}


def test_a_factor_reads_intermediate_models_and_rules(models):
    factors = [node for node in models.values() if room(node) == "factors"]
    assert len(factors) == 5
    for factor in factors:
        assert {room(parent) for parent in parents(models, factor)} <= {"intermediate"}


def test_a_mart_never_reads_staging(models):
    for node in models.values():
        if room(node) == "marts":
            assert "staging" not in {room(parent) for parent in parents(models, node)}, node["name"]


def test_all_factors_have_the_same_columns(project):
    import duckdb

    with duckdb.connect(str(project.template), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) "
            "from information_schema.columns where table_schema = 'factors' group by 1"
        ).fetchall()
    assert len(columns) == 5
    assert len({signature for _, signature in columns}) == 1


def test_all_marts_have_contracts(models):
    for node in models.values():
        if room(node) == "marts":
            assert node["config"]["contract"]["enforced"], node["name"]


def test_all_models_are_plain_sql(models):
    assert {node["language"] for node in models.values()} == {"sql"}
    assert {node["config"]["materialized"] for node in models.values()} <= {"table", "view", "incremental"}


def test_dbts_rust_engine_has_nothing_to_refuse(manifest):
    """Python models, plugins, packages, materializations and builtins of our own, spellings that 1.10 deprecated."""
    assert not list((ROOT / "models").rglob("*.py"))
    assert not (ROOT / "packages.yml").exists()
    profiles = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    assert all("plugins" not in output for each in profiles.values() for output in each["outputs"].values())
    macros = {macro["name"] for macro in manifest["macros"].values() if macro["package_name"] == "rapport"}
    assert not [name for name in macros if name.startswith("materialization_")]
    assert not macros & {"ref", "source", "config", "var", "env_var"}
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "macros").rglob("*.sql"))
    assert not re.search(r"\(\*\w|varargs|\b(dbt_utils|load_result)\b", text)
    for path in [*(ROOT / "models").rglob("*.yml"), *(ROOT / "seeds").rglob("*.yml")]:
        for node in entries(yaml.safe_load(path.read_text(encoding="utf-8"))):
            wrong = {"tests", "meta", "tags", "freshness", "loader"} | (set() if "given" in node else {"overrides"})
            assert not node.keys() & wrong, (path.name, node)
            for test in node.get("data_tests", []):
                if isinstance(test, dict):
                    assert all(settings.keys() <= {"arguments", "config", "name"} for settings in test.values()), test


def entries(node):
    """Every mapping with a name in a YAML file, but for what stands under `config`."""
    if isinstance(node, list):
        for each in node:
            yield from entries(each)
    elif isinstance(node, dict):
        if "name" in node:
            yield node
        for key, each in node.items():
            if key not in ("config", "given", "expect", "overrides"):
                yield from entries(each)


def test_every_model_seed_and_column_is_documented(manifest, project):
    import duckdb

    with duckdb.connect(str(project.template), read_only=True) as connection:
        built = connection.execute(
            "select table_schema, table_name, list(column_name) from information_schema.columns group by 1, 2"
        )
        columns = {(schema, name): set(names) for schema, name, names in built.fetchall()}
    for node in manifest["nodes"].values():
        if node["resource_type"] in ("model", "seed"):
            assert node["description"], node["name"]
            described = {name for name, column in node["columns"].items() if column["description"]}
            assert columns[node["schema"], node["name"]] == described, node["name"]


def test_every_model_says_its_key(models):
    for node in models.values():
        assert "**Key**" in node["description"], node["name"]


def test_every_source_column_is_documented(manifest):
    for source in manifest["sources"].values():
        assert source["description"], source["name"]
        assert all(column["description"] for column in source["columns"].values()), source["name"]


def test_personal_columns_are_tagged_and_stay_where_they_belong(models):
    personal = {"customer_name", "email", "body", "comment", "original_row"}
    rooms = {"staging", "intermediate", "marts"}
    for node in models.values():
        for name in personal & node["columns"].keys():
            assert node["columns"][name]["config"]["meta"].get("pii"), (node["name"], name)
            assert room(node) in rooms, (node["name"], name)


@pytest.mark.parametrize("path", sql_files(), ids=lambda path: path.stem)
def test_sql_reads_no_clock_and_no_chance(path):
    assert not CLOCK_OR_CHANCE.findall(without_comments(path.read_text(encoding="utf-8")))


def test_a_model_begins_with_its_grain_and_ends_with_a_select(models):
    for name, node in models.items():
        lines = node["raw_code"].strip().splitlines()
        assert re.match(rf"-- {name}: one row\b", lines[0]), name
        assert re.match(r"select \* from \w+$", lines[-1]), name
        assert not re.search(r"\n\s*order by [^)]*$", node["raw_code"]), name


def test_vars_carry_no_dates_to_score():
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert set(project["vars"]) == {"portfolio_time_zone", "ledger_epoch", "source_kinds", "statement_batch_customers"}


def test_staging_folders_have_a_line_in_the_union():
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    folders = {path.name for path in (ROOT / "models" / "staging").iterdir() if path.is_dir()}
    assert folders - {"control"} == set(project["vars"]["source_kinds"])


def test_nothing_depends_on_this_machine():
    for path in ROOT.rglob("*"):
        relative = path.relative_to(ROOT)
        if (
            path.suffix in TRACKED_TEXT
            and not relative.parts[0].startswith(".")
            and relative.parts[0] not in ("target", "logs")
        ):
            text = path.read_text(encoding="utf-8")
            assert "/work/" not in text or path == Path(__file__), relative
            assert "/root/" not in text or path == Path(__file__), relative


def test_seeds_with_rules_carry_a_version():
    names = (
        "factor_settings factor_weights natures score_bands rule_settings alert_settings touchpoints "
        "tone_terms issue_categories text_settings"
    )
    for name in names.split():
        header = (ROOT / "seeds" / "rules" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert header.split(",")[-1] == "rule_version", name
