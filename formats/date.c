// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Dates in the heads of text logs. Source: files of CANoe and CANalyzer 7 to 12 in English and
 * German, of PCAN-View, log2asc and python-can.
 */
#include "date.h"

#include <anycan/clock.h>
#include <time.h>

struct date {
	struct tm tm;
	int64_t fraction_ns;
	bool day, month, year, time, pm, am;
};

/* Beginnings of month names in lower case; the ä of März in both encodings. */
static const struct {
	const char *begins;
	int month;
} months[] = {
	{"jan", 0}, {"feb", 1}, {"mar", 2}, {"m\xc3\xa4r", 2}, {"m\xe4r", 2}, {"mrz", 2},
	{"apr", 3}, {"may", 4}, {"mai", 4}, {"jun", 5},	       {"jul", 6},    {"aug", 7},
	{"sep", 8}, {"oct", 9}, {"okt", 9}, {"nov", 10},       {"dec", 11},   {"dez", 11},
};

static bool parse_time(struct date *date, struct text word)
{
	uint64_t hour, minute;
	int64_t seconds;

	if (!text_number(&word, 10, &hour) || hour > 23 || word.p == word.end || *word.p++ != ':' ||
	    !text_number(&word, 10, &minute) || minute > 59 || word.p == word.end ||
	    *word.p++ != ':' || !text_whole_scaled(word, ANYCAN_NS_PER_S, &seconds) ||
	    seconds >= 61 * ANYCAN_NS_PER_S)
		return false;
	date->tm.tm_hour = (int)hour;
	date->tm.tm_min = (int)minute;
	date->tm.tm_sec = (int)(seconds / ANYCAN_NS_PER_S);
	date->fraction_ns = seconds % ANYCAN_NS_PER_S;
	date->time = true;
	return true;
}

static void set_day(struct date *date, uint64_t day)
{
	if (day < 1 || day > 31)
		return;
	date->tm.tm_mday = (int)day;
	date->day = true;
}

static void set_year(struct date *date, uint64_t year)
{
	if (year < 1970 || year > 2200)
		return;
	date->tm.tm_year = (int)year - 1900;
	date->year = true;
}

/* "30", "30." , "2017", "30.09.2017", or with the month first "9/30/2017" */
static void parse_numbers(struct date *date, struct text word)
{
	bool month_first = memchr(word.p, '/', text_len(word));
	uint64_t part[3] = {0, 0, 0}, month;
	int n = 0;

	while (n < 3 && text_number(&word, 10, &part[n])) {
		n++;
		if (word.p < word.end)
			word.p++;
	}
	if (n == 1 && part[0] > 31)
		set_year(date, part[0]);
	else if (n == 1)
		set_day(date, part[0]);
	if (n != 3)
		return;
	month = part[month_first ? 0 : 1];
	set_day(date, part[month_first ? 1 : 0]);
	set_year(date, part[2]);
	date->tm.tm_mon = (int)month - 1;
	date->month = month >= 1 && month <= 12;
}

static void parse_letters(struct date *date, struct text word)
{
	if (text_is(word, "am") || text_is(word, "a.m."))
		date->am = true;
	if (text_is(word, "pm") || text_is(word, "p.m."))
		date->pm = true;
	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++) {
		if (!text_begins(word, months[i].begins))
			continue;
		date->tm.tm_mon = months[i].month;
		date->month = true;
	}
}

bool canlog_date_parse(struct text t, int64_t *ns)
{
	struct date date = {.tm = {.tm_isdst = -1}};
	time_t sec;

	for (struct text word = text_word(&t); text_len(word); word = text_word(&t)) {
		if (memchr(word.p, ':', text_len(word))) {
			if (!parse_time(&date, word))
				return false;
		} else if (*word.p >= '0' && *word.p <= '9') {
			parse_numbers(&date, word);
		} else {
			parse_letters(&date, word);
		}
	}
	if (!date.day || !date.month || !date.year || !date.time)
		return false;
	/* Some writers add "pm" to hours of 13 and more: those are right already. */
	if (date.pm && date.tm.tm_hour < 12)
		date.tm.tm_hour += 12;
	if (date.am && date.tm.tm_hour == 12)
		date.tm.tm_hour = 0;
	sec = mktime(&date.tm);
	if (sec == (time_t)-1)
		return false;
	*ns = (int64_t)sec * ANYCAN_NS_PER_S + date.fraction_ns;
	return true;
}

char *canlog_date_print(char *out, int64_t ts_ns)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t sec = (time_t)(ts_ns / ANYCAN_NS_PER_S);
	struct tm tm = {0};

	localtime_r(&sec, &tm);
	memcpy(out, days + 3 * tm.tm_wday, 3);
	out[3] = ' ';
	memcpy(out + 4, names + 3 * tm.tm_mon, 3);
	out[7] = ' ';
	out = print_2(out + 8, (unsigned int)tm.tm_mday);
	*out++ = ' ';
	out = print_2(out, (unsigned int)tm.tm_hour);
	*out++ = ':';
	out = print_2(out, (unsigned int)tm.tm_min);
	*out++ = ':';
	/* A leap second has no place in two of the readers. */
	out = print_2(out, (unsigned int)(tm.tm_sec > 59 ? 59 : tm.tm_sec));
	*out++ = '.';
	out = print_digits(out, (uint32_t)(ts_ns % ANYCAN_NS_PER_S / ANYCAN_NS_PER_MS), 3);
	*out++ = ' ';
	return print_uint(out, (uint64_t)tm.tm_year + 1900);
}
