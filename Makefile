# What people and CI run. Plain `make` prints the list.

SWIFT ?= swift
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources
STREAM := corpora/openai-chat/stream.sse

# A crash under a sanitizer is the sanitizer's to report: Swift's own backtracer would stand in its way.
# Leaks are not looked for: the test runner of Swift 6.3 leaks a few hundred bytes of its own before the first test.
SANITIZER_ENV := SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:$(ASAN_OPTIONS) TSAN_OPTIONS=halt_on_error=1:$(TSAN_OPTIONS)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test build run test test-release docs format lint sanitize-address sanitize-thread sanitized-tests sanitize-undefined differential properties fuzz fuzz-smoke fuzz-regressions fuzz-repeat fuzz-minimize fuzz-coverage test-clients test-servers test-c install bench bench-results bench-verify bench-hashes bench-json hostile corpora peers plots check-scan clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## Install what the build needs, when it is missing
	@sh scripts/setup.sh

setup-test:
	@sh scripts/setup.sh --test

build: setup ## Build everything for release
	$(SWIFT) build -c release

run: setup ## Build the tool and stream a recorded answer to the terminal
	$(SWIFT) build -c release --product sluice
	@sed '/^data: .DONE./q' $(STREAM) | .build/release/sluice cat --stats

# The command's tests run processes and wait for them, so they have a run of their own.
test: setup-test check-scan ## Run every test, then lint
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter '^Sluice(Kit|ABI)?Tests\.'
	$(SWIFT) test --skip-build --filter '^SluiceCommandTests\.'
	$(MAKE) --no-print-directory lint

# What a release keeps to itself is reached by -enable-testing. No assertions: what they check is checked by `make test`.
RELEASE := --disable-default-traits -c release -Xswiftc -enable-testing --scratch-path .build/release-tests
test-release: setup-test ## Run the engine's tests as it is released, optimised and without assertions
	$(SWIFT) build --build-tests $(RELEASE)
	$(SWIFT) test --skip-build $(RELEASE) --filter '^Sluice(Kit|ABI)?Tests\.'

docs: setup ## Make the libraries' documentation with DocC, which must have nothing to warn of
	sh scripts/docs.sh

test-clients: setup-test ## Read `sluice replay` with the official clients of OpenAI, Anthropic and Ollama
	sh Tests/Clients/run.sh

test-servers: setup-test ## Read streams of real servers on loopback: FastAPI, sse-starlette, an Express relay, `sluice replay`
	sh Tests/Servers/run.sh

test-c: setup-test ## Install the C library, compile the examples with gcc and clang, run them, also under valgrind
	sh Tests/CExamples/run.sh

PREFIX ?= /usr/local
install: setup ## Install sluice.h, libsluice, the command, its manual pages and completions; PREFIX=/usr/local DESTDIR=
	DESTDIR="$(DESTDIR)" sh scripts/install.sh --command $(PREFIX)

format: ## Format the Swift sources in place
	$(SWIFT) format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint: ## Check the format of the Swift sources
	$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_SOURCES)

sanitize-address: setup ## Run the tests under the address sanitizer
	$(MAKE) --no-print-directory sanitized-tests SANITIZER=address

sanitize-thread: setup ## Run the tests under the thread sanitizer
	$(MAKE) --no-print-directory sanitized-tests SANITIZER=thread

# Optimised, since a sanitizer slows tests down enough, but with the assertions. The server's packages are left out, and their
# C with them, so `sluice replay` has no tests here: `make sanitize-thread SERVER=yes` runs those too, after a longer build.
OPTIMISED := $(if $(SERVER),,--disable-default-traits) -c release -Xswiftc -enable-testing -Xswiftc -assert-config -Xswiftc Debug
SANITIZED := $(OPTIMISED) --sanitize $(SANITIZER) --scratch-path .build/$(SANITIZER)
sanitized-tests:
	$(SWIFT) build --build-tests $(SANITIZED)
	$(SANITIZER_ENV) $(SWIFT) test --skip-build $(SANITIZED) --filter '^Sluice(Kit|ABI)?Tests\.'
	$(SANITIZER_ENV) $(SWIFT) test --skip-build $(SANITIZED) --filter '^SluiceCommandTests\.' $(if $(SERVER),,--skip ReplayTests)

# The C and C++ of Sluice alone.
UNDEFINED := $(OPTIMISED) --scratch-path .build/undefined -Xcc -fsanitize=undefined \
	-Xcc -fno-sanitize-recover=all -Xswiftc -Xclang-linker -Xswiftc -fsanitize=undefined
sanitize-undefined: setup ## Run the engine's tests with its C and C++ under the undefined behaviour sanitizer
	$(SWIFT) build --build-tests $(UNDEFINED)
	SWIFT_BACKTRACE=enable=no UBSAN_OPTIONS=print_stacktrace=1:$(UBSAN_OPTIONS) \
	$(SWIFT) test --skip-build $(UNDEFINED) --filter '^Sluice(Kit|ABI)?Tests\.'

# As the tests of a release are built. A seed is drawn unless one is given, and printed.
PAYLOADS ?= 1000000
differential: setup ## Skeletons, simdjson and the slow reference on changed recordings; PAYLOADS=10000000 SEED=n FORMAT=name
	$(SWIFT) build --build-tests $(RELEASE)
	SLUICE_DIFFERENTIAL_PAYLOADS=$(PAYLOADS) SLUICE_DIFFERENTIAL_SEED=$(or $(SEED),$(shell date +%s)0000) \
	SLUICE_DIFFERENTIAL_FORMAT=$(FORMAT) $(SWIFT) test --skip-build $(RELEASE) --filter SkeletonDifferential

# The same build. Cases for the golden files are written to .build/properties.
CASES ?= 100000
properties: setup ## Generated streams of every format and framing, and what holds of all of them; CASES=1000000 SEED=n
	$(SWIFT) build --build-tests $(RELEASE)
	SLUICE_PROPERTIES=$(CASES) SLUICE_PROPERTIES_SEED=$(or $(SEED),$(shell date +%s)) \
	SLUICE_PROPERTIES_CASES=$(CURDIR)/.build/properties $(SWIFT) test --skip-build $(RELEASE) --filter 'Propert|Conformance'

MINUTES ?= 5
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)
FUZZ := SWIFT="$(SWIFT)" python3 Fuzz/fuzz.py
fuzz: setup ## Fuzz with the address sanitizer; MINUTES=n for all targets together, TARGETS="framing wide" JOBS=n
	$(FUZZ) run --minutes $(MINUTES) --jobs $(JOBS) --targets "$(TARGETS)"

fuzz-smoke: setup ## Replay what fuzzers once found, then 20 seconds of each target
	$(FUZZ) smoke --jobs $(JOBS) --targets "$(TARGETS)"

fuzz-regressions: setup ## Replay what fuzzers once found
	$(FUZZ) regressions --targets "$(TARGETS)"

fuzz-repeat: setup ## Run one input again: INPUT=file, TARGET=name unless its folder has that name
	$(FUZZ) repeat $(INPUT) $(if $(TARGET),--target $(TARGET))

fuzz-minimize: setup ## Find a smaller input that still crashes: INPUT=file
	$(FUZZ) minimize $(INPUT) $(if $(TARGET),--target $(TARGET))

fuzz-coverage: setup ## The lines of Sources that the fuzzers' corpora reach
	$(FUZZ) coverage --targets "$(TARGETS)"

BENCH := $(SWIFT) run -c release --package-path Benchmarks sluice-bench
bench: setup ## Measure beside an expert's C++ loops, in one process; ARGS="--quick --json FILE --csv FILE"
	mkdir -p .build
	$(BENCH) --json .build/bench.json --csv .build/bench.csv $(ARGS)

RESULTS := Benchmarks/results/$(shell date -u +%Y-%m-%d)
bench-results: setup ## Measure, keep the results under today's date, draw the plots, and rewrite the tables
	mkdir -p $(RESULTS)
	$(BENCH) --json $(RESULTS)/report.json
	sh Benchmarks/peers/run.sh --json $(RESULTS)/peers.json
	$(BENCH) hostile --json $(RESULTS)/hostile.json
	sh Benchmarks/plots/run.sh

peers: setup ## Measure what people use in Python and Node on the same bytes; ARGS="--quick --json FILE"
	sh Benchmarks/peers/run.sh $(ARGS)

bench-json: setup ## Measure incremental JSON beside parsing anew at each piece, in Swift and as Python's clients do
	sh Benchmarks/peers/json.sh $(ARGS)

plots: ## Draw the plots of the newest results, and rewrite the tables; REPORT=FILE for another report
	sh Benchmarks/plots/run.sh $(REPORT)

bench-verify: setup-test ## Check that every contender of the benchmark gives the same answers
	$(BENCH) verify
	$(BENCH) async --size 1 --rounds 1
	python3 Benchmarks/check_reports.py "$$($(SWIFT) build -c release --package-path Benchmarks --show-bin-path)/sluice-bench"

bench-hashes: setup ## Keep the hashes of the generated streams, after a new recording or another amplifier
	$(BENCH) hashes > Benchmarks/expected-hashes.tsv.new
	mv Benchmarks/expected-hashes.tsv.new Benchmarks/expected-hashes.tsv

# Each case states what it may cost and what must come of it; a failure is exit status 1. CI: ARGS=--quick.
hostile: setup ## Feed hostile input, gigabytes of it, and hold memory and outcome to what is stated; ARGS="--quick --only NAME"
	$(BENCH) hostile $(ARGS)

corpora: ## Record the corpora anew from live servers on loopback; NAMES="openai-chat …" for some
	sh corpora/record/run.sh $(NAMES)

check-scan: setup-test ## Check every variant of the byte scanner, NEON by emulation
	sh Tests/CSluiceScanEmulated/run.sh

clean: ## Remove everything built
	rm -rf .build
