# executor-runs: `make run` tries it, `make test` proves it, `make help` lists the rest.
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
WERROR  ?= -Werror
OPT     ?= -O2 -g
SAN     ?=
DEMO    ?= $(BUILD)/demo.db

CSTD     = -std=c11
CPPFLAGS += -D_GNU_SOURCE -D_XOPEN_SOURCE_EXTENDED -DNCURSES_WIDECHAR=1 -I. -I$(BUILD)
WARN     = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
           -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wcast-align -Wno-missing-field-initializers
CFLAGS  += $(CSTD) $(OPT) $(WARN) $(WERROR) $(SAN) -pthread -fstack-protector-strong -MMD -MP
LDLIBS_APP  = -lsqlite3 -lncursesw -ltinfo -lcjson -lpthread -lm
LDLIBS_TEST = -lcmocka -lvterm -lutil

# The rooms. Each becomes one static library, so that a forbidden reference fails to link in the tests of a lower room.
BASE_SRC   = $(wildcard data/base/*.c)
STORE_SRC  = $(wildcard data/store*.c data/demo*.c)
DATA_SRC   = $(filter-out $(STORE_SRC),$(wildcard data/*.c))
KEYMAP_SRC = $(wildcard keymap/*.c)
WIDGET_SRC = $(wildcard widgets/*.c)
TUI_SRC    = $(filter-out tui/main.c,$(wildcard tui/*.c))
SUPPORT_SRC = $(wildcard tests/support/*.c)

objs = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIBS_LOW = $(BUILD)/libkeymap.a $(BUILD)/libstore.a $(BUILD)/libdata.a $(BUILD)/libbase.a
LIBS_ALL = $(BUILD)/libtui.a $(BUILD)/libwidgets.a $(LIBS_LOW)

TESTS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/data/test_*.c tests/keymap/test_*.c tests/widgets/test_*.c \
        tests/tui/test_*.c tests/conformance/test_*.c tests/fuzz/test_*.c))
E2E   = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/e2e/test_*.c))

.PHONY: all
all: $(BUILD)/executor-runs

$(BUILD)/executor-runs: $(BUILD)/tui/main.o $(LIBS_ALL)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS_APP)

$(BUILD)/libbase.a:    $(call objs,$(BASE_SRC))
$(BUILD)/libdata.a:    $(call objs,$(DATA_SRC))
$(BUILD)/libstore.a:   $(call objs,$(STORE_SRC))
$(BUILD)/libkeymap.a:  $(call objs,$(KEYMAP_SRC))
$(BUILD)/libwidgets.a: $(call objs,$(WIDGET_SRC))
$(BUILD)/libtui.a:     $(call objs,$(TUI_SRC))
$(BUILD)/libsupport.a: $(call objs,$(SUPPORT_SRC))
$(BUILD)/lib%.a:
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libsupport.a $(LIBS_ALL)
	@mkdir -p $(@D)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS_APP) $(LDLIBS_TEST)

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: check
check: $(TESTS) ## the fast part: unit tests of every room
	@set -e; for t in $(TESTS); do $$t; done

.PHONY: clean
clean: ## remove everything that was built
	rm -rf $(BUILD)
