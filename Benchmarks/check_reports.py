"""Checks what sluice-bench writes: the form of its reports, their arithmetic, and what --compare makes of them.

Usage: check_reports.py SLUICE_BENCH
"""

import copy
import csv
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = sys.argv.pop()
COLUMNS = """contender corpus chunk buffer framing extraction gb_per_s deltas_per_s ns_per_delta allocations_per_delta
    allocated_bytes_per_delta ratio_to_expert ratio_to_expert_loop ratio_to_memchr correct""".split()
CONTENDERS = {"sluice-skeleton", "sluice-abi", "sluice-simdjson", "sluice-pass-through", "sluice-framing", "expert-loop", "expert-batch", "memchr", "foundation-jsondecoder"}


def bench(*arguments):
    return subprocess.run([BENCH, *map(str, arguments)], capture_output=True, text=True, check=False)


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.json, cls.csv = (Path(cls.folder.name) / name for name in ("report.json", "report.csv"))
        options = ["--corpus", "openai-chat", "--chunk", 65536, "--size", 1, "--rounds", 2]
        cls.run_result = bench("run", *options, "--json", cls.json, "--csv", cls.csv)
        cls.report = json.loads(cls.json.read_text())

    def test_run_succeeds_and_prints_tables(self):
        self.assertEqual(self.run_result.returncode, 0, self.run_result.stderr)
        self.assertIn("openai-chat, chunks of 64 Ki", self.run_result.stdout)
        self.assertNotIn("WRONG", self.run_result.stdout)

    def test_hostile_input_is_held_to_what_is_stated(self):
        path = Path(self.folder.name) / "hostile.json"
        cases = ["--size", 32, "--only", "endless-line", "--only", "comments-bytewise", "--only", "wrong-gzip"]
        result = bench("hostile", *cases, "--json", path)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        rows = json.loads(path.read_text())["rows"]
        self.assertEqual([row["name"] for row in rows], ["endless-line"] * 2 + ["comments-bytewise"] + ["wrong-gzip"] * 2)
        for row in rows:
            self.assertNotIn("problem", row)
            self.assertLess(row["own_bytes"], row["bound_bytes"])
        self.assertEqual(rows[0]["outcome"]["errors"], {"event-too-large": 1})
        self.assertEqual(rows[0]["outcome"]["text"], {"bytes": 11, "head": "beforeafter", "tail": "beforeafter"})
        strict = bench("hostile", *cases, "--memory", 5)
        self.assertEqual(strict.returncode, 1, strict.stdout)
        self.assertIn("FAILED", strict.stdout)
        self.assertEqual(bench("hostile", "--only", "no-such-case").returncode, 64)

    def test_rows_have_every_column_and_are_correct(self):
        rows = self.report["results"]
        self.assertLessEqual(CONTENDERS, {row["contender"] for row in rows})
        for row in rows:
            self.assertEqual([column for column in COLUMNS if column not in row], [], row["contender"])
            self.assertIs(row["correct"], True, row["contender"])
            self.assertEqual((row["corpus"], row["chunk"]), ("openai-chat", 65536))

    def test_figures_agree_with_each_other(self):
        rows = {row["contender"]: row for row in self.report["results"]}
        loop, batch = rows["expert-loop"]["gb_per_s"], rows["expert-batch"]["gb_per_s"]
        for row in rows.values():
            speed = row["gb_per_s"]
            self.assertGreater(speed, 0)
            self.assertLessEqual(row["gb_per_s_min"], speed)
            self.assertGreaterEqual(row["gb_per_s_max"], speed)
            self.assertAlmostEqual(row["ratio_to_expert_loop"] / (speed / loop), 1, places=6)
            self.assertAlmostEqual(row["ratio_to_expert"] / (speed / max(loop, batch)), 1, places=6)
            self.assertAlmostEqual(row["ratio_to_memchr"] / (speed / rows["memchr"]["gb_per_s"]), 1, places=6)
            self.assertAlmostEqual(row["ns_per_delta"] * row["deltas_per_s"] / 1e9, 1, places=6)
        pieces = [row for row in rows.values() if row["extraction"] not in ("none", "usage-filter", "usage-skeleton")]
        self.assertEqual(len({row["hash"] for row in pieces if row["contender"] != "sluice-framing"}), 1)

    def test_the_stream_and_the_machine_are_told(self):
        (corpus,) = self.report["corpora"]
        self.assertIs(corpus["hash_is_expected"], True)
        self.assertGreater(corpus["reported_tokens"], 0)
        self.assertGreaterEqual(corpus["bytes"], 1 << 20)
        for key in ("cpu", "swift", "cxx", "simdjson", "jemalloc", "date", "commit"):
            self.assertTrue(self.report["machine"][key], key)

    def test_csv_holds_the_same_rows(self):
        with self.csv.open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["contender"] for row in rows], [row["contender"] for row in self.report["results"]])
        self.assertLessEqual(set(COLUMNS), set(rows[0]))

    def compare(self, change, *options):
        """Compares the report with itself, after `change` to the later row of sluice-simdjson."""
        later = copy.deepcopy(self.report)
        change(next(row for row in later["results"] if row["contender"] == "sluice-simdjson"))
        path = Path(self.folder.name) / "later.json"
        path.write_text(json.dumps(later))
        return bench("compare", self.json, path, *options)

    @staticmethod
    def times(factor):
        def change(row):
            for key in row:
                if key.startswith(("gb_per_s", "ratio_to")):
                    row[key] *= factor

        return change

    def test_the_same_report_has_no_changes(self):
        result = self.compare(lambda row: None)
        self.assertEqual(result.returncode, 0)
        self.assertIn("0 changed beyond noise", result.stdout)

    def test_a_loss_past_the_threshold_is_an_error(self):
        result = self.compare(self.times(0.1))
        self.assertEqual(result.returncode, 2)
        self.assertIn("sluice-simdjson, openai-chat, 64 Ki: 0.10 × of before", result.stdout)
        self.assertEqual(self.compare(self.times(0.1), "--threshold", "95").returncode, 0)

    def test_a_gain_is_told_and_no_error(self):
        result = self.compare(self.times(10))
        self.assertEqual(result.returncode, 0)
        self.assertIn("10.00 × of before", result.stdout)

    def test_a_wrong_answer_is_an_error_however_fast(self):
        def change(row):
            self.times(10)(row)
            row["correct"] = False

        result = self.compare(change)
        self.assertEqual(result.returncode, 2)
        self.assertIn("WRONG ANSWER", result.stdout)

    def test_what_is_no_report_is_told(self):
        result = bench("compare", self.json, __file__)
        self.assertEqual(result.returncode, 1)
        self.assertIn("is no report of sluice-bench", result.stderr)
        result = bench("run", "--compare", "/nowhere.json")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot read /nowhere.json", result.stderr)


if __name__ == "__main__":
    unittest.main()
