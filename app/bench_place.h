// Where a benchmark runs: a folder of its own, free ports, a broker, a lab; and what a process has
// used.
#pragma once

#include "app/lab.h"
#include "base/result.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace tilth::app {

/// Made under the system's folder for temporary files, removed with all that is in it.
class BenchFolder {
  public:
    static Result<BenchFolder> Make();
    BenchFolder(BenchFolder&& other) noexcept : path_(std::move(other.path_)) {
        other.path_.clear();
    }
    BenchFolder& operator=(BenchFolder&&) = delete;
    ~BenchFolder();

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    explicit BenchFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// A port of 127.0.0.1 that nobody listens on now.
Result<uint16_t> FreePort();

/// A broker as `tilth up` configures it, unless `options` say otherwise; folder and ports are set
/// here.
struct BenchBroker {
    uint16_t port = 0;
    std::unique_ptr<broker::Mosquitto> mosquitto;
    std::string Url() const;
};
Result<BenchBroker> StartBenchBroker(
    const std::filesystem::path& folder, broker::MosquittoOptions options = {}
);

/// A lab without an emulated field, on this broker (null: without one) and a port of its own.
std::unique_ptr<Lab> MakeBenchLab(const std::filesystem::path& folder, const BenchBroker* broker);

/// CPU seconds, user and system, of this process with all its threads.
double OwnCpuSeconds();
/// The same of another process; 0 when it is gone.
double CpuSecondsOf(int pid);
/// Bytes of memory a process holds now, pages of its program files included; 0 when it is gone.
uint64_t ResidentBytesOf(int pid);

/// Seconds since an earlier call of std::chrono::steady_clock::now().
double SecondsSince(std::chrono::steady_clock::time_point start);

/// Looks every 2 ms until `done`. kUnavailable: `count` has not risen for a minute.
Status WaitUntil(
    std::string_view what, const std::function<bool()>& done, const std::function<uint64_t()>& count
);

}  // namespace tilth::app
