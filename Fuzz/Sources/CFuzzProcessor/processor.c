#include "CFuzzProcessor.h"

#if defined(__x86_64__)

// What __builtin_cpu_supports reads, in libgcc and compiler-rt; written once, before main.
extern struct {
    unsigned vendor;
    unsigned type;
    unsigned subtype;
    unsigned features[1];
} __cpu_model;

// Bits of the first 32 features, in the order of both libraries.
enum { AVX2 = 10, AVX512F = 15, BMI = 16, BMI2 = 17, AVX512VL = 20, AVX512BW = 21, AVX512DQ = 22, AVX512CD = 23 };

static const unsigned hidden[] = {
    0,
    1u << AVX512F | 1u << AVX512VL | 1u << AVX512BW | 1u << AVX512DQ | 1u << AVX512CD,
    1u << AVX512F | 1u << AVX512VL | 1u << AVX512BW | 1u << AVX512DQ | 1u << AVX512CD | 1u << AVX2 | 1u << BMI
        | 1u << BMI2,
};

void c_fuzz_processor_hide(unsigned level) {
    static unsigned all;
    static int is_known;
    if (!is_known) {
        all = __cpu_model.features[0];
        is_known = 1;
    }
    __cpu_model.features[0] = all & ~hidden[level % 3];
}

#else

void c_fuzz_processor_hide(unsigned level) { (void)level; }

#endif
