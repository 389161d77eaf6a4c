// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * SQLite by python-can's schema. Source: python-can 4.0's manual, sections SqliteWriter and
 * SqliteReader, and databases of 4.1 and 4.6.
 */
#include "format.h"

#include <anycan/clock.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* A transaction ends after so many frames: each end waits for the disk several times. */
#define FRAMES_MAX 1000000

/* Time an application that has the database open may keep us waiting. */
#define BUSY_MS 5000

struct sqlite_state {
	sqlite3 *db;
	sqlite3_stmt *statement;
	uint64_t row;
	unsigned int frames; /* in the open transaction */
	bool in_transaction;
	bool ended;
};

static int sqlite_probe(const uint8_t *head, size_t len)
{
	return len >= 16 && !memcmp(head, "SQLite format 3", 16) ? 100 : 0;
}

static int fail(struct canlog *log, int status)
{
	struct sqlite_state *st = log->state;

	return canlog_fail(log, status == SQLITE_FULL ? -ENOSPC : -EIO, "%s",
			   st->db ? sqlite3_errmsg(st->db) : sqlite3_errstr(status));
}

/* The table's name as an identifier, whatever is in it. */
static void quote(const char *name, char *out)
{
	*out++ = '"';
	for (; *name; name++) {
		if (*name == '"')
			*out++ = '"';
		*out++ = *name;
	}
	*out++ = '"';
	*out = '\0';
}

static int run(struct canlog *log, const char *sql)
{
	struct sqlite_state *st = log->state;
	int status = sqlite3_exec(st->db, sql, NULL, NULL, NULL);

	return status == SQLITE_OK ? 0 : fail(log, status);
}

static int prepare(struct canlog *log, const char *sql)
{
	struct sqlite_state *st = log->state;
	int status = sqlite3_prepare_v2(st->db, sql, -1, &st->statement, NULL);

	return status == SQLITE_OK ? 0 : fail(log, status);
}

static int open_reader(struct canlog *log, const char *table)
{
	struct sqlite_state *st = log->state;
	char sql[256];
	int err;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	err = prepare(log, sql);
	if (err && st->db && strstr(sqlite3_errmsg(st->db), "no such table"))
		return canlog_fail(log, -EINVAL, "no table %s (table_name=NAME reads another)",
				   table);
	if (!err && sqlite3_column_count(st->statement) < 7)
		err = canlog_fail(log, -EINVAL, "table %s has not the seven columns of a log",
				  table);
	return err;
}

static int open_writer(struct canlog *log, const char *table)
{
	char sql[512];
	int err;

	snprintf(sql, sizeof(sql),
		 "CREATE TABLE IF NOT EXISTS %s (ts REAL, arbitration_id INTEGER, "
		 "extended INTEGER, remote INTEGER, error INTEGER, dlc INTEGER, data BLOB)",
		 table);
	/* A transaction is whole or not there after a power cut, at the price of few syncs. */
	err = run(log, "PRAGMA synchronous = NORMAL");
	if (!err)
		err = run(log, sql);
	snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?, ?, ?, ?, ?, ?, ?)", table);
	return err ? err : prepare(log, sql);
}

static void close_database(struct canlog *log)
{
	struct sqlite_state *st = log->state;

	sqlite3_finalize(st->statement);
	sqlite3_close(st->db);
	st->statement = NULL;
	st->db = NULL;
}

static int sqlite_open(struct canlog *log)
{
	struct sqlite_state *st = log->state;
	int flags =
		log->writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	char table[160];
	/* A log belongs to one thread at a time: SQLite's own locks are a tenth of its work. */
	int status = sqlite3_open_v2(log->path, &st->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	int err = status == SQLITE_OK ? 0 : fail(log, status);

	quote(log->set.table_name, table);
	if (!err) {
		sqlite3_busy_timeout(st->db, BUSY_MS);
		err = log->writing ? open_writer(log, table) : open_reader(log, table);
	}
	if (err)
		close_database(log);
	return err;
}

/*
 * A REAL cannot hold nanoseconds: the time meant is the one with fewest digits that gives this
 * very number, as Python prints it.
 */
static int64_t time_from_real(double value)
{
	int64_t sec, unit;
	double part;

	if (!(value > 0) || value > 9e9)
		return 0;
	sec = (int64_t)value;
	part = value - (double)sec;
	for (unit = 1000; unit > 1; unit /= 10) {
		int64_t ns = (int64_t)(part * 1e9 / (double)unit + 0.5) * unit;
		int64_t whole = sec * ANYCAN_NS_PER_S + ns;

		if ((double)((long double)whole / 1e9L) == value)
			return whole;
	}
	return sec * ANYCAN_NS_PER_S + (int64_t)(part * 1e9 + 0.5);
}

static bool set_kind(sqlite3_stmt *row, struct anycan_frame *frame)
{
	sqlite3_int64 id = sqlite3_column_int64(row, 1);

	if (id < 0 || id > CAN_EFF_MASK)
		return false;
	frame->can_id = (canid_t)id;
	if (sqlite3_column_int(row, 4))
		frame->can_id |= CAN_ERR_FLAG;
	else if (sqlite3_column_int(row, 3))
		frame->can_id |= CAN_RTR_FLAG;
	if (sqlite3_column_int(row, 2) && !(frame->can_id & CAN_ERR_FLAG))
		frame->can_id |= CAN_EFF_FLAG;
	return true;
}

static bool read_row(struct canlog *log, sqlite3_stmt *row, struct anycan_frame *frame)
{
	const void *data = sqlite3_column_blob(row, 6);
	int bytes = sqlite3_column_bytes(row, 6);
	sqlite3_int64 dlc = sqlite3_column_int64(row, 5);

	canlog_frame_reset(frame);
	frame->ts_ns = time_from_real(sqlite3_column_double(row, 0));
	frame->channel = ANYCAN_CHANNEL_NONE;
	if (!set_kind(row, frame) || dlc < 0 || bytes < 0 || bytes > ANYCAN_DATA_MAX)
		return false;
	if (frame->can_id & CAN_RTR_FLAG) {
		canlog_set_classic_dlc(log, frame, (unsigned int)(dlc > 255 ? 255 : dlc));
		return true;
	}
	if (bytes)
		memcpy(frame->data, data, (size_t)bytes);
	canlog_set_data_len(log, frame, (size_t)bytes);
	if (bytes == CAN_MAX_DLEN && dlc > CAN_MAX_DLC && dlc <= ANYCAN_DLC_MAX &&
	    !(frame->can_id & CAN_ERR_FLAG))
		frame->len8_dlc = (uint8_t)dlc;
	else if (dlc != bytes)
		canlog_note_add(log, CANLOG_CHANGED_DLC);
	return true;
}

static ssize_t sqlite_read(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	struct sqlite_state *st = log->state;
	size_t got = 0;

	while (got < n && !st->ended) {
		int status = sqlite3_step(st->statement);

		if (status != SQLITE_ROW) {
			st->ended = true;
			if (status == SQLITE_DONE)
				break;
			canlog_note_add(log, CANLOG_TRUNCATED);
			/* What can be read of a damaged database is all that repair can do. */
			if (got || log->repair)
				break;
			return fail(log, status);
		}
		log->line = ++st->row;
		if (read_row(log, st->statement, &frames[got]))
			got++;
		else
			canlog_note_add(log, CANLOG_SKIPPED_MALFORMED);
	}
	return (ssize_t)got;
}

static int commit(struct canlog *log)
{
	struct sqlite_state *st = log->state;

	if (!st->in_transaction)
		return 0;
	st->in_transaction = false;
	st->frames = 0;
	return run(log, "COMMIT");
}

static int write_frame(struct canlog *log, const struct anycan_frame *frame)
{
	struct sqlite_state *st = log->state;
	int64_t ts_ns = canlog_round_time(log, frame->ts_ns);
	sqlite3_stmt *row = st->statement;
	bool error = frame->can_id & CAN_ERR_FLAG;
	size_t len = error ? frame->len : anycan_frame_data_len(frame);
	int status;

	sqlite3_bind_double(row, 1, (double)((long double)ts_ns / 1e9L));
	sqlite3_bind_int64(row, 2, frame->can_id & CAN_EFF_MASK);
	sqlite3_bind_int(row, 3, (frame->can_id & CAN_EFF_FLAG) && !error);
	sqlite3_bind_int(row, 4, (frame->can_id & CAN_RTR_FLAG) && !error);
	sqlite3_bind_int(row, 5, error);
	sqlite3_bind_int(row, 6, frame->len8_dlc ? frame->len8_dlc : frame->len);
	sqlite3_bind_blob(row, 7, frame->data, (int)len, SQLITE_STATIC);
	status = sqlite3_step(row);
	sqlite3_reset(row);
	return status == SQLITE_DONE ? 0 : fail(log, status);
}

static int sqlite_write(struct canlog *log, const struct anycan_frame *frames, size_t n)
{
	struct sqlite_state *st = log->state;

	for (size_t i = 0; i < n; i++) {
		int err = 0;

		if (!st->in_transaction) {
			err = run(log, "BEGIN IMMEDIATE");
			st->in_transaction = !err;
		}
		if (!err)
			err = write_frame(log, &frames[i]);
		if (!err && ++st->frames >= FRAMES_MAX)
			err = commit(log);
		if (err)
			return err;
	}
	return 0;
}

static int sqlite_close_log(struct canlog *log)
{
	int err = log->writing && !log->failed ? commit(log) : 0;

	close_database(log);
	return err;
}

const struct canlog_format sqlite_format = {
	.name = "sqlite",
	.summary = "SQLite database by python-can's schema; always appends",
	.extensions = (const char *const[]){".db", NULL},
	.settings = (const char *const[]){"table_name", NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_APPENDS | CANLOG_NEEDS_PATH,
	.loses = UINT64_C(1) << CANLOG_LOST_FD | UINT64_C(1) << CANLOG_LOST_FD_FLAGS |
		 UINT64_C(1) << CANLOG_LOST_CHANNEL | UINT64_C(1) << CANLOG_LOST_DIRECTION |
		 UINT64_C(1) << CANLOG_LOST_TIME_DIGITS,
	.time_ns = 1000,
	.state_size = sizeof(struct sqlite_state),
	.probe = sqlite_probe,
	.open = sqlite_open,
	.close = sqlite_close_log,
	.read = sqlite_read,
	.write = sqlite_write,
	.flush = commit,
};
