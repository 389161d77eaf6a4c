// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan apply: name and settings for a netdev that a driver of the kernel made, from the same
 * record and the same files as those of the adapters that bridged serves.
 */
#include "plug_apply.h"
#include "plug.h"
#include "plug_link.h"

#include <anycan/controller.h>
#include <anycan/link.h>
#include <anycan/log.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task {
	struct plug plug;
	struct anycan_rtnl *rtnl;
	struct plug_device device;
	char id[PLUG_ID_SIZE];
	struct anycan_link link;
	char reason[BRIDGED_REASON_SIZE];
};

/* ---- Who it is */

/* A name, an ifindex, or a place in sysfs. */
static void find_place(const char *root, const char *netdev, char *place, size_t size)
{
	char name[IFNAMSIZ];

	if (strspn(netdev, "0123456789") == strlen(netdev) &&
	    if_indextoname((unsigned int)atoi(netdev), name))
		snprintf(place, size, "%s/class/net/%s", root, name);
	else if (strchr(netdev, '/'))
		snprintf(place, size, "%s", netdev);
	else
		snprintf(place, size, "%s/class/net/%s", root, netdev);
}

static int look_up(struct plug *plug, const char *place, struct plug_device *device, char *id)
{
	int ret = plug_device_read(plug->root, place, device);

	if (!ret && device->kind != PLUG_NET)
		ret = -ENODEV;
	return ret ? ret : plug_names_identify(&plug->names, plug->root, device, id);
}

static int meet(struct task *task, const char *netdev)
{
	char place[PATH_MAX];
	int ret;

	find_place(task->plug.root, netdev, place, sizeof(place));
	ret = look_up(&task->plug, place, &task->device, task->id);
	if (ret == -ENODEV)
		snprintf(task->reason, sizeof(task->reason),
			 "%.40s: it is not a CAN netdev that a driver of the kernel made; what "
			 "bridged serves is set up by bridged",
			 netdev);
	else if (ret)
		snprintf(task->reason, sizeof(task->reason), "%.40s: %s", netdev,
			 ret == -ENOENT
				 ? "there is no such netdev; `anycan list` shows what there is"
				 : strerror(-ret));
	if (ret)
		return ret;
	ret = anycan_link_get(task->rtnl, task->device.name, &task->link);
	if (ret)
		snprintf(task->reason, sizeof(task->reason), "%s: %s", task->device.name,
			 strerror(-ret));
	return ret;
}

/* ---- Its name */

static int rename_to(struct task *task, int ifindex, const char *name)
{
	int ret = anycan_link_set_name(task->rtnl, ifindex, name);

	if (ret)
		snprintf(task->reason, sizeof(task->reason), "renaming it to %s: %s", name,
			 strerror(-ret));
	return ret;
}

/* The netdev that has the name; .id empty: it is none of those that get theirs from the record. */
struct holder {
	struct anycan_link link;
	char id[PLUG_ID_SIZE];
	char name[IFNAMSIZ]; /* that it is to have */
};

static void look_at_holder(struct task *task, const char *name, struct holder *holder)
{
	char place[PATH_MAX], reason[BRIDGED_REASON_SIZE];
	struct plug_device device;
	struct plug_wish wish = {.id = holder->id, .own = name};

	holder->id[0] = 0;
	snprintf(place, sizeof(place), "%.4000s/class/net/%s", task->plug.root, name);
	if (look_up(&task->plug, place, &device, holder->id))
		return;
	wish.channel = device.channel;
	if (plug_name(&task->plug, &device, &wish, holder->name, reason) < 0)
		holder->id[0] = 0;
}

/*
 * The kernel numbers netdevs as they come, so that one may have the name that another one had
 * before. It makes room if it is to be called otherwise, and nobody uses it yet.
 */
static int make_room(struct task *task, const char *name, struct holder *holder)
{
	char aside[IFNAMSIZ];

	if (anycan_link_get(task->rtnl, name, &holder->link))
		return -ENODEV;
	look_at_holder(task, name, holder);
	if (!holder->id[0] || !strcmp(holder->name, name) || holder->link.up) {
		snprintf(task->reason, sizeof(task->reason),
			 "%s is another netdev's name (`ip -details link show %s` shows whose)%s",
			 name, name, holder->link.up ? ", which is up" : "");
		return -EEXIST;
	}
	snprintf(aside, sizeof(aside), "rename%d", holder->link.ifindex);
	return rename_to(task, holder->link.ifindex, aside);
}

static int take_name(struct task *task, const char *name)
{
	struct holder holder;
	int room, ret;

	if (task->link.up) {
		snprintf(task->reason, sizeof(task->reason),
			 "it is up; after `ip link set %s down` it can be renamed to %s",
			 task->link.name, name);
		return -EBUSY;
	}
	room = make_room(task, name, &holder);
	if (room && room != -ENODEV)
		return room;
	ret = rename_to(task, task->link.ifindex, name);
	/* If that is taken, too, its own turn comes. */
	if (!room && anycan_link_set_name(task->rtnl, holder.link.ifindex, holder.name))
		anycan_log(ANYCAN_LOG_INFO, "%s: not yet %s", name, holder.name);
	return ret;
}

/* A netdev under a wrong name is better than none. */
static void give_name(struct task *task)
{
	const struct plug_wish wish = {task->id, task->device.channel, task->device.name};
	char name[IFNAMSIZ];
	int ret = plug_name(&task->plug, &task->device, &wish, name, task->reason);

	if (ret >= 0 && strcmp(name, task->link.name))
		ret = take_name(task, name);
	if (ret < 0)
		anycan_log(ANYCAN_LOG_WARNING, "%s: it keeps its name: %s", task->link.name,
			   task->reason);
	anycan_link_get(task->rtnl, ret < 0 ? task->link.name : name, &task->link);
}

/* ---- Its settings */

static int explain(struct task *task, const struct bridged_settings *settings,
		   const struct plug_file *file, int error)
{
	uint32_t supported = 0, missing;
	int n = snprintf(task->reason, sizeof(task->reason), "%s: %.200s: ", task->link.name,
			 file->path);

	if (!anycan_link_ctrlmodes(task->rtnl, task->link.ifindex, &supported)) {
		missing = settings->ctrlmode.mask & settings->ctrlmode.flags & ~supported;
		missing &= -missing;
		if (missing) {
			snprintf(task->reason + n, sizeof(task->reason) - (size_t)n,
				 "the driver %s cannot do %s; leave it out", task->device.driver,
				 anycan_ctrlmode_word(missing));
			return error;
		}
	}
	snprintf(task->reason + n, sizeof(task->reason) - (size_t)n, "the driver %s refuses: %s",
		 task->device.driver,
		 error == -EINVAL || error == -ERANGE
			 ? "it has no such bit timing; `ip -details link` shows its limits"
			 : strerror(-error));
	return error;
}

static int set_controller(struct task *task, const struct bridged_settings *settings,
			  const struct plug_file *file)
{
	struct anycan_link_can can = {.ctrlmode = settings->ctrlmode};
	int ret = 0;

	if (settings->nominal.bitrate || settings->nominal.tq)
		can.nominal = &settings->nominal;
	if (settings->data.bitrate || settings->data.tq)
		can.data = &settings->data;
	if (settings->has_restart_ms)
		can.restart_ms = &settings->restart_ms;
	if (settings->has_termination)
		can.termination = &settings->termination;
	if (!can.nominal && !can.data && !can.ctrlmode.mask && !can.restart_ms && !can.termination)
		return 0;
	if (task->link.up)
		ret = anycan_link_set_up(task->rtnl, task->link.ifindex, false);
	if (!ret)
		ret = anycan_link_set_can(task->rtnl, task->link.ifindex, &can);
	return ret ? explain(task, settings, file, ret) : 0;
}

static int apply_file(struct task *task, const struct plug_file *file)
{
	struct bridged_settings settings = {0};
	struct anycan_controller controller;
	bool has_bitrate;
	int ret;

	if (file->errors) {
		snprintf(task->reason, sizeof(task->reason), "%s", file->error);
		return -EINVAL;
	}
	ret = plug_link_settings(file, task->device.channel, &settings, task->reason);
	if (!ret)
		ret = set_controller(task, &settings, file);
	if (ret)
		return ret;
	has_bitrate = !anycan_link_get_can(task->rtnl, task->link.ifindex, &controller) &&
		      controller.nominal.bitrate;
	ret = plug_link_finish(file, task->device.channel, task->link.name, has_bitrate);
	if (ret)
		snprintf(task->reason, sizeof(task->reason), "%s: %s", task->link.name,
			 strerror(-ret));
	return ret;
}

static int apply(struct task *task, const char *netdev)
{
	const struct plug_file *file;
	int ret = meet(task, netdev);

	if (ret)
		return ret;
	give_name(task);
	file = plug_config_link(&task->plug.config, &task->device, task->device.channel);
	if (!file) {
		printf("%s: no file in %s is for it: its settings are left alone\n",
		       task->link.name, plug_conf_dir());
		return 0;
	}
	ret = apply_file(task, file);
	if (!ret)
		printf("%s: %s\n", task->link.name, file->path);
	return ret;
}

int plug_apply(const char *netdev)
{
	struct task *task = calloc(1, sizeof(*task));
	int ret = task ? plug_open(&task->plug, PLUG_REMEMBER) : -ENOMEM;

	if (ret) {
		free(task);
		return EXIT_FAILURE;
	}
	plug_log_errors(&task->plug.config);
	ret = anycan_rtnl_new(&task->rtnl);
	if (ret)
		snprintf(task->reason, sizeof(task->reason), "rtnetlink: %s", strerror(-ret));
	else
		ret = apply(task, netdev);
	if (ret == -EPERM)
		anycan_log(ANYCAN_LOG_ERROR, "%s: only root may do that; use sudo", netdev);
	else if (ret)
		anycan_log(ANYCAN_LOG_ERROR, "%s", task->reason);
	anycan_rtnl_free(task->rtnl);
	plug_close(&task->plug);
	free(task);
	if (!ret)
		return EXIT_SUCCESS;
	return ret == -EINVAL ? BRIDGED_EXIT_USAGE : EXIT_FAILURE;
}
