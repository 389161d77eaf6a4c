/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Compression of BLF containers by helper threads: a ring of jobs that are started and taken in
 * order. Without helpers a job is done when it is taken.
 */
#ifndef FORMATS_BLF_POOL_H
#define FORMATS_BLF_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest container, packed or not, that is read or written. */
#define BLF_CONTAINER_MAX (64 * 1024 * 1024)

#define BLF_JOBS 8

struct blf_pool;

struct blf_bytes {
	uint8_t *p;
	size_t len;
	size_t room;
};

enum blf_work {
	BLF_COPY, /* out is in */
	BLF_PACK,
	BLF_UNPACK,
};

struct blf_job {
	enum blf_work work;
	int level;	 /* BLF_PACK: -1..9 */
	size_t size;	 /* BLF_UNPACK: bytes that are said to come out */
	uint64_t offset; /* for the owner: where the container is in the file */
	bool cut;	 /* BLF_UNPACK: the input ended or broke before the output */
	int err;	 /* negative errno */
	struct blf_bytes in, out;
	int state; /* this and the next are the pool's */
	size_t charged;
};

/* @threads: helpers, 0 = one for each processor, negative = none. */
int blf_pool_new(struct blf_pool **pool, int threads);
void blf_pool_free(struct blf_pool *pool);

/* The next job to fill, its input empty; NULL if all are under way. */
struct blf_job *blf_pool_next(struct blf_pool *pool);

/* Starts the job that blf_pool_next() gave. */
void blf_pool_start(struct blf_pool *pool);

/* The oldest job, done; NULL if none is under way. Then blf_pool_release() it. */
struct blf_job *blf_pool_take(struct blf_pool *pool);
void blf_pool_release(struct blf_pool *pool);

/* Bytes of input under way, and jobs. */
size_t blf_pool_load(const struct blf_pool *pool);
unsigned int blf_pool_jobs(const struct blf_pool *pool);

/* Makes room for @len bytes in all; 0 or -ENOMEM. */
int blf_bytes_reserve(struct blf_bytes *bytes, size_t len);

/* The compressors of one thread; formats/blf_zip.c. */
struct blf_zip;

struct blf_zip *blf_zip_new(void);
void blf_zip_free(struct blf_zip *zip);
void blf_zip_run(struct blf_zip *zip, struct blf_job *job);

#endif
