// SPDX-License-Identifier: GPL-2.0
/*
 * Two misc devices with the names of the in-tree SGX driver, for a machine without SGX.
 * They can be opened and closed; every ioctl is ENOTTY and nothing can be mapped. What is real
 * about them is what udev, groups, modes and reboots make of the names.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static int sgx_stub_open(struct inode *inode, struct file *file)
{
	return 0;
}

static const struct file_operations sgx_stub_fops = {
	.owner = THIS_MODULE,
	.open = sgx_stub_open,
	.llseek = no_llseek,
};

static struct miscdevice sgx_stub_devices[] = {
	{ .minor = MISC_DYNAMIC_MINOR, .name = "sgx_enclave", .fops = &sgx_stub_fops },
	{ .minor = MISC_DYNAMIC_MINOR, .name = "sgx_provision", .fops = &sgx_stub_fops },
};

static int __init sgx_stub_init(void)
{
	int error = misc_register(&sgx_stub_devices[0]);

	if (error)
		return error;
	error = misc_register(&sgx_stub_devices[1]);
	if (error)
		misc_deregister(&sgx_stub_devices[0]);
	return error;
}

static void __exit sgx_stub_exit(void)
{
	misc_deregister(&sgx_stub_devices[1]);
	misc_deregister(&sgx_stub_devices[0]);
}

module_init(sgx_stub_init);
module_exit(sgx_stub_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SIMULATION: SGX device names without SGX");
