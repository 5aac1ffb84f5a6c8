/*
 * The test server as a program: for a test, which holds the other end of the channel, or by hand (see tests/support/api_server.h).
 */
#include "tests/support/api_server_control.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *path, *scope, *token;
    int port, delay_ms, channel;
    bool is_real, is_serial, is_gzip, has_stream;
};

static _Noreturn void usage(void)
{
    fputs("usage: api_server FILE.db [--port N] [--delay MS] [--real] [--serial] [--gzip] [--stream] "
          "[--token TOKEN] "
          "[--scope ID]\n",
          stderr);
    exit(2);
}

static int number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < 0)
        usage();
    return (int)n;
}

static struct options read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},    {"delay", required_argument, NULL, 'd'},
        {"real", no_argument, NULL, 'r'},          {"serial", no_argument, NULL, 's'},
        {"gzip", no_argument, NULL, 'z'},          {"stream", no_argument, NULL, 'e'},
        {"token", required_argument, NULL, 't'},   {"scope", required_argument, NULL, 'S'},
        {"channel", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
    struct options options = {.channel = -1};
    for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (letter) {
        case 'p': options.port = number(optarg); break;
        case 'd': options.delay_ms = number(optarg); break;
        case 'c': options.channel = number(optarg); break;
        case 'r': options.is_real = true; break;
        case 's': options.is_serial = true; break;
        case 'z': options.is_gzip = true; break;
        case 'e': options.has_stream = true; break;
        case 't': options.token = optarg; break;
        case 'S': options.scope = optarg; break;
        default: usage();
        }
    }
    if (optind + 1 != argc)
        usage();
    options.path = argv[optind];
    return options;
}

static void apply(const struct options *options, struct api_net *net)
{
    struct api_manners *manners = &net->manners;
    manners->is_real = options->is_real;
    manners->is_serial = options->is_serial;
    manners->is_gzip = options->is_gzip;
    manners->has_stream = options->has_stream;
    net->file.scope = options->scope;
    net->keeps_log = options->channel >= 0;
    if (options->token) {
        manners->authorization = arena_printf(&net->texts, "Bearer %s", options->token);
        manners->challenge = "Bearer";
    }
    if (options->delay_ms) {
        net->delays = arena_alloc(&net->texts, sizeof *net->delays);
        *net->delays = (struct api_delay){"", options->delay_ms, NULL};
    }
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    static struct api_net net;
    signal(SIGPIPE, SIG_IGN);
    if (!api_net_open(&net, options.path, options.port)) {
        perror("api_server");
        return 1;
    }
    apply(&options, &net);
    if (!api_net_start(&net))
        return 1;
    char port[16];
    snprintf(port, sizeof port, "%d", net.port);
    if (options.channel >= 0) {
        struct text field = text_of(port);
        api_message_send(options.channel, &field, 1);
        api_control_run(&net, options.channel);
        _exit(0);
    }
    printf("http://127.0.0.1:%s\n", port);
    fflush(stdout);
    for (;;)
        pause();
}
