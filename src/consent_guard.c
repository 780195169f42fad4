/*-------------------------------------------------------------------------
 *
 * consent_guard.c
 *		The trigger of tables whose rows need a consent.
 *
 * It runs after a statement and reads what that wrote from its transition tables,
 * so it sees rows as all other triggers left them, and COPY keeps its speed.
 * Subjects are looked up in batches, in the order of the index.
 *
 * Of an update, only rows count that it gives another subject: rows that are there
 * can be changed after a consent ended, to anonymize them, say.
 *
 * Messages name the table and the purpose, and nothing of a row but its number in
 * the statement.
 *
 * IDENTIFICATION
 *	  src/consent_guard.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "consent.h"
#include "ledger.h"
#include "soc2_errcodes.h"
#include "subscription.h"
#include "transition.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_consent_guard);

/* rows that are looked up together at most */
#define BATCH_ROWS	65536

/* below this many, sorting gains nothing */
#define SORTED_ROWS	32

static const soc2_trigger_rule rule = {
	"soc2.consent_guard", TRIGGER_TYPE_AFTER, false, true,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE, "INSERT or UPDATE"
};

/* a row that waits to be judged */
typedef struct waiting_row
{
	int64		key;			/* number of the subject */
	uint64		row;			/* number of the row, from 1 */
	size_t		offset;			/* of the subject in the batch */
	int			len;
} waiting_row;

/* the rows of a statement, as they are judged */
typedef struct judged_statement
{
	const TriggerData *trigdata;
	soc2_consent_text purpose;
	int64		purpose_key;
	const char *column;
	AttrNumber	attnum;
	Oid			type;			/* of the column, no domain */
	bool		pinned;			/* its text depends on settings */
	FmgrInfo	output;
	StringInfoData subject;		/* the kind and a colon, or nothing, and the
								 * key */
	int			prefix_len;
	MemoryContext row_context;	/* for the text of one key */
	uint64		row;
	uint64		first_bad;		/* the first row without a consent; 0: none */
	soc2_consent_verdict verdict;	/* what became of its consent */
	int			count;
	int			room;
	waiting_row *rows;
	StringInfoData subjects;
} judged_statement;

/* refuse a trigger that was declared by hand, and wrongly */
static void
check_trigger(const TriggerData *trigdata)
{
	const Trigger *trigger = trigdata->tg_trigger;

	if (TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger function \"%s\" must be fired FOR EACH STATEMENT",
						"soc2.consent_guard")));
	if (trigger->tgnargs != SOC2_CONSENT_ARGS || trigdata->tg_newtable == NULL ||
		(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) &&
		 trigdata->tg_oldtable == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" has no transition tables, or wrong arguments",
						trigger->tgname),
				 errhint("Such triggers are created by soc2.require_consent().")));
}

/* does the text of a type depend on settings? */
static bool
is_pinned(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case UUIDOID:
		case NUMERICOID:
			return false;
		default:
			return true;
	}
}

/* find the column of the subject */
static void
find_column(judged_statement *s)
{
	Relation	rel = s->trigdata->tg_relation;
	Oid			output;
	bool		is_varlena;

	s->column = s->trigdata->tg_trigger->tgargs[SOC2_CONSENT_ARG_COLUMN];
	s->attnum = get_attnum(RelationGetRelid(rel), s->column);
	if (s->attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("column \"%s\" of table \"%s\" is not there, so nothing tells whose consent a row needs",
						s->column, RelationGetRelationName(rel)),
				 errhint("Restore it, or use soc2.unrequire_consent() and soc2.require_consent() with another column."),
				 errtable(rel)));
	s->type = getBaseType(TupleDescAttr(RelationGetDescr(rel), s->attnum - 1)->atttypid);
	s->pinned = is_pinned(s->type);
	getTypeOutputInfo(s->type, &output, &is_varlena);
	fmgr_info(output, &s->output);
}

/* make ready what the trigger says */
static void
begin(judged_statement *s, const TriggerData *trigdata)
{
	char	  **args = trigdata->tg_trigger->tgargs;

	memset(s, 0, sizeof(*s));
	s->trigdata = trigdata;
	s->purpose.bytes = args[SOC2_CONSENT_ARG_PURPOSE];
	s->purpose.len = (int) strlen(s->purpose.bytes);
	s->purpose_key = soc2_consent_purpose_key(s->purpose);
	find_column(s);
	initStringInfo(&s->subject);
	if (args[SOC2_CONSENT_ARG_KIND][0] != '\0')
		appendStringInfo(&s->subject, "%s:", args[SOC2_CONSENT_ARG_KIND]);
	s->prefix_len = s->subject.len;
	initStringInfo(&s->subjects);
	s->room = SORTED_ROWS;
	s->rows = palloc(sizeof(waiting_row) * s->room);
	s->row_context = AllocSetContextCreate(CurrentMemoryContext,
										   "soc2 subject of a row",
										   ALLOCSET_SMALL_SIZES);
}

/* note that a row has no consent, unless an earlier one has none either */
static void
note_bad(judged_statement *s, uint64 row, soc2_consent_verdict verdict)
{
	if (s->first_bad != 0 && s->first_bad < row)
		return;
	s->first_bad = row;
	s->verdict = verdict;
}

/* the order of the index */
static int
compare_rows(const void *left, const void *right)
{
	const waiting_row *a = left;
	const waiting_row *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->row < b->row ? -1 : 1;
}

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE waiting_row
#define ST_COMPARE(a, b) compare_rows(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* lock what the rows of a batch rely on */
static void
lock_batch(const judged_statement *s)
{
	int64		few[SORTED_ROWS] = {0};
	int			count = Min(s->count, SORTED_ROWS);

	/* of many, the purpose is locked, whatever their numbers */
	for (int i = 0; i < count; i++)
		few[i] = s->rows[i].key;
	soc2_consent_lock_writing(s->purpose_key, few, count);
}

/* judge the rows that wait */
static void
judge_batch(judged_statement *s)
{
	soc2_consent_lookup lookup;
	soc2_consent_verdict verdict = SOC2_CONSENT_LIVE;
	soc2_consent_text last = {NULL, 0};

	if (s->count == 0)
		return;
	lock_batch(s);
	if (s->count > SORTED_ROWS)
		sort_rows(s->rows, s->count);
	soc2_consent_lookup_begin(&lookup, s->purpose);
	for (int i = 0; i < s->count; i++)
	{
		const waiting_row *row = &s->rows[i];
		soc2_consent_text subject = {s->subjects.data + row->offset, row->len};

		if (last.bytes == NULL || last.len != subject.len ||
			memcmp(last.bytes, subject.bytes, last.len) != 0)
			verdict = soc2_consent_judge(&lookup, row->key, subject);
		if (verdict != SOC2_CONSENT_LIVE)
			note_bad(s, row->row, verdict);
		last = subject;
	}
	soc2_consent_lookup_end(&lookup);
	s->count = 0;
	resetStringInfo(&s->subjects);
}

/* append the text of the key of a subject */
static void
append_key(judged_statement *s, Datum value)
{
	char		digits[MAXINT8LEN + 1];
	MemoryContext caller;
	text	   *bytes;
	int			len;

	switch (s->type)
	{
		case INT2OID:
			len = pg_itoa(DatumGetInt16(value), digits);
			break;
		case INT4OID:
			len = pg_ltoa(DatumGetInt32(value), digits);
			break;
		case INT8OID:
			len = pg_lltoa(DatumGetInt64(value), digits);
			break;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			caller = MemoryContextSwitchTo(s->row_context);
			bytes = DatumGetTextPP(value);
			len = VARSIZE_ANY_EXHDR(bytes);
			/* as a cast to text has it */
			if (s->type == BPCHAROID)
				len = bpchartruelen(VARDATA_ANY(bytes), len);
			MemoryContextSwitchTo(caller);
			appendBinaryStringInfo(&s->subject, VARDATA_ANY(bytes), len);
			return;
		default:
			caller = MemoryContextSwitchTo(s->row_context);
			appendStringInfoString(&s->subject,
								   OutputFunctionCall(&s->output, value));
			MemoryContextSwitchTo(caller);
			return;
	}
	appendBinaryStringInfo(&s->subject, digits, len);
}

/* let a row that was written wait */
static void
add_row(judged_statement *s, Datum value, bool isnull)
{
	soc2_consent_text subject;
	waiting_row *row;

	if (isnull)
	{
		note_bad(s, s->row, SOC2_CONSENT_NO_SUBJECT);
		return;
	}
	s->subject.len = s->prefix_len;
	append_key(s, value);
	MemoryContextReset(s->row_context);
	if (s->count == s->room)
	{
		s->room *= 2;
		s->rows = repalloc(s->rows, sizeof(waiting_row) * s->room);
	}
	row = &s->rows[s->count++];
	row->row = s->row;
	row->offset = s->subjects.len;
	row->len = s->subject.len;
	subject.bytes = s->subject.data;
	subject.len = s->subject.len;
	row->key = soc2_consent_key(s->purpose_key, subject);
	appendBinaryStringInfo(&s->subjects, s->subject.data, s->subject.len);
	if (s->count == BATCH_ROWS || s->subjects.len > MaxAllocSize / 4)
		judge_batch(s);
}

/* judge all rows of a table */
static void
judge_rows(judged_statement *s, Tuplestorestate *store)
{
	soc2_transition table = soc2_transition_begin(store,
												  RelationGetDescr(s->trigdata->tg_relation));

	while (soc2_transition_next(&table))
	{
		bool		isnull;
		Datum		value = slot_getattr(table.slot, s->attnum, &isnull);

		s->row++;
		add_row(s, value, isnull);
	}
	soc2_transition_end(&table);
}

/* judge those rows of an update that got another subject */
static void
judge_updates(judged_statement *s)
{
	TupleDesc	desc = RelationGetDescr(s->trigdata->tg_relation);
	soc2_transition old = soc2_transition_begin(s->trigdata->tg_oldtable, desc);
	soc2_transition new = soc2_transition_begin(s->trigdata->tg_newtable, desc);
	Form_pg_attribute att = TupleDescAttr(desc, s->attnum - 1);

	while (soc2_transition_next(&old) && soc2_transition_next(&new))
	{
		NullableDatum before;
		NullableDatum after;

		before.value = slot_getattr(old.slot, s->attnum, &before.isnull);
		after.value = slot_getattr(new.slot, s->attnum, &after.isnull);
		s->row++;
		if (!soc2_is_same_value(att, before, after))
			add_row(s, after.value, after.isnull);
	}
	soc2_transition_end(&old);
	soc2_transition_end(&new);
}

/* can an update have changed the subject of a row? */
static bool
touches_subject(const judged_statement *s)
{
	Relation	rel = s->trigdata->tg_relation;

	/* triggers for rows change what they like, those of tables below too */
	return rel->rd_rel->relkind != RELKIND_RELATION ||
		rel->rd_rel->relhassubclass ||
		rel->trigdesc->trig_update_before_row ||
		bms_is_member(s->attnum - FirstLowInvalidHeapAttributeNumber,
					  s->trigdata->tg_updatedcols);
}

/* judge what the statement wrote */
static void
judge(judged_statement *s)
{
	const TriggerData *trigdata = s->trigdata;

	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		judge_rows(s, trigdata->tg_newtable);
	else if (!touches_subject(s))
		return;
	/* rows come in pairs, unless a trigger kept one from another partition */
	else if (tuplestore_tuple_count(trigdata->tg_oldtable) ==
			 tuplestore_tuple_count(trigdata->tg_newtable))
		judge_updates(s);
	else
		judge_rows(s, trigdata->tg_newtable);
	judge_batch(s);
}

/* what became of a consent, in words */
static const char *
verdict_text(soc2_consent_verdict verdict)
{
	switch (verdict)
	{
		case SOC2_CONSENT_NO_SUBJECT:
			return "it names no subject";
		case SOC2_CONSENT_WITHDRAWN:
			return "the consent was withdrawn";
		case SOC2_CONSENT_EXPIRED:
			return "the consent has expired";
		default:
			return "no consent is in effect";
	}
}

/* refuse the statement */
pg_noreturn static void
refuse(const judged_statement *s)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_CONSENT),
			 errmsg("row of table \"%s\" has no consent for purpose \"%s\"",
					RelationGetRelationName(s->trigdata->tg_relation),
					s->purpose.bytes),
			 errdetail("Row " UINT64_FORMAT " of the statement: %s.",
					   s->first_bad, verdict_text(s->verdict)),
			 errhint("Leave the row out, or record the consent first with soc2.record_consent(); soc2.consent_status shows what subjects agree to."),
			 errtablecol(s->trigdata->tg_relation, s->attnum)));
}

/*
 * soc2.consent_guard(purpose, column, kind): trigger of tables whose rows need a
 * consent of the subject in a column
 */
Datum
soc2_consent_guard(PG_FUNCTION_ARGS)
{
	const TriggerData *trigdata = soc2_trigger_data(fcinfo, &rule);
	judged_statement s;
	int			level = 0;

	check_trigger(trigdata);
	if (soc2_subscription_passes(trigdata->tg_relation))
		return PointerGetDatum(NULL);
	/* consents that the statement itself recorded count */
	CommandCounterIncrement();
	begin(&s, trigdata);
	if (s.pinned)
		level = soc2_ledger_pin();
	judge(&s);
	if (s.pinned)
		soc2_ledger_unpin(level);
	if (s.first_bad != 0)
		refuse(&s);
	return PointerGetDatum(NULL);
}
