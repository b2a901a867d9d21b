#include "field/plan.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tilth::field {
namespace {

constexpr Duration kMostPause = std::chrono::seconds{20};

}  // namespace

bool Plan::Later::operator()(const Send& a, const Send& b) const {
    const auto key = [](const Send& send) {
        return std::tuple(send.at, send.transmission.node, send.transmission.sequence, send.copy);
    };
    return key(a) > key(b);
}

Plan::Plan(const Field& field, TimeRange range)
    : field_(field), range_(range), order_(field.NodeCount()) {
    std::iota(order_.begin(), order_.end(), 0u);
    std::vector<Duration> delay(order_.size());
    for (const uint32_t node : order_) delay[node] = field.SendDelay(node);
    std::ranges::sort(order_, {}, [&](uint32_t node) { return std::pair(delay[node], node); });
    const Duration interval = field.Config().interval;
    const Time first = range.from - kMostLate - kMostPause - kMostClockError - interval;
    count_ = first.time_since_epoch().count() / interval.count() - 1;
}

Time Plan::EarliestUnseen() const {
    return Time{count_ * field_.Config().interval} + field_.SendDelay(order_[position_]) -
           kMostClockError;
}

void Plan::Admit() {
    const Transmission transmission = field_.Transmit(order_[position_], count_);
    if (++position_ == order_.size()) {
        position_ = 0;
        ++count_;
    }
    if (transmission.lost) return;
    for (int copy = 0; copy < transmission.copies; ++copy) {
        const Time at = copy == 0 ? transmission.sent : transmission.sent_again;
        if (range_.Contains(at)) waiting_.push({at, transmission, copy});
    }
}

std::optional<Send> Plan::Next() {
    while (EarliestUnseen() < range_.to &&
           (waiting_.empty() || waiting_.top().at >= EarliestUnseen()))
        Admit();
    if (waiting_.empty()) return std::nullopt;
    Send send = waiting_.top();
    waiting_.pop();
    return send;
}

}  // namespace tilth::field
