# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# One more than there are cores, at most four: a test waits for other processes much of its time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
MARKDOWN = README.md CONTRIBUTING.md docs training/README.md tests/golden/README.md
SIDE_BY_SIDE = -n $(WORKERS) --dist worksteal
# The suite starts hundreds of processes, and none of them should compile the bot again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check golden train evaluate browser slow mutants bench bench-long lock jsapi clean

demo: $(VENV)/.runtime  ## the real bot against the sandbox, no credentials; prints one URL
	@exec $(BIN)/python -m bot demo $(ARGS)

test: $(VENV)/.dev  ## the whole suite, offline
	$(BIN)/python -m pytest -m "not browser and not slow" $(SIDE_BY_SIDE) $(ARGS)

golden: $(VENV)/.dev  ## writes down anew what the bot says in tests/golden/*.txt; then read `git diff`
	$(BIN)/python -m pytest tests/test_golden.py --record $(ARGS)

check: $(VENV)/.lint  ## lint, format and types, and the files under deploy/
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mdformat --check --wrap 100 --number --compact-tables $(MARKDOWN)
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(BIN)/kubernetes-validate --strict --quiet deploy/kubernetes.yaml
	sed 's#^ExecStart=[^ ]*#ExecStart=/bin/true#' deploy/clock-in-bot.service > $(VENV)/clock-in-bot.service
	$(BIN)/python -m json.tool deploy/grafana.json $(VENV)/grafana.json
	! command -v promtool >/dev/null || promtool check rules deploy/alerts.yaml
	! command -v caddy >/dev/null || caddy validate --config deploy/Caddyfile --adapter caddyfile
	! command -v systemd-analyze >/dev/null || systemd-analyze verify $(VENV)/clock-in-bot.service

train: $(VENV)/.train  ## the router's array from training/sentences.jsonl; a few minutes
	$(BIN)/python -m training.train

evaluate: $(VENV)/.dev  ## how well sentences are understood, as a table
	$(BIN)/python -m training.evaluate $(ARGS)

browser: $(VENV)/.lint  ## the chat page in headless Chromium
	$(BIN)/python -m pytest -m "browser" $(ARGS)

slow: $(VENV)/.dev  ## the long forms, and what needs ptrace
	$(BIN)/python -m pytest -m "slow" $(SIDE_BY_SIDE) $(ARGS)

mutants: $(VENV)/.mutants  ## which changes of the code no test notices; up to an hour, goes on after a stop
	$(BIN)/python benchmarks/mutants.py $(ARGS)

bench: $(VENV)/.dev  ## a burst of 1,000 and of 10,000 messages through the whole bot, an audit of a million punches, understanding
	$(BIN)/python benchmarks/burst.py
	PYTHONPATH=. $(BIN)/python benchmarks/understanding.py
	$(BIN)/python benchmarks/audit.py

bench-long: $(VENV)/.dev  ## more than the bot can do at once, and killed a hundred times on both databases; ten minutes
	$(BIN)/python benchmarks/backpressure.py
	$(BIN)/python benchmarks/killing.py
	$(BIN)/python benchmarks/killing.py --database postgresql

lock:  ## resolve pyproject.toml's ranges into requirements/*.txt (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra postgres pyproject.toml requirements/build.in -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra postgres --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra postgres --extra dev --extra lint --extra browser pyproject.toml requirements/build.in -o requirements/lint.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra postgres --extra dev --extra mutants pyproject.toml requirements/build.in -o requirements/mutants.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra train pyproject.toml requirements/build.in -o requirements/train.txt

JSAPI := 3.1.4
jsapi:  ## bundle dingtalk-jsapi for the page anew (needs npm)
	dir=$$(mktemp -d) && cp bot/web/vendor/dingtalk-jsapi.entry.js $$dir/entry.js && \
	  npm install --silent --prefix $$dir dingtalk-jsapi@$(JSAPI) promise-polyfill@7.1.2 esbuild@0.28.2 && \
	  $$dir/node_modules/.bin/esbuild $$dir/entry.js --bundle --minify --target=es2015 --outfile=bot/web/vendor/dingtalk-jsapi.js \
	    --banner:js='/*! dingtalk-jsapi $(JSAPI), bundled by `make jsapi`; see dingtalk-jsapi.LICENSE.txt */' && rm -r $$dir

clean:
	rm -rf $(VENV) .demo mutants .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.%: requirements/%.txt pyproject.toml | $(VENV)/.python
	@echo "Installing what is in $< into $(VENV), this once: about half a minute, minutes where network or machine are slow; pip is silent until it is done ..."
	$(PIP) install --require-hashes -r $<
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@
