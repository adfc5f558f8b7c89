// Threads and the waiting ends of futexes.
#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Sent to a thread to end a system call or a run early; has no other effect.
#define KICK SIGUSR1

struct start {
  void (*body)(void *);
  void *argument;
};

static void on_kick(int number) { (void)number; }

static void install_kick(void) {
  struct sigaction action = {.sa_handler = on_kick};  // no SA_RESTART
  sigaction(KICK, &action, NULL);
}

static void *run_body(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  // A guest's timer is not rounded to the 50 microseconds that Linux grants itself.
  prctl(PR_SET_TIMERSLACK, 1);
  start.body(start.argument);
  return NULL;
}

int linux_thread_start(void (*body)(void *), void *argument, uint64_t *thread) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install_kick);
  struct start *start = malloc(sizeof *start);
  *start = (struct start){body, argument};
  pthread_t handle;
  int error = pthread_create(&handle, NULL, run_body, start);
  if (error) {
    free(start);
    return -error;
  }
  *thread = (uint64_t)handle;
  return 0;
}

void linux_thread_join(uint64_t thread) {
  // A kick that comes before the system call it is meant for is lost: kick until the thread ends.
  for (;;) {
    struct timespec until;
    pthread_kill((pthread_t)thread, KICK);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) {
      until.tv_nsec -= 1000000000;
      until.tv_sec += 1;
    }
    if (pthread_timedjoin_np((pthread_t)thread, NULL, &until) == 0) return;
  }
}

static struct timespec duration(uint64_t nanoseconds) {
  return (struct timespec){
      .tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
}

void linux_futex_wait(const uint32_t *word, uint32_t seen, uint64_t nanoseconds) {
  struct timespec limit = duration(nanoseconds);
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, nanoseconds == UINT64_MAX ? NULL : &limit,
          NULL, 0);
}

void linux_futex_wake(const uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void linux_mutex_wait(uint32_t *mutex) {
  while (__atomic_exchange_n(mutex, 2, __ATOMIC_ACQUIRE) != 0) {
    linux_futex_wait(mutex, 2, UINT64_MAX);
  }
}

void linux_sleep(uint64_t nanoseconds) {
  struct timespec limit = duration(nanoseconds);
  nanosleep(&limit, NULL);
}
