// Stands in for Darwin's header, of which one function is used.
#include <stddef.h>

size_t malloc_size(const void *memory);
