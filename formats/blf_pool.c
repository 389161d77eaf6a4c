// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The ring of compression jobs and its helper threads.
 */
#include "blf_pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 4

enum {
	JOB_FREE,
	JOB_QUEUED,
	JOB_RUNNING,
	JOB_DONE,
};

struct blf_pool {
	struct blf_job jobs[BLF_JOBS];
	unsigned int oldest, next; /* free-running; the owner's alone */
	unsigned int queued;	   /* next job for a helper; under the lock */
	size_t load;
	bool stop;
	int threads;
	struct blf_zip *own_zip; /* without helpers */
	pthread_t thread[THREADS_MAX];
	pthread_mutex_t lock;
	pthread_cond_t work, done;
};

int blf_bytes_reserve(struct blf_bytes *bytes, size_t len)
{
	uint8_t *p;

	if (bytes->room >= len)
		return 0;
	p = realloc(bytes->p, len);
	if (!p)
		return -ENOMEM;
	bytes->p = p;
	bytes->room = len;
	return 0;
}

static void *help(void *arg)
{
	struct blf_pool *pool = arg;
	struct blf_zip *zip = blf_zip_new();

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct blf_job *job = &pool->jobs[pool->queued % BLF_JOBS];

		if (pool->stop)
			break;
		if (job->state != JOB_QUEUED) {
			pthread_cond_wait(&pool->work, &pool->lock);
			continue;
		}
		job->state = JOB_RUNNING;
		pool->queued++;
		pthread_mutex_unlock(&pool->lock);
		if (zip)
			blf_zip_run(zip, job);
		else
			job->err = -ENOMEM;
		pthread_mutex_lock(&pool->lock);
		job->state = JOB_DONE;
		pthread_cond_signal(&pool->done);
	}
	pthread_mutex_unlock(&pool->lock);
	blf_zip_free(zip);
	return NULL;
}

static void start_threads(struct blf_pool *pool, int threads)
{
	sigset_t all, before;

	if (!threads)
		threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
	/* Signals are for the program's own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->threads < threads && pool->threads < THREADS_MAX &&
	       !pthread_create(&pool->thread[pool->threads], NULL, help, pool))
		pool->threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int blf_pool_new(struct blf_pool **out, int threads)
{
	struct blf_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->done, NULL);
	if (threads >= 0)
		start_threads(pool, threads);
	if (!pool->threads) {
		pool->own_zip = blf_zip_new();
		if (!pool->own_zip) {
			blf_pool_free(pool);
			return -ENOMEM;
		}
	}
	*out = pool;
	return 0;
}

void blf_pool_free(struct blf_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);
	for (size_t i = 0; i < BLF_JOBS; i++) {
		free(pool->jobs[i].in.p);
		free(pool->jobs[i].out.p);
	}
	pthread_cond_destroy(&pool->done);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	blf_zip_free(pool->own_zip);
	free(pool);
}

struct blf_job *blf_pool_next(struct blf_pool *pool)
{
	struct blf_job *job = &pool->jobs[pool->next % BLF_JOBS];

	return pool->next - pool->oldest == BLF_JOBS ? NULL : job;
}

void blf_pool_start(struct blf_pool *pool)
{
	struct blf_job *job = &pool->jobs[pool->next % BLF_JOBS];

	job->charged = job->in.len;
	pool->load += job->charged;
	pool->next++;
	pthread_mutex_lock(&pool->lock);
	job->state = JOB_QUEUED;
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

struct blf_job *blf_pool_take(struct blf_pool *pool)
{
	struct blf_job *job = &pool->jobs[pool->oldest % BLF_JOBS];

	if (pool->next == pool->oldest)
		return NULL;
	pool->load -= job->charged;
	if (pool->own_zip) {
		blf_zip_run(pool->own_zip, job);
		return job;
	}
	pthread_mutex_lock(&pool->lock);
	while (job->state != JOB_DONE)
		pthread_cond_wait(&pool->done, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	return job;
}

void blf_pool_release(struct blf_pool *pool)
{
	struct blf_job *job = &pool->jobs[pool->oldest % BLF_JOBS];

	pthread_mutex_lock(&pool->lock);
	job->state = JOB_FREE;
	pthread_mutex_unlock(&pool->lock);
	job->in.len = 0;
	job->cut = false;
	pool->oldest++;
}

size_t blf_pool_load(const struct blf_pool *pool)
{
	return pool->load;
}

unsigned int blf_pool_jobs(const struct blf_pool *pool)
{
	return pool->next - pool->oldest;
}
