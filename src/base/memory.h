// Memory of the process as a whole.
#pragma once

namespace tilth {

/// Gives memory that was freed back to the system. After work that needed much for a while; takes
/// milliseconds.
void ReturnFreeMemory();

}  // namespace tilth
