/*
 * What is read, and what of it may go where. A request has one Authorization: the token goes before user and password, and those before netrc. Cookies
 * go beside it.
 */
#include "data/http/http_auth_int.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <strings.h>

enum { SECRETS_FILE_MAX = 1 << 20 }; /* of many hosts' secrets: netrc, a browser's cookies */

/* ---- token, user and password ---- */

static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    return false;
}

/* Cuts the text down to its first line, and that to what stands between blanks where is_trimmed. */
static void keep_first_line(char *text, bool is_trimmed)
{
    size_t n = strcspn(text, "\n"), start = 0;
    if (n && text[n - 1] == '\r')
        n--;
    while (is_trimmed && n && strchr(" \t\r", text[n - 1]))
        n--;
    while (is_trimmed && start < n && strchr(" \t", text[start]))
        start++;
    size_t all = strlen(text);
    memmove(text, text + start, n - start);
    explicit_bzero(text + n - start, all - (n - start));
}

static enum err_code check_token(const char *token, const char *origin, struct err *err)
{
    if (!*token) {
        err_set(err, ERR_NOT_FOUND, "%s is empty", origin);
        return err_hint(err, "The token is the first line.");
    }
    if (has_control(token)) {
        err_set(err, ERR_IO, "%s has control characters in it", origin);
        return err_hint(err, "A token is one line of plain text.");
    }
    return ERR_OK;
}

static enum err_code read_token(const struct auth_places *places, struct cancel *cancel, char **token,
                                struct err *err)
{
    enum err_code code = ERR_OK;
    if (places->token)
        *token = mem_strdup(places->token);
    else if (places->token_file)
        code = secret_read_file(&(struct secret_file){places->token_file, HTTP_SECRET_MAX, true}, token, err);
    else if (places->token_command)
        code = secret_run(places->token_command, places->command_ms, cancel, token, err);
    if (code != ERR_OK || !*token)
        return code;
    keep_first_line(*token, true);
    return check_token(*token, places->origin, err);
}

static enum err_code read_user(const struct auth_places *places, char **user, struct err *err)
{
    if (!places->user_file)
        return ERR_OK;
    struct secret_file file = {places->user_file, HTTP_SECRET_MAX, true};
    enum err_code code = secret_read_file(&file, user, err);
    if (code != ERR_OK)
        return code;
    keep_first_line(*user, false);
    if (strchr(*user, ':') && !has_control(*user))
        return ERR_OK;
    err_set(err, ERR_IO, "%s does not begin with a line user:password", places->user_file);
    return err_hint(err, "One line, the user and the password with a colon between them.");
}

/* ---- cookies ---- */

/* Netscape's lines have seven fields, between tabs. */
static bool is_netscape(const char *text)
{
    int tabs = 0;
    for (; *text; text++) {
        tabs = *text == '\n' ? 0 : tabs + (*text == '\t');
        if (tabs >= 6)
            return true;
    }
    return false;
}

static bool add_cookie(const char *line, size_t n, struct buf *out)
{
    while (n && strchr(" \t\r", line[n - 1]))
        n--;
    if (!n || *line == '#')
        return true;
    const char *equals = memchr(line, '=', n);
    if (!equals || equals == line)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return false;
    if (out->len)
        buf_str(out, "; ");
    buf_add(out, line, n);
    return true;
}

/* Lines NAME=VALUE as one header's value. NULL: a line is something else. */
static char *cookies_of(const char *text)
{
    struct buf out;
    /* Room for all from the start: growing would leave copies behind. */
    buf_init(&out, HTTP_SECRET_MAX);
    buf_fill(&out, ' ', out.limit);
    buf_clear(&out);
    bool is_good = true;
    for (const char *line = text; *line && is_good;) {
        size_t n = strcspn(line, "\n");
        is_good = add_cookie(line, n, &out);
        line += line[n] ? n + 1 : n;
    }
    is_good = is_good && out.len && !buf_is_cut(&out);
    buf_cstr(&out);
    char *cookies = buf_take(&out);
    if (is_good)
        return cookies;
    secret_free(cookies);
    return NULL;
}

static enum err_code read_cookies(const struct auth_places *places, struct http_credentials *out,
                                  struct err *err)
{
    char *text = NULL;
    if (!places->cookie_file)
        return ERR_OK;
    struct secret_file file = {places->cookie_file, SECRETS_FILE_MAX, true};
    enum err_code code = secret_read_file(&file, &text, err);
    if (code != ERR_OK)
        return code;
    if (is_netscape(text))
        out->cookie_file = mem_strdup(places->cookie_file);
    else
        out->cookie = cookies_of(text);
    secret_free(text);
    if (out->cookie_file || out->cookie)
        return ERR_OK;
    err_set(err, ERR_IO, "%s holds no cookies", places->cookie_file);
    return err_hint(err, "Lines NAME=VALUE, or a browser's cookies in Netscape's format.");
}

/* ---- netrc ---- */

/* Whether there is an entry for the host, or one for all. */
static bool netrc_knows(const char *text, const char *host)
{
    static const char blank[] = " \t\r\n";
    bool is_name = false;
    for (;;) {
        text += strspn(text, blank);
        size_t n = strcspn(text, blank);
        if (!n)
            return false;
        struct text word = {text, n};
        if ((is_name && (word.n == strlen(host) && !strncasecmp(word.s, host, word.n))) ||
            (!is_name && text_is(word, "default")))
            return true;
        is_name = !is_name && text_is(word, "machine");
        text += n;
    }
}

/* The file that nobody named is passed over where it cannot be read: it may be for other programs. */
static enum err_code read_netrc(const struct auth_places *places, struct http_credentials *out,
                                const char **origin, struct err *err)
{
    char *text = NULL;
    if (!places->netrc_file || !places->is_open || out->bearer || out->user)
        return ERR_OK;
    struct secret_file file = {places->netrc_file, SECRETS_FILE_MAX, places->is_netrc_named};
    enum err_code code = secret_read_file(&file, &text, places->is_netrc_named ? err : NULL);
    if (code != ERR_OK)
        return places->is_netrc_named ? code : ERR_OK;
    if (netrc_knows(text, places->host)) {
        out->netrc_file = mem_strdup(places->netrc_file);
        if (!places->origin)
            *origin = places->netrc_origin;
    }
    secret_free(text);
    return ERR_OK;
}

/* ---- all of it ---- */

static enum err_code check_open(const struct auth_places *places, struct err *err)
{
    if (places->is_open || (!places->origin && !places->is_netrc_named))
        return ERR_OK;
    err_set(err, ERR_DENIED, "%s is not sent to %s: plain http would show it to the whole network",
            places->origin ? places->origin : places->netrc_origin, places->host);
    return err_hint(err, "Use https://, or allow this host by name: plain_http = %s", places->host);
}

enum err_code auth_read(const struct auth_places *places, struct cancel *cancel, struct http_credentials *out,
                        const char **origin, struct err *err)
{
    *out = (struct http_credentials){0};
    *origin = places->origin;
    enum err_code code = check_open(places, err);
    if (code == ERR_OK)
        code = read_token(places, cancel, &out->bearer, err);
    if (code == ERR_OK && !out->bearer)
        code = read_user(places, &out->user, err);
    if (code == ERR_OK)
        code = read_cookies(places, out, err);
    if (code == ERR_OK)
        code = read_netrc(places, out, origin, err);
    if (code != ERR_OK)
        http_credentials_release(out);
    return code;
}
