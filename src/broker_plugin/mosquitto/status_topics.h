// What the journal's state is, as retained messages under $SYS/tilth/.
#pragma once

#include "base/time.h"
#include "broker_plugin/journal_writer.h"

#include <string>
#include <string_view>

namespace tilth::broker_plugin {

class StatusTopics {
  public:
    struct Facts {
        std::string_view run;
        std::string_view sync;
        uint64_t recovered = 0;  ///< Messages published again at the start.
        uint64_t absent = 0;     ///< Subscriptions whose sessions have not come back.
        WriterStatus writer;
    };

    /// Publishes each value. `now`: on a clock that never goes back; the time to the limit is
    /// reckoned from the bytes written since the last call.
    void Publish(const Facts& facts, Time now);

  private:
    Time last_{};
    uint64_t written_ = 0;
};

}  // namespace tilth::broker_plugin
