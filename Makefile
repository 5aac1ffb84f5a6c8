# executor-runs: `make run` tries it, `make test` proves it, `make help` lists the rest.
#
# Every variant (compiler, sanitizer) has a directory of its own under build/; $(BUILD)/flags remembers the command
# line, so a changed flag rebuilds what it must and nothing is ever mixed.
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
WERROR  ?= -Werror
OPT     ?= -O2 -g
SAN     ?=
DEMO    ?= $(BUILD)/demo.db
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 60
# What `make bench` measures, of index, screen, http and soak (an hour, and only where it is asked for); which parts of it, where one alone is wanted;
# and where it keeps its files (12 GB). DBPAGE_LIB: a libsqlite3.so.0 that has sqlite_dbpage, to measure with as well.
BENCH   ?= $(filter-out soak,$(patsubst bench/bench_%.c,%,$(sort $(wildcard bench/bench_*.c))))
PARTS   ?=
BENCH_DIR ?= $(BUILD)/bench/files
DBPAGE_LIB ?=
SOAK_MINUTES ?= 60

# V=1 shows the command lines, -s nothing.
Q   = $(if $(V),,@)
say = @$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-4s %s\n' $(1) $(2))

PKG_CONFIG ?= pkg-config
pkg = $(or $(shell $(PKG_CONFIG) $(1) 2>/dev/null),$(2))

CSTD     = -std=c11
CPPFLAGS += -D_GNU_SOURCE -D_XOPEN_SOURCE_EXTENDED -DNCURSES_WIDECHAR=1 -I. -I$(BUILD)
WARN     = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
           -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wcast-align -Wno-missing-field-initializers
CFLAGS  += $(CSTD) $(OPT) $(WARN) $(WERROR) $(SAN) -pthread -fstack-protector-strong -MMD -MP
LDLIBS_APP   = $(call pkg,--libs sqlite3,-lsqlite3) $(call pkg,--libs ncursesw,-lncursesw -ltinfo) -lcjson -lpthread -ldl -lm
LDLIBS_TEST  = -lcmocka -lvterm -lutil -lz
LDLIBS_SHOTS = $(call pkg,--libs cairo-ft fontconfig freetype2,-lcairo -lfontconfig -lfreetype)
CPPFLAGS_SHOTS = $(call pkg,--cflags cairo-ft fontconfig freetype2,-I/usr/include/cairo -I/usr/include/freetype2)

# The rooms. Each becomes one static library, so that a forbidden reference fails to link in the tests of a lower room.
BASE_SRC   = $(wildcard data/base/*.c)
STORE_SRC  = $(wildcard data/store/*.c data/demo/*.c data/record/*.c data/answer/*.c)
SERVE_SRC  = $(wildcard data/api/*.c data/serve/*.c)
DATA_SRC   = $(wildcard data/*.c data/filter/*.c data/text/*.c data/index/*.c data/btree/*.c data/sqlite/*.c data/http/*.c)
KEYMAP_SRC = $(wildcard keymap/*.c)
WIDGET_SRC = $(wildcard widgets/*.c)
TUI_SRC    = $(filter-out tui/main.c,$(wildcard tui/*.c))
SUPPORT_SRC = $(wildcard tests/support/*.c) $(filter-out tests/conformance/test_%.c,$(wildcard tests/conformance/*.c))
SHOTS_SRC  = $(wildcard screenshots/*.c)
FUZZ_SRC   = $(wildcard tests/fuzz/fuzz_*.c)
TEST_SRC   = $(wildcard tests/*/test_*.c)
BENCH_SRC  = $(wildcard bench/bench_*.c)
BENCH_PART_SRC = $(filter-out $(BENCH_SRC),$(wildcard bench/*.c))
BENCH_HELPER_SRC = $(wildcard bench/programs/*.c)
BENCH_PRELOAD_SRC = $(wildcard bench/preload/*.c)
EXAMPLE_SRC = $(wildcard docs/examples/*.c)
# What the library for other programs is made of; the linker takes of the parts what its own files need.
LIB_OWN_SRC = $(wildcard data/record/executor_runs*.c)
LIB_SRC    = $(wildcard data/store/*.c data/record/*.c data/text/*.c data/base/*.c data/run.c)
OWN_SRC    = $(BASE_SRC) $(STORE_SRC) $(SERVE_SRC) $(DATA_SRC) $(KEYMAP_SRC) $(WIDGET_SRC) $(TUI_SRC) $(wildcard tui/main.c)
ALL_SRC    = $(OWN_SRC) $(SUPPORT_SRC) $(SHOTS_SRC) $(FUZZ_SRC) $(TEST_SRC) $(BENCH_SRC) $(BENCH_PART_SRC) \
             $(BENCH_HELPER_SRC) $(BENCH_PRELOAD_SRC) $(HELPER_SRC) $(wildcard tests/fuzz/replay.c)

objs = $(patsubst %.c,$(BUILD)/%.o,$(1))
progs = $(patsubst %.c,$(BUILD)/%,$(1))
LIBS_LOW = $(BUILD)/libkeymap.a $(BUILD)/libserve.a $(BUILD)/libstore.a $(BUILD)/libdata.a $(BUILD)/libbase.a
LIBS_ALL = $(BUILD)/libtui.a $(BUILD)/libwidgets.a $(LIBS_LOW)

# Tests by what they need: a unit test needs the libraries, an end-to-end test the program as well.
E2E_SRC  = $(wildcard tests/e2e/test_*.c tests/screenshots/test_*.c)
TESTS    = $(call progs,$(filter-out $(E2E_SRC),$(TEST_SRC)))
REPLAYS  = $(call progs,$(FUZZ_SRC))
E2E      = $(call progs,$(E2E_SRC))
CXX_HERE := $(shell command -v $(CXX) 2>/dev/null)
EXAMPLES = $(call progs,$(EXAMPLE_SRC)) $(if $(CXX_HERE),$(EXAMPLE_SRC:%.c=$(BUILD)/%-cxx))
HELPER_SRC = $(wildcard tests/support/programs/*.c)
HELPERS  = $(call progs,$(HELPER_SRC))
APP      = $(if $(wildcard tui/main.c),$(BUILD)/executor-runs)
THREADED = $(call progs,$(wildcard tests/data/test_worker*.c tests/data/test_source*.c tests/data/test_run_index*.c \
           tests/data/test_live*.c tests/data/test_api.c tests/data/test_api_resume.c tests/data/test_http_client*.c tests/data/test_http_resume.c tests/data/test_http_auth.c tests/data/test_record_book.c tests/data/test_executor_runs.c tests/tui/test_loop*.c tests/tui/test_answer_post.c \
           tests/conformance/test_*.c \
           tests/data/test_serve.c tests/e2e/test_serve_bad.c))
RUN_TESTS = BUILD=$(BUILD) JOBS=$(JOBS) tests/run.sh

.PHONY: all
all: $(BUILD)/executor-runs ## build build/executor-runs (the default)

# --- try it ---------------------------------------------------------------------------------------------------------

.PHONY: run
run: ## install what is missing, build, make a demo history and open it
	@.ci/install-deps.sh run
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory $(DEMO)
	$(BUILD)/executor-runs $(DEMO)

# Built once and kept: remove the file for a fresh one.
$(DEMO): | $(BUILD)/executor-runs
	@mkdir -p $(@D)
	$(BUILD)/executor-runs demo $@

.PHONY: lib
lib: $(BUILD)/libexecutor-runs.a ## build the library for programs that record themselves (data/record/executor_runs.h)

# $(1): where to, $(2): what that is called later.
define install_lib
	$(Q)install -d $(1)/include $(1)/lib/pkgconfig
	$(Q)install -m 644 data/record/executor_runs.h $(1)/include/executor_runs.h
	$(Q)install -m 644 $(BUILD)/libexecutor-runs.a $(1)/lib/libexecutor-runs.a
	$(Q)sed 's|@PREFIX@|$(2)|' docs/executor-runs.pc.in > $(1)/lib/pkgconfig/executor-runs.pc
endef

.PHONY: install
install: $(BUILD)/executor-runs $(BUILD)/libexecutor-runs.a ## install to $(DESTDIR)$(PREFIX)
	$(call install_lib,$(DESTDIR)$(PREFIX),$(PREFIX))
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/executor-runs $(DESTDIR)$(PREFIX)/bin/executor-runs
	$(if $(wildcard docs/*.1),install -d $(DESTDIR)$(PREFIX)/share/man/man1)
	$(foreach page,$(wildcard docs/*.1),install -m 644 $(page) $(DESTDIR)$(PREFIX)/share/man/man1/$(notdir $(page)))

.PHONY: uninstall
uninstall: ## take the installed files away again
	rm -f $(DESTDIR)$(PREFIX)/bin/executor-runs $(DESTDIR)$(PREFIX)/include/executor_runs.h \
		$(DESTDIR)$(PREFIX)/lib/libexecutor-runs.a $(DESTDIR)$(PREFIX)/lib/pkgconfig/executor-runs.pc
	$(foreach page,$(wildcard docs/*.1),rm -f $(DESTDIR)$(PREFIX)/share/man/man1/$(notdir $(page)))

# --- prove it -------------------------------------------------------------------------------------------------------

.PHONY: test
test: ## install what is missing, build, and run every test
	@.ci/install-deps.sh run test
	@$(MAKE) --no-print-directory -j$(JOBS) test-programs
	@tests/check-layers.sh $(BUILD)
	@$(RUN_TESTS) $(TESTS) $(REPLAYS) $(E2E)

.PHONY: check
check: $(TESTS) $(REPLAYS) ## the fast part: layers, unit tests and fuzz corpora, under a minute
	@tests/check-layers.sh $(BUILD)
	@$(RUN_TESTS) $(TESTS) $(REPLAYS)

.PHONY: e2e
e2e: $(APP) $(HELPERS) $(E2E) ## the end-to-end tests alone
	@$(RUN_TESTS) $(E2E)

.PHONY: test-programs
test-programs: $(APP) $(HELPERS) $(TESTS) $(REPLAYS) $(E2E)

ASAN_ENV = ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1 \
           LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan-suppressions.txt:print_suppressions=0 \
           UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
.PHONY: asan
asan: ## every test under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build/asan OPT='-O1 -g -fno-omit-frame-pointer' \
		SAN='-fsanitize=address,undefined -fno-sanitize-recover=undefined' test-programs
	@$(ASAN_ENV) BUILD=build/asan JOBS=$(JOBS) TIMEOUT=$${TIMEOUT:-300} \
		tests/run.sh $(patsubst $(BUILD)/%,build/asan/%,$(TESTS) $(REPLAYS) $(E2E))

.PHONY: tsan
tsan: ## the tests that run threads under ThreadSanitizer
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build/tsan OPT='-O1 -g' SAN=-fsanitize=thread threaded-programs
	@TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 BUILD=build/tsan JOBS=$(JOBS) TIMEOUT=$${TIMEOUT:-300} \
		tests/run.sh $(patsubst $(BUILD)/%,build/tsan/%,$(THREADED))

.PHONY: threaded-programs
threaded-programs: $(THREADED)

.PHONY: lint
lint: ## cppcheck, clang-tidy and clang-format over our own sources
	@.ci/install-deps.sh lint
	@CPPFLAGS="$(CPPFLAGS) $(CPPFLAGS_SHOTS)" JOBS=$(JOBS) tests/lint.sh $(ALL_SRC)

.PHONY: layers
layers: ## only the rules about who may include whom
	@tests/check-layers.sh $(BUILD)

.PHONY: bench
bench: $(APP) $(HELPERS) $(call progs,$(BENCH_SRC) $(BENCH_HELPER_SRC)) $(BENCH_PRELOAD_SRC:%.c=$(BUILD)/%.so) ## measure what the README promises (20 minutes, 12 GB in BENCH_DIR); BENCH=http: that alone; BENCH=soak: an hour of live
	@.ci/install-deps.sh bench || echo "bench: goes on without what it would compare with" >&2
	@failed=; for b in $(BENCH); do \
		BUILD=$(BUILD) BENCH_DIR=$(BENCH_DIR) DBPAGE_LIB=$(DBPAGE_LIB) SOAK_MINUTES=$(SOAK_MINUTES) \
			$(BUILD)/bench/bench_$$b $(PARTS) || failed="$$failed $$b"; done; \
		case " $(BENCH) " in *" soak "*) ;; *) echo "bench: the hour of live is not part of this: make bench BENCH=soak" ;; esac; \
		[ -z "$$failed" ] || { echo "bench: could not be measured:$$failed" >&2; exit 1; }

.PHONY: fuzz
fuzz: ## fuzz every parser for FUZZ_SECONDS each (needs clang's libFuzzer)
	@.ci/install-deps.sh lint
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build/fuzz CC=clang OPT='-O1 -g' FUZZER=1 \
		SAN='-fsanitize=address,undefined,fuzzer-no-link' fuzz-programs
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh $(patsubst $(BUILD)/%,build/fuzz/%,$(REPLAYS))

.PHONY: fuzz-programs
fuzz-programs: $(REPLAYS)

.PHONY: screenshots
screenshots: ## render screenshots/*.png and *.svg from the real program
	@.ci/install-deps.sh run test screenshots
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/executor-runs $(BUILD)/screenshots/shoot \
		$(BUILD)/tests/support/programs/api_server
	@BUILD=$(BUILD) screenshots/make.sh

.PHONY: deps
deps: ## install everything that any target needs
	@.ci/install-deps.sh run test screenshots lint

.PHONY: format
format: ## clang-format our own sources in place
	clang-format -i $(ALL_SRC) $(wildcard $(addsuffix *.h,$(sort $(dir $(ALL_SRC)))))

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build $(BUILD)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Variables: CC, BUILD, OPT, SAN, WERROR (empty: warnings are not errors), PREFIX, DESTDIR, JOBS, DEMO, BENCH, PARTS, BENCH_DIR, V=1"

# --- how it is built ------------------------------------------------------------------------------------------------

$(BUILD)/executor-runs: $(BUILD)/tui/main.o $(LIBS_ALL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS_APP)

$(BUILD)/libbase.a:    $(call objs,$(BASE_SRC))
$(BUILD)/libdata.a:    $(call objs,$(DATA_SRC))
$(BUILD)/libstore.a:   $(call objs,$(STORE_SRC))
$(BUILD)/libserve.a:   $(call objs,$(SERVE_SRC))
$(BUILD)/libkeymap.a:  $(call objs,$(KEYMAP_SRC))
$(BUILD)/libwidgets.a: $(call objs,$(WIDGET_SRC))
$(BUILD)/libtui.a:     $(call objs,$(TUI_SRC))
$(BUILD)/libsupport.a: $(call objs,$(SUPPORT_SRC))
$(BUILD)/libbench.a:   $(call objs,$(BENCH_PART_SRC))
$(BUILD)/lib%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

# The library as one object in which only its own names are global: it fits beside whatever else a program is made of, in a shared object, too.
OBJCOPY ?= objcopy
$(BUILD)/pic/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -c -o $@ $<
# A part that is new among these may be older than the archive.
$(BUILD)/pic/parts: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_SRC)' | cmp -s - $@ || echo '$(LIB_SRC)' > $@
$(BUILD)/pic/libparts.a: $(patsubst %.c,$(BUILD)/pic/%.o,$(LIB_SRC)) $(BUILD)/pic/parts
	@rm -f $@
	$(Q)ar rcs $@ $(filter %.o,$^)
$(BUILD)/libexecutor-runs.a: $(patsubst %.c,$(BUILD)/pic/%.o,$(LIB_OWN_SRC)) $(BUILD)/pic/libparts.a
	$(call say,LIB,$@)
	$(Q)$(LD) -r -o $(BUILD)/pic/executor-runs.o $^
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='executor_runs_*' $(BUILD)/pic/executor-runs.o
	@rm -f $@
	$(Q)ar rcs $@ $(BUILD)/pic/executor-runs.o

# Examples are built as their reader builds them: against what is installed.
STAGE = $(abspath $(BUILD))/stage
$(BUILD)/stage/lib/pkgconfig/executor-runs.pc: $(BUILD)/libexecutor-runs.a data/record/executor_runs.h docs/executor-runs.pc.in
	$(call install_lib,$(STAGE),$(STAGE))
EXAMPLE_FLAGS = $$(PKG_CONFIG_PATH=$(STAGE)/lib/pkgconfig $(PKG_CONFIG) --cflags --libs executor-runs 2>/dev/null || \
	echo -I$(STAGE)/include -L$(STAGE)/lib -lexecutor-runs -lsqlite3 -lpthread -lm)
$(BUILD)/docs/examples/%: docs/examples/%.c $(BUILD)/stage/lib/pkgconfig/executor-runs.pc
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CSTD) $(OPT) $(WARN) $(WERROR) $(SAN) -o $@ $< $(EXAMPLE_FLAGS)
$(BUILD)/docs/examples/%-cxx: docs/examples/%.c $(BUILD)/stage/lib/pkgconfig/executor-runs.pc
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) -x c++ -std=c++11 -Wall -Wextra $(OPT) $(WERROR) $(SAN) -o $@ $< -x none $(EXAMPLE_FLAGS)
$(BUILD)/tests/e2e/test_lib: | $(EXAMPLES)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The built-in key files, each as a string constant: a line of the file is a line of it.
KEYS_H = $(patsubst %.keys,$(BUILD)/%_keys.h,$(wildcard keymap/*.keys))
$(BUILD)/%_keys.h: %.keys
	@mkdir -p $(@D)
	@(echo 'static const char $(*F)_keys[] ='; \
		sed -e 's/[\\"]/\\&/g' -e 's/^/    "/' -e 's/$$/\\n"/' $<; echo '    ;') > $@
lint: $(KEYS_H)
$(BUILD)/keymap/keymap.o: $(KEYS_H)

$(BUILD)/screenshots/%.o: CPPFLAGS += $(CPPFLAGS_SHOTS)
$(BUILD)/screenshots/shoot: $(call objs,$(SHOTS_SRC)) $(BUILD)/libsupport.a $(LIBS_ALL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS_APP) $(LDLIBS_TEST) $(LDLIBS_SHOTS)

# A fuzz target is linked with libFuzzer to search, and with a main of our own to replay its corpus as a test.
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(if $(FUZZER),,$(BUILD)/tests/fuzz/replay.o) \
		$(BUILD)/libsupport.a $(LIBS_ALL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(if $(FUZZER),-fsanitize=fuzzer) $(LDFLAGS) -o $@ $^ $(LDLIBS_APP) $(LDLIBS_TEST)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libsupport.a $(LIBS_ALL)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS_APP) $(LDLIBS_TEST)

# Tests and benches start the server that they talk to.
$(TESTS) $(E2E) $(call progs,$(BENCH_SRC)): | $(BUILD)/tests/support/programs/api_server

# What is preloaded into the program that is measured.
$(BUILD)/bench/preload/%.so: bench/preload/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $< -ldl

# Yardsticks: they load nothing that a bare program would not.
$(BUILD)/bench/programs/%: $(BUILD)/bench/programs/%.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(call pkg,--libs sqlite3,-lsqlite3) -lutil

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(BUILD)/libbench.a $(BUILD)/libsupport.a $(LIBS_ALL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS_APP) $(LDLIBS_TEST)

FLAGS_LINE = $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS_LINE)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_LINE)' > $@

.PHONY: FORCE
FORCE:
.SECONDARY:
-include $(patsubst %.c,$(BUILD)/%.d,$(ALL_SRC)) $(patsubst %.c,$(BUILD)/pic/%.d,$(LIB_SRC))
