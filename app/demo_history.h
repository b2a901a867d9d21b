// Two years of the demonstration field, taken in by the import path at the first start.
#pragma once

#include "app/demo_field.h"
#include "base/result.h"

namespace tilth::app {

struct Lab;

/// Queues the imports of all nodes as one task, unless they were completed before. What an earlier run began goes on.
Status BeginDemoHistory(Lab& lab);

}  // namespace tilth::app
