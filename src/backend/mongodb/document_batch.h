// The documents of one insert, encoded one behind the other.
#pragma once

#include "backend/mongodb/record_document.h"

#include <vector>

namespace tilth::mongodb {

/// In one piece of memory that grows.
class DocumentBatch {
  public:
    DocumentBatch() : writer_(bson_writer_new(&buffer_, &size_, 0, bson_realloc_ctx, nullptr)) {}
    ~DocumentBatch() {
        bson_writer_destroy(writer_);
        bson_free(buffer_);
    }
    DocumentBatch(const DocumentBatch&) = delete;
    DocumentBatch& operator=(const DocumentBatch&) = delete;

    void Add(const RawRecordView& record) {
        const size_t start = bson_writer_get_length(writer_);
        bson_t* document = nullptr;
        bson_writer_begin(writer_, &document);
        Encode(record, document);
        bson_writer_end(writer_);
        places_.push_back({start, bson_writer_get_length(writer_) - start});
    }
    size_t bytes() const { return bson_writer_get_length(writer_); }

    /// Valid until the next Add.
    std::vector<const bson_t*> Documents() {
        views_.resize(places_.size());
        std::vector<const bson_t*> documents(places_.size());
        for (size_t i = 0; i < places_.size(); ++i) {
            bson_init_static(&views_[i].bson, buffer_ + places_[i].start, places_[i].size);
            documents[i] = &views_[i].bson;
        }
        return documents;
    }

  private:
    struct Place {
        size_t start, size;
    };
    /// Has bson_t's alignment, which the bare type would lose in a vector.
    struct View {
        bson_t bson;
    };
    uint8_t* buffer_ = nullptr;
    size_t size_ = 0;
    bson_writer_t* writer_;
    std::vector<Place> places_;
    std::vector<View> views_;
};

}  // namespace tilth::mongodb
