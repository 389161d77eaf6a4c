// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/log.c: what reaches standard error, on a terminal and in the journal.
 */
#include "check.h"

#include <anycan/log.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Standard error while a test listens to it. */
struct ear {
	int saved;
	int pipe[2];
	char heard[8192];
};

static int listen_to_stderr(void **state)
{
	struct ear *ear = calloc(1, sizeof(*ear));

	ear->saved = dup(STDERR_FILENO);
	if (pipe2(ear->pipe, O_NONBLOCK) || dup2(ear->pipe[1], STDERR_FILENO) < 0)
		return -1;
	*state = ear;
	return 0;
}

static int stop_listening(void **state)
{
	struct ear *ear = *state;

	dup2(ear->saved, STDERR_FILENO);
	close(ear->saved);
	close(ear->pipe[0]);
	close(ear->pipe[1]);
	free(ear);
	unsetenv("JOURNAL_STREAM");
	anycan_log_init("test", ANYCAN_LOG_WARNING);
	return 0;
}

/* What was said since the last call. */
static const char *heard(struct ear *ear)
{
	ssize_t n = read(ear->pipe[0], ear->heard, sizeof(ear->heard) - 1);

	ear->heard[n > 0 ? n : 0] = 0;
	return ear->heard;
}

static void test_levels(void **state)
{
	static const struct {
		enum anycan_log_level level;
		const char *line;
	} table[] = {
		{ANYCAN_LOG_CRITICAL, "bridged: 7 frames\n"},
		{ANYCAN_LOG_ERROR, "bridged: 7 frames\n"},
		{ANYCAN_LOG_WARNING, "bridged: warning: 7 frames\n"},
		{ANYCAN_LOG_INFO, "bridged: info: 7 frames\n"},
		{ANYCAN_LOG_DEBUG, "bridged: debug: 7 frames\n"},
		{ANYCAN_LOG_SUBDEBUG, "bridged: subdebug: 7 frames\n"},
		{ANYCAN_LOG_FRAMES, "bridged: frames: 7 frames\n"},
	};
	struct ear *ear = *state;

	for (size_t chosen = 0; chosen < TEST_COUNT(table); chosen++) {
		anycan_log_init("bridged", table[chosen].level);
		for (size_t i = 0; i < TEST_COUNT(table); i++) {
			anycan_log(table[i].level, "%d %s", 7, "frames");
			assert_int_equal(anycan_log_enabled(table[i].level), i <= chosen);
			assert_string_equal(heard(ear), i <= chosen ? table[i].line : "");
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(anycan_log_level_parse("critical"), ANYCAN_LOG_CRITICAL);
	assert_int_equal(anycan_log_level_parse("error"), ANYCAN_LOG_ERROR);
	assert_int_equal(anycan_log_level_parse("Warning"), ANYCAN_LOG_WARNING);
	assert_int_equal(anycan_log_level_parse("INFO"), ANYCAN_LOG_INFO);
	assert_int_equal(anycan_log_level_parse("debug"), ANYCAN_LOG_DEBUG);
	assert_int_equal(anycan_log_level_parse("subdebug"), ANYCAN_LOG_SUBDEBUG);
	assert_int_equal(anycan_log_level_parse("frames"), ANYCAN_LOG_FRAMES);
	assert_int_equal(anycan_log_level_parse(""), -EINVAL);
	assert_int_equal(anycan_log_level_parse("warn"), -EINVAL);
	assert_int_equal(anycan_log_level_parse("warnings"), -EINVAL);
}

static void test_errno_kept(void **state)
{
	struct ear *ear = *state;

	errno = ENOTTY;
	anycan_log(ANYCAN_LOG_ERROR, "no");
	assert_int_equal(errno, ENOTTY);
	close(STDERR_FILENO); /* then writing fails */
	anycan_log(ANYCAN_LOG_ERROR, "no");
	assert_int_equal(errno, ENOTTY);
	dup2(ear->pipe[1], STDERR_FILENO);
}

/* However long, it is one line with an end. */
static void test_long(void **state)
{
	struct ear *ear = *state;
	char text[3000];

	for (size_t len = 0; len < sizeof(text); len += 37) {
		memset(text, 'x', len);
		text[len] = 0;
		anycan_log(ANYCAN_LOG_ERROR, "%s", text);
		heard(ear);
		assert_int_equal(ear->heard[strlen(ear->heard) - 1], '\n');
		assert_ptr_equal(strchr(ear->heard, '\n'), ear->heard + strlen(ear->heard) - 1);
		assert_true(strlen(ear->heard) >= (len < 900 ? len : 900));
	}
}

/* What an adapter or a user says cannot make a second line, a priority or a terminal's command. */
static void test_tame(void **state)
{
	struct ear *ear = *state;

	anycan_log_init("bridged", ANYCAN_LOG_ERROR);
	anycan_log(ANYCAN_LOG_ERROR, "V1\n<0>panic\r\x1b[2J\t\x7f b\xc3\xbcs");
	assert_string_equal(heard(ear), "bridged: V1?<0>panic??[2J?? b\xc3\xbcs\n");
}

/* systemd's word for "standard error is the journal's": device and inode of the stream. */
static void be_journal(long offset)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino + (uintmax_t)offset);
	setenv("JOURNAL_STREAM", stream, 1);
}

static void test_journal(void **state)
{
	static const char *const lines[] = {"<2>x\n", "<3>x\n", "<4>x\n", "<6>x\n",
					    "<7>x\n", "<7>x\n", "<7>x\n"};
	struct ear *ear = *state;

	be_journal(0);
	anycan_log_init("bridged", ANYCAN_LOG_FRAMES);
	for (unsigned int i = 0; i < TEST_COUNT(lines); i++) {
		anycan_log((enum anycan_log_level)i, "x");
		assert_string_equal(heard(ear), lines[i]);
	}
}

/* The service's standard error was redirected: what is written there is for people. */
static void test_not_the_journal(void **state)
{
	static const char *const streams[] = {"", "1", "a:b", "1:"};
	struct ear *ear = *state;

	be_journal(1);
	anycan_log_init("bridged", ANYCAN_LOG_ERROR);
	anycan_log(ANYCAN_LOG_ERROR, "x");
	assert_string_equal(heard(ear), "bridged: x\n");
	for (size_t i = 0; i < TEST_COUNT(streams); i++) {
		setenv("JOURNAL_STREAM", streams[i], 1);
		anycan_log_init("bridged", ANYCAN_LOG_ERROR);
		anycan_log(ANYCAN_LOG_ERROR, "x");
		assert_string_equal(heard(ear), "bridged: x\n");
	}
}

int main(void)
{
#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, listen_to_stderr, stop_listening)
	const struct CMUnitTest tests[] = {
		LOG_TEST(test_levels),
		LOG_TEST(test_names),
		LOG_TEST(test_errno_kept),
		LOG_TEST(test_long),
		LOG_TEST(test_tame),
		LOG_TEST(test_journal),
		LOG_TEST(test_not_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
