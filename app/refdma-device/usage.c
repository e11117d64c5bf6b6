/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The help. */

#include <stdio.h>

#include "options.h"

static const char options_text[] =
	"\n"
	"The RefDMA controller in software, as a process: a PCIe function over the\n"
	"vfio-user protocol. A virtual machine, or a DPDK process, attaches to the socket.\n"
	"\n"
	"Socket:\n"
	"  -s, --socket PATH     listen here; a dead server's socket is replaced\n"
	"  --keep                wait for the next client when one has gone; otherwise end\n"
	"\n"
	"Controller:\n"
	"  --channels N          channels, 1 to 32 (1)\n"
	"  --queues N            queues a channel, 1 to 8 (2)\n"
	"  --ring N              most slots of a ring, a power of two from 32 to 32768\n"
	"                        (32768)\n"
	"  --port TYPE[/fifo:BYTES][/rate:BYTES-PER-SECOND][/frame:BYTES]\n"
	"                        a peripheral port: loopback, sink or source; once for each\n"
	"                        port, up to 32 (one of each type, unpaced, fifo 64K)\n"
	"\n"
	"PCI function:\n"
	"  --id VENDOR:DEVICE    in hexadecimal (1af4:10f0)\n"
	"  --subsystem VENDOR:DEVICE\n"
	"                        in hexadecimal (1af4:10f0)\n"
	"  --revision N          0 to 255 (1)\n"
	"\n"
	"Engines, a thread for each channel:\n"
	"  --poll                never sleep: a CPU for each channel, shortest latency\n"
	"  --spin US             otherwise: poll so long before sleeping, up to 1000000\n"
	"                        microseconds (200). A sleeping engine says so in memory,\n"
	"                        and the driver wakes it; the doorbell of a driver that has\n"
	"                        just missed that is seen a millisecond later at the latest\n"
	"  --cpu N               channel C runs on CPU N + C (anywhere)\n"
	"\n"
	"Errors:\n"
	"  --inject KIND[:COUNT[:CODE]][@CHANNEL.QUEUE]\n"
	"                        each time that the queue (0.0) is enabled, arm an error:\n"
	"                        fail, stall, halt, corrupt or drop-doorbell, at the\n"
	"                        COUNT-th operation (1), with status CODE (14, bus error);\n"
	"                        up to 16. Section 11 of the controller's specification\n"
	"                        says what they do\n"
	"\n"
	"Output:\n"
	"  -v, --verbose         log the protocol on standard error\n"
	"  --stats               print statistics at the end, one 'name value' a line\n"
	"  -h, --help            print this text\n"
	"  -V, --version         print the version\n"
	"\n"
	"Prints one line on standard output when clients can connect. Ends when the client\n"
	"disconnects (without --keep), and on SIGTERM and SIGINT. A client that leaves takes\n"
	"its memory along, and the function is reset for the next one.\n"
	"\n"
	"Exit status: 0 ended as told, 1 something failed, 2 the command line is wrong.\n";

static const char examples_text[] =
	"\n"
	"Examples:\n"
	"  A card for a virtual machine, and QEMU (10.1 or later) that plugs it in:\n"
	"    refdma-device --socket /run/refdma.sock &\n"
	"    qemu-system-x86_64 -machine q35,memory-backend=mem0 -m 2G \\\n"
	"      -object memory-backend-memfd,id=mem0,size=2G,share=on ... \\\n"
	"      -device '{\"driver\":\"vfio-user-pci\",\n"
	"                \"socket\":{\"path\":\"/run/refdma.sock\",\"type\":\"unix\"}}'\n"
	"\n"
	"  Four channels that poll on CPUs 4 to 7, for one DPDK process after the other:\n"
	"    refdma-device --socket /run/refdma.sock --channels 4 --poll --cpu 4 --keep\n"
	"\n"
	"  A loopback, and a source of 192000 bytes a second; operation 1000 fails:\n"
	"    refdma-device --socket /run/refdma.sock --port loopback \\\n"
	"      --port source/rate:192000 --inject fail:1000:14\n";

void
usage_full(void)
{
	fputs("usage: refdma-device --socket PATH [options]\n", stdout);
	fputs(options_text, stdout);
	fputs(examples_text, stdout);
}
