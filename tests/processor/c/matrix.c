/* Matrices of integers, fractions and residues. */
#include "results.h"

#define N 9
static int a[N][N], b[N][N], c[N][N];
static short small[N][N];

static void fill(int m[N][N], int modulus)
{
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			m[i][j] = (int)next_random() % modulus;
}

static unsigned digest(int m[N][N])
{
	unsigned sum = 7;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			sum = sum * 33 ^ (unsigned)m[i][j];
	return sum;
}

static void multiply(void)
{
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			int sum = 0;
			for (int k = 0; k < N; k++)
				sum += a[i][k] * b[k][j];
			c[i][j] = sum;
		}
}

/* Numbers with 16 bits behind the point. */
static int multiply_fixed(int x, int y)
{
	return (int)((long long)x * y >> 16);
}

static int root_fixed(int x)
{
	int root = x > 0x10000 ? x : 0x10000;
	for (int i = 0; i < 24; i++)
		root = (root + (int)(((long long)x << 16) / root)) / 2;
	return root;
}

static unsigned power(unsigned base, unsigned exponent, unsigned modulus)
{
	unsigned long long result = 1, square = base;
	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result = result * square % modulus;
		square = square * square % modulus;
	}
	return (unsigned)result;
}

/* Determinant modulo a prime. */
static unsigned determinant(unsigned prime)
{
	static unsigned m[N][N];
	unsigned result = 1;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			m[i][j] = (unsigned)a[i][j] % prime;
	for (int k = 0; k < N; k++) {
		int pivot = k;
		while (pivot < N && !m[pivot][k])
			pivot++;
		if (pivot == N)
			return 0;
		for (int j = 0; j < N; j++) {
			unsigned swap = m[k][j];
			m[k][j] = m[pivot][j];
			m[pivot][j] = swap;
		}
		result = (unsigned)((unsigned long long)result * m[k][k] % prime);
		unsigned inverse = power(m[k][k], prime - 2, prime);
		for (int i = k + 1; i < N; i++) {
			unsigned factor = (unsigned)((unsigned long long)m[i][k] * inverse % prime);
			for (int j = k; j < N; j++) {
				unsigned long long product = (unsigned long long)factor * m[k][j];
				m[i][j] = (unsigned)((m[i][j] + prime - product % prime) % prime);
			}
		}
	}
	return result;
}

int main(void)
{
	fill(a, 1000);
	fill(b, -77);
	multiply();
	put(digest(c));
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			small[j][i] = (short)c[i][j];
	int trace = 0;
	for (int i = 0; i < N; i++)
		trace += small[i][i] - small[N - 1 - i][i];
	put((unsigned)trace);
	for (int x = 1; x < 10; x++)
		put((unsigned)root_fixed(x * x << 14));
	put((unsigned)multiply_fixed(-0x18000, 0x28000));
	put(determinant(1000003));
	put(power(3, 1000001, 65537));
	return (int)digest(c) >> 8;
}
