/*-------------------------------------------------------------------------
 *
 * registry.h
 *		Rows of registries by their names.
 *
 * IDENTIFICATION
 *	  src/registry.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_REGISTRY_H
#define SOC2_REGISTRY_H

/*
 * Run a query for the row of a name, a text that is its only parameter, or for all
 * rows if it is null; how many there are, in SPI_tuptable.  SPI is connected.
 * Raises 42704 if there is none of the name; kind says of what.
 */
extern size_t soc2_registry_select(const char *query, const char *kind,
								   Datum name, bool isnull);

#endif							/* SOC2_REGISTRY_H */
