/*-------------------------------------------------------------------------
 *
 * label.h
 *		Security labels that classify data.
 *
 * A label is words with white space between them, in any order and case:
 *
 *		class=pii subject masked purpose=billing,"fraud detection"
 *		basis=contract recipients=bank dispose=null note="asked for by law"
 *
 * A value is bytes without white space, comma, equals sign and quotation mark,
 * or anything without control characters between quotation marks.  Texts are
 * in any encoding of the server: bytes from 0x80 are part of values.
 *
 * IDENTIFICATION
 *	  src/core/label.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_LABEL_H
#define SOC2_CORE_LABEL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"
#include "core/text.h"

typedef enum soc2_label_key
{
	SOC2_LABEL_CLASS = 0,		/* how sensitive it is */
	SOC2_LABEL_MASKED,			/* is it masked or encrypted? a flag */
	SOC2_LABEL_SUBJECT,			/* is it about a person? a flag */
	SOC2_LABEL_PURPOSE,			/* what for; a list */
	SOC2_LABEL_BASIS,			/* what allows it; a list */
	SOC2_LABEL_RECIPIENTS,		/* who is given it; a list */
	SOC2_LABEL_DISPOSE,			/* what disposal should make of it */
	SOC2_LABEL_NOTE,			/* why */

	SOC2_LABEL_KEYS				/* not a key: how many there are */
} soc2_label_key;

/* what a label is on */
typedef enum soc2_label_place
{
	SOC2_LABEL_ON_DATABASE = 0,
	SOC2_LABEL_ON_TABLE,
	SOC2_LABEL_ON_COLUMN
} soc2_label_place;

/* one word of a label */
typedef struct soc2_label_word
{
	bool		present;
	size_t		offset;			/* where it starts in the label */
	soc2_text	values;			/* what follows "=": borrowed from the label */
} soc2_label_word;

typedef struct soc2_label
{
	soc2_label_word words[SOC2_LABEL_KEYS];
	/* in the one way to write them; static storage, NULL if not there */
	const char *data_class;		/* public, …; "pii" is personal */
	const char *dispose;		/* delete, null, constant, hash or keep */
} soc2_label;

/*
 * Parse a label and judge whether it can be on such an object.
 *
 * SOC2_OK.  SOC2_LABEL_EMPTY, SOC2_LABEL_CHARACTER, SOC2_LABEL_UNKNOWN,
 * SOC2_LABEL_TWICE, SOC2_LABEL_NO_VALUE, SOC2_LABEL_VALUE,
 * SOC2_LABEL_ONE_VALUE, SOC2_LABEL_QUOTE, SOC2_LABEL_CLASS_UNKNOWN,
 * SOC2_LABEL_DISPOSE_UNKNOWN: it is no label.  SOC2_LABEL_PUBLIC,
 * SOC2_LABEL_UNCLASSED: words contradict each other.  SOC2_LABEL_PLACE: a word
 * is for columns alone.  Unless SOC2_OK, *errpos is set and *out undefined.
 */
extern soc2_status soc2_label_parse(soc2_text text, soc2_label_place place,
									soc2_label *out, size_t *errpos);

/*
 * The value that starts at *offset, from 0, in the values of a word, without
 * quotation marks; *offset moves behind it and its comma.  False: there is no
 * more.
 */
extern bool soc2_label_value(soc2_text values, size_t *offset,
							 soc2_text *value);

#endif							/* SOC2_CORE_LABEL_H */
