/*
 * Any key file: no line of it makes the keymap say two things, and every binding that it makes can be written as a line that gives the same.
 */
#include "keymap/keymap.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_binding(const struct key_binding *binding)
{
    char text[KEY_TEXT];
    struct key again;
    key_format(binding->key, KEY_FORM_FILE, text);
    must(key_parse(text_of(text), &again) && key_equal(again, binding->key));
    must(binding->command == COMMAND_NONE || command_binds_in(binding->command, binding->context));
}

static void check_unique(const struct keymap *keymap, size_t at)
{
    const struct key_binding *one = &keymap->bindings[at];
    for (size_t i = at + 1; i < keymap->count; i++) {
        const struct key_binding *other = &keymap->bindings[i];
        must(one->context != other->context || !key_equal(one->key, other->key));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keymap keymap;
    struct report report;
    keymap_init(&keymap, size & 1);
    keymap_load(&keymap, (struct text){(const char *)data, size}, &report);
    for (size_t i = 0; i < keymap.count; i++) {
        check_binding(&keymap.bindings[i]);
        check_unique(&keymap, i);
    }
    return 0;
}
