// Loads and stores that the engine or the machine may refuse: a bus error becomes a result.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static __thread sigjmp_buf guard;
static __thread volatile sig_atomic_t is_guarded;

static void on_bus_error(int number) {
  if (is_guarded) siglongjmp(guard, 1);
  signal(number, SIG_DFL);
}

static void install(void) {
  struct sigaction action = {.sa_handler = on_bus_error, .sa_flags = SA_NODEFER};
  sigaction(SIGBUS, &action, NULL);
}

static void begin_guard(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  is_guarded = 1;
}

int linux_engine_probe(
    const void *page, uint64_t word, uint64_t a, struct linux_engine_reply *reply) {
#if defined(__aarch64__)
  begin_guard();
  if (sigsetjmp(guard, 1)) {
    is_guarded = 0;
    return -EFAULT;
  }
  *reply = linux_engine_call(page, word, a, 0, 0, 0);
  is_guarded = 0;
  return 0;
#else
  (void)page, (void)word, (void)a, (void)reply;
  return -ENOSYS;
#endif
}

int linux_device_store(void *to, const void *from, uint64_t bytes) {
  volatile uint64_t *words = to;
  const char *source = from;
  begin_guard();
  if (sigsetjmp(guard, 1)) {
    is_guarded = 0;
    return -EFAULT;
  }
  for (uint64_t at = 0; at < bytes; at += 8) {
    uint64_t word = 0;
    memcpy(&word, source + at, bytes - at < 8 ? bytes - at : 8);
    words[at / 8] = word;
  }
  is_guarded = 0;
  return 0;
}

#if defined(__aarch64__)
uint64_t linux_counter(void) {
  uint64_t value;
  __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
  return value;
}

uint64_t linux_counter_frequency(void) {
  uint64_t value;
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
  return value;
}
#else
uint64_t linux_counter(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t linux_counter_frequency(void) { return 1000000000u; }
#endif
