# `make` or `make help` lists the targets. Every target first makes the environment when it is missing (environment.sh).
CASE  ?= cases/conical_rectifier
NP    ?= 1
OUT   ?= results/$(notdir $(CASE:/=))
ARGS  ?=
TESTS ?= tests
JOBS  ?= 2
SUITE ?=
IMAGE ?= nanochannel

export SUITE
export OMP_NUM_THREADS ?= 1

# Outside of batch jobs `mpirun` stays on this machine: more ranks than cores are fine, and Open MPI need not try the
# network (it warns about interfaces that it cannot use). MPICH ignores these variables.
ifeq ($(SLURM_JOB_ID)$(PBS_JOBID)$(LSB_JOBID)$(JOB_ID),)
export OMPI_MCA_btl ?= ^tcp
export OMPI_MCA_rmaps_base_oversubscribe ?= true
export PRTE_MCA_rmaps_default_mapping_policy ?= :oversubscribe
# Ranks that wait leave the cores to the others.
export OMPI_MCA_mpi_yield_when_idle ?= true
endif

ENVIRONMENT := ./environment.sh
# Tests are dealt out one by one in their order, the longest first; those that share a fixture stay together.
PYTEST      := $(ENVIRONMENT) python3 -m pytest --durations=15 -n $(JOBS) --dist loadgroup --no-loadscope-reorder
MPIRUN      := $(if $(filter-out 1,$(NP)),mpirun -n $(NP))
# Under mpirun pytest always believes that it writes to a terminal.
COLOUR      := $(if $(MAKE_TERMOUT),,--color=no)

.DEFAULT_GOAL := help
.PHONY: help run test test-fast validate bench lint format docs site image clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16
	@echo
	@echo "  CASE=$(CASE)  NP=$(NP)  OUT=$(OUT)  ARGS='--set solver.flow=none'"
	@echo "  SUITE=sid: the same with the packages of Debian sid (a newer DOLFINx)   TESTS=tests/case: a part of the suite"

run: ## compute CASE on NP ranks into OUT (replacing an earlier result), print its table, draw its pictures
	$(ENVIRONMENT) $(MPIRUN) nanochannel run $(CASE) --out $(OUT) --force --pictures $(ARGS)

test: lint ## linters, then the whole test suite: serial in JOBS processes, then on two ranks
	$(PYTEST) $(TESTS)
	$(ENVIRONMENT) mpirun -n 2 python3 -m pytest $(TESTS) -m "not serial" --durations=15 $(COLOUR)

test-fast: ## the tests without computations, and one cone from end to end, in about two minutes
	$(PYTEST) $(TESTS) -m "not slow"

validate: ## compare with exact solutions and published numbers; report in results/validation (ARGS=--quick: a part)
	$(ENVIRONMENT) $(MPIRUN) nanochannel validate $(ARGS)

bench: ## measure cost and precision against the number of unknowns (ARGS=--quick: a part)
	$(ENVIRONMENT) python3 -m tests.benchmarks.bench $(ARGS)

lint: ## ruff, mypy, import-linter
	$(ENVIRONMENT) ruff check .
	$(ENVIRONMENT) ruff format --check .
	$(ENVIRONMENT) mypy
	$(ENVIRONMENT) lint-imports --no-logo

format: ## let ruff sort the imports and lay out the code
	$(ENVIRONMENT) ruff check --fix-only --select I .
	$(ENVIRONMENT) ruff format .

docs: ## write the generated pages of docs/ (cases, results, commands, gallery) and the JSON Schema of a case
	$(ENVIRONMENT) python3 docs/generate

site: ## build the documentation site in results/site (executes the notebooks)
	$(ENVIRONMENT) python3 -m sphinx -q -W --keep-going -j auto -b html -c docs -D nb_execution_mode=cache -d results/site-cache . results/site
	@echo "results/site/index.html"

image: ## build the container image IMAGE
	docker build -t $(IMAGE) .

clean: ## delete results and caches in this folder (the environment stays; it is in ~/.cache/nanochannel)
	rm -rf results *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
