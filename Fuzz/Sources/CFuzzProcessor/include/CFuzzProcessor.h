// Lets a fuzzer run the code for processors with fewer instructions than this one.

#ifndef C_FUZZ_PROCESSOR_H
#define C_FUZZ_PROCESSOR_H

// Sets what __builtin_cpu_supports reports: with 0 what the processor has, with 1 all but AVX-512, with 2 without AVX2 and BMI
// too. On other processors than x86-64 it does nothing. For one thread.
void c_fuzz_processor_hide(unsigned level);

#endif
