/*-------------------------------------------------------------------------
 *
 * ddl_object.c
 *		What commands are about that event triggers do not tell.
 *
 * No event trigger fires for roles, databases, tablespaces, settings and event
 * triggers, and for privileges one does not say on what.  Both stands in the
 * parse tree.
 *
 * IDENTIFICATION
 *	  src/ddl_object.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "ddl.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#include "utils/builtins.h"

/* add an object, with its identity quoted already */
static void
add(soc2_ddl_objects *objects, const char *type, const char *identity)
{
	objects->types = lappend(objects->types, pstrdup(type));
	objects->identities = lappend(objects->identities, pstrdup(identity));
}

/* add an object by its name */
static void
add_name(soc2_ddl_objects *objects, const char *type, const char *name)
{
	add(objects, type, quote_identifier(name));
}

/* add an object of the database, if it is there */
static void
add_address(soc2_ddl_objects *objects, Oid class, Oid object)
{
	ObjectAddress address;
	char	   *identity;

	if (!OidIsValid(object))
		return;
	ObjectAddressSet(address, class, object);
	identity = getObjectIdentity(&address, true);
	if (identity != NULL)
		add(objects, getObjectTypeDescription(&address, true), identity);
}

/* the role that is meant; one that was dropped has a name alone */
static char *
role_name(const RoleSpec *role)
{
	return role->roletype == ROLESPEC_CSTRING ? role->rolename :
		role->roletype == ROLESPEC_PUBLIC ? pstrdup("public") :
		get_rolespec_name(role);
}

/* add each of some roles */
static void
add_roles(soc2_ddl_objects *objects, const List *roles)
{
	ListCell   *cell;

	foreach(cell, roles)
		add_name(objects, "role", role_name(lfirst_node(RoleSpec, cell)));
}

/* add the membership of some roles in a role */
static void
add_members(soc2_ddl_objects *objects, const List *members, const char *role)
{
	ListCell   *cell;

	foreach(cell, members)
		add(objects, "membership",
			psprintf("%s in %s",
					 quote_identifier(role_name(lfirst_node(RoleSpec, cell))),
					 quote_identifier(role)));
}

/* CREATE ROLE; it may make memberships, too */
static void
add_created_role(soc2_ddl_objects *objects, const CreateRoleStmt *stmt)
{
	RoleSpec	created = {
		.type = T_RoleSpec,
		.roletype = ROLESPEC_CSTRING,
		.rolename = stmt->role
	};
	ListCell   *cell;
	ListCell   *group;

	add_name(objects, "role", stmt->role);
	foreach(cell, stmt->options)
	{
		const DefElem *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, "rolemembers") == 0 ||
			strcmp(option->defname, "adminmembers") == 0)
			add_members(objects, (List *) option->arg, stmt->role);
		else if (strcmp(option->defname, "addroleto") == 0)
		{
			foreach(group, (List *) option->arg)
				add_members(objects, list_make1(&created),
							role_name(lfirst_node(RoleSpec, group)));
		}
	}
}

/* ALTER ROLE; ALTER GROUP has members as an option */
static void
add_altered_role(soc2_ddl_objects *objects, const AlterRoleStmt *stmt)
{
	ListCell   *cell;

	foreach(cell, stmt->options)
	{
		const DefElem *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, "rolemembers") == 0)
		{
			add_members(objects, (List *) option->arg, role_name(stmt->role));
			return;
		}
	}
	add_name(objects, "role", role_name(stmt->role));
}

/* GRANT and REVOKE of roles */
static void
add_granted_roles(soc2_ddl_objects *objects, const GrantRoleStmt *stmt)
{
	ListCell   *cell;

	foreach(cell, stmt->granted_roles)
		add_members(objects, stmt->grantee_roles,
					lfirst_node(AccessPriv, cell)->priv_name);
}

/* name of the setting that is set or reset */
static const char *
setting_name(const VariableSetStmt *stmt)
{
	return stmt->kind == VAR_RESET_ALL ? "ALL" : stmt->name;
}

/* ALTER ROLE ... SET */
static void
add_role_setting(soc2_ddl_objects *objects, const AlterRoleSetStmt *stmt)
{
	const char *role = stmt->role == NULL ?
	(stmt->database == NULL ? "every role" : NULL) :
	psprintf("role %s", quote_identifier(role_name(stmt->role)));
	const char *database = stmt->database == NULL ? NULL :
	psprintf("database %s", quote_identifier(stmt->database));

	add(objects, "role setting",
		psprintf("%s of %s%s%s", setting_name(stmt->setstmt),
				 role ? role : "", role && database ? " in " : "",
				 database ? database : ""));
}

/* the type of objects for which no event trigger fires; NULL: others */
static const char *
shared_type(ObjectType type)
{
	switch (type)
	{
		case OBJECT_ROLE:
			return "role";
		case OBJECT_DATABASE:
			return "database";
		case OBJECT_TABLESPACE:
			return "tablespace";
		case OBJECT_PARAMETER_ACL:
			return "parameter";
		case OBJECT_EVENT_TRIGGER:
			return "event trigger";
		default:
			return NULL;
	}
}

/* objects of the cluster by their names, which are strings */
static void
add_shared(soc2_ddl_objects *objects, ObjectType type, const List *names)
{
	const char *name = shared_type(type);
	ListCell   *cell;

	foreach(cell, name ? names : NIL)
	{
		if (type == OBJECT_PARAMETER_ACL)
			add(objects, name, strVal(lfirst(cell)));
		else
			add_name(objects, name, strVal(lfirst(cell)));
	}
}

/* Does no event trigger fire for a command? */
bool
soc2_ddl_is_shared(const Node *command)
{
	switch (nodeTag(command))
	{
		case T_CreateRoleStmt:
		case T_AlterRoleStmt:
		case T_DropRoleStmt:
		case T_AlterRoleSetStmt:
		case T_GrantRoleStmt:
		case T_AlterSystemStmt:
		case T_AlterDatabaseSetStmt:
		case T_CreatedbStmt:
		case T_DropdbStmt:
		case T_AlterDatabaseStmt:
		case T_CreateTableSpaceStmt:
		case T_DropTableSpaceStmt:
		case T_AlterTableSpaceOptionsStmt:
		case T_ReassignOwnedStmt:
		case T_CreateEventTrigStmt:
		case T_AlterEventTrigStmt:
			return true;
		case T_DropStmt:
			return shared_type(((const DropStmt *) command)->removeType) != NULL;
		case T_RenameStmt:
			return shared_type(((const RenameStmt *) command)->renameType) != NULL;
		case T_AlterOwnerStmt:
			return shared_type(((const AlterOwnerStmt *) command)->objectType) != NULL;
		case T_GrantStmt:
			return shared_type(((const GrantStmt *) command)->objtype) != NULL;
		default:
			return false;
	}
}

/* ALTER ... RENAME; event triggers have their name elsewhere */
static void
add_renamed(soc2_ddl_objects *objects, const RenameStmt *stmt)
{
	char	   *name = stmt->renameType == OBJECT_EVENT_TRIGGER ?
	strVal(stmt->object) : stmt->subname;

	add_shared(objects, stmt->renameType,
			   list_make2(makeString(name), makeString(stmt->newname)));
}

/* databases, tablespaces and their settings, if the command is about these */
static void
add_storage(soc2_ddl_objects *objects, const Node *command)
{
	switch (nodeTag(command))
	{
		case T_AlterDatabaseSetStmt:
			add(objects, "role setting",
				psprintf("%s of database %s",
						 setting_name(((const AlterDatabaseSetStmt *) command)->setstmt),
						 quote_identifier(((const AlterDatabaseSetStmt *) command)->dbname)));
			break;
		case T_CreatedbStmt:
			add_name(objects, "database", ((const CreatedbStmt *) command)->dbname);
			break;
		case T_DropdbStmt:
			add_name(objects, "database", ((const DropdbStmt *) command)->dbname);
			break;
		case T_AlterDatabaseStmt:
			add_name(objects, "database",
					 ((const AlterDatabaseStmt *) command)->dbname);
			break;
		case T_CreateTableSpaceStmt:
			add_name(objects, "tablespace",
					 ((const CreateTableSpaceStmt *) command)->tablespacename);
			break;
		case T_DropTableSpaceStmt:
			add_name(objects, "tablespace",
					 ((const DropTableSpaceStmt *) command)->tablespacename);
			break;
		case T_AlterTableSpaceOptionsStmt:
			add_name(objects, "tablespace",
					 ((const AlterTableSpaceOptionsStmt *) command)->tablespacename);
			break;
		default:
			break;
	}
}

/* What a command is about that event triggers do not tell */
void
soc2_ddl_shared_objects(soc2_ddl_objects *objects, const Node *command)
{
	switch (nodeTag(command))
	{
		case T_CreateRoleStmt:
			add_created_role(objects, (const CreateRoleStmt *) command);
			break;
		case T_AlterRoleStmt:
			add_altered_role(objects, (const AlterRoleStmt *) command);
			break;
		case T_DropRoleStmt:
			add_roles(objects, ((const DropRoleStmt *) command)->roles);
			break;
		case T_DropOwnedStmt:
			add_roles(objects, ((const DropOwnedStmt *) command)->roles);
			break;
		case T_ReassignOwnedStmt:
			add_roles(objects, ((const ReassignOwnedStmt *) command)->roles);
			add_roles(objects, list_make1(((const ReassignOwnedStmt *) command)->newrole));
			break;
		case T_AlterRoleSetStmt:
			add_role_setting(objects, (const AlterRoleSetStmt *) command);
			break;
		case T_GrantRoleStmt:
			add_granted_roles(objects, (const GrantRoleStmt *) command);
			break;
		case T_AlterSystemStmt:
			add(objects, "setting",
				setting_name(((const AlterSystemStmt *) command)->setstmt));
			break;
		case T_CreateEventTrigStmt:
			add_name(objects, "event trigger",
					 ((const CreateEventTrigStmt *) command)->trigname);
			break;
		case T_AlterEventTrigStmt:
			add_name(objects, "event trigger",
					 ((const AlterEventTrigStmt *) command)->trigname);
			break;
		case T_DropStmt:
			add_shared(objects, ((const DropStmt *) command)->removeType,
					   ((const DropStmt *) command)->objects);
			break;
		case T_RenameStmt:
			add_renamed(objects, (const RenameStmt *) command);
			break;
		case T_AlterOwnerStmt:
			add_shared(objects, ((const AlterOwnerStmt *) command)->objectType,
					   list_make1(((const AlterOwnerStmt *) command)->object));
			break;
		case T_GrantStmt:
			add_shared(objects, ((const GrantStmt *) command)->objtype,
					   ((const GrantStmt *) command)->objects);
			break;
		default:
			add_storage(objects, command);
			break;
	}
}

/* an object of the database that privileges are granted on */
static void
add_granted(soc2_ddl_objects *objects, ObjectType type, Node *object)
{
	switch (type)
	{
		case OBJECT_TABLE:
		case OBJECT_SEQUENCE:
			add_address(objects, RelationRelationId,
						RangeVarGetRelid(castNode(RangeVar, object), NoLock, true));
			break;
		case OBJECT_FUNCTION:
		case OBJECT_PROCEDURE:
		case OBJECT_ROUTINE:
			add_address(objects, ProcedureRelationId,
						LookupFuncWithArgs(type, castNode(ObjectWithArgs, object),
										   true));
			break;
		case OBJECT_TYPE:
		case OBJECT_DOMAIN:
			add_address(objects, TypeRelationId,
						typenameTypeId(NULL, makeTypeNameFromNameList(castNode(List, object))));
			break;
		case OBJECT_SCHEMA:
			add_name(objects, "schema", strVal(object));
			break;
		case OBJECT_LANGUAGE:
			add_name(objects, "language", strVal(object));
			break;
		case OBJECT_FDW:
			add_name(objects, "foreign-data wrapper", strVal(object));
			break;
		case OBJECT_FOREIGN_SERVER:
			add_name(objects, "server", strVal(object));
			break;
		default:
			break;
	}
}

/* What privileges are granted on: objects, or schemas with all that is in them */
void
soc2_ddl_granted_objects(soc2_ddl_objects *objects, const GrantStmt *stmt)
{
	ListCell   *cell;

	foreach(cell, stmt->objects)
		add_granted(objects, stmt->targtype == ACL_TARGET_ALL_IN_SCHEMA ?
					OBJECT_SCHEMA : stmt->objtype, lfirst(cell));
}
