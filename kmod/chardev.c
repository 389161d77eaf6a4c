// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/cantap: reading and writing, as cantap.h describes it.
 */
#include <linux/poll.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "priv.h"

static int cantap_file_open(struct inode *inode, struct file *filp)
{
	struct cantap_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	file->read_buf = kmalloc(CANTAP_BATCH, GFP_KERNEL_ACCOUNT);
	file->write_buf = kmalloc(CANTAP_BATCH, GFP_KERNEL_ACCOUNT);
	if (!file->read_buf || !file->write_buf) {
		kfree(file->read_buf);
		kfree(file->write_buf);
		kfree(file);
		return -ENOMEM;
	}
	mutex_init(&file->lock);
	mutex_init(&file->read_lock);
	mutex_init(&file->write_lock);
	init_waitqueue_head(&file->wait);
	filp->private_data = file;
	filp->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, filp);
}

static int cantap_file_release(struct inode *inode, struct file *filp)
{
	struct cantap_file *file = filp->private_data;
	struct cantap *tap;

	rtnl_lock();
	tap = rtnl_dereference(file->tap);
	if (tap && tap->persistent)
		cantap_detach(tap);
	else if (tap)
		unregister_netdevice(cantap_dev(tap));
	rtnl_unlock();
	kfree(file->read_buf);
	kfree(file->write_buf);
	kfree(file);
	return 0;
}

static int lock_for(struct mutex *lock, const struct kiocb *iocb)
{
	if (iocb->ki_flags & IOCB_NOWAIT)
		return mutex_trylock(lock) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(lock) ? -ERESTARTSYS : 0;
}

/* Return: bytes moved, 0 if there is nothing to read. */
static ssize_t read_batch(struct cantap_file *file, struct iov_iter *to)
{
	size_t size = min_t(size_t, iov_iter_count(to), CANTAP_BATCH);
	struct cantap *tap;
	size_t copied;
	ssize_t len;

	rcu_read_lock();
	tap = rcu_dereference(file->tap);
	len = tap ? cantap_take(tap, file->read_buf, size) : cantap_no_tap(file);
	rcu_read_unlock();
	if (len <= 0)
		return len;
	copied = copy_to_iter(file->read_buf, len, to);
	if (copied == len)
		return len;
	rcu_read_lock();
	tap = rcu_dereference(file->tap);
	if (tap)
		cantap_give_back(tap, file->read_buf, len, copied);
	rcu_read_unlock();
	return -EFAULT;
}

static ssize_t read_batches(struct cantap_file *file, struct iov_iter *to)
{
	ssize_t total = 0;
	ssize_t n;

	do {
		n = read_batch(file, to);
		if (n > 0)
			total += n;
	} while (n > 0 && iov_iter_count(to));
	return total ? total : n;
}

static bool is_readable(struct cantap_file *file)
{
	struct cantap *tap;
	bool readable;

	rcu_read_lock();
	tap = rcu_dereference(file->tap);
	readable = !tap || cantap_has_records(tap);
	rcu_read_unlock();
	return readable;
}

static ssize_t cantap_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct cantap_file *file = iocb->ki_filp->private_data;
	bool nowait = iocb->ki_flags & IOCB_NOWAIT || iocb->ki_filp->f_flags & O_NONBLOCK;
	ssize_t ret = lock_for(&file->read_lock, iocb);

	if (ret)
		return ret;
	while (!(ret = read_batches(file, to)) && iov_iter_count(to)) {
		if (nowait)
			ret = -EAGAIN;
		else if (wait_event_interruptible(file->wait, is_readable(file)))
			ret = -ERESTARTSYS;
		if (ret)
			break;
	}
	mutex_unlock(&file->read_lock);
	return ret;
}

/* Return: bytes of whole, good records at the beginning of @buf, or the first one's error. */
static ssize_t apply(struct cantap *tap, const u8 *buf, size_t len)
{
	const struct cantap_record *record;
	LIST_HEAD(skbs);
	int err = -EINVAL;
	size_t at;

	local_bh_disable();
	for (at = 0; len - at >= sizeof(*record); at += record->len) {
		record = (const void *)(buf + at);
		if (record->len < sizeof(*record) || record->len % 8 || record->len > len - at)
			break;
		err = cantap_event(tap, record, &skbs);
		if (err)
			break;
	}
	netif_receive_skb_list(&skbs);
	local_bh_enable();
	return at ? at : err;
}

static ssize_t write_batch(struct cantap_file *file, struct iov_iter *from)
{
	size_t len = min_t(size_t, iov_iter_count(from), CANTAP_BATCH);
	struct cantap *tap;
	ssize_t ret;

	len = copy_from_iter(file->write_buf, len, from);
	if (!len)
		return -EFAULT;
	rcu_read_lock();
	tap = rcu_dereference(file->tap);
	ret = tap ? apply(tap, file->write_buf, len) : cantap_no_tap(file);
	rcu_read_unlock();
	/* The rest is the beginning of the next batch, or bad. */
	iov_iter_revert(from, len - max_t(ssize_t, ret, 0));
	return ret;
}

static ssize_t cantap_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct cantap_file *file = iocb->ki_filp->private_data;
	ssize_t total = 0;
	ssize_t ret = lock_for(&file->write_lock, iocb);

	if (ret)
		return ret;
	while (iov_iter_count(from)) {
		ret = write_batch(file, from);
		if (ret < 0)
			break;
		total += ret;
		cond_resched();
	}
	mutex_unlock(&file->write_lock);
	return total ? total : ret;
}

static __poll_t cantap_poll(struct file *filp, poll_table *wait)
{
	struct cantap_file *file = filp->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;
	struct cantap *tap;

	poll_wait(filp, &file->wait, wait);
	rcu_read_lock();
	tap = rcu_dereference(file->tap);
	if (!tap)
		mask = EPOLLERR | EPOLLHUP;
	else if (cantap_has_records(tap))
		mask |= EPOLLIN | EPOLLRDNORM;
	rcu_read_unlock();
	return mask;
}

const struct file_operations cantap_fops = {
	.owner = THIS_MODULE,
	.open = cantap_file_open,
	.release = cantap_file_release,
	.read_iter = cantap_read_iter,
	.write_iter = cantap_write_iter,
	.poll = cantap_poll,
	.unlocked_ioctl = cantap_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};
