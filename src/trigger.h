/*-------------------------------------------------------------------------
 *
 * trigger.h
 *		What a trigger function asks of the trigger that calls it.
 *
 * IDENTIFICATION
 *	  src/trigger.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TRIGGER_H
#define SOC2_TRIGGER_H

#include "commands/trigger.h"

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

#endif							/* SOC2_TRIGGER_H */
