#include "codec/line_cutter.h"

#include "codec/text_rows.h"

#include <algorithm>

namespace tilth::codec {
namespace {

class LineCutter final : public BlockCutter {
  public:
    LineCutter(const ImportRequest& request, std::string_view format, TextLayout layout)
        : layout_(std::move(layout)),
          header_(HeaderOf(request, format)),
          rows_per_block_(std::clamp<size_t>(request.rows_per_block, 1, kMaxBlockRows / 2)) {}

    Status Add(std::string_view piece, std::vector<FileBlock>& out) override {
        taken_ += piece.size();
        // In slices, so that what is moved when a block leaves stays short.
        for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), kBlockBytes))) {
            pending_ += piece.substr(0, kBlockBytes);
            TILTH_CHECK(Scan(false, out));
        }
        return {};
    }

    Status Finish(std::vector<FileBlock>& out) override {
        if (taken_ == 0) return Fail(Fault::kBadInput, "{} is empty", header_.file);
        if (taken_ != header_.file_size) {
            return Fail(
                Fault::kBadInput,
                "{} has {} bytes now and had {} before: it changed while it was read; import it "
                "again",
                header_.file,
                taken_,
                header_.file_size
            );
        }
        TILTH_CHECK(Scan(true, out));
        if (scan_ > line_start_) TILTH_CHECK(EndLine(scan_));
        if (!head_done_) {
            return Fail(
                Fault::kBadInput,
                "{} ends within its header: expected {} header lines",
                header_.file,
                layout_.head_lines
            );
        }
        if (!checked_) TILTH_CHECK(Check(head_));
        Emit(line_start_, true, out);
        return {};
    }

  private:
    /// Looks at the bytes that are new. A CR at the end waits for its LF unless the file is at its
    /// end.
    Status Scan(bool at_end, std::vector<FileBlock>& out) {
        if (!head_done_ && layout_.head_lines == 0) head_done_ = true;
        while (scan_ < pending_.size()) {
            if (scan_ == line_start_ && BlockIsFull()) Emit(line_start_, false, out);
            const char c = pending_[scan_];
            if (c == '"' && layout_.quotes) in_quotes_ = !in_quotes_;
            if (c != '\n' && c != '\r') {
                ++scan_;
                continue;
            }
            if (scan_ + 1 == pending_.size() && !at_end) break;
            scan_ += LineEndAt(pending_, scan_);
            if (in_quotes_) {
                ++extra_lines_;
            } else {
                TILTH_CHECK(EndLine(scan_));
            }
        }
        if (pending_.size() - line_start_ <= kMaxRowBytes) return {};
        return Fail(
            Fault::kBadInput,
            "{}: line {} is longer than {} bytes{}",
            header_.file,
            next_line_,
            kMaxRowBytes,
            in_quotes_ ? "; a quotation mark may not be closed" : ""
        );
    }

    Status EndLine(size_t end) {
        const std::string_view line =
            std::string_view(pending_).substr(line_start_, end - line_start_);
        next_line_ += 1 + extra_lines_;
        extra_lines_ = 0;
        line_start_ = end;
        if (head_done_) {
            ++rows_;
            return checked_ ? Status{} : Check(line);
        }
        if (++head_lines_ < layout_.head_lines) return {};
        head_done_ = true;
        head_ = pending_.substr(0, end);
        pending_.erase(0, end);
        scan_ -= end;
        line_start_ = 0;
        header_.first_line = next_line_;
        return Check(head_);
    }

    Status Check(std::string_view head) {
        checked_ = true;
        return layout_.check(head, header_);
    }

    bool BlockIsFull() const {
        return head_done_ && (rows_ >= rows_per_block_ || line_start_ >= kBlockBytes);
    }

    void Emit(size_t end, bool last, std::vector<FileBlock>& out) {
        FileBlock& block = out.emplace_back();
        block.header = header_;
        block.header.last = last;
        block.head = head_;
        block.rows = pending_.substr(0, end);
        header_.offset += block.FileBytes();
        header_.first_line = next_line_;
        ++header_.index;
        pending_.erase(0, end);
        scan_ -= end;
        line_start_ -= end;
        rows_ = 0;
    }

    TextLayout layout_;
    FileBlockHeader header_;  ///< Of the next block.
    size_t rows_per_block_;
    std::string head_;
    std::string pending_;    ///< Bytes not yet given out.
    size_t scan_ = 0;        ///< Up to here pending_ has been looked at.
    size_t line_start_ = 0;  ///< Where the line at scan_ begins.
    size_t rows_ = 0;        ///< Whole rows in pending_.
    size_t head_lines_ = 0;
    uint64_t next_line_ = 1;  ///< Number of the line at line_start_.
    uint64_t extra_lines_ = 0;
    uint64_t taken_ = 0;
    bool head_done_ = false;
    bool checked_ = false;
    bool in_quotes_ = false;
};

}  // namespace

std::unique_ptr<BlockCutter> CutLines(
    const ImportRequest& request, std::string_view format, TextLayout layout
) {
    return std::make_unique<LineCutter>(request, format, std::move(layout));
}

FileBlockHeader HeaderOf(const ImportRequest& request, std::string_view format) {
    FileBlockHeader header;
    header.format = format;
    header.file = request.file;
    header.digest = request.digest;
    header.file_size = request.file_size;
    header.zone = request.zone ? request.zone->Text() : "";
    header.thing = request.thing;
    header.columns = request.columns;
    header.mapping = request.mapping;
    return header;
}

}  // namespace tilth::codec
