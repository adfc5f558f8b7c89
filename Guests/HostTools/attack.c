// A hostile root user of the host: reaches for memory through /dev/mem and calls the engine with
// forged arguments. Prints `bulkhead-test: NAME: ok` if what must be refused was refused, else
// `bulkhead-test: NAME: FAILED why`; exit status 0 only if nothing failed.
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
#include <sys/wait.h>
#include <unistd.h>

enum { pageBytes = 4096, vms = 64, calls = 15, callRun = 10 };
static const uint64_t absentBase = 0x0b000000;

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

// Signals of a guarded access.
static sigjmp_buf escape;
static volatile sig_atomic_t guarded;

static void onSignal(int number) {
  if (guarded) siglongjmp(escape, number);
  signal(number, SIG_DFL);
  raise(number);
}

static void catchSignals(void) {
  struct sigaction action = {.sa_handler = onSignal, .sa_flags = SA_NODEFER};
  const int numbers[] = {SIGBUS, SIGSEGV, SIGILL};
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

static int attackRead(uint64_t address) {
  volatile uint8_t *page = mapForeign(address, PROT_READ);
  if (page == NULL) return finish();
  volatile uint8_t *at = page + (address & (pageBytes - 8));
  expectBus(GUARDED(LOAD(uint64_t, at)), "64-bit load", address);
  expectBus(GUARDED(LOAD(uint32_t, at)), "32-bit load", address);
  expectBus(GUARDED(LOAD(uint16_t, at)), "16-bit load", address);
  expectBus(GUARDED(LOAD(uint8_t, at)), "8-bit load", address);
  expectBus(GUARDED(LOAD(uint32_t, at + 1)), "unaligned load", address);
  expectBus(GUARDED(__asm__ volatile("ldp x0, x1, [%0]" ::"r"(page) : "x0", "x1", "memory")),
            "pair load", address);
  expectBus(GUARDED(__asm__ volatile("ldr q0, [%0]" ::"r"(page) : "v0", "memory")),
            "128-bit load", address);
  return finish();
}

static int attackWrite(uint64_t address) {
  volatile uint8_t *page = mapForeign(address, PROT_READ | PROT_WRITE);
  if (page == NULL) return finish();
  volatile uint8_t *at = page + (address & (pageBytes - 8));
  expectBus(GUARDED(STORE(uint64_t, at)), "64-bit store", address);
  expectBus(GUARDED(STORE(uint32_t, at)), "32-bit store", address);
  expectBus(GUARDED(STORE(uint16_t, at)), "16-bit store", address);
  expectBus(GUARDED(STORE(uint8_t, at)), "8-bit store", address);
  expectBus(GUARDED(STORE(uint32_t, at + 1)), "unaligned store", address);
  expectBus(GUARDED(__asm__ volatile("stp xzr, xzr, [%0]" ::"r"(page) : "memory")), "pair store",
            address);
  expectBus(GUARDED(__asm__ volatile("dc zva, %0" ::"r"(page) : "memory")), "DC ZVA", address);
  return finish();
}

// The kernel's own copies from and to the page must fail with EFAULT, and the kernel live on.
static int attackSyscall(uint64_t address) {
  volatile uint8_t *page = mapForeign(address, PROT_READ | PROT_WRITE);
  if (page == NULL) return finish();
  int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  if (file < 0) file = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
  if (file < 0) file = memfd_create("attack", 0);
  if (file < 0) {
    fail("no file to copy to: %s", strerror(errno));
    return finish();
  }
  int ends[2];
  if (pipe(ends) != 0) fail("pipe: %s", strerror(errno));
  struct {
    const char *what;
    ssize_t result;
    int error;
  } copies[4];
  uint64_t word = 0x4e4f5045;
  if (pwrite(file, &word, sizeof word, 0) != sizeof word) fail("pwrite: %s", strerror(errno));
  ssize_t result = pwrite(file, (const void *)page, 64, 0);
  copies[0].what = "write to a file", copies[0].result = result, copies[0].error = errno;
  result = write(ends[1], (const void *)page, 64);
  copies[1].what = "write to a pipe", copies[1].result = result, copies[1].error = errno;
  result = pread(file, (void *)page, 8, 0);
  copies[2].what = "read from a file", copies[2].result = result, copies[2].error = errno;
  result = open((const char *)page, O_RDONLY);
  copies[3].what = "open of a name", copies[3].result = result, copies[3].error = errno;
  for (int each = 0; each < 4; each++)
    if (copies[each].result >= 0 || copies[each].error != EFAULT)
      fail("%s at %#" PRIx64 ": result %zd, %s instead of EFAULT", copies[each].what, address,
           copies[each].result, copies[each].result < 0 ? strerror(copies[each].error) : "no error");
  return finish();
}

static int attackExec(uint64_t address) {
  volatile uint8_t *page = mapForeign(address, PROT_READ | PROT_EXEC);
  if (page == NULL) return finish();
  void (*code)(void) = (void (*)(void))(uintptr_t)(page + (address & (pageBytes - 4)));
  int raised = GUARDED(code());
  // Linux maps device memory execute-never for its own reasons: that is a SIGSEGV.
  if (raised != SIGBUS && raised != SIGSEGV)
    fail("execution of %#" PRIx64 ": %s", address, raised ? strsignal(raised) : "no signal");
  return finish();
}

// Memory that came back: it must be readable, and every byte zero.
static int attackZeros(uint64_t address, uint64_t bytes) {
  volatile uint8_t *memory = mapPhysical(address, bytes, PROT_READ);
  if (memory == NULL) {
    fail("cannot map %#" PRIx64 ": %s", address, strerror(errno));
    return finish();
  }
  volatile uint64_t offset = 0;
  uint64_t value = 0;
  int raised = GUARDED({
    while (offset < bytes && (value = *(volatile uint64_t *)(memory + offset)) == 0) offset += 8;
  });
  if (raised != 0)
    fail("%#" PRIx64 " did not come back: %s", address + offset, strsignal(raised));
  else if (offset < bytes)
    fail("%#" PRIx64 " holds %#" PRIx64, address + offset, *(volatile uint64_t *)(memory + offset));
  return finish();
}

typedef struct {
  int64_t status;
  uint64_t first, second, third;
} Answer;

// One call through an absent page: `ldr x0, [page]` with the call word in x1, arguments in x2…x5.
static Answer engineCall(volatile uint8_t *page, uint64_t word, const uint64_t *arguments) {
  register uint64_t x0 __asm__("x0") = 0;
  register uint64_t x1 __asm__("x1") = word;
  register uint64_t x2 __asm__("x2") = arguments[0];
  register uint64_t x3 __asm__("x3") = arguments[1];
  register uint64_t x4 __asm__("x4") = arguments[2];
  register uint64_t x5 __asm__("x5") = arguments[3];
  __asm__ volatile("ldr x0, [%6]"
                   : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                   : "r"(page)
                   : "memory");
  return (Answer){(int64_t)x0, x1, x2, x3};
}

static volatile uint8_t *absentPage(uint64_t vm) {
  volatile uint8_t *page = mapPhysical(absentBase + vm * pageBytes, pageBytes, PROT_READ | PROT_WRITE);
  if (page == NULL) {
    fail("cannot map the absent page %" PRIu64 ": %s", vm, strerror(errno));
    exit(finish());
  }
  return page;
}

static uint64_t randomState;

static uint64_t nextRandom(void) {
  randomState ^= randomState >> 12;
  randomState ^= randomState << 25;
  randomState ^= randomState >> 27;
  return randomState * 0x2545f4914f6cdd1dull;
}

// VMs that live stay as they are: the flood calls for VMs `first`…64, which must be free, and for
// others only from pages that are not theirs.
static uint64_t randomWord(uint64_t first, uint64_t ownPage) {
  uint64_t number = nextRandom() % 16 == 0 ? nextRandom() & 0xffffffff : nextRandom() % (calls + 1);
  uint64_t vm = first + nextRandom() % (vms + 1 - first);
  if (nextRandom() % 8 == 0) {
    vm = nextRandom() & 0xffffffff;
    if (vm < first || vm == ownPage) vm = 0xffffffff;
  }
  if (ownPage >= first && nextRandom() % 4 == 0) vm = 0;
  return number | vm << 32;
}

static void randomArguments(uint64_t *arguments, uint64_t carveOut, uint64_t bytes) {
  for (int each = 0; each < 4; each++) {
    switch (nextRandom() % 6) {
      case 0: arguments[each] = nextRandom(); break;
      case 1: arguments[each] = nextRandom() % 8; break;
      case 2: arguments[each] = 0x40200000 + nextRandom() % 0x400000; break;
      case 3: arguments[each] = 0x40000000 + (nextRandom() % 64) * pageBytes; break;
      // The last 8 MiB of the carve-out, which living VMs are the last to take.
      default: arguments[each] = carveOut + bytes - (1 + nextRandom() % 2048) * pageBytes;
    }
  }
}

static void cleanUp(volatile uint8_t *page, uint64_t first) {
  for (uint64_t vm = first; vm <= vms; vm++) {
    uint64_t none[4] = {0};
    if (engineCall(page, 14 | vm << 32, none).first == 0) continue;
    engineCall(page, 6 | vm << 32, none);
    uint64_t from[4] = {0};
    for (int turn = 0; turn < 1000000; turn++) {
      Answer answer = engineCall(page, 7 | vm << 32, from);
      if (answer.status == 0) break;
      if (answer.status != 1) {
        fail("VM %" PRIu64 " cannot be reclaimed: status %" PRId64, vm, answer.status);
        break;
      }
      from[0] = answer.first;
    }
  }
}

// `count` random calls through page 0 and page `first`. Statuses must be known ones, a page of one
// VM must not serve another, and at the end the VMs of the flood are gone.
static int attackCalls(uint64_t count, uint64_t seed, uint64_t first) {
  randomState = seed | 1;
  volatile uint8_t *manager = absentPage(0), *own = absentPage(first);
  uint64_t arguments[4] = {1};
  Answer carveOut = engineCall(manager, 0, arguments);
  if (carveOut.status != 0) {
    fail("info: status %" PRId64, carveOut.status);
    return finish();
  }
  uint64_t accepted = 0, statuses[9] = {0};
  for (uint64_t turn = 0; turn < count; turn++) {
    int throughOwn = nextRandom() % 2;
    uint64_t word = randomWord(first, throughOwn ? first : 0);
    uint64_t number = word & 0xffffffff, vm = word >> 32;
    randomArguments(arguments, carveOut.first, carveOut.second);
    Answer answer = engineCall(throughOwn ? own : manager, word, arguments);
    if (answer.status >= 0) accepted++;
    if (answer.status < -8) fail("call %#" PRIx64 ": status %" PRId64, word, answer.status);
    if (answer.status < 0 && answer.status >= -8) statuses[-answer.status]++;
    if (number >= calls && answer.status >= 0) fail("unknown call %#" PRIx64 " accepted", word);
    if (throughOwn && vm != 0 && vm != first && answer.status >= 0)
      fail("page %" PRIu64 " served call %#" PRIx64, first, word);
    if (throughOwn && number == 2 && answer.status >= 0)
      fail("page %" PRIu64 " created a VM", first);
    if (failures > 8) break;
  }
  cleanUp(manager, first);
  printf("bulkhead-note: %s: %" PRIu64 " calls, %" PRIu64 " accepted, refused by status:", testName,
         count, accepted);
  for (int each = 1; each <= 8; each++) printf(" %d:%" PRIu64, -each, statuses[each]);
  printf("\n");
  if (accepted == 0) fail("no call was accepted: the flood tests nothing");
  return finish();
}

// Only an 8-byte load into x0 is a call; every other access to an absent page is SIGBUS.
static int attackForms(void) {
  volatile uint8_t *page = absentPage(0);
  const uint64_t address = absentBase;
  uint64_t arguments[4] = {0};
  if (engineCall(page, 0, arguments).status != 0) fail("info by the proper form is refused");
  expectBus(GUARDED(LOAD(uint8_t, page)), "8-bit load", address);
  expectBus(GUARDED(LOAD(uint16_t, page)), "16-bit load", address);
  expectBus(GUARDED(LOAD(uint32_t, page)), "32-bit load", address);
  expectBus(GUARDED(LOAD(uint64_t, page + 3)), "unaligned load", address);
  expectBus(GUARDED(STORE(uint64_t, page)), "store", address);
  expectBus(GUARDED(STORE(uint32_t, page + 4)), "32-bit store", address);
#define FORM(text) GUARDED(__asm__ volatile(text ::"r"(page) : "x0", "x1", "x9", "memory"))
  expectBus(FORM("ldr x9, [%0]"), "load into x9", address);
  expectBus(FORM("ldp x0, x1, [%0]"), "pair load", address);
  expectBus(FORM("ldxr x0, [%0]"), "exclusive load", address);
  expectBus(FORM("mov x9, %0\n ldr x0, [x9], #8"), "post-indexed load", address);
  expectBus(FORM("dc zva, %0"), "DC ZVA", address);
  return finish();
}

static void usage(void) {
  fprintf(stderr,
          "usage: attack read|write|write-syscall|exec ADDR   a foreign page: must be refused\n"
          "       attack zeros ADDR BYTES                     returned memory: must be zero\n"
          "       attack forms                                other accesses to absent page 0\n"
          "       attack calls COUNT SEED [VM]                random calls; VMs from VM (60) on "
          "must be free\n");
  exit(2);
}

static uint64_t number(const char *text) {
  char *end;
  errno = 0;
  uint64_t value = strtoull(text, &end, 0);
  if (errno != 0 || end == text || *end != 0) usage();
  return value;
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count < 2) usage();
  catchSignals();
  static char name[64];
  snprintf(name, sizeof name, "host-%s", words[1]);
  testName = name;
  if (count == 3 && strcmp(words[1], "read") == 0) return attackRead(number(words[2]));
  if (count == 3 && strcmp(words[1], "write") == 0) return attackWrite(number(words[2]));
  if (count == 3 && strcmp(words[1], "write-syscall") == 0) return attackSyscall(number(words[2]));
  if (count == 3 && strcmp(words[1], "exec") == 0) return attackExec(number(words[2]));
  if (count == 4 && strcmp(words[1], "zeros") == 0)
    return attackZeros(number(words[2]), number(words[3]));
  if (count == 2 && strcmp(words[1], "forms") == 0) return attackForms();
  if ((count == 4 || count == 5) && strcmp(words[1], "calls") == 0)
    return attackCalls(number(words[2]), number(words[3]), count == 5 ? number(words[4]) : 60);
  usage();
}
