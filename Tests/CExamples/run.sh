#!/bin/sh
# Installs the C library as a packager would, and uses it as a C programmer would: which symbols it exports, what the examples
# print when gcc and clang have compiled them with all warnings on, what valgrind says of them, and what reading costs.
set -eu
cd "$(dirname "$0")/../.."

work=$(pwd)/.build/c-examples
rm -rf "$work"
mkdir -p "$work"
fail() { printf 'C examples: %s\n' "$*" >&2; exit 1; }

# The prefix is not where the files are put, as when a package is made.
DESTDIR=$work sh scripts/install.sh /usr/local
root=$work/usr/local
library=$root/lib/libsluice.so
export PKG_CONFIG_PATH="$root/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work" LD_LIBRARY_PATH="$root/lib"
flags=$(pkg-config --cflags --libs sluice)

# What the preprocessor leaves of the header, parted at semicolons, has a function's name before each list of parameters.
gcc -E -P "$root/include/sluice.h" | tr '\n' ' ' | tr ';' '\n' | grep -v 'static' |
    sed -n 's/.*[ *]\(sluice_[a-z_]*\)(.*).*/\1/p' | sort > "$work/declared"
nm -D --defined-only "$library" | awk '{ print $3 }' | sort > "$work/exported"
[ -s "$work/declared" ] || fail "the header declares nothing"
diff "$work/declared" "$work/exported" >&2 || fail "the library does not export what the header declares (<), or more (>)"
readelf -d "$library" > "$work/dynamic"
abi=$(sed -n 's/^#define SLUICE_ABI_VERSION //p' "$root/include/sluice.h")
grep -q "SONAME.*\[libsluice.so.$abi\]" "$work/dynamic" || fail "the soname is not that of ABI $abi"
! grep -E 'NEEDED.*(swift|Foundation|dispatch)|RPATH|RUNPATH' "$work/dynamic" >&2 || fail "a Swift run-time is needed beside it"
[ "$(pkg-config --modversion sluice)" = "$(sed -n 's/^#define SLUICE_VERSION "\(.*\)"/\1/p' "$root/include/sluice.h")" ] ||
    fail "pkg-config tells another version than the header"

c_warnings="-std=c11 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Werror"
cxx_warnings="-std=c++17 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
compile() {
    # The lists of flags are split into words on purpose.
    # shellcheck disable=SC2086
    $1 $2 "$3" $flags -o "$4" || fail "$1 does not compile $3"
}

# Leaks that count are those of ours and of Swift's objects. The run-time's caches are found by pointers into the middle of
# them, and stay until the process ends: valgrind calls them possibly lost.
memcheck() {
    valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect \
        --show-leak-kinds=definite,indirect "$@"
}

# check_cat PROGRAM… : the text of corpora that are complete, of one whose server failed, and of what is no stream.
check_cat() {
    for stream in corpora/openai-chat/stream.sse corpora/anthropic-messages/stream.sse corpora/ollama-chat/stream.ndjson; do
        "$@" < "$stream" > "$work/text" || fail "$* ends with status $? after $stream"
        cmp "$work/text" "$(dirname "$stream")/stream.txt" >&2 || fail "$* prints another text of $stream"
    done
    status=0
    "$@" < corpora/delta-done/stream.sse > "$work/text" 2> "$work/errors" || status=$?
    [ "$status" -eq 4 ] || fail "$* ends with status $status after a stream with an error: $(cat "$work/errors")"
    cmp "$work/text" corpora/delta-done/stream.txt >&2 || fail "$* prints another text of a stream with an error"
    status=0
    head -c 10000 corpora/openai-chat/stream.sse | "$@" > "$work/text" 2> "$work/errors" || status=$?
    [ "$status" -eq 3 ] || fail "$* ends with status $status after a stream that was cut"
    cmp -n "$(wc -c < "$work/text")" "$work/text" corpora/openai-chat/stream.txt >&2 || fail "$* prints another beginning"
    status=0
    echo '<html>502 Bad Gateway</html>' | "$@" > "$work/text" 2> "$work/errors" || status=$?
    [ "$status" -eq 1 ] || fail "$* ends with status $status after what is no stream"
    grep -q 'not-a-stream' "$work/errors" || fail "$* does not say that it is no stream: $(cat "$work/errors")"
}

# As collect.cpp prints the answers; all calls of a corpus have one place and one name.
expected_answers() {
    for name in openai-chat anthropic-messages openai-responses; do
        deltas=$(sed -n "s|^# corpora/$name/stream.sse: $name, complete, \([0-9]*\) deltas\$|\1|p" "$work/answers")
        printf '# corpora/%s/stream.sse: %s, complete, %s deltas\n' "$name" "$name" "$deltas"
        cat "corpora/$name/stream.txt"
        printf '\n> search '
        cat "corpora/$name/stream.arguments.txt"
        printf '\n'
    done
}

check_collect() {
    "$@" corpora/openai-chat/stream.sse corpora/anthropic-messages/stream.sse corpora/openai-responses/stream.sse \
        > "$work/answers" || fail "$* ends with status $?"
    expected_answers > "$work/expected"
    cmp "$work/answers" "$work/expected" >&2 || fail "$* collects other answers"
    status=0
    "$@" "$work/no-such-file" 2> "$work/errors" || status=$?
    [ "$status" -eq 1 ] && grep -q 'cannot be opened' "$work/errors" || fail "$* reads a file that is not there"
}

# The whole answer, and the arguments of a call while they arrive: the last line of each is that of the corpus.
check_answer() {
    "$@" < corpora/openai-chat/stream.sse > "$work/answer" 2> "$work/arguments" || fail "$* ends with status $?"
    python3 - "$work/answer" corpora/openai-chat/stream.txt "$work/arguments" <<'END' || fail "$* prints another answer"
import json, sys

answer = json.load(open(sys.argv[1], encoding="utf-8"))
assert answer["status"] == "complete", answer["status"]
assert answer["choices"]["0"]["text"] == open(sys.argv[2], encoding="utf-8", newline="").read()
calls = answer["choices"]["0"]["tool_calls"]
shown = [json.loads(line) for line in open(sys.argv[3], encoding="utf-8")]
assert calls and len(shown) >= len(calls) and shown[-1] == json.loads(calls[-1]["arguments"]), shown[-1]
END
}

# The static library needs nothing of Sluice or Swift beside the program, and adds no symbols but its own.
check_static() {
    nm --defined-only --extern-only "$root/lib/libsluice.a" | awk 'NF == 3 { print $3 }' | sort > "$work/static-symbols"
    diff "$work/declared" "$work/static-symbols" >&2 || fail "the static library does not have what the header declares (<), or more (>)"
    # shellcheck disable=SC2086
    gcc $c_warnings Examples/C/cat.c $(pkg-config --cflags sluice) "$root/lib/libsluice.a" \
        $(pkg-config --static --libs sluice | sed 's/-lsluice//') -o "$work/cat-static" || fail "the static library does not link"
    ! readelf -d "$work/cat-static" | grep -E 'NEEDED.*(sluice|swift|dispatch)' >&2 || fail "the static library needs a shared one"
    check_cat env -u LD_LIBRARY_PATH "$work/cat-static"
}

# find_package, as a program's CMakeLists.txt has it; the prefix was moved since it was installed.
check_cmake() {
    if ! command -v cmake > /dev/null; then
        echo "C examples: cmake was not found; its package is not checked" >&2
        return
    fi
    mkdir -p "$work/cmake"
    cat > "$work/cmake/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.16)
project(example C)
find_package(sluice 0.2 REQUIRED)
add_executable(shared ${EXAMPLES}/C/cat.c)
target_link_libraries(shared PRIVATE sluice::sluice)
add_executable(static ${EXAMPLES}/C/cat.c)
target_link_libraries(static PRIVATE sluice::static)
END
    cmake -S "$work/cmake" -B "$work/cmake/build" -DEXAMPLES="$(pwd)/Examples" -DCMAKE_PREFIX_PATH="$root" > "$work/cmake/log" &&
        cmake --build "$work/cmake/build" >> "$work/cmake/log" || fail "CMake does not build with it: $(cat "$work/cmake/log")"
    # A program that CMake has built finds the library by its rpath.
    check_cat env -u LD_LIBRARY_PATH "$work/cmake/build/shared"
    check_cat env -u LD_LIBRARY_PATH "$work/cmake/build/static"
}

# The examples in prose, too, are what a compiler takes; that of the header is put into a program of its own.
sed -n '/^```c$/,/^```$/{/^```/!p;}' README.md > "$work/readme.c"
{
    printf '#include <sluice.h>\n#include <stdio.h>\n'
    sed -n 's/^ \*     //p' "$root/include/sluice.h"
    echo 'int main(void) { return print_stream(stdin) == SLUICE_END ? 0 : 1; }'
} > "$work/header.c"
compile gcc "$c_warnings" "$work/readme.c" "$work/readme"
"$work/readme" < corpora/ollama-chat/stream.ndjson | cmp - corpora/ollama-chat/stream.txt >&2 ||
    fail "the README's example prints another text"
compile gcc "$c_warnings" "$work/header.c" "$work/header"
"$work/header" < corpora/ollama-chat/stream.ndjson | cmp - corpora/ollama-chat/stream.txt >&2 ||
    fail "the header's example prints another text"

for compiler in gcc clang; do
    compile "$compiler" "$c_warnings" Examples/C/cat.c "$work/cat-$compiler"
    check_cat "$work/cat-$compiler"
done
for compiler in g++ clang++; do
    compile "$compiler" "$cxx_warnings" Examples/C++/collect.cpp "$work/collect-$compiler"
    check_collect "$work/collect-$compiler"
done
compile gcc "$c_warnings" Examples/C/answer.c "$work/answer-gcc"
check_answer "$work/answer-gcc"
check_answer memcheck "$work/answer-gcc"
check_static
check_cmake
check_cat memcheck "$work/cat-gcc"
check_collect memcheck "$work/collect-g++"

compile gcc "$c_warnings" Tests/CExamples/allocations.c "$work/allocations"
for stream in corpora/openai-chat/stream.sse corpora/anthropic-messages/stream.sse corpora/ollama-chat/stream.ndjson; do
    "$work/allocations" "$stream" || fail "reading $stream costs more memory than it may"
done
compile g++ "$cxx_warnings" Tests/CExamples/failing.cpp "$work/failing"
for stream in corpora/openai-chat/stream.sse corpora/anthropic-messages/stream.sse corpora/raw-text/stream.sse; do
    "$work/failing" "$stream" || fail "reading $stream does not survive a shortage of memory"
done
echo "C examples: fine (gcc, clang, valgrind; $(wc -l < "$work/exported") functions)"
