# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# anycan: any CAN adapter as canX. `make help` lists the targets; everything is built in build/.

VERSION := 0.1.0
B := build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS ?= -O2 -g

all: programs kmod

# ---- What must be installed, by Debian's names, and how to get it

# To build. Where the running kernel's headers are there the module is built for it, too.
BUILD_PACKAGES := gcc libc6-dev make pkg-config libnl-3-dev libnl-route-3-dev libinih-dev \
	libserialport-dev libusb-1.0-0-dev libjson-c-dev zlib1g-dev libsqlite3-dev \
	libncurses-dev

# Used where it is there: libdeflate makes BLF faster.
OPTIONAL_PACKAGES := libdeflate-dev

# To run `make check`, `make demo` and `make bench` besides.
TEST_PACKAGES := libcmocka-dev g++ iproute2 can-utils python3 python3-can python3-serial \
	python3-usb tshark ser2net socat jq qemu-system-x86 busybox-static cpio kmod udev xz-utils \
	zstd clang clang-format clang-tidy libclang-rt-dev cppcheck mandoc ifupdown \
	libsocketcan-dev shellcheck systemd tmux cmark-gfm

# To make the documentation's HTML (`make html`) and Debian's packages (`make deb`).
DOC_PACKAGES := cmark-gfm mandoc
DEB_PACKAGES := build-essential debhelper dh-dkms dpkg-dev fakeroot lintian mmdebstrap

PKGS := inih libnl-3.0 libnl-route-3.0 libserialport libusb-1.0 json-c

APT := $(if $(filter 0,$(shell id -u)),,sudo )env DEBIAN_FRONTEND=noninteractive apt-get
missing = $(shell dpkg-query -W -f='$${db:Status-Status} $${Package}\n' $(1) 2>/dev/null | \
	awk '$$1 == "installed" {have[$$2]} \
	END {n = split("$(1)", want, " "); \
	for (i = 1; i <= n; i++) if (!(want[i] in have)) print want[i]}')

# deps: install what is missing to build and to test.
deps: PACKAGES = $(call missing,$(BUILD_PACKAGES) $(OPTIONAL_PACKAGES) \
	$(TEST_PACKAGES))
deps:
	@if [ -z "$(PACKAGES)" ]; then echo "deps: everything is installed"; else \
		echo "deps: installing $(PACKAGES)"; { $(APT) update -q=2 && \
		$(APT) install -q=2 -y --no-install-recommends $(PACKAGES) >/dev/null; } || { \
		echo "deps: cannot install $(PACKAGES): no network or no privilege" >&2; exit 1; }; fi
	@for series in $(KMOD_SERIES); do \
		tests/vm/kernel --headers $$series >/dev/null || :; done

# Stops with one line that names what is missing to build.
packages:
	@missing="$(call missing,$(BUILD_PACKAGES))"; [ -z "$$missing" ] || { \
		echo "make: missing Debian packages: $$missing (install them with: make deps)" >&2; \
		exit 1; }

.PHONY: deps packages

# ---- How objects, libraries and programs are made. Four variants of every object:
# build/obj   what is installed          build/asan  under ASan and UBSan, for the tests
# build/fuzz  by clang for libFuzzer      build/tsan  under TSan, for what has threads

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla \
	-Wcast-align -Wwrite-strings $(if $(CI),-Werror)
# Codecs are held to explicit conversions.
CODEC_WARN := -Wconversion -Wno-sign-conversion
CODECS := lib/frame.c lib/text.c lib/wire.c lib/hex.c lib/clock.c lib/string.c lib/address.c \
	lib/bittiming.c lib/timing.c lib/timing_search.c bridged/transports/rfc2217_codec.c \
	$(wildcard bridged/drivers/*.c)

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
# libdeflate (package libdeflate-dev) only makes BLF faster; everything works without it.
LOG_PKGS := zlib sqlite3 $(shell pkg-config --exists libdeflate 2>/dev/null && echo libdeflate)
LOG_LIBS := $(shell pkg-config --libs $(LOG_PKGS) 2>/dev/null) -pthread
# The viewer's terminal and arithmetic.
TOOL_LIBS := $(shell pkg-config --libs ncursesw 2>/dev/null) -lm -pthread
LOG_CPPFLAGS := $(if $(filter libdeflate,$(LOG_PKGS)),-DHAVE_LIBDEFLATE)

CPPFLAGS += -D_GNU_SOURCE -DANYCAN_VERSION='"$(VERSION)"' -Ilib/include -Iformats/include \
	-Ibridged $(PKG_CFLAGS) $(LOG_CPPFLAGS)
LDFLAGS += -Wl,--as-needed
STD := -std=gnu11 -fPIC -fvisibility=hidden -MMD -MP
ASAN := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TSAN := -O1 -g -fsanitize=thread
FUZZ := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

LIB_SRC := $(wildcard lib/*.c)
LOG_SRC := $(wildcard formats/*.c)
# What libcanlog.so carries of lib/ inside itself.
LOG_LIB_SRC := lib/frame.c lib/hex.c lib/text.c lib/string.c
DRIVER_SRC := $(wildcard bridged/drivers/*.c)
BRIDGED_SRC := $(wildcard bridged/*.c bridged/transports/*.c bridged/ports/*.c) $(DRIVER_SRC)
TOOL_SRC := $(wildcard tools/*.c)

obj = $(patsubst %.c,$(B)/$(1)/%.o,$(2))

# Short lines; V=1 shows the commands.
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)

$(B)/obj/%.o: %.c | packages
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(STD) $(WARN) \
		$(if $(filter $<,$(CODECS)),$(CODEC_WARN)) $(CFLAGS) -c -o $@ $<

$(B)/asan/%.o: %.c | packages
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(STD) $(WARN) $(ASAN) -c -o $@ $<

$(B)/tsan/%.o: %.c | packages
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(STD) $(WARN) $(TSAN) -c -o $@ $<

$(B)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)clang $(CPPFLAGS) $(STD) $(FUZZ) -c -o $@ $<

$(B)/lib/libanycan.a: $(call obj,obj,$(LIB_SRC))
$(B)/asan/libanycan.a: $(call obj,asan,$(LIB_SRC))
$(B)/asan/libbridged.a: $(call obj,asan,$(filter-out bridged/main.c,$(BRIDGED_SRC)))
$(B)/tsan/libanycan.a: $(call obj,tsan,$(LIB_SRC))
$(B)/fuzz/libanycan.a: $(call obj,fuzz,$(LIB_SRC))
# All drivers with the check of their contract.
$(B)/fuzz/libcontract.a: $(call obj,fuzz,$(DRIVER_SRC) bridged/option.c bridged/settings.c \
	bridged/number.c $(wildcard tests/unit/contract*.c tests/unit/*_peer.c))
# What is read of /etc/anycan, and the record of names.
$(B)/fuzz/libplug.a: $(call obj,fuzz,bridged/plug_config.c bridged/plug_keys.c \
	bridged/plug_record.c)
# Codecs of transports.
$(B)/fuzz/libtransport.a: $(call obj,fuzz,bridged/transports/rfc2217_codec.c)
# Requests.
$(B)/fuzz/librequest.a: $(call obj,fuzz,bridged/attach.c bridged/peer.c bridged/request.c)
# Parsers of tools.
$(B)/fuzz/libtools.a: $(call obj,fuzz,tools/decode.c tools/decode_number.c)
$(B)/lib/libcanlog.a: $(call obj,obj,$(LOG_SRC))
$(B)/asan/libcanlog.a: $(call obj,asan,$(LOG_SRC))
$(B)/fuzz/libcanlog.a: $(call obj,fuzz,$(LOG_SRC))
$(B)/%.a:
	@mkdir -p $(@D)
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$(B)/lib/libanycan.so: $(call obj,obj,$(LIB_SRC)) lib/libanycan.map
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -shared -Wl,-soname,libanycan.so.0 \
		-Wl,--version-script=lib/libanycan.map,--no-undefined-version \
		-o $@ $(filter %.o,$^) $(LDFLAGS) $(PKG_LIBS) -pthread

$(B)/lib/libcanlog.so: $(call obj,obj,$(LOG_SRC) $(LOG_LIB_SRC))
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -shared -Wl,-soname,libcanlog.so.0 -o $@ $^ $(LDFLAGS) $(LOG_LIBS)

$(B)/bin/bridged: $(call obj,obj,$(BRIDGED_SRC)) $(B)/lib/libanycan.a
$(B)/bin/anycan: $(call obj,obj,$(TOOL_SRC)) $(B)/lib/libcanlog.a $(B)/lib/libanycan.a
$(B)/bin/anycan: LOG_LIBS += $(TOOL_LIBS)
$(B)/bin/bridged $(B)/bin/anycan:
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -o $@ $^ $(LDFLAGS) $(PKG_LIBS) $(LOG_LIBS)

# Test programs, named by tests/lib.mk, which adds what else belongs to one by further rules.
$(B)/tests/%: $(B)/asan/tests/%.o $(B)/asan/libcanlog.a $(B)/asan/libbridged.a $(B)/asan/libanycan.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(ASAN) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDFLAGS) \
		-lcmocka $(PKG_LIBS) $(LOG_LIBS)

$(B)/tests/%_tsan: $(B)/tsan/tests/%.o $(B)/tsan/libanycan.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(TSAN) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDFLAGS) \
		-lcmocka $(PKG_LIBS)

PLAIN_TESTS ?=
$(PLAIN_TESTS): $(B)/tests/%: $(B)/obj/tests/%.o $(B)/lib/libcanlog.a $(B)/lib/libanycan.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDFLAGS) $(PKG_LIBS) $(LOG_LIBS)

.PRECIOUS: $(B)/obj/%.o $(B)/asan/%.o $(B)/tsan/%.o

libraries: $(B)/lib/libanycan.a $(B)/lib/libanycan.so $(B)/lib/libcanlog.a $(B)/lib/libcanlog.so
programs: libraries $(B)/bin/bridged $(B)/bin/anycan

-include $(shell find $(B)/obj $(B)/asan $(B)/fuzz $(B)/tsan -name '*.d' 2>/dev/null)

.PHONY: libraries programs

# ---- The kernel module: for the kernel that runs and for those of the tests, as far as there are
# headers. build/kmod/cantap.ko is for the first of them.

KMOD_SERIES := 6.1 6.12
VM_CACHE := $(if $(ANYCAN_VM_CACHE),$(ANYCAN_VM_CACHE),$(HOME)/.cache/anycan-vm)
vm_headers = $(wildcard $(VM_CACHE)/$(1)/headers/usr/src/linux-headers-*-amd64/Makefile)
KMOD_BUILDS := $(foreach series,$(KMOD_SERIES),$(if $(call vm_headers,$(series)),$(series)))
RUNNING_KDIR := $(wildcard /lib/modules/$(shell uname -r)/build/Makefile)
KMOD_MAKE = $(MAKE) --no-print-directory -C kmod CANTAP_VERSION=$(VERSION)

# kmod: build cantap.ko.
kmod: $(addprefix $(B)/kmod/,$(addsuffix /cantap.ko,$(KMOD_BUILDS)))
	+@set -- $(if $(RUNNING_KDIR),running) $(KMOD_BUILDS); \
	if [ -n "$(RUNNING_KDIR)" ]; then \
		$(KMOD_MAKE) OUT=../$(B)/kmod/running KDIR=$(dir $(RUNNING_KDIR)) || { shift; \
		echo "make: no cantap.ko for this kernel, $$(uname -r); see above" >&2; }; fi; \
	if [ $$# = 0 ]; then echo "make: cantap.ko is not built, there are no kernel headers" \
		"(install them with: apt-get install linux-headers-$$(uname -r))" >&2; \
	else cmp -s $(B)/kmod/$$1/cantap.ko $(B)/kmod/cantap.ko || \
		cp $(B)/kmod/$$1/cantap.ko $(B)/kmod/cantap.ko; fi

$(B)/kmod/%/cantap.ko: $(wildcard kmod/*)
	+$(call say,KO)$(KMOD_MAKE) OUT=../$(@D) KDIR=$(patsubst %/Makefile,%,$(call vm_headers,$*))

.PHONY: kmod

# ---- What people call besides `make`

FORMATTED := $(wildcard lib/*.c lib/include/anycan/*.h formats/*.c formats/*.h formats/include/*.h \
	bridged/*.[ch] bridged/*/*.[ch] tools/*.[ch] tests/*/*.[ch] Documentation/examples/*.c)

# demo: the main job, on any machine: simulated adapters become can0 and can1, can-utils use them.
# The sub-make sees what deps has just installed.
demo: deps
	@$(MAKE) --no-print-directory programs simulator
	@tests/demo/run

# check: run all tests; TARGETS="unit sim" only those folders of tests/.
# Without a package the tests that need it are skipped, or say what they miss.
check:
	@$(MAKE) --no-print-directory deps 2>&1 | grep '^deps:' || true
	@$(MAKE) --no-print-directory programs simulator
	@$(MAKE) --no-print-directory -C tests run_tests

# bench: measure, beside the kernel's slcan and python-can, in one VM run.
bench: deps
	@$(MAKE) --no-print-directory programs simulator
	@$(MAKE) --no-print-directory -C tests/bench run

# fuzz: let libFuzzer look for inputs that break a parser, FUZZ_SECONDS=600 for each.
fuzz: FUZZ_SECONDS ?= 600
fuzz:
	@$(MAKE) --no-print-directory -C tests/fuzz fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)

# simulator: build the simulated adapters of the tests.
simulator:
	@$(MAKE) --no-print-directory -C tests/sim programs

# What udev and systemd find, where they look for it.
package_dir = $(or $(shell pkg-config --variable=$(1) $(2) 2>/dev/null),$(3))
UDEV_DIR := $(call package_dir,udevdir,udev,/usr/lib/udev)
UNIT_DIR := $(call package_dir,systemdsystemunitdir,systemd,/usr/lib/systemd/system)
SYSUSERS_DIR := $(call package_dir,sysusersdir,systemd,/usr/lib/sysusers.d)
TMPFILES_DIR := $(call package_dir,tmpfilesdir,systemd,/usr/lib/tmpfiles.d)

# install_udev: what makes a plugged adapter a netdev. Its files name the folder of the programs.
install_udev: programs
	install -d $(addprefix $(DESTDIR),$(UDEV_DIR)/rules.d $(UDEV_DIR)/hwdb.d $(UNIT_DIR) \
		$(SYSUSERS_DIR) $(TMPFILES_DIR) /etc/anycan)
	$(B)/bin/bridged --hwdb >$(B)/70-anycan.hwdb
	install -m 644 $(B)/70-anycan.hwdb $(DESTDIR)$(UDEV_DIR)/hwdb.d
	for file in udev/*.in; do \
		name=$${file##*/} && name=$${name%.in} && \
		sed 's|@BINDIR@|$(PREFIX)/bin|' $$file >$(B)/$$name && \
		case $$name in *.rules) to=$(UDEV_DIR)/rules.d ;; *) to=$(UNIT_DIR) ;; esac && \
		install -m 644 $(B)/$$name $(DESTDIR)$$to || exit; \
	done
	install -m 644 udev/sysusers.conf $(DESTDIR)$(SYSUSERS_DIR)/anycan.conf
	install -m 644 udev/tmpfiles.conf $(DESTDIR)$(TMPFILES_DIR)/anycan.conf

SHARE = $(DESTDIR)$(PREFIX)/share

# Names of other packages' programs that anycan answers to. They are installed only where they are
# wanted, and take the place of those programs: make install COMPAT=1
COMPAT_NAMES := $(shell sed -n 's/^\t{"\(can_[a-z]*\|slcand\)", .*/\1/p' tools/main.c)
# With .py as python-can 4.0 installs them.
COMPAT_LINKS := $(COMPAT_NAMES) $(patsubst %,%.py,$(filter can_%,$(COMPAT_NAMES)))
COMPAT_PAGES := $(COMPAT_NAMES:%=Documentation/man/%.1)

# install: copy all there is to use to DESTDIR and PREFIX.
install: programs install_udev
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include/anycan) \
		$(DESTDIR)$(LIBDIR)/pkgconfig
	install $(B)/bin/bridged $(B)/bin/anycan $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard $(B)/lib/*.a) $(DESTDIR)$(LIBDIR)
	for library in libanycan libcanlog; do \
		install -m 644 $(B)/lib/$$library.so $(DESTDIR)$(LIBDIR)/$$library.so.0 && \
		ln -sf $$library.so.0 $(DESTDIR)$(LIBDIR)/$$library.so || exit; \
	done
	for library in lib/libanycan formats/libcanlog; do \
		sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' \
			$$library.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/$${library##*/}.pc || exit; \
	done
	install -D -m 644 tools/completion/anycan.bash $(SHARE)/bash-completion/completions/anycan
	install -D -m 644 tools/completion/_anycan $(SHARE)/zsh/site-functions/_anycan
	install -D -m 644 tools/completion/anycan.fish $(SHARE)/fish/vendor_completions.d/anycan.fish
	install -m 644 $(wildcard lib/include/anycan/*.h) $(DESTDIR)$(PREFIX)/include/anycan
	install -m 644 $(wildcard formats/include/*.h) $(DESTDIR)$(PREFIX)/include
	for name in $(if $(COMPAT),$(COMPAT_LINKS)); do \
		ln -sf anycan $(DESTDIR)$(PREFIX)/bin/$$name || exit; \
	done
	for page in $(filter-out $(if $(COMPAT),,$(COMPAT_PAGES)),\
		$(wildcard Documentation/man/*.[1-8])); do \
		install -D -m 644 $$page \
			$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit; \
	done
	@[ -n "$(DESTDIR)" ] || echo "make: adapters are recognised after: systemd-sysusers &&" \
		"systemd-tmpfiles --create anycan.conf && systemd-hwdb update &&" \
		"udevadm control --reload && systemctl daemon-reload"

# uninstall: remove from DESTDIR and PREFIX what `make install` puts there, and nothing else.
uninstall:
	rm -rf $(B)/installed
	$(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/$(B)/installed >/dev/null
	cd $(B)/installed && find . ! -type d | sed 's|^\.|$(DESTDIR)|' | \
		tr '\n' '\0' | xargs -0 rm -f
	cd $(B)/installed && find . -mindepth 1 -depth -type d $(if $(DESTDIR),,-name anycan) | \
		sed 's|^\.|$(DESTDIR)|' | xargs rmdir --ignore-fail-on-non-empty 2>/dev/null || :
	rm -rf $(B)/installed

# html: the documentation as HTML, in build/html.
html:
	Documentation/make-html $(B)/html

# deb: build Debian's packages, in build/deb.
DEB_TREE = $(B)/deb/anycan-$(VERSION)
deb:
	@missing="$(call missing,$(DEB_PACKAGES) $(DOC_PACKAGES))"; [ -z "$$missing" ] || { \
		echo "make: missing Debian packages: $$missing (install them with:" \
			"apt-get install $$missing)" >&2; exit 1; }
	rm -rf $(B)/deb
	mkdir -p $(DEB_TREE)
	cp -r Makefile README.md Documentation bridged formats kmod lib tools udev $(DEB_TREE)
	mv $(DEB_TREE)/udev/debian $(DEB_TREE)/debian
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -b -us -uc $(DEB_FLAGS)
	ls $(B)/deb/*.deb

# analyze: let cppcheck, gcc -fanalyzer and clang's analyzer look for mistakes.
analyze:
	cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 --inline-suppr \
		lib formats bridged tools
	for source in $(LIB_SRC) $(BRIDGED_SRC); do \
		$(CC) $(CPPFLAGS) -std=gnu11 -O1 -fanalyzer -Werror -c -o /dev/null $$source \
			|| exit; \
	done
	for source in $(LIB_SRC) $(BRIDGED_SRC) $(LOG_SRC) $(TOOL_SRC); do \
		clang-tidy --quiet $$source -- $(CPPFLAGS) -std=gnu11 || exit; \
	done

# format: lay the sources out as .clang-format says.
format:
	clang-format -i $(FORMATTED)

# clean: remove everything that was built.
clean:
	rm -rf $(B)

# help: list the targets.
help:
	@sed -n 's/^# \([a-z_]*\): \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST))

.PHONY: all demo check bench fuzz simulator install install_udev uninstall html deb \
	analyze format clean help
