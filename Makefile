# Two commands are enough: `make demo` shows the main job, `make test` proves it. Both install what they need.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo serve test lint types imports unit screenshots bench bench-asr sbom audit chaos soak proofs lock clean

demo: $(VENV)/.runtime
	$(BIN)/fieldcue demo

serve: $(VENV)/.runtime
	$(BIN)/fieldcue serve

test: $(VENV)/.dev
	sh tests/support/system_services.sh
	$(MAKE) --no-print-directory lint types imports unit

lint: $(VENV)/.dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/.dev
	sh tests/support/run_tests.sh $(BIN)/python

# Every page as every role in a real Chromium, at a desk and on a phone: build/screenshots/index.html shows them all.
screenshots: $(VENV)/.dev
	rm -rf build/screenshots
	sh tests/support/system_services.sh
	$(BIN)/python -m pytest tests/browser
	@echo "build/screenshots/index.html"

# What is installed, from the lock file, as CycloneDX.
sbom: $(VENV)/.dev
	mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.lock --output-format JSON --output-file build/sbom.json

# Known vulnerabilities of what is locked, asked of PyPI: only where that is reachable, so it is no part of `make test`.
# The tool lives in an environment of its own: what judges the packages is none of them.
audit:
	test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit && build/audit/bin/python -m pip --disable-pip-version-check install --quiet pip-audit==2.10.1; }
	build/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock
	build/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements-dev.lock

# ARGS=1000000 back-tests a rule over so many stored events instead.
bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench$(if $(ARGS),.playbooks $(ARGS))

# What hearing costs on this machine; half an hour by hand. ARGS="--minutes 60 --shapes tiny base"
bench-asr: $(VENV)/.dev
	$(BIN)/python -m tests.bench.speech $(ARGS)

# Hours by hand, not in CI: a short slice of each runs in the test suite. ARGS="--kills 300 --seed 5"
chaos: $(VENV)/.dev
	sh tests/support/system_services.sh
	$(BIN)/python -m tests.chaos $(ARGS)

# ARGS="--profile pg+redis --queued 10000 --clients 500" is the whole load, meant for an hour on two cores.
soak: $(VENV)/.dev
	sh tests/support/system_services.sh
	$(BIN)/python -m tests.soak $(ARGS)

# Promises that take minutes to prove, one each: reruns, broker, hour, once, database, commits, fuzz, rolling. ARGS="fuzz --minutes 60"
proofs: $(VENV)/.dev
	sh tests/support/system_services.sh
	$(BIN)/python -m tests.proofs $(ARGS)

# Versions change here and nowhere else; the lock files hold names, versions and hashes only.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet -o requirements-dev.lock

$(VENV)/.runtime: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) (a minute or two)"
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf $(VENV) data .mypy_cache .ruff_cache .pytest_cache .hypothesis
