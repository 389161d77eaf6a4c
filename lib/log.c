/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Messages for people. Priorities for the journal: sd-daemon(3), "<N>" before the line.
 */
#include <anycan/log.h>

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static const char *const names[] = {"critical", "error",    "warning", "info",
				    "debug",	"subdebug", "frames"};
static const int journal_priority[] = {2, 3, 4, 6, 7, 7, 7};

static struct {
	const char *program;
	enum anycan_log_level level;
	bool journal, syslog;
} logger = {"anycan", ANYCAN_LOG_WARNING, false, false};

/* systemd names the stream's device and inode, so that a redirection is noticed. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	uintmax_t dev, ino;

	return stream && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 && !fstat(STDERR_FILENO, &st) &&
	       st.st_dev == dev && st.st_ino == ino;
}

void anycan_log_init(const char *program, enum anycan_log_level level)
{
	logger.program = program;
	logger.level = level;
	logger.journal = stderr_is_journal();
}

void anycan_log_to_syslog(void)
{
	openlog(logger.program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	logger.syslog = true;
}

void anycan_log_set_level(enum anycan_log_level level)
{
	logger.level = level;
}

int anycan_log_level_parse(const char *name)
{
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcasecmp(name, names[i]))
			return (int)i;
	return -EINVAL;
}

bool anycan_log_enabled(enum anycan_log_level level)
{
	return level <= logger.level;
}

/* What adapters and users say must not look like lines of ours, nor move a terminal's cursor. */
static void tame(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void anycan_log(enum anycan_log_level level, const char *format, ...)
{
	int saved = errno;
	char line[1024];
	va_list args;
	int n;

	if (!anycan_log_enabled(level))
		return;
	if (logger.syslog)
		n = 0;
	else if (logger.journal)
		n = snprintf(line, sizeof(line), "<%d>", journal_priority[level]);
	else if (level == ANYCAN_LOG_ERROR || level == ANYCAN_LOG_CRITICAL)
		n = snprintf(line, sizeof(line), "%s: ", logger.program);
	else
		n = snprintf(line, sizeof(line), "%s: %s: ", logger.program, names[level]);
	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
	va_end(args);
	tame(line + n);
	if (logger.syslog) {
		syslog(journal_priority[level], "%s", line);
		errno = saved;
		return;
	}
	/* One write, so that lines of several processes do not mix. */
	strcat(line, "\n");
	if (write(STDERR_FILENO, line, strlen(line)) < 0) {
		/* Nobody listens: there is no better place to say so. */
	}
	errno = saved;
}
