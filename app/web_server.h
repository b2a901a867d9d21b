// The serving role: API, dashboard and live updates on one address.
#pragma once

#include "base/result.h"
#include "pipeline/commands.h"
#include "store/processed_store.h"

#include <memory>
#include <string>

namespace tilth::app {

struct Lab;

class WebServer {
  public:
    static Result<std::unique_ptr<WebServer>> Start(Lab& lab);
    ~WebServer();

    /// ADDR:PORT it listens on.
    std::string address() const;
    /// The rows of a commit to the active generation; without a token: another one became active.
    /// Live clients hear of it now.
    void Committed(ChangeToken token, std::span<const SeriesChange> changes);

  private:
    class Impl;
    explicit WebServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// What only the composition root knows of a lab's state.
void DescribeRoles(Lab& lab, pipeline::LabStatus& status);
/// Brings the gauges and counters of a lab up to date.
void RefreshMetrics(Lab& lab);

}  // namespace tilth::app
