/*
 * What people and machines run: TypeScript of every length, each with the tools that it calls, what it logs, gives back and asks. The
 * code of a flow has a few variants that run again and again, as real code does: "how does this run compare with others of
 * the same code" needs others.
 */
#include "data/demo/demo_parts.h"

/*                       cli http mcp cron schedule nobody */
#define PEOPLE                                                                                               \
    {                                                                                                        \
        3, 3, 8, 0, 0, 0                                                                                     \
    }
#define AGENTS                                                                                               \
    {                                                                                                        \
        1, 1, 12, 0, 0, 0                                                                                    \
    }
#define SERVICES                                                                                             \
    {                                                                                                        \
        0, 10, 1, 0, 0, 0                                                                                    \
    }
#define MACHINES                                                                                             \
    {                                                                                                        \
        0, 0, 0, 8, 3, 0                                                                                     \
    }
#define ODD                                                                                                  \
    {                                                                                                        \
        1, 1, 1, 1, 0, 6                                                                                     \
    }

const struct demo_flow demo_flows[] = {
    {.weight = 60,
     .triggers = AGENTS,
     .variants = 8,
     .own_ms = 12,
     .code =
         "const issues = await tools.github.issues.list({ repo: 'acme/~p', state: 'open' });\nreturn issues;",
     .steps = {"github.issues.list"},
     .result = "[{\"number\":~n,\"title\":\"~s\",\"state\":\"open\",\"labels\":[\"bug\"]},{\"number\":~n,"
               "\"title\":\"~s\",\"state\":\"open\"}]"},

    {.weight = 45,
     .triggers = PEOPLE,
     .variants = 8,
     .own_ms = 6,
     .code = "return await tools.crm.contacts.search({ q: '~q' });",
     .steps = {"crm.contacts.search"},
     .result =
         "{\"total\":2,\"results\":[{\"name\":\"~w\",\"email\":\"~e\"},{\"name\":\"~w\",\"email\":\"~e\"}]}"},

    {.weight = 26,
     .triggers = AGENTS,
     .variants = 6,
     .own_ms = 9,
     .code = "const found = await tools.search({ query: '~q', limit: 5 });\n"
             "const d = await tools.describe.tool({ path: found[0].path });\nreturn { found, d };",
     .steps = {"search", "describe.tool"},
     .result = "{\"found\":[{\"path\":\"github.issues.list\",\"score\":~n}],\"d\":{\"inputTypeScript\":\"{ "
               "state?: string }\"}}"},

    {.weight = 10,
     .triggers = AGENTS,
     .variants = 1,
     .own_ms = 5,
     .code = "return await tools.executor.sources.list({});",
     .steps = {"executor.sources.list"},
     .result = "[{\"id\":\"crm\",\"kind\":\"openapi\",\"toolCount\":4},{\"id\":\"github\",\"kind\":"
               "\"openapi\",\"toolCount\":7}]"},

    {.weight = 34,
     .triggers = SERVICES,
     .variants = 3,
     .own_ms = 20,
     .has_retry = true,
     .code = "// stripe → slack: invoices that became overdue\n"
             "const customer = await tools.stripe.customers.search({ query: `email:'~e'` });\n"
             "const { data } = await tools.stripe.invoices.list({ customer: customer.data[0].id, status: "
             "'open' });\n"
             "const late = data.filter((i) => Date.parse(i.due) < Date.now());\n"
             "console.log(`${late.length} of ${data.length} invoices are overdue`);\n"
             "if (late.length > 0) {\n"
             "  await tools.slack.post({ channel: '#billing', text: `⚠️ ${customer.data[0].name}: "
             "${late.length} overdue` });\n"
             "}\n"
             "return late;",
     .steps = {"stripe.customers.search", "stripe.invoices.list", "slack.post"},
     .logs = "[log] ~n of ~n invoices are overdue",
     .result = "[{\"id\":\"in_~h\",\"amount_due\":~N,\"currency\":\"eur\",\"due\":\"~d\"}]"},

    {.weight = 14,
     .triggers = SERVICES,
     .variants = 4,
     .own_ms = 15,
     .ask = ASK_FORM,
     .ask_permille = 350,
     .code = "const amount = ~N;\n"
             "const ok = await tools.desk.approvals.request({ what: 'Refund for ~c', amount });\n"
             "if (!ok.content[0].text.startsWith('approved')) return { refunded: false };\n"
             "const refund = await tools.stripe.refunds.create({ charge: 'ch_~h', amount });\n"
             "console.info('refunded', refund.id);\n"
             "return { refunded: true, refund };",
     .steps = {"desk.approvals.request", "stripe.refunds.create"},
     .purpose = "Approve a refund of ~m € for ~c?",
     .logs = "[info] refunded re_~h",
     .result = "{\"refunded\":true,\"refund\":{\"id\":\"re_~h\",\"status\":\"succeeded\"}}"},

    {.weight = 20,
     .triggers = MACHINES,
     .variants = 2,
     .own_ms = 30,
     .layers = 1,
     .code = "/** Every 15 minutes: is anything on fire? */\n"
             "const open = await tools.pagerduty.incidents.list({ status: 'triggered' });\n"
             "for (const incident of open) {\n"
             "  if (incident.urgency !== 'high') continue;\n"
             "  console.warn(`still open: ${incident.title}`);\n"
             "  await tools.slack.post({ channel: '#ops', text: `🔥 ${incident.title}` });\n"
             "}\n"
             "return { open: open.length };",
     .steps = {"pagerduty.incidents.list", "slack.post"},
     .repeat = 2,
     .logs = "[warn] still open: ~s\n[debug] checked at ~dT0~n",
     .result = "{\"open\":~n}"},

    {.weight = 16,
     .triggers = MACHINES,
     .variants = 3,
     .own_ms = 60,
     .helpers = 2,
     .code = "const since = new Date(Date.now() - 24 * 3600 * 1000).toISOString().slice(0, 10);\n"
             "const { columns, rows } = await tools.warehouse.query.run({\n"
             "  sql: `SELECT country, sum(amount) AS revenue\n"
             "          FROM orders\n"
             "         WHERE created_at >= '${since}'\n"
             "         GROUP BY 1 ORDER BY 2 DESC LIMIT ~n`,\n"
             "});\n"
             "console.log('rows', rows.length);\n"
             "for (const row of rows) await tools.sheets.rows.append({ sheet: '~h', values: [[since, "
             "...row]] });\n"
             "return Object.fromEntries(rows);",
     .steps = {"warehouse.query.run", "sheets.rows.append"},
     .repeat = 6,
     .logs = "[log] rows ~n\n[debug] bytes scanned ~N000\n[info] sheet ~h updated",
     .result = "{\"DE\":~m,\"FR\":~m,\"日本\":~m,\"BR\":~m}"},

    {.weight = 12,
     .triggers = PEOPLE,
     .variants = 5,
     .own_ms = 25,
     .is_parallel = true,
     .code = "const [issues, pulls, builds] = await Promise.all([\n"
             "  tools.github.issues.list({ repo: 'acme/~p' }),\n"
             "  tools.github.pulls.list({ repo: 'acme/~p' }),\n"
             "  tools.github.actions.runs({ repo: 'acme/~p', branch: 'main' }),\n"
             "]);\n"
             "return {\n"
             "  issues: issues.length,\n"
             "  drafts: pulls.filter((p) => p.draft).length,\n"
             "  red: builds.runs.filter((r) => r.conclusion === 'failure').length,\n"
             "};",
     .steps = {"github.issues.list", "github.pulls.list", "github.actions.runs"},
     .result = "{\"issues\":~n,\"drafts\":2,\"red\":1}"},

    {.weight = 10,
     .triggers = PEOPLE,
     .variants = 4,
     .own_ms = 20,
     .ask = ASK_FORM,
     .ask_permille = 500,
     .code = "const pr = ~n;\n"
             "const checks = await tools.github.actions.runs({ repo: 'acme/~p', branch: `pr-${pr}` });\n"
             "if (checks.runs.some((r) => r.conclusion !== 'success')) throw new Error(`checks of #${pr} are "
             "not green`);\n"
             "// asks a person before it merges\n"
             "return await tools.github.pulls.merge({ repo: 'acme/~p', number: pr, method: 'squash' });",
     .steps = {"github.actions.runs", "github.pulls.merge"},
     .purpose = "POST /repos/acme/~p/pulls/~n/merge",
     .result = "{\"merged\":true,\"sha\":\"~h~h\"}"},

    {.weight = 7,
     .triggers = PEOPLE,
     .variants = 3,
     .own_ms = 20,
     .ask = ASK_URL,
     .ask_permille = 300,
     .code = "await tools.desk.sign_in({ service: 'gmail' });\n"
             "const { messages } = await tools.gmail.messages.search({ q: 'from:~e newer_than:7d' });\n"
             "return messages.map(({ subject, from }) => `${from}: ${subject}`);",
     .steps = {"desk.sign_in", "gmail.messages.search"},
     .purpose = "Sign in to ~q",
     .result = "[\"~w <~e>: ~s\",\"~w <~e>: ~s\"]"},

    {.weight = 14,
     .triggers = AGENTS,
     .variants = 4,
     .own_ms = 40,
     .catches = true,
     .helpers = 1,
     .code = "// Entwürfe für alle offenen Anfragen anlegen\n"
             "const anfragen = await tools.gmail.messages.search({ q: 'label:support is:unread' });\n"
             "const entwürfe: string[] = [];\n"
             "for (const m of anfragen.messages) {\n"
             "  try {\n"
             "    const { text } = await tools.translate.text({ to: 'de', text: m.subject });\n"
             "    const d = await tools.gmail.drafts.create({ to: m.from, subject: `Re: ${text}`, body: "
             "'Grüße' });\n"
             "    entwürfe.push(d.draft);\n"
             "  } catch (e) {\n"
             "    console.error('übersprungen:', m.id, (e as Error).message);\n"
             "  }\n"
             "}\n"
             "console.info(`${entwürfe.length} Entwürfe angelegt`);\n"
             "return entwürfe;",
     .steps = {"gmail.messages.search", "translate.text", "gmail.drafts.create"},
     .repeat = 3,
     .logs = "[info] ~n Entwürfe angelegt\n[debug] Überschrift: ~s",
     .result = "[\"~h\",\"~h\",\"~h\"]"},

    {.weight = 9,
     .triggers = PEOPLE,
     .variants = 3,
     .own_ms = 30,
     .code =
         "// 查询并汇总本周的会议\n"
         "const events = await tools.calendar.events.list({ from: '~d', days: 7 });\n"
         "const byPerson = new Map<string, number>();\n"
         "for (const e of events) for (const a of e.attendees) byPerson.set(a, (byPerson.get(a) ?? 0) + 1);\n"
         "return [...byPerson].sort((a, b) => b[1] - a[1]);",
     .steps = {"calendar.events.list"},
     .result = "[[\"~e\",~n],[\"~e\",7],[\"~e\",3]]"},

    {.weight = 6,
     .triggers = PEOPLE,
     .variants = 3,
     .own_ms = 20,
     .ask = ASK_FORM,
     .ask_permille = 200,
     .code = "const slot = '~dT14:00';\nconst e = await tools.calendar.events.create({ title: '~s', start: "
             "slot, with: ['~e'] });\n"
             "await tools.slack.post({ channel: '#team', text: `📅 ${e.title} ${slot}` });\nreturn e.id;",
     .steps = {"calendar.events.create", "slack.post"},
     .purpose = "Invite ~w on ~d?",
     .result = "\"ev_~h\""},

    {.weight = 8,
     .triggers = {3, 4, 3, 2, 1, 0},
     .variants = 3,
     .own_ms = 200,
     .code = "console.log('phase 1');\n"
             "const contacts = await tools.crm.contacts.search({ q: '~q' });\n"
             "const report = await tools.crm.reports.slow({ quarter: '2026-Q2', group: '~q' });\n"
             "console.log('phase 2', report.rows);\n"
             "return { contacts, report };",
     .steps = {"crm.contacts.search", "crm.reports.slow"},
     .logs = "[log] phase 1\n[log] phase 2 ~n",
     .result = "{\"contacts\":{\"total\":2},\"report\":{\"waitedMs\":~N,\"rows\":~n}}"},

    {.weight = 9,
     .triggers = MACHINES,
     .variants = 2,
     .own_ms = 400,
     .helpers = 6,
     .has_retry = true,
     .layers = 2,
     .code =
         "const today = isoDay(new Date());\n"
         "const keys = (await tools.storage.objects.list({ bucket: 'exports', prefix: `${today}/` })).keys;\n"
         "console.info(`nightly export: ${keys.length} objects are there already`);\n"
         "const deals = await tools.crm.deals.list({ stage: 'won' });\n"
         "for (const part of chunk(deals, 50)) {\n"
         "  const body = part.map((d) => JSON.stringify(d)).join('\\n');\n"
         "  const { etag } = await retry(() => tools.storage.objects.put({ bucket: 'exports', key: "
         "`${today}/~p-${hash(body)}.json` }));\n"
         "  console.debug('stored', etag);\n"
         "}\n"
         "return { exported: deals.length, sum: sum(deals.map((d) => d.value)) };",
     .steps = {"storage.objects.list", "crm.deals.list", "storage.objects.put"},
     .repeat = 8,
     .logs = "[info] nightly export: ~n objects are there already\n[debug] stored ~h~h\n[debug] stored "
             "~h~h\n[warn] part ~n is empty\n"
             "[debug] stored ~h~h",
     .result = "{\"exported\":~n,\"sum\":~m}"},

    {.weight = 3,
     .triggers = {2, 2, 4, 0, 0, 0},
     .variants = 2,
     .own_ms = 150,
     .helpers = 20,
     .layers = 3,
     .code =
         "// ---------------------------------------------------------------------------\n"
         "// Quarterly review: deals, invoices and issues of one customer, as one document\n"
         "// ---------------------------------------------------------------------------\n"
         "interface Review { customer: string; deals: number; open: number; issues: string[] }\n"
         "\n"
         "async function review(customer: string): Promise<Review> {\n"
         "  const [deals, invoices, issues] = await Promise.all([\n"
         "    tools.crm.deals.list({ stage: 'won' }),\n"
         "    tools.stripe.invoices.list({ customer, status: 'open' }),\n"
         "    tools.linear.issues.search({ query: customer }),\n"
         "  ]);\n"
         "  const open = sum(invoices.data.map((i) => i.amount_due / 100));\n"
         "  console.log(`${customer}: ${deals.length} deals, ${money(open)} open`);\n"
         "  return { customer, deals: deals.length, open, issues: issues.nodes.map((n) => n.title) };\n"
         "}\n"
         "\n"
         "const out: Review[] = [];\n"
         "for (const c of unique(['~c', '~c', '~c'])) {\n"
         "  out.push(await retry(() => review(c)));\n"
         "}\n"
         "const text = out.map((r) => `## ${r.customer}\\n\\n- deals: ${r.deals}\\n- open: "
         "${money(r.open)}`).join('\\n\\n');\n"
         "await tools.storage.objects.put({ bucket: 'reviews', key: `${isoDay(new Date())}/review.md` });\n"
         "return { text, out };",
     .steps = {"crm.deals.list", "stripe.invoices.list", "linear.issues.search", "storage.objects.put"},
     .repeat = 1,
     .logs = "[log] ~c: ~n deals, ~m € open\n[log] ~c: ~n deals, ~m € open\n[warn] ~c: no invoices\n[info] "
             "review stored",
     .result = "{\"text\":\"## ~c\\n\\n- deals: ~n\\n- open: ~m "
               "€\",\"out\":[{\"customer\":\"~c\",\"deals\":~n,\"open\":~m,\"issues\":[\"~s\"]},"
               "{\"customer\":\"~c\",\"deals\":~n,\"open\":~m,\"issues\":[\"~s\",\"~s\"]}]}"},

    {.weight = 12,
     .triggers = AGENTS,
     .variants = 6,
     .own_ms = 10,
     .catches = true,
     .code = "const me = await tools.slack.users.lookup({ email: '~e' });\n"
             "const history = await tools.slack.channels.history({ channel: '#~q', limit: ~n });\n"
             "return history.messages.filter((m) => m.user === me.user?.id || /\\b~q\\b/i.test(m.text));",
     .steps = {"slack.users.lookup", "slack.channels.history"},
     .result = "[{\"user\":\"~w\",\"text\":\"~s\"}]"},

    {.weight = 11,
     .triggers = SERVICES,
     .variants = 3,
     .own_ms = 15,
     .code = "const hit = await tools.linear.issues.search({ query: '~s' });\n"
             "if (hit.nodes.length) return { duplicateOf: hit.nodes[0].id };\n"
             "return await tools.linear.issues.create({ team: 'ENG', title: '~s' });",
     .steps = {"linear.issues.search", "linear.issues.create"},
     .result = "{\"id\":\"ENG-~n\",\"url\":\"https://linear.example.com/ENG-~n\"}"},

    {.weight = 7,
     .triggers = PEOPLE,
     .variants = 5,
     .own_ms = 15,
     .code = "const issue = await tools.github.issues.create({ repo: 'acme/~p', body: { title: '~s' } });\n"
             "await tools.github.issues.comment({ repo: 'acme/~p', number: issue.number, body: 'cc ~w' "
             "});\nreturn issue.number;",
     .steps = {"github.issues.create", "github.issues.comment"},
     .result = "~n"},

    {.weight = 6,
     .triggers = SERVICES,
     .variants = 2,
     .own_ms = 15,
     .repeat = 10,
     .code = "const changed = JSON.parse(input.body).contacts as { id: string; owner: string }[];\n"
             "for (const { id, owner } of changed) {\n  await tools.crm.contacts.update({ id, set: { owner } "
             "});\n}\n"
             "console.log(`updated ${changed.length} contacts`);\nreturn changed.length;",
     .steps = {"crm.contacts.update"},
     .logs = "[log] updated ~n contacts",
     .result = "~n"},

    {.weight = 8,
     .triggers = MACHINES,
     .variants = 1,
     .own_ms = 10,
     .code =
         "const { available } = await tools.stripe.balance.get({});\n"
         "if (available[0].amount < 1_000_000) console.warn('balance is low', available);\nreturn available;",
     .steps = {"stripe.balance.get"},
     .logs = "[warn] balance is low [{\"amount\":~N,\"currency\":\"eur\"}]",
     .result = "[{\"amount\":~N00,\"currency\":\"eur\"}]"},

    {.weight = 5,
     .triggers = {4, 1, 3, 0, 0, 0},
     .variants = 4,
     .own_ms = 10,
     .code = "return (await tools.weather.forecast({ city: 'Zürich' })).days;",
     .steps = {"weather.forecast"},
     .result = "[{\"max\":21,\"sky\":\"☀️\"},{\"max\":17,\"sky\":\"🌧\"}]"},

    {.weight = 9,
     .triggers = {8, 1, 3, 0, 0, 1},
     .variants = 8,
     .own_ms = 4,
     .code = "return ~n * ~n",
     .result = "~N"},

    {.weight = 4,
     .triggers = {5, 1, 2, 0, 0, 1},
     .variants = 6,
     .own_ms = 8,
     .code = "const s = '~s';\nconsole.log(s);\nreturn [...s].reverse().join('');",
     .logs = "[log] ~s",
     .result = "\"~s\""},

    {.weight = 4,
     .triggers = {2, 2, 2, 0, 0, 1},
     .variants = 4,
     .own_ms = 900,
     .code = "function fib(n: number): bigint {\n  let [a, b] = [0n, 1n];\n  while (n-- > 0) [a, b] = [b, a "
             "+ b];\n  return a;\n}\n"
             "return String(fib(~N));",
     .result = "\"~N~N~N~N~N~N~N~N~N~N\""},

    {.weight = 4,
     .triggers = ODD,
     .variants = 4,
     .own_ms = 30,
     .code = "const t = await tools.warehouse.tables.describe({ table: '~q' });\n"
             "const r = await tools.sheets.rows.read({ sheet: '~h', range: 'A1:D~n' });\nreturn { t, rows: "
             "r.values };",
     .steps = {"warehouse.tables.describe", "sheets.rows.read"},
     .result = "{\"t\":{\"columns\":[[\"id\",\"bigint\"]]},\"rows\":[[\"~w\",\"~e\",\"~m\"]]}"},

    {.weight = 5,
     .triggers = PEOPLE,
     .variants = 3,
     .own_ms = 12,
     .code = "const [first] = await tools.pagerduty.incidents.list({ status: 'triggered' });\n"
             "return first && (await tools.pagerduty.incidents.ack({ id: first.id }));",
     .steps = {"pagerduty.incidents.list", "pagerduty.incidents.ack"},
     .result = "{\"id\":\"P~h\",\"status\":\"acknowledged\"}"},

    {.weight = 5,
     .triggers = PEOPLE,
     .variants = 4,
     .own_ms = 12,
     .code = "return await tools.github.issues.get({ repo: 'acme/~p', number: ~n });",
     .steps = {"github.issues.get"},
     .result = "{\"number\":~n,\"title\":\"~s\",\"state\":\"closed\",\"assignee\":null}"},
};

const size_t demo_flow_count = sizeof demo_flows / sizeof demo_flows[0];
