/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of `anycan log`, which is also can_logger.
 */
#ifndef TOOLS_LOG_H
#define TOOLS_LOG_H

#include "dump.h"
#include "output.h"

/** What is shown on standard output beside a file; candump's levels of silence. */
enum log_lines {
	LOG_LINES,
	LOG_ANIMATION, /**< something turns with every frame */
	LOG_SILENT,
};

/** struct log_args - what the command line asks for */
struct log_args {
	const char *program; /**< `anycan log` or `can_logger` */
	bool python;	     /**< behave as can_logger */
	struct bus_args buses;
	struct output_args out; /**< .path NULL: only lines */
	char auto_name[48];	/**< of -l */
	struct dump_options dump;
	enum log_lines lines;
	bool drops; /**< tell of frames lost in the lines */
	bool stay;  /**< a netdev that goes down is waited for */
	bool quiet;
	unsigned int verbose;
	uint64_t count;	    /**< end after so many frames; 0: never */
	int64_t timeout_ns; /**< end after this time without one; 0: never */
};

/* Fills @args. Return: -1 to go on, otherwise the exit status (help was asked for, or an error). */
int log_args_parse(struct log_args *args, int argc, char **argv);

/** log_run() - log until the end. Return: the exit status */
int log_run(struct log_args *args);

/** struct log_loss - frames that were lost before they came here */
struct log_loss {
	uint64_t last[BUSES_MAX]; /* by bus, what its queue had no room for */
	bool told;		  /* on standard error */
	uint64_t netdevs;	  /* what the kernel had dropped of the netdevs when we began */
};

/** log_netdev_drops() - frames that the kernel has dropped of the netdevs of @buses so far */
uint64_t log_netdev_drops(const struct buses *buses);

/**
 * log_summary() - say on standard error what was logged and what was lost
 * @report: what was written; NULL without a file
 * @seconds: how long it took
 */
void log_summary(const struct log_args *args, const struct buses *buses,
		 const struct log_loss *loss, const struct canlog_report *report, double seconds);

#endif
