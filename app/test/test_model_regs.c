/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Registers of the device model: reset values, access, widths, what does not exist (section 3). */

#include "test_model_host.h"

#define ALL_ONES32 UINT32_C(0xffffffff)
#define CHANNEL(c) (REFDMA_CHANNEL_BASE + (uint64_t)(c) * REFDMA_CHANNEL_STRIDE)
#define QUEUE(c, q) (CHANNEL(c) + REFDMA_QUEUE_BASE + (uint64_t)(q) * REFDMA_QUEUE_STRIDE)
#define PORT(p) (REFDMA_PORT_REG_BASE + (uint64_t)(p) * REFDMA_PORT_REG_STRIDE)

enum access { RO, WO, RW };

/* A register of one of the blocks, with its reset value and a value that it can hold. */
struct reg {
	unsigned int offset;
	unsigned int size;
	enum access access;
	uint64_t reset;
	uint64_t sample;
};

static const struct reg channel_regs[] = {
	{ REFDMA_CH_CTRL, 4, RW, 0, REFDMA_CH_CTRL_STRICT },
	{ REFDMA_CH_STATUS, 4, RO, 0, 1 },
	{ REFDMA_CH_WAKE, 4, WO, 0, 1 },
	{ REFDMA_CH_PRIORITY, 4, RW, 0, 3 },
};

static const struct reg queue_regs[] = {
	{ REFDMA_Q_CTRL, 4, WO, 0, REFDMA_Q_CTRL_RESUME },
	{ REFDMA_Q_STATUS, 4, RO, 0, ALL_ONES32 },
	{ REFDMA_Q_RING_BASE, 8, RW, 0, UINT64_C(0x123456789abcdec0) },
	{ REFDMA_Q_CPL_BASE, 8, RW, 0, UINT64_C(0xfedcba9876543240) },
	{ REFDMA_Q_STS_BASE, 8, RW, 0, UINT64_C(0x0f1e2d3c4b5a6980) },
	{ REFDMA_Q_RING_LOG2, 4, RW, 0, 9 },
	{ REFDMA_Q_CONFIG, 4, RW, 0, REFDMA_Q_CONFIG_HALT_ON_ERROR | 0x20 },
	{ REFDMA_Q_IRQ_CONFIG, 4, RW, 0, 1 },
	{ REFDMA_Q_IRQ_ARM, 4, WO, 0, 1 },
	{ REFDMA_Q_RESIDUE, 8, RO, 0, 1 },
	{ REFDMA_Q_PROGRESS, 8, RO, 0, 1 },
	{ REFDMA_Q_ERRORS, 4, RO, 0, 1 },
	{ REFDMA_Q_PERIODS, 8, RO, 0, 1 },
	{ REFDMA_Q_BYTES, 8, RO, 0, 1 },
	{ REFDMA_Q_INJ_COUNT, 4, RW, 0, 12345 },
	{ REFDMA_Q_INJ_CODE, 4, RW, 0, REFDMA_CODE_POISON },
	{ REFDMA_Q_INJ_CTRL, 4, RW, 0, REFDMA_INJ_FAIL | REFDMA_INJ_STALL },
	{ REFDMA_Q_INJ_FIRED, 4, RO, 0, 1 },
};

static const struct reg port_regs[] = {
	{ REFDMA_P_CTRL, 4, WO, 0, REFDMA_P_CTRL_STOP },
	{ REFDMA_P_STATUS, 4, RO, 0, 1 },
	{ REFDMA_P_WIDTH, 4, RW, 1, 16 },
	{ REFDMA_P_BURST, 4, RW, 64, 65535 },
	{ REFDMA_P_FRAME, 4, RW, 0, 1500 },
	{ REFDMA_P_RATE, 8, RW, 0, UINT64_C(0x1234567890) },
	{ REFDMA_P_FIFO_SIZE, 4, RO, 65536, 1 },
	{ REFDMA_P_FIFO_LEVEL, 4, RO, 0, 1 },
	{ REFDMA_P_OVERRUN, 8, RO, 0, 1 },
	{ REFDMA_P_UNDERRUN, 8, RO, 0, 1 },
	{ REFDMA_P_TX_BYTES, 8, RO, 0, 1 },
	{ REFDMA_P_RX_BYTES, 8, RO, 0, 1 },
	{ REFDMA_P_CHECKSUM, 8, RO, 0, 1 },
	{ REFDMA_P_FRAMES, 8, RO, 0, 1 },
};

#define NB(regs) (sizeof(regs) / sizeof((regs)[0]))

static struct model_host host;

static int
setup(void)
{
	return host_open(&host, NULL);
}

static void
teardown(void)
{
	host_close(&host);
}

static uint64_t
read_reg(uint64_t offset, unsigned int size)
{
	return refdma_model_read(host.model, REFDMA_BAR_REGS, offset, size);
}

static void
write_reg(uint64_t offset, unsigned int size, uint64_t value)
{
	refdma_model_write(host.model, REFDMA_BAR_REGS, offset, size, value);
}

static int
check_reset_values(uint64_t base, const struct reg *regs, size_t nb)
{
	for (size_t i = 0; i < nb; i++) {
		uint64_t seen = read_reg(base + regs[i].offset, regs[i].size);

		if (seen != regs[i].reset)
			test_note("register 0x%" PRIx64, base + regs[i].offset);
		TEST_ASSERT_EQ(seen, regs[i].reset);
	}
	return TEST_OK;
}

/* Write a value that the register could hold, run, and read what its access class says. */
static int
check_access(uint64_t base, const struct reg *regs, size_t nb)
{
	for (size_t i = 0; i < nb; i++) {
		uint64_t expected = regs[i].access == RW ? regs[i].sample : regs[i].reset;
		uint64_t seen;

		write_reg(base + regs[i].offset, regs[i].size, regs[i].sample);
		TEST_CALL(host_run(&host));
		seen = read_reg(base + regs[i].offset, regs[i].size);
		if (seen != expected)
			test_note("register 0x%" PRIx64, base + regs[i].offset);
		TEST_ASSERT_EQ(seen, expected);
	}
	return TEST_OK;
}

static int
identity(void)
{
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_MAGIC, 4), REFDMA_MAGIC);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_VERSION, 4), REFDMA_VERSION);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_SCRATCH, 4), 0);
	return TEST_OK;
}

static int
function_regs_read_only(void)
{
	for (unsigned int offset = 0; offset < REFDMA_REG_SCRATCH; offset += 4) {
		uint64_t before = read_reg(offset, 4);

		write_reg(offset, 4, ~before);
		TEST_ASSERT_EQ(read_reg(offset, 4), before);
	}
	return TEST_OK;
}

static int
scratch_keeps_value(void)
{
	write_reg(REFDMA_REG_SCRATCH, 4, 0xdeadbeef);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_SCRATCH, 4), 0xdeadbeef);
	write_reg(REFDMA_REG_SCRATCH, 4, 0);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_SCRATCH, 4), 0);
	return TEST_OK;
}

static int
function_commands_write_only(void)
{
	write_reg(REFDMA_REG_FUNC_CTRL, 4, 0);
	write_reg(REFDMA_REG_FUNC_INJECT, 4, 0);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_FUNC_CTRL, 4), 0);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_FUNC_INJECT, 4), 0);
	return TEST_OK;
}

static int
channel_reset_values(void)
{
	return check_reset_values(CHANNEL(0), channel_regs, NB(channel_regs));
}

static int
channel_access(void)
{
	return check_access(CHANNEL(0), channel_regs, NB(channel_regs));
}

static int
queue_reset_values(void)
{
	TEST_CALL(check_reset_values(QUEUE(0, 0), queue_regs, NB(queue_regs)));
	return check_reset_values(QUEUE(0, 1), queue_regs, NB(queue_regs));
}

static int
queue_access(void)
{
	TEST_CALL(check_access(QUEUE(0, 1), queue_regs, NB(queue_regs)));
	/* The other queue has kept its own. */
	return check_reset_values(QUEUE(0, 0), queue_regs, NB(queue_regs));
}

static int
port_reset_values(void)
{
	for (unsigned int p = 0; p < 3; p++)
		TEST_CALL(check_reset_values(PORT(p), port_regs, NB(port_regs)));
	return TEST_OK;
}

static int
port_access(void)
{
	TEST_CALL(check_access(PORT(1), port_regs, NB(port_regs)));
	TEST_CALL(check_reset_values(PORT(0), port_regs, NB(port_regs)));
	write_reg(PORT(0) + REFDMA_P_TYPE, 4, REFDMA_PORT_SINK);
	TEST_ASSERT_EQ(read_reg(PORT(0) + REFDMA_P_TYPE, 4), REFDMA_PORT_LOOPBACK);
	return TEST_OK;
}

static int
wide_register_by_halves(void)
{
	uint64_t reg = QUEUE(0, 0) + REFDMA_Q_RING_BASE;

	write_reg(reg, 4, 0x55667740);
	write_reg(reg + 4, 4, 0x11223344);
	TEST_ASSERT_EQ(read_reg(reg, 8), UINT64_C(0x1122334455667740));
	write_reg(reg + 4, 4, 0xaabbccdd);
	TEST_ASSERT_EQ(read_reg(reg, 8), UINT64_C(0xaabbccdd55667740));
	TEST_ASSERT_EQ(read_reg(reg, 4), 0x55667740);
	TEST_ASSERT_EQ(read_reg(reg + 4, 4), 0xaabbccdd);
	write_reg(PORT(0) + REFDMA_P_RATE, 4, 7);
	write_reg(PORT(0) + REFDMA_P_RATE + 4, 4, 3);
	TEST_ASSERT_EQ(read_reg(PORT(0) + REFDMA_P_RATE, 8), UINT64_C(0x300000007));
	return TEST_OK;
}

static int
low_half_latches_high_half(void)
{
	struct host_queue q;

	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_PROGRESS), 1);
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	/* Both counters are 2 by now, but the pair that was read together is (1, 1). */
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_PROGRESS + 4), 1);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_PROGRESS), UINT64_C(0x200000002));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_PROGRESS), 2);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_PROGRESS + 4), 2);
	/* The latch was for one read. */
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_PROGRESS + 4), 3);
	return TEST_OK;
}

static int
narrow_reads_are_part_of_a_word(void)
{
	for (unsigned int i = 0; i < 4; i++)
		TEST_ASSERT_EQ(read_reg(REFDMA_REG_MAGIC + i, 1), REFDMA_MAGIC >> (i * 8) & 0xff);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_MAGIC, 2), REFDMA_MAGIC & 0xffff);
	TEST_ASSERT_EQ(read_reg(REFDMA_REG_MAGIC + 2, 2), REFDMA_MAGIC >> 16);
	return TEST_OK;
}

static int
missing_registers_read_all_ones(void)
{
	static const uint64_t missing[] = {
		REFDMA_REG_FUNC_INJECT + 4, 0x800, REFDMA_CHANNEL_BASE - 4,
		CHANNEL(0) + REFDMA_CH_PRIORITY + 4, CHANNEL(0) + 0x7fc,
		QUEUE(0, 0) + REFDMA_Q_ERRORS + 4, QUEUE(0, 0) + REFDMA_Q_BYTES + 8,
		QUEUE(0, 0) + REFDMA_Q_INJ_FIRED + 4, QUEUE(0, 2), QUEUE(0, 7) + 4, CHANNEL(1),
		CHANNEL(31) + REFDMA_QUEUE_BASE, PORT(0) + REFDMA_P_FRAMES + 8, PORT(3), PORT(31),
		PORT(32), REFDMA_BAR_REGS_SIZE - 4, REFDMA_BAR_REGS_SIZE, UINT64_C(0x7ffffffffffc),
		UINT64_MAX - 3,
	};

	for (size_t i = 0; i < NB(missing); i++) {
		if (read_reg(missing[i], 4) != ALL_ONES32)
			test_note("register 0x%" PRIx64, missing[i]);
		TEST_ASSERT_EQ(read_reg(missing[i], 4), ALL_ONES32);
		write_reg(missing[i], 4, 0);
		TEST_ASSERT_EQ(read_reg(missing[i], 4), ALL_ONES32);
	}
	TEST_ASSERT_EQ(read_reg(REFDMA_BAR_REGS_SIZE, 8), UINT64_MAX);
	TEST_ASSERT_EQ(read_reg(QUEUE(0, 2) + REFDMA_Q_BYTES, 8), UINT64_MAX);
	return TEST_OK;
}

static int
missing_bars_read_all_ones(void)
{
	for (unsigned int bar = 0; bar < 8; bar++) {
		if (bar == REFDMA_BAR_REGS || bar == REFDMA_BAR_DOORBELL)
			continue;
		TEST_ASSERT_EQ(refdma_model_read(host.model, bar, 0, 4), ALL_ONES32);
		refdma_model_write(host.model, bar, 0, 4, 1);
	}
	TEST_ASSERT_EQ(refdma_model_read(host.model, REFDMA_BAR_DOORBELL,
					 REFDMA_DOORBELL_PAGE_SIZE, 4), ALL_ONES32);
	TEST_ASSERT_EQ(refdma_model_read(host.model, REFDMA_BAR_DOORBELL, UINT64_MAX - 3, 4),
		       ALL_ONES32);
	return TEST_OK;
}

static int
configuration_fixed_while_enabled(void)
{
	static const unsigned int wide[] = {
		REFDMA_Q_RING_BASE, REFDMA_Q_CPL_BASE, REFDMA_Q_STS_BASE
	};
	struct host_queue q;

	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	for (size_t i = 0; i < NB(wide); i++) {
		uint64_t before = queue_read64(&q, wide[i]);

		queue_write64(&q, wide[i], before + 64);
		TEST_ASSERT_EQ(queue_read64(&q, wide[i]), before);
		queue_write32(&q, wide[i], 0);
		queue_write32(&q, wide[i] + 4, 0);
		TEST_ASSERT_EQ(queue_read64(&q, wide[i]), before);
	}
	queue_write32(&q, REFDMA_Q_RING_LOG2, 6);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_RING_LOG2), 5);
	queue_write32(&q, REFDMA_Q_CONFIG, REFDMA_Q_CONFIG_HALT_ON_ERROR);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_CONFIG), 0);
	queue_write32(&q, REFDMA_Q_IRQ_CONFIG, 1);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_IRQ_CONFIG), 1);
	return queue_works(&q);
}

static int
configuration_fixed_while_halted(void)
{
	struct host_queue q;

	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	queue_write32(&q, REFDMA_Q_RING_LOG2, 31);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	queue_write32(&q, REFDMA_Q_RING_LOG2, 5);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_RING_LOG2), 31);
	return TEST_OK;
}

static int
doorbells_through_bar2(void)
{
	struct host_queue q;
	uint32_t *page = refdma_model_doorbells(host.model, NULL);
	uint64_t offset = REFDMA_DOORBELL_STRIDE;

	TEST_CALL(queue_open(&host, &q, 0, 1, 5));
	queue_nop(&q, 0);
	queue_nop(&q, 0);
	refdma_model_write(host.model, REFDMA_BAR_DOORBELL, offset, 4, 2);
	TEST_ASSERT_EQ(refdma_model_read(host.model, REFDMA_BAR_DOORBELL, offset, 4), 2);
	TEST_ASSERT_EQ(page[REFDMA_DOORBELL_STRIDE / 4], 2);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "identity", identity },
	{ "function_regs_read_only", function_regs_read_only },
	{ "function_commands_write_only", function_commands_write_only },
	{ "scratch_keeps_value", scratch_keeps_value },
	{ "channel_reset_values", channel_reset_values },
	{ "channel_access", channel_access },
	{ "queue_reset_values", queue_reset_values },
	{ "queue_access", queue_access },
	{ "port_reset_values", port_reset_values },
	{ "port_access", port_access },
	{ "wide_register_by_halves", wide_register_by_halves },
	{ "low_half_latches_high_half", low_half_latches_high_half },
	{ "narrow_reads_are_part_of_a_word", narrow_reads_are_part_of_a_word },
	{ "missing_registers_read_all_ones", missing_registers_read_all_ones },
	{ "missing_bars_read_all_ones", missing_bars_read_all_ones },
	{ "configuration_fixed_while_enabled", configuration_fixed_while_enabled },
	{ "configuration_fixed_while_halted", configuration_fixed_while_halted },
	{ "doorbells_through_bar2", doorbells_through_bar2 },
};

static struct test_suite model_regs = {
	.name = "model_regs",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_regs)
