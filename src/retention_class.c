/*-------------------------------------------------------------------------
 *
 * retention_class.c
 *		Creating retention classes and their versions.
 *
 * A version of a class is never changed.  A new one is in force at once for all
 * rows of all tables that have the class.  Where that could end the retention of
 * a row earlier, it is refused, or takes a bypass.
 *
 * Callers have no privileges on the tables of policies: these functions check
 * what must hold and write the rows themselves.
 *
 * IDENTIFICATION
 *	  src/retention_class.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "argument.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

PG_FUNCTION_INFO_V1(soc2_create_retention_class);
PG_FUNCTION_INFO_V1(soc2_revise_retention_class);

/* the arguments of both functions */
enum
{
	ARG_CLASS,
	ARG_MIN_RETAIN,
	ARG_BASIS,
	ARG_CRITERIA,
	ARG_MAX_RETAIN,
	ARG_METHOD,
	ARG_MODE,
	ARG_REVIEW
};

/* refuse a text that says nothing */
static void
require_text(const text *value, const char *name)
{
	const char *bytes = VARDATA_ANY(value);

	for (int i = 0; i < (int) VARSIZE_ANY_EXHDR(value); i++)
	{
		if (bytes[i] != ' ')
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" must not be blank", name)));
}

/* refuse a period that is not positive in all its parts */
static void
require_period(Datum interval, const char *name)
{
	soc2_interval period = soc2_interval_get(interval);

	if (period.months < 0 || period.days < 0 || period.us < 0 ||
		(period.months == 0 && period.days == 0 && period.us == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a positive interval", name),
				 errdetail("No part of it may be negative, and one must be positive.")));
}

/* refuse a text that is none of two */
static void
require_either(const char *value, const char *name, const char *const *texts)
{
	if (strcmp(value, texts[0]) != 0 && strcmp(value, texts[1]) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown %s \"%s\"", name, value),
				 errhint("The %s is \"%s\" or \"%s\".", name, texts[0],
						 texts[1])));
}

/* refuse arguments that make no class */
static void
check_class(FunctionCallInfo fcinfo)
{
	static const char *const modes[] = {"governance", "compliance"};
	static const char *const methods[] = {"delete", "anonymize"};
	soc2_criteria criteria;

	soc2_argument_require(fcinfo, ARG_CLASS, "class");
	soc2_argument_require(fcinfo, ARG_MIN_RETAIN, "min_retain");
	soc2_argument_require(fcinfo, ARG_BASIS, "basis");
	soc2_argument_require(fcinfo, ARG_CRITERIA, "criteria");
	soc2_argument_require(fcinfo, ARG_METHOD, "method");
	soc2_argument_require(fcinfo, ARG_MODE, "mode");
	soc2_argument_require(fcinfo, ARG_REVIEW, "review");
	require_text(PG_GETARG_TEXT_PP(ARG_CLASS), "class");
	require_text(PG_GETARG_TEXT_PP(ARG_BASIS), "basis");
	require_period(PG_GETARG_DATUM(ARG_MIN_RETAIN), "min_retain");
	criteria = PG_GETARG_CRITERIA(ARG_CRITERIA);
	if (criteria.count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"criteria\" must not be empty")));
	if (!PG_ARGISNULL(ARG_MAX_RETAIN))
	{
		require_period(PG_GETARG_DATUM(ARG_MAX_RETAIN), "max_retain");
		if (DatumGetBool(DirectFunctionCall2(interval_lt,
											 PG_GETARG_DATUM(ARG_MAX_RETAIN),
											 PG_GETARG_DATUM(ARG_MIN_RETAIN))))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"max_retain\" must not be less than \"min_retain\"")));
	}
	require_either(text_to_cstring(PG_GETARG_TEXT_PP(ARG_METHOD)),
				   "disposal method", methods);
	require_either(text_to_cstring(PG_GETARG_TEXT_PP(ARG_MODE)),
				   "retention mode", modes);
}

/* write a version of a class */
static void
insert_class(Relation classes, FunctionCallInfo fcinfo, int32 version)
{
	Datum		values[SOC2_CLASS_COLUMNS];
	bool		nulls[SOC2_CLASS_COLUMNS] = {false};
	const char *author = GetUserNameFromId(GetUserId(), false);

	values[SOC2_CLASS_CLASS - 1] = PG_GETARG_DATUM(ARG_CLASS);
	values[SOC2_CLASS_MIN_RETAIN - 1] = PG_GETARG_DATUM(ARG_MIN_RETAIN);
	values[SOC2_CLASS_BASIS - 1] = PG_GETARG_DATUM(ARG_BASIS);
	values[SOC2_CLASS_CRITERIA - 1] = PG_GETARG_DATUM(ARG_CRITERIA);
	values[SOC2_CLASS_MAX_RETAIN - 1] = PG_GETARG_DATUM(ARG_MAX_RETAIN);
	nulls[SOC2_CLASS_MAX_RETAIN - 1] = PG_ARGISNULL(ARG_MAX_RETAIN);
	values[SOC2_CLASS_METHOD - 1] = PG_GETARG_DATUM(ARG_METHOD);
	values[SOC2_CLASS_CREATED_AT - 1] =
		TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values[SOC2_CLASS_CREATED_BY - 1] = CStringGetTextDatum(author);
	values[SOC2_CLASS_VERSION - 1] = Int32GetDatum(version);
	values[SOC2_CLASS_MODE - 1] = PG_GETARG_DATUM(ARG_MODE);
	values[SOC2_CLASS_REVIEW - 1] = PG_GETARG_DATUM(ARG_REVIEW);
	CatalogTupleInsert(classes, heap_form_tuple(RelationGetDescr(classes),
												values, nulls));
	/* sessions forget all policies */
	CacheInvalidateRelcache(classes);
	CommandCounterIncrement();
}

/*
 * soc2.create_retention_class(class, min_retain, basis, criteria, max_retain,
 * method, mode, review)
 */
Datum
soc2_create_retention_class(PG_FUNCTION_ARGS)
{
	Relation	classes;

	PreventCommandIfReadOnly("create_retention_class()");
	check_class(fcinfo);

	classes = soc2_retention_open(SOC2_RETENTION_CLASSES, RowExclusiveLock);
	if (HeapTupleIsValid(soc2_retention_fetch(classes, F_TEXTEQ,
											  PG_GETARG_DATUM(ARG_CLASS))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("retention class \"%s\" already exists",
						text_to_cstring(PG_GETARG_TEXT_PP(ARG_CLASS))),
				 errhint("A class is never changed: soc2.revise_retention_class() adds a version.")));
	insert_class(classes, fcinfo, 1);
	table_close(classes, NoLock);

	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_CLASS));
}

/* refuse to weaken a class that a table has, unless it is bypassed */
static void
check_weakening(const soc2_retention_class *class, Oid relid)
{
	const char *problem = NULL;

	if (class->compliance)
		problem = "Its mode is compliance, which nobody can bypass.";
	else if (soc2_retention_is_locked(relid))
		problem = "The policy of the table is locked: it can be extended only.";
	else if (soc2_bypass_reason() == NULL)
		problem = "That takes a member of role soc2_bypass and a reason in SET LOCAL soc2.bypass.";
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_RETENTION_CHANGE),
				 errmsg("new version of retention class \"%s\" would shorten the retention of rows of table \"%s\"",
						class->name, get_rel_name(relid)),
				 errdetail("%s", problem),
				 errhint("A version that retains no less in any part of the period, months and days apart, and in no laxer mode is always allowed.")));
	soc2_bypass_record(relid, "revise_retention_class", class->name);
}

/*
 * soc2.revise_retention_class(class, min_retain, basis, criteria, max_retain,
 * method, mode, review): the number of the new version
 */
Datum
soc2_revise_retention_class(PG_FUNCTION_ARGS)
{
	Relation	classes;
	soc2_retention_class old;
	soc2_retention_class new;
	List	   *tables;
	ListCell   *cell;

	PreventCommandIfReadOnly("revise_retention_class()");
	check_class(fcinfo);

	/* one at a time, and not while a table is given the class */
	table_close(soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
									ShareRowExclusiveLock), NoLock);
	classes = soc2_retention_open(SOC2_RETENTION_CLASSES,
								  ShareRowExclusiveLock);
	if (!soc2_retention_get_class(PG_GETARG_DATUM(ARG_CLASS), &old))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("retention class \"%s\" does not exist",
						text_to_cstring(PG_GETARG_TEXT_PP(ARG_CLASS))),
				 errhint("Create it with soc2.create_retention_class().")));
	new.min_retain = soc2_interval_get(PG_GETARG_DATUM(ARG_MIN_RETAIN));
	new.compliance = strcmp(text_to_cstring(PG_GETARG_TEXT_PP(ARG_MODE)),
							"compliance") == 0;
	tables = soc2_retention_class_covers(&new, &old) ? NIL :
		soc2_retention_tables(PG_GETARG_DATUM(ARG_CLASS));
	foreach(cell, tables)
		check_weakening(&old, lfirst_oid(cell));
	insert_class(classes, fcinfo, old.version + 1);
	table_close(classes, NoLock);

	PG_RETURN_INT32(old.version + 1);
}
