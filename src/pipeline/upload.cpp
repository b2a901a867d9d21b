#include "pipeline/upload.h"

#include "pipeline/import.h"

namespace tilth::pipeline {
namespace {

class Upload final : public ImportUpload {
  public:
    Upload(LabParts& parts, ImportRequest request) : parts_(parts), request_(std::move(request)) {}

    Status Write(std::string_view bytes) override {
        if (bytes_.size() + bytes.size() > kMaxUpload) {
            return Fail(Fault::kRefused, "the file is larger than {} bytes; split it", kMaxUpload);
        }
        bytes_.append(bytes);
        return {};
    }

    Result<Task> Finish() override {
        const ImportOptions options = Options();
        // The file is looked at before the answer goes out: what is missing is asked for at once.
        TILTH_CHECK(CheckImport(request_.file_name, bytes_, options));
        auto bytes = std::make_shared<std::string>(std::move(bytes_));
        return parts_.tasks.Add(
            "import",
            request_.file_name,
            "bytes",
            [&parts = parts_, name = request_.file_name, bytes, options](const Tasks::Report& report
            ) -> Status {
                const auto progress = [&](const ImportReport& so_far) {
                    parts.processing.Notify();
                    return report({so_far.bytes, so_far.total_bytes, Summary(so_far), {}});
                };
                TILTH_TRY(
                    const ImportReport done,
                    ImportFile(parts.stream, parts.clock, name, *bytes, options, progress)
                );
                return {};
            }
        );
    }

  private:
    ImportOptions Options() const {
        ImportOptions options;
        options.format = request_.format;
        options.zone = request_.time_zone;
        options.thing = request_.thing;
        options.mapping = request_.mapping;
        options.strict = request_.strict;
        return options;
    }

    LabParts& parts_;
    const ImportRequest request_;
    std::string bytes_;
};

}  // namespace

std::unique_ptr<ImportUpload> MakeUpload(LabParts& parts, ImportRequest request) {
    return std::make_unique<Upload>(parts, std::move(request));
}

}  // namespace tilth::pipeline
