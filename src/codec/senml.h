// SenML JSON, RFC 8428: a pack of records with base values.
#pragma once

#include "codec/json_message.h"

namespace tilth::codec {

/// How the resolved name of a record becomes a device and a channel; the parts of a name are what
/// stands between ':' and '/'.
/// 1. The mapping's `device_level` names a level of the topic: that is the device, the record's own
/// name
///    ("n", or the last part of the resolved name) the channel.
/// 2. Base name and name are both there: the base name without a ':' or '/' at its end is the
///    device, the name the channel. {"bn":"urn:dev:plot7:","n":"vwc"} -> "urn:dev:plot7", "vwc"
/// 3. Else the name is split at its last ':' or '/', but a URN keeps its first three parts
/// together, and those of
///    RFC 9039 (urn:dev:mac, ow, org, os, ops) their first four. "plot7/vwc" -> "plot7", "vwc"
/// 4. Nothing is left for the channel: it is "value". "urn:dev:ow:10e2073a01080063" -> "value"
///
/// Times: bt + t; below 2^28 they are relative to the arrival (RFC 8428 section 4.5.3); 0 or none
/// is the arrival itself. Values: bv + v; vb is 1 or 0; null is missing. Records with only vs, vd
/// or s (a sum) give no reading. Code bad_senml: an unknown field that must be understood (its name
/// ends in '_'), a base version above 10, a field of the wrong type, records that are no objects.
class SenmlMessage {
  public:
    DecodeStatus Decode(
        const simdjson::dom::element& root,
        const MessageContext& context,
        std::vector<DecodedReading>& out
    );

  private:
    struct Record;

    bool Assign(int label, const simdjson::dom::element& value, Record& record);
    DecodeStatus ReadRecord(const simdjson::dom::element& element, Record& record);
    DecodeStatus AddReading(
        const Record& record, const MessageContext& context, std::vector<DecodedReading>& out
    );
    void SplitName(const Record& record, const MessageContext& context, DecodedReading& reading);

    // Base fields, in force until another record sets them.
    std::string_view base_name_;
    std::string_view base_unit_;
    double base_time_ = 0;
    double base_value_ = 0;
    bool has_base_value_ = false;
};

}  // namespace tilth::codec
