// What the broker's plugin says of a message (docs/broker-plugin.md).
#pragma once

#include "ingest/mqtt/properties.h"
#include "pipeline/route.h"

namespace tilth::app {

/// Sets the message's id and time of arrival, as views into the properties. Nothing where there is
/// no id: the broker has no plugin. A time that is none is left out.
void ReadIdentity(const mqtt::Properties& properties, pipeline::IncomingMessage& message);

}  // namespace tilth::app
