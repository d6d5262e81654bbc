// SPDX-License-Identifier: GPL-2.0
/*
 * The device name of the legacy driver, for a machine without SGX: it can be opened and closed, nothing else.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static int stand_in_open(struct inode *inode, struct file *file)
{
	return 0;
}

static const struct file_operations stand_in_fops = {
	.owner = THIS_MODULE,
	.open = stand_in_open,
};

static struct miscdevice stand_in_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "isgx",
	.mode = 0666,
	.fops = &stand_in_fops,
};

module_misc_device(stand_in_device);
MODULE_LICENSE("GPL");
MODULE_VERSION("2.11");
MODULE_DESCRIPTION("STAND-IN of a simulation lab: name of the legacy driver's device without SGX");
