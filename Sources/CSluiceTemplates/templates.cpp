// The C interface of event templates.
#include <memory>

#include "CSluiceTemplates.h"
#include "parser.hpp"
#include "template_store.hpp"

struct c_sluice_templates {
    sluice::TemplateStore store;
    uint64_t looked_bytes = 0;   // of the parser, those that the budget has counted
    sluice::Program other;   // of events that have no program: markers, text, and those that carry nothing

    // Counts what the parser has looked at since the last time.
    void count(const c_sluice_parser &parser) {
        store.looked(static_cast<size_t>(parser.looked_bytes() - looked_bytes));
        looked_bytes = parser.looked_bytes();
    }
};

extern "C" {

c_sluice_templates *c_sluice_templates_create(void) {
    return sluice::guarded<c_sluice_templates *>(nullptr, [] { return std::make_unique<c_sluice_templates>().release(); });
}

void c_sluice_templates_destroy(c_sluice_templates *templates) {
    delete templates;
}

void c_sluice_templates_read(c_sluice_templates *templates, c_sluice_parser *parser, const c_sluice_table *table) {
    templates->count(*parser);
    templates->store.run(*table, parser->limits, parser->run);
}

void c_sluice_templates_discard_run(c_sluice_templates *templates) {
    templates->store.discard_run();
}

uint64_t c_sluice_templates_looks(const c_sluice_templates *templates) {
    return templates->store.looks();
}

void c_sluice_templates_parsed(c_sluice_templates *templates, size_t bytes) {
    templates->store.parsed(bytes);
}

void c_sluice_templates_looked(c_sluice_templates *templates, size_t bytes) {
    templates->store.looked(bytes);
}

bool c_sluice_templates_may_look_ahead(c_sluice_templates *templates, const c_sluice_parser *parser) {
    templates->count(*parser);
    return templates->store.may_look_ahead();
}

bool c_sluice_templates_want_learning(c_sluice_templates *templates) {
    return templates->store.wants_learning();
}

void c_sluice_templates_learn(c_sluice_templates *templates, c_sluice_parser *parser, const c_sluice_table *table,
                              c_sluice_event event, int32_t type) {
    sluice::Text payload{event.bytes + event.payload, event.payload_length, 0};
    sluice::Event lesson{*table, event, payload};
    bool is_document = type == C_SLUICE_EVENT_DOCUMENT || type == C_SLUICE_EVENT_SILENT;
    if (is_document) {
        bool is_last = parser->last_text.bytes == payload.bytes && parser->last_text.length == payload.length;
        if (!is_last || (!parser->is_walked && parser->walk_last() != C_SLUICE_OK)) return;
        if (parser->walker.has_repeated_keys()) return;
        lesson.payload = parser->last_text;
        lesson.index = parser->last_index.entries;
        lesson.count = parser->last_index.count;
        lesson.captures = &parser->captures();
    }
    if (type == C_SLUICE_EVENT_DOCUMENT) {
        if (parser->last_program == nullptr) return;
        lesson.program = parser->last_program;
        return templates->store.learn(lesson, parser->limits, &sluice::EventTemplate::learn);
    }
    templates->other.clear();
    lesson.program = &templates->other;
    switch (type) {
        case C_SLUICE_EVENT_MARKER:
            templates->other.become_marker();
            return templates->store.learn(lesson, parser->limits, &sluice::EventTemplate::learn_marker);
        case C_SLUICE_EVENT_TEXT:
            if (!sluice::guarded(false, [&] { return templates->other.become_text(), true; })) return;
            return templates->store.learn(lesson, parser->limits, &sluice::EventTemplate::learn_text);
        default: return templates->store.learn(lesson, parser->limits, &sluice::EventTemplate::learn);
    }
}

}  // extern "C"
