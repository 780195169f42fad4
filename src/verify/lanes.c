/*-------------------------------------------------------------------------
 *
 * lanes.c
 *		What is kept of each lane: the hashes of its rows.
 *
 * IDENTIFICATION
 *	  src/verify/lanes.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/lanes.h"

#include <stdlib.h>
#include <string.h>

#include "verify/memory.h"

/* The lane with a number */
lane_rows *
lanes_get(lane_table *all, int64_t number)
{
	size_t		low = 0;
	size_t		high = all->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (all->items[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < all->count && all->items[low].number == number)
		return &all->items[low];
	all->items = memory_grow(all->items, &all->capacity, all->count,
							 sizeof(lane_rows));
	memmove(all->items + low + 1, all->items + low,
			(all->count - low) * sizeof(lane_rows));
	memset(&all->items[low], 0, sizeof(lane_rows));
	all->items[low].number = number;
	all->count++;
	return &all->items[low];
}

/* Add a row to the end of a lane */
void
lane_add(lane_rows *l, int64_t seq, const soc2_digest *hash)
{
	l->rows = memory_grow(l->rows, &l->capacity, l->count, sizeof(lane_entry));
	l->rows[l->count].seq = seq;
	l->rows[l->count].hash = *hash;
	l->count++;
}

/* The hash of a row */
const soc2_digest *
lane_hash(lane_rows *l, int64_t seq)
{
	while (l->next < l->count && l->rows[l->next].seq < seq)
		l->next++;
	if (l->next < l->count && l->rows[l->next].seq == seq)
		return &l->rows[l->next].hash;
	return NULL;
}

/* Free all lanes */
void
lanes_free(lane_table *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i].rows);
	free(all->items);
	memset(all, 0, sizeof(*all));
}
