/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The table of options: what each takes, what is valid, and its lines of the help. */

#include "dpdk_compat.h"

#include <rte_common.h>

#include "options.h"

#define ON(command)	(UINT32_C(1) << COMMAND_##command)
#define ON_MEMORY	(ON(COPY) | ON(FILL) | ON(SG))
#define ON_SIZES	(ON_MEMORY | ON(SLAVE) | ON(COMPARE) | ON(ENGINE_COST))
#define ON_RUNS		(ON_SIZES | ON(CYCLIC))
#define ON_API		(ON_MEMORY | ON(SLAVE) | ON(CYCLIC) | ON(COMPARE))
#define ON_ALL		UINT32_MAX

#define FIELD(name)	offsetof(struct options, name)

const struct option_rule option_rules[] = {
	{ "dev", "NAME[,ARGS]",
	  "a dmadev by name; one that does not exist is created. Repeatable\n"
	  "(default: every dmadev, or dma_refdma0 where there is none)",
	  OPTION_STRINGS, OPTION_GROUP_DEVICES, ON_ALL & ~ON(ENGINE_COST), FIELD(devices), 0, 0 },
	{ "lcore", "N",
	  "core of the threads of devices that are created here\n"
	  "(default: the second core that this process may use)",
	  OPTION_SIGNED, OPTION_GROUP_DEVICES, ON_ALL, FIELD(lcore), 0, 4095 },
	{ "ring", "N", "descriptors of a channel's ring (default 1024)",
	  OPTION_NUMBER, OPTION_GROUP_DEVICES, ON_RUNS, FIELD(ring), 2, OPTIONS_MAX_RING },
	{ "timeout", "MS", "give up a device that completes nothing for so long (default 3000)",
	  OPTION_NUMBER, OPTION_GROUP_DEVICES, ON_RUNS, FIELD(timeout_ms), 1, 3600000 },

	{ "api", "dmadev|engine|both",
	  "who moves the data: the dmadev API, or a client of the DMA Engine\n"
	  "API on the same device (default dmadev; compare both). With both,\n"
	  "their runs take turns, and the ratio is shown",
	  OPTION_CHOICE, OPTION_GROUP_ENGINE, ON_API, FIELD(api), 0, 0 },
	{ "run", "service|manual",
	  "the tasklet: a service on another lcore, or run by the client\n"
	  "on its own lcore, where callbacks submit what comes next\n"
	  "(default service, where there is a second lcore)",
	  OPTION_CHOICE, OPTION_GROUP_ENGINE, ON_API, FIELD(run), 0, 0 },
	{ "depth", "N", "operations in flight (default 192; --run manual 32)",
	  OPTION_NUMBER, OPTION_GROUP_ENGINE, (ON_API & ~ON(CYCLIC)) | ON(ENGINE_COST),
	  FIELD(depth), 1, OPTIONS_MAX_DEPTH },

	{ "size", "LIST", "bytes an operation\n"
	  "(default 64,256,1K,4K,64K; engine-cost 64,256,1K,4K; --file 64K)",
	  OPTION_SIZES, OPTION_GROUP_LOAD, ON_SIZES, FIELD(sizes), 1, OPTIONS_MAX_SIZE },
	{ "burst", "LIST", "operations a submit (default 32)",
	  OPTION_NUMBERS, OPTION_GROUP_LOAD, ON_SIZES, FIELD(bursts), 1, OPTIONS_MAX_RING },
	{ "footprint", "BYTES",
	  "size of the pools that source and destination buffers are taken\n"
	  "from in turn; compare, engine-cost: bytes of all source and\n"
	  "destination buffers together (default 10M)",
	  OPTION_SIZE, OPTION_GROUP_LOAD, ON_SIZES, FIELD(footprint), 64, UINT64_C(1) << 36 },
	{ "stride", "BYTES",
	  "from one buffer to the next in its pool (default: the size, rounded\n"
	  "up to cache lines; compare, engine-cost: see below)",
	  OPTION_SIZE, OPTION_GROUP_LOAD, ON_SIZES, FIELD(stride), 64, OPTIONS_MAX_SIZE },
	{ "shuffle", NULL, "take the buffers in random order, not one after the other",
	  OPTION_FLAG, OPTION_GROUP_LOAD, ON_SIZES, FIELD(shuffle), 0, 0 },
	{ "no-shuffle", NULL, "take the buffers one after the other, side by side (streaming)",
	  OPTION_NO_FLAG, OPTION_GROUP_LOAD, ON_SIZES, FIELD(shuffle), 0, 0 },
	{ "time", "SECONDS",
	  "of a case and repeat; also short: 0.05\n"
	  "(default 0.5; compare, engine-cost 0.15; cyclic 1)",
	  OPTION_SECONDS, OPTION_GROUP_LOAD, ON_RUNS, FIELD(seconds), 0, 86400 },
	{ "repeat", "N", "runs of a case; median and range are shown\n"
	  "(default 3; compare, engine-cost 5)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON_SIZES, FIELD(repeat), 1, 1000 },
	{ "src-sge", "N", "sg: source entries an operation (default 4)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON(SG), FIELD(src_sges), 1, OPTIONS_MAX_SGES },
	{ "dst-sge", "N", "sg: destination entries an operation (default 4)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON(SG), FIELD(dst_sges), 1, OPTIONS_MAX_SGES },
	{ "pattern", "N", "fill: the 64-bit pattern (default 0x0123456789abcdef);\n"
	  "the DMA Engine API fills with a byte (default 0xa5a5a5a5a5a5a5a5)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON(FILL), FIELD(fill_pattern), 0, UINT64_MAX },
	{ "latency", NULL, "also measure single operations, from enqueue to completion;\n"
	  "engine: from before prepare until the callback runs",
	  OPTION_FLAG, OPTION_GROUP_LOAD, ON_MEMORY | ON(COMPARE), FIELD(latency), 0, 0 },

	{ "verify", NULL, "check all data (default)",
	  OPTION_NO_FLAG, OPTION_GROUP_VERIFY, ON_RUNS, FIELD(no_verify), 0, 0 },
	{ "no-verify", NULL, "check no data",
	  OPTION_FLAG, OPTION_GROUP_VERIFY, ON_RUNS, FIELD(no_verify), 0, 0 },
	{ "file", "PATH",
	  "copy: send this file through the device in pieces of --size and\n"
	  "compare the checksums of what went in and what came out",
	  OPTION_STRING, OPTION_GROUP_VERIFY, ON(COPY), FIELD(file), 0, 0 },
	{ "output", "PATH", "with --file: write what came out to this file",
	  OPTION_STRING, OPTION_GROUP_VERIFY, ON(COPY), FIELD(output), 0, 0 },

	{ "port", "N", "peripheral port (default: the first of the right kind)",
	  OPTION_SIGNED, OPTION_GROUP_PORTS, ON(SLAVE) | ON(CYCLIC), FIELD(port), 0, 31 },
	{ "rate", "BYTES", "cyclic: bytes a second of the source (default 10000000)",
	  OPTION_SIZE, OPTION_GROUP_PORTS, ON(CYCLIC), FIELD(rate), 1, UINT64_C(1) << 40 },
	{ "period", "BYTES", "cyclic: bytes a period, a multiple of 8 (default 4096)",
	  OPTION_SIZE, OPTION_GROUP_PORTS, ON(CYCLIC), FIELD(period), 8, UINT64_C(1) << 26 },
	{ "periods", "N", "cyclic: periods of the buffer (default 64)",
	  OPTION_NUMBER, OPTION_GROUP_PORTS, ON(CYCLIC), FIELD(periods), 2, 4096 },

	{ "json", "FILE", "write machine, devices and all results to this file",
	  OPTION_STRING, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(json), 0, 0 },
	{ "help", NULL, "show this text",
	  OPTION_FLAG, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(help), 0, 0 },
	{ "version", NULL, "show the versions of this program and of DPDK",
	  OPTION_FLAG, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(version), 0, 0 },
};

const unsigned int nb_option_rules = RTE_DIM(option_rules);

_Static_assert(RTE_DIM(option_rules) <= OPTIONS_MAX_RULES, "OPTIONS_MAX_RULES");
