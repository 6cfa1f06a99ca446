/* Small types: signed and unsigned bytes and halfwords, bit fields, structures, masks. */
#include "results.h"

struct packed_fields {
	unsigned low : 3;
	int middle : 11;
	unsigned high : 18;
};

struct mixed {
	char byte;
	short half;
	unsigned char flag;
	int word;
	signed char tail[3];
};

static short halves[40];
static signed char bytes[40];
static struct mixed records[6];

static int sum_halves(const short *end, int count)
{
	int sum = 0;
	while (count--)
		sum = sum * 3 + *--end;
	return sum;
}

static int saturate(int value)
{
	return value > 127 ? 127 : value < -128 ? -128 : value;
}

static unsigned reverse(unsigned value)
{
	unsigned result = 0;
	for (int i = 0; i < 32; i++)
		result = result << 1 | (value >> i & 1);
	return result;
}

static struct mixed change(struct mixed record, int by)
{
	record.byte += (char)by;
	record.half = (short)(record.half * by);
	record.tail[by & 1] ^= record.byte;
	record.word += record.tail[1] - record.half;
	return record;
}

int main(void)
{
	for (int i = 0; i < 40; i++) {
		unsigned random = next_random();
		halves[i] = (short)random;
		bytes[i] = (signed char)saturate((int)random >> 22);
	}
	put((unsigned)sum_halves(halves + 40, 40));
	int sum = 0;
	for (int i = 0; i < 40; i++)
		sum += bytes[i] * (i & 1 ? -halves[i] : halves[i]);
	put((unsigned)sum);
	struct packed_fields fields = {5, -700, 0x2abcd};
	for (int i = 0; i < 10; i++) {
		fields.low += 3;
		fields.middle = fields.middle * 5 - (int)fields.low;
		fields.high ^= (unsigned)fields.middle << fields.low;
		put(fields.low | (unsigned)(fields.middle & 0x7ff) << 3 | fields.high << 14);
	}
	for (int i = 0; i < 36; i++) {
		struct mixed *record = &records[i % 6];
		*record = change(*record, (int)(next_random() >> 27));
	}
	for (int i = 0; i < 6; i++)
		put((unsigned)records[i].word ^ (unsigned)records[i].half << 16 ^ (unsigned)records[i].tail[1]);
	put(reverse(0x12345678));
	unsigned rotated = 0x80000001;
	for (int i = 1; i < 32; i++)
		rotated = (rotated << i | rotated >> (32 - i)) + (unsigned)__builtin_popcount(rotated);
	put(rotated);
	return bytes[7];
}
