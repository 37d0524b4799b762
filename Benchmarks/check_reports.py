"""Checks what sluice-bench writes: the form of its reports, their arithmetic, what --compare makes of them, and --file.

Usage: check_reports.py SLUICE_BENCH
"""

import copy
import csv
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

import recordings

BENCH = sys.argv.pop()
CORPORA = Path(__file__).resolve().parent.parent / "corpora"
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

    def test_the_stream_and_the_machine_are_reported(self):
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

    def test_a_loss_beyond_the_threshold_is_an_error(self):
        result = self.compare(self.times(0.1))
        self.assertEqual(result.returncode, 2)
        self.assertIn("sluice-simdjson, openai-chat, 64 Ki: 0.10 × of before", result.stdout)
        self.assertEqual(self.compare(self.times(0.1), "--threshold", "95").returncode, 0)

    def test_a_gain_is_reported_and_no_error(self):
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

    def test_what_is_no_report_is_an_error(self):
        result = bench("compare", self.json, __file__)
        self.assertEqual(result.returncode, 1)
        self.assertIn("is no report of sluice-bench", result.stderr)
        result = bench("run", "--compare", "/nowhere.json")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot read /nowhere.json", result.stderr)


def on_terminal(columns, *arguments):
    """Runs sluice-bench with output and errors on a terminal so wide; returns its exit status and what it wrote."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([BENCH, *map(str, arguments)], stdout=slave, stderr=slave)
    os.close(slave)
    written = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(master)
    return process.wait(), written.decode()


class Files(unittest.TestCase):
    """Runs over recordings of any name, as --file takes them."""

    LINES_ONLY = {"string-split", "foundation-jsonserialization", "foundation-jsondecoder", "byte-loop", "simdjson-dom"}
    SLUICE = {"sluice-skeleton", "sluice-abi", "sluice-ring-skeleton", "sluice-linear-skeleton", "sluice-simdjson"}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        recordings.write_all(CORPORA, cls.folder)

    def place(self, path):
        return Path(path) if Path(path).is_absolute() else self.folder / path

    def measure(self, *paths, options=()):
        """A small run over the recordings that succeeds; returns its report and what was printed."""
        report = self.folder / "report.json"
        result = bench("--file", *map(self.place, paths), "--size", 2, "--rounds", 1, "--json", report, *options)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(result.stderr, "")
        return json.loads(report.read_text()), result.stdout

    def fails(self, *arguments, status=1):
        result = bench(*arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith("Error: "), result.stderr)
        return result.stderr

    def check(self, path, wire_format, framing, expert, absent, options=()):
        report, printed = self.measure(path, options=options)
        (file,), (corpus,), rows = report["files"], report["corpora"], report["results"]
        self.assertEqual((file["format"], file["framing"]), (wire_format, framing))
        self.assertEqual(file["origin"], "amplified", printed)
        self.assertGreater(file["pieces"], 100)
        self.assertIs(file["answer_is_confirmed"], True, printed)
        self.assertEqual(file["excluded"], [])
        self.assertEqual({item["contender"] for item in file["not_taking_part"]}, absent)
        names = {row["contender"] for row in rows}
        self.assertLessEqual(self.SLUICE | {"read", "memchr", expert, "sluice-framing", "sluice-ring/none"}, names)
        self.assertFalse(names & absent)
        self.assertTrue(all(row["correct"] for row in rows))
        parsed = [row for row in rows if row["extraction"] not in ("none", "usage-skeleton")]
        self.assertEqual(len({row["hash"] for row in parsed}), 1)
        self.assertGreaterEqual(corpus["bytes"], 2 << 20)
        self.assertGreater(corpus["tokens"], 1000)
        self.assertIn("amplified without repetition", printed)
        return report, printed

    def test_server_sent_events_in_a_folder_of_any_name(self):
        report, printed = self.check("my recording", "openai-chat", "sse", "expert-batch", set())
        self.assertEqual(report["files"][0]["name"], "my recording")
        self.assertIs(report["files"][0]["format_is_detected"], True)
        self.assertEqual(report["files"][0]["recorded_responses"], 24)
        self.assertNotIn("Not taking part", printed)
        self.assertIn("hand-written C++ (simdjson On-Demand)", printed)

    def test_lines_in_a_file_of_any_name(self):
        # Without times the responses are found by their ends.
        report, _ = self.check("chat.txt", "ollama-chat", "ndjson", "expert-loop", set())
        self.assertEqual(report["files"][0]["recorded_responses"], 45)

    def test_a_json_array(self):
        absent = self.LINES_ONLY | {"expert-loop"} | {f"{name}/none" for name in ("byte-loop", "memchr", "string-split", "foundation")}
        _, printed = self.check("gemini.json", "gemini-generate", "json-array", "expert-batch", absent)
        self.assertIn("which do not delimit those of a JSON array", printed)

    def test_an_aws_event_stream(self):
        absent = self.LINES_ONLY | {"expert-batch"} | {f"{name}/none" for name in ("byte-loop", "memchr", "string-split", "foundation")}
        _, printed = self.check("converse", "bedrock", "aws", "expert-loop", absent)
        self.assertIn("does not check the checksums", printed)

    def test_a_format_and_framing_as_given(self):
        options = ["--format", "openai-chat", "--framing", "sse"]
        report, printed = self.check("my recording", "openai-chat", "sse", "expert-loop", set(), options)
        self.assertIs(report["files"][0]["format_is_detected"], False)
        self.assertIn("openai-chat (as given)", printed)

    def test_a_format_without_a_hand_written_reader(self):
        report, printed = self.measure("cohere.sse")
        file = report["files"][0]
        self.assertEqual((file["format"], file["origin"], file["answer_is_confirmed"]), ("cohere-v2", "amplified", False))
        reasons = {item["contender"]: item["reason"] for item in file["not_taking_part"]}
        self.assertEqual(set(reasons), self.LINES_ONLY | {"expert-loop", "expert-batch"})
        self.assertIn("no hand-written reader confirms it", printed)
        self.assertIn("memchr/none", {row["contender"] for row in report["results"]})

    def test_contenders_with_another_answer_are_excluded_aloud(self):
        report, printed = self.measure("two choices.sse")
        file = report["files"][0]
        excluded = {item["contender"] for item in file["excluded"]}
        self.assertLessEqual({"expert-loop", "expert-batch", "byte-loop"}, excluded)
        self.assertFalse(excluded & {row["contender"] for row in report["results"]})
        self.assertIs(file["answer_is_confirmed"], False)
        self.assertIn("Excluded, because the answer differs", printed)
        self.assertRegex(printed, r"expert-loop, expert-batch.*: found \d+ deltas.*; expected \d+ deltas")

    def test_what_cannot_be_amplified_is_repeated_and_says_so(self):
        for name, reason in (("invoke.bin", "base64"), ("carriage returns.sse", "carriage return"), ("broken.sse", "cannot be read")):
            with self.subTest(name):
                report, printed = self.measure(name)
                file = report["files"][0]
                self.assertEqual(file["origin"], "repeated")
                self.assertIn(reason, file["reason"])
                self.assertIn(f"REPEATED: the same bytes {file['repetitions']} times", printed)
                self.assertEqual(report["corpora"][0]["responses"], file["repetitions"] * file["recorded_responses"])

    def test_a_recording_that_is_large_enough_is_measured_as_recorded(self):
        report, printed = self.measure("my recording", options=["--size", 1])
        self.assertEqual(report["files"][0]["origin"], "recorded")
        self.assertIn("as recorded", printed)
        self.assertLessEqual(report["corpora"][0]["bytes"], 1 << 20)
        self.assertEqual(report["corpora"][0]["responses"], 17)

    def test_truncated_streams_lose_the_event_that_was_cut(self):
        for name, framing in (("cut.sse", "sse"), ("cut.ndjson", "ndjson"), ("cut.json", "json-array"), ("cut.bin", "aws")):
            with self.subTest(name):
                report, printed = self.measure(name)
                file = report["files"][0]
                self.assertEqual((file["framing"], file["origin"]), (framing, "amplified"))
                self.assertIs(file["answer_is_confirmed"], True, printed)
                self.assertRegex(printed, r"note: +responses that end inside an event, which is left out: 1 of \d+")
                self.assertRegex(printed, r"note: +responses without a terminal marker, or with an error: 1 of \d+")

    def test_an_event_without_its_last_line_end_is_ended(self):
        report, printed = self.measure("no line end.sse")
        self.assertRegex(printed, r"note: +responses without the end of their last event or array, which is added: 1 of 24")
        self.assertEqual(report["files"][0]["origin"], "amplified")

    def test_what_is_no_stream_is_an_error_that_says_what_to_do(self):
        for name, text in (
            ("stream.gz", "it is gzip; decompress it first"),
            ("empty", "is empty; there is nothing to measure"),
            ("prose.txt", "it is neither Server-Sent Events, NDJSON"),
            ("unknown.sse", "give its format with --format NAME"),
            ("absent", "there is no file or folder"),
            ("nothing", "holds none of stream.sse, stream.ndjson, stream.json, stream.aws"),
            ("two streams", "holds stream.sse and stream.ndjson; give the path of one of them"),
            ("bad times", "adds up to 3 bytes, but the stream has"),
            (CORPORA, "is a folder of recordings"),
        ):
            with self.subTest(str(name)):
                self.assertIn(text, self.fails("--file", self.place(name), "--size", 1))

    def test_one_bad_recording_of_several_is_found_before_anything_is_measured(self):
        self.assertIn("'" + str(self.folder / "empty") + "'", self.fails("--file", self.folder / "chat.txt", self.folder / "empty"))

    def test_names_that_are_wrong_are_an_error_with_those_that_are_right(self):
        file = self.folder / "chat.txt"
        self.assertRegex(self.fails("--file", file, "--format", "opanai", status=64), "no format 'opanai'.*openai-chat")
        self.assertRegex(self.fails("--file", file, "--framing", "lines", status=64), "no framing 'lines'.*ndjson")
        self.assertIn("give --file", self.fails("--format", "openai-chat", status=64))
        self.assertIn("give one", self.fails("--file", file, "--corpora", CORPORA, status=64))
        self.assertIn("--chunk -1", self.fails("--file", file, "--chunk=-1", status=64))
        wrong = self.fails("--file", file, "--format", "openai-chat")
        self.assertRegex(wrong, "read as openai-chat, NDJSON, no event has text.*check --format")

    def test_a_report_that_cannot_be_written_is_found_before_anything_is_measured(self):
        for option in ("--json", "--csv"):
            for place in (self.folder / "absent/report", self.folder):
                message = self.fails("--file", self.folder / "chat.txt", option, place)
                self.assertIn(f"cannot write '{place}'", message)

    def test_a_pipe_is_read_as_a_file_and_not_without_end(self):
        with (self.folder / "chat.txt").open("rb") as lines:
            command = [BENCH, "--file", "/dev/stdin", "--size", "1", "--rounds", "1", "--only", "sluice-skeleton"]
            result = subprocess.run(command, stdin=lines, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("ollama-chat (detected)", result.stdout)
        self.assertIn("has more than 268435456 bytes", self.fails("--file", "/dev/zero"))

    def test_control_characters_of_a_name_are_escaped(self):
        message = self.fails("--file", self.folder / "a\x1b[31mb")
        self.assertIn("\\u{1B}[31mb", message)
        _, printed = self.measure("a\x1b]0;b.ndjson")
        self.assertNotIn("\x1b", printed)

    def test_several_recordings_of_one_name(self):
        report, _ = self.measure("chat.txt", "other/chat.txt", options=["--only", "sluice-skeleton", "--csv", self.folder / "r.csv"])
        names = [file["name"] for file in report["files"]]
        self.assertEqual(names, [str(self.folder / "chat.txt"), str(self.folder / "other/chat.txt")])
        self.assertEqual([row["corpus"] for row in report["corpora"]], names)
        with (self.folder / "r.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["corpus"] for row in rows], [row["corpus"] for row in report["results"]])
        self.assertEqual({row["corpus"] for row in rows}, set(names))

    def test_tables_are_sorted_by_speed(self):
        report, printed = self.measure("my recording")
        speed = {row["contender"]: row["gb_per_s"] for row in report["results"]}
        table = printed.split("Every delta")[1].split("\n\n")[0]
        order = [name for name in re.findall(r"^  ([a-z][^ ]*)  ", table, re.MULTILINE) if name in speed]
        self.assertGreater(len(order), 12)
        self.assertEqual(order, sorted(order, key=lambda name: -speed[name]))

    def test_bars_and_progress_are_for_a_terminal_only(self):
        options = ["--file", self.folder / "chat.txt", "--size", 1, "--rounds", 2, "--only", "sluice-"]
        for columns, head in ((0, "contender +GB/s +to hand-written +ns/delta"), (80, "contender +GB/s"), (170, "contender +what it is +GB/s +range")):
            with self.subTest(columns):
                status, written = on_terminal(columns, *options)
                self.assertEqual(status, 0)
                self.assertRegex(written, head)
                self.assertRegex(written, r"\d+ %, \d+ s left")
                table = written.split("Every delta")[1].split("\r\n\r\n")[0].split("\r\n")[1:]
                self.assertTrue(all(re.search("[▏▎▍▌▋▊▉█]", line) for line in table[1:]), table)
                self.assertLessEqual(max(map(len, table)), columns or 80)
        result = bench(*options)
        self.assertNotIn("█", result.stdout + result.stderr)
        self.assertEqual(result.stderr, "")

    def test_a_default_run_ends(self):
        result = bench("--file", CORPORA / "openai-chat")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_help_begins_with_the_common_options(self):
        text = bench("run", "--help").stdout
        order = [text.index(option) for option in ("--file", "--format", "--size", "--json", "--corpora", "--seed")]
        self.assertEqual(order, sorted(order))
        self.assertIn("sluice-bench --file FILE", bench("--help").stdout)


class Corpora(unittest.TestCase):
    """A folder of recordings elsewhere, whose folders have any names."""

    def test_recordings_elsewhere_are_found_whatever_their_names(self):
        with tempfile.TemporaryDirectory() as folder:
            recordings.copy(CORPORA / "ollama-chat", Path(folder) / "mine")
            recordings.copy(CORPORA / "openai-chat", Path(folder) / "theirs")
            report = Path(folder) / "report.json"
            result = bench("--corpora", folder, "--quick", "--size", 1, "--rounds", 1, "--chunk", 65536, "--json", report)
            self.assertEqual(result.returncode, 0, result.stderr)
            rows = json.loads(report.read_text())["results"]
            self.assertEqual({row["corpus"] for row in rows}, {"mine", "theirs"})
            self.assertTrue(all(row["correct"] for row in rows))
            one = bench("--corpora", folder, "--corpus", "mine", "--size", 1, "--rounds", 1, "--chunk", 65536)
            self.assertEqual(one.returncode, 0, one.stderr)
            self.assertNotIn("theirs", one.stdout)
            self.assertIn("is one recording", bench("--corpora", Path(folder) / "mine").stderr)
            self.assertIn("there is no recording 'yours'", bench("--corpora", folder, "--corpus", "yours").stderr)

    def test_a_folder_without_recordings_is_an_error_that_does_not_ask_for_what_was_given(self):
        with tempfile.TemporaryDirectory() as folder:
            result = bench("--corpora", folder)
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, "holds no folder with a stream .*stream.sse, stream.ndjson.*or a stream with --file")
            result = bench("--corpora", Path(folder) / "absent")
            self.assertEqual(result.returncode, 1)
            self.assertIn("cannot read the folder of recordings", result.stderr)


if __name__ == "__main__":
    unittest.main()
