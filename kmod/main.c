// SPDX-License-Identifier: GPL-2.0-only
/*
 * cantap: CAN netdevs whose controllers live in user space. The module, its
 * misc device, and what happens to netdevs when a network namespace ends.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "priv.h"

/* All netdevs, under RTNL. */
LIST_HEAD(cantap_list);

struct workqueue_struct *cantap_workqueue;

static struct miscdevice cantap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cantap",
	/* Privilege is asked for where a netdev is made, as with /dev/net/tun. */
	.mode = 0666,
	.fops = &cantap_fops,
};

/*
 * The core is about to move every netdev of link type "can" to the initial
 * namespace. That is right for those that came from there, and for no other.
 */
static void __net_exit cantap_net_exit(struct net *net)
{
	struct cantap *tap, *next;
	LIST_HEAD(gone);

	rtnl_lock();
	list_for_each_entry_safe(tap, next, &cantap_list, node)
		if (net_eq(dev_net(cantap_dev(tap)), net) && !tap->is_initial)
			unregister_netdevice_queue(cantap_dev(tap), &gone);
	unregister_netdevice_many(&gone);
	rtnl_unlock();
}

static struct pernet_operations cantap_net_ops = {
	.exit = cantap_net_exit,
};

static int __init cantap_init(void)
{
	int err;

	cantap_workqueue = alloc_workqueue("cantap", WQ_UNBOUND, 0);
	if (!cantap_workqueue)
		return -ENOMEM;
	/* A device's exit comes before that of the core's, which moves netdevs. */
	err = register_pernet_device(&cantap_net_ops);
	if (err)
		goto err_destroy_workqueue;
	err = misc_register(&cantap_misc);
	if (err)
		goto err_unregister_pernet;
	return 0;

err_unregister_pernet:
	unregister_pernet_device(&cantap_net_ops);
err_destroy_workqueue:
	destroy_workqueue(cantap_workqueue);
	return err;
}

/* An open file keeps the module; what is left are persistent netdevs. */
static void __exit cantap_exit(void)
{
	struct cantap *tap, *next;
	LIST_HEAD(gone);

	misc_deregister(&cantap_misc);
	rtnl_lock();
	list_for_each_entry_safe(tap, next, &cantap_list, node)
		unregister_netdevice_queue(cantap_dev(tap), &gone);
	unregister_netdevice_many(&gone);
	rtnl_unlock();
	unregister_pernet_device(&cantap_net_ops);
	destroy_workqueue(cantap_workqueue);
}

module_init(cantap_init);
module_exit(cantap_exit);

MODULE_DESCRIPTION("CAN netdevs whose controllers live in user space");
MODULE_AUTHOR("The anycan project");
MODULE_LICENSE("GPL");
MODULE_VERSION(CANTAP_MODULE_VERSION);
