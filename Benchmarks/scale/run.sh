#!/bin/sh
# What a gateway pays for an event, and what of it is the parser: see relay.c. The figures of docs/SCALE.md.
#
#   Benchmarks/scale/run.sh [ROUNDS]     after `make test-c`, which installs libsluice into .build/c-examples
set -eu
cd "$(dirname "$0")/../.."

rounds=${1:-5}
root=$PWD/.build/c-examples/usr/local
[ -e "$root/lib/libsluice.so" ] || { echo "scale: run 'make test-c' first" >&2; exit 1; }
relay=.build/scale-relay
gcc -std=c11 -O2 -Wall -Wextra -Werror -I"$root/include" Benchmarks/scale/relay.c -L"$root/lib" -lsluice -Wl,-rpath,"$root/lib" -o $relay

for connections in 100 2000; do
    for mode in none usage all; do
        round=0
        while [ $round -lt "$rounds" ]; do
            $relay corpora/openai-chat/stream.sse $mode $connections $((400000 / connections))
            round=$((round + 1))
        done | sort -t, -k3 -n | head -n 1
    done
done
$relay corpora/openai-chat/stream.sse none 9000 0
$relay corpora/openai-chat/stream.sse all 9000 0
echo "AES-128-GCM of 272 bytes (openssl speed):"
openssl speed -evp aes-128-gcm -bytes 272 -seconds 2 2>/dev/null | tail -n 1
