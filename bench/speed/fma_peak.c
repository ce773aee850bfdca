/* Single-precision multiply-adds per second of one core, in GFLOP/s: independent chains in
 * registers, no memory. Each accumulator is opaque to the compiler, which would otherwise see that
 * the chains are equal and keep only one of them. */
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <stdio.h>
#include <time.h>

/* Latency 4 x two units, and some more. */
enum { CHAINS = 12, STEPS = 1 << 22, ROUNDS = 9 };

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#if defined(__x86_64__)

/* Repeats a statement for every chain; a loop would keep the accumulators in memory. */
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

#define PEAK(name, isa, vector, set)                                             \
	__attribute__((target(isa))) static double name(void)                    \
	{                                                                        \
		vector a[CHAINS], x = set(0.999999f), y = set(1e-7f);            \
		double before;                                                   \
		EACH(START)                                                      \
		before = cpu_seconds();                                          \
		for (int i = 0; i < STEPS; i++) {                                \
			EACH(STEP)                                               \
		}                                                                \
		EACH(KEEP)                                                       \
		return 2.0 * (sizeof(vector) / sizeof(float)) * CHAINS * STEPS / \
		       (cpu_seconds() - before) * 1e-9;                          \
	}

#define START(i)  \
	a[i] = x; \
	__asm__ volatile("" : "+v"(a[i]));
#define STEP(i) __asm__ volatile("vfmadd213ps %2, %1, %0" : "+v"(a[i]) : "v"(x), "v"(y));
#define KEEP(i) __asm__ volatile("" : : "v"(a[i]));

PEAK(peak_avx2, "avx2,fma", __m256, _mm256_set1_ps)
PEAK(peak_avx512, "avx512f", __m512, _mm512_set1_ps)

static double peak(void)
{
	double best = 0.0;

	__builtin_cpu_init();
	for (int i = 0; i < ROUNDS; i++) {
		double narrow = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
		                        ? peak_avx2()
		                        : 0.0;
		double wide = __builtin_cpu_supports("avx512f") ? peak_avx512() : 0.0;

		best = narrow > best ? narrow : best;
		best = wide > best ? wide : best;
	}
	return best;
}

#else

static double peak(void)
{
	return 0.0;
}

#endif

int main(void)
{
	double gflops = peak();

	if (!(gflops > 0.0)) {
		fprintf(stderr, "fma_peak: needs an x86-64 processor with AVX2\n");
		return 3;
	}
	printf("%.2f\n", gflops);
	return 0;
}
