/*-------------------------------------------------------------------------
 *
 * trigger.h
 *		What trigger functions ask of the triggers that call them, and how
 *		triggers are created.
 *
 * IDENTIFICATION
 *	  src/trigger.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TRIGGER_H
#define SOC2_TRIGGER_H

#include "catalog/pg_attribute.h"
#include "commands/trigger.h"
#include "nodes/parsenodes.h"

/* how the trigger must be declared */
typedef struct soc2_trigger_rule
{
	const char *function;		/* name, with its schema */
	int			timing;			/* TRIGGER_TYPE_BEFORE or _AFTER */
	bool		row;			/* FOR EACH ROW, but for TRUNCATE */
	bool		arguments;		/* may it have arguments? */
	int			events;			/* TRIGGER_TYPE_INSERT and so on */
	const char *events_text;	/* the same in words */
} soc2_trigger_rule;

/*
 * The data of a trigger call.  Raises 39P01 if the function was not called as
 * a trigger or the trigger does not follow the rule; the checks stand in the
 * order of the server's own examples: called, timing, level, event, arguments.
 */
extern TriggerData *soc2_trigger_data(FunctionCallInfo fcinfo,
									  const soc2_trigger_rule *rule);

/*
 * Has a column the same bytes before and after?  Values that are stored in
 * another way, compressed or in other chunks, are the same.
 */
extern bool soc2_is_same_value(Form_pg_attribute att, NullableDatum before,
							   NullableDatum after);

/*
 * A statement that creates a trigger of this name, which is copied.  The type
 * is as in pg_trigger.tgtype; the caller may add columns and a condition.
 */
extern CreateTrigStmt *soc2_trigger_statement(const char *name, int16 type);

/*
 * Give the trigger the transition table "rows_after", or else "rows_before"
 */
extern void soc2_trigger_add_transition(CreateTrigStmt *stmt, bool is_new);

/*
 * Create the trigger, to call a function of schema soc2, with a comment.
 * enabled is a value of pg_trigger.tgenabled.  The caller holds SHARE ROW
 * EXCLUSIVE on the table; other sessions learn of it when this one commits.
 */
extern void soc2_trigger_create(Oid relid, CreateTrigStmt *stmt,
								const char *function, char enabled,
								const char *comment);

#endif							/* SOC2_TRIGGER_H */
