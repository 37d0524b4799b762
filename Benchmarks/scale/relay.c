// What a gateway pays for an event, and what of it is the parser: a relay between TCP connections on loopback.
//
//     upstream ── N connections ──▶ relay ── N connections ──▶ clients        three processes
//
// The upstream sends the next event on every connection, and waits until the clients have all of them: so each read of the
// relay returns one event, as at the pace of a model. The relay's processor time is measured, and that alone; the kernel's
// part of sending is in it, as it is in a real relay. There is no TLS and no HTTP.
//
//     relay STREAM none|usage|all CONNECTIONS EVENTS       EVENTS are those of each connection; 0 measures memory only
//
// `none` forwards bytes; `usage` reads usage, finish reasons and errors; `all` reads every delta.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sluice.h>

static char *bytes;
static size_t *ends; // of events
static size_t event_count;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void load(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    size_t room = 64 << 20, length;
    bytes = malloc(room);
    ends = malloc(sizeof(size_t) * 1000000);
    length = fread(bytes, 1, room, file);
    fclose(file);
    for (size_t at = 0; at + 1 < length && event_count < 1000000; at++)
        if (bytes[at] == '\n' && bytes[at + 1] == '\n') ends[event_count++] = at + 2;
}

static int listen_on(struct sockaddr_in *address)
{
    int server = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = sizeof *address;
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(server, (struct sockaddr *)address, size) < 0 || listen(server, 4096) < 0) fail("listen");
    getsockname(server, (struct sockaddr *)address, &size);
    return server;
}

static int connect_to(const struct sockaddr_in *address)
{
    int connection = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (connection < 0 || connect(connection, (const struct sockaddr *)address, sizeof *address) < 0) fail("connect");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return connection;
}

static void write_all(int to, const char *from, size_t length)
{
    while (length > 0) {
        ssize_t count = write(to, from, length);
        if (count < 0) fail("write");
        from += count;
        length -= (size_t)count;
    }
}

/* Sends an event on each connection, in another order each time, and waits for a byte from the clients. */
static void run_upstream(const struct sockaddr_in *relay, size_t connections, size_t events, int done)
{
    int *to = malloc(sizeof(int) * connections);
    for (size_t i = 0; i < connections; i++) to[i] = connect_to(relay);
    for (size_t event = 0; event < events; event++) {
        size_t number = event % event_count, begin = number == 0 ? 0 : ends[number - 1];
        size_t step = 7919 % connections == 0 ? 1 : 7919;
        for (size_t i = 0, at = event % connections; i < connections; i++, at = (at + step) % connections)
            write_all(to[at], bytes + begin, ends[number] - begin);
        char byte;
        if (read(done, &byte, 1) != 1) fail("read");
    }
    char byte;
    if (events == 0 && read(done, &byte, 1) < 0) fail("read");
}

/* Reads what all clients get, and reports each round. */
static void run_clients(int server, size_t connections, size_t events, int done)
{
    int poll = epoll_create1(0);
    for (size_t i = 0; i < connections; i++) {
        int from = accept(server, NULL, NULL);
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = from};
        epoll_ctl(poll, EPOLL_CTL_ADD, from, &wanted);
    }
    static char room[65536];
    struct epoll_event ready[512];
    for (size_t event = 0; event < events; event++) {
        size_t number = event % event_count, begin = number == 0 ? 0 : ends[number - 1];
        size_t left = (ends[number] - begin) * connections;
        while (left > 0) {
            int count = epoll_wait(poll, ready, 512, -1);
            for (int i = 0; i < count; i++) {
                ssize_t length = read(ready[i].data.fd, room, sizeof room);
                if (length > 0) left -= (size_t)length;
            }
        }
        if (write(done, "x", 1) != 1) fail("write");
    }
}

typedef struct {
    int from, to;
    sluice_stream *stream;
} relayed;

static size_t delta_count;
static long slab; // kilobytes of the kernel before there were connections

static void parse(sluice_stream *stream, const char *chunk, size_t length)
{
    const sluice_batch *batch;
    sluice_status status = sluice_stream_feed(stream, chunk, length);
    while (status == SLUICE_OK && (status = sluice_stream_next(stream, &batch)) == SLUICE_OK) delta_count += batch->count;
    if (status < 0) fail("parse");
}

static double seconds_used(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
           + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* The number behind a word of a line that begins with `name`. */
static long number_in(const char *path, const char *name, const char *word)
{
    char line[256];
    long found = -1;
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) found = atol(strstr(line, word) + strlen(word));
    if (file != NULL) fclose(file);
    return found;
}

static long resident(void)
{
    return number_in("/proc/self/status", "VmRSS:", "VmRSS:") * 1024;
}

static void run_relay(
    int server, const struct sockaddr_in *clients, size_t connections, size_t events, const char *mode)
{
    sluice_engine *engine = sluice_engine_create();
    sluice_options options;
    sluice_options_init(&options, sizeof options);
    options.format = "openai-chat";
    if (strcmp(mode, "usage") == 0)
        options.kinds = (uint64_t)1 << SLUICE_USAGE | (uint64_t)1 << SLUICE_FINISH | (uint64_t)1 << SLUICE_ERROR;
    relayed *all = calloc(connections, sizeof(relayed));
    int poll = epoll_create1(0);
    // The engine and the pages of the library's code are there once, and not of a connection.
    sluice_stream *first = NULL;
    if (sluice_stream_create(engine, &options, &first) != SLUICE_OK) fail("stream");
    parse(first, bytes, ends[event_count < 100 ? event_count - 1 : 99]);
    delta_count = 0;
    long before = resident();
    for (size_t i = 0; i < connections; i++) {
        all[i].from = accept(server, NULL, NULL);
        all[i].to = connect_to(clients);
        if (strcmp(mode, "none") != 0) sluice_stream_create_like(first, &all[i].stream);
        struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].from, &wanted);
    }
    long grown = resident() - before;
    static char room[16384];
    struct epoll_event ready[512];
    size_t reads = 0, wanted = connections * events;
    double start = 0;
    for (size_t warm = wanted / 5; reads < wanted;) {
        int count = epoll_wait(poll, ready, 512, -1);
        for (int i = 0; i < count; i++) {
            relayed *on = ready[i].data.ptr;
            ssize_t length = read(on->from, room, sizeof room);
            if (length <= 0) fail("read");
            if (on->stream != NULL) parse(on->stream, room, (size_t)length);
            write_all(on->to, room, (size_t)length);
            if (++reads == warm) start = seconds_used();
        }
    }
    printf("%-6s %7zu connections, %9zu events", mode, connections, reads);
    if (events > 0)
        printf(", %7.0f ns an event, %zu deltas", (seconds_used() - start) / (double)(wanted - wanted / 5) * 1e9, delta_count);
    // Both connections of a stream have two ends on this machine.
    long kernel = (number_in("/proc/meminfo", "Slab:", "Slab:") - slab) * 1024 / (long)connections / 4;
    printf(", %ld bytes a connection in the relay, %ld bytes of the kernel a socket\n", grown / (long)connections, kernel);
    fflush(stdout);
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "relay STREAM none|usage|all CONNECTIONS EVENTS\n");
        return 1;
    }
    load(arguments[1]);
    slab = number_in("/proc/meminfo", "Slab:", "Slab:");
    size_t connections = strtoul(arguments[3], NULL, 10), events = strtoul(arguments[4], NULL, 10);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0) fail("setrlimit");
    struct sockaddr_in relay, clients;
    int to_relay = listen_on(&relay), to_clients = listen_on(&clients), done[2];
    if (pipe(done) < 0) fail("pipe");
    pid_t upstream = fork();
    if (upstream == 0) {
        close(done[1]);
        run_upstream(&relay, connections, events, done[0]);
        exit(0);
    }
    pid_t client = fork();
    if (client == 0) {
        run_clients(to_clients, connections, events, done[1]);
        exit(0);
    }
    run_relay(to_relay, &clients, connections, events, arguments[2]);
    close(done[1]);
    int status;
    waitpid(client, &status, 0);
    waitpid(upstream, &status, 0);
    return 0;
}
