/*
 * See sample_run.h.
 */
#include "tests/support/sample_run.h"

#include "tests/support/golden.h"

#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

void sample_run_locale(void)
{
    const char *locale = setlocale(LC_CTYPE, "C.UTF-8");
    assert(locale);
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
}

static const char CODE[] =
    "const issues = await tools.github.issues.list({ owner: \"acme\", repo: \"billing\" });\n"
    "for (const issue of issues.slice(0, 2)) {\n"
    "  const full = await tools.github.issues.get({ number: issue.number });\n"
    "  // the customer decides\n"
    "  const who = await tools.crm.contacts.search({ query: full.author, limit: 1 });\n"
    "  await tools.github.issues.update({ number: 4812, labels: [\"bug\", `p${who.tier}`] });\n"
    "}\n"
    "await tools.slack.chat.postMessage({ channel: '#ops', text: 'done' });\n";

static const char ERROR[] = "Error: HTTP 403: secondary rate limit exceeded; retry after 41s\n"
                            "    at github.issues.update (tools/github.ts:118:11)\n"
                            "    at run (executor-runtime.js:42:7)";

static const char LOGS[] = "[\"[debug] cache miss\",\"[log] 12 issues\",\"[info] first "
                           "{\\\"number\\\":4812,\\\"state\\\":\\\"open\\\"}\","
                           "\"[warn] 3 requests left\",\"[error] HTTP 403\\n    at update (github.ts:118)\","
                           "\"[error] giving up\"]";

static struct run failed_run(void)
{
    return (struct run){
        .id = text_of("3f1c9a52-7be0-4c1d-9a52-1e0c77d0b8aa"),
        .scope_id = text_of("acme-12ab34cd"),
        .status = text_of("failed"),
        .code = text_of(CODE),
        .error_text = text_of(ERROR),
        .logs_json = text_of(LOGS),
        .trigger_kind = text_of("mcp"),
        .trigger_meta_json = text_of("{\"client\":\"desktop\",\"user\":\"sam\"}"),
        .created_at = SAMPLE_RUN_START,
        .started_at = SAMPLE_RUN_START + 2,
        .completed_at = SAMPLE_RUN_START + 5202,
        .updated_at = SAMPLE_RUN_START + 5202,
        .tool_call_count = 6,
    };
}

void sample_call(struct arena *arena, struct detail_reply *detail, struct tool_call call)
{
    struct tool_call *calls = arena_array(arena, detail->call_count + 1, sizeof *calls);
    if (detail->call_count)
        memcpy(calls, detail->calls, detail->call_count * sizeof *calls);
    calls[detail->call_count++] = call;
    detail->calls = calls;
}

static void add_call(struct arena *arena, struct detail_reply *detail, const char *path, int64_t from,
                     int64_t ms)
{
    bool is_failed = strcmp(path, "github.issues.update") == 0;
    struct tool_call call = {
        .id = text_of(arena_printf(arena, "call-%zu", detail->call_count)),
        .execution_id = detail->detail.run.id,
        .status = text_of(is_failed ? "failed" : "completed"),
        .tool_path = text_of(path),
        .args_json = text_of("{\"owner\":\"acme\",\"number\":4812,\"labels\":[\"bug\",\"p1\"]}"),
        .result_json = is_failed ? TEXT_NULL : text_of("{\"ok\":true,\"body\":\"{\\\"count\\\":2}\"}"),
        .error_text = is_failed ? text_of(ERROR) : TEXT_NULL,
        .started_at = SAMPLE_RUN_START + 2 + from,
        .completed_at = SAMPLE_RUN_START + 2 + from + ms,
        .duration_ms = ms,
    };
    sample_call(arena, detail, call);
}

struct detail_reply sample_run(struct arena *arena)
{
    struct detail_reply detail = {.detail = {.run = failed_run(), .pending = -1}};
    add_call(arena, &detail, "github.issues.list", 0, 1120);
    add_call(arena, &detail, "github.issues.get", 1120, 488);
    add_call(arena, &detail, "github.issues.get", 1130, 731);
    add_call(arena, &detail, "crm.contacts.search", 1870, 390);
    add_call(arena, &detail, "github.issues.update", 2260, 2740);
    add_call(arena, &detail, "slack.chat.postMessage", 5000, 141);
    return detail;
}

struct detail_reply sample_run_completed(struct arena *arena)
{
    struct detail_reply detail = sample_run(arena);
    struct run *run = &detail.detail.run;
    run->status = text_of("completed");
    run->error_text = TEXT_NULL;
    run->result_json =
        text_of("{\"items\":[{\"id\":9007199254740993,\"tags\":[\"a\",\"b\"]},{\"id\":2,\"tags\":[]}],"
                "\"content\":\"{\\\"ok\\\":true}\",\"note\":\"line one\\nline two\\nline three\"}");
    return detail;
}

struct detail_reply sample_run_running(struct arena *arena)
{
    struct detail_reply detail = sample_run(arena);
    struct run *run = &detail.detail.run;
    run->status = text_of("running");
    run->error_text = run->logs_json = TEXT_NULL;
    run->started_at = SAMPLE_RUN_NOW - 8000;
    run->completed_at = TIME_NONE;
    run->tool_call_count = 0;
    detail.call_count = 0;
    add_call(arena, &detail, "github.issues.get", run->started_at - SAMPLE_RUN_START, 4000);
    struct tool_call open = detail.calls[0];
    open.id = text_of("call-open");
    open.status = text_of("running");
    open.tool_path = text_of("slack.chat.postMessage");
    open.started_at = SAMPLE_RUN_NOW - 3000;
    open.result_json = TEXT_NULL;
    open.completed_at = TIME_NONE;
    open.duration_ms = DURATION_NONE;
    sample_call(arena, &detail, open);
    return detail;
}

struct detail_reply sample_run_waiting(struct arena *arena)
{
    struct detail_reply detail = sample_run_running(arena);
    struct run *run = &detail.detail.run;
    run->status = text_of("waiting_for_interaction");
    struct interaction *asked = arena_array(arena, 2, sizeof *asked);
    asked[0] = (struct interaction){
        .id = text_of("ask-2"),
        .status = text_of("pending"),
        .kind = text_of("FormElicitation"),
        .purpose = text_of("Approve a refund of 951.91 € for Initech?"),
        .payload_json = text_of(
            "{\"kind\":\"form\",\"message\":\"Approve a refund of 951.91 € for "
            "Initech?\",\"requestedSchema\":"
            "{\"type\":\"object\",\"properties\":{\"approved\":{\"type\":\"boolean\",\"title\":\"Approve\"},"
            "\"reason\":{\"type\":\"string\",\"enum\":[\"goodwill\",\"mistake\"]}},\"required\":["
            "\"approved\"]}}"),
        .created_at = SAMPLE_RUN_NOW - 5000,
        .updated_at = SAMPLE_RUN_NOW - 5000,
    };
    asked[1] = (struct interaction){
        .id = text_of("ask-1"),
        .status = text_of("resolved"),
        .kind = text_of("UrlElicitation"),
        .payload_json = text_of("{\"kind\":\"url\",\"message\":\"Sign in to "
                                "Acme\",\"url\":\"https://login.example.com/authorize?state=24\"}"),
        .response_json = text_of("{\"action\":\"accept\"}"),
        .has_private_response = true,
        .created_at = SAMPLE_RUN_NOW - 65000,
        .updated_at = SAMPLE_RUN_NOW - 60000,
    };
    detail.detail.interactions = asked;
    detail.detail.interaction_count = 2;
    detail.detail.pending = 0;
    return detail;
}

/* ---- the drawer ---- */

struct drawer_bench *drawer_bench_new(struct detail_reply (*run)(struct arena *arena))
{
    struct drawer_bench *bench = calloc(1, sizeof *bench);
    assert(bench);
    arena_init(&bench->arena);
    bench->detail = run(&bench->arena);
    bench->doc = run_doc_new(&bench->detail);
    bench->drawer = drawer_new();
    bench->in = (struct drawer_input){.now = SAMPLE_RUN_NOW};
    bench->frame = (struct drawer_frame){.is_focused = true, .position = 5, .total = {303, true}};
    surface_init(&bench->surface, 0, 0, false);
    return bench;
}

void drawer_bench_free(struct drawer_bench *bench)
{
    drawer_free(bench->drawer);
    run_doc_free(bench->doc);
    surface_release(&bench->surface);
    arena_release(&bench->arena);
    free(bench);
}

/* The old document goes after the drawer has seen the new one, as the program does it. */
void drawer_bench_reread(struct drawer_bench *bench)
{
    struct run_doc *old = bench->doc;
    bench->doc = run_doc_new(&bench->detail);
    bench->in.doc = bench->doc;
    drawer_layout(bench->drawer, &bench->in);
    run_doc_free(old);
}

void drawer_bench_look(struct drawer_bench *bench, int w, int h)
{
    surface_resize(&bench->surface, w, h);
    bench->in.doc = bench->doc;
    bench->in.width = w;
    bench->in.height = h;
    bench->in.ascii = bench->surface.ascii;
    drawer_layout(bench->drawer, &bench->in);
    drawer_draw(&bench->surface, surface_rect(&bench->surface), bench->drawer, &bench->frame);
    golden_check_sound(&bench->surface);
}
