// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Writes random and mutated records and ioctls to /dev/cantap, while netdevs go up and down and
 * frames are sent: fuzz_cantap CASES [SEED]. The kernel is the judge; see its log.
 */
#include "../../kmod/cantap.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILES 4
#define RECORDS 64

struct file {
	int fd;
	char name[IFNAMSIZ]; /* of its netdev, empty if there is none */
	int ifindex;
	uint32_t echoes[RECORDS]; /* numbers that were read */
	unsigned int n_echoes;
	uint32_t session;
};

static struct file files[FILES];
static int control, can, netlink;
static uint64_t state;
static uint64_t done[16]; /* cases of each kind that the kernel took */

/* xorshift64*: the same cases for the same seed. */
static uint32_t any(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717ULL) >> 32);
}

static uint32_t below(uint32_t n)
{
	return any() % n;
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

static void scramble(void *data, size_t len)
{
	uint8_t *bytes = data;

	for (uint32_t i = below(8); len && i; i--)
		bytes[below((uint32_t)len)] ^= (uint8_t)(1U << below(8));
}

static void good_create(struct cantap_create *create)
{
	*create = (struct cantap_create){
		.echo_depth = 1 + below(40),
		.flags = any() & CANTAP_FLAGS,
		.ctrlmode_static = one_in(2) ? CAN_CTRLMODE_FD : 0,
		.terminations = {0, 120},
		.driver = "fuzz",
	};
	snprintf(create->name, sizeof(create->name), "fuzz%u", below(FILES + 2));
	/* Most without bit timing: they can be set up as they are. */
	if (one_in(8)) {
		create->clock_hz = 80000000;
		create->ctrlmode_static = 0;
		create->ctrlmode_supported = any() & 0x1ff;
		create->bittiming_const =
			(struct can_bittiming_const){"x", 1, 16, 1, 8, 4, 1, 64, 1};
		create->dbittiming_const = create->bittiming_const;
	}
}

static bool create(struct file *file)
{
	struct cantap_create create;
	unsigned long cmd = CANTAP_CREATE;

	good_create(&create);
	/* Its own again, mostly. */
	if (!one_in(4)) {
		snprintf(create.name, sizeof(create.name), "fuzz%d", (int)(file - files));
		create.flags |= CANTAP_ADOPT;
		create.flags &= ~(uint32_t)CANTAP_ABSENT;
	}
	if (one_in(3))
		scramble(&create, sizeof(create));
	if (one_in(20))
		cmd = _IOC(_IOC_READ | _IOC_WRITE, CANTAP_IOC, 0x61, below(1 << 14));
	if (ioctl(file->fd, cmd, &create))
		return false;
	memcpy(file->name, create.name, sizeof(file->name));
	file->ifindex = (int)create.ifindex;
	return true;
}

static bool reopen(struct file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	memset(file, 0, sizeof(*file));
	file->fd = open("/dev/cantap", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (file->fd < 0)
		err(1, "/dev/cantap");
	return true;
}

static bool other_ioctl(struct file *file)
{
	unsigned long cmd = one_in(2) ? CANTAP_PERSIST : CANTAP_GET_INFO;
	char memory[1 << 14];

	if (one_in(3))
		cmd = any();
	/* Deletion has its own case; the least persistent netdevs are left. */
	if ((cmd & 0xffff) == (CANTAP_DELETE & 0xffff))
		return false;
	return !ioctl(file->fd, cmd, cmd == CANTAP_PERSIST ? (char *)(uintptr_t)below(3) : memory);
}

static uint16_t make_payload(uint8_t type, void *payload)
{
	struct canfd_frame frame = {.can_id = any(), .len = (uint8_t)below(66), .flags = 4};
	struct cantap_state told = {.tx = (uint8_t)below(one_in(30) ? 5 : 3),
				    .rx = (uint8_t)below(3)};

	switch (type) {
	case CANTAP_RX:
		if (!one_in(8))
			frame.can_id &= CAN_SFF_MASK;
		if (!one_in(8))
			frame.len = (uint8_t)below(9);
		memcpy(payload, &frame, sizeof(frame));
		return one_in(3) ? CANFD_MTU : CAN_MTU;
	case CANTAP_STATE:
		memcpy(payload, &told, sizeof(told));
		return sizeof(told);
	case CANTAP_REFUSED:
		memset(payload, (int)any(), 128);
		return (uint16_t)(8 * below(17));
	default:
		return 0;
	}
}

/* Frames above all; what ends an opening comes seldom, or there would be no frames. */
static uint8_t choose_type(void)
{
	uint32_t choice = below(1000);

	if (choice < 500)
		return CANTAP_RX;
	if (choice < 750)
		return CANTAP_TX_DONE;
	if (choice < 990)
		return (uint8_t)(CANTAP_TX_FAILED + below(3));
	if (choice < 996)
		return CANTAP_STATE;
	return one_in(4) ? CANTAP_REFUSED : (uint8_t)(CANTAP_AWAY + below(3));
}

static size_t make_record(struct file *file, uint8_t *at)
{
	struct cantap_record head = {.type = choose_type(), .id = file->session};
	uint16_t payload;

	if (one_in(3))
		head.flags = (uint8_t)below(4);
	if (head.type >= CANTAP_TX_DONE && head.type <= CANTAP_TX_ABORTED && file->n_echoes)
		head.id = file->echoes[one_in(8) ? below(file->n_echoes) : --file->n_echoes];
	if (one_in(50))
		head.id = any();
	if (head.type == CANTAP_STATE && one_in(4))
		head.flags = CANTAP_QUIET;
	payload = make_payload(head.type, at + sizeof(head));
	head.len = (uint16_t)(sizeof(head) + payload);
	memcpy(at, &head, sizeof(head));
	if (one_in(20))
		scramble(at, head.len);
	return sizeof(head) + payload;
}

static bool write_records(struct file *file)
{
	static uint8_t buf[RECORDS * 160];
	size_t len = 0;

	for (uint32_t i = 1 + below(one_in(10) ? RECORDS : 4); i; i--)
		len += make_record(file, buf + len);
	if (one_in(50))
		len = below((uint32_t)len + 1);
	return write(file->fd, one_in(500) ? NULL : buf, len) > 0;
}

static bool write_noise(struct file *file)
{
	uint32_t noise[64];
	size_t len = below(sizeof(noise));

	for (size_t i = 0; i < 64; i++)
		noise[i] = any();
	return write(file->fd, noise, len) > 0;
}

static bool read_records(struct file *file)
{
	static uint8_t buf[16384] __attribute__((aligned(8)));
	size_t size = one_in(4) ? below(200) : sizeof(buf);
	ssize_t n = read(file->fd, one_in(500) ? NULL : buf, size);

	for (ssize_t at = 0; at < n;) {
		const struct cantap_record *record = (const void *)(buf + at);

		if (record->len < sizeof(*record) || record->len > n - at)
			errx(1, "a record of %u bytes where %zd are left", record->len, n - at);
		if (record->type == CANTAP_TX)
			file->echoes[file->n_echoes++ % RECORDS] = record->id;
		if (file->n_echoes > RECORDS)
			file->n_echoes = RECORDS;
		if (record->type == CANTAP_OPEN || record->type == CANTAP_RESTART)
			file->session = record->id;
		at += record->len;
	}
	return n > 0;
}

static bool up_or_down(struct file *file)
{
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, file->name, IFNAMSIZ);
	ifr.ifr_flags = one_in(8) ? 0 : IFF_UP;
	return !ioctl(control, SIOCSIFFLAGS, &ifr);
}

static bool send_frame(struct file *file)
{
	struct sockaddr_can to = {.can_family = AF_CAN, .can_ifindex = file->ifindex};
	struct canfd_frame frame = {.can_id = any() & CAN_SFF_MASK, .len = (uint8_t)below(9)};
	size_t size = one_in(4) ? CANFD_MTU : CAN_MTU;
	bool sent = false;

	for (uint32_t i = 1 + below(8); i; i--)
		sent |= sendto(can, &frame, size, MSG_DONTWAIT, (void *)&to, sizeof(to)) > 0;
	return sent;
}

static bool receive(struct file *file)
{
	struct canfd_frame frame;
	bool any_came = false;

	(void)file;
	while (recv(can, &frame, sizeof(frame), MSG_DONTWAIT) > 0)
		any_came = true;
	return any_came;
}

static size_t attribute(char *at, unsigned short type, const void *data, size_t len)
{
	struct rtattr head = {.rta_type = type, .rta_len = (unsigned short)(sizeof(head) + len)};

	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), data, len);
	return RTA_ALIGN(head.rta_len);
}

/* Restart, or one of the settings, as `ip link set type can` asks for it. */
static bool change_link(struct file *file)
{
	static const unsigned short types[] = {IFLA_CAN_RESTART, IFLA_CAN_RESTART,
					       IFLA_CAN_RESTART_MS, IFLA_CAN_TERMINATION};
	unsigned short type = types[below(4)];
	uint32_t value = type == IFLA_CAN_TERMINATION ? 120 * below(2) : below(50);
	char inner[64], info[128], answer[256];
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		char attributes[256];
	} request = {.head = {.nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		     .link = {.ifi_index = file->ifindex}};
	size_t len;

	len = attribute(inner, type, &value, type == IFLA_CAN_TERMINATION ? 2 : 4);
	memset(info, 0, sizeof(info));
	{
		size_t at = attribute(info, IFLA_INFO_KIND, "can", 4);

		len = at + attribute(info + at, IFLA_INFO_DATA, inner, len);
	}
	len = attribute(request.attributes, IFLA_LINKINFO, info, len);
	request.head.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(request.link)) + len);
	send(netlink, &request, request.head.nlmsg_len, 0);
	if (recv(netlink, answer, sizeof(answer), 0) < (ssize_t)sizeof(struct nlmsghdr) + 4)
		return false;
	return !*(int *)(void *)(answer + sizeof(struct nlmsghdr));
}

static bool delete (struct file *file)
{
	return !ioctl(file->fd, CANTAP_DELETE);
}

/* How often each is chosen, of the sum: what takes RTNL is slow. */
static const struct {
	const char *name;
	bool (*run)(struct file *file);
	uint32_t weight;
} kinds[] = {
	{"write", write_records, 12000}, {"read", read_records, 4000}, {"send", send_frame, 2000},
	{"receive", receive, 1000},	 {"noise", write_noise, 1000}, {"ioctl", other_ioctl, 400},
	{"create", create, 60},		 {"updown", up_or_down, 20},   {"link", change_link, 60},
	{"delete", delete, 1},		 {"reopen", reopen, 1},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static void one_case(void)
{
	uint32_t sum = 0, choice;

	for (size_t i = 0; i < KINDS; i++)
		sum += kinds[i].weight;
	choice = below(sum);
	for (size_t i = 0; i < KINDS; i++) {
		if (choice < kinds[i].weight) {
			done[i] += kinds[i].run(&files[below(FILES)]);
			return;
		}
		choice -= kinds[i].weight;
	}
}

int main(int argc, char *argv[])
{
	struct sockaddr_can everything = {.can_family = AF_CAN};
	can_err_mask_t errors = CAN_ERR_MASK;
	unsigned long cases = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
	int on = 1;

	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	state = state * 0x9e3779b97f4a7c15ULL + 1;
	control = socket(AF_INET, SOCK_DGRAM, 0);
	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	can = socket(AF_CAN, SOCK_RAW, CAN_RAW);
	setsockopt(can, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &on, sizeof(on));
	setsockopt(can, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &errors, sizeof(errors));
	if (bind(can, (void *)&everything, sizeof(everything)))
		err(1, "CAN socket");
	for (unsigned int i = 0; i < FILES; i++) {
		files[i].fd = -1;
		reopen(&files[i]);
	}
	for (unsigned long i = 0; i < cases; i++)
		one_case();
	for (size_t i = 0; i < KINDS; i++)
		printf("%s %llu\n", kinds[i].name, (unsigned long long)done[i]);
	return 0;
}
