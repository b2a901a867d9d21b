// Whether a role that runs alone can do its work now: what /readyz says while it is up.
//
// A router: its broker has granted the subscriptions, and the stream store takes messages, or
// answers while none come. A processor: its last round had both stores and a share of the
// partitions. A server: the processed store answers; what needs the stream store says so itself,
// since results can be served without it.
#pragma once

#include "app/lab.h"

namespace tilth::app {

/// Threads: one.
class RoleHealth {
  public:
    explicit RoleHealth(Lab& lab) : lab_(lab) {}

    /// To be called about once a second. May wait for a store that does not answer.
    void Refresh();

  private:
    void RefreshRoute();
    void RefreshProcess();
    void SetStream(const Status& status);

    Lab& lab_;
    uint64_t commits_ = 0;  ///< Of the router, at the last look.
    bool is_away_ = false;  ///< The stream store, and that was said.
};

}  // namespace tilth::app
