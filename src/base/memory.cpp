#include "base/memory.h"

#include <malloc.h>

namespace tilth {

void ReturnFreeMemory() {
    malloc_trim(0);
}

}  // namespace tilth
