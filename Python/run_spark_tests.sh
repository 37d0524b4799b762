#!/bin/sh
# Builds the wheel, installs it where the driver of Spark runs, and runs the tests of Spark, which ships it to its executors.
#
#   Python/run_spark_tests.sh [--spark=all] [PYTEST'S OPTIONS …]     SLUICE_PREFIX=where libsluice is installed
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
work=$root/.build/spark

command -v java >/dev/null 2>&1 || { echo "spark: java was not found; install Java 17 or 21" >&2; exit 1; }
python=$(sh "$root/scripts/python-env.sh" spark "$here/requirements-spark.txt")
rm -rf "$work/wheel"
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work/wheel" "$here"
SLUICE_WHEEL=$(echo "$work"/wheel/*.whl)
export SLUICE_WHEEL
"$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$SLUICE_WHEEL"
case " $* " in
    *" --spark="*) ;;
    *) set -- --spark=small "$@" ;;
esac
exec "$python" -B -m pytest "$here/tests" -p no:cacheprovider "$@"
