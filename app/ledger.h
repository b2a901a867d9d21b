// What a broker has acknowledged, as lines of JSON: the emulator's side of an account that can be
// held against the lab's. A line is in the file once the acknowledgement has come, never before;
// the last lines may be missing after a kill.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"

#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tilth::app {

/// Thread-safe.
class Ledger {
  public:
    /// Appends to the file. kBadInput: it cannot be written.
    static Result<std::unique_ptr<Ledger>> Open(const std::string& path, const Clock& clock);

    /// Before the message goes out; `number` is its own, counted from 0 by the publisher.
    void Sent(uint64_t number, std::string_view topic, std::string_view payload);
    /// The broker has taken it.
    void Acknowledged(uint64_t number);
    /// The broker has refused it: it will not be in the ledger.
    void Refused(uint64_t number);
    /// Hands what was acknowledged to the system. False: the disk has not taken everything.
    bool Flush();

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    struct Book {
        std::unique_ptr<std::FILE, Close> file;
        std::unordered_map<uint64_t, std::string> open;  ///< Lines without their end, by number.
        bool failed = false;
    };

    Ledger(std::FILE* file, const Clock& clock);

    const Clock& clock_;
    Guarded<Book> book_;
};

}  // namespace tilth::app
