// What the machine allows, and what was measured with.
#include <simdjson.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "CBaselines.h"

// Compiled for each set of vectors and chosen at load, so that the ceiling is the machine's and not the flags'.
#if defined(__x86_64__) && defined(__ELF__)
#define EACH_VECTOR_SET __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define EACH_VECTOR_SET
#endif

extern "C" {

/// Several vectors of sums, which do not wait for each other, keep the loads and not the additions the limit.
EACH_VECTOR_SET uint64_t baseline_read(const char *bytes, size_t length) {
    constexpr size_t lanes = 32;
    uint64_t sums[lanes] = {};
    size_t i = 0;
    for (; i + sizeof(sums) <= length; i += sizeof(sums)) {
        uint64_t words[lanes];
        std::memcpy(words, bytes + i, sizeof(words));
        for (size_t lane = 0; lane < lanes; lane++) sums[lane] += words[lane];
    }
    uint64_t sum = 0;
    for (uint64_t lane : sums) sum += lane;
    for (; i < length; i++) sum += static_cast<unsigned char>(bytes[i]);
    return sum;
}

uint64_t baseline_memchr(const char *bytes, size_t length) {
    uint64_t lines = 0;
    const char *end = bytes + length;
    for (const char *line = bytes; line < end;) {
        const void *found = std::memchr(line, '\n', static_cast<size_t>(end - line));
        if (found == nullptr) break;
        lines++;
        line = static_cast<const char *>(found) + 1;
    }
    return lines;
}

const char *baseline_simdjson_version(void) {
    static const std::string version = std::to_string(simdjson::SIMDJSON_VERSION_MAJOR) + "." +
                                       std::to_string(simdjson::SIMDJSON_VERSION_MINOR) + "." +
                                       std::to_string(simdjson::SIMDJSON_VERSION_REVISION);
    return version.c_str();
}

#define TEXT_OF(name) #name
#define TEXT_BEHIND(name) TEXT_OF(name)

/// On-demand's string and token code is fixed when this folder is compiled, the structural pass and the DOM are not.
const char *baseline_simdjson_implementation(void) {
    static const std::string implementation =
        simdjson::get_active_implementation()->name() + ", on-demand " TEXT_BEHIND(SIMDJSON_BUILTIN_IMPLEMENTATION);
    return implementation.c_str();
}

const char *baseline_compiler(void) {
#if defined(__clang__)
    return "clang " TEXT_BEHIND(__clang_major__) "." TEXT_BEHIND(__clang_minor__);
#elif defined(__GNUC__)
    return "gcc " TEXT_BEHIND(__GNUC__) "." TEXT_BEHIND(__GNUC_MINOR__);
#else
    return "unknown";
#endif
}

}  // extern "C"
