/*
 * See answer.h. What a question asks for is checked here, before anything is sent or written: the asker gets
 * what it asked for, and the person hears of a mistake while there is time to put it right.
 */
#include "data/answer/answer.h"

#include "data/answer/answer_int.h"
#include "data/http/http_address.h"

const char *answer_word(enum answer_action action)
{
    static const char *const words[] = {
        [ANSWER_ACCEPT] = "accept", [ANSWER_DECLINE] = "decline", [ANSWER_CANCEL] = "cancel"};
    return words[action];
}

static bool has_required(const struct answer_form *form)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->fields[i].is_required)
            return true;
    return false;
}

static void put_field(const struct form_field *field, bool is_first, struct buf *out)
{
    enum { NAME_MAX_SHOWN = 40 };
    struct text name = text_is_null(field->name) ? field->title : field->name;
    buf_str(out, is_first ? "" : ", ");
    buf_add(out, name.s, name.n < NAME_MAX_SHOWN ? name.n : NAME_MAX_SHOWN);
    if (field->hint[0] || field->is_required)
        buf_printf(out, " (%s%s%s)", field->is_required ? "required" : "",
                   field->is_required && field->hint[0] ? ": " : "", field->hint);
}

static bool wants_secret(const struct answer_form *form)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->fields[i].is_secret && form->fields[i].is_required)
            return true;
    return false;
}

/* Which fields there are, and a line that would do. */
static enum err_code tell_fields(const struct answer_form *form, struct err *err)
{
    struct buf fields, example;
    buf_init(&fields, 240);
    buf_init(&example, 200);
    for (size_t i = 0; i < form->count; i++)
        put_field(&form->fields[i], i == 0, &fields);
    answer_form_example(form, &example);
    err_set(err, ERR_USAGE, "to accept needs an answer: %s%s", buf_cstr(&fields),
            buf_is_cut(&fields) ? " ..." : "");
    if (!buf_is_cut(&example))
        err_hint(err,
                 wants_secret(form) ? "For example: accept -, with %s on standard input"
                                    : "For example: accept '%s'",
                 buf_cstr(&example));
    buf_release(&fields);
    buf_release(&example);
    return ERR_USAGE;
}

/* Too late for this one, but the person will have learnt it for the next. */
static enum err_code check_in_sight(const struct answer_request *request, const struct answer_form *form,
                                    struct err *err)
{
    struct buf open, secret;
    if (!request->is_in_sight)
        return ERR_OK;
    buf_init(&open, FORM_CONTENT_MAX + 8);
    buf_init(&secret, FORM_CONTENT_MAX + 8);
    answer_form_split(form, request->content, &open, &secret);
    bool holds_secret = secret.len > 0;
    buf_release(&open);
    buf_release(&secret);
    if (!holds_secret)
        return ERR_OK;
    err_set(err, ERR_USAGE,
            "this answer holds a secret: it does not belong on a command line, which everybody can read");
    return err_hint(err, "Give it on standard input: accept -  or in a file: accept @FILE");
}

enum err_code answer_check(const struct answer_request *request, const struct interaction *asked,
                           struct arena *arena, struct answer_form *form, struct err *err)
{
    if (request->action != ANSWER_ACCEPT) {
        *form = (struct answer_form){0};
        return ERR_OK;
    }
    enum err_code code = answer_form_read(asked->payload_json, arena, form, err);
    if (!code && text_is_null(request->content) && has_required(form))
        return tell_fields(form, err);
    if (!code)
        code = answer_form_check_content(form, request->content, err);
    return code ? code : check_in_sight(request, form, err);
}

static enum err_code check_request(const struct answer_request *request, struct err *err)
{
    if (request->run_id && request->run_id[0])
        return ERR_OK;
    return err_set(err, ERR_USAGE, "which run? Its id, or the beginning of it, is missing");
}

enum err_code answer_send(const char *address, const struct http_settings *http,
                          const struct answer_request *request, struct cancel *cancel, struct err *err)
{
    enum err_code code = check_request(request, err);
    if (code)
        return code;
    return http_address_is(address) ? answer_remote(address, http, request, cancel, err)
                                    : answer_local(address, request, err);
}
