/*-------------------------------------------------------------------------
 *
 * subject.h
 *		Subjects: which rows belong to one, and which subjects are held.
 *
 * A subject is written kind:key, as in cust:42.  A kind has one table whose key
 * column tells its subjects apart; other tables belong to a subject by a column
 * that refers to a table which does.  soc2.subject_edges has one row for each
 * such column.  The edges make no circle.
 *
 * Keys are compared as the text of values, of types whose text depends on no
 * setting.
 *
 * IDENTIFICATION
 *	  src/subject.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_SUBJECT_H
#define SOC2_SUBJECT_H

#include "executor/spi.h"
#include "executor/tuptable.h"
#include "hold.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#define SOC2_SUBJECT_EDGES	"subject_edges"

/* columns of soc2.subject_edges; new ones are appended */
enum
{
	SOC2_EDGE_RELATION = 1,
	SOC2_EDGE_COLUMN,
	SOC2_EDGE_KIND,
	SOC2_EDGE_VIA,
	SOC2_EDGE_VIA_COLUMN
};

/* a column of a table that says which subjects a row belongs to */
typedef struct soc2_subject_edge
{
	AttrNumber	attnum;
	FmgrInfo	output;			/* writes its type */
	List	   *kinds;			/* char *: its text is a key of these kinds */
	Oid			type;
	SPIPlanPtr	plan;			/* finds more subjects by its value, or NULL */
} soc2_subject_edge;

/*
 * The edges of an open table, of soc2_subject_edge; for a partition, those of
 * the tables above it too.  They live as long as the current context.  Raises
 * S2G01 if a column is missing.
 */
extern List *soc2_subject_edges(Relation rel);

/*
 * A hold in force on a subject that the row in a slot belongs to, in the current
 * context, or NULL.  rel is the table of the edges.
 */
extern soc2_hold *soc2_subject_hold(const List *edges, TupleTableSlot *slot);

/*
 * A column of a table got another name: let edges follow it, or refuse that
 * (S2G01) where a subject is held that it leads to.  Refused (S2G01) is also what
 * they cannot follow: a column that another table leads by is not there any more.
 */
extern void soc2_subject_column_renamed(Oid relid, AttrNumber attnum,
										const char *old);
extern void soc2_subject_check_columns(Oid relid);

/* Is any subject held?  Looks for holds that came since it was called last. */
extern bool soc2_subject_any_held(void);

#endif							/* SOC2_SUBJECT_H */
