/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Results as JSON; doc/guides/tool.rst says what each name means. */

#include <inttypes.h>

#include "dpdk_compat.h"

#include "json.h"
#include "report.h"

/* A reader of this number can read all files that have it. */
#define FORMAT	1

static void
write_machine(struct json *json, const struct machine *machine)
{
	json_object(json, "machine");
	json_string(json, "cpu", machine->cpu);
	json_array(json, "cpu_flags");
	for (unsigned int i = 0; i < machine->nb_cpu_flags; i++)
		json_string(json, NULL, machine->cpu_flags[i]);
	json_array_end(json);
	json_unsigned(json, "cores", machine->cores);
	json_unsigned(json, "numa_nodes", machine->numa_nodes);
	json_unsigned(json, "tsc_hz", machine->tsc_hz);
	json_string(json, "kernel", machine->kernel);
	json_string(json, "dpdk", machine->dpdk_version);
	json_string(json, "iova_mode", machine->iova_mode);
	json_bool(json, "huge_pages", machine->huge_pages);
	json_string(json, "rte_memcpy", machine->memcpy_isa);
	json_string(json, "compiler", machine->compiler);
	json_string(json, "build_flags", machine->build_flags);
	json_string(json, "version", machine->version);
	json_string(json, "commit", machine->commit);
	json_string(json, "command_line", machine->command_line);
	json_string(json, "started", machine->started);
	json_object_end(json);
}

static void
write_options(struct json *json, const struct options *options)
{
	char apis[32];

	json_object(json, "options");
	if (options->config != NULL) {
		json_string(json, "config", options->config);
		json_object_end(json);
		return;
	}
	json_string(json, "command", command_name(options->command));
	json_double(json, "seconds", options->seconds);
	json_unsigned(json, "repeat", options->repeat);
	json_bool(json, "verify", !options->no_verify);
	json_bool(json, "shuffle", options->shuffle);
	json_bool(json, "packet_stride", options->packets);
	json_bool(json, "shared_footprint", options->shared_footprint);
	json_string(json, "api", options->api == API_BOTH ? "both" :
		    api_names(options->api, apis, sizeof(apis)));
	json_object_end(json);
}

static void
write_value(struct json *json, const struct record *record, enum value_id id)
{
	const struct value_rule *rule = &value_rules[id];
	char text[20];

	if (!rule->hexadecimal) {
		json_unsigned(json, rule->json, record->values[id]);
		return;
	}
	snprintf(text, sizeof(text), "%016" PRIx64, record->values[id]);
	json_string(json, rule->json, text);
}

static void
write_summary(struct json *json, const char *name, const struct summary *summary)
{
	if (summary->samples == 0)
		return;
	json_object(json, name);
	json_double(json, "median", summary->median);
	json_double(json, "min", summary->min);
	json_double(json, "max", summary->max);
	json_unsigned(json, "samples", summary->samples);
	json_object_end(json);
}

static void
write_distribution(struct json *json, const char *name, const struct distribution *distribution)
{
	if (distribution->samples == 0)
		return;
	json_object(json, name);
	json_unsigned(json, "samples", distribution->samples);
	json_double(json, "min_us", distribution->min);
	json_double(json, "mean_us", distribution->mean);
	json_double(json, "p50_us", distribution->p50);
	json_double(json, "p90_us", distribution->p90);
	json_double(json, "p99_us", distribution->p99);
	json_double(json, "p99_9_us", distribution->p99_9);
	json_double(json, "max_us", distribution->max);
	json_object_end(json);
}

static void
write_busy(struct json *json, const struct record *record)
{
	double share;

	if (!busy_share(&record->busy, &share))
		return;
	json_double(json, "foreign_cpu_share", share);
	if (record_disturbed(record, &share))
		json_bool(json, "disturbed", true);
}

static void
write_record(struct json *json, const struct record *record)
{
	json_object(json, NULL);
	json_string(json, "command", record->command);
	if (record->case_name != NULL)
		json_string(json, "case", record->case_name);
	json_string(json, "operation", record->operation);
	json_string(json, "device", record->device);
	if (record->api != NULL)
		json_string(json, "api", record->api);
	if (record->run != NULL)
		json_string(json, "run", record->run);
	if (record->direction != NULL)
		json_string(json, "direction", record->direction);
	for (unsigned int i = 0; i < NB_VALUES; i++)
		if (record->has_value[i])
			write_value(json, record, (enum value_id)i);
	for (unsigned int i = 0; i < NB_METRICS; i++)
		write_summary(json, metric_rules[i].json, &record->metrics[i]);
	for (unsigned int i = 0; i < NB_DISTRIBUTIONS; i++)
		write_distribution(json, distribution_names[i], &record->distributions[i]);
	write_busy(json, record);
	json_string(json, "verdict", verdict_name(record->verdict));
	if (record->note[0] != '\0')
		json_string(json, "note", record->note);
	json_object_end(json);
}

void
report_put_json(const struct report *report, FILE *file, bool interrupted)
{
	struct json json;

	json_start(&json, file);
	json_object(&json, NULL);
	json_unsigned(&json, "format", FORMAT);
	write_machine(&json, &report->machine);
	write_options(&json, report->options);
	json_array(&json, "devices");
	for (unsigned int i = 0; i < report->nb_devices; i++)
		device_write_json(&json, &report->devices[i]);
	json_array_end(&json);
	json_array(&json, "results");
	for (unsigned int i = 0; i < report->nb_records; i++)
		write_record(&json, &report->records[i]);
	json_array_end(&json);
	json_bool(&json, "interrupted", interrupted);
	json_bool(&json, "passed", !report->failed);
	json_object_end(&json);
}
