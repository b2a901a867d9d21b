// Two years of the demonstration field, taken in by the import path at the first start.
#pragma once

#include "app/demo_field.h"
#include "app/lab.h"
#include "base/result.h"

namespace tilth::app {

/// Imports the past of all nodes, unless that was completed before; an import that was interrupted
/// goes on. Says how far it is. Returns early, without error, when a stop is asked for.
Status ImportDemoHistory(Lab& lab, Say say);

/// A field that runs faster than time begins so long before the present, and meets it after at most
/// an hour.
Duration HeadStart(double speed);

}  // namespace tilth::app
