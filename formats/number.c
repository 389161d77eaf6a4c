// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Tables and the slower paths of formats/number.h.
 */
#include "number.h"

const char canlog_decimal_pair[100][2] = {
	{'0', '0'}, {'0', '1'}, {'0', '2'}, {'0', '3'}, {'0', '4'}, {'0', '5'}, {'0', '6'},
	{'0', '7'}, {'0', '8'}, {'0', '9'}, {'1', '0'}, {'1', '1'}, {'1', '2'}, {'1', '3'},
	{'1', '4'}, {'1', '5'}, {'1', '6'}, {'1', '7'}, {'1', '8'}, {'1', '9'}, {'2', '0'},
	{'2', '1'}, {'2', '2'}, {'2', '3'}, {'2', '4'}, {'2', '5'}, {'2', '6'}, {'2', '7'},
	{'2', '8'}, {'2', '9'}, {'3', '0'}, {'3', '1'}, {'3', '2'}, {'3', '3'}, {'3', '4'},
	{'3', '5'}, {'3', '6'}, {'3', '7'}, {'3', '8'}, {'3', '9'}, {'4', '0'}, {'4', '1'},
	{'4', '2'}, {'4', '3'}, {'4', '4'}, {'4', '5'}, {'4', '6'}, {'4', '7'}, {'4', '8'},
	{'4', '9'}, {'5', '0'}, {'5', '1'}, {'5', '2'}, {'5', '3'}, {'5', '4'}, {'5', '5'},
	{'5', '6'}, {'5', '7'}, {'5', '8'}, {'5', '9'}, {'6', '0'}, {'6', '1'}, {'6', '2'},
	{'6', '3'}, {'6', '4'}, {'6', '5'}, {'6', '6'}, {'6', '7'}, {'6', '8'}, {'6', '9'},
	{'7', '0'}, {'7', '1'}, {'7', '2'}, {'7', '3'}, {'7', '4'}, {'7', '5'}, {'7', '6'},
	{'7', '7'}, {'7', '8'}, {'7', '9'}, {'8', '0'}, {'8', '1'}, {'8', '2'}, {'8', '3'},
	{'8', '4'}, {'8', '5'}, {'8', '6'}, {'8', '7'}, {'8', '8'}, {'8', '9'}, {'9', '0'},
	{'9', '1'}, {'9', '2'}, {'9', '3'}, {'9', '4'}, {'9', '5'}, {'9', '6'}, {'9', '7'},
	{'9', '8'}, {'9', '9'},
};

const char canlog_hex_spaced[256][4] = {
	"00 ", "01 ", "02 ", "03 ", "04 ", "05 ", "06 ", "07 ", "08 ", "09 ", "0A ", "0B ", "0C ",
	"0D ", "0E ", "0F ", "10 ", "11 ", "12 ", "13 ", "14 ", "15 ", "16 ", "17 ", "18 ", "19 ",
	"1A ", "1B ", "1C ", "1D ", "1E ", "1F ", "20 ", "21 ", "22 ", "23 ", "24 ", "25 ", "26 ",
	"27 ", "28 ", "29 ", "2A ", "2B ", "2C ", "2D ", "2E ", "2F ", "30 ", "31 ", "32 ", "33 ",
	"34 ", "35 ", "36 ", "37 ", "38 ", "39 ", "3A ", "3B ", "3C ", "3D ", "3E ", "3F ", "40 ",
	"41 ", "42 ", "43 ", "44 ", "45 ", "46 ", "47 ", "48 ", "49 ", "4A ", "4B ", "4C ", "4D ",
	"4E ", "4F ", "50 ", "51 ", "52 ", "53 ", "54 ", "55 ", "56 ", "57 ", "58 ", "59 ", "5A ",
	"5B ", "5C ", "5D ", "5E ", "5F ", "60 ", "61 ", "62 ", "63 ", "64 ", "65 ", "66 ", "67 ",
	"68 ", "69 ", "6A ", "6B ", "6C ", "6D ", "6E ", "6F ", "70 ", "71 ", "72 ", "73 ", "74 ",
	"75 ", "76 ", "77 ", "78 ", "79 ", "7A ", "7B ", "7C ", "7D ", "7E ", "7F ", "80 ", "81 ",
	"82 ", "83 ", "84 ", "85 ", "86 ", "87 ", "88 ", "89 ", "8A ", "8B ", "8C ", "8D ", "8E ",
	"8F ", "90 ", "91 ", "92 ", "93 ", "94 ", "95 ", "96 ", "97 ", "98 ", "99 ", "9A ", "9B ",
	"9C ", "9D ", "9E ", "9F ", "A0 ", "A1 ", "A2 ", "A3 ", "A4 ", "A5 ", "A6 ", "A7 ", "A8 ",
	"A9 ", "AA ", "AB ", "AC ", "AD ", "AE ", "AF ", "B0 ", "B1 ", "B2 ", "B3 ", "B4 ", "B5 ",
	"B6 ", "B7 ", "B8 ", "B9 ", "BA ", "BB ", "BC ", "BD ", "BE ", "BF ", "C0 ", "C1 ", "C2 ",
	"C3 ", "C4 ", "C5 ", "C6 ", "C7 ", "C8 ", "C9 ", "CA ", "CB ", "CC ", "CD ", "CE ", "CF ",
	"D0 ", "D1 ", "D2 ", "D3 ", "D4 ", "D5 ", "D6 ", "D7 ", "D8 ", "D9 ", "DA ", "DB ", "DC ",
	"DD ", "DE ", "DF ", "E0 ", "E1 ", "E2 ", "E3 ", "E4 ", "E5 ", "E6 ", "E7 ", "E8 ", "E9 ",
	"EA ", "EB ", "EC ", "ED ", "EE ", "EF ", "F0 ", "F1 ", "F2 ", "F3 ", "F4 ", "F5 ", "F6 ",
	"F7 ", "F8 ", "F9 ", "FA ", "FB ", "FC ", "FD ", "FE ", "FF ",
};

/* Exponent behind a number: -40..40 is all that can matter for a time. */
static bool text_exponent(struct text *t, int *exponent)
{
	struct text rest = *t;
	bool minus = false;
	uint64_t value;

	rest.p++;
	if (rest.p < rest.end && (*rest.p == '-' || *rest.p == '+'))
		minus = *rest.p++ == '-';
	if (!text_number(&rest, 10, &value) || value > 40)
		return false;
	*exponent = minus ? -(int)value : (int)value;
	t->p = rest.p;
	return true;
}

static bool apply_exponent(int64_t *value, int exponent)
{
	for (; exponent > 0; exponent--)
		if (__builtin_mul_overflow(*value, 10, value))
			return false;
	for (; exponent < 0; exponent++)
		*value = (*value + (exponent == -1 ? 5 : 0)) / 10;
	return true;
}

bool text_scaled(struct text *t, int64_t unit_ns, int64_t *value)
{
	const char *start = t->p;
	int64_t whole = 0, part = 0, scale = unit_ns;
	int exponent = 0;

	for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++) {
		whole = whole * 10 + (*t->p - '0');
		if (whole > INT64_C(100000000000000))
			return false;
	}
	if (t->p == start)
		return false;
	if (t->p < t->end && *t->p == '.')
		t->p++;
	for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++) {
		/* The first digit beyond the unit rounds, the others do not matter. */
		if (scale == 1 && *t->p >= '5')
			part++;
		scale /= 10;
		part += (*t->p - '0') * scale;
	}
	if (__builtin_mul_overflow(whole, unit_ns, &whole) ||
	    __builtin_add_overflow(whole, part, value))
		return false;
	if (t->p < t->end && (*t->p == 'e' || *t->p == 'E'))
		return text_exponent(t, &exponent) && apply_exponent(value, exponent);
	return true;
}
