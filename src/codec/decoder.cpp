#include "codec/decoder.h"

#include "base/text.h"
#include "codec/json_message.h"
#include "codec/senml.h"

namespace tilth::codec {

struct MessageDecoder::State {
    JsonDocument document;
    JsonMessage json;
    SenmlMessage senml;

    DecodeStatus Decode(
        std::string_view payload, const MessageContext& context, std::vector<DecodedReading>& out
    ) {
        const std::string& format = context.mapping.format;
        if (format != "auto" && format != "json" && format != "senml") {
            return Refuse(
                "unknown_format",
                "the mapping's format \"{}\" is none of auto, json, senml",
                Printable(format)
            );
        }
        simdjson::dom::element root;
        TILTH_CHECK(document.Parse(payload, root));
        if (format == "senml" || (format == "auto" && root.is_array())) {
            return senml.Decode(root, context, out);
        }
        return json.Decode(root, context, out);
    }
};

MessageDecoder::MessageDecoder() : state_(std::make_unique<State>()) {}
MessageDecoder::MessageDecoder(MessageDecoder&&) noexcept = default;
MessageDecoder& MessageDecoder::operator=(MessageDecoder&&) noexcept = default;
MessageDecoder::~MessageDecoder() = default;

DecodeStatus MessageDecoder::Decode(
    std::string_view topic,
    std::string_view payload,
    Time received_at,
    const MessageMapping& mapping,
    std::vector<DecodedReading>& out
) {
    out.clear();
    DecodeStatus status = state_->Decode(payload, {topic, received_at, mapping}, out);
    if (!status) out.clear();
    return status;
}

}  // namespace tilth::codec
