#include "kernels.hpp"

namespace sluice {

#if defined(__x86_64__)

const Kernel &kernel() {
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    return has_avx2 ? avx2_kernel() : sse2_kernel();
}

#else

const Kernel &kernel() { return portable_kernel(); }

#endif

}  // namespace sluice
