#include "backend/mongodb/shared_counters.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tilth::mongodb {

void UnlinkSharedCounters() {
    shm_unlink(fmt::format("/mongoc-{}", getpid()).c_str());
}

}  // namespace tilth::mongodb
