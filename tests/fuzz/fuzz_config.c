/*
 * Any config file and any remembered state: read without harm, and within their bounds.
 */
#include "tui/config.h"
#include "tui/state_file.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_config(struct text text)
{
    struct config config;
    struct report report;
    config_init(&config);
    config_read(&config, text, &report);
    for (size_t i = 0; i < report.count && i < REPORT_MAX; i++)
        must(report.mistakes[i].line > 0 && report.mistakes[i].what[0]);
    config_release(&config);
}

static void check_state(struct text text)
{
    struct saved_state state;
    saved_state_init(&state);
    saved_state_read(&state, text);
    must(state.filter_count <= STATE_FILTERS_MAX);
    for (size_t i = 0; i < state.filter_count; i++)
        must(state.filters[i][0] && strlen(state.filters[i]) <= STATE_LINE_MAX &&
             !strchr(state.filters[i], '\n'));
    saved_state_release(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = {(const char *)data, size};
    check_config(text);
    check_state(text);
    return 0;
}
