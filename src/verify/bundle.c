/*-------------------------------------------------------------------------
 *
 * bundle.c
 *		Reading a bundle: its lines in their order, and its sum.
 *
 * IDENTIFICATION
 *	  src/verify/bundle.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "verify/crypto.h"
#include "verify/memory.h"

/* Open a bundle */
void
bundle_open(bundle_reader *b, const char *name)
{
	memset(b, 0, sizeof(*b));
	b->name = name;
	b->file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	if (b->file == NULL)
		fatal("%s: %s", name, strerror(errno));
	b->hasher = crypto_hasher();
	if (b->hasher.begin(b->hasher.ctx) != SOC2_OK)
		fatal("SHA-256 is not available");
}

/* end the program because of the line that was read last */
static void
refuse(const bundle_reader *b, const char *why)
{
	fatal("%s: line %" PRId64 ": %s", b->name, b->lines, why);
}

/* read one line with its newline; returns its length */
static size_t
read_line(bundle_reader *b)
{
	ssize_t		len;

	errno = 0;
	len = getline(&b->text, &b->capacity, b->file);
	if (len < 0 && errno != 0)
		fatal("%s: %s", b->name, strerror(errno));
	if (len < 0)
		fatal("%s: the bundle is not complete: it has no end", b->name);
	b->lines++;
	if (b->text[len - 1] != '\n')
		refuse(b, "the bundle is not complete: the line has no end");
	return (size_t) len;
}

/* does a line stand where it can? */
static bool
is_in_order(const bundle_reader *b, bundle_kind kind)
{
	if (b->lines == 1)
		return kind == LINE_HEADER;
	return kind >= b->last && kind != LINE_HEADER;
}

/* judge the last line, and that nothing follows */
static void
judge_end(bundle_reader *b, report_sink *r, const bundle_end *end)
{
	soc2_digest sum;

	if (b->hasher.finish(b->hasher.ctx, &sum) != SOC2_OK)
		fatal("SHA-256 failed");
	if (end->lines != b->lines - 1 ||
		soc2_digest_compare(&sum, &end->sum) != 0)
		report_problem(r, "bundle", "The lines are not those that were exported: their sum is another.");
	if (getc(b->file) != EOF)
		refuse(b, "something follows the end");
}

/* Read the next line */
bool
bundle_next(bundle_reader *b, report_sink *r, bundle_line *out)
{
	char		why[WHY_SIZE];
	size_t		len = read_line(b);

	if (!line_parse(b->text, len - 1, out, why))
		refuse(b, why);
	if (!is_in_order(b, out->kind))
		refuse(b, "the line is not where it must be");
	b->last = out->kind;
	if (out->kind == LINE_END)
	{
		judge_end(b, r, &out->of.end);
		line_free(out);
		return false;
	}
	if (b->hasher.update(b->hasher.ctx, b->text, len) != SOC2_OK)
		fatal("SHA-256 failed");
	return true;
}

/* Close a bundle */
void
bundle_close(bundle_reader *b)
{
	if (b->file != stdin)
		fclose(b->file);
	crypto_hasher_free(&b->hasher);
	free(b->text);
}
