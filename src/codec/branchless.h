/* Choices that cannot be foreseen, made without a branch, whatever the compiler thinks of it.
 * Private to the codec layer. */
#ifndef HCB_CODEC_BRANCHLESS_H
#define HCB_CODEC_BRANCHLESS_H

#include <stdint.h>

/* The compiler knows nothing of x from here on: no branch can be made of a choice that uses it. */
#ifdef __GNUC__
#define KEEP(x)           __asm__("" : "+r"(x))
#define BRANCHLESS_INLINE static inline __attribute__((always_inline))
#else
#define KEEP(x)           (void)(x)
#define BRANCHLESS_INLINE static inline
#endif

/* `yes` if the top bit of x is set. */
BRANCHLESS_INLINE uint64_t pick_by_top(uint64_t x, uint64_t yes, uint64_t no)
{
#if defined(__x86_64__) && defined(__GNUC__)
	__asm__("test %1, %1\n\tcmovs %2, %0" : "+r"(no) : "r"(x), "r"(yes) : "cc");
	return no;
#else
	uint64_t mask = (uint64_t)0 - (x >> 63);

	KEEP(mask);
	return (yes & mask) | (no & ~mask);
#endif
}

/* `yes` if x is not 0. */
BRANCHLESS_INLINE uint64_t pick(uint64_t x, uint64_t yes, uint64_t no)
{
#if defined(__x86_64__) && defined(__GNUC__)
	__asm__("test %1, %1\n\tcmovne %2, %0" : "+r"(no) : "r"(x), "r"(yes) : "cc");
	return no;
#else
	return pick_by_top(x | (0 - x), yes, no);
#endif
}

#endif
