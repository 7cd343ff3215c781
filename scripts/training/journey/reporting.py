"""The report of a training, in words and pictures."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("agg")
from matplotlib import pyplot

from training.journey.additive import Additive
from training.journey.drivers import Driver
from training.journey.frame import Frame
from training.journey.quality import Quality
from training.journey.scorecard import Training
from training.journey.selecting import Selection
from training.journey.wants import Want

BANDS = 10


@dataclass(frozen=True)
class Findings:
    """All that a training found. later: None without outcomes after it; quality: by model, on later outcomes."""

    training: Training
    selection: Selection
    table: Additive
    frame: Frame
    later: Frame | None
    quality: dict[str, Quality]
    wants: list[Want]
    drivers: list[Driver]


def write_report(findings: Findings, folder: Path) -> None:
    """Writes report.md and its pictures."""
    pictures = {"points.png": _points_picture(findings)}
    if findings.later is not None and findings.quality:
        pictures |= {
            "calibration.png": _calibration_picture(findings),
            "quality.png": _quality_picture(findings),
        }
    for name, figure in pictures.items():
        # Without the library's version in it, the same data give the same file.
        figure.savefig(folder / name, dpi=110, metadata={"Software": None})
        pyplot.close(figure)
    (folder / "report.md").write_text(_text(findings, list(pictures)), encoding="utf-8")


def _text(findings: Findings, pictures: list[str]) -> str:
    training, selection = findings.training, findings.selection
    parts = [
        f"# The scorecard of {training.outcome}, {training.scorecard_version}",
        f"{training.cases:,} cases of {training.customers:,} customers up to {training.trained_until}; "
        f"{training.base_rate:.1%} had the outcome.",
        "## Candidates",
        f"Held out in {selection.options.repeats} x {selection.options.folds} folds of customers; less log-loss is "
        f"better. **{selection.winner.name}** is taken: the simplest whose log-loss is less than one standard error of "
        f"the paired difference above that of the best, {selection.best.name}.",
        _candidates(findings),
        "## Later outcomes",
        _later(findings),
        "## What the ratings are worth",
        "A touchpoint's share of the held-out log-loss reduction (Shapley), with 95 % intervals by a bootstrap of "
        "customers, from a ridge on levels without the mean rating.",
        _table(
            ("place", "places it may have", "touchpoint", "share", "95 % interval"),
            [
                (
                    want.rank,
                    f"{want.rank_interval[0]} to {want.rank_interval[1]}",
                    want.touchpoint,
                    f"{want.importance:.3f}",
                    f"{want.interval[0]:.3f} to {want.interval[1]:.3f}",
                )
                for want in findings.wants
            ],
        ),
    ]
    if findings.drivers:
        ranked = sorted(findings.drivers, key=lambda driver: -driver.gain_lower)
        parts += [
            "## What to fix",
            "How much more often the need would be exceeded, were everybody who was asked satisfied with the one "
            "driver. In the order of the interval's lower end.",
            _table(
                ("touchpoint", "driver", "asked", "satisfied", "gain", "95 % interval"),
                [
                    (
                        driver.touchpoint,
                        driver.driver,
                        f"{driver.asked:,}",
                        f"{driver.satisfied_share:.2f}",
                        f"{driver.gain:.3f}",
                        f"{driver.gain_lower:.3f} to {driver.gain_upper:.3f}",
                    )
                    for driver in ranked
                ],
            ),
        ]
    parts += ["## Pictures", *(f"![{name.removesuffix('.png')}]({name})" for name in pictures)]
    return "\n\n".join(parts) + "\n"


def _candidates(findings: Findings) -> str:
    selection, rows = findings.selection, []
    for name, losses in selection.losses.items():
        difference, error = selection.difference(findings.frame, name, "mean rating")
        rows.append((name, f"{losses.mean():.5f}", f"{difference:+.5f}", f"{error:.5f}"))
    return _table(("model", "log-loss", "less the mean rating's", "standard error"), rows)


def _later(findings: Findings) -> str:
    training = findings.training
    if not findings.quality:
        return "There are none with which to compare: nothing is known of how good this scorecard is."
    verdict = "better than" if training.is_better_than_mean else "**not better than**"
    rows = [
        (
            model,
            f"{quality.auc:.3f} ({quality.auc_interval[0]:.3f} to {quality.auc_interval[1]:.3f})",
            f"{quality.log_loss:.4f}",
            f"{quality.brier:.4f}",
            f"{quality.brier_skill:.3f}",
            f"{quality.intercept:+.3f}",
            "" if quality.slope is None else f"{quality.slope:.3f}",
        )
        for model, quality in findings.quality.items()
    ]
    columns = ("model", "AUC (95 %)", "log-loss", "Brier", "skill", "calibration intercept", "slope")
    difference = f"{training.later_difference:+.5f}, standard error {training.later_difference_standard_error:.5f}"
    return (
        f"{training.later_cases:,} cases after {training.trained_until}. The scorecard is {verdict} the mean rating "
        f"alone: log-loss {difference}.\n\n" + _table(columns, rows)
    )


def _table(columns: tuple, rows: list[tuple]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _points_picture(findings: Findings):
    """Points per answer of each touchpoint, the most important first."""
    order = {want.touchpoint: want.rank for want in findings.wants}
    shown = sorted(
        (place for place, term in enumerate(findings.table.terms) if term.kind in ("rating", "context")),
        key=lambda place: (order.get(findings.table.terms[place].name, len(order) + 1), place),
    )
    columns = 4
    rows = max(-(-len(shown) // columns), 1)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(12, 2.3 * rows), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, place in zip(axes.flat, shown, strict=False):
        term, points = findings.table.terms[place], findings.table.singles[place]
        axis.bar(range(len(points)), points, color=["0.7", *["tab:blue"] * (len(points) - 1)])
        axis.set_xticks(range(len(points)), ["–", *term.levels[1:]], fontsize=7, rotation=0 if len(points) < 8 else 90)
        axis.set_title(term.name, fontsize=9)
        axis.axhline(0, color="0.3", linewidth=0.8)
    for axis in axes.flat[len(shown) :]:
        axis.axis("off")
    figure.suptitle("Log-odds by answer, centred; – for no answer")
    return figure


def _calibration_picture(findings: Findings):
    """Said and seen by tenths of the later cases."""
    probability = findings.table.probability(findings.later)
    figure, axis = pyplot.subplots(figsize=(5, 5), layout="constrained")
    axis.plot([0, 1], [0, 1], color="0.7")
    for chosen in np.array_split(np.argsort(probability, kind="stable"), BANDS):
        if len(chosen):
            said, seen = probability[chosen].mean(), findings.later.outcome[chosen].mean()
            error = 2 * np.sqrt(max(seen * (1 - seen), 0.25 / len(chosen)) / len(chosen))
            axis.errorbar(said, seen, error, fmt="o", color="tab:blue")
    axis.set(xlabel="said", ylabel="seen", title="Calibration on later outcomes", xlim=(0, 1), ylim=(0, 1))
    return figure


def _quality_picture(findings: Findings):
    """The models side by side."""
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3), layout="constrained")
    names = list(findings.quality)
    for axis, title, values in (
        (axes[0], "AUC on later outcomes", [quality.auc for quality in findings.quality.values()]),
        (axes[1], "Log-loss on later outcomes", [quality.log_loss for quality in findings.quality.values()]),
    ):
        axis.barh(names, values, color=["tab:blue", "0.5", "0.8"][: len(names)])
        axis.set_title(title)
        axis.invert_yaxis()
        for place, value in enumerate(values):
            axis.text(value, place, f" {value:.3f}", va="center")
        axis.margins(x=0.15)
    return figure
