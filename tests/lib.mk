# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What the Makefile of every folder of tests includes, after it has set
#   TEST_PROGS      executable scripts; each prints KTAP and exits 0 (passed), 1 (failed) or
#                   4 (skipped)
#   TEST_GEN_PROGS  cmocka programs, each made of <name>.c, under ASan and UBSan, with the daemon
#                   and the library linked in
#   TEST_GEN_FILES  programs that the tests need, made in the same way, but not run
#   TEST_GEN_PLAIN  the same without sanitizers, with the library only
#   TEST_GEN_TSAN   the same under TSan: NAME_tsan is made of NAME.c
#   LONG_PROGS      scripts as TEST_PROGS for which `make check` has no time: `make long`
#   TEST_FILES      other files that belong to the tests
#   LIBS_<program>  further libraries of a program, as words for the linker
#   EXTRA_SRC_<program>  further sources of a program, of this folder or ../<folder>/
#   TEST_LIMIT      seconds that a program may take (default 300)
#   TEST_JOBS       how many of the programs may run at a time (default 2)
# Programs are started in their folder. ANYCAN_TOP and ANYCAN_BUILD name the tree and build/,
# TMPDIR is a folder that is removed afterwards. What is built goes to build/tests/<folder>/.

TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
FOLDER := $(notdir $(CURDIR))
OUT := build/tests/$(FOLDER)

TEST_LIMIT ?= 300
TEST_JOBS ?= 2

GEN := $(addprefix $(OUT)/,$(TEST_GEN_PROGS) $(TEST_GEN_FILES) $(TEST_GEN_PLAIN) $(TEST_GEN_TSAN))

# All rules to compile and link are the top Makefile's. It is told what is made without
# sanitizers and what else belongs to a program by further rules.
kind = $(if $(filter $(1),$(TEST_GEN_PLAIN)),obj,$(if $(filter $(1),$(TEST_GEN_TSAN)),tsan,asan))
objects = $(patsubst $(TOP)/%.c,build/$(call kind,$(1))/%.o,$(abspath $(EXTRA_SRC_$(1))))
extra_rule = $(if $(EXTRA_SRC_$(1)),--eval='$(OUT)/$(1): $(call objects,$(1))') \
	$(if $(LIBS_$(1)),--eval='$(OUT)/$(1): PKG_LIBS += $(LIBS_$(1))')

all:
ifneq ($(GEN),)
	@$(MAKE) --no-print-directory -C $(TOP) \
		$(foreach program,$(notdir $(GEN)),$(call extra_rule,$(program))) \
		PLAIN_TESTS="$(addprefix $(OUT)/,$(TEST_GEN_PLAIN))" $(GEN)
endif

# What there is to run, for harness/run_tests.py.
list:
	@echo "limit $(TEST_LIMIT)"
	@echo "jobs $(TEST_JOBS)"
	@$(foreach program,$(TEST_PROGS),echo "script ./$(program)";)
	@$(foreach program,$(TEST_GEN_PROGS),echo "cmocka $(TOP)/$(OUT)/$(program)";)

run_tests:
	@$(MAKE) --no-print-directory -C $(TOP)/tests run_tests TARGETS=$(FOLDER)

# long: what `make check` has no time for.
long: all
	@failed=0; for program in $(LONG_PROGS); do ./$$program || failed=1; done; exit $$failed

.PHONY: all list run_tests long
