"""The semantic layer: it is valid, its SQL runs, and each metric says what plain SQL on the marts says.

MetricFlow's own engine makes the SQL; the command `mf` around it would ask the package registry for its newest version.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import duckdb
import harness
import pytest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.validation.data_warehouse_model_validator import DataWarehouseModelValidator
from metricflow_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from runner.demo_data import DemoOptions, write_demo
from runner.project import ROOT
from test_docs import table

PAGE = ROOT / "docs" / "query-the-marts.md"

# Small, and with three ends of months.
CUSTOMERS, SCORED_DAYS = 300, 75
# The last scored day of each month.
MONTH_ENDS = (
    "score_date in (select max(score_date) from marts.property_scores_daily group by date_trunc('month', score_date))"
)
BY_SEGMENT = ("metric_time__month", "advocates_month__segment")
BY_TOUCHPOINT = ("metric_time__month", "touchpoint_month__touchpoint", "touchpoint_month__segment")
BY_PROPERTY = ("metric_time__month", "property__property_name", "customer_day__segment")


@dataclass(frozen=True)
class Parity:
    """What a metric is compared with: the value that a mart has for each group, or the sum of its columns."""

    by: tuple[str, ...]
    sql: str


def of_properties(expression: str) -> Parity:
    columns = f"date_trunc('month', score_date), property_name, segment, {expression}"
    return Parity(BY_PROPERTY, f"select {columns} from marts.property_scores_daily where {MONTH_ENDS}")


def of_touchpoints(expression: str) -> Parity:
    return Parity(BY_TOUCHPOINT, f"select month, touchpoint, segment, {expression} from marts.touchpoint_needs_monthly")


def of_advocates(expression: str) -> Parity:
    return Parity(BY_SEGMENT, f"select month, segment, {expression} from marts.advocates_monthly")


PARITIES = {
    "customers": of_properties("customers"),
    "total_score": Parity(
        ("metric_time__day", "customer_day__segment", "customer_day__band"),
        "select score_date, segment, band, sum(score * customers) from marts.score_distribution_daily group by all",
    ),
    "mean_score": of_properties("mean_score"),
    "at_risk_customers": of_properties("round(at_risk_share * customers)"),
    "share_at_risk": of_properties("at_risk_share"),
    "need_ratings": of_touchpoints("responses"),
    "needs_exceeded": of_touchpoints("exceeded"),
    "need_exceeded_share": of_touchpoints("exceeded_share"),
    "survey_respondents": of_advocates("respondents"),
    "survey_promoters": of_advocates("promoters"),
    "survey_detractors": of_advocates("detractors"),
    "nps": of_advocates("nps"),
    "asked_again": of_advocates("asked_before"),
    "advocates_created": of_advocates("converted"),
    "advocates_created_per_100": of_advocates("created_per_100"),
}
# The mart rounds what the metric does not.
ROUNDED = 5.1e-5


@dataclass
class Client:
    """What MetricFlow wants of a warehouse: which dialect it speaks, and whether it understands a statement."""

    connection: duckdb.DuckDBPyConnection
    sql_engine_type: SqlEngine = SqlEngine.DUCKDB
    sql_plan_renderer: DuckDbSqlPlanRenderer = field(default_factory=DuckDbSqlPlanRenderer)

    def dry_run(self, stmt: str, sql_bind_parameter_set: object = None) -> None:
        self.connection.execute(f"explain {stmt}")


@pytest.fixture(scope="module")
def manifest(project, target):
    text = (target / "semantic_manifest.json").read_text(encoding="utf-8")
    return parse_manifest_from_dbt_generated_manifest(manifest_json_string=text)


@pytest.fixture(scope="module")
def client(project: harness.Project, tmp_path_factory) -> Client:
    folder: Path = tmp_path_factory.mktemp("semantic")
    options = DemoOptions(customers=CUSTOMERS)
    write_demo(folder / "raw", options)
    first_day = options.last_day - timedelta(days=SCORED_DAYS - 1)
    with project.score(folder / "built", [folder / "raw"], options.last_day, first_day) as connection:
        yield Client(connection)


@pytest.fixture(scope="module")
def engine(manifest, client) -> MetricFlowEngine:
    return MetricFlowEngine(semantic_manifest_lookup=SemanticManifestLookup(manifest), sql_client=client)


def answer(engine: MetricFlowEngine, client: Client, metrics: list[str], by: tuple[str, ...]) -> list[tuple]:
    """The rows of a query to the semantic layer, columns in the order in which they were asked for."""
    request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=by)
    sql = engine.explain(request).sql_statement.sql
    columns = ", ".join([*by, *metrics])
    return client.connection.execute(f"select {columns} from ({sql})").fetchall()


def by_group(rows: list[tuple]) -> dict[tuple, float | None]:
    """Values by group; a day or a month as a date."""
    groups = {
        tuple(part.date() if hasattr(part, "date") else part for part in group): None if value is None else float(value)
        for *group, value in rows
    }
    assert len(groups) == len(rows)
    return groups


def test_the_layer_is_valid(manifest):
    found = SemanticManifestValidator().validate_semantic_manifest(manifest)
    assert [issue.message for issue in found.all_issues] == []


def test_the_warehouse_understands_the_layer(manifest, client):
    validator = DataWarehouseModelValidator(sql_client=client)
    for validate in (
        validator.validate_semantic_models,
        validator.validate_dimensions,
        validator.validate_entities,
        validator.validate_simple_metrics,
        validator.validate_metrics,
    ):
        assert [issue.message for issue in validate(manifest).all_issues] == []


def test_every_metric_is_compared(manifest):
    assert {metric.name for metric in manifest.metrics} == set(PARITIES)
    assert all(metric.description and metric.label for metric in manifest.metrics)


def test_every_metric_and_its_groups_are_on_the_page(engine):
    """By what a metric is grouped on the page is what MetricFlow lets it be grouped by."""
    stated = {row["metric"]: row for row in table(PAGE, "Metrics by name")}
    assert list(stated) == [*PARITIES]
    for name, row in stated.items():
        groups = {item.name.removesuffix("_name") for item in engine.simple_dimensions_for_metrics([name])}
        times = {"score_date", "answered_in", "metric_time"}
        assert groups - times == set(row["groups"].split(", ")), name


@pytest.mark.parametrize("metric", PARITIES)
def test_a_metric_says_what_the_mart_says(metric, engine, client):
    parity = PARITIES[metric]
    made = by_group(answer(engine, client, [metric], parity.by))
    stated = by_group(client.connection.execute(parity.sql).fetchall())
    assert len({group[0] for group in made}) >= 3
    assert len({value for value in made.values() if value is not None}) >= 3
    assert made.keys() == stated.keys()
    assert made == {
        group: value if value is None else pytest.approx(value, abs=ROUNDED) for group, value in stated.items()
    }


def test_a_months_mean_score_is_that_of_its_last_scored_day(engine, client):
    made = by_group(answer(engine, client, ["mean_score"], ("metric_time__month", "customer_day__segment")))
    stated = client.connection.execute(
        "select date_trunc('month', score_date), segment, avg(score) from marts.customer_scores_daily "
        f"where {MONTH_ENDS} group by all"
    )
    assert made == {group: pytest.approx(value) for group, value in by_group(stated.fetchall()).items()}


def test_the_days_to_choose_from_are_those_of_the_spine(engine, client):
    days = answer(engine, client, [], ("metric_time__day",))
    first_response, as_of = client.connection.execute(
        "select min(responded_on), (select as_of from control.score_window) from intermediate.survey_responses"
    ).fetchone()
    assert len(days) == (as_of - first_response).days + 1


def test_nobody_is_named_by_the_layer(manifest):
    """Personal columns stay out of it."""
    columns = {
        element.expr or element.name
        for model in manifest.semantic_models
        for element in (*model.dimensions, *model.entities, *model.measures)
    }
    assert not columns & {"customer_name", "email", "excerpt", "body", "comment", "original_row"}
