/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Messages about interrupts. The function has MSI-X and nothing else. */

#include <errno.h>
#include <string.h>

#include "log.h"
#include "message.h"

static unsigned int
irq_count(const struct device *device, uint32_t index)
{
	return index == VFIO_USER_IRQ_MSIX ? device->irqs.vectors : 0;
}

int
message_irq_info(struct device *device, struct message *message, struct reply *reply)
{
	struct vfio_user_irq_info info;

	memcpy(&info, message->payload, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= VFIO_USER_IRQS)
		return EINVAL;
	info.argsz = sizeof(info);
	info.count = irq_count(device, info.index);
	info.flags = info.count != 0 ? VFIO_USER_IRQ_EVENTFD | VFIO_USER_IRQ_NORESIZE : 0;
	memcpy(reply->payload, &info, sizeof(info));
	reply->size = sizeof(info);
	return 0;
}

/* A descriptor for each vector of the range, or none to take theirs away. */
static int
assign(struct device *device, struct message *message, const struct vfio_user_irq_set *set)
{
	int ret = 0;

	if (message->nb_fds != 0 && message->nb_fds != set->count)
		return EINVAL;
	for (unsigned int i = 0; i < set->count && ret == 0; i++) {
		ret = irq_assign(&device->irqs, set->start + i,
				 message->nb_fds != 0 ? message->fds[i] : -1);
		if (ret == 0 && message->nb_fds != 0)
			message->fds[i] = -1;
	}
	return -ret;
}

/* The client has vectors sent; @p wanted says which, NULL: all of the range. */
static void
trigger(struct device *device, const struct vfio_user_irq_set *set, const uint8_t *wanted)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (wanted == NULL || wanted[i] != 0)
			irq_trigger(&device->irqs, set->start + i);
}

int
message_set_irqs(struct device *device, struct message *message, struct reply *reply)
{
	const uint8_t *data = message->payload + sizeof(struct vfio_user_irq_set);
	size_t data_size = message->size - sizeof(struct vfio_user_irq_set);
	struct vfio_user_irq_set set;
	unsigned int count;

	(void)reply;
	memcpy(&set, message->payload, sizeof(set));
	log_protocol("  irq %u, vectors %u+%u, flags 0x%x, %u descriptors", set.index, set.start,
		     set.count, set.flags, message->nb_fds);
	/* Some clients count descriptors, which are not in the payload, into argsz. */
	if (set.argsz < sizeof(set) || set.index >= VFIO_USER_IRQS)
		return EINVAL;
	count = irq_count(device, set.index);
	if (set.start > count || set.count > count - set.start)
		return EINVAL;
	/* Vectors are masked in the table, which is the client's. */
	if ((set.flags & VFIO_USER_SET_ACTION_MASK) != VFIO_USER_SET_TRIGGER ||
	    (set.flags & ~(VFIO_USER_SET_ACTION_MASK | VFIO_USER_SET_DATA_MASK)) != 0)
		return EINVAL;
	if (message->nb_fds != 0 && (set.flags & VFIO_USER_SET_DATA_EVENTFD) == 0)
		return EINVAL;
	if ((set.flags & VFIO_USER_SET_DATA_BOOL) != 0 && data_size != set.count)
		return EINVAL;
	switch (set.flags & VFIO_USER_SET_DATA_MASK) {
	case VFIO_USER_SET_DATA_EVENTFD:
		return assign(device, message, &set);
	case VFIO_USER_SET_DATA_BOOL:
		trigger(device, &set, data);
		return 0;
	case VFIO_USER_SET_DATA_NONE:
		if (set.count == 0 && set.index == VFIO_USER_IRQ_MSIX)
			irq_clear(&device->irqs, false);
		trigger(device, &set, NULL);
		return 0;
	default:
		return EINVAL;
	}
}
