# `make` alone lists what there is. A machine needs only make and a Python with pip:
# uv is fetched into .tools when it is missing, and finds or fetches the Python of .python-version.

PORT ?= 8000
SITE_URL ?= http://127.0.0.1:$(PORT)
# Mail of `make run` goes to a server of its own, which keeps it for /dev/mail/.
MAIL_PORT ?= $(shell expr $(PORT) + 25)

PYTHON := .venv/bin/python
SYSTEM_UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
UV := $(or $(SYSTEM_UV),.tools/bin/uv)
UV_FILE := $(if $(SYSTEM_UV),,.tools/bin/uv)
INSTALLED := .venv/installed

.PHONY: help run test lint format bench bench-scale lighthouse pictures validate lock clean
.DEFAULT_GOAL := help

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: export SITE_URL := $(SITE_URL)
run: export MAIL_PORT := $(MAIL_PORT)
run: export MAIL_URL ?= smtp://127.0.0.1:$(MAIL_PORT)
run: $(INSTALLED) ## set everything up, start site, worker, clock and mail (PORT=8000 changes the port)
	@$(PYTHON) manage.py firstrun
	@echo "  Ctrl-C ends everything."
	@.venv/bin/honcho -d . -f config/Procfile start -p $(PORT)

test: $(INSTALLED) ## run all tests this machine allows, and say what was left out
	@$(PYTHON) -m tests

lint: $(INSTALLED) ## check style, templates, types, migrations and the deployment settings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	git ls-files '*.html' | xargs .venv/bin/djade --target-version 6.1 --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) -m pytest -q tests/config/test_deployment.py

format: $(INSTALLED) ## format code and templates
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	git ls-files '*.html' | xargs .venv/bin/djade --target-version 6.1

bench: $(INSTALLED) ## measure this machine beside the limits; figures in the docs come from here
	$(PYTHON) -m tests.benchmarks

bench-scale: $(INSTALLED) ## measure a million readers, 100,000 terms and killed workers
	$(PYTHON) -m tests.benchmarks.scale

lighthouse: $(INSTALLED) ## Lighthouse on the main pages (needs npm and Chromium)
	$(PYTHON) -m tests.browser.lighthouse

pictures: $(INSTALLED) ## pictures of every kind of page, into var/pictures (PICTURES=--docs: those of the guides)
	$(PYTHON) -m tests.browser.pictures $(PICTURES)

validate: $(INSTALLED) ## hold pages, feeds, sitemap, OpenAPI and subjects against validators (needs npm and Java)
	$(PYTHON) -m tests.validators

lock: $(UV_FILE) ## compile the pinned requirements with hashes from pyproject.toml
	$(UV) pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes \
		--custom-compile-command "make lock" --quiet --output-file requirements.txt
	$(UV) pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes \
		--extra dev --extra esp --extra shared-cache --custom-compile-command "make lock" --quiet \
		--output-file requirements-dev.txt

clean: ## remove environment and tools; the data in var/ stays
	rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache

# Of the Pythons that are installed the one of .python-version, else the newest; a download comes last.
VENV_OF_FOUND = (for version in $$(cat .python-version) 3.15 3.14 3.12; do \
	$(UV) venv --quiet --no-python-downloads --python $$version .venv 2>/dev/null && exit; done; exit 1)

define NO_PIP
uv could not be installed with pip. Is there no pip? Debian and Ubuntu: apt install python3-pip
Fedora: dnf install python3-pip   macOS: brew install python   Others: https://docs.astral.sh/uv/
endef
define NO_PYTHON
No Python from 3.12 on is installed, and none could be downloaded. Install one and try again.
Debian 13, Ubuntu 24.04 and later: apt install python3   Fedora: dnf install python3.13
macOS: brew install python@3.13   Debian 12 and others: https://www.python.org/downloads/
endef
export NO_PIP NO_PYTHON

# --target leaves the system's own packages alone, also where it is "externally managed" (PEP 668).
.tools/bin/uv:
	@python3 -m pip install --quiet --target .tools uv || { echo "$$NO_PIP"; exit 1; }

$(INSTALLED): requirements-dev.txt .python-version | $(UV_FILE)
	@test -x $(PYTHON) || $(VENV_OF_FOUND) || $(UV) venv --quiet .venv || { echo "$$NO_PYTHON"; exit 1; }
	@$(UV) pip sync --quiet --python $(PYTHON) --require-hashes requirements-dev.txt
	@touch $@
