// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of /dev/cantap: netdevs come and go.
 */
#include <linux/capability.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>

#include "priv.h"

/* Sizes in version 1: structures may grow, but not become shorter. */
#define CREATE_SIZE_MIN sizeof(struct cantap_create)

/* Under RTNL. Return: 0, 1 if there is nothing of that name, or why it cannot be taken over. */
static int adopt(struct cantap_file *file, struct cantap_create *create, struct net *net)
{
	struct net_device *dev = __dev_get_by_name(net, create->name);
	struct cantap *tap;

	if (!dev)
		return 1;
	if (!cantap_is_ours(dev))
		return -EEXIST;
	tap = netdev_priv(dev);
	if (rtnl_dereference(tap->file))
		return -EBUSY;
	/* What is switched on must still be possible. */
	if (tap->can.ctrlmode & ~(create->ctrlmode_supported | create->ctrlmode_static) ||
	    create->ctrlmode_static & ~tap->can.ctrlmode)
		return -EOPNOTSUPP;
	create->echo_depth = tap->can.echo_skb_max;
	create->result = CANTAP_ADOPTED;
	create->ifindex = dev->ifindex;
	cantap_set_limits(tap, create);
	cantap_set_hooks(tap);
	cantap_attach(tap, file);
	return 0;
}

static struct net_device *make_netdev(const struct cantap_create *create, struct net *net)
{
	size_t depth = create->echo_depth;
	struct net_device *dev;
	struct cantap *tap;

	dev = alloc_candev(struct_size(tap, slots, depth), depth);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	tap = netdev_priv(dev);
	dev_net_set(dev, net);
	if (create->name[0])
		strscpy(dev->name, create->name, sizeof(dev->name));
	cantap_setup(dev);
	if (create->ctrlmode_static && can_set_static_ctrlmode(dev, create->ctrlmode_static)) {
		free_candev(dev);
		return ERR_PTR(-EINVAL);
	}
	cantap_set_limits(tap, create);
	cantap_set_hooks(tap);
	return dev;
}

static int make(struct cantap_file *file, struct cantap_create *create, struct net *net)
{
	struct net_device *dev = make_netdev(create, net);
	int err;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	/* Once registered it may be set up, moved and go before we have it. */
	dev_hold(dev);
	err = register_candev(dev);
	if (err) {
		dev_put(dev);
		free_candev(dev);
		return err;
	}
	rtnl_lock();
	if (dev->reg_state == NETREG_REGISTERED)
		cantap_attach(netdev_priv(dev), file);
	else
		err = -ENODEV;
	strscpy(create->name, dev->name, sizeof(create->name));
	create->ifindex = dev->ifindex;
	rtnl_unlock();
	dev_put(dev);
	return err;
}

static int create_netdev(struct cantap_file *file, struct cantap_create *create)
{
	struct net *net = current->nsproxy->net_ns;
	int ret = 1;

	if (rcu_access_pointer(file->tap))
		return -EBUSY;
	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (strnlen(create->name, sizeof(create->name)) == sizeof(create->name))
		return -EINVAL;
	ret = cantap_check_limits(create, net);
	if (ret)
		return ret;
	create->result = 0;
	ret = 1;
	if (create->flags & CANTAP_ADOPT && create->name[0]) {
		rtnl_lock();
		ret = adopt(file, create, net);
		rtnl_unlock();
	}
	return ret == 1 ? make(file, create, net) : ret;
}

static long create_ioctl(struct cantap_file *file, void __user *arg, size_t size)
{
	struct cantap_create *create;
	int err;

	if (size < CREATE_SIZE_MIN)
		return -EINVAL;
	create = kzalloc(sizeof(*create), GFP_KERNEL);
	if (!create)
		return -ENOMEM;
	err = copy_struct_from_user(create, sizeof(*create), arg, size);
	if (!err)
		err = create_netdev(file, create);
	if (!err && copy_to_user(arg, create, min(size, sizeof(*create))))
		err = -EFAULT;
	kfree(create);
	return err;
}

static long info_ioctl(void __user *arg, size_t size)
{
	struct cantap_info info = {
		.version = CANTAP_VERSION,
		.flags = CANTAP_FLAGS,
		.ctrlmodes = CANTAP_CTRLMODES,
		.echo_depth_max = CANTAP_ECHO_DEPTH_MAX,
		.record_max = CANTAP_RECORD_MAX,
	};

	BUILD_BUG_ON(sizeof(struct cantap_record) + sizeof(struct cantap_settings) >
		     CANTAP_RECORD_MAX);
	return copy_to_user(arg, &info, min(size, sizeof(info))) ? -EFAULT : 0;
}

static long delete_ioctl(struct cantap_file *file)
{
	struct cantap *tap;
	int err = 0;

	rtnl_lock();
	tap = rtnl_dereference(file->tap);
	if (tap)
		unregister_netdevice(cantap_dev(tap));
	else
		err = cantap_no_tap(file);
	rtnl_unlock();
	return err;
}

static long persist_ioctl(struct cantap_file *file, unsigned long on)
{
	struct cantap *tap;
	int err = 0;

	if (on > 1)
		return -EINVAL;
	rtnl_lock();
	tap = rtnl_dereference(file->tap);
	if (tap)
		tap->persistent = on;
	else
		err = cantap_no_tap(file);
	rtnl_unlock();
	return err;
}

/* The number says which ioctl it is, the size is that of the caller's structure. */
long cantap_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct cantap_file *file = filp->private_data;
	size_t size = _IOC_SIZE(cmd);
	long ret;

	if (_IOC_TYPE(cmd) != CANTAP_IOC)
		return -ENOTTY;
	if (mutex_lock_interruptible(&file->lock))
		return -ERESTARTSYS;
	switch (cmd & ~IOCSIZE_MASK) {
	case CANTAP_GET_INFO & ~IOCSIZE_MASK:
		ret = info_ioctl((void __user *)arg, size);
		break;
	case CANTAP_CREATE & ~IOCSIZE_MASK:
		ret = create_ioctl(file, (void __user *)arg, size);
		break;
	case CANTAP_DELETE:
		ret = delete_ioctl(file);
		break;
	case CANTAP_PERSIST:
		ret = persist_ioctl(file, arg);
		break;
	default:
		ret = -ENOTTY;
		break;
	}
	mutex_unlock(&file->lock);
	return ret;
}
