// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reads or writes BLF by an installed Technica vector_blf, to be measured by formats.py:
 *	vector_blf read FILE		counts the objects
 *	vector_blf write FILE OUT LEVEL	loads FILE, then writes its objects; seconds of wall and
 *					processor time of the writing alone
 */
#include <Vector/BLF.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

using Vector::BLF::File;
using Vector::BLF::ObjectHeaderBase;

static double seconds(clockid_t clock)
{
	struct timespec ts = {};

	clock_gettime(clock, &ts);
	return static_cast<double>(ts.tv_sec) + static_cast<double>(ts.tv_nsec) / 1e9;
}

/* Hands every object to @take, which owns it from then on. */
template <typename Take> static bool read_all(const char *path, Take take)
{
	File file;

	file.open(path, std::ios_base::in);
	if (!file.is_open())
		return false;
	while (file.good()) {
		ObjectHeaderBase *object = file.read();

		if (!object)
			break;
		take(object);
	}
	file.close();
	return true;
}

static int read_file(const char *path)
{
	long count = 0;

	if (!read_all(path, [&count](ObjectHeaderBase *object) {
		    count++;
		    delete object;
	    }))
		return 1;
	std::printf("%ld\n", count);
	return 0;
}

static int write_file(const char *path, const char *out, int level)
{
	std::vector<ObjectHeaderBase *> objects;
	double wall, cpu;
	File file;

	if (!read_all(path, [&objects](ObjectHeaderBase *object) { objects.push_back(object); }))
		return 1;
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	file.compressionLevel = level;
	file.open(out, std::ios_base::out);
	if (!file.is_open())
		return 1;
	for (ObjectHeaderBase *object : objects)
		file.write(object);
	file.close();
	std::printf("%f %f\n", seconds(CLOCK_MONOTONIC) - wall,
		    seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !std::strcmp(argv[1], "read"))
		return read_file(argv[2]);
	if (argc == 5 && !std::strcmp(argv[1], "write"))
		return write_file(argv[2], argv[3], std::atoi(argv[4]));
	return 2;
}
