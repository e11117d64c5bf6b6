/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The handshake: versions, and capabilities as JSON. */

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "log.h"
#include "message.h"

/* QEMU ends the connection where a server offers to take more in one message. */
#define OFFERED_MAX_FDS	16

/* A whole number of the client's capabilities; @p otherwise where it says nothing. */
static int
get_number(const json_t *capabilities, const char *name, json_int_t otherwise,
	   json_int_t *number)
{
	const json_t *value = json_object_get(capabilities, name);

	*number = otherwise;
	if (value == NULL)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return EINVAL;
	*number = json_integer_value(value);
	return 0;
}

static int
read_capabilities(struct device *device, const char *text, size_t length)
{
	json_int_t fds = VFIO_USER_DEFAULT_MAX_FDS;
	json_error_t where;
	json_t *root;
	int ret = 0;

	root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
	if (root == NULL) {
		log_protocol("  capabilities are not JSON: %s at byte %d", where.text,
			     where.position);
		return EINVAL;
	}
	if (!json_is_object(root))
		ret = EINVAL;
	if (ret == 0 && json_object_get(root, "capabilities") != NULL &&
	    !json_is_object(json_object_get(root, "capabilities")))
		ret = EINVAL;
	if (ret == 0)
		ret = get_number(json_object_get(root, "capabilities"), "max_msg_fds",
				 VFIO_USER_DEFAULT_MAX_FDS, &fds);
	json_decref(root);
	if (ret == 0)
		device->client_max_fds = fds < MESSAGE_MAX_FDS ? fds : MESSAGE_MAX_FDS;
	return ret;
}

/* Ours, with the NUL at the end. @return bytes, or 0 where there is no memory or no room */
static size_t
write_capabilities(char *text, size_t room)
{
	json_t *root = json_pack("{s:{s:i,s:i,s:i,s:i}}", "capabilities",
				 "max_msg_fds", OFFERED_MAX_FDS,
				 "max_data_xfer_size", VFIO_USER_DEFAULT_MAX_TRANSFER,
				 "max_dma_maps", VFIO_USER_DEFAULT_MAX_MAPS,
				 "pgsizes", VFIO_USER_DEFAULT_PAGE_SIZES);
	size_t length;

	if (root == NULL)
		return 0;
	length = json_dumpb(root, text, room, JSON_COMPACT);
	json_decref(root);
	if (length == 0 || length >= room)
		return 0;
	text[length] = '\0';
	return length + 1;
}

int
message_version(struct device *device, struct message *message, struct reply *reply)
{
	const char *text = (const char *)message->payload + sizeof(struct vfio_user_version);
	size_t length = message->size - sizeof(struct vfio_user_version), written;
	struct vfio_user_version version;
	int ret;

	memcpy(&version, message->payload, sizeof(version));
	log_protocol("  version %u.%u, capabilities %.*s", version.major, version.minor,
		     (int)length, length != 0 ? text : "");
	/* Another major version is another protocol: nothing that follows would make sense. */
	if (version.major != VFIO_USER_MAJOR) {
		reply->close = true;
		return EPROTONOSUPPORT;
	}
	if (length != 0) {
		if (memchr(text, '\0', length) != text + length - 1)
			return EINVAL;
		ret = read_capabilities(device, text, length - 1);
		if (ret != 0)
			return ret;
	}
	version.minor = VFIO_USER_MINOR;
	memcpy(reply->payload, &version, sizeof(version));
	written = write_capabilities((char *)reply->payload + sizeof(version), 512);
	if (written == 0)
		return ENOMEM;
	reply->size = sizeof(version) + written;
	device->negotiated = true;
	return 0;
}
