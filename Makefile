PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo digits digits-grid test test-1 test-2 quick quick-1 quick-2 seconds lines lint proofs gpu bench pages campaign theorems golden clean

setup: .venv/ready

# What the demo and the digits need, in the versions of the lock.
.venv/demo: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("proofformer needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint requirements.lock setuptools
	$(BIN)/pip install --quiet --constraint requirements.lock --no-build-isolation -e '.[demo]'
	touch $@

.venv/ready: .venv/demo
	$(BIN)/pip install --quiet -r requirements.lock
	touch $@

demo: .venv/demo
	$(BIN)/proofformer documents examples/documents

digits: .venv/demo
	$(BIN)/python examples/digits.py

digits-grid: .venv/demo
	$(BIN)/python examples/digits_grid.py

test: setup lint
	$(MAKE) --no-print-directory --jobs=2 --keep-going test-1 test-2

# Half of the tests each, side by side.
test-1 test-2: setup
	$(BIN)/python -m pytest -m "not slow" --part $(@:test-%=%)/2 -p no:cacheprovider

# For the loop of daily work: what is done in two seconds each.
quick: setup lint
	$(MAKE) --no-print-directory --jobs=2 --keep-going quick-1 quick-2

quick-1 quick-2: setup
	$(BIN)/python -m pytest -m "not slow" --quick --part $(@:quick-%=%)/2 -p no:cacheprovider

# What each test takes, on a machine that does nothing else: `test` shares it out by that, `quick` leaves out by it.
seconds: setup
	$(BIN)/python -m pytest -m "not slow" --seconds -p no:cacheprovider

# The budget of lines of each room, lowered to what it has.
lines: setup
	$(BIN)/python -m tests.lines --set

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

# The proof in Coq, which is installed where that can be done.
proofs: setup
	proofs/install
	$(BIN)/python proofs/check

# Where there is a CUDA device, with a Python that has torch: nothing is installed.
gpu:
	$(PYTHON) bench/gpu.py

bench: setup
	$(BIN)/python bench/speed.py peers

# The pages of docs that show numbers, of the numbers there are.
pages: setup
	$(BIN)/python bench/render.py

theorems: setup
	$(BIN)/proofformer prove all --out docs/theorems

campaign: setup
	$(BIN)/python bench/campaigns.py

golden: setup
	$(BIN)/python -m tests.golden.frozen $(if $(WEIGHTS),weights)

clean:
	rm -rf .venv build
