# make run     set up whatever is missing and start the site        make test    run the whole suite
# make check   tests, linters, types, contracts, deploy checks      make setup   prepare everything, start nothing

PYTHON ?= python3
VAR ?= var
PORT ?= 8000
export VAR PORT
READY = $(VAR)/.ready-$(shell printf '%s' "$$DATABASE_URL$$DATABASE_URL_FILE" | cksum | cut -d ' ' -f 1)
BIN = .venv/bin
MANAGE = $(BIN)/python manage.py

.PHONY: run setup drawings test check check-content lint types contracts deploy-check browser lock format clean
.PHONY: bench bench-webhook bench-letters bench-speed bench-ticks bench-letter-pages bench-desk simulate-year check-payments check-letters chaos-payments
.PHONY: race-letters chaos-letters mutants live-check

run: setup
	@exec $(MANAGE) up

setup: $(READY)

# Set up again for another database, or when requirements, migrations, content or static files changed.
SOURCES = $(shell find . -path ./.venv -prune -o \( -path '*/migrations/*.py' -o -path './content/*' -o -path './static/*' \) -type f -print | grep -v __pycache__)
$(READY): .venv/.runtime $(SOURCES)
	@mkdir -p $(VAR)
	@$(MANAGE) prepare
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=python3.12 or the like." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "Installing what the site needs ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt | .venv/bin/python
	@echo "Installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.runtime

test: .venv/.development browser
	@$(BIN)/pytest -n auto $(ARGS)

# Comparisons of seconds, which a busy machine would spoil.
bench: .venv/.development
	@$(BIN)/pytest -m benchmark -q $(ARGS)

# The sixty ways in which payments go wrong elsewhere, each with its tests, and the contract with the stripe SDK.
check-payments: .venv/.development
	@$(BIN)/python -m tests.payments.scenarios

# Thousands of sequences, hands and deaths on PostgreSQL; CHAOS_SEQUENCES says how many sequences (20000).
CHAOS_DATABASE ?= postgres://postgres@127.0.0.1:5432/postgres
chaos-payments: .venv/.development
	@DATABASE_URL=$(CHAOS_DATABASE) $(BIN)/pytest -n auto -q -m chaos --dist worksteal tests/payments $(ARGS)

# The sixty ways in which letters go wrong elsewhere, each with its tests.
check-letters: .venv/.development
	@$(BIN)/python -m tests.mailing.scenarios

# Senders, mail server, bell, beat and database killed in the middle of thousands of letters; ARGS="--letters 200" for a small one.
chaos-letters: .venv/.development
	@$(BIN)/python -m tests.mailing.chaos $(ARGS)

# "No more letters" and refunds against busy senders on PostgreSQL, CONSENT_TRIALS (1000) times each; prints figures.
race-letters: .venv/.development
	@DATABASE_URL=$(CHAOS_DATABASE) $(BIN)/pytest -n 0 -q -s -m chaos tests/mailing/test_chaos_consent.py $(ARGS)

# Speed and scale of letters, one after the other.
bench-letters: bench-speed bench-ticks bench-letter-pages

# How fast letters go out, beside a peer if PEER names a Python that has it, and how much memory that takes.
bench-speed: .venv/.development
	@$(BIN)/python -m tests.mailing.bench $(ARGS)

# An idle tick with 10k, 100k and a million runs, and a hundred due of them; TICKS_RUNS="10000 100000" for fewer.
bench-ticks: .venv/.development
	@$(BIN)/python -m tests.mailing.bench_ticks $(ARGS)

# The coach's pages about letters with 100,000 people on the way.
bench-letter-pages: .venv/.development
	@$(BIN)/python -m tests.desk.bench_letters

# Webhooks at 50 a second against the running site, worker and all: p95 under 200 ms.
bench-webhook: .venv/.development
	@$(BIN)/python -m tests.payments.bench_webhook $(ARGS)

# Twenty thousand students and 150 lessons: the coach's pages within a second, in as many queries as for two thousand.
bench-desk: .venv/.development
	@$(BIN)/python -m tests.desk.bench_desk $(ARGS)

# The shipped letters for a simulated year of 1,000 students; writes docs/year-of-letters.md.
simulate-year: .venv/.development
	@$(BIN)/python -m tests.mailing.simulate_year $(ARGS)

# Change the rules of money one by one and see that a test notices.
mutants: .venv/.development
	@$(BIN)/python -m tests.payments.mutants $(ARGS)

# The stand-in's black-box tests against Stripe itself, for who has a test key (STRIPE_TEST_KEY). Never run so far.
live-check: .venv/.development
	@$(BIN)/python -m tests.sandbox.live_check

# A Chromium for the tests: an installed one is used, otherwise one is fetched.
browser: .venv/.development
	@$(BIN)/python -m tests.get_browser

check: lint types contracts deploy-check check-content test

lint: .venv/.development
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2 --check

types: .venv/.development
	@$(BIN)/mypy

contracts: .venv/.development
	@$(BIN)/lint-imports --no-cache

# What an editor would send back from content/; with --write (see CONTRIBUTING.md) the table of docs/content.md is made anew.
check-content: .venv/.development
	@$(MANAGE) check_content $(ARGS)

deploy-check: .venv/.development
	@$(MANAGE) makemigrations --check --dry-run
	@$(BIN)/python -m tests.deploy_check

format: .venv/.development
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	@git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2

# Every picture of the course, from the poses in drawings/; the same data gives the same bytes.
drawings: .venv/bin/python
	@$(BIN)/python -m drawings

lock: .venv/.development
	@for name in requirements requirements-dev; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url --no-annotate $$name.in -o $$name.txt; done

clean:
	rm -rf .venv $(VAR)
