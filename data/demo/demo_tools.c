/*
 * The tools of the made-up workplace: what each takes, gives, how long it takes and how often it fails. The paths are in several
 * namespaces of different sizes, some without a dot, one three segments deep, so that facets and `prefix.*` have something to do.
 */
#include "data/demo/demo_parts.h"

#define ISSUE                                                                                                \
    "{\"number\":~n,\"title\":\"~s\",\"state\":\"open\",\"assignee\":\"~w\",\"labels\":[\"bug\",\"~q\"]}"
#define CUSTOMER "{\"id\":\"cus_~h\",\"name\":\"~w\",\"email\":\"~e\",\"company\":\"~c\",\"balance\":~m}"
#define EVENT                                                                                                \
    "{\"id\":\"ev_~h\",\"title\":\"~s\",\"start\":\"~dT09:30:00+02:00\",\"attendees\":[\"~e\",\"~e\"]}"

const struct demo_tool demo_tools[] = {
    {"github.issues.list", 180, 6, "{\"repo\":\"acme/~p\",\"state\":\"open\",\"per_page\":~n}",
     "[" ISSUE "," ISSUE "," ISSUE "]", "{\"message\":\"Bad credentials\",\"status\":401}"},
    {"github.issues.get", 90, 14, "{\"repo\":\"acme/~p\",\"number\":~n}", ISSUE, "Not Found"},
    {"github.issues.create", 420, 10,
     "{\"repo\":\"acme/~p\",\"body\":{\"title\":\"~s\",\"labels\":[\"~q\"]}}", ISSUE,
     "{\"message\":\"Validation "
     "Failed\",\"errors\":[{\"resource\":\"Issue\",\"field\":\"title\",\"code\":\"missing_field\"}]}"},
    {"github.issues.comment", 260, 5, "{\"repo\":\"acme/~p\",\"number\":~n,\"body\":\"~s — ~w\"}",
     "{\"id\":~N,\"ok\":true}", "{\"message\":\"Issue is locked\",\"status\":403}"},
    {"github.pulls.list", 210, 4, "{\"repo\":\"acme/~p\",\"state\":\"open\"}",
     "[{\"number\":~n,\"title\":\"~s\",\"draft\":false,\"author\":\"~w\"},{\"number\":~n,\"title\":\"~s\","
     "\"draft\":true,\"author\":\"~w\"}]",
     "{\"message\":\"Server Error\",\"status\":502}"},
    {"github.pulls.merge", 900, 30, "{\"repo\":\"acme/~p\",\"number\":~n,\"method\":\"squash\"}",
     "{\"merged\":true,\"sha\":\"~h~h\"}", "{\"message\":\"Pull Request is not mergeable\",\"status\":405}"},
    {"github.actions.runs", 330, 8, "{\"repo\":\"acme/~p\",\"branch\":\"main\"}",
     "{\"total\":~n,\"runs\":[{\"id\":~N,\"conclusion\":\"success\"},{\"id\":~N,\"conclusion\":\"failure\"}]"
     "}",
     "{\"message\":\"Not Found\",\"status\":404}"},
    {"slack.post", 140, 5, "{\"channel\":\"#~q\",\"text\":\"~s\"}", "{\"ok\":true,\"ts\":\"17~N~n.~N\"}",
     "channel_not_found"},
    {"slack.channels.history", 230, 6, "{\"channel\":\"#~q\",\"limit\":~n}",
     "{\"messages\":[{\"user\":\"~w\",\"text\":\"~s\"},{\"user\":\"~w\",\"text\":\"~s\"}],\"has_more\":true}",
     "not_in_channel"},
    {"slack.users.lookup", 80, 12, "{\"email\":\"~e\"}",
     "{\"ok\":true,\"user\":{\"id\":\"U~h\",\"name\":\"~w\"}}", "users_not_found"},
    {"stripe.customers.search", 160, 5, "{\"query\":\"email:'~e'\"}",
     "{\"data\":[" CUSTOMER "],\"has_more\":false}",
     "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"No such customer\"}}"},
    {"stripe.invoices.list", 240, 6, "{\"customer\":\"cus_~h\",\"status\":\"open\",\"limit\":~n}",
     "{\"data\":[{\"id\":\"in_~h\",\"amount_due\":~N,\"currency\":\"eur\",\"due\":\"~d\"},{\"id\":\"in_~h\","
     "\"amount_due\":~N,"
     "\"currency\":\"usd\",\"due\":\"~d\"}]}",
     "{\"error\":{\"type\":\"api_error\",\"message\":\"An unknown error occurred\"}}"},
    {"stripe.refunds.create", 650, 22,
     "{\"charge\":\"ch_~h\",\"amount\":~N,\"reason\":\"requested_by_customer\"}",
     "{\"id\":\"re_~h\",\"status\":\"succeeded\"}",
     "{\"error\":{\"code\":\"charge_already_refunded\",\"message\":\"Charge ch_~h has already been "
     "refunded.\"}}"},
    {"stripe.balance.get", 110, 3, "{}",
     "{\"available\":[{\"amount\":~N00,\"currency\":\"eur\"}],\"pending\":[]}",
     "{\"error\":{\"type\":\"api_connection_error\"}}"},
    {"crm.contacts.search", 60, 4, "{\"q\":\"~q\"}", "{\"total\":2,\"results\":[" CUSTOMER "," CUSTOMER "]}",
     "index is being rebuilt"},
    {"crm.contacts.update", 120, 9, "{\"id\":\"cus_~h\",\"set\":{\"owner\":\"~w\"}}", CUSTOMER,
     "version conflict: expected ~n, found ~n"},
    {"crm.deals.list", 190, 5, "{\"stage\":\"~q\"}",
     "[{\"deal\":\"~c\",\"value\":~m},{\"deal\":\"~c\",\"value\":~m}]", "forbidden"},
    {"crm.reports.slow", 7200, 15, "{\"quarter\":\"2026-Q2\",\"group\":\"~q\"}",
     "{\"waitedMs\":~N,\"rows\":~n}", "{\"error\":\"upstream exploded\"}"},
    {"linear.issues.search", 150, 4, "{\"query\":\"~q\"}",
     "{\"nodes\":[{\"id\":\"ENG-~n\",\"title\":\"~s\"},{\"id\":\"ENG-~n\",\"title\":\"~s\"}]}",
     "Authentication required"},
    {"linear.issues.create", 310, 8, "{\"team\":\"ENG\",\"title\":\"~s\"}",
     "{\"id\":\"ENG-~n\",\"url\":\"https://linear.example.com/ENG-~n\"}",
     "Argument Validation Error: teamId must be a UUID"},
    {"gmail.messages.search", 380, 7, "{\"q\":\"from:~e newer_than:7d\"}",
     "{\"messages\":[{\"id\":\"~h\",\"from\":\"~w <~e>\",\"subject\":\"~s\"}],\"estimate\":~n}",
     "invalid_grant: Token has been expired or revoked."},
    {"gmail.drafts.create", 290, 6,
     "{\"to\":\"~e\",\"subject\":\"Re: ~s\",\"body\":\"Hallo ~w,\\n\\nvielen Dank für Ihre "
     "Nachricht.\\n\\nGrüße\"}",
     "{\"draft\":\"~h\"}", "Recipient address required"},
    {"calendar.events.list", 170, 4, "{\"from\":\"~d\",\"days\":7}", "[" EVENT "," EVENT "]",
     "calendar is not shared"},
    {"calendar.events.create", 340, 9, "{\"title\":\"~s\",\"start\":\"~dT14:00\",\"with\":[\"~e\"]}", EVENT,
     "conflict with \"~s\""},
    {"warehouse.query.run", 1900, 25,
     "{\"sql\":\"SELECT country, sum(amount) AS revenue\\nFROM orders\\nWHERE created_at >= '~d'\\nGROUP BY "
     "1 ORDER BY 2 DESC LIMIT ~n\"}",
     "{\"columns\":[\"country\",\"revenue\"],\"rows\":[[\"DE\",~m],[\"FR\",~m],[\"日本\",~m],[\"BR\",~m]],"
     "\"bytes\":~N000}",
     "syntax error at or near \"FORM\" at line 2"},
    {"warehouse.tables.describe", 70, 3, "{\"table\":\"~q\"}",
     "{\"columns\":[[\"id\",\"bigint\"],[\"created_at\",\"timestamptz\"],[\"~q\",\"text\"]]}",
     "relation \"~q\" does not exist"},
    {"sheets.rows.append", 280, 10, "{\"sheet\":\"~h\",\"values\":[[\"~d\",\"~c\",~m]]}",
     "{\"updatedRange\":\"Data!A~n:C~n\"}", "The caller does not have permission"},
    {"sheets.rows.read", 220, 5, "{\"sheet\":\"~h\",\"range\":\"A1:D~n\"}",
     "{\"values\":[[\"~w\",\"~e\",\"~m\"],[\"~w\",\"~e\",\"~m\"]]}", "Unable to parse range"},
    {"pagerduty.incidents.list", 130, 4, "{\"status\":\"triggered\"}",
     "[{\"id\":\"P~h\",\"title\":\"~s\",\"urgency\":\"high\"}]", "account suspended"},
    {"pagerduty.incidents.ack", 150, 7, "{\"id\":\"P~h\"}", "{\"id\":\"P~h\",\"status\":\"acknowledged\"}",
     "incident already resolved"},
    {"storage.objects.put", 520, 8, "{\"bucket\":\"exports\",\"key\":\"~d/~p-~h.json\"}",
     "{\"etag\":\"~h~h\",\"size\":~N}", "SlowDown: Please reduce your request rate."},
    {"storage.objects.list", 140, 4, "{\"bucket\":\"exports\",\"prefix\":\"~d/\"}",
     "{\"keys\":[\"~d/~p-~h.json\",\"~d/~p-~h.json\"]}", "NoSuchBucket"},
    {"translate.text", 450, 6, "{\"to\":\"de\",\"text\":\"~s\"}", "{\"text\":\"~s\",\"detected\":\"en\"}",
     "text too long: ~N characters"},
    {"weather.forecast", 200, 9, "{\"city\":\"Zürich\"}",
     "{\"city\":\"Zürich\",\"days\":[{\"max\":~n,\"sky\":\"☀️\"},{\"max\":~n,\"sky\":\"🌧\"}]}",
     "504 Gateway Time-out"},
    {"desk.approvals.request", 240, 4, "{\"what\":\"~s\",\"amount\":~m}",
     "{\"content\":[{\"type\":\"text\",\"text\":\"approved: ~s\"}]}", "MCP error -32001: Request timed out"},
    {"desk.sign_in", 300, 12, "{\"service\":\"~q\"}", "{\"signedIn\":true}",
     "MCP error -32001: Request timed out"},
    {"search", 24, 1, "{\"query\":\"~q\",\"limit\":5}",
     "[{\"path\":\"github.issues.list\",\"description\":\"List "
     "issues\",\"score\":~n},{\"path\":\"crm.contacts.search\",\"description\":\"Search\","
     "\"score\":~n}]",
     "query must not be empty"},
    {"describe.tool", 18, 2, "{\"path\":\"github.issues.list\"}",
     "{\"path\":\"github.issues.list\",\"inputTypeScript\":\"{ state?: string "
     "}\",\"outputTypeScript\":\"Record<string, unknown>[]\"}",
     "{ \"toolId\": \"~q.list\" }"},
    {"executor.sources.list", 30, 1, "{}",
     "[{\"id\":\"crm\",\"kind\":\"openapi\",\"toolCount\":4},{\"id\":\"github\",\"kind\":\"openapi\","
     "\"toolCount\":7},{\"id\":\"desk\",\"kind\":"
     "\"mcp\",\"toolCount\":2}]",
     "forbidden"},
};

const size_t demo_tool_count = sizeof demo_tools / sizeof demo_tools[0];
