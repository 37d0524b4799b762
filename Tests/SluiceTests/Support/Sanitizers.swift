import Foundation

/// Whether a sanitizer watches: it maps terabytes, has an allocator of its own, and makes everything slow.
var isSanitized: Bool { unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil }
