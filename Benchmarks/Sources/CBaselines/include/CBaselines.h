// What Sluice is measured against, and what both are measured with.
#ifndef C_BASELINES_H
#define C_BASELINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__clang__)
#define _Nonnull  // for Swift, which only clang reads headers for
#define _Nullable
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable behind the input of a baseline (SIMDJSON_PADDING).
#define BASELINE_PADDING 64

/// What a contender read; two that read the same have the same count, bytes and hash.
typedef struct {
    uint64_t deltas;
    uint64_t bytes;
    uint64_t hash;
} baseline_answer;

/// Mixes one delta's bytes into an answer; every contender uses this one.
void baseline_add(baseline_answer *_Nonnull answer, const void *_Nullable bytes, size_t length);

/// The wire formats that the hand-written contenders read. The Ollama formats are a JSON document a line, Bedrock is an
/// AWS event stream, all others are SSE.
typedef enum {
    BASELINE_OPENAI_CHAT,
    BASELINE_OPENAI_COMPLETIONS,
    BASELINE_OPENAI_RESPONSES,
    BASELINE_ANTHROPIC_MESSAGES,
    BASELINE_GEMINI_GENERATE,
    BASELINE_DELTA_DONE,
    BASELINE_TEXT_FIELD,
    BASELINE_RAW_TEXT,
    BASELINE_OLLAMA_GENERATE,
    BASELINE_OLLAMA_CHAT,
    BASELINE_BEDROCK
} baseline_format;

// What is read: every non-empty text, reasoning and tool-call-argument piece, in the order of the stream, each by
// baseline_add. Arguments that are an object (Gemini, Ollama's chat) are one piece: its JSON, as it is in the stream.
// Of several choices or candidates in one payload only the one that stands first is read, and of one delta only the
// first field that is not empty (no server was seen to mix them). Input of any baseline needs BASELINE_PADDING readable
// bytes behind it. Parsers and buffers are a thread's own and stay for its life.

/// Hand-written C++ (simdjson On-Demand): memchr for the newline, strip `data: ` (nothing for NDJSON), simdjson on-demand for each payload.
baseline_answer baseline_expert_loop(baseline_format format, const char *_Nonnull bytes, size_t length);

/// As the loop, but with simdjson's iterate_many over copied blocks in which the framing was blanked out; one thread.
/// JSON that is broken ends its block, of 256 KiB. Raw text holds no JSON to batch: there it is the loop.
baseline_answer baseline_expert_batch(baseline_format format, const char *_Nonnull bytes, size_t length);

/// JSON arrays one after the other, by simdjson's iterate_many; `longest` is the size of the longest of them. Bytes that are
/// no JSON end the reading.
baseline_answer baseline_expert_arrays(
    baseline_format format, const char *_Nonnull bytes, size_t length, size_t longest);

/// Amazon Bedrock's messages: their lengths, then simdjson on-demand for each payload; checksums are not checked.
baseline_answer baseline_expert_messages(const char *_Nonnull bytes, size_t length);

// One payload as a framing strategy hands it over; BASELINE_PADDING readable bytes stand behind it.

/// Reads one payload by simdjson on-demand; false when it is not a JSON object (`[DONE]`), as far as it was looked at.
/// What stands behind the last piece read is not, so broken JSON may pass, and pieces before the break are added.
/// Raw text is always true; whether it is an error event only its framing knows.
bool baseline_ondemand(
    baseline_format format, baseline_answer *_Nonnull answer, const char *_Nonnull payload, size_t length);

/// Reads one payload by simdjson's DOM; false, and nothing added, when it is not a JSON object. Raw text is always
/// true. A DOM has let go of the bytes of arguments that are an object, so on-demand reads their payloads once more.
bool baseline_dom(
    baseline_format format, baseline_answer *_Nonnull answer, const char *_Nonnull payload, size_t length);

/// A byte filter for usage and nothing else: memmem for the names of the counts, no JSON parser. For each payload that
/// reports usage it adds one entry: the counts of input and output as two int64, 16 bytes; -1 for one that is absent.
void baseline_usage_filter(
    baseline_format format, baseline_answer *_Nonnull answer, const char *_Nonnull payload, size_t length);

/// The same entries by simdjson on-demand: the reference for the filter.
void baseline_usage_ondemand(
    baseline_format format, baseline_answer *_Nonnull answer, const char *_Nonnull payload, size_t length);

// Sluice by its C ABI: sluice.h, as a program in C calls it, with an engine for the stream alone and event templates.

/// A stream of the format of that name, or with NULL of whichever its first events show; NULL where there is none.
struct sluice_stream *_Nullable baseline_abi_create(const char *_Nullable format);

/// Reads a borrowed chunk; false where the stream has failed.
bool baseline_abi_read(
    struct sluice_stream *_Nonnull stream, baseline_answer *_Nonnull answer, const char *_Nonnull bytes, size_t length);

/// Reads the deltas that the end emits, and frees the stream; false where it has failed.
bool baseline_abi_finish(struct sluice_stream *_Nonnull stream, baseline_answer *_Nonnull answer);

// Ceilings: what the machine allows.

/// Reads every byte once, in vectors, and does nothing but add them up as words; returns the sum.
uint64_t baseline_read(const char *_Nonnull bytes, size_t length);

/// memchr over the same bytes, newline by newline; returns how many there are.
uint64_t baseline_memchr(const char *_Nonnull bytes, size_t length);

// Memory.

/// Calls to malloc and its kin by this thread's arenas so far, and bytes, by jemalloc's own statistics.
typedef struct {
    uint64_t calls;
    uint64_t bytes;
} baseline_allocations;
baseline_allocations baseline_allocations_now(void);

/// Bytes in live allocations of all threads: jemalloc's stats.allocated.
uint64_t baseline_allocated_bytes_now(void);

/// The resident set of this process (VmRSS); 0 where there is no /proc.
uint64_t baseline_resident_bytes(void);

/// The largest resident set since the start or the last reset (VmHWM); 0 where there is no /proc.
uint64_t baseline_peak_resident_bytes(void);

/// Lets the peak begin anew from the present resident set; false where the kernel refuses.
bool baseline_reset_peak(void);

/// Gives freed memory back to the system, so that the resident set holds what is in use.
void baseline_release_memory(void);

// What was measured with.

/// jemalloc's version, as a proof that it is the allocator that is linked.
const char *_Nonnull baseline_allocator(void);

/// simdjson's version, of the header that was compiled.
const char *_Nonnull baseline_simdjson_version(void);

/// The instruction set that simdjson picked for its DOM on this machine; on-demand's is fixed when it is compiled.
const char *_Nonnull baseline_simdjson_implementation(void);

/// The compiler of this folder and its version, such as `gcc 12.2` or `clang 17.0`.
const char *_Nonnull baseline_compiler(void);

#ifdef __cplusplus
}
#endif
#endif
