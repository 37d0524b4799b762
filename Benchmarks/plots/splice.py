"""Puts the tables of a report into documents, between `<!-- bench: NAME -->` and `<!-- /bench -->`.

Usage: splice.py [--check] REPORT.json DOCUMENT.md …

The results of `make peers` and `make hostile` are read from peers.json and hostile.json beside the report. With --check
nothing is written; the exit status is 1 if a document does not have the report's tables.
"""

import json
import re
import sys
from pathlib import Path

MAIN = ["openai-chat", "anthropic-messages", "ollama-generate"]
EXPERTS = ("expert-loop", "expert-batch")
BLOCK = re.compile(r"(<!-- bench: ([a-z]+) -->\n).*?(<!-- /bench -->)", re.DOTALL)


def table(head, rows, numbers=1):
    """A table in Markdown; columns from `numbers` on are aligned to the right."""
    rule = ["---" if column < numbers else "---:" for column in range(len(head))]
    return "".join("| " + " | ".join(line) + " |\n" for line in [head, rule, *rows])


class Tables:
    def __init__(self, report, peer_report, hostile_report):
        self.report = report
        self.rows = report["results"]
        self.peer_report = peer_report
        self.hostile_report = hostile_report

    def find(self, contender, corpus, chunk=65536):
        own = (
            row
            for row in self.rows
            if (row["contender"], row["corpus"], row["chunk"]) == (contender, corpus, chunk)
        )
        # The main tables stand first, and have the longest streams.
        return next(own, None)

    def engines(self):
        """Sluice's contenders of the headline, the fastest first."""
        return [name for name in ("sluice-skeleton", "sluice-simdjson") if self.find(name, MAIN[0])]

    def corpora(self):
        found = dict.fromkeys(row["corpus"] for row in self.rows if "by chunk" not in row["section"])
        measured = {row["corpus"] for row in self.report["corpora"]}
        return [name for name in found if name in measured and self.find("memchr", name)]

    def headline(self):
        head = ["64 KiB chunks", "ns/delta", "M deltas/s", "GB/s", "mallocs/delta", "to `expert-loop`",
                "to the faster `expert`", "framing to `memchr`"]
        lines = []
        for engine in self.engines():
            for corpus in self.corpora():
                row, framing = self.find(engine, corpus), self.find("sluice-framing", corpus)
                if row is None:
                    continue
                name = f"{corpus}, `maxTemplates` = 0" if engine == "sluice-simdjson" else corpus
                lines.append([
                    name, f"{row['ns_per_delta']:.0f}", f"{row['deltas_per_s'] / 1e6:.1f}", f"{row['gb_per_s']:.2f}",
                    f"{row['allocations_per_delta'] or 0:.3f}", f"{row['ratio_to_expert_loop']:.2f} ×",
                    f"{row['ratio_to_expert']:.2f} ×", f"{framing['ratio_to_memchr']:.2f} ×" if framing else "",
                ])
        return table(head, lines)

    def brief(self):
        """The table of the project's README: the main corpora with default options, what a reader feels first."""
        head = ["one thread", "ns/delta", "ns/delta, 100,000 streams", "M deltas/s", "GB/s", "mallocs/delta",
                "to hand-written C++"]
        many = {row["corpus"]: row for row in self.report["streams"] if row["streams"] == 100_000}
        found = [(name, self.find("sluice-skeleton", name)) for name in MAIN]
        return table(head, [
            [name, f"{row['ns_per_delta']:.0f}", f"{many[name]['ns_per_delta']:.0f}" if name in many else "",
             f"{row['deltas_per_s'] / 1e6:.1f}", f"{row['gb_per_s']:.2f}", f"{row['allocations_per_delta'] or 0:.3f}",
             f"{row['ratio_to_expert']:.2f} ×"]
            for name, row in found if row
        ])

    def chunks(self):
        """The main corpora with default options, by the size of the chunks, borrowed and through the ring."""
        sizes = sorted({row["chunk"] for row in self.rows if row["corpus"] == MAIN[0] and row["chunk"] > 0})
        columns = [(corpus, way) for corpus in MAIN for way in ("sluice-skeleton", "sluice-ring-skeleton")]
        head = ["GB/s by bytes a chunk"] + [f"{corpus}, {'ring' if 'ring' in way else 'borrowed'}" for corpus, way in columns]
        lines = []
        for size in sizes:
            cells = [self.find(way, corpus, size) for corpus, way in columns]
            if all(cells):
                lines.append([chunk_name(size), *(f"{cell['gb_per_s']:.3g}" for cell in cells)])
        return table(head, lines)

    def contenders(self):
        """Every contender of the main tables, in GB/s."""
        corpora = [name for name in MAIN if self.find("memchr", name)]
        section = f"{corpora[0]}, chunks of 64 Ki"
        names = [row["contender"] for row in self.rows if row["section"] == section]
        lines = []
        for name in names:
            cells = [self.find(name, corpus) for corpus in corpora]
            lines.append([f"`{name}`", *(
                f"{cell['gb_per_s']:.2f} ({cell['gb_per_s_min']:.2f}–{cell['gb_per_s_max']:.2f})" for cell in cells
            )])
        return table(["GB/s, median (minimum–maximum)", *corpora], lines)

    def abi(self):
        """The C ABI beside the Swift API, each a loop over the deltas of borrowed chunks."""
        lines = []
        for corpus in self.corpora():
            swift, c = self.find("sluice-skeleton", corpus), self.find("sluice-abi", corpus)
            if swift and c:
                lines.append([
                    corpus, f"{swift['ns_per_delta']:.1f}", f"{c['ns_per_delta']:.1f}",
                    f"{c['ns_per_delta'] / swift['ns_per_delta']:.2f} ×", f"{c['allocations_per_delta'] or 0:.3f}",
                ])
        head = ["64 KiB chunks", "ns/delta in Swift", "ns/delta in C", "C to Swift", "mallocs/delta in C"]
        return table(head, lines) if lines else "Not measured in this report.\n"

    def latency(self):
        head = ["ns from arrival to last delta", "p50", "p99", "p99.9", "max", "chunks", "sped up"]
        keys = ("p50_ns", "p99_ns", "p99_9_ns", "max_ns", "count")
        return table(head, [
            [row["corpus"], *(f"{row[key]:,}" for key in keys), f"{row['pace']:.1f} ×"] for row in self.report["latency"]
        ])

    def growth(self):
        head = ["one parser, 64 KiB chunks", "bytes", "ns/byte", "growth of the resident set, KiB", "mallocs/delta"]
        return table(head, [
            [row["corpus"], f"{row['bytes']:,}", f"{row['ns_per_byte']:.3f}",
             f"{(row['peak_growth_bytes'] or 0) / 1024:,.0f}", f"{row['allocations_per_delta']:.5f}"]
            for row in self.report["growth"]
        ])

    def streams(self):
        head = ["streams in random order, one thread", "streams", "ns/delta", "of one stream alone", "ratio",
                "ratio without `prefetch`", "bytes a stream"]
        return table(head, [
            [row["corpus"], f"{row['streams']:,}", f"{row['ns_per_delta']:.0f}", f"{row['ns_per_delta_alone']:.0f}",
             f"{row['ns_per_delta'] / row['ns_per_delta_alone']:.2f} ×",
             f"{row['ns_per_delta_unforeseen'] / row['ns_per_delta_alone']:.2f} ×" if "ns_per_delta_unforeseen" in row else "",
             f"{row['bytes_per_idle_stream']:,.0f}"]
            for row in self.report["streams"]
        ])

    def losses(self):
        """Where a contender with the same answer is faster than the slowest of Sluice's variants, the worst first."""
        lines = []
        seen = set()
        for row in self.rows:
            key = row["corpus"], row["chunk"], row["section"]
            if key in seen:
                continue
            seen.add(key)
            table_rows = [other for other in self.rows if (other["corpus"], other["chunk"], other["section"]) == key]
            own = [r for r in table_rows if r["contender"].startswith("sluice") and r["hash"] == row_hash(table_rows)]
            others = [r for r in table_rows if not r["contender"].startswith("sluice") and r["hash"] == row_hash(table_rows)]
            if not own or not others or "by extraction" in row["section"]:
                continue
            worst, best, rival = min(own, key=speed), max(own, key=speed), max(others, key=speed)
            if speed(rival) > speed(worst):
                lines.append((speed(worst) / speed(rival), row, worst, best, rival))
        lines.sort(key=lambda line: line[0])
        head = ["corpus or workload", "chunk", "faster contender", "GB/s", "Sluice's slowest", "GB/s", "ratio", "Sluice's fastest", "GB/s", "ratio"]
        return table(head, [
            [row["corpus"], chunk_name(row["chunk"]), f"`{rival['contender']}`", f"{speed(rival):.3g}",
             f"`{worst['contender']}`", f"{speed(worst):.3g}", f"{ratio:.3g} ×",
             f"`{best['contender']}`", f"{speed(best):.3g}", f"{speed(best) / speed(rival):.3g} ×"]
            for ratio, row, worst, best, rival in lines
        ])


    def peers(self):
        """What people use in Python and JavaScript; empty until it has been measured beside the report."""
        if self.peer_report is None:
            return "Not measured beside this report.\n"
        head = ["64 KiB chunks in memory", "", "MB/s", "ns/delta", "Sluice's ratio"]
        lines = [
            [row["corpus"], f"`{row['contender']}`", f"{row['gb_per_s'] * 1000:,.1f}", f"{row['ns_per_delta']:,.0f}",
             f"{row['sluice_to_it']:.3g} ×"]
            for row in self.peer_report["results"]
        ]
        versions = ", ".join(f"{name} {number}" for name, number in self.peer_report["versions"].items() if number)
        return table(head, lines, numbers=2) + f"\nVersions: {versions}.\n"


    def beside(self):
        """Of each main corpus the official client and the fastest of the others."""
        if self.peer_report is None:
            return "Not measured beside this report.\n"
        rows = self.peer_report["results"]
        lines = []
        for corpus in MAIN:
            peers = [row for row in rows if row["corpus"] == corpus and row["contender"].startswith("peer-")]
            official = [row for row in peers if row["contender"] == f"peer-{corpus.split('-')[0]}"]
            others = sorted((row for row in peers if row not in official), key=speed)
            own = [row for row in rows if row["corpus"] == corpus and row["contender"] == "sluice-simdjson"]
            for row in [*own, *others[-1:], *official]:
                name = row["contender"].removeprefix("peer-") + ("" if row not in official else ", official")
                lines.append([corpus, name, f"{row['gb_per_s'] * 1000:,.1f}", f"{row['ns_per_delta']:,.0f}",
                              f"{row['sluice_to_it']:.3g} ×"])
        return table(["64 KiB chunks in memory", "", "MB/s", "ns/delta", "Sluice's ratio"], lines, numbers=2)

    def hostile(self):
        """A line a case; the figures of its ways of feeding one behind the other."""
        if self.hostile_report is None:
            return "Not measured beside this report.\n"
        head = ["case", "input", "fed as", "MB", "GB/s", "growth, MiB", "bound, MiB", "deltas", "end", "errors", ""]
        cases = {}
        for row in self.hostile_report["rows"]:
            cases.setdefault(row["name"], []).append(row)
        lines = []
        for name, rows in cases.items():
            outcome = rows[0]["outcome"]
            errors = [f"{count:,} × {code}" for code, count in sorted(outcome["errors"].items())]
            lines.append([
                f"`{name}`", rows[0]["about"], ", ".join(row["feed"] for row in rows), f"{outcome['bytes'] / 1e6:,.2f}",
                ", ".join(f"{row['outcome']['bytes'] / max(row['seconds'], 1e-9) / 1e9:.3g}" for row in rows),
                ", ".join(f"{(row['peak_growth_bytes'] or 0) / 2**20:.1f}" for row in rows),
                f"{rows[0]['bound_bytes'] / 2**20:.0f}", f"{outcome['deltas']:,}",
                outcome.get("failure") or outcome["status"], ", ".join(errors),
                "; ".join(dict.fromkeys(verdict(row) for row in rows)),
            ])
        passed = sum("problem" not in row for row in self.hostile_report["rows"])
        machine = self.hostile_report["machine"]
        summary = f"{passed} of {len(self.hostile_report['rows'])} within their bounds, {machine['date'][:10]}, commit `{machine['commit']}`.\n\n"
        return summary + table(head, lines, numbers=3)


def verdict(row):
    """What the command says of a row of hostile input."""
    if "problem" not in row:
        return "ok"
    return f"FAILED: {row['problem']}"


def speed(row):
    return row["gb_per_s"]


def row_hash(rows):
    """The answer that counts: that of `expert-loop`."""
    return next(row["hash"] for row in rows if row["contender"] == "expert-loop")


def chunk_name(chunk):
    if chunk <= 0:
        return "recorded" if chunk else "whole"
    return f"{chunk // 1024} Ki" if chunk % 1024 == 0 else str(chunk)


def origin(report):
    machine = report["machine"]
    swift = machine["swift"].split(" (")[0].replace("Swift version", "Swift")
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['os']}, {swift}, simdjson {machine['simdjson']}, "
        f"{machine['date'][:10]}, commit `{machine['commit']}`."
    )


def splice(text, report, peer_report, hostile_report):
    tables = Tables(report, peer_report, hostile_report)

    def replacement(match):
        make = origin if match[2] == "machine" else getattr(tables, match[2], None)
        if make is None:
            raise SystemExit(f"splice: there is no table '{match[2]}'")
        content = make(report) + "\n" if make is origin else make()
        return f"{match[1]}\n{content}\n{match[3]}"

    return BLOCK.sub(replacement, text)


def beside(path, name):
    """Another report of the same day; None where there is none."""
    other = Path(path).with_name(name)
    return json.loads(other.read_text()) if other.exists() else None


def main():
    arguments = sys.argv[1:]
    checks = "--check" in arguments
    path, *documents = [argument for argument in arguments if argument != "--check"]
    report = json.loads(Path(path).read_text())
    peer_report, hostile_report = beside(path, "peers.json"), beside(path, "hostile.json")
    stale = []
    for document in map(Path, documents):
        before = document.read_text()
        after = splice(before, report, peer_report, hostile_report)
        if before == after:
            continue
        if checks:
            stale.append(str(document))
        else:
            document.write_text(after)
            print(f"wrote the tables of {document}")
    if stale:
        raise SystemExit(f"splice: {', '.join(stale)}: not the tables of {path}; run: make plots")


if __name__ == "__main__":
    main()
