# The commands of this project; `make help` lists them. Everything they install goes into .venv.

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check
COMPILE := .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.12 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

.PHONY: help run manage test lint bench fuzz ci lock

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name does; do printf 'make %-6s %s\n' "$$name" "$$does"; done

run: .venv/base ## start the status page with demo data on http://127.0.0.1:8000 (HOST, PORT)
	@$(PYTHON) tools/serve.py

manage: .venv/base ## run a management command with the same settings (ARGS="createsuperuser")
	@$(PYTHON) tools/serve.py $(ARGS)

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

bench: .venv/dev ## measure pages at 1, 10 and 100 times the history, and writes beside a bare DRF create
	@$(PYTHON) -m tests.perf

fuzz: .venv/dev ## send the API whatever its document allows and forbids (EXAMPLES=100, SEED)
	@$(PYTHON) -m tests.fuzz

ci: export REQUIRE_ALL := 1
ci: lint test ## lint, then test with PostgreSQL, Redis and a browser required

lock: .venv/created ## pin what pyproject.toml asks for (ARGS=--upgrade moves to newer versions)
	$(PIP) uv
	$(COMPILE) $(ARGS) --output-file requirements/base.txt
	$(COMPILE) $(ARGS) --output-file requirements/dev.txt --group dev --constraint requirements/base.txt

# Stamps: each is older than its source only when there is something to install.

.venv/created: .python-version
	@python=$$(tools/find-python) && echo "Creating .venv with $$python" && "$$python" -m venv --clear .venv
	@touch $@

.venv/base .venv/dev: .venv/%: requirements/%.txt .venv/created
	@echo "Installing $< into .venv"
	@$(PIP) --require-hashes --requirement $<
	@touch $@
