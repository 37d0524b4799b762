#!/bin/sh
# Runs the tests of a build that is there, and sums up what ran and what was skipped, and why.
#
#   scripts/test.sh [--filter PATTERN …] [SWIFT TEST'S OPTIONS …]     SWIFT=swift
#
# The tests of the command run after the others: they start processes and wait for them. With --filter, there is one run.
set -eu
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

status=0
run() {
    # The status is that of `swift test`, not of `tee`.
    { { "$swift" test --skip-build "$@" 2>&1 || echo $? >&3; } | tee -a "$log" >&4; } 3> "$log.status" 4>&1
    read -r failed < "$log.status" || failed=0
    rm -f "$log.status"
    [ "$failed" = 0 ] || status=$failed
}

case " $* " in
    *" --filter "*) run "$@" ;;
    *)
        run "$@" --filter '^Sluice(Kit|ABI)?Tests\.'
        run "$@" --filter '^SluiceCommandTests\.'
        ;;
esac

counts=$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\} in \([0-9]*\) suites\{0,1\}.*/\1 \2/p' "$log" |
    awk '{ tests += $1; suites += $2 } END { printf "%d tests in %d suites", tests, suites }')
# A skipped test's line: `Test "a name" skipped: "what it needs"`. The summary has a line for each reason.
skipped=$(sed -n 's/^[^A-Za-z]*Test .* skipped: *"\(.*\)"$/\1/p; s/^[^A-Za-z]*Test .* skipped\.*$/no reason given/p' "$log" |
    sort | uniq -c | sed 's/^ *\([0-9]*\) /  \1 skipped: /')
printf '\nsummary: %s%s\n' "$counts" "${skipped:+
$skipped}"
if [ "$status" != 0 ]; then
    # What failed once more, where people look: what each test has recorded, and a crash.
    grep -E '^[^A-Za-z0-9]*(Test .* recorded an issue|Test .* failed after|[a-z ]*error: |.*Fatal error|.*AddressSanitizer|.*runtime error)' \
        "$log" | grep -v "✔" | cut -c 1-600 | head -n 60 || true
    printf 'tests: FAILED (status %s)\n' "$status" >&2
fi
exit "$status"
