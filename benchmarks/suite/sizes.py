"""How large everything is: in full, and small, to check that the benchmarks and their results are right."""

from dataclasses import dataclass, replace

from suite.data import World


@dataclass(frozen=True)
class Size:
    """How much data is made, and how often what is cheap is measured.

    rate: interactions per day of a thousand customers.
    first_scored_days: how many days a warehouse scores before the backfill, which extends them to all `days`.
    late_days: how many days before the day on which they arrive the late rows are dated.
    flat_customers, flat_years: the histories that `flat` compares, in multiples of `days`.
    joined_days: how many of the backfill's days the windowed join computes.
    joined_at_once: in one statement, which does not fit into memory for all of them.
    write_days: the days that the backfill's limit writes, and is scaled up from.
    growth_customers: the sizes that `growth` builds; spark_customers: those that it builds on Spark, where a build of
        little data takes minutes.
    messages, vader_messages: how many texts the SQL reads, and how many of them VADER.
    repeats: of what is cheap, and how many days arrive one after the other; the median counts.
    """

    name: str
    customers: int
    rate: int
    days: int
    first_scored_days: int
    late_days: int
    flat_customers: int
    flat_years: tuple[int, int]
    joined_days: int
    joined_at_once: int
    write_days: int
    growth_customers: tuple[int, ...]
    spark_customers: tuple[int, ...]
    demo_customers: int
    messages: int
    vader_messages: int
    journey_customers: int
    repeats: int

    @property
    def world(self) -> World:
        return self.world_of(self.customers)

    def world_of(self, customers: int, years: int = 1) -> World:
        return World(customers, customers * self.rate // 1000, self.days * years)


FULL = Size(
    name="full",
    customers=1_000_000,
    rate=55,
    days=365,
    first_scored_days=30,
    late_days=300,
    flat_customers=250_000,
    flat_years=(1, 4),
    joined_days=30,
    joined_at_once=5,
    write_days=10,
    growth_customers=(10_000, 100_000, 1_000_000),
    spark_customers=(10_000, 30_000, 100_000),
    demo_customers=3_000,
    messages=1_000_000,
    vader_messages=20_000,
    journey_customers=1_000_000,
    repeats=3,
)

SMALL = replace(
    FULL,
    name="small",
    customers=2_000,
    rate=330,
    days=60,
    first_scored_days=10,
    late_days=45,
    flat_customers=1_000,
    joined_days=4,
    joined_at_once=2,
    write_days=5,
    growth_customers=(500, 2_000),
    spark_customers=(),
    demo_customers=300,
    messages=5_000,
    vader_messages=2_000,
    journey_customers=2_000,
    repeats=1,
)
