/*
 * See secret_flag.h. Whoever tries --token is not mistaken about what they want, only about the place; so the error tells the place.
 */
#include "tui/secret_flag.h"

static const struct {
    const char *flag, *what, *place;
} flags[] = {
    {"--token", "a token", "Set EXECUTOR_RUNS_TOKEN, or token_file or token_command in the config."},
    {"--bearer", "a token", "Set EXECUTOR_RUNS_TOKEN, or token_file or token_command in the config."},
    {"--header", "a header", "Set EXECUTOR_RUNS_TOKEN, or token_file or token_command in the config."},
    {"--password", "a password", "Set user_file in the config (one line, user:password), or use ~/.netrc."},
    {"--user", "a password", "Set user_file in the config (one line, user:password), or use ~/.netrc."},
    {"--cookie", "a cookie", "Set cookie_file in the config."},
};

bool secret_flag_refuse(struct text flag, struct err *err)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (!text_is(flag, flags[i].flag))
            continue;
        err_set(err, ERR_USAGE, "there is no %s: %s on a command line is seen by everybody on the machine",
                flags[i].flag, flags[i].what);
        err_hint(err, "%s", flags[i].place);
        return true;
    }
    return false;
}
