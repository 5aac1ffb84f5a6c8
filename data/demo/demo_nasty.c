/*
 * Rows that an honest executor could record and a careless screen would die of. None of them does harm to a reader that shows outside
 * bytes as text; each is here because some program somewhere did not.
 */
#include "data/demo/demo_parts.h"

#define ESC "\x1b"

const struct demo_nasty demo_nasties[] = {
    /* clear screen, title, colours: in the code itself */
    {"console.log('" ESC "[2J" ESC "[H" ESC "]0;owned\a" ESC "[31mred" ESC "[0m');\nreturn '" ESC
     "[5mblink';",
     "\"\\u001b[5mblink\"", NULL,
     "[\"[log] \\u001b[2J\\u001b[H\\u001b]0;owned\\u0007\\u001b[31mred\\u001b[0m\"]"},
    /* a clipboard write, an answerback query, and raw controls where JSON forbids them */
    {"return 'osc 52';", "\"" ESC "]52;c;cm0gLXJmIH4=\a" ESC "[c" ESC "[6n\"", NULL,
     "[\"[warn] " ESC "]52;c;cm0gLXJmIH4=\a\"]"},
    /* bidi overrides and isolates: the text that is seen is not the text that runs */
    {"const access = 'user\xe2\x80\xae \xe2\x81\xa6// only for admins\xe2\x81\xa9 \xe2\x81\xa6';\nif (access "
     "!== 'user') return 'admin';",
     "\"abc\xe2\x80\xae txt.exe\"", NULL,
     "[\"[log] \xe2\x80\xab\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d abc \xe2\x80\xac\"]"},
    /* broken UTF-8: a lone continuation, an overlong slash, a surrogate, a cut emoji */
    {"return Buffer.from('\xff\xfe\x80 \xc0\xaf \xed\xa0\x80 \xf0\x9f\x98');", "\"\xff\xfe \xf0\x9f\x98\"",
     "Error: invalid byte \xff at 3", "[\"[error] \xc3(\"]"},
    /* combining marks without end, zero-width joiners, and very wide characters */
    {"const z = "
     "'Z\xcc\xb6\xcc\x9b\xcc\xb8\xcd\x81\xcd\x8e\xcc\xaa\xcc\xab\xcc\xbc"
     "a\xcc\xb6\xcc\x81\xcd\x90\xcc\x9f\xcc"
     "\xb1l\xcc\xb6g\xcc\xb7o\xcc\xb4';\n"
     "return z + '\xef\xb7\xbd\xf0\x92\x90\xab';",
     "\"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81 a\xe2\x80\x8b\xe2\x80\x8b\xe2\x80\x8b"
     "b\"",
     NULL, NULL},
    /* tabs, carriage returns, backspaces, form feeds and DEL */
    {"return 'safe';\r\treturn 'over\b\b\b\bwritten\f\v\x7f';", "\"\\b\\f\\r\\t\\u007f\\u0000\"", NULL,
     "[\"[info] progress 10%\\rprogress 99%\\r\"]"},
    /* logs that are no array, a result that breaks off, and a status line of another program */
    {"return broken", "{\"open\":[1,2,{\"never\":\"clos", "SyntaxError: Unexpected end of JSON input",
     "{\"not\":\"an array\"}"},
    /* C1 controls, as UTF-8 and as bare bytes */
    {"return '\xc2\x9b"
     "31m c1 \xc2\x90 dcs \x9b"
     "2J';",
     "\"\xc2\x9b"
     "2J\"",
     NULL, "[\"[debug] \xc2\x85 next line \xe2\x80\xa8 separator\"]"},
    /* depth and numbers that overflow */
    {"return nested",
     "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{\"n\":1e999,\"big\":123456789012345678901234567890}]]]]]]]]]]]]]]]]]]]"
     "]]]]]]]]]]]]]",
     NULL, "[1,null,{\"a\":2},[\"[log] inside\"],\"no level at all\"]"},
    /* looks like markup and format strings */
    {"return '%s%s%s%n <script>alert(1)</script> $(reboot) `id` \\x1b[0m';",
     "\"%n%n ${jndi:ldap://x} ~~ {{7*7}}\"", "%s: %d", "[\"[log] %s %n\"]"},
    /* nothing at all */
    {"", "", "", "[]"},
    /* only space */
    {" \n\n\t \n", "   ", "\n\n\n", "[\"\",\" \",\"[log]\",\"[error]\"]"},
};

const size_t demo_nasty_count = sizeof demo_nasties / sizeof demo_nasties[0];
