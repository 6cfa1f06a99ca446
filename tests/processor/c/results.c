/* Shared by all programs: their results and their random numbers. */
#include "results.h"

unsigned results[RESULT_WORDS];
static unsigned count;
static unsigned state = 0x12345678;

void put(unsigned value)
{
	if (count < RESULT_WORDS)
		results[count++] = value;
}

unsigned next_random(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* The compiler calls these for structures and arrays. */
void *memcpy(void *to, const void *from, unsigned size)
{
	char *target = to;
	const char *source = from;
	while (size--)
		*target++ = *source++;
	return to;
}

void *memset(void *to, int value, unsigned size)
{
	char *target = to;
	while (size--)
		*target++ = (char)value;
	return to;
}
