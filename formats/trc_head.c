// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Heads of TRC files, which PEAK's programs and python-can read for version, start and columns.
 * Source: PEAK CAN TRC File Format (2020-07-27).
 */
#include "number.h"
#include "trc.h"

#include <anycan/clock.h>

#define RULE ";-------------------------------------------------------------------------------\r\n"

/* "44548.6028595139...": enough digits to tell a millisecond for certain. */
static char *print_days(int64_t ns, char *out)
{
	int64_t day_ns = 86400 * ANYCAN_NS_PER_S;
	int64_t rest = ns % day_ns;

	out = print_uint(out, (uint64_t)(ns / day_ns + TRC_EPOCH_DAYS));
	*out++ = '.';
	for (int i = 0; i < 15; i++) {
		rest *= 10;
		*out++ = (char)('0' + rest / day_ns);
		rest %= day_ns;
	}
	return out;
}

static char *print_date(int64_t ns, char *out)
{
	time_t sec = (time_t)(ns / ANYCAN_NS_PER_S);
	struct tm tm = {0};

	gmtime_r(&sec, &tm);
	out = print_2(out, (unsigned int)tm.tm_mday);
	*out++ = '.';
	out = print_2(out, (unsigned int)tm.tm_mon + 1);
	*out++ = '.';
	out = print_uint(out, (uint64_t)tm.tm_year + 1900);
	*out++ = ' ';
	out = print_2(out, (unsigned int)tm.tm_hour);
	*out++ = ':';
	out = print_2(out, (unsigned int)tm.tm_min);
	*out++ = ':';
	out = print_2(out, (unsigned int)tm.tm_sec);
	*out++ = '.';
	return print_digits(out, (uint32_t)(ns % ANYCAN_NS_PER_S / ANYCAN_NS_PER_MS), 3);
}

static const char *columns_10(void)
{
	return ";    PCAN-Net: N/A\r\n"
	       ";\r\n"
	       ";    Columns description:\r\n"
	       ";    ~~~~~~~~~~~~~~~~~~~~~\r\n"
	       ";    +-current number in actual sample\r\n"
	       ";    |       +time offset of message (ms)\r\n"
	       ";    |       |         +ID of message (hex)\r\n"
	       ";    |       |         |     +data length code\r\n"
	       ";    |       |         |     |   +data bytes (hex) ...\r\n"
	       ";    |       |         |     |   |\r\n"
	       ";----+-   ---+---  ----+---  +  -+ -- -- ...\r\n";
}

static const char *columns_11(void)
{
	return ";\r\n"
	       ";   Message Number\r\n"
	       ";   |         Time Offset (ms)\r\n"
	       ";   |         |        Type\r\n"
	       ";   |         |        |        ID (hex)\r\n"
	       ";   |         |        |        |     Data Length\r\n"
	       ";   |         |        |        |     |   Data Bytes (hex) ...\r\n"
	       ";   |         |        |        |     |   |\r\n"
	       ";---+--   ----+----  --+--  ----+---  +  -+ -- -- -- -- -- -- --\r\n";
}

static const char *columns_13(void)
{
	return RULE ";   Bus  Name  Connection  Protocol\r\n"
		    ";   N/A  N/A   N/A         CAN\r\n" RULE ";   Message Number\r\n"
		    ";   |         Time Offset (ms)\r\n"
		    ";   |         |       Bus\r\n"
		    ";   |         |       |    Type\r\n"
		    ";   |         |       |    |       ID (hex)\r\n"
		    ";   |         |       |    |       |    Reserved\r\n"
		    ";   |         |       |    |       |    |   Data Length Code\r\n"
		    ";   |         |       |    |       |    |   |    Data Bytes (hex) ...\r\n"
		    ";   |         |       |    |       |    |   |    |\r\n"
		    ";---+-- ------+------ +- --+-- ----+--- +- -+-- -+ -- -- -- -- -- -- --\r\n";
}

static const char *columns_20(void)
{
	return RULE ";   Connection                 Bit rate\r\n"
		    ";   N/A                        N/A\r\n" RULE
		    ";   Message   Time    Type ID     Rx/Tx\r\n"
		    ";   Number    Offset  |    [hex]  |  Data Length\r\n"
		    ";   |         [ms]    |    |      |  |  Data [hex] ...\r\n"
		    ";   |         |       |    |      |  |  |\r\n"
		    ";---+-- ------+------ +- --+----- +- +- +- -- -- -- -- -- -- --\r\n";
}

static const char *columns_21(void)
{
	return RULE ";   Bus   Name            Connection               Protocol\r\n"
		    ";   N/A   N/A             N/A                      N/A\r\n" RULE
		    ";   Message   Time    Type    ID     Rx/Tx\r\n"
		    ";   Number    Offset  |  Bus  [hex]  |  Reserved\r\n"
		    ";   |         [ms]    |  |    |      |  |  Data Length Code\r\n"
		    ";   |         |       |  |    |      |  |  |    Data [hex] ...\r\n"
		    ";   |         |       |  |    |      |  |  |    |\r\n"
		    ";---+-- ------+------ +- +- --+----- +- +- +--- +- -- -- -- -- -- -- --\r\n";
}

static const char *columns_of(unsigned int version)
{
	switch (version) {
	case 10:
		return columns_10();
	case 11:
		return columns_11();
	case 13:
		return columns_13();
	case 20:
		return columns_20();
	default:
		return columns_21();
	}
}

char *trc_print_head(const struct canlog *log, int64_t start_ns, char *out)
{
	unsigned int version = log->set.version;

	if (version == 10) {
		out = print_text(out, ";#########################################################"
				      "#################\r\n;\r\n");
	} else {
		out = print_text(out, ";$FILEVERSION=");
		*out++ = (char)('0' + version / 10);
		*out++ = '.';
		*out++ = (char)('0' + version % 10);
		out = print_text(out, "\r\n;$STARTTIME=");
		out = print_days(start_ns, out);
		out = print_text(out, "\r\n");
	}
	if (version >= 20)
		out = print_text(out, version == 20 ? ";$COLUMNS=N,O,T,I,d,l,D\r\n"
						    : ";$COLUMNS=N,O,T,B,I,d,R,L,D\r\n");
	out = print_text(out, version == 10 ? ";    Start time: " : ";\r\n;   Start time: ");
	out = print_date(start_ns, out);
	out = print_text(out, version == 10 ? "\r\n;    Generated by anycan\r\n"
					    : "\r\n;   Generated by anycan\r\n");
	return print_text(out, columns_of(version));
}
