/* Refusals for the one-file program (linked into it by COSIGNER_STATIC, into nothing else).
 *
 * A static program must never reach the C library's plug-ins: name service modules (getpwnam, getaddrinfo), dlopen and
 * iconv load shared objects of the HOST, made for another version of the C library, into our process. Seen: with
 * `passwd: compat` in nsswitch.conf the process ends in an assertion on Debian 11 and in SIGFPE on Debian 13; an
 * openssl.cnf that activates a module provider does the same.
 *
 * OpenSSL's BIO and DSO code, c-ares and libcurl's .netrc reader name these functions, though none is on our way: names
 * are resolved by c-ares, and main() tells OpenSSL to read no configuration. An object file wins over an archive member,
 * so the definitions below replace libc's, and a slip becomes an error return instead of a crash. They also silence five
 * of the linker's six warnings; the one left is libc's own use of dlopen, and scripts/build-static demands exactly it.
 */
#include <errno.h>
#include <iconv.h>
#include <netdb.h>
#include <pwd.h>
#include <stddef.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  (void)node, (void)service, (void)hints;
  *result = NULL;
  return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *list) { (void)list; }

int getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                socklen_t service_size, int flags) {
  (void)address, (void)length, (void)host, (void)host_size, (void)service, (void)service_size, (void)flags;
  return EAI_FAIL;
}

struct hostent *gethostbyname(const char *name) {
  (void)name;
  h_errno = NO_RECOVERY;
  return NULL;
}

struct servent *getservbyname(const char *name, const char *protocol) {
  (void)name, (void)protocol;
  return NULL;
}

int getservbyport_r(int port, const char *protocol, struct servent *entry, char *buffer, size_t size,
                    struct servent **result) {
  (void)port, (void)protocol, (void)entry, (void)buffer, (void)size;
  *result = NULL;
  return ENOENT;
}

int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **result) {
  (void)uid, (void)entry, (void)buffer, (void)size;
  *result = NULL;
  return ENOENT;
}

void *dlopen(const char *file, int mode) {
  (void)file, (void)mode;
  return NULL;
}

void *dlsym(void *restrict handle, const char *restrict name) {
  (void)handle, (void)name;
  return NULL;
}

int dlclose(void *handle) {
  (void)handle;
  return -1;
}

char *dlerror(void) { return (char *)"this program loads no shared objects"; }

int dladdr(const void *address, void *info) {
  (void)address, (void)info;
  return 0;
}

iconv_t iconv_open(const char *to, const char *from) {
  (void)to, (void)from;
  errno = EINVAL;
  return (iconv_t)-1;
}

size_t iconv(iconv_t descriptor, char **restrict in, size_t *restrict in_left, char **restrict out,
             size_t *restrict out_left) {
  (void)descriptor, (void)in, (void)in_left, (void)out, (void)out_left;
  errno = EBADF;
  return (size_t)-1;
}

int iconv_close(iconv_t descriptor) {
  (void)descriptor;
  return 0;
}
