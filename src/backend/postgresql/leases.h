// Leases in the database: store/lease_table.h has the rules, the server has the table and the
// clock.
#pragma once

#include "backend/postgresql/core.h"

namespace tilth::postgresql {

enum class LeaseWay { kAcquire, kShare };

Result<Lease> TakeLease(Core& core, LeaseWay way, std::string_view owner, Duration length);
Status RenewLease(Core& core, const Lease& lease, Duration length);
Status ReleaseLease(Core& core, const Lease& lease);

/// The parameters of tilth.check_lease(who, epoch, partitions, at, locked).
Params CheckLeaseParams(const Core& core, const Lease& lease, bool locked);
inline constexpr const char* kCheckLease = "SELECT tilth.check_lease($1, $2, $3, $4, $5)";

}  // namespace tilth::postgresql
