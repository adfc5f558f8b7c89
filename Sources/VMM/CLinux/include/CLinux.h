// What the vmm needs of Linux and of the processor, as functions of plain integers and pointers.
// A negative result is an errno with its sign changed.
#pragma once
#include <stdint.h>

enum linux_failure {
  LINUX_NOT_PERMITTED = -1,  // EPERM
  LINUX_INTERRUPTED = -4,    // EINTR
  LINUX_NO_ACCESS = -13,     // EACCES
};

// ---- The engine (engine.c) ----

struct linux_engine_reply {
  uint64_t x0, x1, x2, x3;
};

#if defined(__aarch64__)
// A call: a load from an absent page, with the call word in x1 and the arguments in x2...x5.
static inline __attribute__((always_inline)) struct linux_engine_reply linux_engine_call(
    const void *page, uint64_t word, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  register uint64_t x0 __asm__("x0") = (uint64_t)page;
  register uint64_t x1 __asm__("x1") = word;
  register uint64_t x2 __asm__("x2") = a;
  register uint64_t x3 __asm__("x3") = b;
  register uint64_t x4 __asm__("x4") = c;
  register uint64_t x5 __asm__("x5") = d;
  __asm__ volatile("ldr x0, [x0]"
                   : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                   : "r"(x4), "r"(x5)
                   : "memory");
  return (struct linux_engine_reply){x0, x1, x2, x3};
}
#endif

// Whether a load from the page comes back: 0, or -EFAULT after a bus error. x0 in *reply.
int linux_engine_probe(
    const void *page, uint64_t word, uint64_t a, struct linux_engine_reply *reply);

// Copies by aligned stores of 8 bytes: a mapping of /dev/mem is Device memory, where others fault.
// `to` is aligned to 8; the last word is filled up with zeros. 0, or -EFAULT after a bus error.
int linux_device_store(void *to, const void *from, uint64_t bytes);

// The counter that engine deadlines are in, and its frequency in Hz.
uint64_t linux_counter(void);
uint64_t linux_counter_frequency(void);

// ---- Files (files.c) ----

enum linux_open_mode {
  LINUX_OPEN_READ,    // an existing file
  LINUX_OPEN_CREATE,  // made if absent, emptied, written
  LINUX_OPEN_LOCK,    // made if absent, kept, read and written
  LINUX_OPEN_DEVICE,  // read and written, uncached
};
int linux_open(const char *path, enum linux_open_mode mode);
int linux_close(int file);
int64_t linux_size(int file);
// At most `bytes`; 0 at the end. Begun anew when a signal interrupts.
int64_t linux_read(int file, void *to, uint64_t bytes);
// At most `bytes`. -EINTR when a signal interrupts.
int64_t linux_write(int file, const void *from, uint64_t bytes);
// Replaces the file's content.
int linux_rewrite(int file, const void *from, uint64_t bytes);
int linux_read_at(int file, uint64_t offset, void *to, uint64_t bytes);
int linux_make_folder(const char *path);
int linux_remove(const char *path);
// flock(2): exclusive or shared; -EWOULDBLOCK if another holds it and `wait` is 0.
int linux_lock(int file, int exclusive, int wait);
// mmap(2), shared, read and write. NULL on failure, with the errno in *error.
void *linux_map(int file, uint64_t offset, uint64_t bytes, int *error);
void linux_unmap(void *address, uint64_t bytes);
// Raises the soft limit of open files to the hard one.
void linux_allow_many_files(void);
int linux_random(void *to, uint64_t bytes);
const char *linux_error_text(int error);
int linux_process_id(void);
void linux_exit(int code) __attribute__((noreturn));

// ---- Threads (threads.c) ----

int linux_thread_start(void (*body)(void *), void *argument, uint64_t *thread);
// Interrupts the thread's system calls and runs until it ends.
void linux_thread_join(uint64_t thread);

static inline uint32_t linux_word_load(const uint32_t *word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline void linux_word_store(uint32_t *word, uint32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
static inline void linux_word_increment(uint32_t *word) {
  __atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
}
// Sleeps while *word is `seen`, at most so many nanoseconds (UINT64_MAX: without end).
void linux_futex_wait(const uint32_t *word, uint32_t seen, uint64_t nanoseconds);
void linux_futex_wake(const uint32_t *word);

// A mutex in a word: 0 free, 1 held, 2 held and perhaps waited for (U. Drepper, "Futexes Are
// Tricky", mutex 2). Every device access takes one, so its two paths are a few instructions.
void linux_mutex_wait(uint32_t *mutex);
static inline void linux_mutex_lock(uint32_t *mutex) {
  uint32_t free = 0;
  if (!__atomic_compare_exchange_n(
          mutex, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    linux_mutex_wait(mutex);
  }
}
static inline void linux_mutex_unlock(uint32_t *mutex) {
  if (__atomic_exchange_n(mutex, 0, __ATOMIC_RELEASE) == 2) linux_futex_wake(mutex);
}

void linux_sleep(uint64_t nanoseconds);

// ---- Terminal, signals and events (events.c) ----

// A file that is readable when SIGINT, SIGTERM or SIGHUP came; they no longer end the process.
int linux_signal_file(void);
// The number of a signal that came, 0 if none did.
int linux_signal_take(int file);
int linux_event_file(void);
void linux_event_raise(int file);
void linux_event_clear(int file);

enum linux_ready {
  LINUX_READY_SIGNAL = 1,
  LINUX_READY_EVENT = 2,
  LINUX_READY_INPUT = 4,
};
// Sleeps until one of the files (-1: none) has something to read. Returns `linux_ready` bits.
int linux_wait_ready(int signal_file, int event_file, int input_file);

// Whether this process may read the file: not a terminal that another job has.
int linux_input_is_ours(int file);
// Sets a terminal to raw until `linux_terminal_restore` or the process's end. 0 if it is one.
int linux_terminal_raw(int file);
void linux_terminal_restore(void);

// ---- Device tree (tree.c) ----

// Sequential writing of libfdt (fdt_create and so on), a negative FDT_ERR on failure.
int linux_tree_available(void);
int linux_tree_create(void *buffer, int bytes);
int linux_tree_begin(void *buffer, const char *name);
int linux_tree_property(void *buffer, const char *name, const void *value, int bytes);
int linux_tree_end(void *buffer);
// Bytes of the finished tree.
int linux_tree_finish(void *buffer);
