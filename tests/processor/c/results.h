/* What a program computed; compared word by word between the processors. */
#ifndef RESULTS_H
#define RESULTS_H

#define RESULT_WORDS 64
extern unsigned results[RESULT_WORDS];

/* Append a word. */
void put(unsigned value);

/* The next number of a fixed random sequence. */
unsigned next_random(void);

#endif
