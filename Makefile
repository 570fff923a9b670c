# Two commands set everything up on a machine with only Python 3.11 and make:
#   make run    install, run the demo, say where the report is
#   make test   the same set-up, then every test
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/demo
# test processes; a file stays in one of them, so that what it sets up is set up once
PROCESSES ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export HF_HUB_OFFLINE := 1

.PHONY: help run test lab check widgets docs bench system clean

help: ## say what each command does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

# PyTorch first and alone: what depends on it would otherwise choose a build that
# brings several gigabytes of GPU packages.
$(VENV)/.installed: pyproject.toml constraints.txt
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || { echo "Python 3.11 or newer is needed and was not found: install it, or say where it is with \"make PYTHON=/path/to/python3 run\"."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q torch -c constraints.txt
	$(BIN)/pip install -q -e '.[text,lab,postgres,test,docs]' -c constraints.txt
	@touch $@

# pdqhash comes as source: hashing image files is installed where a C++ compiler is, so
# that "make run" needs none.
$(VENV)/.images: $(VENV)/.installed | system
	@$(BIN)/pip install -q -e '.[image]' -c constraints.txt && touch $@ || echo "NOT INSTALLED: pdqhash (this needs a C++ compiler); tests of image files will not pass." >&2

# The distilled vectors live in the user's cache folder, keyed by the weights.
$(VENV)/.distilled: $(VENV)/.installed
	$(BIN)/python -m iprseg.embed.distil
	@touch $@

# The lock file says what checks and bundles the JavaScript, to the digest.
node_modules/.installed: package.json package-lock.json .npmrc
	@bash tests/system_packages.sh node
	@command -v npm >/dev/null && node -e 'process.exit(Number(parseInt(process.versions.node) < 18))' || { echo "Node.js 18 or newer with npm is needed to check and bundle the widgets and was not found: install it, on Debian with \"apt-get install nodejs npm\"."; exit 1; }
	npm ci --silent
	@touch $@

run: $(VENV)/.distilled ## install, segment the synthetic demo, print where the report is
	$(BIN)/iprseg demo --out $(OUT)
	@echo
	@echo "Report:     $(abspath $(OUT))/report.html (open it in a browser)"
	@echo "Notebooks:  make lab"

lab: $(VENV)/.distilled ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

system: ## install what the browser and database tests need (Debian, root or sudo)
	@bash tests/system_packages.sh

test: $(VENV)/.distilled $(VENV)/.images system node_modules/.installed ## the same set-up, then every test
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadscope

check: $(VENV)/.installed node_modules/.installed ## format, lint, types, layers, widgets; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.public_types
	npm run --silent types
	npm run --silent stale

widgets: node_modules/.installed ## bundle the JavaScript of cards and pages anew
	npm run --silent bundle

docs: $(VENV)/.installed ## build the site into out/docs; executes and downloads nothing
	$(BIN)/python -m docs out/docs

bench: $(VENV)/.distilled ## measure side by side; results go to benchmarks/README.md by hand
	$(BIN)/python -m benchmarks

clean: ## remove the environment and the demo's output
	rm -rf $(VENV) node_modules out
