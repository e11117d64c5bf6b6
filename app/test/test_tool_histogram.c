/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* dpdk-test-dmaengine's histogram: percentiles against sorted samples. */

#include <stdlib.h>

#include "histogram.h"
#include "rng.h"
#include "test.h"

#define NB	100000

static struct histogram *histogram;

static int
create(void)
{
	histogram = histogram_create();
	TEST_ASSERT(histogram != NULL);
	return TEST_OK;
}

static void
destroy(void)
{
	free(histogram);
}

static int
empty_one_is_all_zero(void)
{
	struct distribution all = histogram_distribution(histogram, 1);

	TEST_ASSERT_EQ(histogram_quantile(histogram, 0.5), 0);
	TEST_ASSERT_EQ(all.samples, 0);
	TEST_ASSERT(all.max == 0 && all.mean == 0);
	return TEST_OK;
}

static int
single_value_is_every_quantile(void)
{
	static const uint64_t values[] = { 0, 1, 255, 256, 1000003, UINT64_MAX / 3, UINT64_MAX };

	for (unsigned int i = 0; i < RTE_DIM(values); i++) {
		struct histogram *one = histogram_create();

		TEST_ASSERT(one != NULL);
		histogram_add(one, values[i]);
		TEST_ASSERT(histogram_quantile(one, 0) == values[i]);
		TEST_ASSERT(histogram_quantile(one, 0.999) == values[i]);
		TEST_ASSERT(histogram_quantile(one, 1) == values[i]);
		TEST_ASSERT(one->min == values[i] && one->max == values[i]);
		free(one);
	}
	return TEST_OK;
}

static int
small_values_are_exact(void)
{
	for (uint64_t i = 1; i <= 200; i++)
		histogram_add(histogram, i);
	TEST_ASSERT_EQ(histogram_quantile(histogram, 0.5), 100);
	TEST_ASSERT_EQ(histogram_quantile(histogram, 0.9), 180);
	TEST_ASSERT_EQ(histogram_quantile(histogram, 0.99), 198);
	TEST_ASSERT_EQ(histogram_quantile(histogram, 0.999), 200);
	TEST_ASSERT_EQ(histogram_quantile(histogram, 0), 1);
	return TEST_OK;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Within half a percent of the sample that has the rank. */
static int
expect_quantile(const uint64_t *sorted, double quantile)
{
	uint64_t rank = (uint64_t)(quantile * NB + 0.5), seen, expected;
	double error;

	seen = histogram_quantile(histogram, quantile);
	expected = sorted[RTE_MAX(rank, UINT64_C(1)) - 1];
	error = ((double)seen - (double)expected) / (double)expected;
	if (error < -0.005 || error > 0.005) {
		test_note("quantile %f: seen %" PRIu64 ", expected %" PRIu64, quantile, seen,
			  expected);
		return TEST_FAILED;
	}
	return TEST_OK;
}

static int
quantiles_of_many_magnitudes(void)
{
	static const double quantiles[] = { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
	uint64_t *values = malloc(NB * sizeof(*values));
	struct rng rng = { 1 };
	int ret = TEST_OK;

	TEST_ASSERT(values != NULL);
	for (unsigned int i = 0; i < NB; i++) {
		values[i] = rng_next(&rng) >> rng_below(&rng, 60);
		histogram_add(histogram, values[i]);
	}
	qsort(values, NB, sizeof(*values), compare);
	for (unsigned int i = 0; i < RTE_DIM(quantiles) && ret == TEST_OK; i++)
		ret = expect_quantile(values, quantiles[i]);
	if (histogram->min != values[0] || histogram->max != values[NB - 1])
		ret = TEST_FAILED;
	free(values);
	return ret;
}

static int
distribution_is_in_order_and_scaled(void)
{
	struct distribution all;

	for (uint64_t i = 1; i <= 10000; i++)
		histogram_add(histogram, i * 1000);
	all = histogram_distribution(histogram, 1e-3);
	TEST_ASSERT_EQ(all.samples, 10000);
	TEST_ASSERT(all.min == 1 && all.max == 10000);
	TEST_ASSERT(all.mean > 5000.4 && all.mean < 5000.6);
	TEST_ASSERT(all.min <= all.p50 && all.p50 <= all.p90 && all.p90 <= all.p99);
	TEST_ASSERT(all.p99 <= all.p99_9 && all.p99_9 <= all.max);
	TEST_ASSERT(all.p50 > 4975 && all.p50 < 5025);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "empty_one_is_all_zero", empty_one_is_all_zero },
	{ "single_value_is_every_quantile", single_value_is_every_quantile },
	{ "small_values_are_exact", small_values_are_exact },
	{ "quantiles_of_many_magnitudes", quantiles_of_many_magnitudes },
	{ "distribution_is_in_order_and_scaled", distribution_is_in_order_and_scaled },
};

static struct test_suite suite = {
	.name = "tool_histogram",
	.case_setup = create,
	.case_teardown = destroy,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};
REGISTER_TEST_SUITE(suite)
