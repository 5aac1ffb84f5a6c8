/*
 * Words for made-up payloads. Names and sentences come in many scripts on purpose: a screen that was only ever shown ASCII breaks on
 * the first real customer.
 */
#include "data/demo/demo_parts.h"

#include <string.h>

static const char *const people[] = {
    "Ada Lovelace",     "Jürgen Groß", "李雷",           "Zoë Ångström", "Grace Hopper",
    "Søren Kierkegård", "山田 花子",   "José Núñez",     "Łukasz Żółć",  "محمد علي",
    "Anna Schmidt",     "김민수",      "Olena Шевченко", "דנה כהן",      "Tim Weiß",
    "Nguyễn Thị Hoa",   "Ines Müller", "Sam O’Neill",    "Fatima Zahra", "Ravi Kumar",
};

static const char *const logins[] = {"ada",    "juergen", "lilei", "zoe",   "grace", "soren",
                                     "hanako", "jose",    "anna",  "minsu", "sam",   "ravi"};

static const char *const companies[] = {
    "Acme GmbH",     "Müller & Söhne KG", "北京云科技", "Northwind Traders",
    "Åkerlund AB",   "株式会社さくら",    "Initech",    "Globex",
    "Größenwahn AG", "Café Zürich",       "شركة النور", "Hooli",
    "Umbrella",      "Straße 7 UG",
};

static const char *const sentences[] = {
    "Crash on empty config",
    "Größe falsch berechnet — überprüfen",
    "Add dark mode 🌙",
    "支付失败：订单号重复",
    "Rechnung für März fehlt, bitte nachreichen",
    "Deploy stuck at 97 %",
    "ログインできません（再現手順あり）",
    "الفاتورة لم تصل بعد",
    "Customer asks for a refund, order is 3 weeks old",
    "חשבונית כפולה נשלחה ללקוח",
    "Flaky test: timezone dependent",
    "Übersetzung der Straße ist falsch",
    "🔥 p95 latency doubled since the release",
    "Webhook is delivered twice",
    "결제 오류가 발생했습니다",
    "Export to CSV drops the last row",
    "naïve façade résumé — œuvre",
    "Família 👨‍👩‍👧‍👦 plan is missing 🇧🇷",
    "Sign-in loop after password reset",
    "Search returns results for „quoted“ words only",
};

static const char *const queries[] = {"invoice", "overdue", "crash", "timeout", "refund",
                                      "login",   "größe",   "登录",  "billing", "churn"};
static const char *const repositories[] = {"web",   "api",  "billing",       "mobile-app",
                                           "infra", "docs", "data-pipeline", "straßenkarte"};
static const char *const domains[] = {"example.com", "example.org", "mail.example.net", "kunde.example.de"};

#define PICK(rng, list) ((list)[rand_below((rng), sizeof(list) / sizeof(list)[0])])

static void expand_one(struct rand *rng, char what, struct buf *out)
{
    switch (what) {
    case 'n': buf_printf(out, "%u", 1 + rand_below(rng, 999)); break;
    case 'N': buf_printf(out, "%u", 10000 + rand_below(rng, 90000)); break;
    case 'h': buf_printf(out, "%08x", (unsigned)rand_next(rng)); break;
    case 'w': buf_str(out, PICK(rng, people)); break;
    case 'l': buf_str(out, PICK(rng, logins)); break;
    case 'e':
        buf_printf(out, "%s%u@", PICK(rng, logins), rand_below(rng, 90));
        buf_str(out, PICK(rng, domains));
        break;
    case 'c': buf_str(out, PICK(rng, companies)); break;
    case 'm': buf_printf(out, "%u.%02u", 3 + rand_below(rng, 9000), rand_below(rng, 100)); break;
    case 'd': buf_printf(out, "2026-%02u-%02u", 1 + rand_below(rng, 12), 1 + rand_below(rng, 28)); break;
    case 's': buf_str(out, PICK(rng, sentences)); break;
    case 'q': buf_str(out, PICK(rng, queries)); break;
    case 'p': buf_str(out, PICK(rng, repositories)); break;
    case 'v':
        buf_printf(out, "v%u.%u.%u", 1 + rand_below(rng, 4), rand_below(rng, 20), rand_below(rng, 9));
        break;
    default: buf_printf(out, "~%c", what); break;
    }
}

void demo_expand(struct rand *rng, const char *from, struct buf *out)
{
    for (const char *tilde; (tilde = strchr(from, '~')) && tilde[1]; from = tilde + 2) {
        buf_add(out, from, (size_t)(tilde - from));
        expand_one(rng, tilde[1], out);
    }
    buf_str(out, from);
}

void demo_json_quote(struct text raw, struct buf *out)
{
    buf_char(out, '"');
    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.s[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_str(out, "\\n");
        else if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_char(out, (char)c);
    }
    buf_char(out, '"');
}
