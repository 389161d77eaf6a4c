// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/status.c: one line of JSON with every counter, and whose the socket is.
 */
#include "check.h"
#include "stage.h"

#include <errno.h>
#include <json.h>
#include <poll.h>
#include <run_dir.h>
#include <status.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	char dir[40], run[64], path[96];
	struct stage *stage;
	struct bridged_status status;
	char reason[BRIDGED_REASON_SIZE];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/anycan-status-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->run, sizeof(f->run), "%s/run", f->dir);
	snprintf(f->path, sizeof(f->path), "%s/can0.sock", f->run);
	setenv("ANYCAN_RUN_DIR", f->run, 1);
	f->stage = stage_new();
	stage_open(f->stage);
	f->status.adapter = &f->stage->adapter;
	f->status.port = "fake";
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	bridged_status_close(&f->status);
	stage_free(f->stage);
	unlink(f->path);
	rmdir(f->run);
	rmdir(f->dir);
	unsetenv("ANYCAN_RUN_DIR");
	free(f);
	return 0;
}

static int open_status(struct fixture *f)
{
	return bridged_status_open(&f->status, getuid(), f->reason);
}

static int try_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

/* What a client gets. The caller frees it with json_object_put(). */
static struct json_object *ask(struct fixture *f)
{
	int fd = try_connect(f->path);
	static char text[1 << 16];
	struct json_object *top;
	size_t len = 0;
	ssize_t n;

	assert_true(fd >= 0);
	f->status.source.ready(&f->status.source, EPOLLIN);
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	assert_int_equal(n, 0); /* the connection ends by itself */
	close(fd);
	text[len] = 0;
	/* One line, so that shell scripts can read it. */
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	top = json_tokener_parse(text);
	assert_non_null(top);
	return top;
}

static struct json_object *get(struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value))
		fail_msg("there is no %s", key);
	return value;
}

static const char *text_of(struct json_object *from, const char *key)
{
	assert_int_equal(json_object_get_type(get(from, key)), json_type_string);
	return json_object_get_string(get(from, key));
}

static uint64_t count_of(struct json_object *from, const char *key)
{
	assert_int_equal(json_object_get_type(get(from, key)), json_type_int);
	return json_object_get_uint64(get(from, key));
}

static struct json_object *link_of(struct json_object *top, size_t i)
{
	return json_object_array_get_idx(get(top, "links"), i);
}

static void test_words(void **state)
{
	static const uint32_t rates[] = {125000, 500000, 0};
	struct fixture *f = *state;
	struct bridged_adapter *adapter = &f->stage->adapter;
	struct json_object *top, *part;

	f->stage->settings[0].nominal.bitrate = 500000;
	f->stage->settings[0].nominal.sample_point = 875;
	f->stage->settings[0].data.bitrate = 2000000;
	adapter->description.bitrates = rates;
	adapter->description.ctrlmodes = CAN_CTRLMODE_FD;
	strcpy(adapter->description.serial, "A\"1\\");
	stage_set_up(f->stage, 1, false);
	assert_int_equal(open_status(f), 0);
	top = ask(f);
	assert_int_equal(count_of(top, "pid"), getpid());
	assert_string_equal(text_of(top, "version"), ANYCAN_VERSION);
	assert_string_equal(text_of(top, "port"), "fake");
	part = get(top, "adapter");
	assert_string_equal(text_of(part, "address"), "fake:/dev/fake");
	assert_string_equal(text_of(part, "driver"), "fake");
	assert_string_equal(text_of(part, "transport"), "fake");
	assert_string_equal(text_of(part, "phase"), "present");
	assert_string_equal(text_of(part, "model"), "Fake");
	assert_string_equal(text_of(part, "firmware"), "1.0");
	assert_string_equal(text_of(part, "serial"), "A\"1\\");
	assert_string_equal(text_of(part, "tx_confirmation"), "sent");
	assert_true(json_object_get_boolean(get(part, "fd")));
	assert_int_equal(json_object_array_length(get(part, "bitrates")), 2);
	assert_int_equal(json_object_array_length(get(top, "links")), FAKE_CHANNELS);
	part = link_of(top, 0);
	assert_string_equal(text_of(part, "netdev"), "can0");
	assert_string_equal(text_of(part, "channel"), "open");
	assert_string_equal(text_of(part, "state"), "ERROR-ACTIVE");
	assert_true(json_object_get_boolean(get(part, "up")));
	assert_int_equal(count_of(part, "bitrate"), 500000);
	assert_int_equal(count_of(part, "dbitrate"), 2000000);
	assert_true(json_object_get_double(get(part, "sample_point")) == 0.875);
	part = link_of(top, 1);
	assert_string_equal(text_of(part, "netdev"), "can1");
	assert_string_equal(text_of(part, "channel"), "closed");
	assert_string_equal(text_of(part, "state"), "STOPPED");
	assert_false(json_object_get_boolean(get(part, "up")));
	json_object_put(top);
}

/* Every counter that exists is shown, with its own value: each gets another one here. */
static void test_counters(void **state)
{
	struct fixture *f = *state;
	struct bridged_adapter *adapter = &f->stage->adapter;
	struct bridged_channel *channel = &adapter->channels[0];
	uint64_t *of_channel = (uint64_t *)&channel->counters;
	uint64_t *of_adapter = (uint64_t *)&adapter->counters;
	uint64_t *of_port = (uint64_t *)&f->stage->ports[0].dropped;
	const size_t n_channel = sizeof(channel->counters) / sizeof(uint64_t);
	const size_t n_adapter = sizeof(adapter->counters) / sizeof(uint64_t);
	const size_t n_port = sizeof(struct bridged_port_drops) / sizeof(uint64_t);
	const uint64_t big = UINT64_C(10000000000000000000); /* more than a signed number holds */
	uint64_t next = big, seen = 0, wanted;
	struct json_object *top, *parts[2];

	for (size_t i = 0; i < n_channel; i++)
		of_channel[i] = next++;
	for (size_t i = 0; i < n_port; i++)
		of_port[i] = next++;
	for (size_t i = 0; i < n_adapter; i++)
		of_adapter[i] = next++;
	f->stage->ports[0].backlog_rx = next++;
	f->stage->ports[0].backlog_tx = next++;
	wanted = next - big;
	channel->queued = 3;
	channel->in_flight = 4;
	assert_int_equal(open_status(f), 0);
	top = ask(f);
	parts[0] = get(link_of(top, 0), "counters");
	parts[1] = get(top, "adapter_counters");
	for (int i = 0; i < 2; i++) {
		json_object_object_foreach(parts[i], key, value)
		{
			uint64_t count = json_object_get_uint64(value);

			assert_int_equal(strcspn(key, " -"), strlen(key));
			if (count < big || count >= next)
				continue;
			assert_false(seen & UINT64_C(1) << (count - big));
			seen |= UINT64_C(1) << (count - big);
		}
	}
	assert_int_equal(seen, (UINT64_C(1) << wanted) - 1);
	assert_int_equal(count_of(parts[0], "tx_queued"), 3);
	assert_int_equal(count_of(parts[0], "tx_in_flight"), 4);
	assert_int_equal(count_of(parts[0], "rx_frames"), channel->counters.rx_frames);
	assert_int_equal(count_of(parts[0], "tx_aborted"), channel->counters.tx_aborted);
	assert_int_equal(count_of(parts[1], "reconnects"), adapter->counters.reconnects);
	json_object_put(top);
	channel->queued = 0;
}

/* Every phase and state has a word. */
static void test_states(void **state)
{
	struct fixture *f = *state;
	struct bridged_adapter *adapter = &f->stage->adapter;
	struct json_object *top;

	assert_int_equal(open_status(f), 0);
	for (int i = 0; i <= BRIDGED_UNUSABLE; i++) {
		adapter->phase = (enum bridged_adapter_phase)i;
		top = ask(f);
		assert_true(strlen(text_of(get(top, "adapter"), "phase")) > 3);
		json_object_put(top);
	}
	adapter->phase = BRIDGED_PRESENT;
	for (int i = 0; i < CAN_STATE_MAX; i++) {
		adapter->channels[0].can_state = (enum can_state)i;
		top = ask(f);
		assert_true(strlen(text_of(link_of(top, 0), "state")) > 3);
		json_object_put(top);
	}
	for (int i = 0; i <= BRIDGED_CHANNEL_REFUSED; i++) {
		adapter->channels[1].state = (enum bridged_channel_state)i;
		top = ask(f);
		assert_true(strlen(text_of(link_of(top, 1), "channel")) > 3);
		json_object_put(top);
	}
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;
	struct bridged_adapter *adapter = &f->stage->adapter;
	struct json_object *top;

	strcpy(adapter->refusal, "it is \"another\" one\n");
	strcpy(adapter->channels[1].refusal, "no bit rate");
	assert_int_equal(open_status(f), 0);
	top = ask(f);
	assert_string_equal(text_of(get(top, "adapter"), "refusal"), "it is \"another\" one\n");
	assert_string_equal(text_of(link_of(top, 1), "refusal"), "no bit rate");
	json_object_put(top);
}

/* ---- Whose the socket is */

static void test_socket(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(open_status(f), 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666); /* everybody may ask */
	assert_int_equal(stat(f->run, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	bridged_status_close(&f->status);
	assert_int_equal(stat(f->path, &st), -1);
	memset(&f->status, 0, sizeof(f->status));
	bridged_status_close(&f->status); /* never opened */
}

/* A daemon that was killed left its socket. */
static void test_stale_socket(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	mkdir(f->run, 0755);
	strcpy(address.sun_path, f->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd);
	assert_int_equal(access(f->path, F_OK), 0);
	assert_int_equal(open_status(f), 0);
	json_object_put(ask(f));
}

/* The second daemon is refused; the first one goes on, and its socket stays. */
static void test_second_daemon(void **state)
{
	struct fixture *f = *state;
	struct bridged_status second = {.adapter = f->status.adapter, .port = "fake"};
	int clients[64], n = 0;

	assert_int_equal(open_status(f), 0);
	assert_int_equal(bridged_status_open(&second, getuid(), f->reason), -EADDRINUSE);
	assert_non_null(strstr(f->reason, "can0"));
	assert_non_null(strstr(f->reason, "anycan status can0"));
	bridged_status_close(&second);
	f->status.source.ready(&f->status.source, EPOLLIN); /* it had called */
	json_object_put(ask(f));

	/* The same when the first one hangs, and nobody more can call it. */
	while (n < 64 && (clients[n] = try_connect(f->path)) >= 0)
		n++;
	assert_true(n < 64);
	alarm(60);
	assert_int_equal(bridged_status_open(&second, getuid(), f->reason), -EADDRINUSE);
	alarm(0);
	bridged_status_close(&second);
	while (n)
		close(clients[--n]);
	assert_int_equal(access(f->path, F_OK), 0);
}

/* What cannot be made is named, with what to do. */
static void test_no_place(void **state)
{
	struct fixture *f = *state;
	char dir[200];

	setenv("ANYCAN_RUN_DIR", "/dev/null/run", 1);
	assert_true(open_status(f) < 0);
	assert_non_null(strstr(f->reason, "/dev/null/run/can0.sock"));
	assert_non_null(strstr(f->reason, "ANYCAN_RUN_DIR"));
	bridged_status_close(&f->status);
	memset(dir, 'x', sizeof(dir));
	dir[0] = '/';
	dir[sizeof(dir) - 1] = 0;
	setenv("ANYCAN_RUN_DIR", dir, 1);
	assert_int_equal(open_status(f), -ENAMETOOLONG);
	assert_non_null(strstr(f->reason, "ANYCAN_RUN_DIR"));
	bridged_status_close(&f->status);
}

static void test_path(void **state)
{
	char path[32];

	(void)state;
	setenv("ANYCAN_RUN_DIR", "/a", 1);
	assert_int_equal(bridged_run_path("can0", ".sock", path, sizeof(path)), 0);
	assert_string_equal(path, "/a/can0.sock");
	assert_int_equal(bridged_run_path("can0", ".sock", path, 13), 0);
	assert_int_equal(bridged_run_path("can0", ".sock", path, 12), -ENAMETOOLONG);
	unsetenv("ANYCAN_RUN_DIR");
	assert_int_equal(bridged_run_path("can0", ".sock", path, sizeof(path)), 0);
	assert_string_equal(path, BRIDGED_RUN_DIR "/can0.sock");
}

/* Clients that go away, or never read, do not hold the daemon up. */
static void test_rude_clients(void **state)
{
	struct fixture *f = *state;
	int silent[20];

	assert_int_equal(open_status(f), 0);
	close(try_connect(f->path));
	f->status.source.ready(&f->status.source, EPOLLIN);
	for (size_t i = 0; i < TEST_COUNT(silent); i++) {
		silent[i] = try_connect(f->path);
		assert_true(silent[i] >= 0);
		f->status.source.ready(&f->status.source, EPOLLIN);
	}
	f->status.source.ready(&f->status.source, EPOLLIN); /* nobody is there */
	json_object_put(ask(f));
	for (size_t i = 0; i < TEST_COUNT(silent); i++)
		close(silent[i]);
}

/* The real loop serves it. */
static void test_in_the_loop(void **state)
{
	struct fixture *f = *state;
	struct pollfd answer = {.events = POLLIN};
	int rounds = 0;

	assert_int_equal(open_status(f), 0);
	answer.fd = try_connect(f->path);
	while (!poll(&answer, 1, 0) && rounds++ < 10000)
		bridged_loop_run(&f->stage->loop,
				 anycan_mono_after(bridged_now(NULL), ANYCAN_NS_PER_MS));
	assert_true(answer.revents & POLLIN);
	close(answer.fd);
}

int main(void)
{
#define STATUS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		STATUS_TEST(test_words),	 STATUS_TEST(test_counters),
		STATUS_TEST(test_states),	 STATUS_TEST(test_refusals),
		STATUS_TEST(test_socket),	 STATUS_TEST(test_stale_socket),
		STATUS_TEST(test_second_daemon), STATUS_TEST(test_no_place),
		STATUS_TEST(test_path),		 STATUS_TEST(test_rude_clients),
		STATUS_TEST(test_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
