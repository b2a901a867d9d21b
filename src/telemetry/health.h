// Whether the process can do its work: named checks, each ready or not, with the reason.
//
// A part declares its check before it starts, so that the process is not called ready while a part
// has not spoken yet. `/readyz` shows the snapshot; `/healthz` only says that the process answers.
// Threads: everything here may be called from any thread.
#pragma once

#include "base/guarded.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::telemetry {

class Health {
  public:
    struct Check {
        std::string name;
        bool ready = false;
        std::string reason;  ///< Why it is not ready; empty when it is.

        friend bool operator==(const Check&, const Check&) = default;
    };
    struct State {
        bool ready = true;          ///< Every check is.
        std::vector<Check> checks;  ///< By name.
    };

    /// Adds a check that is not ready ("starting"); one that is there already stays as it is.
    void Declare(std::string_view name);
    /// Both add the check where it is not declared yet.
    void SetReady(std::string_view name);
    void SetNotReady(std::string_view name, std::string_view reason);
    /// For a part that has ended as it should.
    void Remove(std::string_view name);

    State Snapshot() const;

  private:
    Guarded<std::map<std::string, Check, std::less<>>> checks_;
};

}  // namespace tilth::telemetry
