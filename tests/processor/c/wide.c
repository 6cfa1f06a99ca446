/* 64-bit arithmetic, partly by the compiler's support library. */
#include "results.h"

typedef unsigned long long wide;

static void put_wide(wide value)
{
	put((unsigned)(value >> 32));
	put((unsigned)value);
}

static wide random_wide(void)
{
	wide high = next_random();
	return high << 32 | next_random();
}

static wide shift_left(wide value, unsigned amount)
{
	return value << (amount & 63);
}

static wide shift_right(wide value, unsigned amount)
{
	return value >> (amount & 63);
}

static long long shift_arithmetic(long long value, unsigned amount)
{
	return value >> (amount & 63);
}

static unsigned ones(wide value)
{
	unsigned count = 0;
	for (; value; value &= value - 1)
		count++;
	return count;
}

static unsigned collatz(wide value)
{
	unsigned steps = 0;
	for (; value != 1; steps++)
		value = value & 1 ? 3 * value + 1 : value >> 1;
	return steps;
}

static wide divisor(wide a, wide b)
{
	while (b) {
		wide rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

int main(void)
{
	wide sum = 0, product = 1, shifted = 0;
	long long signed_sum = 0;
	for (unsigned i = 0; i < 70; i++) {
		wide x = random_wide(), y = random_wide() >> (i % 61);
		sum += x - y * 3;
		product = product * (x | 1) + (x > y);
		shifted ^= shift_left(x, i) + shift_right(y, i) + (wide)shift_arithmetic((long long)x, i);
		signed_sum += (long long)x / (long long)(y | 1) - (long long)y % (long long)(x | 1);
		sum ^= x / (y | 1) + x % (y | 1);
	}
	put_wide(sum);
	put_wide(product);
	put_wide(shifted);
	put_wide((wide)signed_sum);
	put(ones(sum) + 100 * ones(product));
	put(collatz(837799));
	put_wide(divisor(600851475143ull * 6857, 987654321ull * 6857));
	put((unsigned)__builtin_clz((unsigned)sum | 1) + ((unsigned)__builtin_ctz((unsigned)product | 256) << 8));
	put_wide((wide)(-(long long)sum) ^ ~product);
	put((unsigned)((long long)sum < (long long)product) | (unsigned)(sum < product) << 1);
	return (int)(sum >> 40);
}
