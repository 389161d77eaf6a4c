// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Packing and unpacking of one container. zlib does it all; libdeflate, if built in, is faster
 * where the whole container is there. Both write and read the same format (RFC 1950).
 */
#include "blf_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

struct blf_zip {
	z_stream inflate;
	z_stream deflate;
	bool inflate_ready, deflate_ready;
	int deflate_level;
#ifdef HAVE_LIBDEFLATE
	struct libdeflate_decompressor *fast_unpack;
	struct libdeflate_compressor *fast_pack;
	int fast_level;
#endif
};

struct blf_zip *blf_zip_new(void)
{
	struct blf_zip *zip = calloc(1, sizeof(*zip));

#ifdef HAVE_LIBDEFLATE
	if (zip)
		zip->fast_unpack = libdeflate_alloc_decompressor();
#endif
	return zip;
}

void blf_zip_free(struct blf_zip *zip)
{
	if (!zip)
		return;
	if (zip->inflate_ready)
		inflateEnd(&zip->inflate);
	if (zip->deflate_ready)
		deflateEnd(&zip->deflate);
#ifdef HAVE_LIBDEFLATE
	libdeflate_free_decompressor(zip->fast_unpack);
	libdeflate_free_compressor(zip->fast_pack);
#endif
	free(zip);
}

#ifdef HAVE_LIBDEFLATE
static bool pack_fast(struct blf_zip *zip, struct blf_job *job)
{
	/* zlib's default is level 6. */
	int level = job->level < 0 ? 6 : job->level;

	if (!zip->fast_pack || zip->fast_level != level) {
		libdeflate_free_compressor(zip->fast_pack);
		zip->fast_pack = libdeflate_alloc_compressor(level);
		zip->fast_level = level;
	}
	if (!zip->fast_pack || blf_bytes_reserve(&job->out, libdeflate_zlib_compress_bound(
								    zip->fast_pack, job->in.len)))
		return false;
	job->out.len = libdeflate_zlib_compress(zip->fast_pack, job->in.p, job->in.len, job->out.p,
						job->out.room);
	return job->out.len;
}

/* False for all that is not a whole container of the size told: the slower way sees to it. */
static bool unpack_fast(struct blf_zip *zip, struct blf_job *job)
{
	if (!zip->fast_unpack)
		return false;
	return libdeflate_zlib_decompress(zip->fast_unpack, job->in.p, job->in.len, job->out.p,
					  job->size, &job->out.len) == LIBDEFLATE_SUCCESS;
}
#else
static bool pack_fast(struct blf_zip *zip, struct blf_job *job)
{
	(void)zip;
	(void)job;
	return false;
}

static bool unpack_fast(struct blf_zip *zip, struct blf_job *job)
{
	(void)zip;
	(void)job;
	return false;
}
#endif

static int pack(struct blf_zip *zip, struct blf_job *job)
{
	int err;

	if (pack_fast(zip, job))
		return 0;
	if (zip->deflate_ready && zip->deflate_level != job->level) {
		deflateEnd(&zip->deflate);
		zip->deflate_ready = false;
	}
	if (!zip->deflate_ready) {
		if (deflateInit(&zip->deflate, job->level) != Z_OK)
			return -ENOMEM;
		zip->deflate_ready = true;
		zip->deflate_level = job->level;
	}
	err = blf_bytes_reserve(&job->out, deflateBound(&zip->deflate, job->in.len));
	if (err)
		return err;
	deflateReset(&zip->deflate);
	zip->deflate.next_in = job->in.p;
	zip->deflate.avail_in = (uInt)job->in.len;
	zip->deflate.next_out = job->out.p;
	zip->deflate.avail_out = (uInt)job->out.room;
	if (deflate(&zip->deflate, Z_FINISH) != Z_STREAM_END)
		return -EIO;
	job->out.len = job->out.room - zip->deflate.avail_out;
	return 0;
}

/* Unpacks as much as there is; a size told too small grows up to the limit. */
static int unpack_slow(z_stream *z, struct blf_job *job)
{
	int status = Z_OK;

	z->next_in = job->in.p;
	z->avail_in = (uInt)job->in.len;
	job->out.len = 0;
	while (status == Z_OK) {
		int err;

		if (job->out.len == job->out.room) {
			if (job->out.room >= BLF_CONTAINER_MAX)
				break;
			err = blf_bytes_reserve(&job->out, job->out.room * 2);
			if (err)
				return err;
		}
		z->next_out = job->out.p + job->out.len;
		z->avail_out = (uInt)(job->out.room - job->out.len);
		status = inflate(z, Z_SYNC_FLUSH);
		job->out.len = job->out.room - z->avail_out;
		if (status == Z_BUF_ERROR && !z->avail_out)
			status = Z_OK;
	}
	job->cut = status != Z_STREAM_END;
	return 0;
}

static int unpack(struct blf_zip *zip, struct blf_job *job)
{
	int err = blf_bytes_reserve(&job->out, job->size < 4096 ? 4096 : job->size);

	if (err)
		return err;
	if (!job->cut && unpack_fast(zip, job))
		return 0;
	if (!zip->inflate_ready && inflateInit(&zip->inflate) != Z_OK)
		return -ENOMEM;
	zip->inflate_ready = true;
	inflateReset(&zip->inflate);
	return unpack_slow(&zip->inflate, job);
}

static void swap(struct blf_job *job)
{
	struct blf_bytes in = job->in;

	job->in = job->out;
	job->out = in;
}

void blf_zip_run(struct blf_zip *zip, struct blf_job *job)
{
	job->out.len = 0;
	job->err = 0;
	if (job->work == BLF_PACK)
		job->err = pack(zip, job);
	else if (job->work == BLF_UNPACK)
		job->err = unpack(zip, job);
	else
		swap(job);
}
