/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Results as CSV (RFC 4180): the machine as lines that begin with '#', the names of the columns, a
 * line for each result. Every file has all columns, named as in JSON; what does not apply is empty.
 */

#include <inttypes.h>
#include <string.h>

#include "dpdk_compat.h"

#include "report.h"

static void
put_text(FILE *file, const char *text)
{
	if (text == NULL)
		return;
	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		fputs(text, file);
		return;
	}
	fputc('"', file);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

/* A comment ends with its line. */
static void
put_comment(FILE *file, const char *name, const char *text)
{
	fprintf(file, "# %s: ", name);
	for (; text != NULL && *text != '\0'; text++)
		fputc(*text == '\n' || *text == '\r' ? ' ' : *text, file);
	fputc('\n', file);
}

static void
put_machine(FILE *file, const struct machine *machine)
{
	put_comment(file, "cpu", machine->cpu);
	fprintf(file, "# cpu_flags:");
	for (unsigned int i = 0; i < machine->nb_cpu_flags; i++)
		fprintf(file, " %s", machine->cpu_flags[i]);
	fprintf(file, "\n# cores: %u\n# tsc_hz: %" PRIu64 "\n", machine->cores, machine->tsc_hz);
	put_comment(file, "kernel", machine->kernel);
	put_comment(file, "dpdk", machine->dpdk_version);
	put_comment(file, "iova_mode", machine->iova_mode);
	fprintf(file, "# huge_pages: %s\n", machine->huge_pages ? "true" : "false");
	put_comment(file, "rte_memcpy", machine->memcpy_isa);
	put_comment(file, "compiler", machine->compiler);
	put_comment(file, "build_flags", machine->build_flags);
	put_comment(file, "version", machine->version);
	put_comment(file, "commit", machine->commit);
	put_comment(file, "command_line", machine->command_line);
	put_comment(file, "started", machine->started);
}

static const char * const summary_parts[] = { "median", "min", "max", "samples" };
static const char * const distribution_parts[] = {
	"samples", "min_us", "mean_us", "p50_us", "p90_us", "p99_us", "p99_9_us", "max_us"
};

static void
put_names(FILE *file)
{
	fputs("command,case,operation,device,api,run,direction", file);
	for (unsigned int i = 0; i < NB_VALUES; i++)
		fprintf(file, ",%s", value_rules[i].json);
	for (unsigned int i = 0; i < NB_METRICS; i++)
		for (unsigned int part = 0; part < RTE_DIM(summary_parts); part++)
			fprintf(file, ",%s_%s", metric_rules[i].json, summary_parts[part]);
	for (unsigned int i = 0; i < NB_DISTRIBUTIONS; i++)
		for (unsigned int part = 0; part < RTE_DIM(distribution_parts); part++)
			fprintf(file, ",%s_%s", distribution_names[i], distribution_parts[part]);
	fputs(",foreign_cpu_share,verdict,note\r\n", file);
}

static void
put_value(FILE *file, const struct record *record, unsigned int i)
{
	fputc(',', file);
	if (!record->has_value[i])
		return;
	if (value_rules[i].hexadecimal)
		fprintf(file, "%016" PRIx64, record->values[i]);
	else
		fprintf(file, "%" PRIu64, record->values[i]);
}

static void
put_summary(FILE *file, const struct summary *summary)
{
	if (summary->samples == 0)
		fputs(",,,,", file);
	else
		fprintf(file, ",%.9g,%.9g,%.9g,%u", summary->median, summary->min, summary->max,
			summary->samples);
}

static void
put_distribution(FILE *file, const struct distribution *all)
{
	if (all->samples == 0)
		fputs(",,,,,,,,", file);
	else
		fprintf(file, ",%" PRIu64 ",%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g", all->samples,
			all->min, all->mean, all->p50, all->p90, all->p99, all->p99_9, all->max);
}

static void
put_record(FILE *file, const struct record *record)
{
	const char * const words[] = {
		record->command, record->case_name, record->operation, record->device,
		record->api, record->run, record->direction,
	};
	double share;

	for (unsigned int i = 0; i < RTE_DIM(words); i++) {
		if (i > 0)
			fputc(',', file);
		put_text(file, words[i]);
	}
	for (unsigned int i = 0; i < NB_VALUES; i++)
		put_value(file, record, i);
	for (unsigned int i = 0; i < NB_METRICS; i++)
		put_summary(file, &record->metrics[i]);
	for (unsigned int i = 0; i < NB_DISTRIBUTIONS; i++)
		put_distribution(file, &record->distributions[i]);
	fputc(',', file);
	if (busy_share(&record->busy, &share))
		fprintf(file, "%.3f", share);
	fprintf(file, ",%s,", verdict_name(record->verdict));
	put_text(file, record->note);
	fputs("\r\n", file);
}

void
report_put_csv(const struct report *report, FILE *file)
{
	put_machine(file, &report->machine);
	put_names(file);
	for (unsigned int i = 0; i < report->nb_records; i++)
		put_record(file, &report->records[i]);
}
