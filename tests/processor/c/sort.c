/* Sorting in four ways. */
#include "results.h"

#define N 200
static int data[N], work[N];

static void fill(int *array)
{
	for (int i = 0; i < N; i++)
		array[i] = (int)next_random();
}

static unsigned digest(const int *array)
{
	unsigned sum = 0;
	for (int i = 0; i < N; i++)
		sum = sum * 31 + (unsigned)array[i];
	return sum;
}

static int is_sorted(const int *array)
{
	for (int i = 1; i < N; i++)
		if (array[i - 1] > array[i])
			return 0;
	return 1;
}

static void quick(int *array, int low, int high)
{
	int i = low, j = high, pivot = array[(low + high) / 2];
	while (i <= j) {
		while (array[i] < pivot)
			i++;
		while (array[j] > pivot)
			j--;
		if (i <= j) {
			int swap = array[i];
			array[i++] = array[j];
			array[j--] = swap;
		}
	}
	if (low < j)
		quick(array, low, j);
	if (i < high)
		quick(array, i, high);
}

static void sink(int *array, int root, int size)
{
	for (int child; (child = 2 * root + 1) < size; root = child) {
		if (child + 1 < size && array[child] < array[child + 1])
			child++;
		if (array[root] >= array[child])
			return;
		int swap = array[root];
		array[root] = array[child];
		array[child] = swap;
	}
}

static void heap(int *array)
{
	for (int root = N / 2; root >= 0; root--)
		sink(array, root, N);
	for (int size = N - 1; size > 0; size--) {
		int swap = array[0];
		array[0] = array[size];
		array[size] = swap;
		sink(array, 0, size);
	}
}

static void merge(int *array, int *other, int low, int high)
{
	if (high - low < 2)
		return;
	int middle = (low + high) / 2, i = low, j = middle;
	merge(array, other, low, middle);
	merge(array, other, middle, high);
	for (int k = low; k < high; k++)
		other[k] = j >= high || (i < middle && array[i] <= array[j]) ? array[i++] : array[j++];
	for (int k = low; k < high; k++)
		array[k] = other[k];
}

static void insertion(unsigned char *array, int size)
{
	for (int i = 1; i < size; i++) {
		unsigned char value = array[i];
		int j = i;
		for (; j > 0 && array[j - 1] > value; j--)
			array[j] = array[j - 1];
		array[j] = value;
	}
}

int main(void)
{
	fill(data);
	quick(data, 0, N - 1);
	put(digest(data));
	put((unsigned)is_sorted(data));
	fill(data);
	heap(data);
	put(digest(data));
	put((unsigned)is_sorted(data));
	fill(data);
	merge(data, work, 0, N);
	put(digest(data));
	put((unsigned)is_sorted(data));
	insertion((unsigned char *)data, N);
	put(digest(data));
	put((unsigned)data[0]);
	put((unsigned)data[N - 1]);
	return is_sorted(work) ? 17 : 18;
}
