/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A result, and a descriptor if there is one, from one process to another: SCM_RIGHTS, unix(7).
 */
#include "fdpass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int bridged_fd_send_message(int socket, struct msghdr *msg, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct cmsghdr *cmsg;

	if (fd >= 0) {
		msg->msg_control = control.bytes;
		msg->msg_controllen = sizeof(control.bytes);
		cmsg = CMSG_FIRSTHDR(msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	return sendmsg(socket, msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int bridged_fd_send(int socket, int result, int fd)
{
	struct iovec iov = {&result, sizeof(result)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	return bridged_fd_send_message(socket, &msg, fd);
}

int bridged_fd_recv(int socket, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	int result = -EIO;
	struct iovec iov = {&result, sizeof(result)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;

	*fd = -1;
	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != sizeof(result))
		return -EIO;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(cmsg), sizeof(*fd));
	return result;
}
