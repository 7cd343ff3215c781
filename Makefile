# Every target is one line, and each is what CI runs. `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
BIN := .venv/bin
RAPPORT := $(BIN)/python scripts/rapport.py
PUBLISHED ?= $(or $(wildcard published),demo_published)

.PHONY: help setup demo run dashboard train-tone tone-table train-journey journey-effects test test-duckdb1 test-spark test-spark-small test-slow bench bench-small docs lint format lock clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

.venv/.setup: requirements-dev.lock
	$(PYTHON) -m venv .venv && $(BIN)/pip install --quiet --requirement requirements-dev.lock && touch $@

setup: .venv/.setup  ## the virtual environment, from the lock file

demo: $(if $(filter spark,$(TARGET)),.venv-spark/.setup,setup)  ## made-up data of a dozen properties, scored: where to start; TARGET=spark on Spark
	$(if $(filter spark,$(TARGET)),.venv-spark,.venv)/bin/python scripts/rapport.py demo $(if $(TARGET),--target $(TARGET))

run: setup  ## load RAW (a folder) and score it, into warehouse.duckdb
	$(RAPPORT) run --raw $(RAW)

dashboard: setup  ## what people look at, over the release in published/ or else the demo's; on http://127.0.0.1:8765
	$(BIN)/python dashboard/serve.py --published $(PUBLISHED)

train-tone: setup  ## learn the tone of words from FILE (text, label), into OUT
	$(RAPPORT) train-tone $(FILE) --out $(OUT)

tone-table: setup  ## the table of tone the project comes with, anew, from ../shared/data/tone
	cd scripts && ../$(BIN)/python -m training.default_table

train-journey: setup  ## learn the journey score of RAW from outcomes up to UNTIL, into scorecard/
	$(RAPPORT) train-journey --raw $(RAW) --until $(UNTIL)

journey-effects: setup  ## what exceeded needs do to the renewals of RAW up to UNTIL, into scorecard/
	$(RAPPORT) journey-effects --raw $(RAW) --until $(UNTIL)

test: setup  ## every test but the slow ones
	$(BIN)/pytest -q -m "not slow and not spark" -n auto --dist loadfile

.venv-duckdb1/.setup: requirements-dev.lock
	$(PYTHON) -m venv .venv-duckdb1 && .venv-duckdb1/bin/pip install --quiet --requirement requirements-dev.lock && .venv-duckdb1/bin/pip install --quiet "duckdb==1.5.6" && touch $@

test-duckdb1: setup .venv-duckdb1/.setup  ## the tests of the scores and of releases, on the newest DuckDB 1
	.venv-duckdb1/bin/pytest -q -m "not slow" -n auto --dist loadfile tests/python/test_loading.py tests/python/test_bad_input.py tests/python/test_oracle.py tests/python/test_increments.py tests/python/test_bi_client.py -k "not incident_log"

.venv-spark/.setup: requirements-spark.lock
	$(PYTHON) -m venv .venv-spark && .venv-spark/bin/pip install --quiet --requirement requirements-spark.lock && touch $@

# A process opens one warehouse of Spark's: every file of tests has its own.
SPARK_TESTS = tests/python/test_spark_demo.py tests/python/test_spark_loading.py tests/python/test_spark_texts.py
SLOW_SPARK_TESTS = tests/python/test_spark_histories.py tests/python/test_spark_training.py

test-spark: .venv-spark/.setup  ## both engines give the same marts; needs Java 17
	echo $(SPARK_TESTS) $(SLOW_SPARK_TESTS) | xargs -n 1 .venv-spark/bin/pytest -q

test-spark-small: .venv-spark/.setup  ## of these what takes less than ten minutes
	echo $(SPARK_TESTS) | xargs -n 1 .venv-spark/bin/pytest -q

test-slow: setup  ## the slow ones
	$(BIN)/pytest -q -m slow

bench: setup  ## every benchmark at full size, into benchmarks/results.json
	$(BIN)/python benchmarks/bench.py

bench-small: setup  ## the benchmarks on little data: whether their results are right, not how fast they are
	$(BIN)/python benchmarks/bench.py --small

lint: setup  ## SQL, Python and the laws of the house
	$(BIN)/sqlfluff lint --processes 2 models tests/data tests/generic analyses && $(BIN)/ruff check . && $(BIN)/ruff format --check .

format: setup  ## what can be put right by machine
	$(BIN)/sqlfluff fix --processes 2 models tests/data tests/generic analyses; $(BIN)/ruff check --fix . ; $(BIN)/ruff format .

docs: setup  ## what every model and column means, as one page: target/docs/static_index.html
	RAPPORT_WAREHOUSE=:memory: $(BIN)/dbt --quiet docs generate --static --empty-catalog --target-path target/docs

lock: setup  ## new pins from pyproject.toml
	$(BIN)/pip install --quiet pip-tools && ./scripts/lock.sh

clean:  ## what was built, not what was loaded
	rm -rf target logs .pytest_cache .hypothesis .ruff_cache
