// Engines, which parsers share: an engine takes some 100 KiB, a stream some 200 bytes, and there may be many parsers at once.
//
// A parser gets the engine with the fewest parsers, so that a few parsers in as many threads do not wait for each other.
// An engine reads one chunk at a time. Whoever reads with the GIL runs no Python code until the chunk is read: it allocates
// nothing that the garbage collector tracks, so that no destructor feeds another parser of the engine meanwhile. Whoever
// reads without the GIL sets `is_lent` until it has the GIL again; the lock is for those who wait.

#include "sluice_python.h"

#define MOST_ENGINES 16
#define IDLE_ENGINES 4 /* kept without parsers: their buffers have grown, and they know the events of earlier streams */

static shared_engine engines[MOST_ENGINES];

/* The place of the engine with the fewest parsers; an empty place if every engine has one. */
static shared_engine *choose(void)
{
    shared_engine *chosen = NULL, *empty = NULL;
    for (int i = 0; i < MOST_ENGINES; i++) {
        shared_engine *at = &engines[i];
        if (at->engine == NULL)
            empty = empty == NULL ? at : empty;
        else if (chosen == NULL || at->users < chosen->users)
            chosen = at;
    }
    return empty != NULL && (chosen == NULL || chosen->users > 0) ? empty : chosen;
}

shared_engine *engine_take(void)
{
    shared_engine *chosen = choose();
    if (chosen->lock == NULL) chosen->lock = PyThread_allocate_lock();
    if (chosen->engine == NULL && chosen->lock != NULL) chosen->engine = sluice_engine_create();
    if (chosen->engine == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    chosen->users++;
    return chosen;
}

void engine_return(shared_engine *shared)
{
    if (--shared->users > 0 || shared - engines < IDLE_ENGINES) return;
    sluice_engine_destroy(shared->engine);
    shared->engine = NULL;
}

void engine_wait(shared_engine *shared)
{
    while (shared->is_lent) {
        PyThreadState *thread = PyEval_SaveThread();
        PyThread_acquire_lock(shared->lock, WAIT_LOCK);
        PyThread_release_lock(shared->lock);
        PyEval_RestoreThread(thread);
    }
}

PyThreadState *engine_begin(shared_engine *shared)
{
    engine_wait(shared);
    shared->is_lent = true;
    PyThreadState *thread = PyEval_SaveThread();
    PyThread_acquire_lock(shared->lock, WAIT_LOCK);
    return thread;
}

void engine_end(shared_engine *shared, PyThreadState *thread)
{
    PyThread_release_lock(shared->lock);
    PyEval_RestoreThread(thread);
    shared->is_lent = false;
}
