# Two commands do everything on a fresh machine with Python 3.11 or newer:
#   make demo    the main job on real images, end to end
#   make test    everything that must hold; with TORCH=1 the encoders that need torch as well
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# CI installs the versions of the lock, on the Python and the machine that it was made for.
IS_CI := import platform, sys; \
  sys.exit((*sys.version_info[:2], sys.platform, platform.machine()) != (3, 11, "linux", "x86_64"))
LOCK := $(if $(CI),$(shell $(PYTHON) -c '$(IS_CI)' && echo "-c constraints-ci.txt"))

.PHONY: demo test chromium lock lowest audit sbom soak clean

demo: $(VENV)/.installed
	$(BIN)/likewise demo

# A build of torch for the CPU, and the libraries of models; two minutes and a gigabyte.
TORCH_INSTALLED := $(if $(TORCH),$(VENV)/.installed-torch)

test: $(VENV)/.installed-for-tests $(TORCH_INSTALLED) chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2

# The web app's tests drive a browser. Debian's is installed where it is missing and that is
# allowed; where it is not, those tests skip (and fail where CI is set).
chromium:
	@{ [ -n "$$LIKEWISE_CHROMIUM" ] || command -v chromium || command -v chromium-browser || \
	  command -v google-chrome; } >/dev/null || { \
	  echo "Installing Chromium for the web app's tests"; \
	  as_root=; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	  { $$as_root apt-get update -qq; \
	    $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	      --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 || \
	  echo "Chromium could not be installed; run: apt-get install chromium"; }

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "likewise needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is missing; on Debian run: apt-get install python3-venv"; \
	  rm -rf $(VENV); exit 1; }

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet $(LOCK) --editable .
	@touch $@

$(VENV)/.installed-for-tests: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet $(LOCK) --editable '.[test]'
	@touch $@ $(VENV)/.installed

# Not part of the tests: they need tools of their own, and the first the advisories on the network.
audit: $(VENV)/.installed $(VENV)-tools
	$(VENV)-tools/bin/python scripts/audit_dependencies.py $(BIN)/python

sbom: $(VENV)/.installed $(VENV)-tools
	$(VENV)-tools/bin/cyclonedx-py environment $(BIN)/python --output-file likewise.cdx.json
	@echo "likewise.cdx.json lists what an installation holds"

$(VENV)-tools:
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet pip-audit cyclonedx-bom

# Only torch's own dependencies, so that torchvision does not ask for another build of it.
$(VENV)/.installed-torch: $(VENV)/.installed-for-tests
	$(BIN)/python -m pip install --quiet $(LOCK) torch==2.13.0
	$(BIN)/python -m pip install --quiet $(LOCK) --no-deps torchvision==0.28.0
	$(BIN)/python -m pip install --quiet $(LOCK) open_clip_torch protobuf sentencepiece timm transformers
	@touch $@

# The exact versions that a full installation takes today; to be committed.
lock: $(VENV)/bin/python
	$(BIN)/python scripts/lock_ci.py

# The lowest versions that the bounds of a plain installation allow, and whether they work.
LOWEST := tests/test_indexing.py tests/test_collection.py tests/test_rule_file.py \
  tests/test_classifier_file.py tests/test_formats.py tests/scan tests/stores tests/rules \
  tests/workspace/test_labels.py tests/workspace/test_concepts.py tests/workspace/test_database.py \
  tests/workspace/test_migration.py tests/exporting tests/cli/test_main_job.py \
  tests/cli/test_labels.py tests/cli/test_learn.py tests/cli/test_curate.py

lowest:
	@$(PYTHON) -m venv $(VENV)-lowest
	@$(PYTHON) scripts/lowest_versions.py > $(VENV)-lowest/constraints.txt
	$(VENV)-lowest/bin/python -m pip install --quiet -c $(VENV)-lowest/constraints.txt \
	  --editable . pytest hypothesis playwright httpx
	$(VENV)-lowest/bin/python -m pytest -q -o filterwarnings= -o addopts=--import-mode=importlib \
	  $(LOWEST)

# The long forms of what the tests do in short; hours, and power cuts need root.
soak: $(VENV)/.installed-for-tests
	LIKEWISE_LONG=1 $(BIN)/pytest tests/test_workspace_model.py tests/stores/test_checksums.py
	LIKEWISE_SCHEMA_EXAMPLES=2000 $(BIN)/pytest tests/server/test_schema.py
	$(BIN)/python scripts/plant_faults.py
	cd benchmarks && ../$(BIN)/python power_cuts.py --cuts 500
	cd benchmarks && ../$(BIN)/python errnos.py --count 2000
	cd benchmarks && ../$(BIN)/python kill_points.py --count 1475
	cd benchmarks && ../$(BIN)/python soak.py --seconds 3600

clean:
	rm -rf $(VENV) $(VENV)-tools $(VENV)-lowest likewise.cdx.json likewise-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
