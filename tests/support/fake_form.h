/*
 * A question on a fake screen: a waiting run that asks, and its form, opened and filled in.
 *
 *     struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
 *     fake_form_fill(fake);
 *     fake_key(fake, "F2");
 */
#pragma once

#include "tests/support/fake_screen.h"

/* Of a run that `record` made. */
#define FAKE_FORM_RECORDED                                                                                   \
    "{\"recorder\":{\"pid\":7,\"start\":1,\"bootId\":\"b\",\"pidNamespace\":1,"                              \
    "\"machine\":\"0123456789abcdef\",\"host\":\"web\"}}"

#define FAKE_FORM_FIELDS                                                                                     \
    "{\"kind\":\"form\",\"message\":\"Deploy "                                                               \
    "it?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{"                                        \
    "\"approved\":{\"type\":\"boolean\"},"                                                                   \
    "\"window\":{\"type\":\"string\",\"enum\":[\"now\",\"tonight\",\"monday\"],\"default\":\"tonight\"},"    \
    "\"share\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":10},"                         \
    "\"regions\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"eu\",\"us\"]}},"             \
    "\"token\":{\"type\":\"string\",\"writeOnly\":true}},"                                                   \
    "\"required\":[\"approved\",\"token\"]}}"

/* The one question, to be changed under the screen's feet. */
struct interaction *fake_form_question(void);
/* Every waiting run asks it, and was recorded here. */
void fake_form_ask(struct fake_screen *fake, const char *payload);
/* On a waiting run, whose question is opened. */
struct fake_screen *fake_form_open(void **state, const char *payload);
struct answer_draft *fake_form_draft(const struct fake_screen *fake); /* the open one */

/* FAKE_FORM_FIELDS, all of them; the token is s3cr3t. */
void fake_form_fill(struct fake_screen *fake);
/* The same, looked through and sent. */
void fake_form_send(struct fake_screen *fake);
const char *fake_form_content(const struct fake_screen *fake); /* of the answer that was sent */
