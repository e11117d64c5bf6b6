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
	/* Vectors can be added while others are in use: not NORESIZE. */
	info.flags = info.count != 0 ? VFIO_USER_IRQ_EVENTFD | VFIO_USER_IRQ_MASKABLE : 0;
	memcpy(reply->payload, &info, sizeof(info));
	reply->size = sizeof(info);
	return 0;
}

/*
 * A descriptor for each vector of the range, or none to take theirs away. As with the VFIO of the
 * kernel, that is what enables MSI-X and unmasks the vectors: a client need not touch the
 * capability or the table, and one that emulates them for a guest never writes the table.
 */
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
	if (ret == 0 && message->nb_fds != 0)
		config_space_enable_msix(&device->config, true);
	return -ret;
}

static void
take_all_away(struct device *device)
{
	config_space_enable_msix(&device->config, false);
	irq_clear(&device->irqs, false);
}

/* Mask, unmask or trigger vectors; @p wanted says which, NULL: all of the range. */
static void
act(struct device *device, const struct vfio_user_irq_set *set, const uint8_t *wanted)
{
	uint32_t action = set->flags & VFIO_USER_SET_ACTION_MASK;

	for (unsigned int i = 0; i < set->count; i++) {
		unsigned int vector = set->start + i;

		if (wanted != NULL && wanted[i] == 0)
			continue;
		if (action == VFIO_USER_SET_TRIGGER)
			irq_trigger(&device->irqs, vector);
		else
			irq_mask(&device->irqs, vector, action == VFIO_USER_SET_MASK);
	}
}

/* One action, one kind of data, and no more than belongs to it. */
static bool
is_request(const struct message *message, const struct vfio_user_irq_set *set, size_t data_size)
{
	uint32_t action = set->flags & VFIO_USER_SET_ACTION_MASK;
	uint32_t data = set->flags & VFIO_USER_SET_DATA_MASK;

	if ((set->flags & ~(VFIO_USER_SET_ACTION_MASK | VFIO_USER_SET_DATA_MASK)) != 0)
		return false;
	if (action != VFIO_USER_SET_TRIGGER && action != VFIO_USER_SET_MASK &&
	    action != VFIO_USER_SET_UNMASK)
		return false;
	switch (data) {
	case VFIO_USER_SET_DATA_EVENTFD:
		/* Descriptors by which the client would mask are for interrupts with a level. */
		return action == VFIO_USER_SET_TRIGGER;
	case VFIO_USER_SET_DATA_BOOL:
		return message->nb_fds == 0 && data_size == set->count;
	case VFIO_USER_SET_DATA_NONE:
		return message->nb_fds == 0;
	default:
		return false;
	}
}

int
message_set_irqs(struct device *device, struct message *message, struct reply *reply)
{
	const uint8_t *data = message->payload + sizeof(struct vfio_user_irq_set);
	size_t data_size = message->size - sizeof(struct vfio_user_irq_set);
	struct vfio_user_irq_set set;
	unsigned int count;
	int ret = 0;

	(void)reply;
	memcpy(&set, message->payload, sizeof(set));
	log_protocol("  irq %u, vectors %u+%u, flags 0x%x, %u descriptors", set.index, set.start,
		     set.count, set.flags, message->nb_fds);
	/* Some clients count descriptors, which are not in the payload, into argsz. */
	if (set.argsz < sizeof(set) || set.index >= VFIO_USER_IRQS)
		return EINVAL;
	count = irq_count(device, set.index);
	if (set.start > count || set.count > count - set.start ||
	    !is_request(message, &set, data_size))
		return EINVAL;
	if ((set.flags & VFIO_USER_SET_DATA_EVENTFD) != 0)
		ret = assign(device, message, &set);
	else if (set.count == 0 && set.index == VFIO_USER_IRQ_MSIX &&
		 set.flags == (VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_TRIGGER))
		take_all_away(device);
	else
		act(device, &set, (set.flags & VFIO_USER_SET_DATA_BOOL) != 0 ? data : NULL);
	device_check_config(device);
	return ret;
}
