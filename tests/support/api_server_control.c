/*
 * One table of orders. A wait is made here, in the server, on the condition that every request and connection signals.
 */
#include "tests/support/api_server_control.h"

#include "data/base/die.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct order {
    struct api_net *net;
    const struct api_message *message;
    struct arena reply_texts;
    struct text *reply;
    size_t reply_count;
};

/* ---- fields: [0] is the order's name ---- */

/* Lives as long as the server; NULL for null. */
static const char *kept_field(const struct order *order, size_t i)
{
    struct text field = order->message->fields[i];
    return field.s ? arena_strndup(&order->net->texts, field.s, field.n) : NULL;
}

static const char *field(const struct order *order, size_t i)
{
    const char *s = order->message->fields[i].s;
    return s ? s : "";
}

static int number_field(const struct order *order, size_t i)
{
    return (int)strtol(field(order, i), NULL, 10);
}

static void reply_number(struct order *order, int64_t n)
{
    order->reply[order->reply_count++] = text_of(arena_printf(&order->reply_texts, "%" PRId64, n));
}

static void make_reply(struct order *order, size_t fields)
{
    order->reply = arena_array(&order->reply_texts, fields, sizeof *order->reply);
}

/* ---- orders: under the lock ---- */

static void set_real(struct order *order)
{
    order->net->manners.is_real = number_field(order, 1);
}

static void set_serial(struct order *order)
{
    order->net->manners.is_serial = number_field(order, 1);
}

static void set_gzip(struct order *order)
{
    order->net->manners.is_gzip = number_field(order, 1);
}

static void set_stream(struct order *order)
{
    order->net->manners.has_stream = number_field(order, 1);
}

static void set_heartbeat(struct order *order)
{
    order->net->heartbeat_ms = number_field(order, 1);
}

static void say(struct order *order)
{
    struct api_net *net = order->net;
    struct text bytes = order->message->fields[1];
    net->said = mem_resize(net->said, net->said_count + 1, sizeof *net->said);
    net->said[net->said_count++] = (struct text){arena_strndup(&net->texts, bytes.s, bytes.n), bytes.n};
}

static void cut_streams(struct order *order)
{
    for (struct api_connection *connection = order->net->connections; connection;
         connection = connection->next)
        connection->is_cut = connection->is_cut || connection->is_stream;
}

static void set_base(struct order *order)
{
    order->net->manners.base = kept_field(order, 1);
}

static void set_scope(struct order *order)
{
    struct served_file *file = &order->net->file;
    pthread_mutex_lock(&file->lock);
    file->scope = kept_field(order, 1);
    file->version = -1;
    pthread_mutex_unlock(&file->lock);
}

static void set_delay(struct order *order)
{
    struct api_net *net = order->net;
    struct api_delay **link = &net->delays;
    while (*link && strcmp((*link)->match, field(order, 1)) != 0)
        link = &(*link)->next;
    if (*link)
        *link = (*link)->next;
    if (!number_field(order, 2))
        return;
    struct api_delay *delay = arena_alloc(&net->texts, sizeof *delay);
    *delay = (struct api_delay){kept_field(order, 1), number_field(order, 2), net->delays};
    net->delays = delay;
}

/* authorization, cookie, challenge */
static void require(struct order *order)
{
    order->net->manners.authorization = kept_field(order, 1);
    order->net->manners.cookie = kept_field(order, 2);
    order->net->manners.challenge = kept_field(order, 3);
}

static void add_fault(struct order *order)
{
    struct api_fault_entry **link = &order->net->faults;
    while (*link)
        link = &(*link)->next;
    *link = arena_alloc(&order->net->texts, sizeof **link);
    const char *match = kept_field(order, 1);
    (*link)->fault = (struct api_fault){.match = match ? match : "",
                                        .skip = number_field(order, 2),
                                        .times = number_field(order, 3),
                                        .kind = (enum api_fault_kind)number_field(order, 4),
                                        .ms = number_field(order, 5),
                                        .status = number_field(order, 6),
                                        .content_type = kept_field(order, 7),
                                        .headers = kept_field(order, 8),
                                        .body = kept_field(order, 9),
                                        .body_len = order->message->fields[9].n};
}

static void clear_faults(struct order *order)
{
    order->net->faults = NULL;
}

static void reply_log(struct order *order)
{
    const struct api_net *net = order->net;
    make_reply(order, net->log_count * 10 + 1);
    for (size_t i = 0; i < net->log_count; i++) {
        const struct api_request *request = &net->log[i];
        const char *texts[] = {request->method,        request->target, request->host,
                               request->authorization, request->cookie, request->accept_encoding,
                               request->user_agent,    request->body};
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
            order->reply[order->reply_count++] = text_of(texts[j]);
        reply_number(order, request->connection);
        reply_number(order, request->at_ms);
    }
}

static void clear_log(struct order *order)
{
    order->net->log_count = 0;
}

static size_t count_requests(const struct api_net *net, const char *match)
{
    size_t count = 0;
    for (size_t i = 0; i < net->log_count; i++)
        count += strstr(net->log[i].target, match) != NULL;
    return count;
}

static void reply_count(struct order *order)
{
    make_reply(order, 1);
    reply_number(order, (int64_t)count_requests(order->net, field(order, 1)));
}

static struct timespec in_ms(int ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t nanoseconds = at.tv_nsec + ms % 1000 * INT64_C(1000000);
    at.tv_sec += ms / 1000 + nanoseconds / 1000000000;
    at.tv_nsec = nanoseconds % 1000000000;
    return at;
}

/* match, count, ms */
static void wait_for_requests(struct order *order)
{
    struct api_net *net = order->net;
    struct timespec end = in_ms(number_field(order, 3));
    size_t wanted = (size_t)number_field(order, 2);
    bool is_late = false;
    while (count_requests(net, field(order, 1)) < wanted && !is_late)
        is_late = pthread_cond_timedwait(&net->changed, &net->lock, &end) == ETIMEDOUT;
    make_reply(order, 1);
    reply_number(order, count_requests(net, field(order, 1)) >= wanted);
}

static void reply_connections(struct order *order)
{
    make_reply(order, 2);
    reply_number(order, (int64_t)order->net->open);
    reply_number(order, (int64_t)order->net->total);
}

/* count, ms */
static void wait_for_open(struct order *order)
{
    struct api_net *net = order->net;
    struct timespec end = in_ms(number_field(order, 2));
    size_t wanted = (size_t)number_field(order, 1);
    bool is_late = false;
    while (net->open != wanted && !is_late)
        is_late = pthread_cond_timedwait(&net->changed, &net->lock, &end) == ETIMEDOUT;
    make_reply(order, 1);
    reply_number(order, net->open == wanted);
}

/* count, ms */
static void wait_for_streams(struct order *order)
{
    struct api_net *net = order->net;
    struct timespec end = in_ms(number_field(order, 2));
    size_t wanted = (size_t)number_field(order, 1);
    bool is_late = false;
    while (net->streams != wanted && !is_late)
        is_late = pthread_cond_timedwait(&net->changed, &net->lock, &end) == ETIMEDOUT;
    make_reply(order, 1);
    reply_number(order, net->streams == wanted);
}

static void suspend(struct order *order)
{
    api_net_suspend(order->net);
}

static void resume(struct order *order)
{
    api_net_resume(order->net);
}

static const struct {
    const char *name;
    void (*obey)(struct order *order);
} orders[] = {{"real", set_real},
              {"serial", set_serial},
              {"gzip", set_gzip},
              {"base", set_base},
              {"scope", set_scope},
              {"delay", set_delay},
              {"require", require},
              {"fault", add_fault},
              {"clear-faults", clear_faults},
              {"log", reply_log},
              {"clear-log", clear_log},
              {"count", reply_count},
              {"wait", wait_for_requests},
              {"connections", reply_connections},
              {"wait-open", wait_for_open},
              {"stream", set_stream},
              {"heartbeat", set_heartbeat},
              {"say", say},
              {"cut-streams", cut_streams},
              {"wait-streams", wait_for_streams},
              {"suspend", suspend},
              {"resume", resume}};

static void dispatch(struct order *order)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (text_is(order->message->fields[0], orders[i].name)) {
            orders[i].obey(order);
            return;
        }
    }
    die("api_server: no such order: %s", order->message->fields[0].s);
}

static bool obey(struct api_net *net, const struct api_message *message, int channel)
{
    struct order order = {.net = net, .message = message};
    arena_init(&order.reply_texts);
    pthread_mutex_lock(&net->lock);
    dispatch(&order);
    bool is_sent = api_message_send(channel, order.reply, order.reply_count);
    pthread_mutex_unlock(&net->lock);
    arena_release(&order.reply_texts);
    return is_sent;
}

void api_control_run(struct api_net *net, int channel)
{
    struct api_message message;
    bool is_there = true;
    while (is_there && api_message_receive(channel, &message)) {
        is_there = obey(net, &message, channel);
        api_message_release(&message);
    }
}
