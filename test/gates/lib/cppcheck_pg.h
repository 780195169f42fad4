/*
 * test/gates/lib/cppcheck_pg.h
 *
 * What cppcheck has to know of the server's headers, which it does not read:
 * the macros that are control flow, that end a function or that stand where
 * ISO C has no room for a name. Nothing here is ever compiled.
 */
#ifndef CPPCHECK_PG_H
#define CPPCHECK_PG_H

/* What the configuration of the server says. */
#define PG_VERSION_NUM 150000
#define SIZEOF_DATUM 8

/* Reports: from ERROR on they do not return. */
#define DEBUG1 14
#define DEBUG2 13
#define DEBUG3 12
#define DEBUG4 11
#define DEBUG5 10
#define LOG 15
#define INFO 17
#define NOTICE 18
#define WARNING 19
#define ERROR 21
#define FATAL 22
#define PANIC 23
#define ereport(level, ...) do { if ((level) >= ERROR) abort(); } while (0)
#define elog(level, ...) do { if ((level) >= ERROR) abort(); } while (0)
#define ereturn(context, value, ...) return (value)
#define Assert(condition) do { if (!(condition)) abort(); } while (0)
#define AssertArg(condition) Assert(condition)
#define AssertMacro(condition) ((void) (condition))
#define StaticAssertStmt(condition, message) ((void) 0)
#define StaticAssertDecl(condition, message) extern void static_assert_here(void)
#define PG_TRY(...) do { if (try_block_entered()) {
#define PG_CATCH(...) } else {
#define PG_FINALLY(...) } {
#define PG_END_TRY(...) } } while (0)
#define PG_RE_THROW() abort()

/* Loops. */
#define foreach(cell, list) \
	for (cell = list_head(list); cell != NULL; cell = lnext(list, cell))
#define for_each_from(cell, list, n) \
	for (cell = list_nth_cell(list, n); cell != NULL; cell = lnext(list, cell))
#define for_each_cell(cell, list, first) \
	for (cell = (first); cell != NULL; cell = lnext(list, cell))
#define foreach_delete_current(list, cell) list_delete_cell(list, cell)
#define forboth(cell1, list1, cell2, list2) \
	for (cell1 = list_head(list1), cell2 = list_head(list2); \
		 cell1 != NULL && cell2 != NULL; \
		 cell1 = lnext(list1, cell1), cell2 = lnext(list2, cell2))
#define foreach_ptr(type, var, list) \
	for (type *var = list_first(list); var != NULL; var = list_after(list, var))
#define foreach_node(type, var, list) foreach_ptr(type, var, list)
#define foreach_oid(var, list) \
	for (Oid var = list_first_oid(list); var != 0; var = list_oid_after(list, var))
#define foreach_int(var, list) \
	for (int var = list_first_int(list); var != 0; var = list_int_after(list, var))
#define dlist_foreach(iter, list) \
	for ((iter).cur = dlist_first(list); (iter).cur != NULL; (iter).cur = dlist_after((iter).cur))
#define dlist_foreach_modify(iter, list) dlist_foreach(iter, list)
#define slist_foreach(iter, list) dlist_foreach(iter, list)
#define slist_foreach_modify(iter, list) dlist_foreach(iter, list)

/* The function manager. */
#define PG_FUNCTION_ARGS FunctionCallInfo fcinfo
#define PG_FUNCTION_INFO_V1(name) extern Datum name(PG_FUNCTION_ARGS)
#define PG_MODULE_MAGIC extern int module_magic
#define PG_MODULE_MAGIC_EXT(...) extern int module_magic
#define PG_RETURN_VOID() return (Datum) 0
#define PG_RETURN_NULL() do { fcinfo->isnull = true; return (Datum) 0; } while (0)
#define PG_RETURN_DATUM(x) return (x)
#define PG_RETURN_BOOL(x) return BoolGetDatum(x)
#define PG_RETURN_CSTRING(x) return CStringGetDatum(x)
#define PG_RETURN_POINTER(x) return PointerGetDatum(x)
#define PG_RETURN_TEXT_P(x) PG_RETURN_POINTER(x)
#define PG_RETURN_BYTEA_P(x) PG_RETURN_POINTER(x)
#define PG_RETURN_UUID_P(x) PG_RETURN_POINTER(x)
#define PG_RETURN_ARRAYTYPE_P(x) PG_RETURN_POINTER(x)
#define PG_RETURN_OID(x) return ObjectIdGetDatum(x)
#define PG_RETURN_INT16(x) return Int16GetDatum(x)
#define PG_RETURN_INT32(x) return Int32GetDatum(x)
#define PG_RETURN_INT64(x) return Int64GetDatum(x)
#define PG_RETURN_UINT32(x) return UInt32GetDatum(x)
#define PG_RETURN_FLOAT8(x) return Float8GetDatum(x)
#define SRF_RETURN_NEXT(context, x) return (x)
#define SRF_RETURN_DONE(context) return (Datum) 0

/* Words and constants that are not C. */
#define PGDLLEXPORT
#define PGDLLIMPORT
#define PG_USED_FOR_ASSERTS_ONLY
#define pg_attribute_noreturn()
#define pg_attribute_unused()
#define pg_attribute_always_inline
#define pg_attribute_printf(f, a)
#define pg_noinline
#define pg_noreturn
#define pg_nodiscard
#define pg_unreachable() abort()
#define FLEXIBLE_ARRAY_MEMBER
#define INT64_FORMAT "%ld"
#define UINT64_FORMAT "%lu"
#define INT64CONST(x) (x##L)
#define UINT64CONST(x) (x##UL)
#define likely(x) (x)
#define unlikely(x) (x)
#define gettext_noop(x) (x)
#define _(x) (x)
#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

#endif
