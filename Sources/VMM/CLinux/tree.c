// libfdt's sequential writing. The Arm build links it; elsewhere it is looked up when asked for, so
// that tests run the same calls without a development package.
#define _GNU_SOURCE
#include "CLinux.h"

#if defined(__aarch64__)
#include <libfdt.h>

int linux_tree_available(void) { return 1; }
#define CALL(function, ...) function(__VA_ARGS__)
#else
#include <dlfcn.h>
#include <stddef.h>

static void *find(const char *name) {
  static void *library;
  if (!library) library = dlopen("libfdt.so.1", RTLD_NOW);
  return library ? dlsym(library, name) : NULL;
}

int linux_tree_available(void) { return find("fdt_finish") != NULL; }

int fdt_create(void *, int);
int fdt_finish_reservemap(void *);
int fdt_begin_node(void *, const char *);
int fdt_property(void *, const char *, const void *, int);
int fdt_end_node(void *);
int fdt_finish(void *);
#define CALL(function, ...) ((__typeof__(function) *)find(#function))(__VA_ARGS__)
#endif

int linux_tree_create(void *buffer, int bytes) {
  int error = CALL(fdt_create, buffer, bytes);
  return error ? error : CALL(fdt_finish_reservemap, buffer);
}

int linux_tree_begin(void *buffer, const char *name) {
  return CALL(fdt_begin_node, buffer, name);
}

int linux_tree_property(void *buffer, const char *name, const void *value, int bytes) {
  return CALL(fdt_property, buffer, name, value, bytes);
}

int linux_tree_end(void *buffer) { return CALL(fdt_end_node, buffer); }

int linux_tree_finish(void *buffer) {
  int error = CALL(fdt_finish, buffer);
  if (error) return error;
  // The header's second big-endian word is the total size.
  const unsigned char *size = (const unsigned char *)buffer + 4;
  return size[0] << 24 | size[1] << 16 | size[2] << 8 | size[3];
}
