// Threads that read items, and a stream that returns their batches in the order of the items.
//
// Items are grouped into tasks of about `task_bytes`, whatever the number of threads, so that batches are the same, too.
// Threads take tasks in order, at most WINDOW_TASKS a thread ahead of the stream, and wait while a task has MOST_BATCHES that
// nobody has asked for. So memory is bounded, and the task that the stream waits for is always being read.

#include "tables.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_TASK_ITEMS 1024
#define MOST_BATCHES 2
#define WINDOW_TASKS 2

typedef struct {
    size_t first, end; /* items */
    struct ArrowArray batches[MOST_BATCHES];
    size_t at, count; /* of the batches: a ring */
    bool is_done;
    char why[600];    /* what is wrong, or empty */
} task;

typedef struct {
    table_plan *plan;
    task *tasks;
    size_t task_count;
    size_t next;    /* the first task that no thread has taken */
    size_t current; /* the task whose batches are returned */
    atomic_bool is_stopped;
    pthread_mutex_t lock;
    pthread_cond_t for_reader, for_threads;
    pthread_t *threads;
    size_t thread_count;
    bool has_begun;
    char error[600];
} table;

typedef struct {
    table *owner;
    task *at;
} place;

void plan_free(table_plan *plan)
{
    if (plan == NULL) return;
    for (size_t i = 0; plan->items != NULL && i < plan->count; i++) {
        free(plan->items[i].name);
        free(plan->items[i].path);
        free(plan->items[i].bytes);
    }
    free(plan->items);
    free(plan->format);
    free(plan->table);
    free(plan);
}

// --------------------------------------------------------------------------------------------------------------- Threads

static bool emit(void *context, struct ArrowArray *batch)
{
    place *from = context;
    table *owner = from->owner;
    pthread_mutex_lock(&owner->lock);
    while (!owner->is_stopped && from->at->count == MOST_BATCHES) pthread_cond_wait(&owner->for_threads, &owner->lock);
    bool is_wanted = !owner->is_stopped;
    if (is_wanted) {
        from->at->batches[(from->at->at + from->at->count++) % MOST_BATCHES] = *batch;
        pthread_cond_signal(&owner->for_reader);
    }
    pthread_mutex_unlock(&owner->lock);
    if (!is_wanted) batch->release(batch);
    return is_wanted;
}

static void read_task(reader *read, table *owner, task *taken)
{
    for (size_t i = taken->first; i < taken->end && !read->is_stopped; i++) reader_read(read, &owner->plan->items[i]);
    bool fits = !read->table.has_failed && (read->is_stopped || reader_flush(read));
    if (!fits) snprintf(taken->why, sizeof taken->why, "allocation failed");
    if (read->why[0] != '\0') snprintf(taken->why, sizeof taken->why, "%s", read->why);
}

/* The next task; NULL if there is none, or nobody wants more. */
static task *take_task(table *owner)
{
    pthread_mutex_lock(&owner->lock);
    size_t most = owner->thread_count * WINDOW_TASKS;
    while (!owner->is_stopped && owner->next < owner->task_count && owner->next >= owner->current + most)
        pthread_cond_wait(&owner->for_threads, &owner->lock);
    task *taken = owner->is_stopped || owner->next == owner->task_count ? NULL : &owner->tasks[owner->next++];
    pthread_mutex_unlock(&owner->lock);
    return taken;
}

static void *run(void *context)
{
    table *owner = context;
    reader read;
    bool is_ready = reader_open(&read, &owner->plan->options);
    place from = {owner, NULL};
    while ((from.at = take_task(owner)) != NULL) {
        if (is_ready) {
            read.emit = emit;
            read.context = &from;
            read.halt = &owner->is_stopped;
            read_task(&read, owner, from.at);
        } else {
            snprintf(from.at->why, sizeof from.at->why, "allocation failed");
        }
        pthread_mutex_lock(&owner->lock);
        from.at->is_done = true;
        if (from.at->why[0] != '\0') owner->next = owner->task_count; // no more is begun
        pthread_cond_signal(&owner->for_reader);
        pthread_mutex_unlock(&owner->lock);
    }
    if (is_ready) reader_close(&read);
    return NULL;
}

static bool begin(table *owner)
{
    owner->has_begun = true;
    size_t wanted = owner->plan->threads < owner->task_count ? owner->plan->threads : owner->task_count;
    owner->threads = calloc(wanted > 0 ? wanted : 1, sizeof(pthread_t));
    if (owner->threads == NULL) return false;
    pthread_mutex_lock(&owner->lock);
    while (owner->thread_count < wanted
           && pthread_create(&owner->threads[owner->thread_count], NULL, run, owner) == 0)
        owner->thread_count++;
    pthread_mutex_unlock(&owner->lock);
    return owner->thread_count > 0 || owner->task_count == 0;
}

// ---------------------------------------------------------------------------------------------------------------- Stream

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema)
{
    table *owner = stream->private_data;
    return columns_schema(owner->plan->options.rows->spec, schema) ? 0 : ENOMEM;
}

static int fail(table *owner, const char *why)
{
    snprintf(owner->error, sizeof owner->error, "%s", why);
    return EIO;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *batch)
{
    table *owner = stream->private_data;
    memset(batch, 0, sizeof *batch);
    if (owner->error[0] != '\0') return EIO;
    if (!owner->has_begun && !begin(owner)) return fail(owner, "no thread can be started");
    int status = 0;
    pthread_mutex_lock(&owner->lock);
    while (owner->current < owner->task_count) {
        task *from = &owner->tasks[owner->current];
        if (from->count > 0) {
            *batch = from->batches[from->at];
            from->at = (from->at + 1) % MOST_BATCHES;
            from->count--;
            break;
        }
        if (from->is_done && from->why[0] != '\0') {
            status = fail(owner, from->why);
            break;
        }
        if (from->is_done)
            owner->current++;
        else
            pthread_cond_wait(&owner->for_reader, &owner->lock);
        pthread_cond_broadcast(&owner->for_threads);
    }
    pthread_cond_broadcast(&owner->for_threads);
    pthread_mutex_unlock(&owner->lock);
    return status;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    table *owner = stream->private_data;
    return owner->error[0] == '\0' ? NULL : owner->error;
}

static void table_free(table *owner)
{
    for (size_t i = 0; owner->tasks != NULL && i < owner->task_count; i++) {
        task *at = &owner->tasks[i];
        for (; at->count > 0; at->count--, at->at = (at->at + 1) % MOST_BATCHES)
            at->batches[at->at].release(&at->batches[at->at]);
    }
    pthread_mutex_destroy(&owner->lock);
    pthread_cond_destroy(&owner->for_reader);
    pthread_cond_destroy(&owner->for_threads);
    plan_free(owner->plan);
    free(owner->tasks);
    free(owner->threads);
    free(owner);
}

static void release(struct ArrowArrayStream *stream)
{
    table *owner = stream->private_data;
    pthread_mutex_lock(&owner->lock);
    owner->is_stopped = true;
    pthread_cond_broadcast(&owner->for_threads);
    pthread_mutex_unlock(&owner->lock);
    for (size_t i = 0; i < owner->thread_count; i++) pthread_join(owner->threads[i], NULL);
    table_free(owner);
    stream->release = NULL;
}

/* The bytes of an item, about; of a compressed file those that are stored. */
static size_t size_of(const read_item *item)
{
    struct stat file;
    if (item->path == NULL) return item->length;
    if (stat(item->path, &file) < 0) return 0;
    int64_t end = item->end < file.st_size ? item->end : file.st_size;
    return end > item->start ? (size_t)(end - item->start) : 0;
}

static bool make_tasks(table *owner)
{
    table_plan *plan = owner->plan;
    size_t bytes = 0, room = 0;
    for (size_t i = 0; i < plan->count; i++) {
        size_t size = size_of(&plan->items[i]);
        task *last = owner->task_count > 0 ? &owner->tasks[owner->task_count - 1] : NULL;
        if (last != NULL && bytes + size <= plan->task_bytes && last->end - last->first < MOST_TASK_ITEMS) {
            last->end++;
            bytes += size;
            continue;
        }
        if (owner->task_count == room) {
            task *moved = realloc(owner->tasks, (room = room * 2 + 16) * sizeof(task));
            if (moved == NULL) return false;
            owner->tasks = moved;
        }
        memset(&owner->tasks[owner->task_count], 0, sizeof(task));
        owner->tasks[owner->task_count].first = i;
        owner->tasks[owner->task_count++].end = i + 1;
        bytes = size;
    }
    return true;
}

bool table_stream(table_plan *plan, struct ArrowArrayStream *stream)
{
    table *owner = calloc(1, sizeof *owner);
    if (owner == NULL) {
        plan_free(plan);
        return false;
    }
    owner->plan = plan;
    pthread_mutex_init(&owner->lock, NULL);
    pthread_cond_init(&owner->for_reader, NULL);
    pthread_cond_init(&owner->for_threads, NULL);
    if (!make_tasks(owner)) {
        table_free(owner);
        return false;
    }
    *stream = (struct ArrowArrayStream){get_schema, get_next, get_last_error, release, owner};
    return true;
}
