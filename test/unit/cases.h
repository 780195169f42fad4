/*-------------------------------------------------------------------------
 *
 * cases.h
 *		Tables of cases.
 *
 * IDENTIFICATION
 *	  test/unit/cases.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEST_CASES_H
#define SOC2_TEST_CASES_H

/* members of an array */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif							/* SOC2_TEST_CASES_H */
