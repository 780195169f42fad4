/*-------------------------------------------------------------------------
 *
 * soc2.c
 *		Module entry: magic block, settings and hooks.
 *
 * IDENTIFICATION
 *	  src/soc2.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "check_runner.h"
#include "check_sandbox.h"
#include "ddl.h"
#include "disposal.h"
#include "guard.h"
#include "label.h"
#include "ledger_log.h"
#include "retention.h"
#include "soc2.h"
#include "utils/guc.h"

SOC2_MODULE_MAGIC;

/*
 * soc2.framework: which framework a criterion written without one belongs to.
 * An administrator whose auditors use the coded outline sets it to 'outline';
 * what is stored never depends on it, as text out always has its prefix.
 */
int			soc2_framework_setting = SOC2_FRAMEWORK_TSC;

/*
 * soc2.max_lanes: how many chains of a ledger there can be, and so how many
 * transactions can write one at the same time.  With more of them than lanes,
 * some wait; more lanes than needed cost nothing but a few hashes more to keep.
 */
int			soc2_max_lanes_setting = 32;

/*
 * soc2.capture_ddl: write DDL into soc2.ddl_log, if there are event triggers?
 * soc2.change: number of the change that the session works on.
 */
bool		soc2_capture_ddl_setting = true;
char	   *soc2_change_setting = NULL;

static const struct config_enum_entry framework_options[] = {
	{"outline", SOC2_FRAMEWORK_OUTLINE, false},
	{"tsc", SOC2_FRAMEWORK_TSC, false},
	{NULL, 0, false}
};

void		_PG_init(void);

/* Define the settings and install the hooks */
void
_PG_init(void)
{
	DefineCustomEnumVariable("soc2.framework",
							 "Framework of a criterion that is written without one.",
							 NULL,
							 &soc2_framework_setting,
							 SOC2_FRAMEWORK_TSC,
							 framework_options,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("soc2.max_lanes",
							"Number of lanes that a ledger is written through.",
							"Transactions that write a ledger wait for each other only if there are more of them.",
							&soc2_max_lanes_setting,
							32, 1, 1024,
							PGC_SUSET,
							0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("soc2.check_timeout",
							"How long a check may run that has no timeout of its own.",
							"Zero: without an end.",
							&soc2_check_timeout_setting,
							60000, 0, INT_MAX,
							PGC_USERSET,
							GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("soc2.max_results",
							"How many members of the population of a check are kept that pass, and how many that do not.",
							NULL,
							&soc2_max_results_setting,
							10000, 0, INT_MAX,
							PGC_USERSET,
							0,
							NULL, NULL, NULL);
	DefineCustomBoolVariable("soc2.capture_ddl",
							 "Records DDL where soc2.start_ddl_capture() was called.",
							 NULL,
							 &soc2_capture_ddl_setting,
							 true,
							 PGC_SUSET,
							 0,
							 NULL, NULL, NULL);
	DefineCustomStringVariable("soc2.change",
							   "Number of the approved change that the session carries out.",
							   NULL,
							   &soc2_change_setting,
							   "",
							   PGC_USERSET,
							   0,
							   NULL, NULL, NULL);
	DefineCustomIntVariable("soc2.max_lockable_retention",
							"Longest retention that soc2.lock_retention() can lock.",
							"What is locked can be extended only, by anybody.",
							&soc2_max_lockable_setting,
							SOC2_LOCKABLE_DEFAULT, 0, INT_MAX,
							PGC_SUSET,
							GUC_UNIT_MIN,
							NULL, NULL, NULL);
	DefineCustomIntVariable("soc2.disposal_delay",
							"How long retention must have been in force before rows are disposed of.",
							"Until then a plan can be made and approved, but not run.",
							&soc2_disposal_delay_setting,
							SOC2_DISPOSAL_DELAY_DEFAULT, 0, INT_MAX,
							PGC_SUSET,
							GUC_UNIT_MIN,
							NULL, NULL, NULL);
	soc2_bypass_init();
	soc2_ddl_text_init();
	soc2_sandbox_init();
	soc2_log_init();
	soc2_guard_preload_init();
	MarkGUCPrefixReserved("soc2");
	soc2_guard_init();
	soc2_label_init();
}
