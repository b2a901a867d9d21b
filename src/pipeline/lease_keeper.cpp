#include "pipeline/lease_keeper.h"

#include "telemetry/log.h"

#include <algorithm>
#include <utility>

namespace tilth::pipeline {
namespace {

using std::chrono::steady_clock;
using telemetry::Level;
using telemetry::Log;

/// How soon a process makes up for another that joined or left.
constexpr std::chrono::seconds kShareInterval{2};
/// A lease that was not renewed is over so long after its end by anybody's clock.
constexpr std::chrono::milliseconds kAfterEnd{20};

}  // namespace

Status LeaseKeeper::Take() {
    if (lease_) return {};
    TILTH_CHECK(TakeNew());
    report_.AddLeaseChanges(lease_->partitions.count());
    return {};
}

Status LeaseKeeper::TakeNew() {
    const bool is_shared = options_.mode == ProcessingMode::kShared;
    TILTH_TRY(
        Lease lease,
        is_shared ? processed_.ShareLease(options_.owner, options_.lease)
                  : processed_.AcquireLease(options_.owner, options_.lease)
    );
    if (lease.partitions.none()) {
        return Fail(Fault::kConflict, "every partition is processed by somebody else");
    }
    lease_ = std::move(lease);
    SetDue();
    return {};
}

/// Well ahead of the end of this lease, often enough to share with who joins, and at the moment
/// when another's lease ends that was not renewed: then its owner has died.
void LeaseKeeper::SetDue() {
    Duration due = options_.lease / 3;
    if (options_.mode == ProcessingMode::kShared) due = std::min<Duration>(due, kShareInterval);
    if (lease_->others_end < due) due = lease_->others_end + kAfterEnd;
    due_ = steady_clock::now() + due;
}

Duration LeaseKeeper::UntilDue(Duration most) const {
    if (!lease_) return most;
    const auto left = std::chrono::duration_cast<Duration>(due_ - steady_clock::now());
    return std::clamp(left, Duration::zero(), most);
}

bool LeaseKeeper::Leads() const {
    return options_.mode == ProcessingMode::kAlone || lease_->partitions.test(0);
}

Result<bool> LeaseKeeper::Keep() {
    if (!lease_) return false;
    if (steady_clock::now() < due_) return false;
    if (options_.mode == ProcessingMode::kShared) return ShareAgain();
    if (const Status status = processed_.RenewLease(*lease_, options_.lease); !status) {
        report_.AddLeaseChanges(lease_->partitions.count());
        lease_.reset();
        return std::unexpected(status.error());
    }
    SetDue();
    return false;
}

Result<bool> LeaseKeeper::ShareAgain() {
    const Lease before = std::move(*lease_);
    lease_.reset();
    TILTH_CHECK(TakeNew());
    if (lease_->epoch == before.epoch && lease_->partitions == before.partitions) return false;
    Log(Level::kInfo,
        "the share of the partitions has changed",
        {{"from", before.partitions.count()}, {"to", lease_->partitions.count()}});
    report_.AddLeaseChanges((before.partitions ^ lease_->partitions).count());
    return true;
}

void LeaseKeeper::Release() {
    if (lease_) (void)processed_.ReleaseLease(*lease_);
    lease_.reset();
}

}  // namespace tilth::pipeline
