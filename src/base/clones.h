/* CLONES before a function of plain C: compiled also for wider vectors, the best that the processor
 * has being taken when the program starts. Everything that it inlines is compiled with it. */
#ifndef HCB_BASE_CLONES_H
#define HCB_BASE_CLONES_H

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && \
        !defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif

#endif
