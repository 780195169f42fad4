/*-------------------------------------------------------------------------
 *
 * ddl.h
 *		Recording the DDL of a database.
 *
 * IDENTIFICATION
 *	  src/ddl.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_DDL_H
#define SOC2_DDL_H

#include "nodes/nodes.h"

/* settings, see soc2.c */
extern bool soc2_capture_ddl_setting;
extern char *soc2_change_setting;

/* Install the hook that sees the text of commands */
extern void soc2_ddl_text_init(void);

/*
 * Text of the command that an event trigger was fired for, in the current
 * context, without what surrounds it in the same string.  NULL if it may hold
 * a password, and if it cannot be told: that is so for a command inside of a
 * function or DO block during which the library was loaded.
 */
extern char *soc2_ddl_text(const Node *command);

#endif							/* SOC2_DDL_H */
