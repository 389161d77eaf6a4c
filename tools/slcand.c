// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * slcand: the options of can-utils' program of that name, for a bridge. Sources: its help text,
 * and behaviour of the versions 2020.11 and 2025.01.
 */
#include "attach.h"
#include "tools.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 16

/* Rates of the commands S0 to S8. */
static const char *const bitrates[] = {
	"10000", "20000", "50000", "100000", "125000", "250000", "500000", "800000", "1000000",
};

#define BITRATES (sizeof(bitrates) / sizeof(bitrates[0]))

struct request {
	const char *bitrate, *btr, *uart_speed;
	bool listen, rtscts, foreground;
	char adapter[300];
	char *words[WORDS_MAX];
	int n_words;
};

__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "slcand: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	return EXIT_FAILURE;
}

static int usage(FILE *to, int status)
{
	fprintf(to,
		"Usage: slcand [OPTION]... TTY [NETDEV]\n"
		"Make an slcan adapter a CAN netdev: the options of can-utils' slcand, for "
		"bridged.\n"
		"\n"
		"  -s SPEED  bit rate by its number, 0 to 8: 10, 20, 50, 100, 125, 250, 500, 800,\n"
		"            1000 kbit/s\n"
		"  -b BTR    bit timing registers, 4 hex digits, in place of -s\n"
		"  -S BAUD   rate of the serial line, any that it can do; default 115200\n"
		"  -t hw     hardware handshake; there is no software handshake (sw)\n"
		"  -l        listen only\n"
		"  -o        no effect: the adapter is opened when the netdev is set up\n"
		"  -c        no effect: it is always closed at the end\n"
		"  -f        no effect: its error flags are always read\n"
		"  -F        stay in the foreground\n"
		"  -h        show this\n"
		"\n"
		"Without -s and -b, ip link sets the bit rate, or the adapter has its own.\n"
		"\n"
		"Examples:\n"
		"  slcand -o -c -s6 ttyACM0 can0\n"
		"      the same: anycan attach slcan:/dev/ttyACM0 can0 bitrate 500000\n"
		"  slcand -o -s8 -t hw -S 3000000 /dev/ttyUSB0 can0\n"
		"      then: ip link set can0 up\n");
	return status;
}

/* ---- Options. Each returns 0 or EXIT_FAILURE, told. */

static int take_speed(struct request *request, const char *number)
{
	if (strlen(number) == 1 && number[0] >= '0' && (size_t)(number[0] - '0') < BITRATES) {
		request->bitrate = bitrates[number[0] - '0'];
		return 0;
	}
	return fail("-s %s: give a number from 0 to 8; for other rates: anycan attach "
		    "slcan:/dev/TTY bitrate N",
		    number);
}

static int take_btr(struct request *request, const char *digits)
{
	if (strlen(digits) == 4 && strspn(digits, "0123456789abcdefABCDEF") == 4) {
		request->btr = digits;
		return 0;
	}
	return fail(
		"-b %s: give the 4 hex digits of BTR0 and BTR1; longer ones are of other "
		"controllers, for them: anycan attach slcan:/dev/TTY bitrate N sample-point 0.8",
		digits);
}

static int take_handshake(struct request *request, const char *type)
{
	request->rtscts = !strcmp(type, "hw");
	if (request->rtscts)
		return 0;
	if (!strcmp(type, "sw"))
		return fail("-t sw: there is no software handshake: bytes of frames could be taken "
			    "for it; take -t hw, or leave it out");
	return fail("Unsupported flow type (%s)", type);
}

static int take_uart_speed(struct request *request, const char *baud)
{
	if (!*baud || strspn(baud, "0123456789") != strlen(baud) || strlen(baud) > 8)
		return fail("Unsupported UART speed (%s)", baud);
	request->uart_speed = baud;
	return 0;
}

static int take_option(struct request *request, int option)
{
	switch (option) {
	case 'o':
	case 'c':
	case 'f':
		return 0;
	case 'l':
		request->listen = true;
		return 0;
	case 's':
		return take_speed(request, optarg);
	case 'S':
		return take_uart_speed(request, optarg);
	case 't':
		return take_handshake(request, optarg);
	case 'b':
		return take_btr(request, optarg);
	case 'F':
		request->foreground = true;
		return 0;
	default:
		return usage(stderr, EXIT_FAILURE);
	}
}

/* ---- What it amounts to */

static void add(struct request *request, const char *word)
{
	request->words[request->n_words++] = (char *)word;
}

static void compose(struct request *request, const char *tty, const char *netdev)
{
	snprintf(request->adapter, sizeof(request->adapter), "slcan:%s%s%s%s",
		 strncmp(tty, "/dev/", 5) ? "/dev/" : "", tty, request->uart_speed ? "@" : "",
		 request->uart_speed ? request->uart_speed : "");
	add(request, request->adapter);
	if (netdev)
		add(request, netdev);
	/* The registers are sent last, so they count. */
	if (request->btr) {
		add(request, "btr");
		add(request, request->btr);
	} else if (request->bitrate) {
		add(request, "bitrate");
		add(request, request->bitrate);
	}
	if (request->listen) {
		add(request, "listen-only");
		add(request, "on");
	}
	if (request->rtscts) {
		add(request, "rtscts");
		add(request, "on");
	}
}

/* Who gives no bit rate here means to give it to ip link, which takes a netdev that has one. */
static const char *choose_port(const struct request *request)
{
	bool rate_comes_later = !request->bitrate && !request->btr;

	return rate_comes_later && access("/dev/cantap", F_OK) && attach_has_can() ? "ldisc" : NULL;
}

static void tell(const struct attachment *attachment)
{
	fprintf(stderr, "slcand: bridged%s%s", attachment->port ? " --port " : "",
		attachment->port ? attachment->port : "");
	for (int i = 0; i < attachment->n_words; i++)
		fprintf(stderr, " %s", attachment->words[i]);
	fprintf(stderr, "\n");
}

int tool_slcand(int argc, char **argv)
{
	struct request request = {0};
	struct attachment attachment = {.verb = "slcand", .name = "slcand", .here = true};
	int option, ret = 0;

	/* As every verb has it; can-utils' has -h only, which is a failure there. */
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout, EXIT_SUCCESS);
	while (!ret && (option = getopt(argc, argv, "ocfls:S:t:b:?hF")) != -1)
		ret = take_option(&request, option);
	if (ret)
		return ret;
	if (optind >= argc || strlen(argv[optind]) > 200 ||
	    (optind + 1 < argc && strlen(argv[optind + 1]) >= IFNAMSIZ))
		return usage(stderr, EXIT_FAILURE);
	compose(&request, argv[optind], optind + 1 < argc ? argv[optind + 1] : NULL);
	attachment.port = choose_port(&request);
	attachment.n_words = request.n_words;
	attachment.words = request.words;
	tell(&attachment);
	ret = request.foreground ? attach_run(&attachment) : attach_start(&attachment);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
