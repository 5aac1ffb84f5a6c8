/*
 * See screen.h. Bytes pass a small control-sequence reader on their way to libvterm. Three things are rewritten
 * there: libvterm before 0.4 ignores SGR 2 (dim), so dim travels as font 1, which nothing else uses; it misreads a colour
 * with colons (38:2::R:G:B, as of xterm-direct), so that is written with semicolons; and it ignores REP, which ncurses
 * sends for runs of one character, so the run is written out.
 */
#include "tests/support/screen.h"

#include "data/base/buf.h"
#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

enum { SEQUENCE_MAX = 128, MODES_MAX = 64, REPEAT_MAX = 4096, TEXT_MAX = 4 * 1024 * 1024 };

enum reader_state { AT_TEXT, AT_ESCAPE, AT_SEQUENCE };

struct mode {
    int number;
    bool is_set;
};

struct screen {
    VTerm *vt;
    VTermScreen *cells;
    bool is_cursor_visible;

    enum reader_state state;
    char sequence[SEQUENCE_MAX]; /* behind ESC [ and up to the final byte */
    size_t sequence_len;
    char last[4]; /* the last character written, for REP */
    size_t last_len;

    struct mode modes[MODES_MAX]; /* every private mode that was ever switched */
    int mode_count;
};

static int on_property(VTermProp prop, VTermValue *value, void *user)
{
    struct screen *screen = user;
    if (prop == VTERM_PROP_CURSORVISIBLE)
        screen->is_cursor_visible = value->boolean;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

struct screen *screen_new(int cols, int rows)
{
    struct screen *screen = mem_new_array(1, sizeof *screen);
    screen->vt = vterm_new(rows, cols);
    vterm_set_utf8(screen->vt, 1);
    screen->cells = vterm_obtain_screen(screen->vt);
    screen->is_cursor_visible = true;
    vterm_screen_set_callbacks(screen->cells, &callbacks, screen);
    vterm_screen_enable_altscreen(screen->cells, 1);
    vterm_screen_reset(screen->cells, 1);
    return screen;
}

void screen_free(struct screen *screen)
{
    if (!screen)
        return;
    vterm_free(screen->vt);
    free(screen);
}

void screen_resize(struct screen *screen, int cols, int rows)
{
    vterm_set_size(screen->vt, rows, cols);
    vterm_screen_flush_damage(screen->cells);
}

/* --- the reader ------------------------------------------------------------------------------------------------- */

static void emit(struct screen *screen, const char *bytes, size_t n)
{
    vterm_input_write(screen->vt, bytes, n);
}

/* How many further parameters a colour in SGR takes: 38;5;N and 38;2;R;G;B. */
static int colour_parameters(const char *parameter, const char *next)
{
    bool is_colour =
        strcmp(parameter, "38") == 0 || strcmp(parameter, "48") == 0 || strcmp(parameter, "58") == 0;
    if (!is_colour || !next)
        return 0;
    return *next == '5' ? 2 : *next == '2' ? 4 : 0;
}

/* 38:2::R:G:B and 38:5:N, the form of the standard, in the form that every emulator reads. The colour space between the
 * two colons is nobody's. */
static void add_colour(struct buf *out, const char *parameter)
{
    const char *empty = strstr(parameter, "::");
    for (const char *at = parameter; *at; at++)
        if (at != empty)
            buf_char(out, *at == ':' ? ';' : *at);
}

static void add_attribute(struct buf *out, const char *attribute)
{
    bool is_colour = strncmp(attribute, "38:", 3) == 0 || strncmp(attribute, "48:", 3) == 0;
    if (is_colour)
        add_colour(out, attribute);
    else if (strcmp(attribute, "2") == 0)
        buf_str(out, "11");
    else
        buf_str(out, strcmp(attribute, "22") == 0 ? "22;10" : attribute);
}

static void emit_sgr(struct screen *screen)
{
    struct buf out;
    buf_init(&out, SEQUENCE_MAX * 4);
    buf_str(&out, "\033[");
    int of_colour = 0; /* parameters to come that are numbers of a colour, not attributes: 38;5;2 is green */
    for (char *at = screen->sequence; at;) {
        char *semicolon = strchr(at, ';');
        if (semicolon)
            *semicolon = '\0';
        char *next = semicolon ? semicolon + 1 : NULL;
        if (of_colour)
            buf_str(&out, at);
        else
            add_attribute(&out, at);
        of_colour = of_colour ? of_colour - 1 : colour_parameters(at, next);
        if (next)
            buf_char(&out, ';');
        at = next;
    }
    buf_char(&out, 'm');
    emit(screen, out.data, out.len);
    buf_release(&out);
}

static void emit_repeat(struct screen *screen)
{
    long times = strtol(screen->sequence, NULL, 10);
    for (long i = 0; i < (times < 1 ? 1 : times) && i < REPEAT_MAX; i++)
        emit(screen, screen->last, screen->last_len);
}

static void note_mode(struct screen *screen, int number, bool is_set)
{
    int i = 0;
    while (i < screen->mode_count && screen->modes[i].number != number)
        i++;
    if (i == screen->mode_count && screen->mode_count == MODES_MAX)
        die("screen: more than %d private modes", MODES_MAX);
    screen->modes[i] = (struct mode){number, is_set};
    screen->mode_count += i == screen->mode_count;
}

/* ?25;1049h: a question mark, then numbers. */
static void note_modes(struct screen *screen, bool is_set)
{
    for (char *at = screen->sequence; at; at = strchr(at + 1, ';'))
        note_mode(screen, (int)strtol(at + 1, NULL, 10), is_set);
}

static void end_sequence(struct screen *screen, char final)
{
    screen->state = AT_TEXT;
    screen->sequence[screen->sequence_len] = '\0';
    bool is_private = screen->sequence[0] >= '<' && screen->sequence[0] <= '?';
    if (screen->sequence[0] == '?' && (final == 'h' || final == 'l'))
        note_modes(screen, final == 'h');

    if (final == 'm' && !is_private)
        emit_sgr(screen);
    else if (final == 'b' && !is_private && screen->last_len)
        emit_repeat(screen);
    else {
        emit(screen, "\033[", 2);
        emit(screen, screen->sequence, screen->sequence_len);
        emit(screen, &final, 1);
    }
}

static void note_last(struct screen *screen, char byte)
{
    bool is_continuation = ((unsigned char)byte & 0xC0) == 0x80;
    if (!is_continuation)
        screen->last_len = 0;
    if (screen->last_len < sizeof screen->last)
        screen->last[screen->last_len++] = byte;
}

/* Text up to the next escape; returns the bytes taken. */
static size_t feed_text(struct screen *screen, const char *bytes, size_t n)
{
    const char *escape = memchr(bytes, '\033', n);
    size_t len = escape ? (size_t)(escape - bytes) : n;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)bytes[i] >= ' ')
            note_last(screen, bytes[i]);
    emit(screen, bytes, len);
    screen->state = escape ? AT_ESCAPE : AT_TEXT;
    return len + (escape != NULL);
}

static void feed_escaped(struct screen *screen, char byte)
{
    screen->sequence_len = 0;
    screen->state = byte == '[' ? AT_SEQUENCE : AT_TEXT;
    if (byte == '[')
        return;
    emit(screen, "\033", 1);
    emit(screen, &byte, 1);
}

static void feed_sequence(struct screen *screen, char byte)
{
    if (byte >= '@' && byte <= '~')
        end_sequence(screen, byte);
    else if (screen->sequence_len + 1 < SEQUENCE_MAX)
        screen->sequence[screen->sequence_len++] = byte;
}

void screen_feed(struct screen *screen, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n;) {
        if (screen->state == AT_TEXT)
            i += feed_text(screen, bytes + i, n - i);
        else if (screen->state == AT_ESCAPE)
            feed_escaped(screen, bytes[i++]);
        else
            feed_sequence(screen, bytes[i++]);
    }
    vterm_screen_flush_damage(screen->cells);
}

/* --- what is on it ---------------------------------------------------------------------------------------------- */

int screen_cols(const struct screen *screen)
{
    int rows, cols;
    vterm_get_size(screen->vt, &rows, &cols);
    return cols;
}

int screen_rows(const struct screen *screen)
{
    int rows, cols;
    vterm_get_size(screen->vt, &rows, &cols);
    return rows;
}

static struct colour colour_of(const VTermColor *colour, bool is_default)
{
    if (is_default)
        return (struct colour){.kind = COLOUR_DEFAULT};
    if (VTERM_COLOR_IS_INDEXED(colour))
        return (struct colour){.kind = COLOUR_INDEXED, .index = colour->indexed.idx};
    return (struct colour){
        .kind = COLOUR_RGB, .r = colour->rgb.red, .g = colour->rgb.green, .b = colour->rgb.blue};
}

static void text_of_cell(const VTermScreenCell *from, char out[CELL_TEXT])
{
    size_t len = 0;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && from->chars[i]; i++)
        len += utf8_encode(from->chars[i], out + len);
    out[len] = '\0';
}

/* libvterm marks the right half of a wide character so. */
static const uint32_t right_half = UINT32_MAX;

struct cell screen_cell(struct screen *screen, int row, int col)
{
    VTermScreenCell from;
    if (!vterm_screen_get_cell(screen->cells, (VTermPos){row, col}, &from))
        return (struct cell){.width = 1};
    struct cell cell = {
        .width = from.width,
        .fg = colour_of(&from.fg, VTERM_COLOR_IS_DEFAULT_FG(&from.fg)),
        .bg = colour_of(&from.bg, VTERM_COLOR_IS_DEFAULT_BG(&from.bg)),
        .bold = from.attrs.bold,
        .dim = from.attrs.font == 1,
        .italic = from.attrs.italic,
        .underline = from.attrs.underline != VTERM_UNDERLINE_OFF,
        .blink = from.attrs.blink,
        .reverse = from.attrs.reverse,
        .strike = from.attrs.strike,
    };
    if (from.chars[0] == right_half)
        cell.width = 0;
    else
        text_of_cell(&from, cell.text);
    return cell;
}

struct screen_cursor screen_cursor(struct screen *screen)
{
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(screen->vt), &at);
    return (struct screen_cursor){at.row, at.col, screen->is_cursor_visible};
}

static void add_line(struct screen *screen, int row, struct buf *out)
{
    size_t end = out->len; /* behind the last cell that is not blank */
    for (int col = 0; col < screen_cols(screen); col++) {
        struct cell cell = screen_cell(screen, row, col);
        if (cell.width > 0)
            buf_str(out, cell.text[0] ? cell.text : " ");
        if (cell.text[0] && strcmp(cell.text, " ") != 0)
            end = out->len;
    }
    out->len = end;
}

char *screen_line(struct screen *screen, int row)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    add_line(screen, row, &out);
    return buf_take(&out);
}

char *screen_text(struct screen *screen)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    for (int row = 0; row < screen_rows(screen); row++) {
        add_line(screen, row, &out);
        buf_char(&out, '\n');
    }
    return buf_take(&out);
}

/* --- modes, keys, answers ---------------------------------------------------------------------------------------- */

/* A fresh terminal wraps lines (7) and shows the cursor (25). 12 is whether the cursor blinks, which nobody restores. */
static bool is_set_at_first(int mode)
{
    return mode == 7 || mode == 25;
}

bool screen_mode(const struct screen *screen, int mode)
{
    for (int i = 0; i < screen->mode_count; i++)
        if (screen->modes[i].number == mode)
            return screen->modes[i].is_set;
    return is_set_at_first(mode);
}

bool screen_is_restored(const struct screen *screen, int *mode)
{
    for (int i = 0; i < screen->mode_count; i++) {
        if (screen->modes[i].number == 12 ||
            screen->modes[i].is_set == is_set_at_first(screen->modes[i].number))
            continue;
        if (mode)
            *mode = screen->modes[i].number;
        return false;
    }
    return true;
}

static const struct {
    const char *name;
    VTermKey key;
} keys[] = {
    {"Up", VTERM_KEY_UP},         {"Down", VTERM_KEY_DOWN},  {"Left", VTERM_KEY_LEFT},
    {"Right", VTERM_KEY_RIGHT},   {"Home", VTERM_KEY_HOME},  {"End", VTERM_KEY_END},
    {"Ins", VTERM_KEY_INS},       {"Del", VTERM_KEY_DEL},    {"PgUp", VTERM_KEY_PAGEUP},
    {"PgDn", VTERM_KEY_PAGEDOWN}, {"Tab", VTERM_KEY_TAB},    {"Enter", VTERM_KEY_ENTER},
    {"BS", VTERM_KEY_BACKSPACE},  {"Esc", VTERM_KEY_ESCAPE},
};

static VTermKey key_named(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].key;
    long number = name[0] == 'F' ? strtol(name + 1, NULL, 10) : 0;
    return number >= 1 && number <= 12 ? (VTermKey)VTERM_KEY_FUNCTION(number) : VTERM_KEY_NONE;
}

size_t screen_key(struct screen *screen, const char *name, char *out, size_t size)
{
    int modifiers = VTERM_MOD_NONE;
    while (name[0] && name[1] == '-' && name[2]) {
        modifiers |= name[0] == 'S'   ? VTERM_MOD_SHIFT
                     : name[0] == 'A' ? VTERM_MOD_ALT
                     : name[0] == 'C' ? VTERM_MOD_CTRL
                                      : 0;
        name += 2;
    }
    VTermKey key = key_named(name);
    if (key != VTERM_KEY_NONE)
        vterm_keyboard_key(screen->vt, key, (VTermModifier)modifiers);
    return vterm_output_read(screen->vt, out, size);
}

size_t screen_answer(struct screen *screen, char *out, size_t size)
{
    return vterm_output_read(screen->vt, out, size);
}
