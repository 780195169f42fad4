/*-------------------------------------------------------------------------
 *
 * ledger_plan.c
 *		How the rows of a ledger are encoded, worked out once per table.
 *
 * Plans live in a context of their own each, below one under
 * CacheMemoryContext.  A change of the table marks its plan as stale, and the
 * next use makes another.  Somebody may still be using the stale one, an
 * output function further up the stack for instance, so it goes only with the
 * transaction.
 *
 * IDENTIFICATION
 *	  src/ledger_plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "ledger_parts.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

static const char *const field_names[SOC2_LEDGER_FIELDS] = {
	"ledger_lane", "ledger_seq", "ledger_prev", "ledger_hash", "ledger_salt"
};

/* what the cache holds for a table */
typedef struct plan_entry
{
	Oid			relid;			/* key */
	bool		valid;			/* the table has not changed since */
	bool		id_final;		/* the entry of soc2.ledgers is committed */
	MemoryContext context;		/* of the plan; NULL if there is none */
	soc2_ledger_plan *plan;
} plan_entry;

static MemoryContext plans_context = NULL;
static HTAB *plans = NULL;

/* changes of tables so far: one in the middle of making a plan spoils it */
static uint64 changes = 0;

/* is the plan about the table, as it is or as a member? */
static bool
is_about(const plan_entry *entry, Oid relid)
{
	if (entry->relid == relid)
		return true;
	for (int i = 0; i < entry->plan->nmembers; i++)
	{
		if (entry->plan->members[i] == relid)
			return true;
	}
	return false;
}

/* A table changed: its plan, or every plan, is stale */
static void
plan_invalidate(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	plan_entry *entry;

	(void) arg;
	changes++;
	hash_seq_init(&scan, plans);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (entry->valid && (!OidIsValid(relid) || is_about(entry, relid)))
			entry->valid = false;
	}
}

/* make the cache */
static void
plans_init(void)
{
	HASHCTL		control = {0};

	plans_context = AllocSetContextCreate(CacheMemoryContext,
										  "soc2 ledger plans",
										  ALLOCSET_SMALL_SIZES);
	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(plan_entry);
	control.hcxt = plans_context;
	plans = hash_create("soc2 ledger plans", 16, &control,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(plan_invalidate, (Datum) 0);
}

/* OID of the type soc2.digest; InvalidOid if it is not there */
static Oid
digest_type(void)
{
	Oid			schema = get_namespace_oid("soc2", true);

	if (!OidIsValid(schema))
		return InvalidOid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum("digest"),
						   ObjectIdGetDatum(schema));
}

/* Name of a ledger column */
const char *
soc2_ledger_field_name(soc2_ledger_field field)
{
	return field_names[field];
}

/* Type that a ledger column has */
Oid
soc2_ledger_field_type(soc2_ledger_field field)
{
	switch (field)
	{
		case SOC2_LEDGER_LANE:
			return INT4OID;
		case SOC2_LEDGER_SEQ:
			return INT8OID;
		case SOC2_LEDGER_SALT:
			return BYTEAOID;
		default:
			return digest_type();
	}
}

/*
 * Find the ledger columns by name and type.  False if one is missing; the salt
 * may be.
 */
static bool
find_fields(TupleDesc desc, AttrNumber fields[SOC2_LEDGER_FIELDS])
{
	memset(fields, 0, sizeof(AttrNumber) * SOC2_LEDGER_FIELDS);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		for (int f = 0; f < SOC2_LEDGER_FIELDS && !att->attisdropped; f++)
		{
			if (strcmp(NameStr(att->attname), field_names[f]) == 0 &&
				att->atttypid == soc2_ledger_field_type(f))
				fields[f] = att->attnum;
		}
	}
	for (int f = 0; f < SOC2_LEDGER_SALT; f++)
	{
		if (fields[f] == 0)
			return false;
	}
	return true;
}

/* is this attribute one of the ledger columns? */
static bool
is_field(const AttrNumber *fields, AttrNumber attnum)
{
	for (int f = 0; f < SOC2_LEDGER_FIELDS; f++)
	{
		if (fields[f] == attnum)
			return true;
	}
	return false;
}

/* order of columns: byte order of their names */
static int
compare_columns(const void *a, const void *b)
{
	const soc2_text *x = &((const soc2_ledger_column *) a)->name;
	const soc2_text *y = &((const soc2_ledger_column *) b)->name;
	int			order = memcmp(x->bytes, y->bytes, Min(x->len, y->len));

	if (order != 0)
		return order;
	return x->len < y->len ? -1 : x->len > y->len;
}

/* describe one column, in the current context */
static void
make_column(soc2_ledger_column *column, Form_pg_attribute att)
{
	char	   *name = pstrdup(NameStr(att->attname));

	column->name.bytes = pg_server_to_any(name, strlen(name), PG_UTF8);
	column->name.len = strlen(column->name.bytes);
	column->attnum = att->attnum;
	soc2_ledger_codec_find(column, att->atttypid);
}

/* describe the columns that count as content, in the current context */
static void
make_columns(soc2_ledger_plan *plan, TupleDesc desc)
{
	plan->columns = palloc0(sizeof(soc2_ledger_column) * (desc->natts + 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || att->attgenerated != '\0' ||
			is_field(plan->fields, att->attnum))
			continue;
		make_column(&plan->columns[plan->ncolumns], att);
		plan->pinned |= plan->columns[plan->ncolumns++].pinned;
	}
	qsort(plan->columns, plan->ncolumns, sizeof(soc2_ledger_column),
		  compare_columns);
}

/* can rows of a ledger be in a relation of this kind, or below it? */
static bool
holds_rows(Relation rel)
{
	return rel->rd_rel->relkind == RELKIND_RELATION ||
		rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

/* can the index find the last row of a lane?  It may be unique, or not. */
static bool
index_serves(Relation index, const AttrNumber *fields)
{
	Form_pg_index form = index->rd_index;

	return form->indisvalid && form->indisready &&
		form->indimmediate && form->indnkeyatts == 2 &&
		form->indkey.values[0] == fields[SOC2_LEDGER_LANE] &&
		form->indkey.values[1] == fields[SOC2_LEDGER_SEQ] &&
		index->rd_rel->relam == BTREE_AM_OID &&
		index->rd_indoption[0] == 0 && index->rd_indoption[1] == 0 &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);
}

/*
 * The index on (lane, seq); InvalidOid if there is none.  That of a partitioned
 * ledger and its parts cannot be unique without the partition key.
 */
static Oid
find_index(Relation rel, const AttrNumber *fields, bool unique)
{
	List	   *indexes = RelationGetIndexList(rel);
	Oid			found = InvalidOid;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (!OidIsValid(found) && index_serves(index, fields) &&
			(index->rd_index->indisunique || !unique))
			found = RelationGetRelid(index);
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	return found;
}

/* is name an element of a text[]? */
static bool
array_has_name(Datum array, const char *name)
{
	Datum	   *items;
	bool	   *nulls;
	int			count;
	bool		found = false;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count && !found; i++)
		found = !nulls[i] && strcmp(TextDatumGetCString(items[i]), name) == 0;
	return found;
}

/* take id and redactable columns from an entry of soc2.ledgers */
static void
take_entry(soc2_ledger_plan *plan, Relation rel, Relation ledgers,
		   HeapTuple tuple)
{
	bool		isnull;
	Datum		id;
	Datum		redactable;

	id = soc2_own_column(ledgers, tuple, SOC2_LEDGERS_ID, &isnull);
	if (isnull)
		return;
	memcpy(plan->id.bytes, DatumGetUUIDP(id)->data, SOC2_LEDGER_ID_SIZE);
	redactable = soc2_own_column(ledgers, tuple, SOC2_LEDGERS_REDACTABLE,
								 &isnull);
	for (int i = 0; i < plan->ncolumns; i++)
	{
		soc2_ledger_column *column = &plan->columns[i];
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel),
											  column->attnum - 1);

		column->redactable = !isnull &&
			array_has_name(redactable, NameStr(att->attname));
		plan->has_redactable |= column->redactable;
	}
	plan->has_id = true;
}

/* read the entry of soc2.ledgers */
static void
read_entry(plan_entry *entry, Relation rel)
{
	Relation	ledgers = table_open(soc2_table_oid("ledgers"), AccessShareLock);
	soc2_ledger_plan *plan = entry->plan;
	SysScanDesc scan;
	HeapTuple	tuple;

	plan->has_id = false;
	plan->has_redactable = false;
	entry->id_final = false;
	scan = soc2_ledger_scan_entry(ledgers, plan->ledger);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);

		take_entry(plan, rel, ledgers, tuple);
		entry->id_final = !TransactionIdIsCurrentTransactionId(xmin);
	}
	systable_endscan(scan);
	table_close(ledgers, AccessShareLock);
}

/* Refuse a database whose texts cannot be converted to UTF-8 */
void
soc2_ledger_check_encoding(void)
{
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a database in SQL_ASCII cannot hold ledgers"),
				 errdetail("The encoding of its texts is not known."),
				 errhint("Use a database with another encoding, such as UTF8.")));
}

/* make the plan of a table that has the ledger columns */
static void
make_plan(plan_entry *entry, Relation rel, const AttrNumber *fields)
{
	bool		whole = rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	uint64		before = changes;
	soc2_ledger_plan *plan;
	MemoryContext context;
	MemoryContext caller;

	soc2_ledger_check_encoding();

	/* transient until complete, so that an error leaves nothing behind */
	context = AllocSetContextCreate(CurrentMemoryContext, "soc2 ledger plan",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	plan = palloc0(sizeof(soc2_ledger_plan));
	plan->ledger = soc2_ledger_of(rel);
	memcpy(plan->fields, fields, sizeof(plan->fields));
	if (whole)
		soc2_ledger_find_members(plan, RelationGetRelid(rel));
	plan->index = find_index(rel, fields, !whole &&
							 plan->ledger == RelationGetRelid(rel));
	make_columns(plan, RelationGetDescr(rel));
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, plans_context);
	entry->plan = plan;
	entry->context = context;
	entry->id_final = false;
	entry->valid = before == changes;
}

/* The plan of a table */
const soc2_ledger_plan *
soc2_ledger_plan_get(Relation rel, bool refresh)
{
	Oid			relid = RelationGetRelid(rel);
	AttrNumber	fields[SOC2_LEDGER_FIELDS];
	plan_entry *entry;
	bool		found;

	if (plans == NULL)
		plans_init();
	entry = hash_search(plans, &relid, HASH_FIND, NULL);
	if (entry == NULL || !entry->valid)
	{
		if (!holds_rows(rel) || !find_fields(RelationGetDescr(rel), fields))
			return NULL;
		entry = hash_search(plans, &relid, HASH_ENTER, &found);
		if (found && entry->context != NULL)
			MemoryContextSetParent(entry->context, TopTransactionContext);
		entry->valid = false;
		entry->context = NULL;
		entry->plan = NULL;
		make_plan(entry, rel, fields);
	}
	if (!entry->id_final || refresh)
		read_entry(entry, rel);
	return entry->plan;
}
