"""Sluice's object of a stream is the one that the official client builds from it."""

import json
import os
import subprocess
import sys
import unittest
from collections import Counter

import native_clients as clients
import native_exceptions as exceptions
import native_readings as readings

SLUICE = os.environ["SLUICE"]
SEVERAL = "the file has several answers, which Sluice and the client mix up in other ways"


def own_object(format, body):
    command = [SLUICE, "collect", "--native", "--format", format]
    if body.lstrip().startswith(b"["):
        command += ["--framing", "json-array"]
    run = subprocess.run(command, input=body, capture_output=True, check=False)
    return clients.plain(json.loads(run.stdout))


def compare(name, format, body):
    """The outcome for one stream, its reasons, and its differences that have none."""
    documents = clients.documents(body)
    own = own_object(format, body)
    reasons, unexplained = set(), []
    try:
        client = clients.plain(clients.client_object(format, body))
    except Exception as error:
        reason = exceptions.reason_of_failure(format, own, documents)
        reasons.add(reason)
        unexplained += [] if reason else [("the client", repr(error), None)]
    else:
        for path, first, second in clients.differences(client, own):
            reason = exceptions.reason(format, path, first, second, documents)
            reasons.add(reason)
            unexplained += [] if reason else [(path, first, second)]
    if unexplained and name.startswith("reframed/") and len(exceptions.ids(documents)) > 1:
        reasons, unexplained = {SEVERAL}, []
    outcome = "different" if unexplained else "explained" if reasons else "equal"
    return outcome, reasons - {None}, unexplained


class Native(unittest.TestCase):
    def test_official_clients(self):
        """All streams of the corpora, and of `shared/recorded` if it is there."""
        counts, reasons, failures = {}, Counter(), []
        for provider, name, format, body in clients.streams():
            outcome, found, unexplained = compare(name, format, body)
            counts.setdefault(provider, Counter())[outcome] += 1
            reasons.update(found)
            for path, first, second in unexplained:
                failures.append(f"{name}: {path}: client {first!r:.200}, Sluice {second!r:.200}")
        print_table(counts, reasons)
        self.assertGreater(sum(counter["equal"] for counter in counts.values()), 60)
        self.assertEqual(failures, [])

    @unittest.skipUnless((clients.SHARED / "recorded").exists(), "shared/recorded is not there")
    def test_other_formats(self):
        """No client builds an object from these: it says what was read from the stream."""
        counts = Counter()
        for file, format, body, wanted in readings.expectations():
            with self.subTest(file):
                self.assertEqual(readings.reading(format, own_object(format, body)), wanted)
            counts[format] += 1
        print("\n".join(f"{format:40}{count:10}" for format, count in sorted(counts.items())), file=sys.stderr)


def print_table(counts, reasons):
    total = Counter()
    lines = [f"{'provider':40}{'equal':>10}{'explained':>10}{'different':>10}"]
    for provider, counter in [*sorted(counts.items()), ("all", total)]:
        columns = "".join(f"{counter[outcome]:10}" for outcome in ("equal", "explained", "different"))
        lines.append(f"{provider:40}{columns}")
        if counter is not total:
            total.update(counter)
    lines += [f"{count:5} streams: {reason}" for reason, count in reasons.most_common()]
    print("\n".join(lines), file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
