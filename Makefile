# What people and CI run. Plain `make` prints the list.

SWIFT ?= swift
SWIFT_SOURCES := Package.swift Sources Tests Replay/Package.swift Replay/Sources/SluiceReplay/Replay*.swift Replay/Sources/SluiceReplay/SluiceReplay.swift Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources NIO/Package.swift NIO/Sources NIO/Tests Examples/Package.swift Examples/Sources
STREAM := corpora/openai-chat/stream.sse

# Optimised, with assertions; tests see what is internal. What is built for `make test` and the sanitizers.
CHECKED := -c release -Xswiftc -enable-testing -Xswiftc -assert-config -Xswiftc Debug

# The C and C++ of Sluice get the undefined behaviour sanitizer, everything gets the address sanitizer. A crash is theirs to
# report: Swift's own backtracer would stand in their way. Leaks are not looked for: the test runner of Swift 6.3 leaks a few
# hundred bytes of its own before the first test. A small quarantine has freed memory used again soon, which saved a fifth
# of the time of the suites that it was tried on.
ADDRESS := $(CHECKED) --sanitize address -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=all \
	-Xswiftc -Xclang-linker -Xswiftc -fsanitize=undefined --scratch-path .build/address
THREAD := $(CHECKED) --sanitize thread --scratch-path .build/thread
SANITIZER_ENV := SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16:malloc_context_size=8:$(ASAN_OPTIONS) \
	UBSAN_OPTIONS=print_stacktrace=1:$(UBSAN_OPTIONS) TSAN_OPTIONS=halt_on_error=1:$(TSAN_OPTIONS)

# Builds of some tests only, files or folders, which are quicker: see Package.swift. They need no command.
ANSWER_TESTS := SLUICE_TESTS="SluiceTestSupport SluiceTests/Answers SluiceTests/Matrix SluiceTests/Properties"
THREAD_TESTS := SLUICE_TESTS="SluiceTestSupport SluiceTests/Threads SluiceTests/Properties SluiceTests/Answers/CorporaTests.swift \
	SluiceTests/Answers/DeltaSplitTests.swift SluiceKitTests/Support SluiceKitTests/Async SluiceKitTests/Tools \
	SluiceKitTests/FileSpillTests.swift SluiceKitTests/RestreamingTests.swift SluiceKitTests/WordSequenceTests.swift SluiceABITests"
RELEASE_TESTS := SLUICE_TESTS="SluiceTestSupport SluiceTests/Answers SluiceTests/Costs SluiceTests/Properties \
	SluiceTests/AccumulatorLimitTests.swift SluiceTests/DocExampleTests.swift SluiceTests/DocExamples.swift \
	SluiceTests/TidyTests.swift \
	SluiceKitTests/Support SluiceKitTests/Snippets SluiceKitTests/Native SluiceKitTests/BoundedMemoryTests.swift \
	SluiceABITests/Support SluiceABITests/SameDeltasTests.swift"

# `make test SANITIZE=yes` runs the same tests under the two sanitizers.
TESTED := $(if $(SANITIZE),$(ADDRESS),$(CHECKED) --scratch-path .build/tests)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-bench build run replay test test-release test-slow-lane test-replay test-thread docs format lint platforms differential properties fuzz fuzz-smoke fuzz-regressions fuzz-repeat fuzz-minimize fuzz-coverage test-clients test-servers test-nio test-examples test-c test-python test-spark wheel bench-python install bench bench-results bench-verify bench-hashes bench-json hostile corpora peers plots check-scan clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## Install what the build needs, when it is missing
	@sh scripts/setup.sh

setup-test:
	@sh scripts/setup.sh --test

setup-bench:
	@sh scripts/setup.sh --bench

build: setup ## Build everything for release
	$(SWIFT) build -c release

# Not optimised, and nothing for a debugger or an editor: the quickest build, for a first look, the documentation and the official
# clients. `make build` and `make install` are optimised.
QUICK := --disable-index-store -debug-info-format none --scratch-path $(CURDIR)/.build/run

run: setup ## Build the tool, quickly, and stream a recorded answer to the terminal
	$(SWIFT) build --product sluice $(QUICK)
	@sed '/^data: .DONE./q' $(STREAM) | .build/run/debug/sluice cat

replay: setup ## Build the command and the server of `sluice replay`, a package of its own, for release
	$(SWIFT) build -c release --product sluice
	$(SWIFT) build -c release --package-path Replay
	ln -sf "$$($(SWIFT) build -c release --package-path Replay --show-bin-path)/sluice-replay" .build/release/sluice-replay

test: setup-test check-scan platforms lint ## Run every test; SANITIZE=yes: under the address and undefined behaviour sanitizers
	$(SWIFT) build --build-tests $(TESTED)
	$(if $(SANITIZE),$(SANITIZER_ENV)) SWIFT="$(SWIFT)" sh scripts/test.sh $(TESTED)

# No assertions: what they check is checked by `make test`. These are the suites whose answers could depend on that, or that a
# sanitizer does not run.
RELEASE := -c release -Xswiftc -enable-testing -Xswiftc -assert-config -Xswiftc Release --scratch-path .build/release-tests
RELEASE_SUITES := Golden|Differential|Propert|Conformance|Recorded|SameDeltas|FaultTests|MemoryTests|LinearCost|ExaminedBytes|PlantedDefect|SnippetTests|DocExample|TidyTests
test-release: setup-test ## Run golden, differential and property tests of the engine as it is released: without assertions
	$(RELEASE_TESTS) $(SWIFT) build --build-tests $(RELEASE)
	$(RELEASE_TESTS) SWIFT="$(SWIFT)" sh scripts/test.sh $(RELEASE) --filter '$(RELEASE_SUITES)'

SLOW_LANE := $(CHECKED) -debug-info-format none --scratch-path .build/slow-lane
SLOW_LANE_SUITES := ^SluiceTests\.(Golden|Conformance|Recorded|ToolCallRule|ErrorMatrix|RawText|IDLine)
test-slow-lane: setup-test ## Build the engine without its fast lane, and run the tests of answers: none depends on it
	$(ANSWER_TESTS) SLUICE_WITHOUT_FAST_LANE=yes $(SWIFT) build --build-tests $(SLOW_LANE)
	$(ANSWER_TESTS) SLUICE_WITHOUT_FAST_LANE=yes SWIFT="$(SWIFT)" sh scripts/test.sh $(SLOW_LANE) --filter '$(SLOW_LANE_SUITES)'

test-replay: setup-test ## Build the server of `sluice replay`, and run the tests that need it
	$(SWIFT) build --build-tests $(TESTED)
	$(if $(SANITIZE),$(SANITIZER_ENV)) SLUICE_LIBEXEC="$$(SWIFT="$(SWIFT)" sh scripts/nio.sh Replay)" \
	SWIFT="$(SWIFT)" sh scripts/test.sh $(TESTED) --filter ReplayTests

# What starts threads or tasks, or is shared by them.
THREAD_SUITES := ^SluiceABITests\.|^SluiceKitTests\.|Concurrency|Parallel|SharedTemplate|DroppedReader|PropertyTests
test-thread: setup-test ## Run the tests that have threads under the thread sanitizer
	$(THREAD_TESTS) $(SWIFT) build --build-tests $(THREAD)
	$(THREAD_TESTS) $(SANITIZER_ENV) SWIFT="$(SWIFT)" sh scripts/test.sh $(THREAD) --filter '$(THREAD_SUITES)'

docs: setup ## Make the libraries' documentation with DocC, which must have nothing to warn of
	SWIFT="$(SWIFT)" sh scripts/docs.sh $(QUICK)

test-clients: setup-test ## Read `sluice replay` and recordings with the official clients of OpenAI, Anthropic and Ollama
	QUICK="$(QUICK)" sh Tests/Clients/run.sh

test-examples: setup-test ## Run the examples against servers on loopback, and the relay's page in headless Chromium
	@sh scripts/setup.sh --browser
	SWIFT="$(SWIFT)" QUICK="$(QUICK)" sh Examples/tests/run.sh

test-servers: setup-test ## Read streams of real servers on loopback: FastAPI, sse-starlette, an Express relay, `sluice replay`
	$(if $(SANITIZE),$(SANITIZER_ENV)) SWIFT="$(SWIFT)" sh Tests/Servers/run.sh $(TESTED)

test-nio: setup-test ## Test SluiceNIO over sockets: AsyncHTTPClient, Hummingbird, those servers, LiteLLM's proxy; ARGS="--filter NAME"
	SWIFT="$(SWIFT)" sh NIO/Tests/run.sh $(ARGS)

test-c: setup-test ## Install the C library, compile the examples with gcc and clang, run them, also under valgrind
	sh Tests/CExamples/run.sh

test-python: setup-test ## Install the Python package into a virtual environment, and run its tests; ARGS="--recorded=all"
	SWIFT="$(SWIFT)" sh Python/run_tests.sh $(ARGS)

test-spark: setup-test ## Read streams in Spark, on two executors with nothing but the wheel; ARGS="--spark=all" for large inputs
	SWIFT="$(SWIFT)" sh Python/run_spark_tests.sh $(ARGS)

wheel: setup ## Build a wheel that needs no Swift, and test it without; in Python/dist
	SWIFT="$(SWIFT)" sh Python/build_wheel.sh

bench-python: ## Measure the Python package beside what is used in Python, after test-python; ARGS="--rounds N FILE"
	.build/python-venv/bin/python Python/bench.py $(ARGS)

PREFIX ?= /usr/local
install: setup ## Install sluice.h, libsluice, the command, its manual pages and completions; PREFIX=/usr/local DESTDIR=
	DESTDIR="$(DESTDIR)" sh scripts/install.sh --command $(PREFIX)

format: ## Format the Swift sources in place
	$(SWIFT) format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint: ## Check the format of the Swift sources
	$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_SOURCES)

platforms: setup-test ## Compile the C and C++ for musl, arm64 and Darwin, as far as that can be had here
	sh Tests/Platforms/run.sh

# As the tests of a release are built. A seed is drawn unless one is given, and printed.
PAYLOADS ?= 1000000
differential: setup ## Templates, simdjson and the slow reference on changed recordings; PAYLOADS=10000000 SEED=n FORMAT=name
	$(RELEASE_TESTS) $(SWIFT) build --build-tests $(RELEASE)
	$(RELEASE_TESTS) SLUICE_DIFFERENTIAL_PAYLOADS=$(PAYLOADS) SLUICE_DIFFERENTIAL_SEED=$(or $(SEED),$(shell date +%s)0000) \
	SLUICE_DIFFERENTIAL_FORMAT=$(FORMAT) $(SWIFT) test --skip-build $(RELEASE) --filter TemplateDifferential

# The same build. Cases for the golden files are written to .build/properties.
CASES ?= 100000
properties: setup ## Generated streams of every format and framing, and what holds of all of them; CASES=1000000 SEED=n
	$(RELEASE_TESTS) $(SWIFT) build --build-tests $(RELEASE)
	$(RELEASE_TESTS) SLUICE_PROPERTIES=$(CASES) SLUICE_PROPERTIES_SEED=$(or $(SEED),$(shell date +%s)) \
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
bench: setup-bench ## Measure beside hand-written C++ over simdjson, in one process; ARGS="--file FILE --quick --json FILE"
	mkdir -p .build
	$(BENCH) --json .build/bench.json --csv .build/bench.csv $(ARGS)

RESULTS := Benchmarks/results/$(shell date -u +%Y-%m-%d)
bench-results: setup-bench ## Measure, keep the results under today's date, draw the plots, and rewrite the tables
	mkdir -p $(RESULTS)
	$(BENCH) --json $(RESULTS)/report.json
	sh Benchmarks/peers/run.sh --json $(RESULTS)/peers.json
	$(BENCH) hostile --json $(RESULTS)/hostile.json
	sh Benchmarks/plots/run.sh

peers: setup-bench ## Measure what people use in Python and Node on the same bytes; ARGS="--quick --json FILE"
	sh Benchmarks/peers/run.sh $(ARGS)

bench-json: setup-bench ## Measure incremental JSON beside parsing anew at each piece, in Swift and as Python's clients do
	sh Benchmarks/peers/json.sh $(ARGS)

plots: ## Draw the plots of the newest results, and rewrite the tables; REPORT=FILE for another report
	sh Benchmarks/plots/run.sh $(REPORT)

bench-verify: setup-test setup-bench ## Check that every contender of the benchmark gives the same answers
	$(BENCH) verify
	$(BENCH) async --size 1 --rounds 1
	python3 Benchmarks/check_reports.py "$$($(SWIFT) build -c release --package-path Benchmarks --show-bin-path)/sluice-bench"

bench-hashes: setup-bench ## Keep the hashes of the generated streams, after a new recording or another amplifier
	$(BENCH) hashes > Benchmarks/expected-hashes.tsv.new
	mv Benchmarks/expected-hashes.tsv.new Benchmarks/expected-hashes.tsv

# Each case states what it may cost and what must come of it; a failure is exit status 1. CI: ARGS=--quick.
hostile: setup-bench ## Feed hostile input, gigabytes of it, and hold memory and outcome to what is stated; ARGS="--quick --only NAME"
	$(BENCH) hostile $(ARGS)

corpora: ## Record the corpora anew from live servers on loopback; NAMES="openai-chat …" for some
	sh corpora/record/run.sh $(NAMES)

check-scan: setup-test ## Check every variant of the byte scanner, NEON by emulation
	sh Tests/CSluiceScanEmulated/run.sh

clean: ## Remove everything built
	rm -rf .build Replay/.build NIO/.build Benchmarks/.build Fuzz/.build Examples/.build
