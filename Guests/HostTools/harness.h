// What the attacks share: results, physical memory, and accesses whose signal is the result.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { pageBytes = 4096 };

static const char *testName = "attack";
static int failures;

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("bulkhead-test: %s: FAILED ", testName);
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
  failures++;
}

static int finish(void) {
  if (failures == 0) printf("bulkhead-test: %s: ok\n", testName);
  return failures == 0 ? 0 : 1;
}

// Maps `bytes` of physical memory. NULL if the kernel itself refuses (errno says why).
static volatile uint8_t *mapPhysical(uint64_t address, uint64_t bytes, int protection) {
  int memory = open("/dev/mem", O_RDWR | O_SYNC);
  if (memory < 0) {
    fail("open /dev/mem: %s", strerror(errno));
    exit(finish());
  }
  void *mapped = mmap(NULL, bytes, protection, MAP_SHARED, memory, (off_t)address);
  close(memory);
  return mapped == MAP_FAILED ? NULL : mapped;
}

// Signals of a guarded access, and where it was when the signal came.
static sigjmp_buf escape;
static volatile sig_atomic_t guarded;
static volatile uint64_t signalledAt;

static void onSignal(int number, siginfo_t *information, void *context) {
  (void)information;
  signalledAt = ((ucontext_t *)context)->uc_mcontext.pc;
  if (guarded) siglongjmp(escape, number);
  signal(number, SIG_DFL);
  raise(number);
}

static void catchSignals(void) {
  struct sigaction action = {.sa_sigaction = onSignal, .sa_flags = SA_NODEFER | SA_SIGINFO};
  const int numbers[] = {SIGBUS, SIGSEGV, SIGILL, SIGALRM};
  for (size_t each = 0; each < sizeof numbers / sizeof *numbers; each++)
    sigaction(numbers[each], &action, NULL);
}

// Does `statement`; the signal that it raised, or 0.
#define GUARDED(statement)                                    \
  ({                                                          \
    int raised = sigsetjmp(escape, 1);                        \
    if (raised == 0) {                                        \
      guarded = 1;                                            \
      statement;                                              \
    }                                                         \
    guarded = 0;                                              \
    raised;                                                   \
  })

static void expectBus(int raised, const char *what, uint64_t address) {
  if (raised != SIGBUS)
    fail("%s of %#" PRIx64 ": %s instead of SIGBUS", what, address,
         raised ? strsignal(raised) : "no signal");
}

#define LOAD(type, address) \
  __asm__ volatile("" ::"r"(*(volatile type *)(address)) : "memory")
#define STORE(type, address) (*(volatile type *)(address) = (type)0x4e4f5045)

// A page that must be out of reach: the kernel may refuse to map it, else each access is SIGBUS.
static volatile uint8_t *mapForeign(uint64_t address, int protection) {
  volatile uint8_t *page = mapPhysical(address & ~(uint64_t)(pageBytes - 1), pageBytes, protection);
  if (page == NULL)
    printf("bulkhead-note: %s: the kernel refuses to map %#" PRIx64 " (%s)\n", testName, address,
           strerror(errno));
  return page;
}
