/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The buses that a verb works on: which ones the command line names, opening them, and receiving
 * from all of them. A bus is named as candump names it (`can0`, `any`, `can*`,
 * `can0,123:7FF,#FFFFFFFF`), by an adapter's address (`slcan:/dev/ttyACM0`), or as python-can's
 * scripts do, with -i INTERFACE -c CHANNEL --KEY=VALUE and can.conf behind that.
 */
#ifndef TOOLS_BUSES_H
#define TOOLS_BUSES_H

#include <anycan/bus.h>
#include <anycan/config.h>
#include <canlog.h>
#include <getopt.h>

#define BUSES_MAX 16
#define BUSES_ITEMS_MAX 32
#define BUSES_FILTERS_MAX 64

/** Options that all verbs with buses share; `getopt` has BUS_SHORT_OPTIONS and BUS_LONG_OPTIONS. */
enum bus_option {
	BUS_OPT_CHANNEL = 'c',
	BUS_OPT_INTERFACE = 'i',
	BUS_OPT_BITRATE = 'b',
	BUS_OPT_FD = 512,
	BUS_OPT_DATA_BITRATE,
	BUS_OPT_LISTEN_ONLY,
};

#define BUS_LONG_OPTIONS                                                                           \
	{"channel", required_argument, NULL, BUS_OPT_CHANNEL},                                     \
		{"interface", required_argument, NULL, BUS_OPT_INTERFACE},                         \
		{"bitrate", required_argument, NULL, BUS_OPT_BITRATE},                             \
		{"data-bitrate", required_argument, NULL, BUS_OPT_DATA_BITRATE},                   \
		{"fd", no_argument, NULL, BUS_OPT_FD},                                             \
	{                                                                                          \
		"listen-only", no_argument, NULL, BUS_OPT_LISTEN_ONLY                              \
	}

/** For --help. */
#define BUS_OPTIONS_HELP                                                                           \
	"  -c, --channel CH      the channel of the interface, as python-can names it\n"           \
	"  -i, --interface NAME  python-can's name of the interface; `can.conf` has defaults\n"    \
	"  -b, --bitrate RATE    bit/s that the bus must run at, or is set to: 500000, 500k\n"     \
	"  --data-bitrate RATE   the same for the data phase of CAN FD\n"                          \
	"  --listen-only         do not take part in the bus, not even by acknowledging\n"         \
	"  --KEY=VALUE           another setting of the interface, such as --ttyBaudrate=115200\n"

/** struct bus_args - the buses of a command line; all 0 to begin with */
struct bus_args {
	const char *targets[BUSES_MAX]; /**< positional */
	unsigned int n_targets;
	struct anycan_config_item items[BUSES_ITEMS_MAX + 1]; /**< -c, -i, -b ... --KEY=VALUE */
	unsigned int n_items;
	char texts[BUSES_ITEMS_MAX][24]; /**< values that were rewritten */
	char *keys[BUSES_ITEMS_MAX];	 /**< copies; bus_args_clear() frees them */
	unsigned int n_keys;
	uint32_t bitrate, data_bitrate; /**< 0: not given */
	bool fd;			/**< --fd */
	bool listen_only;
	bool python_can;		   /**< behave as its scripts: FD only with --fd */
	struct anycan_bus_options options; /**< defaults; fd, rates, state, filters are set here */
	struct can_filter filters[BUSES_FILTERS_MAX]; /**< of --filter, for all buses */
	const char *filter_words[BUSES_FILTERS_MAX];  /**< as they were given */
	size_t n_filters;
};

/**
 * bus_args_take() - take over one of the shared options
 * @option: as getopt_long() gave it
 *
 * Return: false if the value does not fit, or there are too many.
 */
bool bus_args_take(struct bus_args *args, int option, const char *value);

/**
 * bus_args_key() - take over an option that getopt_long() does not know
 * @word: `--KEY=VALUE`, a setting of the interface, as python-can's scripts have it
 *
 * Return: false if it is not of that form.
 */
bool bus_args_key(struct bus_args *args, const char *word);

/** bus_args_pair() - the same for `KEY=VALUE`; the value is not copied */
bool bus_args_pair(struct bus_args *args, const char *word);

/** bus_args_filter() - add `ID:MASK` or `ID~MASK`. Return: false if it is none, or one too many */
bool bus_args_filter(struct bus_args *args, const char *word);

/**
 * bus_args_filters() - add the filter in optarg and those that follow it: no bus is called like one
 *
 * Return: as bus_args_filter() for the first; optind is behind the last.
 */
bool bus_args_filters(struct bus_args *args, int argc, char **argv);

/** bus_args_send_only() - receive nothing: what nobody takes would fill the queue */
void bus_args_send_only(struct bus_args *args);

/** bus_args_print_filters() - as python-can's scripts do; nothing if there are none */
void bus_args_print_filters(const struct bus_args *args);

/** bus_args_target() - take over a positional word. Return: false if there are too many */
bool bus_args_target(struct bus_args *args, const char *word);

/** bus_args_names_bus() - whether -i or -c was given, so that no positional word is needed */
bool bus_args_names_bus(const struct bus_args *args);

/** bus_args_clear() - free what it holds */
void bus_args_clear(struct bus_args *args);

/** struct buses - open buses, their channels numbered in one table of names */
struct buses {
	struct anycan_bus *list[BUSES_MAX];
	char *names[BUSES_MAX]; /**< as the command line has them, without filters */
	unsigned int n;
	unsigned int turn;  /**< of the bus to receive from first next time */
	unsigned int ready; /**< bits of the buses that may have something to receive */
	struct canlog_channels *channels;
	uint16_t *numbers[BUSES_MAX]; /**< of a bus' channels in .channels, + 1; 0: not asked yet */
	unsigned int n_numbers[BUSES_MAX];
	int stop_fd; /**< also ends waiting; -1: none */
};

/**
 * buses_open() - open all that the command line names
 * @buses: filled on success; to be given to buses_close()
 *
 * Without any word the bus of can.conf is opened; without that there is an error that says so.
 *
 * Return: 0 or a negative errno.
 */
int buses_open(struct buses *buses, const struct bus_args *args, struct anycan_error *error);

/** buses_close() - close all, and end what they have started */
void buses_close(struct buses *buses);

/**
 * buses_recv() - receive what there is from any of them
 * @frames: room for @max; .channel is a number of @buses->channels
 * @index: NULL, or set to the bus that they are from: all of one call are from one bus
 * @timeout_ns: how long to wait for the first; negative = for ever
 *
 * The buses take turns, so that none is starved. It returns early when stop_fd is readable.
 *
 * Return: how many; 0 if none came in time or a signal did; or a negative errno.
 */
int buses_recv(struct buses *buses, struct anycan_frame *frames, unsigned int max,
	       unsigned int *index, int64_t timeout_ns, struct anycan_error *error);

/** buses_more() - whether the last call of buses_recv() may have left something */
static inline bool buses_more(const struct buses *buses)
{
	return buses->ready & ((1U << buses->n) - 1);
}

/** buses_name() - the name of a channel of .channels; never NULL */
const char *buses_name(const struct buses *buses, uint16_t channel);

/** buses_stats() - what all of them have counted, summed up */
void buses_stats(const struct buses *buses, struct anycan_bus_stats *sum);

#endif
