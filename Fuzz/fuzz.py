#!/usr/bin/env python3
"""Builds and runs the fuzzers; `make fuzz` and its like call it.

    fuzz.py run --minutes N [--targets a,b] [--jobs N]   fuzz; all targets share the minutes
    fuzz.py smoke                                        regressions, then 20 seconds of each target
    fuzz.py regressions                                  replay the inputs that once failed
    fuzz.py repeat INPUT [--target T]                    run one input
    fuzz.py minimize INPUT [--target T]                  find a smaller input that still crashes
    fuzz.py coverage [--targets a,b]                     lines of Sources that the corpora reach

The evolved corpora stay in Fuzz/.build/corpus between runs, crashes in Fuzz/.build/crashes."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import seeds

FUZZ = Path(__file__).resolve().parent
BUILD = FUZZ / ".build"
SWIFT = os.environ.get("SWIFT", "swift")
SMOKE_SECONDS = 20

# The longest input of each target, and its dictionary.
TARGETS = {
    "framing": (4096, "lines"),
    "formats": (4096, "json"),
    "templates": (6144, "json"),
    "ring": (1024, None),
    "scanner": (2048, "lines"),
    "wide": (4096, "json"),
    "abi": (4096, "json"),
}

# `--sanitize fuzzer` leaves `main` to libFuzzer. The address sanitizer is added by compiler flags: of two `--sanitize` the
# Swift compiler uses the last only, and which one that is differs from run to run.
BUILD_FLAGS = [
    "-c", "release", "--sanitize", "fuzzer", "-Xswiftc", "-sanitize=address,fuzzer", "-Xcc", "-fsanitize=address",
    "-Xcxx", "-fsanitize=address", "-Xswiftc", "-enable-testing",
]
# For coverage of lines the corpora are run once more, without the sanitizer.
COVERAGE_FLAGS = [
    "-c", "release", "--sanitize", "fuzzer", "--scratch-path", str(BUILD / "lines"), "-Xswiftc", "-enable-testing",
    "-Xswiftc", "-profile-generate", "-Xswiftc", "-profile-coverage-mapping", "-Xcc", "-fprofile-instr-generate",
    "-Xcc", "-fcoverage-mapping", "-Xcxx", "-fprofile-instr-generate", "-Xcxx", "-fcoverage-mapping",
]


def environment(**more):
    """Leak detection is off, because Swift's run-time keeps memory; crashes are reported by the sanitizer."""
    values = dict(os.environ, SWIFT_BACKTRACE="enable=no", **more)
    values["ASAN_OPTIONS"] = ":".join(
        filter(None, ["detect_leaks=0:quarantine_size_mb=64:malloc_context_size=8", os.environ.get("ASAN_OPTIONS")]))
    symbolizer = shutil.which("llvm-symbolizer")
    if symbolizer:
        values["ASAN_SYMBOLIZER_PATH"] = symbolizer
    return values


def build(flags=BUILD_FLAGS):
    """Builds the fuzzers and returns their folder."""
    command = [SWIFT, "build", "--package-path", str(FUZZ), *flags]
    subprocess.run(command, check=True)
    shown = subprocess.run([*command, "--show-bin-path"], check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip())


def format_names(programs):
    """The catalogue's formats in their order, as the fuzzer of formats prints them when it ends."""
    done = subprocess.run(
        [programs / "formats", "-runs=0"], capture_output=True, text=True, errors="replace", env=environment())
    return [name for name in re.findall(r"^format (\S+): ", done.stderr, re.M) if name != "detected"]


def options(target):
    longest, dictionary = TARGETS[target]
    found = [f"-max_len={longest}", "-len_control=20", "-timeout=20", "-rss_limit_mb=2048", "-detect_leaks=0"]
    return found + ([f"-dict={FUZZ / 'Dictionaries' / dictionary}.dict"] if dictionary else [])


def regressions(target):
    folder = FUZZ / "Regressions" / target
    return sorted(file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []


@dataclass
class Run:
    """One target's run, and the results in its log."""

    target: str
    seconds: int
    log: Path
    process: subprocess.Popen = None
    text: str = ""
    formats: dict = field(default_factory=dict)

    def read(self):
        self.text = self.log.read_text(errors="replace")
        self.formats = {name: int(count) for name, count in re.findall(r"^format (\S+): (\d+) ", self.text, re.M)}

    def find(self, pattern, default="0"):
        found = re.findall(pattern, self.text, re.M)
        return found[-1] if found else default

    @property
    def crashes(self):
        return re.findall(r"Test unit written to (\S+)", self.text)

    @property
    def reason(self):
        """The failure as the fuzzer reports it, or the first line of the sanitizer's report."""
        for pattern in (r"Fatal error: .*", r"^scanner: .*", r"ERROR: .*"):
            if found := re.search(pattern, self.text, re.M):
                return found[0][:2000]
        return f"ended with status {self.process.returncode}"

    @property
    def row(self):
        executions = self.find(r"^stat::number_of_executed_units: (\d+)", self.find(r"^#(\d+)"))
        # Features tell paths apart by how often an edge was taken.
        edges, features = self.find(r" cov: (\d+)"), self.find(r" ft: (\d+)")
        rate = self.find(r"^stat::average_exec_per_sec: +(\d+)", str(int(executions) // max(1, self.seconds)))
        counters = self.find(r"\((\d+) inline 8-bit counters\)")
        return [self.target, executions, rate, f"{edges} of {counters}", features, self.find(r" corp: (\d+)"),
                str(len(self.crashes) or int(self.process.returncode != 0))]


def prepare(target, programs, names):
    """The folders of a target: its evolved corpus, and its seeds."""
    corpus, start = BUILD / "corpus" / target, BUILD / "seeds" / target
    corpus.mkdir(parents=True, exist_ok=True)
    (BUILD / "crashes" / target).mkdir(parents=True, exist_ok=True)
    seeds.write(target, start, names)
    merged = BUILD / "corpus" / f"{target}.merged"
    count = len(list(corpus.iterdir()))
    if count > 2 * int(merged.read_text() if merged.exists() else 1000):
        minimal = BUILD / "corpus" / f"{target}.new"
        shutil.rmtree(minimal, ignore_errors=True)
        minimal.mkdir()
        command = [programs / target, "-merge=1", *options(target), minimal, corpus]
        if subprocess.run(command, capture_output=True, env=environment()).returncode == 0:
            shutil.rmtree(corpus)
            minimal.rename(corpus)
            merged.write_text(str(max(500, len(list(corpus.iterdir())))))
    return [corpus, start]


def start(run, programs, folders):
    crashes = BUILD / "crashes" / run.target
    command = [
        programs / run.target, *options(run.target), f"-max_total_time={run.seconds}", "-print_final_stats=1",
        f"-artifact_prefix={crashes}/", *folders,
    ]
    if regressions(run.target):
        command.append(FUZZ / "Regressions" / run.target)
    with open(run.log, "wb") as log:
        run.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment())


def fuzz(programs, targets, seconds, jobs):
    """Runs the targets, `jobs` at a time, in `seconds` all together; prints the failures."""
    names = format_names(programs)
    # With more processors than targets, several processes share the corpus of one.
    places = [targets[number % len(targets)] for number in range(max(jobs, len(targets)))]
    each = max(1, seconds * jobs // len(places))
    logs = BUILD / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    folders = {target: prepare(target, programs, names) for target in targets}
    waiting = [Run(target, each, logs / f"{target}-{number}.log") for number, target in enumerate(places)]
    running, done = [], []
    while waiting or running:
        while waiting and len(running) < jobs:
            run = waiting.pop(0)
            start(run, programs, folders[run.target])
            running.append(run)
            print(f"fuzz: {run.target} for {run.seconds} s", flush=True)
        time.sleep(0.5)
        for run in [run for run in running if run.process.poll() is not None]:
            running.remove(run)
            run.read()
            done.append(run)
    return tell(done)


def tell(runs):
    """Prints the table, and for each failure the commands that repeat it; returns the exit status."""
    table = [["target", "executions", "per second", "edges", "features", "corpus", "crashes"]] + [r.row for r in runs]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    print()
    for first, *rest in table:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:])]
        print("  ".join([first.ljust(widths[0]), *cells]))
    formats = {}
    for run in runs:
        for name, count in run.formats.items():
            formats[name] = formats.get(name, 0) + count
    if formats:
        print("\nexecutions by format: " + ", ".join(f"{name} {count}" for name, count in formats.items()))
    failed = [run for run in runs if run.process.returncode != 0]
    for run in failed:
        print(f"\n{run.target}: {run.reason}\n  log {run.log}")
        for crash in run.crashes:
            print(f"  input   {crash}\n  repeat  make fuzz-repeat INPUT={crash}")
            print(f"  reduce  make fuzz-minimize INPUT={crash}")
    return 1 if failed else 0


def replay(programs, targets):
    """Runs the inputs that once failed."""
    status = 0
    for target in targets:
        files = regressions(target)
        if not files:
            continue
        command = [programs / target, *options(target), *files]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment())
        print(f"fuzz: {target}: {len(files)} regressions, {'fine' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            status = 1
            print(done.stderr[-8000:])
    return status


def target_of(arguments):
    """The target of an input: the option, or the name of its folder."""
    target = arguments.target or Path(arguments.input).resolve().parent.name
    if target not in TARGETS:
        sys.exit(f"fuzz: no target '{target}'; say --target with one of {', '.join(TARGETS)}")
    return target


def repeat(programs, arguments):
    command = [programs / target_of(arguments), "-timeout=20", "-detect_leaks=0", arguments.input]
    return subprocess.run(command, env=environment()).returncode


def minimize(programs, arguments):
    smaller = Path(f"{arguments.input}.min")
    command = [
        programs / target_of(arguments), "-minimize_crash=1", "-max_total_time=120", "-timeout=20", "-detect_leaks=0",
        f"-exact_artifact_path={smaller}", arguments.input,
    ]
    subprocess.run(command, env=environment())
    print(f"fuzz: {smaller}" if smaller.exists() else "fuzz: found nothing smaller")
    return 0


def coverage(targets):
    """Prints the lines of Sources that the corpora of the targets reach."""
    programs = build(COVERAGE_FLAGS)
    names = format_names(programs)
    profiles = []
    for target in targets:
        profile = BUILD / "lines" / f"{target}.profraw"
        folders = prepare(target, programs, names)
        subprocess.run(
            [programs / target, "-runs=0", *options(target), *folders], capture_output=True,
            env=environment(LLVM_PROFILE_FILE=str(profile)))
        profiles.append(profile)
    # Of the compiler's version, if they are next to it.
    tools = Path(shutil.which(SWIFT) or "/").resolve().parent
    tool = lambda name: str(tools / name) if (tools / name).exists() else name
    merged = BUILD / "lines" / "all.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", *profiles, "-o", merged], check=True)
    objects = [programs / targets[0]] + [part for target in targets[1:] for part in ("-object", programs / target)]
    report = subprocess.run(
        [tool("llvm-cov"), "report", *objects, f"-instr-profile={merged}", str(FUZZ.parent / "Sources")], check=True,
        capture_output=True, text=True)
    for line in report.stdout.splitlines():
        cells = line.split()
        if len(cells) >= 10:
            print(f"{cells[0]:52} {cells[7]:>7} {cells[8]:>7} {cells[9]:>8}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "smoke", "regressions", "repeat", "minimize", "coverage"])
    parser.add_argument("input", nargs="?")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--targets", default="")
    parser.add_argument("--target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    targets = [name for name in re.split(r"[,\s]+", arguments.targets) if name] or list(TARGETS)
    unknown = [name for name in targets if name not in TARGETS]
    if unknown:
        sys.exit(f"fuzz: no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    if arguments.command in ("repeat", "minimize") and not arguments.input:
        sys.exit(f"fuzz: {arguments.command} needs an input")
    if arguments.command == "coverage":
        return coverage(targets)
    programs = build()
    if arguments.command == "repeat":
        return repeat(programs, arguments)
    if arguments.command == "minimize":
        return minimize(programs, arguments)
    status = replay(programs, targets)
    if status != 0 or arguments.command == "regressions":
        return status
    seconds = int(arguments.minutes * 60)
    if arguments.command == "smoke":
        seconds = SMOKE_SECONDS * len(targets) // max(1, min(arguments.jobs, len(targets)))
    return fuzz(programs, targets, seconds, max(1, arguments.jobs))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
