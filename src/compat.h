/*-------------------------------------------------------------------------
 *
 * compat.h
 *		Differences between the server versions that soc2 supports.
 *
 * PG_VERSION_NUM is tested nowhere else.
 *
 * IDENTIFICATION
 *	  src/compat.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_COMPAT_H
#define SOC2_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "soc2 requires PostgreSQL 15 or later"
#endif

#if SIZEOF_DATUM < 8
#error "soc2 requires a 64-bit server: soc2.criterion is 8 bytes by value"
#endif

#if PG_VERSION_NUM >= 160000

#include "nodes/miscnodes.h"
#include "varatt.h"

#else

/*
 * Input functions of 16 and later may hand an error to a caller that collects
 * errors, and return.  Before, there is no such caller: it is raised.
 */
#define errsave(context, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)

#endif

/* 16 asks for the owner of any object in one function */
#if PG_VERSION_NUM >= 160000
#define soc2_relation_ownercheck(relid, roleid) \
	object_ownercheck(RelationRelationId, relid, roleid)
#else
#define soc2_relation_ownercheck(relid, roleid) \
	pg_class_ownercheck(relid, roleid)
#endif

#if PG_VERSION_NUM >= 160000
#define soc2_database_ownercheck(database, roleid) \
	object_ownercheck(DatabaseRelationId, database, roleid)
#else
#define soc2_database_ownercheck(database, roleid) \
	pg_database_ownercheck(database, roleid)
#endif

/* 16 moves the privileges that a statement needs out of its range table */
#if PG_VERSION_NUM >= 160000
#define soc2_permission_info	RTEPermissionInfo
#define SOC2_CHECK_PERMS_ARGS	List *ranges, List *infos, bool violation
#define SOC2_CHECK_PERMS_PASS	ranges, infos, violation
#define SOC2_CHECK_PERMS_LIST	infos
#else
#define soc2_permission_info	RangeTblEntry
#define SOC2_CHECK_PERMS_ARGS	List *ranges, bool violation
#define SOC2_CHECK_PERMS_PASS	ranges, violation
#define SOC2_CHECK_PERMS_LIST	ranges
#endif

/* 16 separates being a member of a role from being able to become it */
#if PG_VERSION_NUM >= 160000
#define soc2_member_can_set_role(member, role) \
	member_can_set_role(member, role)
#else
#define soc2_member_can_set_role(member, role) \
	is_member_of_role(member, role)
#endif

/* 16 tells the number of settings along with them */
#if PG_VERSION_NUM >= 160000
#define soc2_all_settings(count)	get_guc_variables(count)
#else
#define soc2_all_settings(count) \
	(*(count) = GetNumConfigOptions(), get_guc_variables())
#endif

/* 16 lets columns be missing when tables are matched by column names */
#if PG_VERSION_NUM >= 160000
#define soc2_attrmap_by_name(from, to) \
	build_attrmap_by_name_if_req(from, to, false)
#else
#define soc2_attrmap_by_name(from, to) \
	build_attrmap_by_name_if_req(from, to)
#endif

/* 17 numbers processes and transactions in other places */
#if PG_VERSION_NUM >= 170000
#define soc2_my_proc_number()	MyProcNumber
#define soc2_my_lxid()			(MyProc->vxid.lxid)
#else
#define soc2_my_proc_number()	(MyProc->pgprocno)
#define soc2_my_lxid()			(MyProc->lxid)
#endif

/* 18 writes it before the declaration, as C11 does */
#if PG_VERSION_NUM < 180000
#define pg_noreturn	__attribute__((noreturn))
#endif

/* 18 counts what an index scan does, for EXPLAIN */
#if PG_VERSION_NUM >= 180000
#define soc2_index_beginscan(heap, index, snapshot, keys) \
	index_beginscan(heap, index, snapshot, NULL, keys, 0)
#else
#define soc2_index_beginscan(heap, index, snapshot, keys) \
	index_beginscan(heap, index, snapshot, keys, 0)
#endif

/* 18 lets a module state its name and version */
#if PG_VERSION_NUM >= 180000
#define SOC2_MODULE_MAGIC	PG_MODULE_MAGIC_EXT(.name = "soc2")
#else
#define SOC2_MODULE_MAGIC	PG_MODULE_MAGIC
#endif

#endif							/* SOC2_COMPAT_H */
