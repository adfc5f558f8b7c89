// Files, locks and mappings.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int result_of(int value) { return value < 0 ? -errno : value; }

int linux_open(const char *path, enum linux_open_mode mode) {
  static const int flags[] = {
      [LINUX_OPEN_READ] = O_RDONLY,
      [LINUX_OPEN_CREATE] = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND,
      [LINUX_OPEN_LOCK] = O_RDWR | O_CREAT,
      [LINUX_OPEN_DEVICE] = O_RDWR | O_SYNC,
  };
  return result_of(open(path, flags[mode] | O_CLOEXEC | O_NOCTTY, 0644));
}

int linux_close(int file) { return result_of(close(file)); }

int64_t linux_size(int file) {
  struct stat status;
  return fstat(file, &status) < 0 ? -errno : status.st_size;
}

int64_t linux_read(int file, void *to, uint64_t bytes) {
  ssize_t count;
  do count = read(file, to, bytes);
  while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

int64_t linux_write(int file, const void *from, uint64_t bytes) {
  ssize_t count = write(file, from, bytes);
  return count < 0 ? -errno : count;
}

int linux_rewrite(int file, const void *from, uint64_t bytes) {
  if (ftruncate(file, 0) < 0) return -errno;
  return pwrite(file, from, bytes, 0) == (ssize_t)bytes ? 0 : -EIO;
}

int linux_read_at(int file, uint64_t offset, void *to, uint64_t bytes) {
  ssize_t count = pread(file, to, bytes, (off_t)offset);
  return count < 0 ? -errno : (int)count;
}

int linux_make_folder(const char *path) {
  if (mkdir(path, 0755) == 0 || errno == EEXIST) return 0;
  return -errno;
}

int linux_remove(const char *path) { return result_of(unlink(path)); }

int linux_lock(int file, int exclusive, int wait) {
  int status;
  do status = flock(file, (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB));
  while (status < 0 && errno == EINTR);
  return result_of(status);
}

void *linux_map(int file, uint64_t offset, uint64_t bytes, int *error) {
  void *address =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)offset);
  *error = address == MAP_FAILED ? errno : 0;
  return address == MAP_FAILED ? NULL : address;
}

void linux_unmap(void *address, uint64_t bytes) { munmap(address, bytes); }

void linux_allow_many_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int linux_random(void *to, uint64_t bytes) {
  return getrandom(to, bytes, 0) == (ssize_t)bytes ? 0 : -errno;
}

const char *linux_error_text(int error) { return strerror(error < 0 ? -error : error); }

int linux_process_id(void) { return getpid(); }

void linux_exit(int code) { exit(code); }
