// Lets a fuzzer run what is made for processors that have less than this one.

#ifndef C_FUZZ_PROCESSOR_H
#define C_FUZZ_PROCESSOR_H

// What __builtin_cpu_supports says from now on: with 0 what the processor has, with 1 all but AVX-512, with 2 all but
// AVX2 and BMI too. Elsewhere than on x86-64 nothing changes. For one thread.
void c_fuzz_processor_hide(unsigned level);

#endif
