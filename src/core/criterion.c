/*-------------------------------------------------------------------------
 *
 * criterion.c
 *		One criterion of a framework, packed into eight bytes: the parts, the
 *		binary form and the tree.  Its text is in criterion_text.c.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/criterion.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/criterion.h"

#define FRAMEWORK_SHIFT	56
#define CATEGORY_SHIFT	48

/* how far each of the three numbers is shifted */
static const unsigned number_shift[SOC2_LEVEL_MAX] = {32, 16, 0};

/* Take a packed value apart */
soc2_criterion_parts
soc2_criterion_unpack(soc2_criterion c)
{
	soc2_criterion_parts parts;
	uint64_t	bits = (uint64_t) c;

	parts.framework = (unsigned) ((bits >> FRAMEWORK_SHIFT) & 0xFF);
	parts.category = (unsigned) ((bits >> CATEGORY_SHIFT) & 0xFF);
	for (int i = 0; i < SOC2_LEVEL_MAX; i++)
		parts.number[i] = (unsigned) ((bits >> number_shift[i]) & 0xFFFF);
	return parts;
}

/* Put parts together */
soc2_criterion
soc2_criterion_pack(const soc2_criterion_parts *parts)
{
	uint64_t	bits;

	bits = (uint64_t) parts->framework << FRAMEWORK_SHIFT;
	bits |= (uint64_t) parts->category << CATEGORY_SHIFT;
	for (int i = 0; i < SOC2_LEVEL_MAX; i++)
		bits |= (uint64_t) parts->number[i] << number_shift[i];
	return (soc2_criterion) bits;
}

/* Can the value be a criterion? */
bool
soc2_criterion_is_valid(soc2_criterion c)
{
	soc2_criterion_parts parts = soc2_criterion_unpack(c);

	if (parts.framework < SOC2_FRAMEWORK_MIN ||
		parts.framework > SOC2_FRAMEWORK_MAX)
		return false;
	if (parts.category < SOC2_CATEGORY_MIN ||
		parts.category > SOC2_CATEGORY_MAX)
		return false;
	for (int i = 1; i < SOC2_LEVEL_MAX; i++)
	{
		if (parts.number[i] != 0 && parts.number[i - 1] == 0)
			return false;
	}
	return true;
}

/* Write the binary form */
void
soc2_criterion_encode(soc2_criterion c,
					  unsigned char out[SOC2_CRITERION_BINARY_SIZE])
{
	uint64_t	bits = (uint64_t) c;

	out[0] = SOC2_CRITERION_BINARY_VERSION;
	for (int i = 0; i < 8; i++)
		out[1 + i] = (unsigned char) (bits >> (56 - 8 * i));
}

/* Read the packed value of a binary form */
soc2_status
soc2_criterion_decode(const unsigned char in[8], soc2_criterion *out)
{
	uint64_t	bits = 0;

	for (int i = 0; i < 8; i++)
		bits = (bits << 8) | in[i];
	if (!soc2_criterion_is_valid((soc2_criterion) bits))
		return SOC2_BAD_FIELD;
	*out = (soc2_criterion) bits;
	return SOC2_OK;
}

/* Level of a valid criterion */
int
soc2_criterion_level(soc2_criterion c)
{
	soc2_criterion_parts parts = soc2_criterion_unpack(c);
	int			level = 0;

	while (level < SOC2_LEVEL_MAX && parts.number[level] != 0)
		level++;
	return level;
}

/* The ancestor of c, or c itself, at a level */
soc2_criterion
soc2_criterion_at_level(soc2_criterion c, int level)
{
	/* clear the numbers below the level; a category keeps its 16 top bits */
	unsigned	cleared = (unsigned) (SOC2_LEVEL_MAX - level) * 16;

	return (soc2_criterion) (((uint64_t) c >> cleared) << cleared);
}

/* The criterion above */
soc2_status
soc2_criterion_parent(soc2_criterion c, soc2_criterion *out)
{
	int			level = soc2_criterion_level(c);

	if (level == 0)
		return SOC2_OUT_OF_RANGE;
	*out = soc2_criterion_at_level(c, level - 1);
	return SOC2_OK;
}

/* The last value of a criterion's range */
soc2_criterion
soc2_criterion_subtree_end(soc2_criterion c)
{
	unsigned	open = (unsigned) (SOC2_LEVEL_MAX - soc2_criterion_level(c)) * 16;

	return (soc2_criterion) ((uint64_t) c | (((uint64_t) 1 << open) - 1));
}

/* Is a equal to b or an ancestor of it? */
bool
soc2_criterion_covers(soc2_criterion a, soc2_criterion b)
{
	return a <= b && b <= soc2_criterion_subtree_end(a);
}
