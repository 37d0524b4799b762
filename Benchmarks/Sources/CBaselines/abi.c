// Sluice as a program in C calls it.

#include <sluice.h>

#include "CBaselines.h"

struct sluice_stream *baseline_abi_create(const char *format) {
    sluice_options options;
    sluice_stream *stream = NULL;
    sluice_options_init(&options, sizeof options);
    options.format = format;
    sluice_stream_create(NULL, &options, &stream);
    return stream;
}

/// Adds what there is to be read; what the last call said.
static sluice_status add_deltas(sluice_stream *stream, baseline_answer *answer) {
    const sluice_batch *batch;
    sluice_status status;
    while ((status = sluice_stream_next(stream, &batch)) == SLUICE_OK) {
        for (size_t i = 0; i < batch->count; i++) {
            const sluice_delta *delta = &batch->deltas[i];
            if (delta->kind != SLUICE_TEXT && delta->kind != SLUICE_REASONING && delta->kind != SLUICE_TOOL_ARGUMENTS) continue;
            sluice_text text = sluice_delta_text(batch, delta);
            if (text.length > 0) baseline_add(answer, text.bytes, text.length);
        }
    }
    return status;
}

bool baseline_abi_read(struct sluice_stream *stream, baseline_answer *answer, const char *bytes, size_t length) {
    sluice_status status = sluice_stream_feed(stream, bytes, length);
    return status == SLUICE_OK && add_deltas(stream, answer) == SLUICE_NEED_MORE;
}

bool baseline_abi_finish(struct sluice_stream *stream, baseline_answer *answer) {
    sluice_status status = sluice_stream_finish(stream);
    bool is_read = status == SLUICE_OK && add_deltas(stream, answer) == SLUICE_END;
    sluice_stream_destroy(stream);
    return is_read;
}
