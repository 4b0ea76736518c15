# The two commands: `make run` serves the demo, `make test` passes the tests; both set up everything first.

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)

# durable-rules was last released in 2020. Newer Pythons and compilers need telling: Python 3.13 dropped a function
# that it calls, gcc 14 makes errors of three warnings. Its setup.py overwrites CFLAGS, so CPPFLAGS carries the flags.
export CPPFLAGS := -DPyEval_CallObject=PyObject_CallObject -Wno-error=implicit-function-declaration \
	-Wno-error=int-conversion -Wno-error=incompatible-pointer-types $(CPPFLAGS)

# The last release: evidence reviews are judged on that day, so that an old checkout still passes its own tests.
RELEASE_DATE := $(shell sed -n 's/^released: *//p' rules/version.yaml)

.PHONY: setup run test lint rules-check tests coverage fuzz benchmarks benchmark-peers benchmark-engine benchmark-startup \
	benchmark-memory benchmark-review-page benchmark-plots soak screenshots clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock requirements-build.lock pyproject.toml
	@sh scripts/check_machine.sh "$(PYTHON)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q kcds
	@touch $@

run: setup
	KCDS_PATIENT_VIEW=$${KCDS_PATIENT_VIEW:-pain} $(BIN)/kcds serve --port $(PORT)

test: setup lint rules-check tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

rules-check: setup
	$(BIN)/kcds rules check --as-of $(RELEASE_DATE)
	$(BIN)/kcds rules test

tests: setup
	$(BIN)/python -m pytest -n auto --dist loadscope

# The tests again, and which lines of kcds they do not reach: a report that fails nothing and takes half as long again.
coverage: setup
	$(BIN)/python -m pytest -n auto --dist loadscope --cov --cov-report=term:skip-covered

# The long runs of what `make test` does for some seconds; both print the seed, and how to run a counterexample again.
# FUZZ_CASES: differential cases of the engine (20 minutes on two idle cores). FUZZ_MINUTES: of changed hook calls.
FUZZ_CASES ?= 1000000
FUZZ_MINUTES ?= 5
FUZZ_SEED ?= 1

fuzz: setup
	$(BIN)/python tests/fuzz/engine.py --cases $(FUZZ_CASES) --seed $(FUZZ_SEED)
	$(BIN)/python tests/fuzz/hook_calls.py --minutes $(FUZZ_MINUTES) --seed $(FUZZ_SEED)

# Minutes, without wrk or Node; writes nothing.
benchmarks: setup
	$(BIN)/python benchmarks/request_time.py
	$(BIN)/python benchmarks/engine_difference.py
	$(BIN)/python benchmarks/alert_burden.py
	$(BIN)/python benchmarks/startup.py --runs 3
	$(BIN)/python benchmarks/memory.py --requests 2000

# The results of docs/performance.md, one command each, best on a machine with no other work; the page says how long each
# takes. The opponent (CQL on Node) is in OPPONENT, which is copied and set up, or in PREPARED, which is set up already.
RESULTS := docs/performance

benchmark-peers: setup
	$(BIN)/python benchmarks/peers.py --json $(RESULTS)/peers.json $(if $(OPPONENT),--opponent "$(OPPONENT)") \
		$(if $(PREPARED),--prepared "$(PREPARED)")

benchmark-engine: setup
	$(BIN)/python benchmarks/engine_speed.py --json $(RESULTS)/engine.json

benchmark-startup: setup
	$(BIN)/python benchmarks/startup.py --json $(RESULTS)/startup.json

benchmark-memory: setup
	$(BIN)/python benchmarks/memory.py --requests 100000 --json $(RESULTS)/memory.json

benchmark-review-page: setup
	$(BIN)/python benchmarks/review_page.py --json $(RESULTS)/review_page.json

benchmark-plots: setup
	$(BIN)/python benchmarks/plots.py

# The pictures of README.md and docs/, made anew of the samples in Chromium.
screenshots: setup
	$(BIN)/python scripts/make_screenshots.py

soak: setup
	$(BIN)/python benchmarks/soak.py --minutes 10 --reload-every 45 --json $(RESULTS)/soak.json

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
