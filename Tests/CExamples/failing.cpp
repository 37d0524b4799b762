// What becomes of a stream where C++ gets no memory: each allocation of the library's C++ fails in turn, and each growth of a
// buffer. Nothing crashes, no exception reaches C or Swift, what is read is right or said to be wrong, and the engine reads
// the next stream as if nothing had happened.
//
//     failing FILE            exit status 1 where that does not hold
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <string>

#include <sluice.h>

extern "C" void *__libc_realloc(void *memory, size_t size);

namespace {

long left = -1;     // allocations that still succeed; less than 0: all do
long failures = 0;

bool fails()
{
    if (left < 0) return false;
    if (left > 0) {
        left--;
        return false;
    }
    failures++;
    return true;
}

void *allocate(std::size_t size) { return fails() ? nullptr : std::malloc(size > 0 ? size : 1); }

}  // namespace

// The program's own, which the libraries call too.
void *operator new(std::size_t size)
{
    void *memory = allocate(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void *operator new[](std::size_t size) { return operator new(size); }
void *operator new(std::size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete[](void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void *memory, std::size_t) noexcept { std::free(memory); }
extern "C" void *realloc(void *memory, size_t size) { return fails() ? nullptr : __libc_realloc(memory, size); }

namespace {

struct Reading {
    std::string text;
    unsigned long long malformed = 0;
    sluice_status status = SLUICE_OK;
};

// Reads the bytes in chunks; `reading.text` has room for all of the text.
void read(sluice_engine *engine, const std::string &bytes, std::size_t chunk, Reading &reading)
{
    sluice_stream *stream = nullptr;
    reading.status = sluice_stream_create(engine, nullptr, &stream);
    if (reading.status != SLUICE_OK) return;
    auto drain = [&] {
        const sluice_batch *batch = nullptr;
        while (reading.status == SLUICE_OK && (reading.status = sluice_stream_next(stream, &batch)) == SLUICE_OK) {
            for (std::size_t i = 0; i < batch->count; i++) {
                const sluice_delta &delta = batch->deltas[i];
                if (delta.kind == SLUICE_MALFORMED) reading.malformed++;
                if (delta.kind != SLUICE_TEXT) continue;
                sluice_text text = sluice_delta_text(batch, &delta);
                reading.text.append(text.bytes, text.length);
            }
        }
    };
    for (std::size_t start = 0; start < bytes.size(); start += chunk) {
        std::size_t size = bytes.size() - start < chunk ? bytes.size() - start : chunk;
        reading.status = sluice_stream_feed(stream, bytes.data() + start, size);
        drain();
        if (reading.status != SLUICE_NEED_MORE) break;
    }
    if (reading.status == SLUICE_NEED_MORE) {
        reading.status = sluice_stream_finish(stream);
        drain();
    }
    sluice_stream_destroy(stream);
}

enum class Outcome { right, wrong, nothing_failed };

// Reads a stream with so many allocations, and another with all that it needs.
Outcome check(const std::string &bytes, const std::string &wanted, long allocations, std::size_t chunk)
{
    Reading first, second;
    first.text.reserve(bytes.size());
    second.text.reserve(bytes.size());
    failures = 0;
    left = allocations;
    sluice_engine *engine = sluice_engine_create();
    bool has_engine = engine != nullptr;
    if (has_engine) read(engine, bytes, chunk, first);
    left = -1;
    if (has_engine && failures == 0) {
        sluice_engine_destroy(engine);
        return Outcome::nothing_failed;
    }
    // What has failed once is there again.
    read(engine, bytes, chunk, second);
    sluice_engine_destroy(engine);
    bool is_told = !has_engine || first.malformed > 0 || first.status != SLUICE_END;
    bool is_right = is_told || first.text == wanted;
    if (is_right && second.text == wanted && second.malformed == 0 && second.status == SLUICE_END) return Outcome::right;
    std::fprintf(stderr, "failing: with %ld allocations, in chunks of %zu: status %d, %llu malformed; then %d, %llu\n",
                 allocations, chunk, static_cast<int>(first.status), first.malformed, static_cast<int>(second.status),
                 second.malformed);
    return Outcome::wrong;
}

}  // namespace

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    std::ifstream file(argv[1], std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    Reading wanted;
    read(nullptr, bytes, 65536, wanted);
    if (wanted.text.empty() || wanted.status != SLUICE_END) return 1;
    for (std::size_t chunk : {std::size_t{700}, std::size_t{65536}}) {
        long allocations = 0;
        for (Outcome outcome = Outcome::right; outcome == Outcome::right; allocations++) {
            outcome = check(bytes, wanted.text, allocations, chunk);
            if (outcome == Outcome::wrong) return 1;
        }
        std::printf("%s in chunks of %zu: with 0 to %ld allocations\n", argv[1], chunk, allocations - 2);
        if (allocations < 10) return 1;
    }
    return 0;
}
