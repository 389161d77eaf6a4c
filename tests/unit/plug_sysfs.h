/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A folder that looks like sysfs, in which adapters are plugged in and out, with a folder of
 * configuration and one of state beside it. The variables of bridged name them.
 */
#ifndef TESTS_UNIT_PLUG_SYSFS_H
#define TESTS_UNIT_PLUG_SYSFS_H

/** struct plug_sysfs - the three folders */
struct plug_sysfs {
	char top[64];
	char root[80], state[80], conf[80];
};

/** struct fake_adapter - an adapter on USB */
struct fake_adapter {
	const char *vid, *pid;
	const char *serial;  /**< NULL: none */
	const char *product; /**< NULL: none */
	const char *driver;  /**< of the kernel; NULL: none */
	const char *tty;     /**< that the driver made, or NULL */
	const char *net[2];  /**< netdevs that the driver made, or NULL */
};

/** plug_sysfs_new() - make the folders, with one host controller */
void plug_sysfs_new(struct plug_sysfs *fs);
void plug_sysfs_free(struct plug_sysfs *fs);

/** plug_sysfs_plug() - put it into a USB port, such as 2 or 2.3 */
void plug_sysfs_plug(const struct plug_sysfs *fs, const char *port,
		     const struct fake_adapter *adapter);

/** plug_sysfs_unplug() - empty a port */
void plug_sysfs_unplug(const struct plug_sysfs *fs, const char *port);

/** plug_sysfs_netdev() - a netdev without hardware; or with a PCI card behind it */
void plug_sysfs_netdev(const struct plug_sysfs *fs, const char *name, const char *card);

/** plug_sysfs_write() - write a file of configuration or state */
void plug_sysfs_write(const char *folder, const char *name, const char *text);

/** plug_sysfs_read() - what is in a file, to be freed; NULL: there is none */
char *plug_sysfs_read(const char *folder, const char *name);

#endif
