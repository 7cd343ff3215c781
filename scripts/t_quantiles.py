"""Writes seeds/rules/t_quantiles.csv: by how many standard errors a 95 % interval reaches to either side.

Needs SciPy (the extra `dev`). The seed is a statistical table and never changes; this is where it comes from.
"""

import csv
from pathlib import Path

from scipy import stats

SEED = Path(__file__).parent.parent / "seeds" / "rules" / "t_quantiles.csv"
# From here on the quantile falls by less than 0.0001 from one number to the next.
DEGREES = [*range(1, 201), *range(210, 501, 10), *range(550, 1001, 50), 2000, 5000, 10_000]


def main() -> None:
    with SEED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["degrees_of_freedom", "t_quantile"])
        writer.writerows([degrees, f"{stats.t.ppf(0.975, degrees):.12f}"] for degrees in DEGREES)


if __name__ == "__main__":
    main()
