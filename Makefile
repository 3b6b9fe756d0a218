# make run: environment, then the default study with all its figures.  make help: the rest.

# Another study of config/: make run STUDY=laptop; several as one: STUDY="config jamming".
# More for Snakemake: make run ARGS="--resources gpu=4"

PYTHON ?= python3
CORES ?= all
STUDY ?=
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES) $(if $(STUDY),--configfile $(STUDY:%=config/%.yaml))
STYLE := "$(CURDIR)/workflow/report/style.css"
# Whether tests may change this machine, as they must for SLURM and the report.
TOLD := $(filter true,$(CI) $(INSTALL))

.PHONY: run test quick test-slurm lint style report check why debug bench api lock lock-check clean help

run: $(VENV)/ready ## the default study with all its figures, in results/; STUDY=laptop: that of config/laptop.yaml
	$(SNAKEMAKE) $(ARGS)

test: lint $(VENV)/profiles.ready $(if $(TOLD),$(VENV)/envs.ready $(VENV)/slurm) ## lint, then the tests; with INSTALL=true also those that install programs
	$(BIN)/python -m pytest -n 2 --dist loadgroup

quick: style ## ruff, snakefmt, and the tests that neither start Snakemake nor take more than a few seconds
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not snakemake and not long"

test-slurm: $(VENV)/tests.ready $(VENV)/slurm ## the workflow on a SLURM that is installed and started here (Debian, root)
	INSTALL=true $(BIN)/python -m pytest -m slurm -rs

style: $(VENV)/tests.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow

lint: style ## ruff, snakefmt, snakemake --lint
	$(BIN)/snakemake --lint

report: $(VENV)/ready ## report.html, and report.zip: figures by stage, captions, configuration
	$(SNAKEMAKE) $(ARGS)
	$(SNAKEMAKE) --report report.html --report-stylesheet $(STYLE) $(ARGS)
	$(SNAKEMAKE) --report report.zip --report-stylesheet $(STYLE) $(ARGS)

check: $(VENV)/ready ## name the files in results/ that the present code and config would not make
	$(SNAKEMAKE) check_results $(ARGS)

why: $(VENV)/ready ## FIGURE=stages, or a path: its files, settings, code and packages; which are stale
	@$(SNAKEMAKE) why --quiet all --config file=$(FIGURE) $(ARGS)

debug: $(VENV)/ready ## FILE=results/...: make it anew alone, what it prints on the terminal, breakpoint() at work
	DEBUG=true $(BIN)/snakemake --cores 1 --debug --force $(FILE) $(ARGS)

bench: $(VENV)/ready ## the benchmarks, as tables of ratios
	$(BIN)/python -m benchmarks

api: $(VENV)/docs.ready ## the library's functions from their docstrings, in api/index.html
	PYTHONPATH=workflow $(BIN)/python -m pdoc regimes --docformat google --output-directory api

lock: $(VENV)/envs.ready ## solve envs/*.yaml anew, with the mamba, micromamba or conda that is installed
	$(BIN)/python -m envs.lock

lock-check: $(VENV)/envs.ready ## do the locks belong to envs/*.yaml, and are they sound?
	$(BIN)/python -m envs.lock_check

clean: ## remove the environment; results/ stays
	rm -rf $(VENV)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) -r $<
	touch $@

# What more is needed, on top: .venv/tests.ready for tests/requirements.txt.
$(VENV)/%.ready: %/requirements.txt $(VENV)/ready
	$(PIP) -r $<
	touch $@

# In a folder of its own, which only the tests of SLURM look into: every Snakemake that finds this plugin asks SLURM's
# controller while it starts, and waits where there is none.
$(VENV)/slurm: profiles/slurm/requirements.txt $(VENV)/ready
	$(PIP) --no-deps --upgrade --target $@ -r $<
	touch $@
