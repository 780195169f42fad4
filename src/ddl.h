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

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

/* settings, see soc2.c */
extern bool soc2_capture_ddl_setting;
extern char *soc2_change_setting;

/* objects that a command is about: lists of texts, one element an object */
typedef struct soc2_ddl_objects
{
	List	   *types;
	List	   *identities;
} soc2_ddl_objects;

/* Install the hook that sees the text of commands */
extern void soc2_ddl_text_init(void);

/*
 * Text of the command that an event trigger was fired for, in the current
 * context, without what surrounds it in the same string.  NULL if it may hold
 * a password, and if it cannot be told: that is so for a command inside of a
 * function or DO block during which the library was loaded.
 */
extern char *soc2_ddl_text(const Node *command);

/*
 * Does no event trigger fire for a command, as objects of the cluster or event
 * triggers are altered?
 */
extern bool soc2_ddl_is_shared(const Node *command);

/*
 * Add what a command is about for which no event trigger fires: roles,
 * memberships, databases, tablespaces, settings, privileges on these, and event
 * triggers; of DROP OWNED and REASSIGN OWNED the roles.  Nothing for other
 * commands.
 */
extern void soc2_ddl_shared_objects(soc2_ddl_objects *objects,
									const Node *command);

/*
 * Add what privileges are granted on: objects of the database, or schemas for
 * all that is in them.  An object that is gone, or of another kind, is left out.
 */
extern void soc2_ddl_granted_objects(soc2_ddl_objects *objects,
									 const GrantStmt *stmt);

/*
 * Is a command that is about to run to be recorded by soc2_ddl_record_shared()?
 * It is if no event trigger fires for it and DDL is recorded by now.
 */
extern bool soc2_ddl_records(const Node *command);

/* Record such a command once it has run.  What cannot be recorded is warned of. */
extern void soc2_ddl_record_shared(const Node *command);

#endif							/* SOC2_DDL_H */
