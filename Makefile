# netspec's workshop. `make` alone lists what there is.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
DEMO := build/demo
SNAPSHOT ?= build/snapshot.tsv
SPEC ?= specs/lenet.net
BACKENDS := torch tensorflow

# The tests run in two processes; more threads in each would only be in each other's way.
TEST_ENV := OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 TF_CPP_MIN_LOG_LEVEL=2
WORKERS ?= 2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test fuzz check format golden docs classroom bench snapshot clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## compile LeNet to both frameworks, show that the two agree, print its table
	@mkdir -p $(DEMO)
	@for backend in $(BACKENDS); do \
	  echo "\$$ netspec compile $(SPEC) --backend $$backend -o $(DEMO)/$$backend.py"; \
	  $(BIN)/netspec compile $(SPEC) --backend $$backend -o $(DEMO)/$$backend.py --force || exit; \
	done
	@echo '$$ netspec verify $(SPEC)'
	@$(BIN)/netspec verify $(SPEC)
	@echo '$$ netspec show $(SPEC)'
	@$(BIN)/netspec show $(SPEC)

test: $(READY) ## run the tests (ARGS="-k pooling" for some of them, WORKERS=0 for one process)
	$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# The laws that Hypothesis draws examples for take a few minutes more; they run whether or not something was found.
fuzz: $(READY) ## try what nobody would write (SECONDS=3600 WORKERS=2 SEED=1 for longer, and to try the same again)
	@$(TEST_ENV) $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600) --workers $(or $(filter-out 0,$(WORKERS)),1) \
	  $(if $(SEED),--seed $(SEED)); found=$$?; \
	NETSPEC_HYPOTHESIS=random $(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
	  $$(grep -rl --include='*.py' --exclude-dir=house '^from hypothesis import .*given' tests) $(if $(SEED),--hypothesis-seed=$(SEED)) && exit $$found

check: $(READY) ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

format: $(READY) ## format the Python files and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(READY) ## write the golden files anew; read the diff before you commit it
	$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --update-golden $(ARGS)

docs: $(READY) ## write docs/layers/ and docs/diagnostics.md anew, and the output shown in README.md
	$(BIN)/python docs/generate.py $(ARGS)

classroom: $(READY) ## fetch the digits that docs/classroom.md learns from, as a package of npm
	@$(BIN)/python docs/classroom/digits.py fetch

bench: $(READY) ## the budgets, as ratios measured in one run (ROWS=check,growth for some; PAGE=1 for docs/performance.md)
	$(BIN)/python tests/bench $(if $(ROWS),--rows $(ROWS)) $(if $(PAGE),--page)

snapshot: $(READY) ## digests of all that is printed for specs/ (and NETSPEC_CORPUS), against BEFORE=FILE written earlier
	$(BIN)/python tests/snapshot.py $(SNAPSHOT) $(BEFORE)

clean: ## remove everything that make has made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made once, and again when the dependencies change. TensorFlow has no wheels yet for a Python newer than 3.13.
$(READY): pyproject.toml
	@python=$$(for p in python3 python3.13 python3.12 python3.11; do \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; \
	done) || true; \
	test -n "$$python" || { echo "netspec needs Python 3.11, 3.12 or 3.13" >&2; exit 1; }; \
	set -e; echo "making $(VENV) with $$($$python --version)"; \
	test -x $(BIN)/python || $$python -m venv $(VENV); \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'; \
	touch $@
