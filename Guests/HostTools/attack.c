// A hostile root user of the host: reaches for memory through /dev/mem and calls the engine with
// forged arguments. Prints `bulkhead-test: NAME: ok` if what must be refused was refused, else
// `bulkhead-test: NAME: FAILED why`; exit status 0 only if nothing failed.
#include "harness.h"

#include "calls.h"

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
  // Linux maps device memory execute-never but takes the fault for one that it has just mended, for
  // ever: the program counter must still be where it began.
  alarm(2);
  int raised = GUARDED(code());
  alarm(0);
  if (raised == 0 || raised == SIGILL || signalledAt != (uint64_t)(uintptr_t)code)
    fail("execution of %#" PRIx64 ": %s at offset %#" PRIx64, address,
         raised ? strsignal(raised) : "it came back", signalledAt - (uint64_t)(uintptr_t)code);
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
