# make run starts Heliograph, make test checks it; both set up whatever is missing first.

BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: setup run test bench soak simulate format lock clean

setup:
	@bash packaging/setup.sh

# With a screen the console on the demo's workspace; without one the demo itself, which says where its report lies.
run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ] || [ "$(OS)" = Windows_NT ]; \
	then exec $(BIN)/heliograph; else exec $(BIN)/heliograph demo; fi

test: setup
	@echo '== format'
	@$(BIN)/ruff format --check .
	@echo '== lint'
	@$(BIN)/ruff check .
	@echo '== floors'
	@$(BIN)/lint-imports --no-logo
	@echo '== types'
	@$(BIN)/mypy
	@echo '== tests'
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# CPU time per 1,000 messages, written to tests/bench/README.md and results.json.
bench: setup
	@$(BIN)/python -m tests.bench

# Kill -9 at KILLS (200) random moments of a run over RECIPIENTS (100000) people on each of SMTP, SMS and Apple push, and
# every fault once, judged from outside; writes soak.json. docs/faults.md says what it proves, and what SEED and ONLY do.
soak: setup
	@$(BIN)/python -m tests.acceptance.soak

# Made-up worlds of the sender core, SEEDS (1000) of them; a broken one names the seed that breaks it again.
simulate: setup
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1000)

format: setup
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

# Write requirements.lock anew from pyproject.toml, keeping the versions it holds; UPGRADE=--upgrade takes the newest.
lock: setup
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-annotate --all-extras --group dev $(UPGRADE) pyproject.toml -o requirements.lock

clean:
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find console server tests -name __pycache__ -type d -prune -exec rm -rf {} +
