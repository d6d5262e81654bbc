// SPDX-License-Identifier: GPL-2.0
/*
 * Two misc devices with the names of the out-of-tree DCAP driver, for a machine without SGX. They can be opened and
 * closed; every ioctl is ENOTTY and nothing can be mapped.
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

static struct miscdevice stand_in_devices[] = {
	{ .minor = MISC_DYNAMIC_MINOR, .name = "enclave", .nodename = "sgx/enclave", .fops = &stand_in_fops },
	{ .minor = MISC_DYNAMIC_MINOR, .name = "provision", .nodename = "sgx/provision", .fops = &stand_in_fops },
};

static int __init stand_in_init(void)
{
	int error = misc_register(&stand_in_devices[0]);

	if (error)
		return error;
	error = misc_register(&stand_in_devices[1]);
	if (error)
		misc_deregister(&stand_in_devices[0]);
	return error;
}

static void __exit stand_in_exit(void)
{
	misc_deregister(&stand_in_devices[1]);
	misc_deregister(&stand_in_devices[0]);
}

module_init(stand_in_init);
module_exit(stand_in_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION("1.41");
MODULE_DESCRIPTION("STAND-IN of a simulation lab: names of the DCAP driver's devices without SGX");
