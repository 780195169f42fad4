/*-------------------------------------------------------------------------
 *
 * main.c
 *		soc2-verify: verify a ledger without a server.
 *
 * Reads a bundle line by line, keeps the hash of each row, rebuilds the log
 * and judges checkpoints, signatures and proofs by it.  Exits with 0 if
 * nothing was found, 1 if something was tampered with, and 2 if the input is
 * unusable.
 *
 * IDENTIFICATION
 *	  src/verify/main.c
 *
 *-------------------------------------------------------------------------
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/bundle.h"
#include "verify/claims.h"
#include "verify/crypto.h"
#include "verify/memory.h"
#include "verify/rows.h"

#ifndef SOC2_VERSION
#define SOC2_VERSION	"unknown"
#endif

static const char usage[] =
"soc2-verify verifies a bundle that soc2.export_ledger() wrote.\n"
"\n"
"Usage:\n"
"  soc2-verify [OPTION]... BUNDLE\n"
"\n"
"BUNDLE is a file, or - for standard input.\n"
"\n"
"Options:\n"
"  --checkpoint FILE  the log must begin with what this checkpoint says\n"
"  --inclusion FILE   the same for an inclusion proof, and it must prove a row\n"
"  --key FILE         one of these public keys must have signed each checkpoint\n"
"  --quiet            print problems only\n"
"  --help             print this help, and exit\n"
"  --version          print the version, and exit\n"
"\n"
"All but --quiet, --help and --version can be given several times.\n"
"\n"
"Exit status: 0 nothing found, 1 tampering found, 2 unusable input.\n";

/* all that a run has */
typedef struct verify_run
{
	soc2_hasher hasher;
	report_sink report;
	key_ring	keys;
	claim_list	claims;
	const char *name;			/* of the bundle */
	bundle_line header;
	row_judge	rows;
	log_judge	log;
} verify_run;

/* handle an option that ends the program */
static void
answer(const char *option)
{
	if (strcmp(option, "--help") == 0)
		fputs(usage, stdout);
	else if (strcmp(option, "--version") == 0)
		puts("soc2-verify " SOC2_VERSION);
	else
		return;
	exit(EXIT_GOOD);
}

/* is this argument an option that has a file? */
static bool
has_file(const char *option)
{
	return strcmp(option, "--checkpoint") == 0 ||
		strcmp(option, "--inclusion") == 0 || strcmp(option, "--key") == 0;
}

/* handle an option that has a file */
static void
take_file(verify_run *run, const char *option, const char *file)
{
	if (strcmp(option, "--checkpoint") == 0)
		claims_add_checkpoint(&run->claims, file);
	else if (strcmp(option, "--inclusion") == 0)
		claims_add_proof(&run->claims, file);
	else
		keys_add(&run->keys, file);
}

/* handle the arguments */
static void
take_arguments(verify_run *run, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		const char *argument = argv[i];

		answer(argument);
		if (strcmp(argument, "--quiet") == 0)
			run->report.quiet = true;
		else if (has_file(argument) && i + 1 == argc)
			fatal("%s needs a file; try --help", argument);
		else if (has_file(argument))
			take_file(run, argument, argv[++i]);
		else if (argument[0] == '-' && argument[1] != '\0')
			fatal("there is no option %s; try --help", argument);
		else if (run->name != NULL)
			fatal("there can be one bundle only; try --help");
		else
			run->name = argument;
	}
	if (run->name == NULL)
		fatal("a bundle is needed; try --help");
}

/* read the bundle */
static void
read_bundle(verify_run *run)
{
	bundle_reader reader;
	bundle_line line;
	const bundle_header *header = &run->header.of.header;

	bundle_open(&reader, run->name);
	if (!bundle_next(&reader, &run->report, &run->header))
		fatal("%s: the bundle is empty", run->name);
	rows_begin(&run->rows, header, &run->hasher, &run->report);
	log_begin(&run->log, &run->hasher, &run->report, &run->rows.lanes);
	if (header->checkpoint.bytes != NULL)
		claims_add_newest(&run->claims, header->checkpoint);
	while (bundle_next(&reader, &run->report, &line))
	{
		if (line.kind == LINE_ROW)
			rows_take(&run->rows, &line.of.row);
		if (!log_take(&run->log, &line))
			line_free(&line);
	}
	bundle_close(&reader);
}

/* say what was verified */
static void
tell_facts(const verify_run *run)
{
	const bundle_header *header = &run->header.of.header;
	const log_judge *g = &run->log;
	uint64_t	sealed = g->tree.size - g->pruned;

	report_fact(&run->report, "ledger: %s, %s", header->ledger.bytes,
				header->id_text.bytes);
	report_fact(&run->report,
				"rows: %" PRIu64 " in %zu lanes, %" PRIu64 " of them redacted, %" PRIu64 " not sealed; %" PRIu64 " more were pruned",
				run->rows.count, run->rows.lanes.count, run->rows.redacted,
				run->rows.count > sealed ? run->rows.count - sealed : 0,
				g->pruned);
	report_fact(&run->report, "log: size %" PRIu64 ", %zu seals",
				g->tree.size, g->nseals);
	if (run->keys.count == 0 && run->claims.count > 0)
		report_fact(&run->report,
					"signatures: not checked, as no key was given");
}

/* say what was found; returns the exit status */
static int
tell_findings(const report_sink *r)
{
	if (r->problems == 0)
	{
		report_fact(r, "nothing was found");
		return EXIT_GOOD;
	}
	if (r->bad_rows > 0)
		report_fact(r, "first bad row: lane %" PRId64 ", row %" PRId64,
					r->first.lane, r->first.seq);
	report_fact(r, "tampering was found: %" PRIu64 " problems, %" PRIu64 " bad rows",
				r->problems, r->bad_rows);
	return EXIT_TAMPERED;
}

/* Verify */
int
main(int argc, char **argv)
{
	verify_run	run = {0};
	int			status;

	run.hasher = crypto_hasher();
	run.keys.hasher = &run.hasher;
	take_arguments(&run, argc, argv);
	read_bundle(&run);
	rows_judge_starts(&run.rows);
	claims_want(&run.claims, &run.log);
	log_rebuild(&run.log);
	tell_facts(&run);
	claims_judge_newest(&run.claims, &run.log, &run.header.of.header);
	claims_judge(&run.claims, &run.log, &run.keys, &run.header.of.header);
	status = tell_findings(&run.report);
	rows_free(&run.rows);
	log_free(&run.log);
	claims_free(&run.claims);
	keys_free(&run.keys);
	line_free(&run.header);
	crypto_hasher_free(&run.hasher);
	if (fflush(stdout) != 0)
		fatal("cannot write");
	return status;
}
