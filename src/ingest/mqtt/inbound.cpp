#include "ingest/mqtt/inbound.h"

#include "ingest/mqtt/ack.h"

#include <algorithm>

namespace tilth::mqtt {

uint64_t Inbound::Hold(Kind kind, uint16_t packet_id, size_t bytes) {
    held_.push_back({++last_token_, bytes, packet_id, kind});
    held_bytes_ += bytes;
    return last_token_;
}

uint64_t Inbound::OnPublish(Qos qos, uint16_t packet_id, bool dup, size_t bytes) {
    if (qos == Qos::kAtMostOnce) return Hold(Kind::kPlain, 0, bytes);
    if (qos == Qos::kAtLeastOnce) {
        const uint64_t token = Hold(Kind::kPlain, packet_id, bytes);
        due_.push_back({token, packet_id, PacketType::kPuback, false});
        return token;
    }
    const auto orphan = orphan_.find(packet_id);
    if (orphan != orphan_.end() && dup) {
        due_.push_back({orphan->second, packet_id, PacketType::kPubrec, false});
        return 0;
    }
    if (stored_[packet_id] && dup) {
        due_.push_back({0, packet_id, PacketType::kPubrec, false});
        return 0;
    }
    if (orphan != orphan_.end()) orphan_.erase(orphan);
    stored_[packet_id] = false;
    const uint64_t token = Hold(Kind::kExactlyOnce, packet_id, bytes);
    due_.push_back({token, packet_id, PacketType::kPubrec, false});
    return token;
}

uint64_t Inbound::OnPubrel(uint16_t packet_id) {
    if (!stored_[packet_id]) {
        due_.push_back({0, packet_id, PacketType::kPubcomp, true});
        return 0;
    }
    const uint64_t token = Hold(Kind::kRelease, packet_id, 0);
    due_.push_back({token, packet_id, PacketType::kPubcomp, false});
    return token;
}

void Inbound::Apply(const Held& held) {
    if (held.kind == Kind::kRelease) {
        stored_[held.packet_id] = false;
    } else if (held.kind == Kind::kExactlyOnce) {
        const bool lost = held.token <= lost_upto_;
        const auto orphan = orphan_.find(held.packet_id);
        const bool still_ours = orphan != orphan_.end() && orphan->second == held.token;
        if (still_ours) orphan_.erase(orphan);
        if (!lost || still_ours) stored_[held.packet_id] = true;
    }
}

void Inbound::Settle(uint64_t upto) {
    settled_ = std::max(settled_, std::min(upto, last_token_));
    while (!held_.empty() && held_.front().token <= settled_) {
        Apply(held_.front());
        held_bytes_ -= held_.front().bytes;
        held_.pop_front();
    }
}

void Inbound::Flush(std::string& out) {
    while (!due_.empty() && due_.front().token <= settled_) {
        const Due& due = due_.front();
        Ack ack{due.answer, due.packet_id, Reason::kSuccess, {}};
        if (due.unknown_id) ack.reason = Reason::kPacketIdNotFound;
        EncodeAck(version_, ack, out);
        due_.pop_front();
    }
}

void Inbound::ConnectionLost(bool discard) {
    due_.clear();
    orphan_.clear();
    lost_upto_ = last_token_;
    if (discard) {
        settled_ = last_token_;
        held_.clear();
        held_bytes_ = 0;
        return;
    }
    for (size_t i = 0; i < held_.size(); ++i) {
        if (held_[i].kind == Kind::kExactlyOnce) orphan_[held_[i].packet_id] = held_[i].token;
    }
}

void Inbound::SessionLost() {
    orphan_.clear();
    stored_.reset();
    // What a lost session still holds must leave no trace in the new one when it is settled.
    for (size_t i = 0; i < held_.size(); ++i) held_[i].kind = Kind::kPlain;
}

std::vector<uint16_t> Inbound::StoredIds() const {
    std::vector<uint16_t> ids;
    for (size_t id = 1; id < stored_.size(); ++id) {
        if (stored_[id]) ids.push_back(static_cast<uint16_t>(id));
    }
    return ids;
}

void Inbound::ImportStoredIds(std::span<const uint16_t> ids) {
    for (const uint16_t id : ids) stored_[id] = true;
}

}  // namespace tilth::mqtt
