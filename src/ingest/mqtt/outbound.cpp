#include "ingest/mqtt/outbound.h"

#include "ingest/mqtt/ack.h"

#include <algorithm>

namespace tilth::mqtt {
namespace {

// A free slot keeps its memory for the next message, up to this many bytes.
constexpr size_t kKeptCapacity = 64 * 1024;

}  // namespace

void PublishBlock::Add(Version version, const Publish& publish, uint64_t user_token) {
    const size_t before = bytes.size();
    const size_t id_offset = EncodePublish(version, publish, bytes);
    items.push_back(
        {user_token,
         static_cast<uint32_t>(bytes.size() - before),
         static_cast<uint32_t>(id_offset),
         publish.qos}
    );
}

Outbound::Outbound(Version version, uint16_t window) : version_(version), slots_(window) {
    for (uint32_t i = 0; i < window; ++i) free_.push_back(static_cast<uint16_t>(i));
}

void Outbound::Load(PublishBlock& block) {
    block_.Clear();
    next_ = offset_ = 0;
    std::swap(block_, block);
}

bool Outbound::PumpRetries(std::string& out, size_t max_bytes) {
    while (!retries_.empty()) {
        Slot& slot = slots_[retries_.front()];
        if (in_flight_ >= Window() || out.size() >= max_bytes) return false;
        if (slot.state == State::kWaiting) {
            slot.state = State::kSent;
            out += slot.packet;
        } else {
            slot.state = State::kReleased;
            const auto packet_id = static_cast<uint16_t>(retries_.front() + 1u);
            EncodeAck(version_, {PacketType::kPubrel, packet_id, Reason::kSuccess, {}}, out);
        }
        ++in_flight_;
        retries_.pop_front();
    }
    return true;
}

void Outbound::Pump(std::string& out, size_t max_bytes, std::vector<Published>& ended) {
    if (!PumpRetries(out, max_bytes)) return;
    while (out.size() < max_bytes && PumpOne(out, ended)) {
    }
}

bool Outbound::PumpOne(std::string& out, std::vector<Published>& ended) {
    if (idle()) return false;
    const PublishBlock::Item& item = block_.items[next_];
    const std::string_view packet(block_.bytes.data() + offset_, item.size);
    if (item.size > limits_.max_packet || item.qos > limits_.max_qos) {
        const bool large = item.size > limits_.max_packet;
        ended.push_back(
            {item.user_token, large ? Reason::kPacketTooLarge : Reason::kQosNotSupported}
        );
    } else if (item.qos == Qos::kAtMostOnce) {
        out += packet;
    } else {
        if (in_flight_ >= Window() || free_.empty()) return false;
        Take(item, packet, out);
    }
    ++next_;
    offset_ += item.size;
    return true;
}

void Outbound::Take(const PublishBlock::Item& item, std::string_view packet, std::string& out) {
    const unsigned index = free_.front();
    free_.pop_front();
    Slot& slot = slots_[index];
    slot.packet = packet;
    slot.packet[item.id_offset] = static_cast<char>((index + 1) >> 8);
    slot.packet[item.id_offset + 1] = static_cast<char>(index + 1);
    slot.user_token = item.user_token;
    slot.order = ++order_;
    slot.id_offset = item.id_offset;
    slot.qos = item.qos;
    slot.state = State::kSent;
    ++used_;
    ++in_flight_;
    out += slot.packet;
}

void Outbound::Resume(bool session_present, Limits limits) {
    limits_ = limits;
    in_flight_ = 0;
    retries_.clear();
    for (size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].state != State::kFree) retries_.push_back(static_cast<uint16_t>(i));
    }
    std::sort(retries_.begin(), retries_.end(), [this](uint16_t a, uint16_t b) {
        return slots_[a].order < slots_[b].order;
    });
    for (const uint16_t index : retries_) {
        Slot& slot = slots_[index];
        auto first = static_cast<uint8_t>(slot.packet[0]);
        if (!session_present) {
            slot.state = State::kWaiting;  // also after PUBREC: the broker has forgotten it
            first &= static_cast<uint8_t>(~kDupFlag);
        } else if (slot.state == State::kSent) {
            slot.state = State::kWaiting;
            first |= kDupFlag;
        } else if (slot.state == State::kReleased) {
            slot.state = State::kReleaseDue;
        }
        slot.packet[0] = static_cast<char>(first);
    }
}

Outbound::Slot* Outbound::Find(uint16_t packet_id) {
    if (packet_id == 0 || packet_id > slots_.size()) return nullptr;
    return &slots_[packet_id - 1];
}

void Outbound::Release(Slot& slot, Reason reason, std::vector<Published>& ended) {
    ended.push_back({slot.user_token, reason});
    slot.state = State::kFree;
    if (slot.packet.capacity() > kKeptCapacity) slot.packet = {};
    free_.push_back(static_cast<uint16_t>(&slot - slots_.data()));
    --used_;
    --in_flight_;
}

void Outbound::OnPuback(uint16_t packet_id, Reason reason, std::vector<Published>& ended) {
    Slot* slot = Find(packet_id);
    if (slot == nullptr || slot->state != State::kSent || slot->qos != Qos::kAtLeastOnce) return;
    Release(*slot, reason, ended);
}

void Outbound::OnPubrec(
    uint16_t packet_id, Reason reason, std::string& out, std::vector<Published>& ended
) {
    Slot* slot = Find(packet_id);
    const bool known = slot != nullptr && slot->qos == Qos::kExactlyOnce &&
                       (slot->state == State::kSent || slot->state == State::kReleased);
    if (known && slot->state == State::kSent && Failed(reason)) {
        Release(*slot, reason, ended);
        return;
    }
    if (known) slot->state = State::kReleased;
    if (Failed(reason)) return;
    const Reason answer = known ? Reason::kSuccess : Reason::kPacketIdNotFound;
    EncodeAck(version_, {PacketType::kPubrel, packet_id, answer, {}}, out);
}

void Outbound::OnPubcomp(uint16_t packet_id, std::vector<Published>& ended) {
    Slot* slot = Find(packet_id);
    if (slot == nullptr || slot->state != State::kReleased) return;
    Release(*slot, Reason::kSuccess, ended);
}

}  // namespace tilth::mqtt
