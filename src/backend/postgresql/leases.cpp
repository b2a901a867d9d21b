#include "backend/postgresql/leases.h"

#include "backend/postgresql/locks.h"
#include "store/lease_table.h"
#include "store/texts.h"

#include <algorithm>
#include <functional>

namespace tilth::postgresql {
namespace {

/// Partition 0 is the highest bit of the first byte.
std::string BitsOf(const PartitionSet& partitions) {
    std::string bytes(kPartitions / 8, '\0');
    for (size_t i = 0; i < partitions.size(); ++i) {
        if (partitions.test(i)) bytes[i / 8] |= static_cast<char>(0x80 >> (i % 8));
    }
    return bytes;
}

/// Of a cell of type bit(256): the number of bits, then the bits.
PartitionSet TakeBits(std::string_view cell) {
    PartitionSet partitions;
    cell.remove_prefix(std::min(cell.size(), sizeof(int32_t)));
    for (size_t i = 0; i < partitions.size() && i / 8 < cell.size(); ++i) {
        if ((cell[i / 8] & (0x80 >> (i % 8))) != 0) partitions.set(i);
    }
    return partitions;
}

Result<LeaseTable> ReadTable(Connection& connection) {
    TILTH_TRY(
        const Rows rows,
        connection.Cached("SELECT owner, epoch, until, shares, partitions FROM tilth.lease"
                          " ORDER BY owner FOR UPDATE")
    );
    std::vector<LeaseHolder> holders(rows.size());
    for (size_t i = 0; i < holders.size(); ++i) {
        holders[i].owner = rows.Bytes(i, 0);
        holders[i].epoch = static_cast<uint64_t>(rows.Get<int64_t>(i, 1));
        holders[i].until = rows.TimeAt(i, 2);
        holders[i].shares = rows.Bool(i, 3);
        holders[i].partitions = TakeBits(rows.Bytes(i, 4));
    }
    return LeaseTable(std::move(holders));
}

/// Queues what makes the table `before` the table `after`.
void QueueChanges(Connection& connection, const LeaseTable& before, const LeaseTable& after) {
    for (const LeaseHolder& old : before.holders()) {
        if (std::ranges::find(after.holders(), old.owner, &LeaseHolder::owner) !=
            after.holders().end())
            continue;
        connection.Queue(
            "DELETE FROM tilth.lease WHERE owner = $1", Params().Add(std::string_view(old.owner))
        );
    }
    for (const LeaseHolder& holder : after.holders()) {
        if (std::ranges::find(before.holders(), holder) != before.holders().end()) continue;
        connection.Queue(
            "INSERT INTO tilth.lease (owner, epoch, until, shares, partitions)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner) DO UPDATE SET epoch ="
            " excluded.epoch, until = excluded.until, shares = excluded.shares,"
            " partitions = excluded.partitions",
            Params()
                .Add(std::string_view(holder.owner))
                .Add(static_cast<int64_t>(holder.epoch))
                .Add(std::optional(holder.until), TypeId::kTimestampZ)
                .Add(holder.shares)
                .AddBits(BitsOf(holder.partitions))
        );
    }
}

/// What changes the table: f(table, now, an epoch above all before).
using Change = std::function<Status(LeaseTable&, Time, uint64_t)>;

Status ChangeIn(Connection& connection, const Core& core, const Change& change) {
    connection.Queue("BEGIN");
    connection.Queue(
        "SELECT pg_advisory_xact_lock($1)",
        Params().Add(static_cast<int64_t>(AdvisoryLock::kLeases))
    );
    connection.Queue(
        "SELECT coalesce($1, clock_timestamp()), nextval('tilth.lease_epoch')",
        Params().Add(core.LeaseTime(), TypeId::kTimestampZ)
    );
    TILTH_TRY(const std::vector<Rows> begun, connection.Send());
    const Time now = begun[2].TimeAt(0, 0);
    const auto epoch = static_cast<uint64_t>(begun[2].Get<int64_t>(0, 1));
    TILTH_TRY(const LeaseTable before, ReadTable(connection));
    LeaseTable after = before;
    TILTH_CHECK(change(after, now, epoch));
    QueueChanges(connection, before, after);
    connection.Queue("COMMIT");
    TILTH_CHECK(connection.Send());
    return {};
}

Status ChangeTable(Core& core, const Change& change) {
    return core.pool.With([&](Connection& connection) {
        const Status changed = ChangeIn(connection, core, change);
        if (!changed && connection.IsLinked()) static_cast<void>(connection.Execute("ROLLBACK"));
        return changed;
    });
}

}  // namespace

Result<Lease> TakeLease(Core& core, LeaseWay way, std::string_view owner, Duration length) {
    TILTH_CHECK(CheckStorableName(owner));
    Lease lease;
    TILTH_CHECK(ChangeTable(core, [&](LeaseTable& table, Time now, uint64_t epoch) -> Status {
        lease = way == LeaseWay::kShare ? table.Share(owner, length, now, epoch)
                                        : table.Acquire(owner, length, now, epoch);
        return {};
    }));
    return lease;
}

Status RenewLease(Core& core, const Lease& lease, Duration length) {
    return ChangeTable(core, [&](LeaseTable& table, Time now, uint64_t) {
        return table.Renew(lease, length, now);
    });
}

Status ReleaseLease(Core& core, const Lease& lease) {
    return ChangeTable(core, [&](LeaseTable& table, Time, uint64_t) -> Status {
        table.Release(lease);
        return {};
    });
}

Params CheckLeaseParams(const Core& core, const Lease& lease, bool locked) {
    return Params()
        .Add(std::string_view(lease.owner))
        .Add(static_cast<int64_t>(lease.epoch))
        .AddBits(BitsOf(lease.partitions))
        .Add(core.LeaseTime(), TypeId::kTimestampZ)
        .Add(locked);
}

}  // namespace tilth::postgresql
