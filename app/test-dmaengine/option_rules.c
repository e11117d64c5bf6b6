/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The table of options: what each takes, what is valid, and its lines of the help. */

#include "dpdk_compat.h"

#include <rte_common.h>

#include "options.h"

#define ON(command)	(UINT32_C(1) << COMMAND_##command)
#define ON_MEMORY	(ON(COPY) | ON(FILL) | ON(SG) | ON(INTERLEAVED))
#define ON_SIZES	(ON_MEMORY | ON(SLAVE) | ON(COMPARE) | ON(ENGINE_COST))
#define ON_RUNS		(ON_SIZES | ON(CYCLIC))
#define ON_DEVICES	(ON_RUNS | ON(VERIFY) | ON(INJECT))
#define ON_API		(ON_DEVICES & ~ON(ENGINE_COST))
#define ON_SOAK		(ON_MEMORY | ON(SLAVE) | ON(CYCLIC) | ON(VERIFY))
#define ON_ALL		UINT32_MAX

#define FIELD(name)	offsetof(struct options, name)

const struct option_rule option_rules[] = {
	{ "dev", "NAME[,ARGS]",
	  "a dmadev by name; one that does not exist is created. Repeatable\n"
	  "(default: every dmadev, or dma_refdma0 where there is none)",
	  OPTION_STRINGS, OPTION_GROUP_DEVICES, ON_ALL & ~ON(ENGINE_COST), FIELD(devices), 0, 0,
	  false },
	{ "lcore", "N",
	  "core of the threads of devices that are created here\n"
	  "(default: the second core that this process may use)",
	  OPTION_SIGNED, OPTION_GROUP_DEVICES, ON_ALL, FIELD(lcore), 0, 4095, false },
	{ "worker", "LCORE@DEV[/N]",
	  "measure on this lcore with channel N (default 0) of this device;\n"
	  "repeatable: all workers run at the same time, each on buffers of\n"
	  "its own. EAL must have the lcores (-l)",
	  OPTION_STRINGS, OPTION_GROUP_DEVICES, ON(COPY) | ON(FILL) | ON(SG), FIELD(workers), 0,
	  0, false },
	{ "ring", "N", "descriptors of a channel's ring (default 1024)",
	  OPTION_NUMBER, OPTION_GROUP_DEVICES, ON_DEVICES, FIELD(ring), 2, OPTIONS_MAX_RING,
	  true },
	{ "timeout", "MS", "give up a device that completes nothing for so long (default 3000)",
	  OPTION_NUMBER, OPTION_GROUP_DEVICES, ON_DEVICES, FIELD(timeout_ms), 1, 3600000, false },
	{ "src-node", "N", "NUMA node of the source buffers (default: that of this lcore)",
	  OPTION_SIGNED, OPTION_GROUP_DEVICES, ON_DEVICES, FIELD(src_node), 0, 31, false },
	{ "dst-node", "N", "NUMA node of the destination buffers (default: that of this lcore)",
	  OPTION_SIGNED, OPTION_GROUP_DEVICES, ON_DEVICES, FIELD(dst_node), 0, 31, false },

	{ "api", "dmadev|engine|cpu|both|all",
	  "who moves the data, one or several separated by commas: the dmadev\n"
	  "API, a client of the DMA Engine API on the same device, or this\n"
	  "core (default dmadev; verify engine; compare and inject both).\n"
	  "Several take turns, and the ratio is shown. both: dmadev and engine",
	  OPTION_SET, OPTION_GROUP_ENGINE, ON_API, FIELD(api), 0, 0, false },
	{ "run", "service|manual|sleep",
	  "the tasklet: a service that polls on another lcore; run by the client\n"
	  "on its own lcore, where callbacks submit what comes next; or a thread\n"
	  "that sleeps without work and lets interrupts wake it\n"
	  "(default service, where there is a second lcore)",
	  OPTION_CHOICE, OPTION_GROUP_ENGINE, ON_API, FIELD(run), 0, 0, false },
	{ "depth", "N", "operations in flight (default 192; --run manual 32)",
	  OPTION_NUMBER, OPTION_GROUP_ENGINE,
	  (ON_API & ~(ON(CYCLIC) | ON(VERIFY) | ON(INJECT))) | ON(ENGINE_COST),
	  FIELD(depth), 1, OPTIONS_MAX_DEPTH, true },
	{ "any-submitter", NULL,
	  "channels to which several threads may submit at a time, though here\n"
	  "one does: what that costs (default: single_submitter)",
	  OPTION_FLAG, OPTION_GROUP_ENGINE,
	  (ON_API & ~(ON(CYCLIC) | ON(VERIFY) | ON(INJECT))) | ON(ENGINE_COST),
	  FIELD(any_submitter), 0, 0, false },

	{ "size", "LIST", "bytes an operation\n"
	  "(default 64,256,1K,4K,64K; engine-cost 64,256,1K,4K; --file 64K)",
	  OPTION_SIZES, OPTION_GROUP_LOAD, ON_SIZES, FIELD(sizes), 1, OPTIONS_MAX_SIZE, false },
	{ "burst", "LIST", "operations a submit (default 32)",
	  OPTION_NUMBERS, OPTION_GROUP_LOAD, ON_SIZES, FIELD(bursts), 1, OPTIONS_MAX_RING,
	  false },
	{ "footprint", "BYTES",
	  "size of the pools that source and destination buffers are taken\n"
	  "from in turn; compare, engine-cost: bytes of all source and\n"
	  "destination buffers together (default 10M)",
	  OPTION_SIZE, OPTION_GROUP_LOAD, ON_SIZES, FIELD(footprint), 64, UINT64_C(1) << 36,
	  true },
	{ "stride", "BYTES",
	  "from one buffer to the next in its pool (default: the size, rounded\n"
	  "up to cache lines; compare, engine-cost: see below)",
	  OPTION_SIZE, OPTION_GROUP_LOAD, ON_SIZES, FIELD(stride), 64, OPTIONS_MAX_SIZE, true },
	{ "shuffle", NULL, "take the buffers in random order, not one after the other",
	  OPTION_FLAG, OPTION_GROUP_LOAD, ON_SIZES, FIELD(shuffle), 0, 0, false },
	{ "no-shuffle", NULL, "take the buffers one after the other, side by side (streaming)",
	  OPTION_NO_FLAG, OPTION_GROUP_LOAD, ON_SIZES, FIELD(shuffle), 0, 0, false },
	{ "cache-flush", NULL, "flush all buffers from the caches before each measured run",
	  OPTION_FLAG, OPTION_GROUP_LOAD, ON_MEMORY, FIELD(cache_flush), 0, 0, false },
	{ "direction", "mem2mem|mem2dev|dev2mem",
	  "copy: into or out of the memory of a device (default mem2mem);\n"
	  "refdma says where that is",
	  OPTION_CHOICE, OPTION_GROUP_LOAD, ON(COPY), FIELD(direction), 0, 0, false },
	{ "device-address", "N",
	  "--direction: where the memory of the device is, as it counts; it has\n"
	  "--footprint bytes that may be overwritten",
	  OPTION_SIGNED, OPTION_GROUP_LOAD, ON(COPY), FIELD(device_address), 0, INT64_MAX,
	  false },
	{ "time", "TIME",
	  "of a case and repeat, in seconds, or with m or h; also short: 0.05\n"
	  "(default 0.5; compare, engine-cost 0.15; cyclic 1)",
	  OPTION_SECONDS, OPTION_GROUP_LOAD, ON_RUNS, FIELD(seconds), 0, 86400, false },
	{ "operations", "N",
	  "end a run after about so many operations, if --time has not ended\n"
	  "it before; for tools that count instructions",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON_MEMORY, FIELD(operations), 1, UINT64_C(1) << 48,
	  false },
	{ "repeat", "N", "runs of a case; median and range are shown\n"
	  "(default 3; compare, engine-cost 5)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON_SIZES, FIELD(repeat), 1, 1000, false },
	{ "src-sge", "N", "sg: source entries an operation (default 4)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON(SG) | ON(VERIFY), FIELD(src_sges), 1,
	  OPTIONS_MAX_SGES, true },
	{ "dst-sge", "N", "sg: destination entries an operation (default 4)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON(SG) | ON(VERIFY), FIELD(dst_sges), 1,
	  OPTIONS_MAX_SGES, true },
	{ "chunk", "BYTES", "interleaved: bytes between two gaps (default 64)",
	  OPTION_SIZE, OPTION_GROUP_LOAD, ON(INTERLEAVED), FIELD(chunk), 1, OPTIONS_MAX_SIZE,
	  true },
	{ "src-gap", "BYTES", "interleaved: gap after each chunk of the source (default 64)",
	  OPTION_SIZE, OPTION_GROUP_LOAD, ON(INTERLEAVED), FIELD(src_gap), 0, OPTIONS_MAX_SIZE,
	  true },
	{ "dst-gap", "BYTES", "interleaved: gap after each chunk of the destination (default 0)",
	  OPTION_SIZE, OPTION_GROUP_LOAD, ON(INTERLEAVED), FIELD(dst_gap), 0, OPTIONS_MAX_SIZE,
	  true },
	{ "pattern", "N", "fill: the 64-bit pattern (default 0x0123456789abcdef);\n"
	  "the DMA Engine API fills with a byte (default 0xa5a5a5a5a5a5a5a5)",
	  OPTION_NUMBER, OPTION_GROUP_LOAD, ON(FILL), FIELD(fill_pattern), 0, UINT64_MAX, false },
	{ "latency", NULL, "also measure single operations, from enqueue to completion;\n"
	  "engine: from before prepare until the callback runs",
	  OPTION_FLAG, OPTION_GROUP_LOAD, ON_MEMORY | ON(COMPARE), FIELD(latency), 0, 0, false },

	{ "verify", NULL, "check all data (default)",
	  OPTION_NO_FLAG, OPTION_GROUP_DATA, ON_DEVICES & ~ON(INJECT), FIELD(no_verify), 0, 0,
	  false },
	{ "no-verify", NULL, "check no data",
	  OPTION_FLAG, OPTION_GROUP_DATA, ON_DEVICES & ~ON(INJECT), FIELD(no_verify), 0, 0,
	  false },
	{ "file", "PATH",
	  "copy: send this file through the device in pieces of --size and\n"
	  "compare the checksums of what went in and what came out",
	  OPTION_STRING, OPTION_GROUP_DATA, ON(COPY), FIELD(file), 0, 0, false },
	{ "output", "PATH", "with --file: write what came out to this file",
	  OPTION_STRING, OPTION_GROUP_DATA, ON(COPY), FIELD(output), 0, 0, false },

	{ "operation", "memcpy|memset|sg|interleaved|slave|cyclic|mix",
	  "what the threads do (default memcpy); sg: dmadev only; slave: to a\n"
	  "loopback port and back; cyclic: from a source port, ended at any\n"
	  "place (both refdma); mix: any of these that the device can do",
	  OPTION_CHOICE, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(operation), 0, 0, false },
	{ "channel", "LIST", "channels of each device (default all)",
	  OPTION_NUMBERS, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(channels), 0, 63, false },
	{ "max-channels", "N", "use at most so many channels in all (default 0: no limit)",
	  OPTION_NUMBER, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(max_channels), 0, 1024, false },
	{ "threads", "N", "threads a channel (default 1)",
	  OPTION_NUMBER, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(threads), 1,
	  OPTIONS_MAX_THREADS, false },
	{ "iterations", "N",
	  "tests of a thread (default 0: until a signal, or --soak, ends it)",
	  OPTION_NUMBER, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(iterations), 0, UINT64_MAX,
	  false },
	{ "soak", "TIME",
	  "go on for so long, such as 90s, 30m, 8h or 7d, with a line that says\n"
	  "how it is going where standard error is a terminal; commands that\n"
	  "measure do runs of --time, and devices, sizes and bursts share it",
	  OPTION_SECONDS, OPTION_GROUP_VERIFY, ON_SOAK, FIELD(soak), 0, 31536000, false },
	{ "buffer-size", "BYTES", "of source and destination (default 16K)",
	  OPTION_SIZE, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(buffer_size), 1,
	  OPTIONS_MAX_SIZE, true },
	{ "transfer-size", "BYTES", "this length, not random ones",
	  OPTION_SIZE, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(transfer_size), 1,
	  OPTIONS_MAX_SIZE, true },
	{ "align", "BYTES", "of offsets and lengths, a power of 2 (default: the device's)",
	  OPTION_SIZE, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(align), 1, 4096, true },
	{ "no-random", NULL, "whole buffers from their start, not random lengths and offsets",
	  OPTION_FLAG, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(no_random), 0, 0, false },
	{ "polled", NULL, "engine: ask for the status of the cookie; no callback",
	  OPTION_FLAG, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(polled), 0, 0, false },
	{ "seed", "N", "of lengths, offsets and operations (default 1)",
	  OPTION_NUMBER, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(seed), 0, UINT64_MAX, false },
	{ "verbose", NULL, "a line for each test",
	  OPTION_FLAG, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(verbose), 0, 0, false },
	{ "corrupt", "src-before|src-inside|src-after|dst-before|dst-inside|dst-after",
	  "damage a byte there after each transfer: the test must find it",
	  OPTION_CHOICE, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(corrupt), 0, 0, false },
	{ "fault", "unmap|map-src|map-dst|prep|submit|busy|error|timeout",
	  "let the second test of the first thread go wrong there: the test\n"
	  "must fail, and say so",
	  OPTION_CHOICE, OPTION_GROUP_VERIFY, ON(VERIFY), FIELD(fault), 0, 0, false },

	{ "port", "N", "peripheral port (default: the first of the right kind)",
	  OPTION_SIGNED, OPTION_GROUP_PORTS, ON(SLAVE) | ON(CYCLIC), FIELD(port), 0, 31, false },
	{ "metadata", "BYTES", "slave: send so much beside each transfer, and check it",
	  OPTION_SIZE, OPTION_GROUP_PORTS, ON(SLAVE), FIELD(metadata), 1,
	  OPTIONS_MAX_METADATA, true },
	{ "rate", "BYTES", "cyclic: bytes a second of the source (default 10000000)",
	  OPTION_SIZE, OPTION_GROUP_PORTS, ON(CYCLIC), FIELD(rate), 1, UINT64_C(1) << 40, true },
	{ "period", "BYTES", "cyclic: bytes a period, a multiple of 8 (default 4096)",
	  OPTION_SIZE, OPTION_GROUP_PORTS, ON(CYCLIC), FIELD(period), 8, UINT64_C(1) << 26,
	  true },
	{ "periods", "N", "cyclic: periods of the buffer (default 64)",
	  OPTION_NUMBER, OPTION_GROUP_PORTS, ON(CYCLIC), FIELD(periods), 2, 4096, true },

	{ "config", "FILE", "run the cases of this file, a section each; see below",
	  OPTION_STRING, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(config), 0, 0, false },
	{ "json", "FILE", "write machine, devices and all results to this file; -: standard\n"
	  "output, and the tables go to standard error",
	  OPTION_STRING, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(json), 0, 0, false },
	{ "csv", "FILE", "write machine and all results to this file, a line each; -: as above",
	  OPTION_STRING, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(csv), 0, 0, false },
	{ "help", NULL, "show this text",
	  OPTION_FLAG, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(help), 0, 0, false },
	{ "version", NULL, "show the versions of this program and of DPDK",
	  OPTION_FLAG, OPTION_GROUP_OUTPUT, ON_ALL, FIELD(version), 0, 0, false },
};

const unsigned int nb_option_rules = RTE_DIM(option_rules);

_Static_assert(RTE_DIM(option_rules) <= OPTIONS_MAX_RULES, "OPTIONS_MAX_RULES");
