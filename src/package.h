/*-------------------------------------------------------------------------
 *
 * package.h
 *		Documents about what is recorded: views as CSV and JSON, and the audit
 *		package that holds them.
 *
 * Everything is read under the snapshot of the statement, by cursors, with the
 * rights of the caller and with the settings pinned that texts depend on.
 *
 * IDENTIFICATION
 *	  src/package.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_PACKAGE_H
#define SOC2_PACKAGE_H

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/tuplestore.h"

/* bytes of a sum in hexadecimal, with a NUL */
#define SOC2_SUM_TEXT_SIZE	(2 * PG_SHA256_DIGEST_LENGTH + 1)

/* a SHA-256 over text in UTF-8, and how much that was */
typedef struct soc2_sum
{
	pg_cryptohash_ctx *hash;
	int64		bytes;
} soc2_sum;

extern void soc2_sum_begin(soc2_sum *sum);
extern void soc2_sum_add(soc2_sum *sum, const char *text, int len);
extern void soc2_sum_end(soc2_sum *sum, char *hex);

/*
 * A document while it is written.  What is written stands in text, in the
 * encoding of the server.  With a result, whole lines leave it as parts, rows
 * of (name, part, content) without their last newline; else it all stays.
 */
typedef struct soc2_document
{
	const char *name;
	Tuplestorestate *result;	/* NULL: it stays in text */
	TupleDesc	desc;
	StringInfoData text;
	soc2_sum	sum;			/* of all that left, and its newlines */
	int64		parts;
} soc2_document;

/* Begin a document in the current context; result and desc may be NULL */
extern void soc2_document_begin(soc2_document *document, const char *name,
								Tuplestorestate *result, TupleDesc desc);

/* What was added to the text makes whole lines, which may leave */
extern void soc2_document_lines(soc2_document *document);

/* Add lines, of which the last has no newline yet, that stand elsewhere */
extern void soc2_document_add(soc2_document *document, const char *text,
							  int len);

/* Hand over the last part, and write the sum of the parts in hexadecimal */
extern void soc2_document_end(soc2_document *document, char *hex);

/* a view, or a function that returns rows, as a source of rows */
typedef struct soc2_source
{
	char	   *name;			/* of the document, or of the member in JSON */
	char	   *rows;			/* what stands behind FROM */
	char	   *keys;			/* of the order, names separated by commas */
	char	   *in_period;		/* condition on v, a row, and p, a row of
								 * soc2.periods; NULL: none */
} soc2_source;

/* what is asked: queries have the argument, a text, as $1 */
typedef struct soc2_question
{
	Datum		argument;
	bool		argument_is_null;
} soc2_question;

/* takes a row of a query */
typedef void (*soc2_row_taker) (void *state, HeapTuple row, TupleDesc desc);

/* The question that an argument of a function asks */
extern soc2_question soc2_question_of(FunctionCallInfo fcinfo, int number);

/*
 * Run a query, and hand each row over in a memory context of its own.  SPI is
 * connected.  Returns the number of rows.
 */
extern int64 soc2_question_query(const soc2_question *question,
								 const char *query, soc2_row_taker take,
								 void *state);

/* The one value of a query, as text, in the current context; NULL if none */
extern char *soc2_question_value(const soc2_question *question,
								 const char *query);

/* The columns of a query */
extern TupleDesc soc2_question_columns(const soc2_question *question,
									   const char *query);

/* The sources that a query returns, in its order; *count is their number */
extern soc2_source *soc2_source_list(const soc2_question *question,
									 const char *query, int *count);

/*
 * The query for the rows of a source, in an order that is the same for the
 * same rows.  Each is returned as the list of its columns, or as one column
 * with its JSON.
 */
extern char *soc2_source_query(const soc2_question *question,
							   const soc2_source *source, bool as_json);

/* Write the rows of a source as CSV; returns their number */
extern int64 soc2_csv_write(soc2_document *document,
							const soc2_question *question,
							const soc2_source *source);

/* Write the report about a period, or about all, as JSON */
extern void soc2_json_write(soc2_document *document,
							const soc2_question *question, const char *about);

/* The query for what documents say about themselves, the argument a period */
#define SOC2_ABOUT_QUERY	"SELECT soc2.package_about($1)"

/* The query for the sources of a report, the argument a period */
#define SOC2_SOURCES_QUERY \
	"SELECT name, rows, keys, in_period FROM soc2.package_sources($1)"

#endif							/* SOC2_PACKAGE_H */
