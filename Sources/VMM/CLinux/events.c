// The main thread's sources of events, and the terminal.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

int linux_signal_file(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error) return -error;
  signal(SIGPIPE, SIG_IGN);
  int file = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return file < 0 ? -errno : file;
}

int linux_signal_take(int file) {
  struct signalfd_siginfo information;
  if (read(file, &information, sizeof information) != sizeof information) return 0;
  return (int)information.ssi_signo;
}

int linux_event_file(void) {
  int file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return file < 0 ? -errno : file;
}

void linux_event_raise(int file) {
  uint64_t one = 1;
  while (write(file, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void linux_event_clear(int file) {
  uint64_t count;
  while (read(file, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

int linux_wait_ready(int signal_file, int event_file, int input_file) {
  struct pollfd files[] = {
      {.fd = signal_file, .events = POLLIN},
      {.fd = event_file, .events = POLLIN},
      {.fd = input_file, .events = POLLIN},
  };
  if (poll(files, 3, -1) < 0) return 0;
  int ready = 0;
  if (files[0].revents) ready |= LINUX_READY_SIGNAL;
  if (files[1].revents) ready |= LINUX_READY_EVENT;
  if (files[2].revents) ready |= LINUX_READY_INPUT;
  return ready;
}

int linux_input_is_ours(int file) {
  return !isatty(file) || tcgetpgrp(file) == getpgrp();
}

static struct termios saved;
static int saved_file = -1;

void linux_terminal_restore(void) {
  if (saved_file < 0) return;
  tcsetattr(saved_file, TCSADRAIN, &saved);
  saved_file = -1;
}

int linux_terminal_raw(int file) {
  if (!isatty(file) || tcgetattr(file, &saved) < 0) return -ENOTTY;
  struct termios raw = saved;
  cfmakeraw(&raw);
  raw.c_oflag |= OPOST;  // a line feed of the vmm's own messages returns the carriage
  if (tcsetattr(file, TCSADRAIN, &raw) < 0) return -errno;
  if (saved_file < 0) atexit(linux_terminal_restore);
  saved_file = file;
  return 0;
}
