/*
 * Questions that a run puts to a person, and their answers.
 */
#include "data/store/store_int.h"

enum err_code store_put_interaction(struct store *store, enum statement which, const struct interaction *i,
                                    struct text secret, struct err *err)
{
    return store_do(store, which,
                    (const struct param[]){param_text(i->id), param_text(i->execution_id),
                                           param_text(i->status), param_text(i->kind), param_text(i->purpose),
                                           param_text(i->payload_json), param_text(i->response_json),
                                           param_text(secret), param_number(i->created_at),
                                           param_number(i->updated_at)},
                    err);
}

enum err_code store_import_interaction(struct store *store, const struct interaction *interaction,
                                       struct text secret, struct err *err)
{
    return store_put_interaction(store, SQL_INTERACTION, interaction, secret, err);
}

enum err_code store_ask(struct store *store, struct run_ref ref, const struct interaction *question,
                        struct err *err)
{
    enum err_code code = store_step_begin(store, err);
    if (code)
        return code;
    struct interaction asked = {.id = question->id,
                                .execution_id = ref.id,
                                .status = TEXT_LIT("pending"),
                                .kind = question->kind,
                                .purpose = question->purpose,
                                .payload_json = question->payload_json,
                                .created_at = question->created_at,
                                .updated_at = question->created_at};
    code = store_import_interaction(store, &asked, TEXT_NULL, err);
    if (!code)
        code = store_change_run(store, SQL_WAIT,
                                (const struct param[]){param_text(ref.scope_id), param_text(ref.id),
                                                       param_number(question->created_at)},
                                err);
    if (code == ERR_NOT_FOUND)
        err_hint(err, "It has ended, or was removed: nothing can be asked for it any more.");
    return store_step_end(store, code, err);
}

enum err_code store_answer(struct store *store, struct run_ref ref, struct text interaction_id,
                           const struct answer *answer, struct err *err)
{
    enum err_code code = store_step_begin(store, err);
    if (code)
        return code;
    struct text status = answer->is_cancelled ? TEXT_LIT("cancelled") : TEXT_LIT("resolved");
    code = store_change(store, SQL_ANSWER,
                        (const struct param[]){param_text(interaction_id), param_text(ref.id),
                                               param_text(status), param_text(answer->response_json),
                                               param_text(answer->response_private_json),
                                               param_number(answer->at), param_text(ref.scope_id)},
                        "pending interaction", err);
    if (!code)
        code = store_do(
            store, SQL_GO_ON,
            (const struct param[]){param_text(ref.scope_id), param_text(ref.id), param_number(answer->at)},
            err);
    return store_step_end(store, code, err);
}
