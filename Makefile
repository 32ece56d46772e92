# Everything a person or CI does here, by name. `make` alone lists it.

SHELL := /bin/sh
PYTHON := python3
BIN := .venv/bin
CHROME_EXTENSION := extension/dist/chrome-mv3
FIREFOX_EXTENSION := extension/dist/firefox-mv3
STAMPS := .setup

.PHONY: help run demo setup test check cluster-test image-test fuzz vectors figures packages build format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup build ## set up, build the extension and start a hub with its data in ./data
	@echo
	@echo "To load the extension in Chromium, Chrome, Edge or Brave:"
	@echo "  1. open chrome://extensions and switch on Developer mode (top right)"
	@echo "  2. click 'Load unpacked' and choose $(CURDIR)/$(CHROME_EXTENSION)"
	@echo "In Firefox:"
	@echo "  1. open about:debugging#/runtime/this-firefox"
	@echo "  2. click 'Load Temporary Add-on' and choose $(CURDIR)/$(FIREFOX_EXTENSION)/manifest.json"
	@echo "Then open Teammarks from the toolbar and give it the hub's address, shown below."
	@echo
	@exec $(BIN)/teammarks serve

demo: test-setup build ## a hub and two Chromium profiles, Ann and Bob, sharing a team
	@cd tests && npx tsx browsers/demo.ts

setup: $(STAMPS)/hub $(STAMPS)/extension ## set up: Python in .venv, then the extension's packages

test: test-setup build check packages ## set up and run every test, real browsers included
	$(BIN)/pytest -q -m slow
	$(BIN)/python tests/fuzz/run.py 10000
	cd extension && TEAMMARKS_FUZZ_HISTORIES=1000 npx vitest run fuzz
	cd tests && npx vitest run

check: $(STAMPS)/dev $(STAMPS)/extension $(STAMPS)/tests ## the fast loop: style, types, layers, and all tests of one process
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd extension && npx biome check . && npx tsc --build
	cd tests && npx biome check . && npx tsc
	$(BIN)/pytest -q -n 2 -m 'not slow'
	cd extension && npx vitest run

image-test: $(STAMPS)/dev ## build the image of every target with buildah, as root, and try them: minutes
	@sh .ci/images
	$(BIN)/pytest -q tests/image

cluster-test: $(STAMPS)/dev $(STAMPS)/extension $(STAMPS)/tests ## three hubs under faults, part of test; TEAMMARKS_FAULTS=long has over a thousand kills
	cd tests && npx vitest run --project cluster

fuzz: $(STAMPS)/dev ## look for bytes that break the hub, going on where it ended the last time: make fuzz RUNS=200000
	$(BIN)/python tests/fuzz/run.py $(RUNS) .fuzz
RUNS := 200000

vectors: $(STAMPS)/hub $(STAMPS)/extension ## check tree vectors with both implementations: make vectors FILE=…
	@test -n "$(FILE)" || { echo "say which file: make vectors FILE=tests/vectors/NAME.json"; exit 2; }
	@file="$$(realpath -m -- "$(FILE)")"; status=0; \
	$(BIN)/python tests/vectors/check.py "$$file" || status=$$?; \
	(cd extension && npx tsx scripts/check-vectors.ts "$$file") || status=$$?; \
	exit $$status

figures: test-setup build ## the figures the documents state: operations, acknowledgements a second, memory, failover, latency, large folders
	$(BIN)/python -m loadtest.operations
	$(BIN)/python -m loadtest.ingest
	$(BIN)/python -m loadtest.sleepers
	cd tests && npx tsx cluster/figures.ts
	cd tests && npx tsx browsers/latency.ts
	cd extension && npx tsx scripts/measure-large.ts
	cd tests && npx tsx browsers/large.ts

packages: $(STAMPS)/extension ## the extension for both stores, checked, and the sources from which anyone can build the same bytes
	@sh .ci/extension

build: $(CHROME_EXTENSION)/manifest.json ## build the extension for Chromium and Firefox

format: $(STAMPS)/dev $(STAMPS)/tests ## format everything
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	cd extension && npx biome check --write .
	cd tests && npx biome check --write .

lock: $(STAMPS)/dev ## lock the Python dependencies anew
	$(BIN)/pip-compile $(LOCK) --build-deps-for editable -o requirements.txt pyproject.toml
	$(BIN)/pip-compile $(LOCK) --build-deps-for editable --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
LOCK := -q --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --no-header --allow-unsafe

clean: ## remove everything made here, a hub's data excepted
	rm -rf .venv .setup .fuzz extension/node_modules extension/dist extension/.wxt extension/.types tests/node_modules

.PHONY: test-setup
test-setup: $(STAMPS)/dev $(STAMPS)/extension $(STAMPS)/tests
	@sh .ci/packages "the browser tests" chromium firefox-esr fonts-dejavu-core
	@sh .ci/packages "the test of the cluster in compose.yaml" haproxy wget
	@sh .ci/packages "the test of a gateway" nginx-light

# A stamp says: this lock is installed. It is older than its lock when there is something to do.

$(STAMPS)/hub: requirements.txt pyproject.toml
	@sh .ci/prerequisites python
	@mkdir -p $(STAMPS)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/hub requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(STAMPS)/extension: extension/package-lock.json
	@sh .ci/prerequisites node
	@mkdir -p $(STAMPS)
	cd extension && npm ci --no-progress --loglevel=error && npx wxt prepare
	@touch $@

$(STAMPS)/tests: tests/package-lock.json
	@sh .ci/prerequisites node
	@mkdir -p $(STAMPS)
	cd tests && npm ci --no-progress --loglevel=error
	@touch $@

$(CHROME_EXTENSION)/manifest.json: $(STAMPS)/extension $(shell find extension/src extension/public -type f) extension/wxt.config.ts
	cd extension && npx wxt build && npx wxt build -b firefox
