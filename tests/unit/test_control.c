// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/control.c: requests to change what lives in an adapter, who may make them, and clients
 * that mean no good. Every round of the daemon's loop is played by hand.
 */
#include "check.h"
#include "stage.h"

#include <control.h>
#include <errno.h>
#include <grp.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nobody in particular. */
#define STRANGER 65533

struct fixture {
	char dir[48], path[96];
	struct stage *stage;
	struct bridged_control control;
	char reason[BRIDGED_REASON_SIZE];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char status[96];

	strcpy(f->dir, "/tmp/anycan-control-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	chmod(f->dir, 0755);
	snprintf(status, sizeof(status), "%s/can0.sock", f->dir);
	snprintf(f->path, sizeof(f->path), "%s/can0.ctl", f->dir);
	f->stage = stage_new();
	stage_open(f->stage);
	f->control.adapter = &f->stage->adapter;
	assert_int_equal(bridged_control_open(&f->control, status, getuid(), f->reason), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	bridged_control_close(&f->control);
	assert_int_equal(access(f->path, F_OK), -1);
	stage_free(f->stage);
	rmdir(f->dir);
	free(f);
	return 0;
}

static int call(const struct fixture *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* What epoll would report of every connection, then what is due, until nothing moves. */
static void play(struct fixture *f)
{
	f->control.source.ready(&f->control.source, EPOLLIN);
	for (int i = 0; i < BRIDGED_CONTROL_CLIENTS; i++) {
		struct bridged_client *client = &f->control.clients[i];

		if (client->state == BRIDGED_CLIENT_READING)
			client->source.ready(&client->source, EPOLLIN);
	}
	for (int i = 0; i < 2 * BRIDGED_PAIRS_MAX; i++) {
		bridged_control_due(&f->control);
		stage_settle(f->stage);
	}
}

static int send_line(struct fixture *f, const char *line)
{
	int fd = call(f);

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	play(f);
	return fd;
}

/* The answer that is there, with its connection ended. */
static struct json_object *take_answer(int fd)
{
	static char text[1 << 16];
	struct json_object *answer;
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	/* A daemon that closes with input unread resets; what it said comes first. */
	assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
	close(fd);
	text[len] = 0;
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	answer = json_tokener_parse(text);
	assert_non_null(answer);
	return answer;
}

static struct json_object *get(struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value))
		fail_msg("there is no %s in %s", key, json_object_to_json_string(from));
	return value;
}

static void check_done(int fd, int done)
{
	struct json_object *answer = take_answer(fd);

	assert_true(json_object_get_boolean(get(answer, "ok")));
	assert_int_equal(json_object_get_int(get(answer, "done")), done);
	json_object_put(answer);
}

static void check_refused(int fd, const char *words)
{
	struct json_object *answer = take_answer(fd);
	const char *error = json_object_get_string(get(answer, "error"));

	assert_false(json_object_get_boolean(get(answer, "ok")));
	if (!strstr(error, words))
		fail_msg("'%s' is not in: %s", words, error);
	json_object_put(answer);
}

static bool is_waiting(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

static void check_last_set(const struct fixture *f, unsigned int channel, uint32_t number)
{
	uint8_t unit[UNIT_SIZE];

	fake_unit(unit, UNIT_SET, channel, number);
	assert_memory_equal(f->stage->line.last_set, unit, UNIT_SIZE);
}

/* ---- Requests */

static void test_list(void **state)
{
	struct fixture *f = *state;
	struct json_object *answer = take_answer(send_line(f, "{\"request\": \"settings\"}\n"));
	struct json_object *list = get(answer, "settings");

	assert_string_equal(json_object_get_string(get(answer, "driver")), "fake");
	assert_int_equal(json_object_array_length(list), 2);
	list = json_object_array_get_idx(list, 0);
	assert_string_equal(json_object_get_string(get(list, "key")), "level");
	assert_string_equal(json_object_get_string(get(list, "help")), "1 to 9");
	json_object_put(answer);
}

/* Nothing is answered before the adapter has. */
static void test_set(void **state)
{
	struct fixture *f = *state;
	int fd = send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"7\"]]}\n");

	assert_int_equal(f->stage->line.units[UNIT_SET], 1);
	check_last_set(f, 0, 7);
	assert_true(is_waiting(fd));
	stage_say(f->stage, UNIT_SET_DONE, 0, 0);
	stage_settle(f->stage);
	check_done(fd, 1);

	fd = send_line(f, "{\"request\":\"set\",\"settings\":[[\"LEVEL\",\"8\"]]}\n");
	stage_say(f->stage, UNIT_SET_REFUSED, 0, 0);
	stage_settle(f->stage);
	check_refused(fd, "LEVEL '8': Fake is full");

	f->stage->driver.sets_at_once = true;
	fd = send_line(f, "{\"request\":\"set\",\"netdev\":\"can1\","
			  "\"settings\":[[\"label\",\"a b\"]]}\n");
	check_last_set(f, 1, 3);
	check_done(fd, 1);
	stage_check(f->stage);
}

/* In their order, each when the adapter has taken the one before. */
static void test_batch(void **state)
{
	struct fixture *f = *state;
	int fd = send_line(f, "{\"request\":\"set\",\"settings\":"
			      "[[\"level\",\"1\"],[\"level\",\"2\"],[\"label\",\"xyz\"]]}\n");

	for (unsigned int i = 1; i <= 3; i++) {
		assert_int_equal(f->stage->line.units[UNIT_SET], i);
		check_last_set(f, 0, i);
		assert_true(is_waiting(fd));
		stage_say(f->stage, UNIT_SET_DONE, 0, 0);
		play(f);
	}
	check_done(fd, 3);

	fd = send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"1\"],[\"level\",\"2\"],"
			  "[\"level\",\"3\"]]}\n");
	stage_say(f->stage, UNIT_SET_DONE, 0, 0);
	play(f);
	stage_say(f->stage, UNIT_SET_REFUSED, 0, 0);
	play(f);
	assert_int_equal(f->stage->line.units[UNIT_SET], 5);
	check_refused(fd, "level '2': Fake is full");

	/* What is wrong in one keeps all of them from the adapter. */
	fd = send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"1\"],[\"level\",\"10\"]]"
			  "}\n");
	check_refused(fd, "level '10': give a number from 1 to 9");
	assert_int_equal(f->stage->line.units[UNIT_SET], 5);
}

/* The second client's turn comes when the first one's change has ended. */
static void test_two_clients(void **state)
{
	struct fixture *f = *state;
	int first = send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"1\"]]}\n");
	int second = send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"2\"]]}\n");

	assert_int_equal(f->stage->line.units[UNIT_SET], 1);
	stage_say(f->stage, UNIT_SET_DONE, 0, 0);
	play(f);
	check_done(first, 1);
	check_last_set(f, 0, 2);
	assert_true(is_waiting(second));
	stage_say(f->stage, UNIT_SET_DONE, 0, 0);
	play(f);
	check_done(second, 1);
}

/* The adapter says nothing, goes away, or is away. */
static void test_no_outcome(void **state)
{
	struct fixture *f = *state;
	static const char line[] = "{\"request\":\"set\",\"settings\":[[\"level\",\"1\"]]}\n";
	int fd = send_line(f, line);

	assert_true(f->stage->loop.deadline.ns <= f->stage->adapter.change_deadline.ns);
	f->stage->adapter.change_deadline = (struct anycan_mono){0};
	play(f);
	check_refused(fd, "did not answer within 3 s");
	stage_say(f->stage, UNIT_SET_DONE, 0, 0); /* too late, and nobody waits */
	play(f);

	fd = send_line(f, line);
	stage_unplug(f->stage);
	play(f);
	check_refused(fd, "went away");
	check_refused(send_line(f, line), "the adapter is not there");
	stage_replug(f->stage);
	fd = send_line(f, line);
	stage_say(f->stage, UNIT_SET_DONE, 0, 0);
	play(f);
	check_done(fd, 1);
}

static void test_errors(void **state)
{
	static const struct {
		const char *line, *words;
	} wrong[] = {
		{"{\"request\":\"fly\"}\n", "unknown request 'fly'"},
		{"{\"settings\":[]}\n", "\"request\""},
		{"{\"request\":7}\n", "\"request\""},
		{"[]\n", "no line of JSON"},
		{"\n", "no line of JSON"},
		{"{\"request\":\"set\"\n", "no line of JSON"},
		{"{} {}\n", "no line of JSON"},
		{"[[[[[[[[1]]]]]]]]\n", "no line of JSON"},
		{"\xff\xfe\n", "no line of JSON"},
		{"{\"request\":\"set\"}\n", "\"settings\""},
		{"{\"request\":\"set\",\"settings\":{}}\n", "\"settings\""},
		{"{\"request\":\"set\",\"settings\":[]}\n", "\"settings\""},
		{"{\"request\":\"set\",\"settings\":[1]}\n", "setting 1"},
		{"{\"request\":\"set\",\"settings\":[[\"level\"]]}\n", "setting 1"},
		{"{\"request\":\"set\",\"settings\":[[\"level\",7]]}\n", "setting 1"},
		{"{\"request\":\"set\",\"settings\":[[\"level\",\"1\"],[\"label\",\"a\\nb\"]]}\n",
		 "setting 2"},
		{"{\"request\":\"set\",\"settings\":[[\"label\",\"a\\u0000b\"]]}\n", "setting 1"},
		{"{\"request\":\"set\",\"settings\":[[\"lever\",\"1\"]]}\n",
		 "unknown key 'lever'; there are: level label"},
		{"{\"request\":\"set\",\"settings\":[[\"bitrate\",\"x\"]]}\n", "bitrate 'x'"},
		{"{\"request\":\"set\",\"settings\":[[\"level\",\"1\"],[\"bitrate\",\"1\"]]}\n",
		 "one kind after the other"},
		{"{\"request\":\"up\",\"settings\":[[\"level\",\"1\"]]}\n",
		 "setting 1 is none of the"},
		{"{\"request\":\"up\",\"settings\":[]}\n", "\"settings\""},
		{"{\"request\":\"up\",\"settings\":[[\"fd\",\"maybe\"]]}\n", "fd 'maybe'"},
		{"{\"request\":\"up\",\"settings\":[[\"bitrate\",\"2000000\"]]}\n",
		 "no fake adapter does more"},
		{"{\"request\":\"up\",\"settings\":[[\"loopback\",\"on\"]]}\n",
		 "loopback on: fake Fake cannot do that"},
		{"{\"request\":\"up\",\"settings\":[[\"txqueuelen\",\"65537\"]]}\n",
		 "txqueuelen '65537': give frames from 1"},
		{"{\"request\":\"up\",\"settings\":[[\"txqueuelen\",\"0\"]]}\n", "from 1"},
		{"{\"request\":\"set\",\"settings\":[[\"txqueuelen\",\"1001\"]]}\n",
		 "Numerical result out of range"},
		{"{\"request\":\"restart\"}\n", "it is not bus-off"},
		{"{\"request\":\"set\",\"netdev\":\"can7\",\"settings\":[[\"level\",\"1\"]]}\n",
		 "'can7' is no netdev of this bridge"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < TEST_COUNT(wrong); i++)
		check_refused(send_line(f, wrong[i].line), wrong[i].words);
	assert_int_equal(f->stage->line.units[UNIT_SET], 0);
}

static void test_too_many(void **state)
{
	struct fixture *f = *state;
	char line[BRIDGED_REQUEST_SIZE];
	size_t len = (size_t)sprintf(line, "{\"request\":\"set\",\"settings\":[[\"level\",\"1\"]");

	for (int i = 0; i < BRIDGED_PAIRS_MAX; i++)
		len += (size_t)sprintf(line + len, ",[\"level\",\"1\"]");
	strcpy(line + len, "]}\n");
	check_refused(send_line(f, line), "1 to 32");
}

/* A driver whose adapters have nothing to set. */
static void test_no_settings(void **state)
{
	struct fixture *f = *state;
	struct bridged_driver plain = fake_driver;
	struct json_object *answer;

	plain.live = NULL;
	plain.live_size = 0;
	f->stage->adapter.driver = &plain;
	check_refused(send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"1\"]]}\n"),
		      "fake adapters have no settings");
	answer = take_answer(send_line(f, "{\"request\":\"settings\"}\n"));
	assert_int_equal(json_object_array_length(get(answer, "settings")), 0);
	json_object_put(answer);
	f->stage->adapter.driver = &fake_driver;
}

/* ---- Requests about the link */

static void check_ok(int fd)
{
	struct json_object *answer = take_answer(fd);

	if (!json_object_get_boolean(get(answer, "ok")))
		fail_msg("refused: %s", json_object_to_json_string(answer));
	json_object_put(answer);
}

static const struct bridged_channel *channel_of(const struct fixture *f, unsigned int i)
{
	return &f->stage->adapter.channels[i];
}

static void test_down_and_up(void **state)
{
	struct fixture *f = *state;

	check_ok(send_line(f, "{\"request\":\"down\",\"netdev\":\"can1\"}\n"));
	assert_int_equal(channel_of(f, 0)->state, BRIDGED_CHANNEL_OPEN);
	assert_int_equal(channel_of(f, 1)->state, BRIDGED_CHANNEL_CLOSED);
	assert_false(f->stage->ports[1].up);
	check_ok(send_line(f, "{\"request\":\"up\",\"netdev\":\"can1\"}\n"));
	assert_int_equal(channel_of(f, 1)->state, BRIDGED_CHANNEL_OPENING);
	check_ok(send_line(f, "{\"request\":\"set\",\"settings\":[[\"txqueuelen\",\"99\"]]}\n"));
	assert_int_equal(f->stage->ports[0].txqueuelen, 99);
	assert_true(f->stage->ports[0].up);
	stage_check(f->stage);
}

/* Without a controller the settings are the daemon's: the channel is opened again with them. */
static void test_other_settings(void **state)
{
	struct fixture *f = *state;
	unsigned int starts = f->stage->line.units[UNIT_START];

	f->stage->driver.opens_at_once = true;
	f->stage->driver.bitrate = 250000;
	check_ok(send_line(f, "{\"request\":\"up\",\"settings\":[[\"bitrate\",\"250k\"],"
			      "[\"sample-point\",\"0.8\"]]}\n"));
	assert_int_equal(f->stage->line.units[UNIT_START], starts + 1);
	assert_int_equal(f->stage->settings[0].nominal.sample_point, 800);
	assert_int_equal(f->stage->settings[1].nominal.bitrate, FAKE_BITRATE + 1);
	assert_false(f->stage->ports[0].fd_frames);

	/* A phase is set as a whole; a mode alone leaves the bit rate. */
	f->stage->driver.bitrate = 125000;
	check_ok(send_line(f, "{\"request\":\"set\",\"settings\":[[\"bitrate\",\"125000\"]]}\n"));
	assert_int_equal(f->stage->settings[0].nominal.sample_point, 0);
	check_ok(send_line(f, "{\"request\":\"set\",\"settings\":[[\"fd\",\"on\"]]}\n"));
	assert_int_equal(f->stage->line.units[UNIT_START], starts + 3);
	assert_true(f->stage->ports[0].fd_frames && f->stage->ports[0].up);
	assert_int_equal(f->stage->settings[0].nominal.bitrate, 125000);

	/* What is refused leaves no trace. */
	check_refused(send_line(f, "{\"request\":\"up\",\"settings\":[[\"bitrate\",\"2M\"]]}\n"),
		      "no fake adapter");
	check_refused(send_line(f, "{\"request\":\"up\",\"settings\":[[\"bitrate\",\"1M\"],"
				   "[\"txqueuelen\",\"2000\"]]}\n"),
		      "Numerical result out of range");
	assert_int_equal(f->stage->settings[0].nominal.bitrate, 125000);
	assert_int_equal(f->stage->line.units[UNIT_START], starts + 3);

	/* Down, it takes them along to the next time. */
	check_ok(send_line(f, "{\"request\":\"down\"}\n"));
	check_ok(send_line(f, "{\"request\":\"set\",\"settings\":[[\"bitrate\",\"1M\"]]}\n"));
	assert_int_equal(f->stage->line.units[UNIT_START], starts + 3);
	f->stage->driver.bitrate = 1000000;
	check_ok(send_line(f, "{\"request\":\"up\"}\n"));
	assert_int_equal(f->stage->line.units[UNIT_START], starts + 4);
	stage_check(f->stage);
}

static void test_restart(void **state)
{
	struct fixture *f = *state;
	unsigned int starts = f->stage->line.units[UNIT_START];

	stage_say(f->stage, UNIT_STATE, 0, CAN_STATE_BUS_OFF);
	stage_settle(f->stage);
	check_ok(send_line(f, "{\"request\":\"restart\"}\n"));
	assert_int_equal(f->stage->line.units[UNIT_START], starts + 1);
	check_refused(send_line(f, "{\"request\":\"restart\",\"netdev\":\"can1\"}\n"),
		      "it is not bus-off");
}

/* A channel that was refused is tried again with other settings. */
static void test_after_refusal(void **state)
{
	struct fixture *f = *state;

	check_ok(send_line(f, "{\"request\":\"down\"}\n"));
	check_ok(send_line(f, "{\"request\":\"up\"}\n"));
	stage_say(f->stage, UNIT_REFUSED, 0, 0);
	stage_settle(f->stage);
	assert_int_equal(channel_of(f, 0)->state, BRIDGED_CHANNEL_REFUSED);
	f->stage->driver.bitrate = 125000;
	check_ok(send_line(f, "{\"request\":\"up\",\"settings\":[[\"bitrate\",\"125k\"]]}\n"));
	assert_int_equal(channel_of(f, 0)->state, BRIDGED_CHANNEL_OPENING);
	assert_string_equal(f->stage->ports[0].trace + strlen(f->stage->ports[0].trace) - 2, "-+");
}

/* While a channel is being opened a request waits for that. */
static void test_while_opening(void **state)
{
	struct fixture *f = *state;
	unsigned int starts;
	int fd;

	check_ok(send_line(f, "{\"request\":\"down\"}\n"));
	check_ok(send_line(f, "{\"request\":\"up\"}\n"));
	starts = f->stage->line.units[UNIT_START];
	f->stage->driver.bitrate = 125000;
	fd = send_line(f, "{\"request\":\"up\",\"settings\":[[\"bitrate\",\"125k\"]]}\n");
	assert_true(is_waiting(fd));
	assert_int_equal(f->stage->line.units[UNIT_START], starts);
	stage_say(f->stage, UNIT_OPENED, 0, 0);
	play(f);
	check_ok(fd);
	assert_int_equal(f->stage->line.units[UNIT_START], starts + 1);
}

static void test_detach(void **state)
{
	struct fixture *f = *state;

	assert_false(f->stage->loop.stop);
	check_ok(send_line(f, "{\"request\":\"detach\"}\n"));
	assert_true(f->stage->loop.stop);
}

/* ---- Who may */

/* What a process of @uid with groups @gid and @extra is told. */
static int ask_as(struct fixture *f, uid_t uid, gid_t gid, gid_t extra)
{
	static const char line[] = "{\"request\":\"settings\"}\n";
	int pair[2], status, fd;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (!pid) {
		char byte;
		bool ok = !setgroups(1, &extra) && !setgid(gid) && !setuid(uid);

		fd = call(f);
		ok = ok && send(fd, line, strlen(line), 0) > 0 && send(pair[1], "", 1, 0) == 1;
		/* Hold on until the daemon has answered, then hand its answer on. */
		ok = ok && recv(pair[1], &byte, 1, 0) == 1;
		for (char text[512]; ok;) {
			ssize_t n = recv(fd, text, sizeof(text), 0);

			if (n <= 0)
				break;
			ok = send(pair[1], text, (size_t)n, 0) == n;
		}
		_exit(!ok);
	}
	close(pair[1]);
	assert_int_equal(recv(pair[0], &status, 1, 0), 1);
	play(f);
	assert_int_equal(send(pair[0], "", 1, 0), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pair[0];
}

static void test_who_may(void **state)
{
	static const char refusal[] = "only root, the bridge's own user and members of group can";
	struct fixture *f = *state;

	if (getuid()) {
		f->control.uid = getuid() + 1;
		f->control.has_group = false;
		check_refused(send_line(f, "{\"request\":\"settings\"}\n"), refusal);
		f->control.has_group = true;
		f->control.gid = getgid();
		json_object_put(take_answer(send_line(f, "{\"request\":\"settings\"}\n")));
		return;
	}
	f->control.uid = STRANGER - 1;
	f->control.has_group = true;
	f->control.gid = 4711;
	check_refused(ask_as(f, STRANGER, STRANGER, STRANGER), refusal);
	json_object_put(take_answer(ask_as(f, STRANGER - 1, STRANGER, STRANGER)));
	json_object_put(take_answer(ask_as(f, STRANGER, 4711, STRANGER)));
	json_object_put(take_answer(ask_as(f, STRANGER, STRANGER, 4711)));
	f->control.has_group = false;
	check_refused(ask_as(f, STRANGER, STRANGER, 4711), refusal);
	check_refused(ask_as(f, STRANGER, 0, 0), refusal);
	json_object_put(take_answer(send_line(f, "{\"request\":\"settings\"}\n")));
}

/* ---- Clients that mean no good */

/* A request byte by byte, whose client takes its time. */
static void test_slow_client(void **state)
{
	static const char line[] = "{\"request\":\"settings\"}\n";
	struct fixture *f = *state;
	int fd = call(f);

	for (size_t i = 0; i < strlen(line); i++) {
		play(f);
		assert_true(is_waiting(fd));
		assert_int_equal(send(fd, line + i, 1, 0), 1);
	}
	play(f);
	json_object_put(take_answer(fd));

	fd = call(f);
	play(f);
	assert_true(f->control.deadline.ns < ANYCAN_NEVER.ns);
	f->control.clients[0].deadline = (struct anycan_mono){0};
	play(f);
	check_refused(fd, "no request came within 2 s");
}

static void test_flood(void **state)
{
	static char junk[3 * BRIDGED_REQUEST_SIZE];
	struct fixture *f = *state;
	int fds[BRIDGED_CONTROL_CLIENTS + 1], fd = call(f);

	memset(junk, '[', sizeof(junk));
	assert_int_equal(send(fd, junk, sizeof(junk), 0), sizeof(junk));
	play(f);
	check_refused(fd, "more than 4096 bytes");

	/* All places are taken by clients that say nothing; the next one is told. */
	for (size_t i = 0; i < TEST_COUNT(fds); i++) {
		fds[i] = call(f);
		play(f);
	}
	check_refused(fds[BRIDGED_CONTROL_CLIENTS], "try again");
	for (int i = 0; i < BRIDGED_CONTROL_CLIENTS; i++)
		close(fds[i]);
	play(f);
	json_object_put(take_answer(send_line(f, "{\"request\":\"settings\"}\n")));
}

/* Gone before its answer, gone before its request, and the daemon's end with one still waiting. */
static void test_gone(void **state)
{
	struct fixture *f = *state;
	int fd = send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"5\"]]}\n");

	close(fd);
	play(f);
	stage_say(f->stage, UNIT_SET_DONE, 0, 0);
	play(f);
	close(call(f));
	play(f);
	f->control.source.ready(&f->control.source, EPOLLIN); /* nobody is there */
	for (int i = 0; i < BRIDGED_CONTROL_CLIENTS; i++)
		assert_int_equal(f->control.clients[i].state, BRIDGED_CLIENT_NONE);
	close(send_line(f, "{\"request\":\"set\",\"settings\":[[\"level\",\"6\"]]}\n"));
	assert_non_null(f->stage->adapter.change.ended);
}

/* The real loop serves it. */
static void test_in_the_loop(void **state)
{
	struct fixture *f = *state;
	static const char line[] = "{\"request\":\"settings\"}\n";
	int fd = call(f), rounds = 0;

	assert_int_equal(send(fd, line, strlen(line), 0), strlen(line));
	while (is_waiting(fd) && rounds++ < 10000)
		bridged_loop_run(&f->stage->loop,
				 anycan_mono_after(bridged_now(NULL), ANYCAN_NS_PER_MS));
	json_object_put(take_answer(fd));
}

static void test_no_place(void **state)
{
	struct fixture *f = *state;
	struct bridged_control second = {.adapter = f->control.adapter};

	assert_true(bridged_control_open(&second, "/dev/null/can0.sock", 0, f->reason) < 0);
	assert_non_null(strstr(f->reason, "/dev/null/can0.ctl"));
	bridged_control_close(&second);
}

int main(void)
{
#define CONTROL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(test_list),	  CONTROL_TEST(test_set),
		CONTROL_TEST(test_batch),	  CONTROL_TEST(test_two_clients),
		CONTROL_TEST(test_no_outcome),	  CONTROL_TEST(test_errors),
		CONTROL_TEST(test_too_many),	  CONTROL_TEST(test_no_settings),
		CONTROL_TEST(test_down_and_up),	  CONTROL_TEST(test_other_settings),
		CONTROL_TEST(test_restart),	  CONTROL_TEST(test_after_refusal),
		CONTROL_TEST(test_while_opening), CONTROL_TEST(test_detach),
		CONTROL_TEST(test_who_may),	  CONTROL_TEST(test_slow_client),
		CONTROL_TEST(test_flood),	  CONTROL_TEST(test_gone),
		CONTROL_TEST(test_in_the_loop),	  CONTROL_TEST(test_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
