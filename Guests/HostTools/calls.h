// Calls to the engine through the absent pages (Sources/EngineABI), in forged forms and floods.
#pragma once
#include "harness.h"

enum {
  vms = 64,
  calls = 15,
  callInfo = 0,
  callCounter = 1,
  callCreate = 2,
  callDestroy = 6,
  callReclaim = 7,
  callCreateVCPU = 8,
  callRun = 10,
  callState = 14
};
static const uint64_t absentBase = 0x0b000000;

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
  // An end is seldom, or nothing would live long.
  if (number == callDestroy && nextRandom() % 16 != 0) number = callRun;
  if (nextRandom() % 8 == 0) {
    vm = nextRandom() & 0xffffffff;
    if (vm < first || vm == ownPage) vm = 0xffffffff;
  }
  if (ownPage >= first && nextRandom() % 4 == 0) vm = 0;
  return number | vm << 32;
}

// Three of four arguments are plausible for the call, the others anything.
static void randomArguments(uint64_t number, uint64_t *arguments, uint64_t carveOut,
                            uint64_t bytes) {
  // The last 2 MiB of the carve-out, which living VMs are the last to take.
  uint64_t page = carveOut + bytes - (1 + nextRandom() % 512) * pageBytes;
  uint64_t guest = 0x40000000 + (nextRandom() % 64) * pageBytes;
  int byIndex = number == callInfo || number == callCounter ||
                (number >= callCreateVCPU && number <= callRun);
  const uint64_t plausible[4] = {byIndex ? nextRandom() % 3 : page,
                                 number == callRun ? nextRandom() % 3 : guest, nextRandom() % 4, 0};
  for (int each = 0; each < 4; each++) {
    arguments[each] = plausible[each];
    if (nextRandom() % 4 != 0) continue;
    switch (nextRandom() % 4) {
      case 0: arguments[each] = nextRandom(); break;
      case 1: arguments[each] = nextRandom() % 8; break;
      case 2: arguments[each] = 0x40000000 + nextRandom() % 0x1000000; break;
      default: arguments[each] = page;
    }
  }
}

static void cleanUp(volatile uint8_t *page, uint64_t first) {
  for (uint64_t vm = first; vm <= vms; vm++) {
    uint64_t none[4] = {0};
    if (engineCall(page, callState | vm << 32, none).first == 0) continue;
    engineCall(page, callDestroy | vm << 32, none);
    uint64_t from[4] = {0};
    for (int turn = 0; turn < 1000000; turn++) {
      Answer answer = engineCall(page, callReclaim | vm << 32, from);
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
  Answer carveOut = engineCall(manager, callInfo, arguments);
  if (carveOut.status != 0) {
    fail("info: status %" PRId64, carveOut.status);
    return finish();
  }
  uint64_t accepted = 0, statuses[9] = {0};
  for (uint64_t turn = 0; turn < count; turn++) {
    int throughOwn = nextRandom() % 2;
    uint64_t word = randomWord(first, throughOwn ? first : 0);
    uint64_t number = word & 0xffffffff, vm = word >> 32;
    randomArguments(number, arguments, carveOut.first, carveOut.second);
    Answer answer = engineCall(throughOwn ? own : manager, word, arguments);
    if (answer.status >= 0) accepted++;
    if (answer.status < -8) fail("call %#" PRIx64 ": status %" PRId64, word, answer.status);
    if (answer.status < 0 && answer.status >= -8) statuses[-answer.status]++;
    if (number >= calls && answer.status >= 0) fail("unknown call %#" PRIx64 " accepted", word);
    if (throughOwn && vm != 0 && vm != first && answer.status >= 0)
      fail("page %" PRIu64 " served call %#" PRIx64, first, word);
    if (throughOwn && number == callCreate && answer.status >= 0)
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
  if (engineCall(page, callInfo, arguments).status != 0) fail("info by the proper form is refused");
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
