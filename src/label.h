/*-------------------------------------------------------------------------
 *
 * label.h
 *		Security labels of the provider soc2.
 *
 * IDENTIFICATION
 *	  src/label.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LABEL_H
#define SOC2_LABEL_H

/* Become the provider; called once, when the library is loaded */
extern void soc2_label_init(void);

#endif							/* SOC2_LABEL_H */
