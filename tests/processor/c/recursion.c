/* Recursion and calls through pointers. */
#include "results.h"

static unsigned ackermann(unsigned m, unsigned n)
{
	if (!m)
		return n + 1;
	return ackermann(m - 1, n ? ackermann(m, n - 1) : 1);
}

static unsigned fibonacci(unsigned n)
{
	return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static int queens(unsigned all, unsigned columns, unsigned left, unsigned right)
{
	if (columns == all)
		return 1;
	int count = 0;
	for (unsigned free = all & ~(columns | left | right); free;) {
		unsigned bit = free & -free;
		free ^= bit;
		count += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
	}
	return count;
}

static unsigned moves;
static unsigned places[3];

static void hanoi(int size, int from, int to, int over)
{
	if (!size)
		return;
	hanoi(size - 1, from, over, to);
	moves = moves * 3 + (unsigned)(from * 4 + to);
	places[from]--, places[to]++;
	hanoi(size - 1, over, to, from);
}

static unsigned permutations;

static void permute(char *text, int size, void (*visit)(const char *))
{
	if (size == 1) {
		visit(text);
		return;
	}
	for (int i = 0; i < size; i++) {
		permute(text, size - 1, visit);
		int other = size & 1 ? 0 : i;
		char swap = text[other];
		text[other] = text[size - 1];
		text[size - 1] = swap;
	}
}

static void take(const char *text)
{
	permutations = permutations * 17 + (unsigned)(text[0] ^ text[3] << 3);
}

typedef int (*binary)(int, int);
static int add(int a, int b) { return a + b; }
static int subtract(int a, int b) { return a - b; }
static int multiply(int a, int b) { return a * b; }
static int divide(int a, int b) { return b ? a / b : 0; }
static const binary operations[] = {add, subtract, multiply, divide};

static int fold(int depth, int value)
{
	if (!depth)
		return value;
	unsigned random = next_random();
	return operations[random >> 30](fold(depth - 1, value + 1), (int)(random & 0xff) - 128);
}

int main(void)
{
	put(ackermann(2, 9));
	put(fibonacci(17));
	put((unsigned)queens(0x7f, 0, 0, 0));
	places[0] = 9;
	hanoi(9, 0, 2, 1);
	put(moves);
	put(places[2]);
	char text[] = "abcdef";
	permute(text, 6, take);
	put(permutations);
	for (int i = 0; i < 8; i++)
		put((unsigned)fold(i * 7, i));
	return (int)ackermann(1, 40);
}
