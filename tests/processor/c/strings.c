/* Text: searching, comparing, numbers to text and back, a small formatter, and an evaluator of expressions. */
#include "results.h"

static char buffer[96];

static unsigned length(const char *text)
{
	const char *end = text;
	while (*end)
		end++;
	return (unsigned)(end - text);
}

static int compare(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

static const char *find(const char *text, const char *part)
{
	unsigned size = length(part);
	for (; *text; text++) {
		unsigned i = 0;
		while (i < size && text[i] == part[i])
			i++;
		if (i == size)
			return text;
	}
	return 0;
}

static char *number(char *to, long value, unsigned base)
{
	char digits[34];
	int count = 0;
	unsigned long rest = value < 0 && base == 10 ? 0ul - (unsigned long)value : (unsigned long)value;
	if (value < 0 && base == 10)
		*to++ = '-';
	do
		digits[count++] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % base];
	while (rest /= base);
	while (count)
		*to++ = digits[--count];
	*to = 0;
	return to;
}

static long parse(const char *text, int base)
{
	long value = 0;
	int negative = *text == '-';
	for (text += negative; *text; text++) {
		int digit = *text >= 'a' ? *text - 'a' + 10 : *text - '0';
		value = value * base + digit;
	}
	return negative ? -value : value;
}

static void format(char *to, const char *pattern, const long *values)
{
	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			*to++ = *pattern;
			continue;
		}
		switch (*++pattern) {
		case 'd': to = number(to, *values++, 10); break;
		case 'x': to = number(to, *values++, 16); break;
		case 'o': to = number(to, *values++, 8); break;
		case 'b': to = number(to, *values++, 2); break;
		case 'c': *to++ = (char)*values++; break;
		case 'z': to = number(to, *values++, 36); break;
		default: *to++ = '?'; break;
		}
	}
	*to = 0;
}

static const char *cursor;
static int sum(void);

static int factor(void)
{
	int sign = 1, value = 0;
	while (*cursor == '-')
		sign = -sign, cursor++;
	if (*cursor == '(') {
		cursor++;
		value = sum();
		cursor++;
	} else
		while (*cursor >= '0' && *cursor <= '9')
			value = value * 10 + *cursor++ - '0';
	return sign * value;
}

static int product(void)
{
	int value = factor();
	while (*cursor == '*' || *cursor == '/' || *cursor == '%') {
		char sign = *cursor++;
		int other = factor();
		value = sign == '*' ? value * other : sign == '/' ? value / other : value % other;
	}
	return value;
}

static int sum(void)
{
	int value = product();
	while (*cursor == '+' || *cursor == '-')
		value = *cursor++ == '+' ? value + product() : value - product();
	return value;
}

static int evaluate(const char *text)
{
	cursor = text;
	return sum();
}

static unsigned digest(const char *text)
{
	unsigned hash = 5381;
	while (*text)
		hash = hash * 33 + (unsigned char)*text++;
	return hash;
}

int main(void)
{
	const long values[] = {-2147483647 - 1, 0xcafe, 8, 5, 'x', 123456789, 0};
	format(buffer, "%d %x %o %b%c%z %q%d", values);
	put(length(buffer));
	put(digest(buffer));
	put((unsigned)(find(buffer, "cafe") - buffer));
	put((unsigned)compare("\x80", "a"));
	put((unsigned)compare("plastic", "plasticity"));
	put((unsigned)parse("-2147483648", 10));
	put((unsigned)parse("7fffffff", 16));
	put((unsigned)evaluate("-(3+4)*-5-100/7%4+((2))"));
	put((unsigned)evaluate("1000000*4295/(0-13)%997"));
	for (int i = 0; i < 8; i++) {
		number(buffer, (long)next_random(), 2 + 4 * (unsigned)i);
		put(digest(buffer));
		put((unsigned)parse(buffer, 2 + 4 * i));
	}
	return find("abc", "abcd") == 0;
}
