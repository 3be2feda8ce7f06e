# The commands of this project; `make help` lists them. Everything they install goes into .venv.

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check
COMPILE := .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.12 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

.PHONY: help run manage test lint bench cluster soak fuzz screenshots messages ci lock audit

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name does; do printf 'make %-11s %s\n' "$$name" "$$does"; done

run: .venv/base ## start the status page with demo data on http://127.0.0.1:8000 (HOST, PORT)
	@$(PYTHON) -m tools.serve

manage: .venv/base ## run a management command with the same settings (ARGS="createsuperuser")
	@$(PYTHON) -m tools.serve $(ARGS)

test: .venv/dev ## run the tests on every database found here (ARGS="-k name" for some of them)
	@$(PYTHON) tools/test.py $(ARGS)

lint: export DJANGO_SETTINGS_MODULE := tests.settings
lint: .venv/dev ## check style, types, templates and migrations
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(PYTHON) -m djlint --quiet --lint templates
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check

bench: export BENCH_PYTHON := .venv/served/bin/python
bench: .venv/dev .venv/served/installed ## measure rendering, serving, growth, delivery and writes beside the least they can cost (ARGS=load for one)
	@$(PYTHON) -m tests.perf $(ARGS)

cluster: export CLUSTER_SECONDS := 120
cluster: export CLUSTER_WRITERS := 16
cluster: export CLUSTER_READERS := 64
cluster: export CLUSTER_SHOWN_WITHIN := 1
cluster: export DELIVERY_ROUNDS := 5
cluster: .venv/dev ## two minutes of 16 writers and 64 readers while every part is killed, and five rounds of killing workers
	@$(PYTHON) tools/test.py tests/cluster tests/notify/test_engines.py

soak: .venv/dev ## twenty minutes of a steady load (SECONDS), and what must not grow meanwhile
	@$(PYTHON) -m tests.soak

fuzz: .venv/dev ## send the API whatever its document allows and forbids (EXAMPLES=100, SEED)
	@$(PYTHON) -m tests.fuzz

screenshots: export DJANGO_SETTINGS_MODULE := tests.settings
screenshots: .venv/dev ## photograph the pages in every state into docs/screenshots (ARGS=home-outage for one; TEST_CHROMIUM)
	@$(PYTHON) -m tests.browser.screenshots $(ARGS)

messages: .venv/dev ## bring the catalogues in locale/ up to date with the words of pages and mails (needs GNU gettext)
	@$(PYTHON) -m tools.messages

ci: export REQUIRE_ALL := 1
ci: lint test ## lint, then test with PostgreSQL, Redis and a browser required

lock: .venv/created ## pin what pyproject.toml asks for (ARGS=--upgrade moves to newer versions)
	$(PIP) uv
	$(COMPILE) $(ARGS) --output-file requirements/base.txt
	$(COMPILE) $(ARGS) --output-file requirements/cluster.txt --extra cluster --constraint requirements/base.txt
	$(COMPILE) $(ARGS) --output-file requirements/tracing.txt --extra cluster --extra tracing --constraint requirements/cluster.txt
	$(COMPILE) $(ARGS) --output-file requirements/dev.txt --group dev --extra cluster --extra tracing --constraint requirements/tracing.txt

audit: .venv/created ## look for known weaknesses in what is pinned (needs the internet)
	$(PIP) pip-audit
	@for file in requirements/*.txt; do $(PYTHON) -m pip_audit --require-hashes --disable-pip --requirement $$file || exit 1; done

# Stamps: each is older than its source only when there is something to install.

.venv/created: .python-version
	@python=$$(tools/find-python) && echo "Creating .venv with $$python" && "$$python" -m venv --clear .venv
	@touch $@

.venv/served/installed: requirements/base.txt .venv/created
	@echo "Installing $< into .venv/served"
	@$(PYTHON) -m venv --clear .venv/served
	@.venv/served/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

.venv/base .venv/dev: .venv/%: requirements/%.txt .venv/created
	@echo "Installing $< into .venv"
	@$(PIP) --require-hashes --requirement $<
	@touch $@
