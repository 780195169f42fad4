# Makefile of the PostgreSQL extension soc2
#
#   make, make install, make installcheck    as for any extension (PG_CONFIG=…)
#   make demo, make test, make test-matrix   complete runs in private servers;
#                                            these install what they need
# CONTRIBUTING.md explains the rest.

# What: the control file is the only place that holds the version.
EXTENSION  = soc2
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)

# Sources: src/core is plain ISO C, src is the glue, src/verify is a program.
MODULE_big  = $(EXTENSION)
SRC_HEADERS = $(wildcard src/*.h src/core/*.h)
CORE_SRCS   = $(sort $(wildcard src/core/*.c))
GLUE_SRCS   = $(sort $(wildcard src/*.c))
OBJS        = $(CORE_SRCS:.c=.o) $(GLUE_SRCS:.c=.o)
PG_CPPFLAGS = -I$(srcdir)/src
SHLIB_LINK += -lcrypto

# Programs: scripts, and soc2-verify, which sees the core alone, and no header of PostgreSQL.
SCRIPTS       = src/verify/soc2-package $(addprefix src/backup/soc2-,backup pgbackrest restore-test)
VERIFY        = build/soc2-verify
VERIFY_SRCS   = $(sort $(wildcard src/verify/*.c))
VERIFY_OBJS   = $(patsubst src/%.c,build/verify/%.o,$(CORE_SRCS) $(VERIFY_SRCS))
VERIFY_CFLAGS = -std=c99 -D_POSIX_C_SOURCE=200809L -O2 -g -Wall -Wextra -Wconversion -Wshadow $(COPT) -Isrc

# SQL: the install script is put together from sql/NN_name.sql.
SQL_PIECES = $(sort $(wildcard sql/[0-9][0-9]_*.sql))
DATA_built = sql/$(EXTENSION)--$(EXTVERSION).sql
DATA       = $(filter-out $(DATA_built),$(wildcard sql/$(EXTENSION)--*.sql))
DOCS      := $(wildcard doc/*.md doc/*.yaml doc/*.json5)

# Tests: REGRESS is a list of features, in the order they run.
REGRESS        = install criterion criterion_set criterion_index catalogue \
	digest table_digest ledger ledger_create ledger_partition seal redact ledger_ddl server_setting check check_sandbox \
	control coverage waiver judgement period retention retention_policy hold subject retention_ddl disposal disposal_delete anonymization shred views bi report acl oscal package registry ddl_log track track_ddl register register_steps incident change_register observe consent privacy access_review access_sheet recovery processing erase_history foreign_code reconcile label reapply ledger_disposal uninstall
REGRESS_OPTS   = --inputdir=$(srcdir)/test
REGRESS_PREP   = unit
ISOLATION     := $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation \
	$(if $(filter 15,$(MAJORVERSION)),,--expecteddir=$(srcdir)/test/isolation) \
	--load-extension=pgcrypto --load-extension=$(EXTENSION)
PROVE_TESTS   := $(sort $(wildcard test/tap/*.pl))
ifneq ($(PROVE_TESTS),)
TAP_TESTS      = 1
endif
EXTRA_CLEAN    = build demo-output

# PGXS: the goals below work without PostgreSQL and without a compiler.
PG_FREE_GOALS = demo test test-matrix mutants fuzz bench deps unit unit-build list-%
ifneq ($(filter-out $(PG_FREE_GOALS),$(or $(MAKECMDGOALS),all)),)
PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error no PostgreSQL server headers found with PG_CONFIG=$(PG_CONFIG); \
set PG_CONFIG, or run "make deps", or install postgresql-server-dev-NN)
endif
include $(PGXS)
ifneq ($(filter 9.% 10 11 12 13 14,$(MAJORVERSION)),)
$(error soc2 requires PostgreSQL 15 or later, found $(VERSION))
endif
endif

# PGXS tracks neither headers nor data.
$(OBJS) $(OBJS:.o=.bc): $(SRC_HEADERS)
$(DATA_built): $(SQL_PIECES) $(wildcard sql/data/* sql/checks/* sql/control/* sql/report/*) sql/assemble.sh $(EXTENSION).control
	sh sql/assemble.sh $@ $(SQL_PIECES)

# soc2-verify is built and installed with the extension.
build/verify/%.o: src/%.c $(SRC_HEADERS) $(wildcard src/verify/*.h) $(EXTENSION).control
	@mkdir -p $(@D)
	$(CC) $(VERIFY_CFLAGS) -DSOC2_VERSION='"$(EXTVERSION)"' -c -o $@ $<
$(VERIFY): $(VERIFY_OBJS)
	$(CC) $(VERIFY_CFLAGS) $(LDFLAGS) -o $@ $(VERIFY_OBJS) -ljansson -lcrypto
.PHONY: verify install-verify uninstall-verify
verify: $(VERIFY)
install-verify: $(VERIFY)
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) $(VERIFY) '$(DESTDIR)$(bindir)/soc2-verify'
uninstall-verify:
	rm -f $(patsubst %,'$(DESTDIR)$(bindir)/%',soc2-verify $(notdir $(SCRIPTS)))
ifdef PGXS
all: verify
install: install-verify
uninstall: uninstall-verify
endif

# Unit tests and fuzz targets see the core alone: no PostgreSQL header is found.
CORE_CFLAGS = -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -g -Isrc \
	-fno-omit-frame-pointer -fno-sanitize-recover=undefined
UNIT_CFLAGS = $(CORE_CFLAGS) -fsanitize=address,undefined
FUZZ_CFLAGS = $(CORE_CFLAGS) -O1 -fsanitize=fuzzer,address,undefined
FUZZ_CC     = $(or $(CLANG),clang)
UNIT_CORE   = $(CORE_SRCS:src/core/%.c=build/unit/core_%.o)
FUZZ_CORE   = $(CORE_SRCS:src/core/%.c=build/fuzz/core_%.o)
UNIT_TESTS  = $(patsubst test/unit/%.c,build/unit/%,$(sort $(wildcard test/unit/test_*.c)))
FUZZ_LINES  = $(patsubst %,build/fuzz/verify_%.o,line fields memory)
FUZZ_TESTS  = $(patsubst test/unit/fuzz/%.c,build/fuzz/%,$(sort $(wildcard test/unit/fuzz/fuzz_*.c)))

.SECONDARY: $(UNIT_CORE) $(FUZZ_CORE) $(FUZZ_LINES)
build/unit/core_%.o: src/core/%.c $(SRC_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c -o $@ $<
build/unit/test_%: test/unit/test_%.c $(UNIT_CORE) $(SRC_HEADERS) $(wildcard test/unit/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $< $(UNIT_CORE) -lcmocka -lcrypto
build/fuzz/core_%.o: src/core/%.c $(SRC_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<
build/fuzz/verify_%.o: src/verify/%.c $(SRC_HEADERS) $(wildcard src/verify/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<
build/fuzz/fuzz_bundle: $(FUZZ_LINES)
build/fuzz/fuzz_%: test/unit/fuzz/fuzz_%.c $(FUZZ_CORE) $(SRC_HEADERS) $(wildcard test/unit/fuzz/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ $(filter %.c %.o,$^) -lcrypto -ljansson

# Targets
.PHONY: unit unit-build fuzz-build demo test test-matrix mutants fuzz bench deps
unit-build: $(UNIT_TESTS)
fuzz-build: $(FUZZ_TESTS)
unit: unit-build
	@for t in $(UNIT_TESTS); do ./$$t || exit 1; done

demo:
	@sh test/demo/demo.sh
test:
	@perl test/run.pl
fuzz:
	@SUITES=fuzz FUZZ_SECONDS=$${FUZZ_SECONDS:-600} perl test/run.pl
bench:
	@sh test/tools/bench.sh
test-matrix:
	@sh test/matrix.sh
mutants:
	@perl test/mutants.pl
deps:
	@sh test/deps.sh test

# Print a variable, for test/run.pl: make -s list-REGRESS
list-%:
	@echo $($*)
