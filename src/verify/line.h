/*-------------------------------------------------------------------------
 *
 * line.h
 *		The lines of a bundle, taken apart.
 *
 * See doc/ledger-format.md, section "Bundle".  What is refused here is no bundle;
 * what is accepted can still have been tampered with.
 *
 * IDENTIFICATION
 *	  src/verify/line.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_LINE_H
#define VERIFY_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/chain.h"
#include "core/encode.h"
#include "verify/fields.h"

/* the kinds of lines, in the order in which they stand */
typedef enum bundle_kind
{
	LINE_HEADER,
	LINE_ROW,
	LINE_SEAL,
	LINE_PRUNE,
	LINE_LEAF,
	LINE_END
} bundle_kind;

/* a column that counts as content */
typedef struct bundle_column
{
	soc2_text	name;
	bool		redactable;
} bundle_column;

typedef struct bundle_header
{
	soc2_ledger_id id;
	soc2_text	id_text;
	soc2_text	ledger;
	size_t		ncolumns;
	bundle_column *columns;		/* in ascending byte order of the names */
	soc2_text	checkpoint;		/* bytes is NULL if there is none */
} bundle_header;

typedef struct bundle_row
{
	int64_t		lane;
	int64_t		seq;
	soc2_digest prev;
	soc2_digest hash;
	bool		complete;		/* none of these was null */
	bool		has_salt;		/* of the right length */
	unsigned char salt[SOC2_SALT_SIZE];
	const json_t *values;		/* name to text */
	const json_t *commitments;	/* name to digest; NULL if there are none */
} bundle_row;

/* rows of a lane that stand side by side in the log */
typedef struct bundle_range
{
	int64_t		lane;
	int64_t		first;
	int64_t		last;
	int64_t		position;
} bundle_range;

typedef struct bundle_seal
{
	int64_t		seal;
	int64_t		incarnation;
	int64_t		size;
	soc2_digest root;
	bool		has_previous;
	int64_t		previous_size;
	soc2_digest previous_root;
	soc2_text	incarnation_id; /* empty if there is none */
	size_t		nranges;
	bundle_range *ranges;
} bundle_seal;

typedef struct bundle_prune
{
	int64_t		lane;
	int64_t		last;
	soc2_digest hash;
} bundle_prune;

typedef struct bundle_leaf
{
	int64_t		position;
	soc2_digest hash;
} bundle_leaf;

typedef struct bundle_end
{
	int64_t		lines;
	soc2_digest sum;
} bundle_end;

/* a line; texts in it are borrowed from root */
typedef struct bundle_line
{
	bundle_kind kind;
	json_t	   *root;
	union
	{
		bundle_header header;
		bundle_row	row;
		bundle_seal seal;
		bundle_prune prune;
		bundle_leaf leaf;
		bundle_end	end;
	}			of;
} bundle_line;

/*
 * Parse a line, without its newline.  False if it is none of a bundle: why,
 * of WHY_SIZE bytes, says what is wrong, and there is nothing to free.
 */
extern bool line_parse(const char *text, size_t len, bundle_line *out,
					   char *why);

/* Free what a parsed line holds */
extern void line_free(bundle_line *l);

#endif							/* VERIFY_LINE_H */
