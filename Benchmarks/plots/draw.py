"""Draws a report of sluice-bench as SVG: the same report gives the same bytes.

Usage: draw.py REPORT.json FOLDER
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullLocator  # noqa: E402

MAIN = ["openai-chat", "anthropic-messages", "ollama-generate"]
WHOLE = 1 << 20  # where the whole stream at once stands among the chunk sizes
# Sluice stands out, what it is measured against is dark, and the others step back.
COLORS = {
    "memchr": "#9aa5b1",
    "read": "#c6ccd2",
    "expert-loop": "#3d4852",
    "expert-batch": "#6b7785",
    "sluice-skeleton": "#0b6e4f",
    "sluice-abi": "#2a8a6b",
    "sluice-ring-skeleton": "#4ca586",
    "sluice-linear-skeleton": "#9fd0be",
    "sluice-simdjson": "#1488c8",
    "sluice-ring-simdjson": "#5fb3e0",
    "sluice-linear-simdjson": "#a5d5ef",
    "sluice-framing": "#7c5cd6",
    "simdjson-dom": "#d98b2b",
    "byte-loop": "#e0b064",
    "foundation-jsonserialization": "#c2554d",
    "foundation-jsondecoder": "#d98079",
    "string-split": "#e6aaa5",
}
ORDER = list(COLORS)

plt.rcParams.update(
    {
        "svg.hashsalt": "sluice",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#8a949e",
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#e6e9ec",
        "legend.frameon": False,
        "figure.facecolor": "white",
    }
)


class Report:
    """A report of sluice-bench, by what is asked of it."""

    def __init__(self, path):
        self.data = json.loads(Path(path).read_text())
        machine = self.data["machine"]
        self.origin = f"{machine['cpu']}, {machine['swift'].split(' (')[0]}, simdjson {machine['simdjson']}, {machine['date'][:10]}"

    def section(self, name):
        return [row for row in self.data["results"] if row["section"] == name]

    def main(self, corpus):
        return {row["contender"]: row for row in self.section(f"{corpus}, chunks of 64 Ki")}


def gigabytes(value, _=None):
    return f"{value:g}" if value >= 0.001 else ""


def short_bytes(value, _=None):
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} B"


def save(figure, folder, name, report, title):
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    figure.text(0.01, 0.005, report.origin, fontsize=7, color="#6b7785")
    path = folder / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    print(f"drew {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


def draw_strategies(report, folder):
    corpora = [name for name in MAIN if report.main(name)]
    if not corpora:
        return
    figure, axes = plt.subplots(1, len(corpora), figsize=(12, 4.6), sharey=True, squeeze=False)
    for axis, corpus in zip(axes[0], corpora, strict=True):
        rows = report.main(corpus)
        names = [name for name in ORDER if name in rows and name != "read"][::-1]
        speeds = [rows[name]["gb_per_s"] for name in names]
        axis.barh(names, speeds, color=[COLORS[name] for name in names], height=0.72)
        for position, speed in enumerate(speeds):
            axis.text(speed * 1.12, position, f"{speed:.2f}", va="center", fontsize=8, color="#3d4852",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
        axis.axvline(rows["expert-loop"]["gb_per_s"], color="#3d4852", linewidth=0.8, linestyle=":")
        axis.set_xscale("log")
        axis.set_xlim(0.008, max(speeds) * 3.2)
        axis.xaxis.set_major_formatter(FuncFormatter(gigabytes))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.grid(axis="y", visible=False)
        axis.set_title(corpus, loc="left")
        axis.set_xlabel("GB/s (log)")
    figure.tight_layout(rect=(0, 0.02, 1, 0.95))
    save(figure, folder, "throughput-by-strategy", report, "Bytes to deltas, chunks of 64 KiB")


def draw_chunks(report, folder):
    corpora = [name for name in MAIN if report.section(f"{name} by chunk size")]
    if not corpora:
        return
    shown = [
        "memchr", "expert-loop", "expert-batch", "sluice-framing", "sluice-skeleton", "sluice-ring-skeleton",
        "sluice-simdjson", "byte-loop", "simdjson-dom",
    ]
    figure, axes = plt.subplots(1, len(corpora), figsize=(12, 4.4), sharey=True, squeeze=False)
    for axis, corpus in zip(axes[0], corpora, strict=True):
        rows = report.section(f"{corpus} by chunk size")
        rows += [row for size in ("64 Ki", "16 Ki") for row in report.section(f"{corpus}, chunks of {size}")]
        for name in shown:
            points = sorted(
                (row["chunk"] or WHOLE, row["gb_per_s"])
                for row in rows
                if row["contender"] == name and row["chunk"] >= 0
            )
            if points:
                width = 2.4 if name.startswith("sluice") else 1.3
                style = "--" if name in ("memchr", "expert-loop", "expert-batch") else "-"
                marker = "o" if name.startswith("sluice") else None
                axis.plot(*zip(*points, strict=True), style, label=name, color=COLORS[name], linewidth=width,
                          marker=marker, markersize=4)
        ticks = [1, 8, 64, 256, 1448, 16384, 65536, WHOLE]
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xticks(ticks, ["1", "8", "64", "256", "1448", "16 Ki", "64 Ki", "whole"], rotation=45, ha="right")
        axis.xaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_formatter(FuncFormatter(gigabytes))
        axis.set_title(corpus, loc="left")
        axis.set_xlabel("chunk, bytes (log)")
    axes[0][0].set_ylabel("GB/s (log)")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="center right", fontsize=9)
    figure.tight_layout(rect=(0, 0.02, 0.85, 0.95))
    save(figure, folder, "throughput-by-chunk", report, "What small chunks cost")


def draw_allocations(report, folder):
    corpus = next((name for name in MAIN if report.main(name)), None)
    if corpus is None:
        return
    rows = report.main(corpus)
    names = [name for name in ORDER if name in rows and rows[name]["allocations_per_delta"] is not None][::-1]
    figure, axes = plt.subplots(1, 2, figsize=(12, 3.8), sharey=True)
    for axis, key, label in zip(
        axes, ("allocations_per_delta", "allocated_bytes_per_delta"), ("calls to malloc", "bytes allocated"), strict=True
    ):
        values = [rows[name][key] for name in names]
        axis.barh(names, values, color=[COLORS[name] for name in names], height=0.72)
        axis.set_xscale("symlog", linthresh=1)
        axis.set_xlim(0, max(max(values) * 3, 1))
        axis.xaxis.set_major_formatter(FuncFormatter(gigabytes))
        for position, value in enumerate(values):
            text = "0" if value < 0.0005 else f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
            axis.text(value * 1.08 + 0.03, position, text, va="center", fontsize=8, color="#3d4852",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
        axis.set_xlabel(f"{label} a delta (linear to 1, then log)")
        axis.grid(axis="y", visible=False)
    figure.tight_layout(rect=(0, 0.02, 1, 0.94))
    save(figure, folder, "allocations", report, f"What a delta allocates once everything is warm: {corpus}, 64 KiB")


def draw_latency(report, folder):
    rows = report.data["latency"][::-1]
    if not rows:
        return
    figure, axis = plt.subplots(figsize=(12, 0.42 * len(rows) + 1.6))
    shades = {"p50": "#1488c8", "p99": "#7c5cd6", "p99_9": "#d98b2b", "max": "#c2554d"}
    for position, row in enumerate(rows):
        values = [row[f"{key}_ns"] / 1000 for key in shades]
        axis.plot(values, [position] * 4, color="#c6ccd2", linewidth=2, zorder=1)
        for key, value in zip(shades, values, strict=True):
            axis.scatter(value, position, color=shades[key], s=36, zorder=2,
                         label=key.replace("_", ".") if position == 0 else None)
    axis.set_yticks(range(len(rows)), [row["corpus"] for row in rows])
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(FuncFormatter(gigabytes))
    axis.set_xlabel("µs from a chunk's arrival to the last of its deltas (log)")
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout(rect=(0, 0.02, 1, 0.93))
    save(figure, folder, "latency", report, "Latency at recorded arrivals")


def draw_growth(report, folder):
    rows = report.data["growth"]
    if not rows:
        return
    figure, axes = plt.subplots(1, 2, figsize=(12, 3.8))
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = [row for row in rows if row["corpus"] == corpus]
        sizes = [row["bytes"] for row in own]
        axes[0].plot(sizes, [row["ns_per_byte"] for row in own], marker="o", label=corpus)
        axes[1].plot(sizes, [(row["peak_growth_bytes"] or 0) / 1024 for row in own], marker="o", label=corpus)
    for axis, label in zip(axes, ("ns a byte", "KiB that the resident set rose"), strict=True):
        axis.set_xscale("log", base=10)
        axis.xaxis.set_major_formatter(FuncFormatter(short_bytes))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_ylim(bottom=0)
        axis.set_xlabel("read by one parser (log)")
        axis.set_title(label, loc="left")
    axes[1].set_ylim(top=max(64, axes[1].get_ylim()[1]))
    axes[0].legend()
    figure.tight_layout(rect=(0, 0.02, 1, 0.93))
    save(figure, folder, "growth", report, "Cost and memory against the length of the stream")


def draw_matrix(report, folder):
    corpora = [name for name in MAIN if report.section(f"{name}, framing by extraction, chunks of 16 Ki")]
    if not corpora:
        return
    figure, axes = plt.subplots(1, len(corpora), figsize=(12, 4.2), sharey=True, squeeze=False)
    for axis, corpus in zip(axes[0], corpora, strict=True):
        rows = [row for row in report.section(f"{corpus}, framing by extraction, chunks of 16 Ki")
                if "/" in row["contender"]]
        framings = list(dict.fromkeys(row["contender"].split("/")[0] for row in rows))
        extractions = list(dict.fromkeys(row["contender"].split("/")[1] for row in rows))
        speeds = {tuple(row["contender"].split("/")): row["gb_per_s"] for row in rows}
        grid = [[speeds[framing, extraction] for extraction in extractions] for framing in framings]
        axis.imshow(grid, cmap="YlGnBu", norm=matplotlib.colors.LogNorm(0.01, 8), aspect="auto")
        for y, line in enumerate(grid):
            for x, speed in enumerate(line):
                axis.text(x, y, f"{speed:.2f}", ha="center", va="center", fontsize=8,
                          color="white" if speed > 0.5 else "#3d4852")
        axis.set_xticks(range(len(extractions)), extractions, rotation=45, ha="right")
        axis.set_yticks(range(len(framings)), framings)
        axis.grid(visible=False)
        axis.set_title(corpus, loc="left")
    figure.tight_layout(rect=(0, 0.02, 1, 0.94))
    save(figure, folder, "framing-by-extraction", report, "Framing × extraction in GB/s, chunks of 16 KiB")


def main():
    report, folder = Report(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for draw in (draw_strategies, draw_chunks, draw_allocations, draw_latency, draw_growth, draw_matrix):
        draw(report, folder)


if __name__ == "__main__":
    main()
