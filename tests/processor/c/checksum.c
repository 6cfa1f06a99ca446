/* CRC-32 with and without table, Adler-32, and the SHA-1 of one block. */
#include "results.h"

static unsigned table[256];
static unsigned char text[192];

static unsigned step(unsigned crc)
{
	return crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
}

static void make_table(void)
{
	for (unsigned i = 0; i < 256; i++) {
		unsigned crc = i;
		for (int bit = 0; bit < 8; bit++)
			crc = step(crc);
		table[i] = crc;
	}
}

static unsigned crc_by_table(const unsigned char *data, int size)
{
	unsigned crc = ~0u;
	while (size--)
		crc = crc >> 8 ^ table[(crc ^ *data++) & 0xff];
	return ~crc;
}

static unsigned crc_by_bit(const unsigned char *data, int size)
{
	unsigned crc = ~0u;
	while (size--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = step(crc);
	}
	return ~crc;
}

static unsigned adler(const unsigned char *data, int size)
{
	unsigned a = 1, b = 0;
	while (size--) {
		a = (a + *data++) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static unsigned rotate(unsigned value, int amount)
{
	return value << amount | value >> (32 - amount);
}

static void sha1_block(unsigned hash[5], const unsigned char *block)
{
	unsigned w[80];
	for (int t = 0; t < 16; t++)
		w[t] = (unsigned)block[4 * t] << 24 | (unsigned)block[4 * t + 1] << 16 | (unsigned)block[4 * t + 2] << 8 |
		       block[4 * t + 3];
	for (int t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	unsigned a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4];
	for (int t = 0; t < 80; t++) {
		unsigned f, k;
		if (t < 20)
			f = (b & c) | (~b & d), k = 0x5a827999;
		else if (t < 40)
			f = b ^ c ^ d, k = 0x6ed9eba1;
		else if (t < 60)
			f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
		else
			f = b ^ c ^ d, k = 0xca62c1d6;
		unsigned sum = rotate(a, 5) + f + e + k + w[t];
		e = d, d = c, c = rotate(b, 30), b = a, a = sum;
	}
	hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d, hash[4] += e;
}

int main(void)
{
	for (unsigned i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)(next_random() >> 11);
	make_table();
	put(crc_by_table(text, sizeof text));
	put(crc_by_bit(text, sizeof text));
	put(crc_by_table((const unsigned char *)"123456789", 9));
	put(adler(text, sizeof text));
	unsigned hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	unsigned char block[64] = "abc\x80";
	block[63] = 24;
	sha1_block(hash, block);
	for (int i = 0; i < 5; i++)
		put(hash[i]);
	for (int i = 0; i < 3; i++)
		sha1_block(hash, text + 64 * i);
	for (int i = 0; i < 5; i++)
		put(hash[i]);
	return (int)hash[0];
}
