#include "weight_cache.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"
#include "json.h"
#include "model.h"
#include "options.h"

static void report(const Model* model) {
  struct stat file;
  // A model without weights for XNNPACK leaves no file.
  int64_t bytes = stat(WEIGHT_CACHE_FILE, &file) == 0 ? (int64_t)file.st_size : 0;
  json_begin("weight_cache");
  json_number("compile_us", model->compile_us);
  json_integer("bytes", bytes);
  json_end();
}

// What the host kills is the parent, and that may be before this process has asked to be told.
static void end_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _Exit(1);
}

static void make_and_leave(const Args* args, pid_t parent) {
  end_with(parent);
  Model model = model_load(args);
  report(&model);
  _Exit(0);
}

void weight_cache_make(const Args* args) {
  int status;
  pid_t parent = getpid(), child = fork();
  if (child < 0) fail("memory", "cannot start a process (%s)", strerror(errno));
  if (child == 0) make_and_leave(args, parent);
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("memory", "lost a process (%s)", strerror(errno));
  }
  if (WIFSIGNALED(status)) fail("litert", "writing the weight cache: signal %d", WTERMSIG(status));
  // It has said why.
  if (WEXITSTATUS(status) != 0) _Exit(1);
}
