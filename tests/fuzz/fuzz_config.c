/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: every input is a configuration file up to a NUL, and CAN_CONFIG behind it. What is
 * understood must be of the types that it is to have, and mean something that can be told.
 */
#include <anycan/config.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static void check_target(const struct anycan_config *config)
{
	struct anycan_config_target target;
	struct anycan_error error = {0};

	if (anycan_config_resolve(config, &target, &error)) {
		demand(error.code < 0 && error.text[0]);
		return;
	}
	demand(memchr(target.address, 0, sizeof(target.address)));
	demand(memchr(target.settings, 0, sizeof(target.settings)));
	demand(!target.n_filters == !target.filters);
	anycan_config_target_clear(&target);
}

static void check_context(const char *path, const char *context)
{
	const struct anycan_config_source source = {.path = path, .context = context};
	struct anycan_error error = {0};
	struct anycan_config *config;
	const char *fd;

	if (anycan_config_load(&config, &source, &error)) {
		demand(error.code < 0 && error.text[0]);
		return;
	}
	fd = anycan_config_get(config, "fd");
	demand(!fd || !strcmp(fd, "true") || !strcmp(fd, "false"));
	demand(anycan_config_get(config, "interface") && !anycan_config_get(config, "bustype"));
	demand(!anycan_config_get(config, "tseg1"));
	check_target(config);
	anycan_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;
	char path[64], *variable;
	int file = memfd_create("can.conf", 0);

	demand(file >= 0 && write(file, data, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (nul) {
		variable = strndup((const char *)nul + 1, size - len - 1);
		setenv("CAN_CONFIG", variable, 1);
		free(variable);
	} else {
		unsetenv("CAN_CONFIG");
	}
	check_context(path, NULL);
	check_context(path, "HS");
	close(file);
	return 0;
}
