/*-------------------------------------------------------------------------
 *
 * anonymization.c
 *		The rules of a table: reading them, and what they make of a row.
 *
 * IDENTIFICATION
 *	  src/anonymization.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "anonymization.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "ledger.h"
#include "miscadmin.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(soc2_anonymization_of);
PG_FUNCTION_INFO_V1(soc2_coerce_constant);

/* names of the rules, by kind */
static const char *const kind_names[] = {"null", "constant", "hash", "any"};

/* a rule as it is recorded */
typedef struct recorded_rule
{
	int32		ordinal;
	soc2_anonymization_kind kind;
	char	   *column;			/* its name of today; NULL: it is lost */
	char	   *was;			/* its name when the rule was set */
	char	   *constant;		/* or NULL */
} recorded_rule;

/* the name that the column of a rule has today; NULL if it is lost */
static char *
find_column(Relation root, int32 ordinal)
{
	const TriggerDesc *all = root->trigdesc;
	Oid			function = soc2_ledger_function(SOC2_ANONYMIZATION_FUNCTION);
	const char *name = psprintf(SOC2_ANONYMIZATION_TRIGGER "%d", ordinal);

	for (int i = 0; all != NULL && i < all->numtriggers; i++)
	{
		const Trigger *found = &all->triggers[i];

		if (found->tgfoid == function && found->tgnattr == 1 &&
			strcmp(found->tgname, name) == 0)
			return get_attname(RelationGetRelid(root), found->tgattr[0],
							   false);
	}
	return NULL;
}

/* the kind of a rule by its name */
static soc2_anonymization_kind
parse_kind(const char *name)
{
	for (size_t i = 0; i < lengthof(kind_names); i++)
	{
		if (strcmp(name, kind_names[i]) == 0)
			return (soc2_anonymization_kind) i;
	}
	elog(ERROR, "unexpected rule \"%s\" of anonymization", name);
}

/* a rule as it is recorded */
static recorded_rule *
read_rule(Relation rules, HeapTuple row, Relation root)
{
	recorded_rule *rule = palloc(sizeof(recorded_rule));
	bool		isnull;
	Datum		constant = soc2_own_column(rules, row,
										   SOC2_ANONYMIZATION_CONSTANT, &isnull);

	rule->ordinal =
		DatumGetInt32(soc2_retention_column(row, rules,
											SOC2_ANONYMIZATION_ORDINAL));
	rule->kind =
		parse_kind(TextDatumGetCString(soc2_retention_column(row, rules,
															 SOC2_ANONYMIZATION_RULE)));
	rule->column = find_column(root, rule->ordinal);
	rule->was = pstrdup(NameStr(*DatumGetName(soc2_retention_column(row, rules,
																	SOC2_ANONYMIZATION_COLUMN))));
	rule->constant = isnull ? NULL : TextDatumGetCString(constant);
	return rule;
}

/* the rules of an open table by ordinal, of recorded_rule */
static List *
read_rules(Relation root)
{
	Relation	rules = soc2_retention_open(SOC2_ANONYMIZATION_RULES,
											AccessShareLock);
	List	   *rows = soc2_retention_fetch_rows(rules,
												 RelationGetRelid(root));
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, rows)
		result = lappend(result, read_rule(rules, lfirst(cell), root));
	table_close(rules, AccessShareLock);
	return result;
}

/* is nothing to be done by any of these rules? */
static bool
has_no_effect(List *rules)
{
	ListCell   *cell;

	foreach(cell, rules)
	{
		if (((recorded_rule *) lfirst(cell))->kind != SOC2_ANONYMIZE_ANY)
			return false;
	}
	return true;
}

/* is the column of a rule lost? */
static const recorded_rule *
find_lost(List *rules)
{
	ListCell   *cell;

	foreach(cell, rules)
	{
		if (((recorded_rule *) lfirst(cell))->column == NULL)
			return lfirst(cell);
	}
	return NULL;
}

/*
 * the value that a text means in a column, as its type reads it: constraints of
 * domains run what users wrote, as the owner of the table
 */
static Datum
read_constant(Relation rel, AttrNumber attnum, const char *text)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	Oid			input;
	Oid			param;
	Datum		value;
	Oid			user;
	int			context;
	int			level = soc2_ledger_pin();

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(rel->rd_rel->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	getTypeInputInfo(att->atttypid, &input, &param);
	value = OidInputFunctionCall(input, unconstify(char *, text), param,
								 att->atttypmod);
	SetUserIdAndSecContext(user, context);
	soc2_ledger_unpin(level);
	return value;
}

/* start with the keys of a table, as far as they are there */
static void
load_keys(soc2_pseudonymizer *self, Oid root)
{
	Relation	keys = soc2_retention_open(SOC2_ANONYMIZATION_KEYS,
										   AccessShareLock);
	HeapTuple	row = soc2_retention_fetch(keys, F_OIDEQ,
										   ObjectIdGetDatum(root));
	bool		isnull;
	Datum		key;

	if (!HeapTupleIsValid(row))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" lacks the key that its values are hashed with",
						get_rel_name(root)),
				 errhint("Set a rule with soc2.set_anonymization(), which makes one.")));
	key = soc2_own_column(keys, row, SOC2_ANONYMIZATION_KEY, &isnull);
	soc2_pseudonymizer_init(self, isnull ? NULL : DatumGetByteaPP(key),
							DatumGetByteaPP(soc2_retention_column(row, keys,
																  SOC2_ANONYMIZATION_MARKER)));
	table_close(keys, AccessShareLock);
}

/* make a rule ready for a table; its column has the same name there */
static void
load_column(soc2_anonymized_column *column, Relation rel,
			const recorded_rule *rule)
{
	Form_pg_attribute att;

	column->attnum = get_attnum(RelationGetRelid(rel), rule->column);
	if (column->attnum <= 0)
		elog(ERROR, "unexpected column of table \"%s\": \"%s\"",
			 RelationGetRelationName(rel), rule->column);
	att = TupleDescAttr(RelationGetDescr(rel), column->attnum - 1);
	column->kind = rule->kind;
	if (rule->kind == SOC2_ANONYMIZE_CONSTANT)
		column->constant = read_constant(rel, att->attnum, rule->constant);
	column->binary = getBaseType(att->atttypid) == BYTEAOID;
}

/* what anonymizes rows of a table by rules of which none is lost */
static soc2_anonymizer *
load_anonymizer(Relation rel, Oid root, List *rules)
{
	soc2_anonymizer *anonymizer = palloc0(sizeof(soc2_anonymizer));
	bool		hashes = false;

	anonymizer->rel = rel;
	anonymizer->context = CurrentMemoryContext;
	anonymizer->ncolumns = list_length(rules);
	anonymizer->columns = palloc0(sizeof(soc2_anonymized_column) *
								  list_length(rules));
	for (int i = 0; i < list_length(rules); i++)
	{
		load_column(&anonymizer->columns[i], rel, list_nth(rules, i));
		hashes = hashes || anonymizer->columns[i].kind == SOC2_ANONYMIZE_HASH;
	}
	if (hashes)
		load_keys(&anonymizer->pseudonymizer, root);
	else
		anonymizer->pseudonymizer.has_key = true;
	return anonymizer;
}

/* the rules of a table or of what it is a part of, and whose they are */
static List *
find_rules(Relation rel, Oid *root)
{
	Relation	from;
	List	   *rules;

	*root = soc2_retention_root(RelationGetRelid(rel));
	if (!OidIsValid(*root))
		*root = RelationGetRelid(rel);
	from = table_open(*root, AccessShareLock);
	rules = read_rules(from);
	table_close(from, NoLock);
	return rules;
}

/* What anonymizes the rows of a table */
soc2_anonymizer *
soc2_anonymizer_create(Relation rel)
{
	Oid			root;
	List	   *rules = find_rules(rel, &root);
	const recorded_rule *lost = find_lost(rules);
	soc2_anonymizer *anonymizer;

	if (lost != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("a rule of anonymization of table \"%s\" has no column",
						get_rel_name(root)),
				 errdetail("The rule was set for column \"%s\", which was dropped, or its trigger \"%s%d\" was.",
						   lost->was, SOC2_ANONYMIZATION_TRIGGER,
						   lost->ordinal),
				 errhint("Set the rule again with soc2.set_anonymization(), or take it back with soc2.unset_anonymization().")));
	if (has_no_effect(rules))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no rules of anonymization",
						get_rel_name(root)),
				 errdetail("A retention class of it has the method \"anonymize\"."),
				 errhint("Say with soc2.set_anonymization() what takes the place of the values of a column.")));
	anonymizer = load_anonymizer(rel, root, rules);
	if (!anonymizer->pseudonymizer.has_key)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the key that values of table \"%s\" are hashed with was destroyed",
						get_rel_name(root)),
				 errhint("Set the rule \"hash\" again with soc2.set_anonymization(), which makes another one.")));
	return anonymizer;
}

/* The same to look only */
soc2_anonymizer *
soc2_anonymizer_find(Relation rel)
{
	Oid			root;
	List	   *rules = find_rules(rel, &root);

	if (has_no_effect(rules) || find_lost(rules) != NULL)
		return NULL;
	return load_anonymizer(rel, root, rules);
}

/* has a column the value that its rule makes? */
static bool
is_column_done(const soc2_anonymizer *anonymizer,
			   const soc2_anonymized_column *column, TupleTableSlot *slot)
{
	NullableDatum value;
	NullableDatum constant = {column->constant, false};

	value.value = slot_getattr(slot, column->attnum, &value.isnull);
	switch (column->kind)
	{
		case SOC2_ANONYMIZE_NULL:
			return value.isnull;
		case SOC2_ANONYMIZE_CONSTANT:
			return soc2_is_same_value(TupleDescAttr(slot->tts_tupleDescriptor,
													column->attnum - 1),
									  value, constant);
		case SOC2_ANONYMIZE_HASH:
			return value.isnull ||
				soc2_is_pseudonym(&anonymizer->pseudonymizer, value.value,
								  column->binary);
		case SOC2_ANONYMIZE_ANY:
			break;
	}
	return true;
}

/* Has a row the values that the rules make? */
bool
soc2_anonymizer_is_done(const soc2_anonymizer *anonymizer,
						TupleTableSlot *slot)
{
	for (int i = 0; i < anonymizer->ncolumns; i++)
	{
		if (!is_column_done(anonymizer, &anonymizer->columns[i], slot))
			return false;
	}
	return true;
}

/* Begin to collect */
void
soc2_anonymizer_begin(soc2_anonymizer *anonymizer)
{
	for (int i = 0; i < anonymizer->ncolumns; i++)
	{
		soc2_anonymized_column *column = &anonymizer->columns[i];

		if (column->kind == SOC2_ANONYMIZE_HASH)
			column->hashes = initArrayResult(column->binary ? BYTEAOID : TEXTOID,
											 anonymizer->context, false);
	}
}

/* Add what hashing makes of a row */
void
soc2_anonymizer_collect(soc2_anonymizer *anonymizer, TupleTableSlot *slot)
{
	for (int i = 0; i < anonymizer->ncolumns; i++)
	{
		soc2_anonymized_column *column = &anonymizer->columns[i];
		bool		isnull;
		Datum		value;

		if (column->hashes == NULL)
			continue;
		value = slot_getattr(slot, column->attnum, &isnull);
		if (!isnull)
			value = soc2_pseudonym_of(&anonymizer->pseudonymizer, value,
									  column->binary);
		accumArrayResult(column->hashes, value, isnull,
						 column->binary ? BYTEAOID : TEXTOID,
						 anonymizer->context);
	}
}

/* is a rule about a column? */
static bool
is_ruled(const soc2_anonymizer *anonymizer, AttrNumber attnum)
{
	for (int i = 0; i < anonymizer->ncolumns; i++)
	{
		if (anonymizer->columns[i].attnum == attnum)
			return true;
	}
	return false;
}

/* The first column that an update changed and no rule is about */
AttrNumber
soc2_anonymizer_strays(const soc2_anonymizer *anonymizer,
					   TupleTableSlot *before, TupleTableSlot *after)
{
	TupleDesc	desc = before->tts_tupleDescriptor;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		NullableDatum old;
		NullableDatum new;

		if (att->attisdropped || att->attgenerated != '\0' ||
			is_ruled(anonymizer, att->attnum))
			continue;
		old.value = slot_getattr(before, att->attnum, &old.isnull);
		new.value = slot_getattr(after, att->attnum, &new.isnull);
		if (!soc2_is_same_value(att, old, new))
			return att->attnum;
	}
	return InvalidAttrNumber;
}

/*
 * soc2.anonymization_of(relation regclass): the rules of a table, read in a
 * snapshot of the moment
 */
Datum
soc2_anonymization_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	List	   *rules = read_rules(rel);
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, rules)
	{
		const recorded_rule *rule = lfirst(cell);
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(rule->ordinal);
		nulls[1] = rule->column == NULL;
		values[1] = nulls[1] ? (Datum) 0 :
			DirectFunctionCall1(namein, CStringGetDatum(rule->column));
		values[2] = CStringGetTextDatum(kind_names[rule->kind]);
		nulls[3] = rule->constant == NULL;
		values[3] = nulls[3] ? (Datum) 0 :
			CStringGetTextDatum(rule->constant);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	table_close(rel, NoLock);
	return (Datum) 0;
}

/*
 * soc2.coerce_constant(relation regclass, column_name name, value text): the text
 * of the value that a text means in a column
 */
Datum
soc2_coerce_constant(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	AttrNumber	attnum = get_attnum(PG_GETARG_OID(0),
									NameStr(*PG_GETARG_NAME(1)));
	Oid			output;
	bool		isvarlena;
	char	   *written;
	Datum		value;
	int			level;

	if (attnum <= 0)
		elog(ERROR, "unexpected column of table \"%s\": \"%s\"",
			 RelationGetRelationName(rel), NameStr(*PG_GETARG_NAME(1)));
	value = read_constant(rel, attnum, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	getTypeOutputInfo(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid,
					  &output, &isvarlena);
	level = soc2_ledger_pin();
	written = OidOutputFunctionCall(output, value);
	soc2_ledger_unpin(level);
	table_close(rel, NoLock);
	PG_RETURN_TEXT_P(cstring_to_text(written));
}
