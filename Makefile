# These commands do everything on a fresh machine with Python 3.11 or newer:
#   make quickstart  the web app on built-in images, or on your own: make quickstart FOLDER=~/photos
#   make demo    the main job on real images, end to end
#   make test    everything that must hold; with TORCH=1 the encoders that need torch as well
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH_BIN := $(VENV)-torch/bin

.PHONY: demo quickstart test test-torch site chromium lock lowest audit sbom soak clean

demo: $(VENV)/.installed
	$(BIN)/likewise demo

quickstart: $(VENV)/.installed
	$(BIN)/likewise quickstart $(if $(FOLDER),"$(FOLDER:~/%=$(HOME)/%)")

# The newest versions that pyproject.toml allows; what needs torch is skipped, saying so.
test: $(VENV)/.installed-for-tests chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2
	$(if $(TORCH),$(MAKE) test-torch)

# What TORCH=1 adds: the tests that skip without torch, in an environment of their own.
TORCH_TESTS = $(shell grep -rl --include='test_*.py' 'from encoder_makers' tests | sort)

test-torch: $(VENV)-torch/.installed
	TORCH=1 $(TORCH_BIN)/pytest -n 2 $(TORCH_TESTS) tests/test_lock.py

# The documentation: site/index.html. A page that is in no menu, or a link that leads nowhere, ends it.
site: $(VENV)-docs
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --strict
	$(VENV)-docs/bin/python -m pytest -q --noconftest -p no:cacheprovider -o addopts= -o filterwarnings= \
	  tests/site_checks.py

# Neither likewise nor what it needs: the reference is read from the source.
DOCS_EXTRA := import tomllib; \
  print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"])

$(VENV)-docs: pyproject.toml
	@rm -rf $@ && $(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet $$($(PYTHON) -c '$(DOCS_EXTRA)')
	@touch $@

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

IS_SUPPORTED := import sys; sys.exit(sys.version_info < (3, 11))

%/bin/python:
	@$(PYTHON) -c '$(IS_SUPPORTED)' || { \
	  echo "likewise needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $* || { \
	  echo "Python's venv module is missing; on Debian run: apt-get install python3-venv"; \
	  rm -rf $*; exit 1; }

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-for-tests: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.installed

# Two gigabytes. CI takes the files of the lock, checked by their hashes, on the Python and the
# machine that the lock was made for; everyone else takes the newest versions that are allowed.
IS_LOCKED := import platform, sys; \
  sys.exit((*sys.version_info[:2], sys.platform, platform.machine()) != (3, 11, "linux", "x86_64"))
MODEL_LIBRARIES := open_clip_torch protobuf sentencepiece timm transformers
LOCKED := $(if $(CI),$(shell $(PYTHON) -c '$(IS_LOCKED)' && echo yes))

$(VENV)-torch/.installed: $(VENV)-torch/bin/python pyproject.toml constraints-ci.txt
ifeq ($(LOCKED),yes)
	$(TORCH_BIN)/python -m pip install --quiet --require-hashes --no-deps -r constraints-ci.txt
	$(TORCH_BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	$(TORCH_BIN)/python -m pip check
else
	$(TORCH_BIN)/python -m pip install --quiet --editable '.[test]' torch==2.13.0
	$(TORCH_BIN)/python -m pip install --quiet --no-deps torchvision==0.28.0
	$(TORCH_BIN)/python -m pip install --quiet $(MODEL_LIBRARIES)
endif
	@touch $@

# Not part of the tests: they need tools of their own, and the first the advisories on the network.
audit: $(VENV)/.installed $(VENV)-tools
	$(VENV)-tools/bin/python scripts/audit_dependencies.py $(BIN)/python

# What a plain installation holds, in an environment that holds nothing else, and its licences.
sbom: $(VENV)-tools
	@rm -rf $(VENV)-plain && $(PYTHON) -m venv $(VENV)-plain
	@$(VENV)-plain/bin/python -m pip install --quiet .
	$(VENV)-tools/bin/cyclonedx-py environment $(VENV)-plain/bin/python \
	  --output-file likewise.cdx.json
	$(VENV)-plain/bin/python scripts/default_install.py
	@echo "likewise.cdx.json lists what an installation holds"

$(VENV)-tools:
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet pip-audit cyclonedx-bom

# The exact versions that a full installation takes today; to be committed.
lock: $(VENV)/bin/python
	$(BIN)/python scripts/lock_ci.py

# The lowest versions that the bounds of a plain installation allow, and whether they work.
LOWEST := tests/indexing/test_index.py tests/search/test_collection.py tests/core/test_rule_file.py \
  tests/core/test_classifier_file.py tests/test_formats.py tests/search/scan tests/search/store tests/rules \
  tests/workspace/test_labels.py tests/workspace/test_concepts.py tests/workspace/test_database.py \
  tests/workspace/test_migration.py tests/export tests/cli/test_main_job.py \
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
	LIKEWISE_LONG=1 $(BIN)/pytest tests/workspace/test_workspace_model.py tests/search/store/test_checksums.py
	LIKEWISE_SCHEMA_EXAMPLES=2000 $(BIN)/pytest tests/server/test_schema.py
	$(BIN)/python scripts/plant_faults.py
	cd benchmarks && ../$(BIN)/python power_cuts.py --cuts 500
	cd benchmarks && ../$(BIN)/python errnos.py --count 2000
	cd benchmarks && ../$(BIN)/python kill_points.py --count 1475
	cd benchmarks && ../$(BIN)/python soak.py --seconds 3600

clean:
	rm -rf $(VENV) $(VENV)-torch $(VENV)-docs site $(VENV)-plain $(VENV)-tools $(VENV)-lowest likewise.cdx.json likewise-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
